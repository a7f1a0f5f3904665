import type { Deployment, Status } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { methodNotAllowed, notAcceptable, unknownResource, unsupportedMediaType, untypedError } from '../api/status.ts';
import { storagePrefix } from '../api/storage-keys.ts';
import type { KubeletResponse } from '../client/kubelet-api.ts';
import type { ApiRequest, StopWatch } from '../client/messages.ts';
import type { EtcdReply, KeyValue, LeaseGrantResponse, RangeResponse, TxnResponse } from '../etcd/messages.ts';
import { type Address, type Effect, type Env, type Message, send } from '../kernel/types.ts';
import { userOf } from './authentication.ts';
import { authorize } from './authorization/index.ts';
import { bootstrap, ENDPOINTS_KEY } from './bootstrap.ts';
import { create } from './create.ts';
import { remove, removeCollection } from './delete.ts';
import { ask, askEtcd, bodyOf, etcdOf, readFromEtcd, writeToEtcd } from './etcd-requests.ts';
import {
  etcdFailed,
  etcdRefuses,
  listAgain,
  loseEtcd,
  notReady,
  watchCanceled,
  watchDeadline,
} from './etcd-trouble.ts';
import { beginLease, takeLease, waitForLease } from './event-leases.ts';
import { checkHealth, etcdAnswered, isHealthPath } from './health.ts';
import { becomeReady, begin, kubeletRefuses, loseKubelet, takeTimer } from './housekeeping.ts';
import { kubeletAnswer } from './kubelet-proxy.ts';
import { takeMasterReply } from './master-leases.ts';
import { isAcceptable, isReadable, MEDIA_TYPES } from './negotiation.ts';
import { answerOtherPath } from './other-paths.ts';
import { patch } from './patch-request.ts';
import { get, list, pastProblem } from './read.ts';
import { isResourceRequest, requestInfo } from './request-info.ts';
import { respond } from './respond.ts';
import { scaleOf } from './scale.ts';
import { CHARGED, type Handling, keyOfRequest, optionsProblem, type Result, refuse } from './server.ts';
import type { ApiServerProcess, ApiServerState, Waiting } from './state.ts';
import { handleSubresource } from './subresources.ts';
import { update } from './update.ts';
import { closeWatch, closeWatchesOf, openWatch } from './watch.ts';
import { applyEvents, fillCache, sharedObject, stamped } from './watch-cache.ts';
import type { Write } from './write.ts';

const NOTHING: Effect[] = [];
const NO_FRESH: ReadonlyMap<string, KubernetesObject | null> = new Map();
/** A write that loses against others this often is given up. */
const MAX_ATTEMPTS = 10;

/**
 * kube-apiserver: authentication, authorization, admission, validation, and a watch cache in front of etcd.
 * Source: staging/src/k8s.io/apiserver/pkg/server/config.go, pkg/registry/generic/registry/store.go
 */
export function step({ server: state }: ApiServerProcess, message: Message, env: Env): Effect[] {
  const { body } = message;
  switch (body.type) {
    case 'apiRequest':
      state.served++;
      return serve(state, env, message.from, body as ApiRequest, 0, NO_FRESH, env.now);
    case 'txnResponse':
    case 'rangeResponse':
    case 'watchResponse':
    case 'compactResponse':
    case 'leaseGrantResponse':
    case 'etcdError':
      return takeReply(state, env, body as EtcdReply);
    case 'kubeletResponse': {
      const { requestId, status, body: content } = body as KubeletResponse;
      const waiting = state.take(requestId);
      if (waiting?.wait !== 'kubelet') return NOTHING;
      return [respond(waiting.from, waiting.request, kubeletAnswer(status, content, waiting.request), [])];
    }
    case 'stopWatch':
      closeWatch(state, message.from, (body as StopWatch).watchId);
      return NOTHING;
    case 'start':
      return begin(state, env);
    case 'timer':
      return takeTimer(state, env, (body as unknown as { key: string }).key);
    case 'connectionLost':
    case 'connectionRefused': {
      const { peer, requestId } = body as unknown as { peer: Address; requestId?: number };
      if (peer === etcdOf(state)) return requestId === undefined ? loseEtcd(state) : etcdRefuses(state, requestId);
      if (peer.startsWith('etcd@')) return NOTHING;
      if (body.type === 'connectionRefused') return kubeletRefuses(state, env, requestId as number);
      closeWatchesOf(state, peer);
      return loseKubelet(state, peer);
    }
    default:
      return NOTHING;
  }
}

