import type { NodeProps } from '@xyflow/react';
import { memo } from 'react';
import type { EndpointSlice, Service } from '../../../engine/api/generated/types.ts';
import { splitKey } from '../../store/keys.ts';
import { mirror } from '../../store/mirror.ts';
import { useKeysOfKind, useMachineNames, useMirror, useObject } from '../../store/selectors.ts';
import { useIsLit } from '../activity.ts';
import { useDrawn } from '../context.ts';
import type { FlowNode } from '../graph.ts';
import { TEXT } from '../messages.ts';
import { Part } from '../Part.tsx';
import { lagOf } from '../rule-lag.ts';
import { isSystemService } from '../structure.ts';
import styles from './outside.module.css';

export const ClientsNode = memo(function ClientsNode(_: NodeProps<FlowNode>) {
  const isLit = useIsLit('kubectl');
  return (
    <Part
      id="kubectl"
      label="kubectl, on your computer"
      className={isLit ? `${styles.client} ${styles.lit}` : styles.client}
    >
      <b>{TEXT.kubectl}</b>
      <span>{TEXT.you}</span>
    </Part>
  );
});

export const RegionNode = memo(function RegionNode({ data: { key } }: NodeProps<FlowNode>) {
  const { structure } = useDrawn();
  return (
    <div className={styles.region}>
      <b>{TEXT.controlPlane}</b>
      <span>{key === '' ? TEXT.hosted : `${machinesText(structure.controlPlanes)} · ${TEXT.staticPods}`}</span>
    </div>
  );
});

const machinesText = (names: readonly string[]): string =>
  names.length > 1 ? TEXT.machines(names.length) : (names[0] ?? '');

/** A Service: its virtual address, who answers, and which nodes do not know it yet. */
export const ServiceNode = memo(function ServiceNode({ data: { key } }: NodeProps<FlowNode>) {
  const service = useObject<Service>(key);
  const { namespace, name } = splitKey(key);
  const slices = useMirror(`service-slices:${namespace}/${name}`, () => mirror.slicesOfService(namespace, name));
  const { ready, all } = useMirror(`service-slices:${namespace}/${name}`, () => countEndpoints(slices));
  if (service === undefined) return null;
  const { clusterIP, ports = [], type } = service.spec ?? {};
  const isHeadless = clusterIP === 'None' || clusterIP === '';
  const address = isHeadless ? TEXT.headless : `${clusterIP}:${ports.map(({ port }) => port).join(',')}`;
  const isSystem = isSystemService(key);
  const nodePorts = ports.flatMap(({ nodePort }) => (nodePort === undefined ? [] : [nodePort]));
  return (
    <Part
      id={key}
      label={`Service ${name}, ${address}, ${all === 0 ? TEXT.noEndpoints : TEXT.endpoints(ready, all)}`}
      className={isSystem ? `${styles.service} ${styles.system}` : styles.service}
    >
      <span className={styles.serviceName}>
        <i>{TEXT.service}</i> <b>{name}</b>
      </span>
      <span className={styles.address}>{address}</span>
      {nodePorts.map((port) => (
        <span key={port} className={styles.figure}>
          {TEXT.nodePort(port)}
        </span>
      ))}
      {type === 'LoadBalancer' && <span className={styles.figure}>LoadBalancer</span>}
      <span className={all > 0 && ready === 0 ? `${styles.figure} ${styles.bad}` : styles.figure}>
        {all === 0 ? TEXT.noEndpoints : TEXT.endpoints(ready, all)}
      </span>
      {!isSystem && <Lags />}
    </Part>
  );
});

/** Cached by the slices themselves, so that equal counts are the same value. */
const counts = new WeakMap<readonly string[], { ready: number; all: number }>();

function countEndpoints(slices: readonly string[]): { readonly ready: number; readonly all: number } {
  let ready = 0;
  let all = 0;
  for (const key of slices) {
    for (const { conditions } of mirror.object<EndpointSlice>(key)?.endpoints ?? []) {
      all += 1;
      if (conditions?.ready !== false) ready += 1;
    }
  }
  const before = counts.get(slices);
  if (before?.ready === ready && before.all === all) return before;
  const now = { ready, all };
  counts.set(slices, now);
  return now;
}

const IN_SYNC = '=';
const BEHIND = '<';
const OFF = 'x';

/** One mark per node: full when its rules are up to date, hollow while they lag, crossed when it has no power. */
function Lags() {
  const nodes = useMachineNames();
  const marks = useMirror('now', () => lagMarks(nodes));
  const behind = [...marks].filter((mark) => mark === BEHIND).length;
  const look = { [IN_SYNC]: styles.inSync, [BEHIND]: styles.behind, [OFF]: styles.off };
  return (
    <span className={styles.lags}>
      <span>{behind === 0 ? TEXT.rulesInSync : TEXT.rulesBehind(behind)}</span>
      {nodes.length <= 16 &&
        nodes.map((node, i) => <i key={node} title={node} className={look[marks[i] as keyof typeof look]} />)}
    </span>
  );
}

/** One string, so that equal marks are equal values. A node without power has no rules at all. */
function lagMarks(nodes: readonly string[]): string {
  return nodes
    .map((node) => (mirror.machine(node)?.powered === false ? OFF : lagOf(node) > 0 ? BEHIND : IN_SYNC))
    .join('');
}

export const UsersNode = memo(function UsersNode(_: NodeProps<FlowNode>) {
  const { structure } = useDrawn();
  const services = useKeysOfKind('Service');
  return (
    <div className={styles.users}>
      <Part id="users" label={`${TEXT.users} ${TEXT.usersHint}`} className={styles.client}>
        <b>{TEXT.users}</b>
      </Part>
      <span className={styles.hint}>{TEXT.usersHint}</span>
      {structure.moreServices > 0 && (
        <span className={styles.hint}>
          {TEXT.moreServices(services.length - structure.services.length - structure.systemServices.length)}
        </span>
      )}
    </div>
  );
});
