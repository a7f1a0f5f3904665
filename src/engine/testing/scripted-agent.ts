import type { Node, Pod } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { toRFC3339 } from '../api/time.ts';
import { type ClientState, call, newClient, receive, startInformers } from '../client/index.ts';
import { type Delta, objectKey } from '../client/informer.ts';
import type { Call } from '../client/messages.ts';
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
  /** Node that stops handling its pods at that time. */
  readonly dead?: { readonly node: string; readonly at: number };
}

interface AgentState {
  readonly config: AgentConfig;
  readonly client: ClientState;
  readonly seen: Record<string, number>;
  readonly roles: Table<Part>;
  addresses: number;
}

/** Does one REST call as somebody else's program would. */
export interface DoBody extends Body {
  readonly type: 'do';
  readonly call: Call;
}

const BIND_AFTER_MS = 10;
const STOP_AFTER_MS = 780;
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
    addresses: 1,
  }),
  step(state, message, env) {
    const { body } = message as { body: Body };
    if (body.type === 'start') return startInformers(state.client, env);
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
  const pod = state.client.informers.pods?.objects.get(name) as Pod | undefined;
  const part = state.roles.get(name);
  if (pod === undefined || part === undefined) return [];
  const path = `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`;
  if (what === 'bind') {
    const metadata = { name: pod.metadata.name, namespace: pod.metadata.namespace };
    const body = { apiVersion: 'v1', kind: 'Binding', metadata, target: { kind: 'Node', name: nodeOf(pod, part) } };
    return call(state.client, env, { method: 'POST', path: `${path}/binding`, body }, what);
  }
  const { dead } = state.config;
  if (dead && dead.node === pod.spec.nodeName && env.now >= dead.at) return [];
  if (what === 'stop') {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', gracePeriodSeconds: 0 };
    return call(state.client, env, { method: 'DELETE', path, body }, what);
  }
  if (pod.metadata.deletionTimestamp) return [];
  const ready = what === 'ready' ? 'True' : 'False';
  const condition = (type: string) => ({ type, status: ready, lastTransitionTime: toRFC3339(env.now) });
  const conditions = [condition('Ready'), condition('ContainersReady')];
  // A pod whose container never starts has an address all the same: its sandbox runs.
  const isStuck = part.readyAfterMs === undefined && pod.spec.nodeName !== dead?.node;
  const podIP = `10.244.${state.addresses >> 8}.${state.addresses++ & 255}`;
  const address = what === 'ready' || isStuck ? { podIP, podIPs: [{ ip: podIP }] } : {};
  const status = { phase: what === 'ready' ? 'Running' : 'Pending', conditions, ...address };
  const contentType = 'application/strategic-merge-patch+json';
  return call(state.client, env, { method: 'PATCH', path: `${path}/status`, contentType, body: { status } }, what);
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
