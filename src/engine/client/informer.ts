import type { KubernetesObject } from '../api/object.ts';
import { type Effect, type Env, type Message, send, timer } from '../kernel/types.ts';
import { newRequestId, refusedRequest, requestOf } from './connection.ts';
import { type Answer, type ApiRequest, type ApiResponse, PROTOBUF, type WatchEvents } from './messages.ts';
import type { ClientState, Delta, InformerSpec, InformerState, Received } from './state.ts';

/** Reflector back-off: 800 ms, doubling to 30 s (staging/src/k8s.io/client-go/tools/cache/reflector.go), no jitter. */
const BACKOFF_MS = 800;
const MAX_BACKOFF_MS = 30_000;

export function newInformer(spec: InformerSpec): InformerState {
  return {
    path: spec.path,
    query: spec.query ?? {},
    phase: 'stopped',
    requestId: 0,
    resourceVersion: '0',
    synced: false,
    failures: 0,
    objects: spec.table(),
  };
}

export function objectKey(object: KubernetesObject): string {
  const { namespace, name } = object.metadata;
  return namespace ? `${namespace}/${name}` : (name ?? '');
}

/** Lists (from the server's cache) and then watches every informer that is not running yet. */
export function startInformers(client: ClientState, env: Env): Effect[] {
  const effects: Effect[] = [];
  for (const informer of Object.values(client.informers)) {
    if (informer.phase === 'stopped') effects.push(list(client, informer, env));
  }
  return effects;
}

/** True once every informer has its first full list. */
export function hasSynced(client: ClientState): boolean {
  return Object.values(client.informers).every((informer) => informer.synced);
}

function list(client: ClientState, informer: InformerState, env: Env): Effect {
  informer.phase = 'listing';
  informer.requestId = newRequestId(client, env);
  const query = { ...informer.query, resourceVersion: informer.synced ? informer.resourceVersion : '0' };
  return send(client.server, request(client, informer, query));
}

function watch(client: ClientState, informer: InformerState): Effect {
  informer.phase = 'watching';
  informer.requestId = client.nextRequestId++;
  const query = {
    ...informer.query,
    watch: 'true',
    allowWatchBookmarks: 'true',
    resourceVersion: informer.resourceVersion,
  };
  return send(client.server, request(client, informer, query));
}

function request(client: ClientState, { requestId, path }: InformerState, query: Record<string, string>): ApiRequest {
  return requestOf(client, requestId, client.user, { method: 'GET', path, query, accept: PROTOBUF });
}

export function handleInformerMessage(client: ClientState, message: Message, env: Env): Received | undefined {
  const { body } = message;
  switch (body.type) {
    case 'watchEvents': {
      const { watchId, events } = body as unknown as WatchEvents;
      const found = byRequest(client, watchId);
      if (found === undefined) return undefined;
      const [name, informer] = found;
      const deltas: Delta[] = [];
      for (const event of events) {
        if (event.type === 'ERROR') return { answers: NONE, deltas, effects: retry(name, informer, true) };
        const version = event.object.metadata.resourceVersion;
        if (version !== undefined) informer.resourceVersion = version;
        if (event.type === 'BOOKMARK') continue;
        const delta = apply(name, informer, event.type === 'DELETED', event.object);
        if (delta) deltas.push(delta);
      }
      informer.failures = 0;
      return { answers: NONE, deltas, effects: [] };
    }
    case 'watchClosed': {
      const found = byRequest(client, (body as unknown as { watchId: number }).watchId);
      if (found === undefined) return undefined;
      return { answers: NONE, deltas: [], effects: [watch(client, found[1])] };
    }
    case 'apiResponse': {
      const { requestId, status, body: content } = body as ApiResponse;
      const found = byRequest(client, requestId);
      if (found === undefined) return { answers: NONE, deltas: [], effects: [] };
      const [name, informer] = found;
      if (status === 200 && informer.phase === 'listing') return replace(client, name, informer, content);
      return { answers: NONE, deltas: [], effects: retry(name, informer, status === 410 || isTooLarge(content)) };
    }
    case 'connectionRefused': {
      const found = byRequest(client, body.requestId as number);
      if (found === undefined) return undefined;
      refusedRequest(client, body.requestId as number);
      return { answers: NONE, deltas: [], effects: retry(found[0], found[1], false) };
    }
    case 'timer': {
      const name = (body as unknown as { key: string }).key.slice('informer/'.length);
      const informer = client.informers[name];
      if (informer === undefined || informer.phase !== 'waiting') return { answers: NONE, deltas: [], effects: [] };
      return { answers: NONE, deltas: [], effects: [list(client, informer, env)] };
    }
    default:
      return undefined;
  }
}

