import type { Node, Pod } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { toRFC3339, toRFC3339Micro } from '../api/time.ts';
import { type ClientState, call, newClient, receive, startInformers } from '../client/index.ts';
import { objectKey } from '../client/informer.ts';
import type { Call } from '../client/messages.ts';
import type { Delta } from '../client/state.ts';
import { defineTable, type Table } from '../kernel/table.ts';
import { type Body, type ComponentDefinition, type Effect, type Env, type TimerBody, timer } from '../kernel/types.ts';

/** What happens to the pods of one image, in the order of their creation; times in ms after the pod was bound. */
export interface Part {
  readonly node: string;
  readonly startsAfterMs?: number;
  readonly readyAfterMs?: number;
}

export interface AgentConfig {
  readonly server: string;
  readonly parts: Readonly<Record<string, readonly Part[]>>;
  /** Node that stops handling its pods, and its Lease, at that time. */
  readonly dead?: { readonly node: string; readonly at: number; readonly until?: number };
  /** Nodes that renew a Lease. */
  readonly leases?: readonly string[];
}

interface AgentState {
  readonly config: AgentConfig;
  readonly client: ClientState;
  readonly seen: Record<string, number>;
  readonly roles: Table<Part>;
  readonly leased: Record<string, true>;
  addresses: number;
}

/** Does one REST call as somebody else's program would. */
export interface DoBody extends Body {
  readonly type: 'do';
  readonly call: Call;
}

const MERGE_PATCH = 'application/merge-patch+json';
const STRATEGIC_PATCH = 'application/strategic-merge-patch+json';
const BIND_AFTER_MS = 10;
const STOP_AFTER_MS = 780;
const RENEW_EVERY_MS = 10_000;
/** So long after it is back, a node reports that it is ready. */
const REPORT_AFTER_MS = 3460;
const DEFAULT_PART: Part = { node: 'node-a', startsAfterMs: 260, readyAfterMs: 1270 };
const newPods = defineTable<KubernetesObject>('scripted-agent/pods');
const newRoles = defineTable<Part>('scripted-agent/roles');

/**
 * Plays scheduler, nodes and user for the control plane's part of a recorded run: pods land where they landed in the
 * record and become ready as long after as there.
 */
export const definition: ComponentDefinition<AgentState, never, AgentConfig> = {
  component: 'agent',
  create: (config) => ({
    config,
    client: newClient(config.server, 'system:apiserver', 'node', { pods: { path: '/api/v1/pods', table: newPods } }),
    seen: {},
    roles: newRoles(),
    leased: {},
    addresses: 1,
  }),
  step(state, message, env) {
    const { body } = message as { body: Body };
    if (body.type === 'start') return start(state, env);
    if (body.type === 'do') return call(state.client, env, (body as DoBody).call, 'user');
    const received = receive(state.client, message, env);
    if (received) {
      const effects = received.effects;
      for (const delta of received.deltas) effects.push(...take(state, delta));
      return effects;
    }
    return body.type === 'timer' ? fire(state, (body as unknown as TimerBody).key, env) : [];
  },
};

function start({ client, config }: AgentState, env: Env): Effect[] {
  const effects = startInformers(client, env);
  for (const node of config.leases ?? []) effects.push(timer(`lease ${node}`, RENEW_EVERY_MS));
  const { node, until } = config.dead ?? {};
  if (until !== undefined) effects.push(timer(`return ${node}`, until - env.now));
  return effects;
}

function isDead({ config: { dead } }: AgentState, node: string | undefined, now: number): boolean {
  return dead !== undefined && dead.node === node && now >= dead.at && now < (dead.until ?? Number.POSITIVE_INFINITY);
}

function renew(state: AgentState, node: string, env: Env): Effect[] {
  const again = timer(`lease ${node}`, RENEW_EVERY_MS, { periodic: true });
  if (isDead(state, node, env.now)) return [again];
  const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
  const spec = { holderIdentity: node, leaseDurationSeconds: 40, renewTime: toRFC3339Micro(env.now) };
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: node }, spec };
  const isNew = !state.leased[node];
  state.leased[node] = true;
  const what: Call = isNew
    ? { method: 'POST', path: leases, body: lease }
    : { method: 'PATCH', path: `${leases}/${node}`, contentType: MERGE_PATCH, body: { spec } };
  return [again, ...call(state.client, env, what, 'lease', { periodic: true })];
}

