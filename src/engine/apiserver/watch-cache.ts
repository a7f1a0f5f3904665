import type { KubernetesObject } from '../api/object.ts';
import { RESOURCES } from '../api/resources.ts';
import { storagePrefix } from '../api/storage-keys.ts';
import type { EtcdEvent, EtcdWatchResponse, KeyValue, RangeResponse } from '../etcd/messages.ts';
import { type Effect, type Env, send } from '../kernel/types.ts';
import { isPolicy } from './authorization/rbac.ts';
import { remember } from './history.ts';
import type { ApiServerState, Change } from './state.ts';
import { fanOut, resourceOfPrefix } from './watch.ts';

/** A stored value as everybody sees it: with the revision of its last write. */
export function withRevision(kv: KeyValue): KubernetesObject {
  return stamped(kv.value, kv.modRevision);
}

export function stamped(value: KubernetesObject, revision: number): KubernetesObject {
  return { ...value, metadata: { ...value.metadata, resourceVersion: String(revision) } };
}

/** Reads every resource from etcd: the server is ready when all have come. */
export function loadCaches(state: ApiServerState): Effect[] {
  return RESOURCES.map((resource) => {
    const prefix = storagePrefix(resource);
    const requestId = state.nextRequestId++;
    state.waiting.set(requestId, { wait: 'cacheList', prefix });
    return send(etcdOf(state), { type: 'range', requestId, key: prefix, prefix: true } as never);
  });
}

export function etcdOf(state: ApiServerState): string {
  return state.config.etcd as string;
}

/** Takes one resource's objects and watches it from there. Objects that changed while etcd was away are changes too. */
export function fillCache(state: ApiServerState, env: Env, prefix: string, response: RangeResponse): Effect[] {
  const { revision } = response;
  const effects: Effect[] = [];
  const gone = new Set<string>();
  const cache = state.caches.get(prefix);
  if (cache !== undefined) {
    const known = resourceOfPrefix(prefix).namespaced ? 'resource' : 'collection';
    for (const key of state.objects.keysBy(known, prefix)) gone.add(key);
  } else state.caches.set(prefix, { oldest: revision, changes: [], head: 0 });
  for (const kv of response.kvs) {
    gone.delete(kv.key);
    const old = state.objects.get(kv.key);
    if (old?.metadata.resourceVersion === String(kv.modRevision)) continue;
    if (cache === undefined) put(state, kv.key, withRevision(kv));
    else effects.push(...change(state, env, prefix, kv.key, withRevision(kv), kv.modRevision, false));
  }
  for (const key of gone) {
    const old = state.objects.get(key) as KubernetesObject;
    effects.push(...change(state, env, prefix, key, stamped(old, revision), revision, true));
  }
  state.revision = Math.max(state.revision, revision);
  effects.push(watchFrom(state, prefix, revision + 1));
  return effects;
}

/** Opens the watch of one resource at etcd. */
function watchFrom(state: ApiServerState, prefix: string, startRevision: number): Effect {
  const watchId = state.nextRequestId++;
  state.waiting.set(watchId, { wait: 'cacheWatch', prefix });
  return send(etcdOf(state), { type: 'watch', requestId: watchId, prefix, startRevision } as never);
}

/** Takes what etcd saw change, and tells every watch that wants to know. */
export function applyEvents(state: ApiServerState, env: Env, prefix: string, response: EtcdWatchResponse): Effect[] {
  if (response.compactRevision !== undefined) {
    // What was missed is gone: read everything anew.
    const requestId = state.nextRequestId++;
    state.waiting.set(requestId, { wait: 'cacheList', prefix });
    return [send(etcdOf(state), { type: 'range', requestId, key: prefix, prefix: true } as never)];
  }
  const effects: Effect[] = [];
  for (const event of response.events) effects.push(...applyEvent(state, env, prefix, event));
  if (response.revision > state.revision) state.revision = response.revision;
  return effects;
}

function applyEvent(state: ApiServerState, env: Env, prefix: string, event: EtcdEvent): Effect[] {
  const { kv } = event;
  const { key, modRevision } = kv;
  if (event.type === 'delete') {
    const old = state.objects.get(key);
    const written = state.written.get(key);
    if (written === null || Number(written?.metadata.resourceVersion) < modRevision) state.written.delete(key);
    if (old === undefined) return [];
    return change(state, env, prefix, key, stamped(old, modRevision), modRevision, true);
  }
  const written = state.written.get(key);
  let object = written;
  if (written !== undefined && written !== null && Number(written.metadata.resourceVersion) <= modRevision) {
    state.written.delete(key);
  }
  if (object?.metadata.resourceVersion !== String(modRevision)) object = withRevision(kv);
  return change(state, env, prefix, key, object as KubernetesObject, modRevision, false);
}

function change(
  state: ApiServerState,
  env: Env,
  prefix: string,
  key: string,
  object: KubernetesObject,
  revision: number,
  deleted: boolean,
): Effect[] {
  const old = state.objects.get(key);
  if (deleted) {
    state.objects.delete(key);
    if (isPolicy(key)) state.policyVersion++;
  } else put(state, key, object);
  const row: Change = { revision, at: env.now, key, object, old, deleted };
  remember(state, prefix, row);
  return fanOut(state, prefix, row, env.wallNow);
}

function put(state: ApiServerState, key: string, object: KubernetesObject): void {
  state.objects.set(key, object);
  if (isPolicy(key)) state.policyVersion++;
}