/** Handles a request from the beginning; `fresh` is what etcd has said of some keys since it came in. */
function serve(
  state: ApiServerState,
  env: Env,
  from: Address,
  request: ApiRequest,
  attempt: number,
  fresh: ReadonlyMap<string, KubernetesObject | null>,
  since: number,
): Effect[] {
  const info = requestInfo(request);
  const warnings: string[] = [];
  if (!isResourceRequest(info)) {
    if (isHealthPath(info.path)) return checkHealth(state, env, from, request);
    return [respond(from, request, answerOtherPath(request, info), warnings)];
  }
  const needsCache = info.verb === 'watch' || info.verb === 'list';
  if (state.phase !== 'ready' || (state.staleSince !== null && needsCache)) {
    return [respond(from, request, refuse(notReady(state, env)), warnings)];
  }
  const user = userOf(request.user);
  const refused = authorize(state, user, info, request);
  if (refused !== undefined) return [respond(from, request, refuse(refused), warnings)];
  const { resource, verb } = info;
  if (info.subresource === '' && !isAcceptable(request.accept)) {
    return [respond(from, request, refuse(notAcceptable(MEDIA_TYPES)), warnings)];
  }
  if (resource.namespaced && info.namespace === '' && verb !== 'list' && verb !== 'watch') {
    // Over all namespaces there are only lists, and no object has a path there.
    return [respond(from, request, refuse(info.name === '' ? methodNotAllowed() : unknownResource()), warnings)];
  }
  if (BODY_VERBS.has(verb) && !isReadable(request)) {
    return [respond(from, request, refuse(unsupportedMediaType(MEDIA_TYPES.slice(0, 2))), warnings)];
  }
  // Only a collection can be added to, and only one object changed.
  const isMisplaced = verb === '' || (NEEDS_NAME.has(verb) && info.name === '');
  if (isMisplaced || (info.subresource === '' && !resource.verbs.includes(verb))) {
    return [respond(from, request, refuse(methodNotAllowed()), warnings)];
  }
  if (verb === 'watch') {
    const opened = openWatch(state, env, from, request, info);
    return Array.isArray(opened) ? opened : [respond(from, request, refuse(opened as Status), warnings)];
  }
  const handling: Handling = { state, env, from, request, info, user, fresh, attempt, since, warnings };
  const result = handle(handling);
  return carryOut(handling, isPerhapsOld(handling, result) ? { type: 'read', keys: [keyOfRequest(handling)] } : result);
}

/**
 * A cache that lags, also behind another server's writes, may be older than the object: before a change of it is refused,
 * or found to change nothing, etcd is asked.
 * Source: staging/src/k8s.io/apiserver/pkg/storage/etcd3/store.go, origStateIsCurrent
 */
function isPerhapsOld({ state, info, fresh }: Handling, result: Result): boolean {
  if (state.broken.size === 0 && !state.config.isOneOfMany) return false;
  if (result.type !== 'answer' || !DECIDED.has(result.code)) return false;
  return info.name !== '' && info.verb !== 'get' && fresh.size === 0;
}

const DECIDED: ReadonlySet<number> = new Set([200, 404, 409]);
const NEEDS_NAME: ReadonlySet<string> = new Set(['update', 'patch']);
/** A patch says by its content type what kind of patch it is. */
const BODY_VERBS: ReadonlySet<string> = new Set(['create', 'update', 'delete', 'deletecollection']);

function handle(handling: Handling): Result {
  const problem = handling.request.method === 'GET' ? undefined : optionsProblem(handling);
  if (problem !== undefined) return refuse(problem);
  if (handling.info.subresource !== '') return handleSubresource(handling);
  switch (handling.info.verb) {
    case 'get':
      return get(handling);
    case 'list':
      return list(handling);
    case 'create':
      return create(handling);
    case 'update':
      return update(handling);
    case 'patch':
      return patch(handling);
    case 'delete':
      return remove(handling);
    case 'deletecollection':
      return removeCollection(handling);
    default:
      return refuse(unknownResource());
  }
}

