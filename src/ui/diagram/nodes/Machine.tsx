import type { NodeProps } from '@xyflow/react';
import { memo } from 'react';
import type { Lease, Node } from '../../../engine/api/generated/types.ts';
import type { MachineView } from '../../../engine/door.ts';
import { Badge, type Tone } from '../../shared/Badge.tsx';
import { hueOf } from '../../shared/hues.ts';
import { Icon } from '../../shared/icons.tsx';
import { quantity } from '../../shared/quantity.ts';
import { ageText, durationText } from '../../shared/time.ts';
import { useComponent, useMachine, useMirror, useNow, useObject, usePodsOnNode } from '../../store/selectors.ts';
import { useIsLit } from '../activity.ts';
import { useMachineBox } from '../context.ts';
import type { FlowNode } from '../graph.ts';
import { AGENTS, type Agent, type MachineBox } from '../layout.ts';
import { TEXT } from '../messages.ts';
import { requestedOn, seatsOf } from '../node-slots.ts';
import { Part } from '../Part.tsx';
import { lagOf } from '../rule-lag.ts';
import { shortHost } from '../short-host.ts';
import styles from './Machine.module.css';
import { Pods } from './Pods.tsx';

/** Virtual 0. */
const EPOCH_MS = Date.UTC(2026, 0, 1);
/** A lease is renewed every 10 s: from then on its age is worth a word. */
const SILENT_AFTER_MS = 15_000;
const MINUTE_MS = 60_000;

/** A computer of the cluster: whether it has power, what the API says of it, its agents, its pods. */
export const MachineNode = memo(function MachineNode({ data: { key: name } }: NodeProps<FlowNode>) {
  const box = useMachineBox(name);
  const machine = useMachine(name);
  if (box === undefined || machine === undefined) return null;
  const classes = [styles.machine, styles[box.tier], !machine.powered && styles.dead];
  return (
    <div
      className={classes.filter(Boolean).join(' ')}
      data-role={box.role}
      data-stacked={box.isStacked === true ? '' : undefined}
    >
      <Header box={box} machine={machine} />
      {AGENTS.map((agent) => (
        <AgentChip key={agent} agent={agent} box={box} isPowered={machine.powered} />
      ))}
      <PodsOf box={box} />
      {box.meters !== undefined && <Meters box={box} />}
      <FilterPort box={box} isPowered={machine.powered} />
    </div>
  );
});

function useReady(name: string): { readonly status: string; readonly tone: Tone; readonly isCordoned: boolean } {
  const node = useObject<Node>(`Node//${name}`);
  const ready = node?.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  const isCordoned = node?.spec?.unschedulable === true;
  if (node === undefined) return { status: TEXT.noNode, tone: 'unknown', isCordoned };
  if (ready === 'True') return { status: TEXT.ready, tone: 'good', isCordoned };
  // `kubectl get nodes` prints NotReady for Unknown too.
  return { status: TEXT.notReady, tone: ready === 'Unknown' ? 'unknown' : 'bad', isCordoned };
}

function Header({ box, machine }: { readonly box: MachineBox; readonly machine: MachineView }) {
  const { status, tone, isCordoned } = useReady(box.name);
  const pods = usePodsOnNode(box.name).length;
  const isSmall = box.tier === 'compact' || box.tier === 'tile';
  const condition = machine.powered ? status : `${TEXT.noPower}, ${TEXT.apiSays(status)}`;
  const zone = machine.zone === undefined ? '' : `, ${TEXT.zone(machine.zone)}`;
  const label = `Node ${box.name}, ${condition}${zone}${isCordoned ? `, ${TEXT.cordoned}` : ''}, ${TEXT.pods(pods)}`;
  return (
    <Part id={`node/${box.name}`} label={label} className={styles.header}>
      <b className={styles.name}>{isSmall ? shortHost(box.name) : box.name}</b>
      {machine.zone !== undefined && box.tier !== 'tile' && (
        <span className={styles.zone}>{TEXT.zone(machine.zone)}</span>
      )}
      {box.role === 'control-plane' && machine.powered && (
        <span className={styles.role}>{TEXT.controlPlane.toLowerCase()}</span>
      )}
      <span className={styles.badges}>
        {!machine.powered && (
          <Badge tone="bad">
            <Icon name="power" size={10} />
            {box.tier === 'full' && TEXT.off}
          </Badge>
        )}
        {isCordoned && !isSmall && <Badge tone="warn">{TEXT.cordoned}</Badge>}
        {box.tier === 'tile' ? (
          <i className={`${styles.dot} ${styles[tone]}`} />
        ) : (
          <Badge tone={tone}>
            {tone === 'good' ? <Icon name="check" size={10} /> : <Icon name="cross" size={10} />}
            {machine.powered || isSmall ? status : TEXT.apiSays(status)}
          </Badge>
        )}
      </span>
    </Part>
  );
}