/** The node is back: it deletes the pods that should have gone, and reports. */
function comeBack(state: AgentState, node: string): Effect[] {
  const effects: Effect[] = [timer(`report ${node}`, REPORT_AFTER_MS)];
  for (const [key, object] of state.client.informers.pods?.objects.entries() ?? []) {
    const { metadata, spec } = object as Pod;
    if (spec.nodeName === node && metadata.deletionTimestamp) effects.push(timer(`stop ${key}`, 0));
  }
  return effects;
}

function take(state: AgentState, delta: Delta): Effect[] {
  const pod = delta.object as Pod;
  const key = objectKey(pod);
  if (delta.type === 'delete') return [];
  if (delta.type === 'add') {
    const image = pod.spec.containers[0]?.image ?? '';
    const ordinal = state.seen[image] ?? 0;
    state.seen[image] = ordinal + 1;
    state.roles.set(key, { ...(state.config.parts[image]?.[ordinal] ?? DEFAULT_PART) });
    if (!pod.spec.nodeName) return [timer(`bind ${key}`, BIND_AFTER_MS)];
  }
  const old = delta.old as Pod | undefined;
  if (pod.metadata.deletionTimestamp && !old?.metadata.deletionTimestamp) return [timer(`stop ${key}`, STOP_AFTER_MS)];
  if (!pod.spec.nodeName || old?.spec.nodeName) return [];
  const { startsAfterMs, readyAfterMs } = state.roles.get(key) as Part;
  const effects: Effect[] = [];
  if (startsAfterMs !== undefined) effects.push(timer(`start ${key}`, startsAfterMs));
  if (readyAfterMs !== undefined) effects.push(timer(`ready ${key}`, readyAfterMs));
  return effects;
}

function fire(state: AgentState, key: string, env: Env): Effect[] {
  const [what, name = ''] = key.split(' ');
  if (what === 'lease') return renew(state, name, env);
  if (what === 'return') return comeBack(state, name);
  if (what === 'report') {
    const body = { status: { conditions: scriptedNode(name).status?.conditions } };
    const report = {
      method: 'PATCH' as const,
      path: `/api/v1/nodes/${name}/status`,
      contentType: STRATEGIC_PATCH,
      body,
    };
    return call(state.client, env, report, what);
  }
  const pod = state.client.informers.pods?.objects.get(name) as Pod | undefined;
  const part = state.roles.get(name);
  if (pod === undefined || part === undefined) return [];
  const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`;
  if (what === 'bind') {
    const metadata = { name: pod.metadata.name, namespace: pod.metadata.namespace };
    const body = { apiVersion: 'v1', kind: 'Binding', metadata, target: { kind: 'Node', name: nodeOf(pod, part) } };
    return call(state.client, env, { method: 'POST', path: `${path}/binding`, body }, what);
  }
  if (isDead(state, pod.spec.nodeName, env.now)) return [];
  if (what === 'stop') {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 };
    return call(state.client, env, { method: 'DELETE', path, body }, what);
  }
  if (pod.metadata.deletionTimestamp) return [];
  const ready = what === 'ready' ? 'True' : 'False';
  const condition = (type: string) => ({ type, status: ready, lastTransitionTime: toRFC3339(env.now) });
  const conditions = [condition('Ready'), condition('ContainersReady')];
  // A pod whose container never starts has an address all the same: its sandbox runs.
  const isStuck = part.readyAfterMs === undefined && pod.spec.nodeName !== state.config.dead?.node;
  const podIP = `10.244.${state.addresses >> 8}.${state.addresses++ & 255}`;
  const address = what === 'ready' || isStuck ? { podIP, podIPs: [{ ip: podIP }] } : {};
  const status = { phase: what === 'ready' ? 'Running' : 'Pending', conditions, ...address };
  const patch = { method: 'PATCH' as const, path: `${path}/status`, contentType: STRATEGIC_PATCH, body: { status } };
  return call(state.client, env, patch, what);
}

/** A daemon's pod names its node itself. */
function nodeOf(pod: Pod, part: Part): string {
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required?.nodeSelectorTerms[0]?.matchFields?.[0]?.values?.[0] ?? part.node;
}

export function scriptedNode(name: string): Node {
  const conditions = [
    { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' },
  ];
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
    spec: {},
    status: { capacity: { cpu: '4', memory: '8Gi', pods: '110' }, conditions } as Node['status'] & object,
  };
}
