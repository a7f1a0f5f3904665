import type { KubernetesObject } from '../api/object.ts';
import { RESOURCES } from '../api/resources.ts';
import { extended } from '../api/share.ts';
import { storagePrefix } from '../api/storage-keys.ts';
import type { EtcdEvent, EtcdWatchResponse, KeyValue, RangeResponse } from '../etcd/messages.ts';
import { type Effect, type Env, send } from '../kernel/types.ts';
import { isPolicy } from './authorization/rbac.ts';
import { ask, askEtcd, etcdOf } from './etcd-requests.ts';
import { remember } from './history.ts';
import type { ApiServerState, Change } from './state.ts';
import { endWatches, fanOut, resourceOfPrefix } from './watch.ts';

/** A stored value as everybody sees it: with the revision of its last write. */
function withRevision(kv: KeyValue): KubernetesObject {
  return stamped(kv.value, kv.modRevision);
}

export function stamped(value: KubernetesObject, revision: number): KubernetesObject {
  return extended(value, { metadata: extended(value.metadata, { resourceVersion: String(revision) }) });
}

/** The object of a stored value: the one that is in the cache already, if it is the same. */
export function sharedObject(state: ApiServerState, kv: KeyValue): KubernetesObject {
  const version = String(kv.modRevision);
  const cached = state.objects.get(kv.key);
  if (cached?.metadata.resourceVersion === version) return cached;
  const written = state.written.get(kv.key);
  return written?.metadata.resourceVersion === version ? written : withRevision(kv);
}

/** Reads resources from etcd: the server is ready when all have come. */
export function loadCaches(state: ApiServerState, prefixes: Iterable<string> = RESOURCES.map(storagePrefix)): Effect[] {
  const effects: Effect[] = [];
  for (const prefix of prefixes) effects.push(...loadCache(state, prefix));
  return effects;
}

function loadCache(state: ApiServerState, prefix: string): Effect[] {
  return askEtcd(state, { wait: 'cacheList', prefix }, { type: 'range', key: prefix, prefix: true });
}

/** Takes one resource's objects and watches it from there. Who watched what was there before has to list anew. */
export function fillCache(state: ApiServerState, prefix: string, response: RangeResponse): Effect[] {
  const { revision } = response;
  const effects: Effect[] = [];
  if (state.caches.has(prefix)) {
    effects.push(...endWatches(state, prefix));
    const read = new Set(response.kvs.map(({ key }) => key));
    const known = resourceOfPrefix(prefix).namespaced ? 'resource' : 'collection';
    for (const key of [...state.objects.keysBy(known, prefix)]) if (!read.has(key)) forget(state, key);
    for (const key of state.written.keys()) if (key.startsWith(prefix)) state.written.delete(key);
  }
  state.caches.set(prefix, { oldest: revision, changes: [], head: 0 });
  for (const kv of response.kvs) {
    const old = state.objects.get(kv.key);
    if (old?.metadata.resourceVersion !== String(kv.modRevision)) put(state, kv.key, withRevision(kv));
  }
  state.seen = Math.max(state.seen, revision);
  state.broken.set(prefix, revision + 1);
  // What was read first may be older than what is read last, until its watch has told what came between.
  if (state.phase === 'loading') state.revision = Math.min(...state.broken.values()) - 1;
  effects.push(...watchBroken(state, [prefix]));
  return effects;
}

/** Opens watches at etcd, each from where its resource is known. */
export function watchBroken(state: ApiServerState, prefixes: Iterable<string>): Effect[] {
  if (state.etcdLost) return [];
  const effects: Effect[] = [];
  for (const prefix of prefixes) {
    const requestId = ask(state, { wait: 'cacheWatch', prefix });
    const startRevision = state.broken.get(prefix) as number;
    effects.push(send(etcdOf(state), { type: 'watch', requestId, prefix, startRevision } as never));
  }
  return effects;
}

/** Takes what etcd saw change, and tells every watch that wants to know. */
export function applyEvents(state: ApiServerState, env: Env, prefix: string, response: EtcdWatchResponse): Effect[] {
  if (response.compactRevision !== undefined) {
    // What was missed is gone: read everything anew.
    state.waiting.delete(response.requestId);
    return loadCache(state, prefix);
  }
  const wasBroken = state.broken.delete(prefix);
  const effects: Effect[] = [];
  for (const event of response.events) effects.push(...applyEvent(state, env, prefix, event));
  if (response.revision > state.seen) state.seen = response.revision;
  // While a resource lags, the caches together are as old as it is.
  if (state.broken.size === 0) {
    if (state.seen > state.revision) state.revision = state.seen;
    if (wasBroken) {
      state.noLeaderSince = null;
      state.staleSince = null;
    }
  }
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
  if (deleted) forget(state, key);
  else put(state, key, object);
  const row: Change = { revision, at: env.now, key, object, old, deleted };
  remember(state, prefix, row);
  return fanOut(state, prefix, row, env.wallNow);
}

function put(state: ApiServerState, key: string, object: KubernetesObject): void {
  state.objects.set(key, object);
  if (isPolicy(key)) state.policyVersion++;
}

function forget(state: ApiServerState, key: string): void {
  state.objects.delete(key);
  if (isPolicy(key)) state.policyVersion++;
}