/** Turns a result into an answer, or into a question to etcd whose reply goes on with the request. */
function carryOut(handling: Handling, result: Result): Effect[] {
  const { state, from, request, attempt, since, warnings, fresh } = handling;
  switch (result.type) {
    case 'answer':
      return [respond(from, request, result, warnings)];
    case 'write':
      if (result.expires && !takeLease(state, handling.env))
        return [...waitForLease(state, handling), ...watchDeadline(state)];
      return [...writeToEtcd(state, handling, result, warnings), ...watchDeadline(state)];
    case 'read': {
      const missing = result.keys.filter((key) => !fresh.has(key));
      const waiting: Waiting = { wait: 'read', from, request, attempt, since, keys: missing, known: [...fresh] };
      return [...readFromEtcd(state, waiting), ...watchDeadline(state)];
    }
    case 'kubelet': {
      const { to: kubelet, dial, question } = result;
      const requestId = ask(state, { wait: 'kubelet', from, request, kubelet, dial, since: handling.env.now });
      return [send(kubelet, { ...question, requestId } as never)];
    }
    case 'list': {
      const { revision } = result;
      const past = revision && { prefix: storagePrefix(handling.info.resource), revision };
      const waiting = { wait: 'list', from, request, since, ...(past && { past }) } as const;
      return [...askEtcd(state, waiting, bodyOf(state, waiting) as object), ...watchDeadline(state)];
    }
  }
}

function takeReply(state: ApiServerState, env: Env, reply: EtcdReply): Effect[] {
  const waiting = state.waiting.get(reply.requestId);
  if (waiting === undefined) return NOTHING;
  if (waiting.wait === 'cacheWatch') {
    // A learner does not even take the request.
    if (reply.type !== 'watchResponse' || reply.canceled !== undefined)
      return watchCanceled(state, env, reply.requestId, waiting.prefix);
    return applyEvents(state, env, waiting.prefix, reply);
  }
  if (reply.type === 'etcdError') {
    const effects = etcdFailed(state, reply);
    return waiting.wait === 'bootstrap' ? [...effects, ...bootstrapAgain(state, env)] : effects;
  }
  state.waiting.delete(reply.requestId);
  if (reply.type === 'txnResponse' && reply.succeeded) state.writtenAt = env.now;
  const effects = etcdAnswered(state, env);
  const answered = takeAnswer(state, env, waiting, reply);
  return effects.length === 0 ? answered : [...answered, ...effects];
}

function takeAnswer(state: ApiServerState, env: Env, waiting: Waiting, reply: EtcdReply): Effect[] {
  switch (waiting.wait) {
    case 'txn':
      return takeTxn(state, env, waiting, reply as TxnResponse);
    case 'read':
      return takeRead(state, env, waiting, reply as RangeResponse);
    case 'list': {
      // Every event up to this revision has come before this reply, unless the way of the events is broken.
      if (state.broken.size > 0) return listAgain(state, reply.requestId, waiting);
      const { revision, kvs, error } = reply as RangeResponse;
      const { from, request, since, past } = waiting;
      state.revision = Math.max(state.revision, revision);
      if (past && error)
        return [respond(from, request, refuse(pastProblem(request, past.revision, reply as RangeResponse)), [])];
      const fresh = past ? new Map(kvs.map((kv) => [kv.key, sharedObject(state, kv)])) : NO_FRESH;
      return serve(state, env, from, request, 1, fresh, since);
    }
    case 'cacheList': {
      const effects = fillCache(state, waiting.prefix, reply as RangeResponse);
      return [...effects, ...bootstrapIfLoaded(state, env)];
    }
    case 'bootstrap':
      if ((reply as TxnResponse).succeeded) return becomeReady(state);
      // Another server was faster.
      return bootstrapAgain(state, env);
    case 'eventLease':
      return takeNewLease(state, env, reply as LeaseGrantResponse);
    case 'endpoints':
      // What the watch has not told the cache learns here; the next round makes it anew.
      if ((reply as RangeResponse).kvs.length === 0) state.objects.delete(ENDPOINTS_KEY);
      return NOTHING;
    case 'masterLease':
    case 'masterKey':
    case 'masters':
      return takeMasterReply(state, env, waiting.wait, reply);
    default:
      return NOTHING;
  }
}

/** What is missing still is found out again. */
function bootstrapAgain(state: ApiServerState, env: Env): Effect[] {
  state.phase = 'loading';
  return bootstrapIfLoaded(state, env);
}

/** All resources have been read: the objects that every cluster has are written if they are not there. */
function bootstrapIfLoaded(state: ApiServerState, env: Env): Effect[] {
  for (const waiting of state.waiting.values()) if (waiting.wait === 'cacheList') return NOTHING;
  if (state.phase !== 'loading') return NOTHING;
  const missing = bootstrap(state, env);
  if (missing.length === 0) return becomeReady(state);
  state.phase = 'bootstrapping';
  const success = missing.map(({ key, object }) => ({ op: 'put', key, value: object }));
  const compare = missing.map(({ key }) => ({ key, modRevision: 0 }));
  // News, even if it was a try to reconnect that led here.
  return askEtcd(state, { wait: 'bootstrap' }, { type: 'txn', compare, success, failure: [] }, false);
}

