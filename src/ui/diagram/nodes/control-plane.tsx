import type { NodeProps } from '@xyflow/react';
import { memo } from 'react';
import type { ComponentView } from '../../../engine/door.ts';
import { componentOf, hostOf } from '../../store/keys.ts';
import { useAddresses, useComponent, useUnboundPods } from '../../store/selectors.ts';
import { useIsLit } from '../activity.ts';
import { useHostName } from '../context.ts';
import type { FlowNode } from '../graph.ts';
import { TEXT } from '../messages.ts';
import { Part } from '../Part.tsx';
import { Card } from './Card.tsx';
import styles from './control-plane.module.css';
import { CONTROLLERS, controllerParts } from './controllers.ts';
import { Pod } from './Pod.tsx';
import { fieldsOf, isLeading, useProcess } from './use-process.ts';

function noteOf(view: ComponentView | undefined): string {
  if (view === undefined || !view.running) return TEXT.down;
  const { leading } = fieldsOf(view);
  return leading === undefined ? '' : leading === true ? TEXT.leader : TEXT.standby;
}

/** Which of several machines leads, which stand by, which are down: of a component that works on one at a time. */
function Replicas({ component }: { readonly component: string }) {
  const addresses = useAddresses().filter((address) => componentOf(address) === component);
  if (addresses.length < 2) return null;
  return (
    <span className={styles.replicas}>
      {addresses.map((address) => (
        <Replica key={address} address={address} />
      ))}
    </span>
  );
}

function Replica({ address }: { readonly address: string }) {
  const hostName = useHostName();
  const process = useComponent(address);
  const isDown = process?.running !== true;
  const leads = isLeading(process);
  const note = isDown ? TEXT.down : leads ? TEXT.leader : TEXT.standby;
  const look = isDown ? styles.isDown : leads ? styles.leads : '';
  return (
    <span className={`${styles.replica} ${look}`} title={`${hostOf(address)}: ${note}`}>
      {isDown ? '✕' : leads ? '★' : '·'} {hostName(hostOf(address))}
    </span>
  );
}

interface Decision {
  readonly pod: string;
  readonly node?: string;
  readonly nodes?: readonly { readonly filter?: { readonly ok: boolean }; readonly scores?: object }[];
}

/** As many waiting pods as there is room for. */
const SHOWN_WAITING = 6;

export const SchedulerNode = memo(function SchedulerNode(_: NodeProps<FlowNode>) {
  const process = useProcess('scheduler');
  const waiting = useUnboundPods();
  const view = fieldsOf(process);
  const isDown = process?.running !== true;
  const counts = (view.counts ?? {}) as Record<string, number | undefined>;
  const decision = view.lastDecision as Decision | undefined;
  const note = noteOf(process);
  return (
    <Card
      part="scheduler"
      component="scheduler"
      title={TEXT.scheduler}
      note={note}
      down={isDown}
      label={`Scheduler, ${note || 'running'}, ${waiting.length === 0 ? TEXT.noPending : TEXT.pendingPods(waiting.length)}`}
    >
      <span className={styles.counts}>
        {(['active', 'backoff', 'unschedulable'] as const).map((queue) => (
          <span key={queue}>
            {queue} <b>{counts[queue] ?? 0}</b>
          </span>
        ))}
      </span>
      <Replicas component="scheduler" />
      {waiting.length > 0 ? <Waiting keys={waiting} /> : decision !== undefined && <LastDecision decision={decision} />}
    </Card>
  );
});

function Waiting({ keys }: { readonly keys: readonly string[] }) {
  return (
    <span className={styles.waiting}>
      {keys.slice(0, SHOWN_WAITING).map((key, i) => (
        <PodInside key={key} podKey={key} x={i * 30} />
      ))}
      {keys.length > SHOWN_WAITING && <span className={styles.more}>+{keys.length - SHOWN_WAITING}</span>}
    </span>
  );
}

const PodInside = ({ podKey, x }: { readonly podKey: string; readonly x: number }) => (
  <Pod podKey={podKey} x={x} y={0} width={26} withName={false} size={26} inside />
);

function LastDecision({ decision: { pod, node, nodes = [] } }: { readonly decision: Decision }) {
  const passed = nodes.filter(({ filter }) => filter?.ok === true).length;
  const share = (count: number): string => `${nodes.length === 0 ? 0 : Math.max(4, (count / nodes.length) * 100)}%`;
  return (
    <span className={styles.decision}>
      <span className={styles.line}>
        {tail(pod)} → <b>{node ?? 'no node'}</b>
      </span>
      <span className={styles.funnel} title={`${passed} of ${nodes.length} nodes passed the filters`}>
        <s style={{ width: share(nodes.length) }} />
        <s style={{ width: share(passed) }} />
        <s style={{ width: node === undefined ? 0 : share(1) }} />
      </span>
    </span>
  );
}

const tail = (pod: string): string => {
  const name = pod.slice(pod.indexOf('/') + 1);
  return name.length > 16 ? `…${name.slice(-14)}` : name;
};

export const ControllerManagerNode = memo(function ControllerManagerNode(_: NodeProps<FlowNode>) {
  const process = useProcess('controller-manager');
  const isDown = process?.running !== true;
  const note = noteOf(process);
  const listed = (fieldsOf(process).controllers ?? []) as readonly ControllerView[];
  const views = new Map(listed.map((view) => [view.name, view]));
  return (
    <Card
      part="controller-manager"
      component="controller-manager"
      title={TEXT.controllerManager}
      note={note}
      down={isDown}
      label={`Controller manager, ${note || 'running'}`}
    >
      <Replicas component="controller-manager" />
      <span className={styles.controllers}>
        {CONTROLLERS.map(({ label, names }) => {
          const view = views.get(names[0] ?? '');
          return (
            <Controller
              key={label}
              label={label}
              names={names}
              queued={view?.queued ?? 0}
              isWorking={!isDown && (view?.working ?? []).length > 0}
            />
          );
        })}
      </span>
    </Card>
  );
});

/** What the controller manager's view says of one of its controllers. */
interface ControllerView {
  readonly name: string;
  readonly queued?: number;
  /** Keys that it waits for the API server about. */
  readonly working?: readonly string[];
}

interface ControllerProps {
  readonly label: string;
  readonly names: readonly string[];
  readonly queued: number;
  readonly isWorking: boolean;
}

function Controller({ label, names, queued, isWorking }: ControllerProps) {
  const [one, other] = controllerParts(names);
  const isLit = useIsLit(one);
  const isOtherLit = useIsLit(other);
  return (
    <span className={isLit || isOtherLit || isWorking ? `${styles.controller} ${styles.active}` : styles.controller}>
      {label}
      {queued > 0 && <b> {queued}</b>}
    </span>
  );
}

export const CloudNode = memo(function CloudNode(_: NodeProps<FlowNode>) {
  const process = useProcess('cloud-controller-manager');
  if (process !== undefined) {
    return (
      <Card
        part="cloud"
        component="cloud-controller-manager"
        title={TEXT.cloud}
        note={noteOf(process)}
        down={!process.running}
        label="Cloud controller manager"
      />
    );
  }
  return (
    <Part id="cloud" label={`Cloud controller manager, ${TEXT.cloudWhy}. ${TEXT.cloudHint}`} className={styles.ghost}>
      <b>{TEXT.cloud}</b>
      <span>{TEXT.cloudWhy}</span>
      <small>{TEXT.cloudHint}</small>
    </Part>
  );
});
