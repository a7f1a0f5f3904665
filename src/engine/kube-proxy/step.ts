import type { EndpointSlice, Node, Service } from '../api/generated/types.ts';
import { type Delta, hasSynced, receive, recordEvent, startInformers } from '../client/index.ts';
import { plain } from '../kernel/plain.ts';
import { type Body, type Effect, type Env, type Message, type Step, send, timer } from '../kernel/types.ts';
import { type ProxyNode, serviceFragments } from '../network/fragments.ts';
import type { RuleChange, ServiceRules } from '../network/packet-filter.ts';
import { portLines } from './iptables-save.ts';
import { LARGE_CLUSTER_ENDPOINTS, portRules } from './rules.ts';
import { type KubeProxyState, type SyncChange, serviceKeyOf } from './state.ts';

/** A full sync at least this often, whatever has changed. Source: kubernetes/pkg/proxy/util (FullSyncPeriod). */
const FULL_SYNC_MS = 3_600_000;
/** Changes of the last sync that the inspector can show. */
const CHANGES_SHOWN = 8;
/** /healthz fails when a change waits longer than this. Source: kubernetes/pkg/proxy/healthcheck/proxy_health.go */
const HEALTHY_MS = 60_000;

/**
 * kube-proxy in iptables mode: turns Services and EndpointSlices into rules of this node's packet filter.
 * Source: kubernetes/pkg/proxy/iptables/proxier.go, pkg/proxy/runner/bounded_frequency_runner.go.
 */
export const step: Step<KubeProxyState, Body> = (state, message, env) => {
  const { body } = message;
  switch (body.type) {
    case 'start':
      return [...startInformers(state.client, env), ...started(state, env), fullTimer()];
    case 'iptablesRestored':
      return restored(state, message, env);
    case 'timer': {
      const { key } = body as Body & { key: string };
      if (key === 'sync') return sync(state, env);
      if (key === 'full') {
        state.needFullSync = true;
        return [fullTimer(), ...schedule(state, env)];
      }
      break;
    }
  }
  const received = receive(state.client, message, env);
  if (!received) return [];
  if (received.deltas.length === 0) return received.effects;
  let changed = false;
  for (const delta of received.deltas) changed = observe(state, delta, message, env) || changed;
  return changed ? [...received.effects, ...schedule(state, env)] : received.effects;
};

function fullTimer(): Effect {
  return timer('full', FULL_SYNC_MS, { periodic: true });
}

function started(state: KubeProxyState, env: Env): Effect[] {
  const node = { kind: 'Node', name: state.nodeName, uid: state.nodeName, apiVersion: 'v1' };
  return recordEvent(state.recorder, state.client, env, node, 'Normal', 'Starting', '');
}

// Notes which Service needs new rules; false if the change has no effect on any.
function observe(state: KubeProxyState, delta: Delta, message: Message, env: Env): boolean {
  if (delta.informer === 'nodes') return observeNode(state, delta);
  const key =
    delta.informer === 'services'
      ? `${delta.object.metadata.namespace}/${delta.object.metadata.name}`
      : serviceKeyOf(delta.object as unknown as EndpointSlice);
  if (key === undefined || !matters(delta)) return false;
  if (!state.changed.has(key)) state.changed.set(key, { cause: message.id, at: env.now });
  if (state.queuedAt === 0) state.queuedAt = env.now;
  return true;
}

function matters({ informer, type, object, old }: Delta): boolean {
  if (type !== 'update' || old === undefined) return true;
  if (informer === 'endpointslices') {
    const before = old as unknown as EndpointSlice;
    const after = object as unknown as EndpointSlice;
    return before.endpoints !== after.endpoints || before.ports !== after.ports;
  }
  const before = old as unknown as Service;
  const after = object as unknown as Service;
  return before.spec !== after.spec || before.status !== after.status || before.metadata !== after.metadata;
}

function observeNode(state: KubeProxyState, { type, object }: Delta): boolean {
  const node = object as unknown as Node;
  const zone = node.metadata?.labels?.['topology.kubernetes.io/zone'] ?? '';
  state.nodeEligible =
    type !== 'delete' &&
    node.metadata?.deletionTimestamp === undefined &&
    !(node.spec?.taints ?? []).some(({ key }) => key === 'ToBeDeletedByClusterAutoscaler');
  if (zone === state.zone) return !state.syncs && hasSynced(state.client);
  state.zone = zone;
  state.needFullSync = true;
  return true;
}

/** The next sync: at once, or when the minimum time since the last one has passed. */
function schedule(state: KubeProxyState, env: Env): Effect[] {
  if (!hasSynced(state.client) || state.restoring !== 0) return [];
  const dueAt = Math.max(env.now, state.lastSyncAt + state.minSyncMs);
  if (state.dueAt !== 0 && state.dueAt <= dueAt) return [];
  state.dueAt = dueAt;
  const first = state.changed.firstKey();
  const cause = first === undefined ? undefined : state.changed.get(first)?.cause;
  const periodic = state.changed.size === 0 && state.syncs > 0;
  return [timer('sync', dueAt - env.now, { periodic, ...(cause !== undefined && { cause }) })];
}