function takeTxn(state: ApiServerState, env: Env, waiting: Waiting & { wait: 'txn' }, reply: TxnResponse): Effect[] {
  const { from, request, attempt, write, read, warnings } = waiting;
  if (!reply.succeeded) {
    if (waiting.deleting) return deleteAgain(state, waiting, reply.current[0] ?? null);
    if (attempt >= MAX_ATTEMPTS)
      return [respond(from, request, refuse(untypedError('etcdserver: too many requests')), warnings)];
    const fresh = new Map<string, KubernetesObject | null>();
    reply.current.forEach((kv: KeyValue | null, i) => {
      fresh.set(read[i] as string, kv === null ? null : sharedObject(state, kv));
    });
    if (write.isCharged) fresh.set(CHARGED, null);
    // What is left of a collection is a request of its own.
    const tries = write.series?.at ? 0 : attempt + 1;
    return serve(state, env, from, request, tries, fresh, waiting.since);
  }
  const { revision } = reply;
  const lagging = [...state.broken.keys()];
  let object: KubernetesObject | undefined;
  for (const operation of write.operations) {
    const { key } = operation;
    // Usually the watch has told it already; until it does, this server knows better than its cache.
    const isSeen =
      state.revision >= revision || (state.seen >= revision && !lagging.some((prefix) => key.startsWith(prefix)));
    if (operation.op === 'delete') {
      if (!isSeen) state.written.set(key, null);
      continue;
    }
    const cached = state.objects.get(key);
    const stored = cached?.metadata.resourceVersion === String(revision) ? cached : stamped(operation.value, revision);
    if (!isSeen) state.written.set(key, stored);
    if (operation.value === write.object) object = stored;
  }
  if (write.thenDelete) {
    const [put] = write.operations;
    const key = put?.key as string;
    const deletion: Write = {
      type: 'write',
      code: write.code,
      compare: [{ key, modRevision: revision }],
      operations: [{ op: 'delete', key }],
      ...(write.object && { object: write.object }),
      ...(write.body !== undefined && { body: write.body }),
      ...(write.series && { series: write.series }),
    };
    return writeToEtcd(state, waiting, deletion, warnings, true);
  }
  const next = nextOf(write);
  if (next !== undefined) return writeToEtcd(state, waiting, next, warnings);
  if (write.body !== undefined) return [respond(from, request, { code: write.code, body: write.body }, warnings)];
  object ??= stamped(write.object as KubernetesObject, revision);
  const body = write.show === 'scale' ? scaleOf(object as Deployment) : object;
  return [respond(from, request, { code: write.code, body }, warnings)];
}

/** The write that follows when one has succeeded. */
function nextOf({ next, series, body }: Write): Write | undefined {
  const following = series?.writes[series.at + 1];
  return series && following ? { ...following, body, series: { ...series, at: series.at + 1 } } : next;
}

/** Another write came between the announcement and the deletion: what is there now is deleted all the same. */
function deleteAgain(state: ApiServerState, waiting: Waiting & { wait: 'txn' }, kv: KeyValue | null): Effect[] {
  const { from, request, write, warnings } = waiting;
  if (kv === null) {
    const next = nextOf(write);
    if (next !== undefined) return writeToEtcd(state, waiting, next, warnings);
    const body = write.body ?? stamped(write.object as KubernetesObject, state.revision);
    return [respond(from, request, { code: write.code, body }, warnings)];
  }
  const again: Write = { ...write, compare: [{ key: kv.key, modRevision: kv.modRevision }] };
  return writeToEtcd(state, waiting, again, warnings, true);
}

function takeRead(
  state: ApiServerState,
  env: Env,
  waiting: Waiting & { wait: 'read' },
  reply: RangeResponse,
): Effect[] {
  const { from, request, attempt, keys, known } = waiting;
  const [kv] = reply.kvs;
  const found: [string, KubernetesObject | null] = [
    keys[0] as string,
    kv === undefined ? null : sharedObject(state, kv),
  ];
  const rest = keys.slice(1);
  if (rest.length > 0) return readFromEtcd(state, { ...waiting, keys: rest, known: [...known, found] });
  return serve(state, env, from, request, attempt, new Map([...known, found]), waiting.since);
}

function takeNewLease(state: ApiServerState, env: Env, { lease }: LeaseGrantResponse): Effect[] {
  return beginLease(state, env, lease).flatMap(({ from, request, cause, periodic, since }) =>
    serve(state, env, from, request, 0, NO_FRESH, since).map((effect) =>
      effect.effect === 'send' ? { ...effect, cause, periodic } : effect,
    ),
  );
}