function AgentChip({
  agent,
  box,
  isPowered,
}: {
  readonly agent: Agent;
  readonly box: MachineBox;
  readonly isPowered: boolean;
}) {
  const address = `${agent}@${box.name}`;
  const process = useComponent(address);
  const isLit = useIsLit(address);
  const machine = useMachine(box.name);
  // The CNI plugin is a program that containerd starts for each pod, not a process that waits.
  const isRunning = isPowered && (agent === 'cni' || machine?.running.includes(agent) === true);
  const { x, y, width, height } = box.agents[agent];
  const hasText = box.tier === 'full' || box.tier === 'medium';
  const style = {
    left: x - box.rect.x,
    top: y - box.rect.y,
    width,
    height,
    '--hue': hueOf(agent),
  };
  const classes = [styles.agent, isLit && styles.lit, !isRunning && styles.stopped];
  if (!hasText) return <i className={classes.filter(Boolean).join(' ')} style={style} title={TEXT.agents[agent]} />;
  return (
    <Part
      id={address}
      label={`${TEXT.agents[agent]} on ${box.name}${isRunning ? '' : `, ${TEXT.down}`}`}
      className={classes.filter(Boolean).join(' ')}
      style={style}
    >
      <b>{TEXT.agents[agent]}</b>
      {height > 30 && (
        <small>
          {agent === 'kubelet' ? (
            <LeaseAge node={box.name} isRunning={isRunning} />
          ) : isRunning ? (
            noteOf(agent, process?.view)
          ) : (
            TEXT.down
          )}
        </small>
      )}
    </Part>
  );
}

function noteOf(agent: Agent, view: object | undefined): string {
  const fields = (view ?? {}) as Record<string, unknown>;
  if (agent === 'containerd') {
    const pulls = Array.isArray(fields.pulls) ? fields.pulls.length : 0;
    return pulls > 0 ? `pulling ${pulls}` : 'CRI';
  }
  if (agent === 'kube-proxy')
    return typeof fields.services === 'number' ? TEXT.services(fields.services) : TEXT.packetFilter;
  return 'ADD';
}

/** How long ago the kubelet last said that it lives, by what the API has: also when it is down, for then it matters. */
function LeaseAge({ node, isRunning }: { readonly node: string; readonly isRunning: boolean }) {
  const age = useLeaseAge(node);
  if (age === undefined) return isRunning ? null : TEXT.down;
  return (
    <span className={age > SILENT_AFTER_MS ? styles.silent : undefined}>
      {age < MINUTE_MS ? TEXT.leaseAge(durationText(Math.max(0, age))) : ageText(age)}
    </span>
  );
}

function useLeaseAge(node: string): number | undefined {
  const lease = useObject<Lease>(`Lease/kube-node-lease/${node}`);
  const now = useNow(1000);
  const renewed = Date.parse(String(lease?.spec?.renewTime ?? ''));
  return Number.isNaN(renewed) ? undefined : wholeSeconds(now - (renewed - EPOCH_MS));
}

const wholeSeconds = (ms: number): number => Math.floor(ms / 1000) * 1000;

function PodsOf({ box }: { readonly box: MachineBox }) {
  usePodsOnNode(box.name);
  const { workloads, system } = seatsOf(box);
  return (
    <>
      <Pods node={box.name} seats={workloads} origin={box.rect} />
      {system !== undefined && <Pods node={box.name} seats={system} origin={box.rect} />}
    </>
  );
}

function Meters({ box }: { readonly box: MachineBox }) {
  const { name, meters, rect } = box;
  const node = useObject<Node>(`Node//${name}`);
  usePodsOnNode(name);
  if (meters === undefined) return null;
  const { cpuMillis, memoryBytes } = requestedOn(name);
  const allocatable = node?.status?.allocatable as Record<string, string> | undefined;
  const style = { left: meters.x - rect.x, top: meters.y - rect.y, width: meters.width, height: meters.height };
  return (
    <div className={styles.meters} style={style}>
      <Meter label={TEXT.cpu} used={cpuMillis} size={quantity(allocatable?.cpu) * 1000} />
      <Meter label={TEXT.memory} used={memoryBytes} size={quantity(allocatable?.memory)} />
    </div>
  );
}

const HIGH = 0.85;

function Meter({ label, used, size }: { readonly label: string; readonly used: number; readonly size: number }) {
  const share = size > 0 ? Math.min(1, used / size) : 0;
  return (
    <span className={styles.meter} title={`${label}: ${Math.round(share * 100)} % requested`}>
      <span className={styles.meterLabel}>{label}</span>
      <span className={styles.track}>
        <s className={share > HIGH ? styles.high : undefined} style={{ width: `${share * 100}%` }} />
      </span>
    </span>
  );
}

/** The packet filter on the lower edge: where the Service band's traffic comes in. */
function FilterPort({ box, isPowered }: { readonly box: MachineBox; readonly isPowered: boolean }) {
  const isBehind = useMirror(`component:kube-proxy@${box.name}`, () => lagOf(box.name) > 0);
  const isLit = useIsLit(`filter@${box.name}`);
  const { filter, rect, tier } = box;
  const style = { left: filter.x - rect.x, top: filter.y - rect.y, width: filter.width, height: filter.height };
  const classes = [styles.port, isLit && styles.lit, (!isPowered || isBehind) && styles.stopped];
  return (
    <div className={classes.filter(Boolean).join(' ')} style={style}>
      {(tier === 'full' || tier === 'medium') && (isPowered && isBehind ? TEXT.behind : TEXT.packetFilter)}
    </div>
  );
}