function sync(state: KubeProxyState, env: Env): Effect[] {
  state.dueAt = 0;
  if (!hasSynced(state.client)) return [];
  const full = state.needFullSync;
  const node = nodeOf(state);
  const keys = full ? allKeys(state) : [...state.changed.keys()];
  const first = state.changed.firstKey();
  const cause = first === undefined ? undefined : state.changed.get(first)?.cause;
  const set: [string, ServiceRules][] = [];
  const remove: string[] = [];
  const changes: SyncChange[] = [];
  for (const key of keys) {
    const before = state.written.get(key) ?? null;
    const after = rulesOf(state, key, node);
    if (after) set.push([key, after]);
    else if (before) remove.push(key);
    if (!before && !after) continue;
    state.endpoints += countEndpoints(after, node) - countEndpoints(before, node);
    if (after) state.written.set(key, after);
    else state.written.delete(key);
    if (changes.length < CHANGES_SHOWN && !(full && before === after))
      changes.push({ key, before, after: after ?? null });
  }
  state.changed.clear();
  state.needFullSync = false;
  state.syncs++;
  state.last = { at: env.now, full, services: set.length + remove.length, changes };
  state.restoring = state.nextRequestId++;
  const rules: RuleChange = {
    ...(full && { full: { config: plain(state.rules), node } }),
    large: state.endpoints > LARGE_CLUSTER_ENDPOINTS,
    set,
    remove,
  };
  const body = { type: 'iptablesRestore', requestId: state.restoring, rules } as Body;
  return [send(`machine@${env.host}`, body, cause === undefined ? undefined : { cause })];
}

function allKeys(state: KubeProxyState): string[] {
  const services = state.client.informers.services?.objects;
  const keys = new Set<string>(services ? services.keys() : []);
  for (const key of state.written.keys()) keys.add(key);
  return [...keys].sort();
}

// Undefined when the Service is gone or is one that gets no rules.
function rulesOf(state: KubeProxyState, key: string, node: ProxyNode): ServiceRules | undefined {
  const { services, endpointslices } = state.client.informers;
  const service = services?.objects.get(key) as unknown as Service | undefined;
  if (!service) return undefined;
  const slices = (endpointslices?.objects.by('service', key) ?? []) as unknown as EndpointSlice[];
  if (slices.length > 1) slices.sort((a, b) => ((a.metadata?.name ?? '') < (b.metadata?.name ?? '') ? -1 : 1));
  return serviceFragments(service, slices, node).length > 0 ? { service, slices } : undefined;
}

function countEndpoints(rules: ServiceRules | null | undefined, node: ProxyNode): number {
  if (!rules) return 0;
  let count = 0;
  for (const { port } of serviceFragments(rules.service, rules.slices, node)) count += port.endpoints.length;
  return count;
}

function nodeOf({ nodeName, nodeIP, zone }: KubeProxyState): ProxyNode {
  return { name: nodeName, ip: nodeIP, zone };
}

function restored(state: KubeProxyState, message: Message, env: Env): Effect[] {
  if (message.body.requestId !== state.restoring) return [];
  state.restoring = 0;
  state.lastSyncAt = env.now;
  const first = state.changed.firstKey();
  state.queuedAt = first === undefined ? 0 : (state.changed.get(first)?.at ?? 0);
  return state.changed.size > 0 || state.needFullSync ? schedule(state, env) : [];
}

/** What the inspector shows: how current the rules are, and what the last sync changed in them. */
export function view(state: KubeProxyState, now: number): object {
  const node = nodeOf(state);
  const { last } = state;
  const added: string[] = [];
  const removed: string[] = [];
  for (const { before, after } of last?.changes ?? []) {
    const old = linesOf(state, before, node);
    const fresh = linesOf(state, after, node);
    const had = new Set(old);
    const has = new Set(fresh);
    added.push(...fresh.filter((line) => !had.has(line)));
    removed.push(...old.filter((line) => !has.has(line)));
  }
  return {
    mode: state.mode,
    synced: hasSynced(state.client),
    syncs: state.syncs,
    services: state.written.size,
    endpoints: state.endpoints,
    waiting: [...state.changed.keys()].slice(0, CHANGES_SHOWN),
    healthy: state.nodeEligible && isCurrent(state, now),
    lagMs: state.queuedAt === 0 ? 0 : now - state.queuedAt,
    lastSync: last && {
      at: last.at,
      full: last.full,
      services: last.services,
      added: added.slice(0, LINES_SHOWN),
      removed: removed.slice(0, LINES_SHOWN),
    },
  };
}

const LINES_SHOWN = 60;

function linesOf(state: KubeProxyState, rules: ServiceRules | null, node: ProxyNode): string[] {
  if (!rules) return [];
  const large = state.endpoints > LARGE_CLUSTER_ENDPOINTS;
  const fragments = serviceFragments(rules.service, rules.slices, node);
  return fragments.flatMap((fragment) => [...portLines(portRules(fragment, state.rules, large))]);
}

function isCurrent(state: KubeProxyState, now: number): boolean {
  return state.queuedAt === 0 || now - state.queuedAt <= HEALTHY_MS;
}