const NONE: Answer[] = [];

/** The server does not know so new a version: it is behind, or etcd has lost what it had. Either way the reflector begins anew. */
function isTooLarge(content: unknown): boolean {
  const { details } = (content ?? {}) as { details?: { causes?: readonly { reason?: string }[] } };
  return details?.causes?.[0]?.reason === 'ResourceVersionTooLarge';
}

/** The connection is gone, and every list and watch on it. */
export function loseWatches(client: ClientState): Effect[] {
  const effects: Effect[] = [];
  client.dialled = 0;
  for (const [name, informer] of Object.entries(client.informers)) {
    if (informer.phase === 'listing' || informer.phase === 'watching') effects.push(...retry(name, informer, false));
  }
  return effects;
}

function byRequest(client: ClientState, requestId: number): [string, InformerState] | undefined {
  for (const name in client.informers) {
    const informer = client.informers[name] as InformerState;
    if (informer.requestId === requestId) return [name, informer];
  }
  return undefined;
}

function retry(name: string, informer: InformerState, fromScratch: boolean): Effect[] {
  if (fromScratch) informer.resourceVersion = '';
  informer.phase = 'waiting';
  informer.requestId = 0;
  const afterMs = fromScratch ? 0 : Math.min(BACKOFF_MS * 2 ** informer.failures, MAX_BACKOFF_MS);
  informer.failures++;
  return [timer(`informer/${name}`, afterMs, { periodic: true })];
}

function apply(name: string, informer: InformerState, gone: boolean, object: KubernetesObject): Delta | undefined {
  const key = objectKey(object);
  if (gone) {
    const old = informer.objects.delete(key);
    return old && { informer: name, type: 'delete', object, old };
  }
  const old = informer.objects.get(key);
  informer.objects.set(key, object);
  return old ? { informer: name, type: 'update', object, old } : { informer: name, type: 'add', object };
}

function replace(client: ClientState, name: string, informer: InformerState, content: unknown): Received {
  const listed = content as { metadata: { resourceVersion: string }; items: KubernetesObject[] };
  const deltas: Delta[] = [];
  const gone = new Set(informer.objects.keys());
  for (const object of listed.items) {
    const key = objectKey(object);
    gone.delete(key);
    // By revision, not by identity: what is the same object is not the same reference after a snapshot.
    if (isSameVersion(informer.objects.get(key), object)) continue;
    const delta = apply(name, informer, false, object);
    if (delta) deltas.push(delta);
  }
  for (const key of gone) {
    const old = informer.objects.get(key) as KubernetesObject;
    const delta = apply(name, informer, true, old);
    if (delta) deltas.push(delta);
  }
  informer.resourceVersion = listed.metadata.resourceVersion;
  informer.synced = true;
  informer.failures = 0;
  return { answers: NONE, deltas, effects: [watch(client, informer)] };
}

function isSameVersion(old: KubernetesObject | undefined, { metadata }: KubernetesObject): boolean {
  return old?.metadata.uid === metadata.uid && old?.metadata.resourceVersion === metadata.resourceVersion;
}
