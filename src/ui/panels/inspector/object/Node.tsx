import { useCallback, useSyncExternalStore } from 'react';
import type { Node, Pod } from '../../../../engine/api/generated/types.ts';
import { Badge } from '../../../shared/Badge.tsx';
import { Icon } from '../../../shared/icons.tsx';
import { bytesText, quantity } from '../../../shared/quantity.ts';
import { splitKey } from '../../../store/keys.ts';
import { mirror } from '../../../store/mirror.ts';
import { useMachine, useObject, usePodsOnNode } from '../../../store/selectors.ts';
import { LeaseAge } from '../component/kubelet.tsx';
import { TEXT } from '../messages.ts';
import { cpuText, spaced } from '../numbers.ts';
import { Chips, ComponentLink, Facts, Meter, Note, ObjectList, Section, Sure, Warn } from '../parts.tsx';
import { Conditions } from './Conditions.tsx';
import styles from './object.module.css';
import { requestsOf } from './requests.ts';

const readyOf = (node: Node | undefined): string =>
  node?.status?.conditions?.find(({ type }) => type === 'Ready')?.status ?? 'Unknown';

export function NodeBadge({ of }: { readonly of: string }) {
  const node = useObject<Node>(of);
  const machine = useMachine(splitKey(of).name);
  if (machine?.powered === false) {
    return (
      <Badge tone="bad">
        <Icon name="power" size={11} />
        {TEXT.off}
      </Badge>
    );
  }
  const ready = readyOf(node);
  return (
    <Badge tone={ready === 'True' ? 'good' : 'bad'}>
      <Icon name={ready === 'True' ? 'check' : 'warning'} size={11} />
      {ready === 'True' ? 'Ready' : 'NotReady'}
    </Badge>
  );
}

export function NodeBody({ of }: { readonly of: string }) {
  const node = useObject<Node>(of);
  const { name } = splitKey(of);
  if (node === undefined) return null;
  const taints = (node.spec?.taints ?? []).map(({ key, value, effect }) => [
    `${key}${value ? `=${value}` : ''}:${effect}`,
    '',
  ]);
  return (
    <>
      <RealAndRecord node={node} name={name} />
      {node.spec?.unschedulable === true && (
        <Section title={TEXT.taints}>
          <Note icon="info">{TEXT.cordoned}</Note>
          <Chips of={Object.fromEntries(taints)} />
        </Section>
      )}
      {node.spec?.unschedulable !== true && taints.length > 0 && (
        <Section title={TEXT.taints}>
          <Chips of={Object.fromEntries(taints)} />
        </Section>
      )}
      <Room node={node} name={name} />
    </>
  );
}

export function NodeMore({ of }: { readonly of: string }) {
  const node = useObject<Node>(of);
  const { name } = splitKey(of);
  return (
    <>
      <Agents name={name} />
      <PodsHere name={name} />
      <Conditions of={node?.status?.conditions} />
    </>
  );
}

function RealAndRecord({ node, name }: { readonly node: Node; readonly name: string }) {
  const machine = useMachine(name);
  const ready = readyOf(node);
  const says = ready === 'True' ? 'Ready' : ready === 'Unknown' ? 'Unknown' : 'NotReady';
  return (
    <Section title={TEXT.realAndApi}>
      <table className={styles.compare} aria-label={TEXT.realAndApi}>
        <thead>
          <tr>
            <th scope="col">{TEXT.real}</th>
            <th scope="col">{TEXT.record}</th>
          </tr>
        </thead>
        <tbody>
          <tr>
            <td>
              {machine === undefined ? (
                '–'
              ) : (
                <Sure is={machine.powered} yes={`${TEXT.power} ${TEXT.on}`} no={`${TEXT.power} ${TEXT.off}`} />
              )}
            </td>
            <td>
              <Sure is={ready === 'True'} yes={says} no={says} />
            </td>
          </tr>
        </tbody>
      </table>
      {machine === undefined && <Note icon="info">{TEXT.noMachine}</Note>}
      {machine?.powered === false && <Warn>{ready === 'True' ? TEXT.apiLate : TEXT.nothingRuns}</Warn>}
      <Facts
        rows={[
          [TEXT.lease, <LeaseAge key="lease" host={name} />],
          machine !== undefined && [TEXT.internalIP, <code key="ip">{machine.internalIP}</code>],
          node.spec?.podCIDR !== undefined && [TEXT.podCIDR, <code key="cidr">{node.spec.podCIDR}</code>],
          machine !== undefined && machine.boots > 1 && [TEXT.boots, machine.boots],
        ]}
      />
    </Section>
  );
}

function Room({ node, name }: { readonly node: Node; readonly name: string }) {
  const requested = useRequested(name);
  const { cpu, memory, pods } = node.status?.allocatable ?? {};
  const rows = [
    { label: TEXT.cpu, used: requested.cpuMillis, all: quantity(cpu) * 1000, text: cpuText },
    { label: TEXT.memory, used: requested.memoryBytes, all: quantity(memory), text: bytesText },
    { label: TEXT.pods, used: requested.pods, all: quantity(pods), text: spaced },
  ];
  return (
    <Section title={TEXT.capacity}>
      {rows.map(({ label, used, all, text }) => (
        <div key={label}>
          <Facts rows={[[label, `${text(used)} / ${text(all)}`]]} />
          <Meter label={label} share={all === 0 ? 0 : used / all} />
        </div>
      ))}
      <Note icon="info">{TEXT.capacityNote}</Note>
    </Section>
  );
}

interface Requested {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly pods: number;
}

/** Sums what the node's pods ask for; as text, so that it is the same until it changes. */
function useRequested(node: string): Requested {
  const subscribe = useCallback(
    (listener: () => void) => mirror.subscribe(`node-pod-status:${node}`, listener),
    [node],
  );
  const text = useSyncExternalStore(subscribe, () => {
    let [cpuMillis, memoryBytes, pods] = [0, 0, 0];
    for (const key of mirror.podsOnNode(node)) {
      const pod = mirror.object<Pod>(key);
      if (pod === undefined || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') continue;
      const requests = requestsOf(pod);
      cpuMillis += requests.cpuMillis;
      memoryBytes += requests.memoryBytes;
      pods += 1;
    }
    return JSON.stringify({ cpuMillis, memoryBytes, pods });
  });
  return JSON.parse(text) as Requested;
}

const AGENTS = ['kubelet', 'containerd', 'kube-proxy', 'machine'];

function Agents({ name }: { readonly name: string }) {
  const machine = useMachine(name);
  return (
    <Section title={TEXT.agents}>
      <ul className={styles.lag}>
        {AGENTS.map((agent) => (
          <li key={agent}>
            <ComponentLink address={`${agent}@${name}`} short />
            <Sure is={machine?.powered === true && machine.running.includes(agent)} yes={TEXT.running} no={TEXT.down} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function PodsHere({ name }: { readonly name: string }) {
  const pods = usePodsOnNode(name);
  return (
    <Section title={`${TEXT.pods} (${pods.length})`}>
      <ObjectList keys={pods} />
    </Section>
  );
}
