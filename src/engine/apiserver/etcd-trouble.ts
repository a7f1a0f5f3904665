import { timeout, tooManyRequests, untypedError } from '../api/status.ts';
import type { EtcdError } from '../etcd/messages.ts';
import { type Effect, type Env, send, timer } from '../kernel/types.ts';
import { ask, bodyOf, etcdOf } from './etcd-requests.ts';
import { knownTo } from './history.ts';
import { respond } from './respond.ts';
import { refuse } from './server.ts';
import type { ApiServerState, Queued, Waiting } from './state.ts';
import { endWatches } from './watch.ts';
import { loadCaches, watchBroken } from './watch-cache.ts';

export const RECONNECT = 'reconnect';
export const REWATCH = 'rewatch';
export const DEADLINES = 'deadlines';
/** Wait between two attempts of etcd's client to connect, and to read again. Source: client/v3/options.go */
const RECONNECT_MS = 1_000;
const READ_AGAIN_MS = 25;
/** Reflector of the watch cache: first wait, and how long it tries to go on where it was. Source: cacher.go */
const REWATCH_MS = 800;
const GIVE_UP_MS = 30_000;
/** Upper bounds of a change and of any request. Source: endpoints/handlers/rest.go, server/config.go */
const WRITE_MS = 34_000;
const READ_MS = 60_000;

const NOTHING: Effect[] = [];

/** Never none: a fraction that rounding loses would come round at the same moment for ever. */
const wait = (ms: number): number => Math.max(1, ms);

// --- etcd says no ------------------------------------------------------------------------------------------------

/**
 * etcd's error: reads are asked again until their time is up; a write may have been carried out, so its client hears the
 * error, unless etcd did not even take it. Source: client/v3/retry_interceptor.go
 */
export function etcdFailed(state: ApiServerState, { requestId, error }: EtcdError): Effect[] {
  const waiting = state.waiting.get(requestId);
  if (waiting === undefined) return NOTHING;
  const isTaken = error !== 'context deadline exceeded';
  // Only what is unavailable is asked again at once.
  const isFinal = error === 'etcdserver: rpc not supported for learner';
  switch (waiting.wait) {
    case 'txn':
      if (!isTaken) return sendAgain(state, requestId, waiting);
      state.waiting.delete(requestId);
      return [respond(waiting.from, waiting.request, refuse(untypedError(error)), [])];
    case 'read':
    case 'list':
      if (!isFinal) return sendAgain(state, requestId, waiting);
      state.waiting.delete(requestId);
      return [respond(waiting.from, waiting.request, refuse(untypedError(error)), [])];
    case 'cacheList':
      return sendAgain(state, requestId, waiting, isFinal ? REWATCH_MS : READ_AGAIN_MS);
    case 'eventLease':
      state.waiting.delete(requestId);
      return failEvents(state, error);
    default:
      state.waiting.delete(requestId);
      return NOTHING;
  }
}

function sendAgain(state: ApiServerState, requestId: number, waiting: Waiting, delayMs = READ_AGAIN_MS): Effect[] {
  if (state.etcdLost) return NOTHING;
  const body = bodyOf(state, waiting);
  return [send(etcdOf(state), { ...body, requestId } as never, { delayMs })];
}

/** The caches lag behind what etcd has: the list asks again a little later. */
export function listAgain(state: ApiServerState, requestId: number, waiting: Waiting): Effect[] {
  state.waiting.set(requestId, waiting);
  return sendAgain(state, requestId, waiting);
}

function failEvents(state: ApiServerState, error: string): Effect[] {
  const failure = refuse(untypedError(error));
  const effects = state.forLease.map(({ from, request }) => respond(from, request, failure, []));
  state.forLease = [];
  return effects;
}

// --- nobody answers at etcd --------------------------------------------------------------------------------------

const EOF = 'rpc error: code = Unavailable desc = error reading from server: EOF';

/**
 * The connection to etcd is gone. Writes under way may have been carried out: their clients hear so. All else waits for
 * the next connection as long as its time allows; what is cached can still be read, however old it becomes.
 */
export function loseEtcd(state: ApiServerState): Effect[] {
  const effects: Effect[] = failEvents(state, EOF);
  for (const [id, waiting] of [...state.waiting]) {
    switch (waiting.wait) {
      case 'txn':
        state.waiting.delete(id);
        effects.push(respond(waiting.from, waiting.request, refuse(untypedError(EOF)), []));
        break;
      case 'cacheWatch':
        state.waiting.delete(id);
        breakWatch(state, waiting.prefix);
        break;
      case 'read':
      case 'list':
      case 'cacheList':
      case 'health':
      case 'kubelet':
        break;
      default:
        state.waiting.delete(id);
    }
  }
  if (state.phase === 'bootstrapping') state.phase = 'loading';
  return [...effects, ...waitForEtcd(state)];
}

/** Nobody listens: what was sent has not been seen, and waits with the rest. */
export function etcdRefuses(state: ApiServerState, requestId: number): Effect[] {
  const waiting = state.waiting.get(requestId);
  // It was asked again since, over another connection.
  if (waiting === undefined) return NOTHING;
  if (waiting.wait === 'cacheWatch') {
    state.waiting.delete(requestId);
    breakWatch(state, waiting.prefix);
  } else if (bodyOf(state, waiting) === undefined) {
    state.waiting.delete(requestId);
    if (waiting.wait === 'bootstrap') state.phase = 'loading';
  }
  return waitForEtcd(state);
}

function waitForEtcd(state: ApiServerState): Effect[] {
  if (state.etcdLost) return NOTHING;
  state.etcdLost = true;
  state.eventLeaseUntil = 0;
  return [timer(RECONNECT, RECONNECT_MS, { periodic: true })];
}

/** Tries the next etcd server with everything that waits. What still comes over the connection before is to nobody. */
export function reconnect(state: ApiServerState): Effect[] {
  state.etcdLost = false;
  state.isDoubtful = true;
  state.endpoint = (state.endpoint + 1) % (state.config.etcd?.length ?? 1);
  const effects: Effect[] = [];
  for (const [id, waiting] of [...state.waiting]) {
    const body = bodyOf(state, waiting);
    if (waiting.wait === 'cacheWatch') breakWatch(state, waiting.prefix);
    else if (body === undefined) continue;
    state.waiting.delete(id);
    if (body !== undefined) effects.push(send(etcdOf(state), { ...body, requestId: ask(state, waiting) } as never));
  }
  // Who begins anew watches what it has read; all others go on where they were.
  const goesOn = state.phase !== 'loading' || [...state.waiting.values()].some(({ wait }) => wait === 'cacheList');
  return [...effects, ...(goesOn ? watchBroken(state, unread(state)) : loadCaches(state))];
}

// --- etcd has no leader ------------------------------------------------------------------------------------------

function breakWatch(state: ApiServerState, prefix: string): void {
  if (!state.broken.has(prefix)) state.broken.set(prefix, knownTo(state, prefix) + 1);
}

/** etcd has ended a watch. For 30 s the cache tries to go on where it was; what it has stays readable. */
export function watchCanceled(state: ApiServerState, env: Env, requestId: number, prefix: string): Effect[] {
  state.waiting.delete(requestId);
  breakWatch(state, prefix);
  if (state.noLeaderSince !== null) return NOTHING;
  state.noLeaderSince = env.now;
  state.rewatches = 0;
  return [timer(REWATCH, REWATCH_MS, { periodic: true })];
}

/** Resources whose watch is broken and not on its way already. */
function unread(state: ApiServerState): string[] {
  const open = new Set<string>();
  for (const waiting of state.waiting.values()) if ('prefix' in waiting) open.add(waiting.prefix);
  return [...state.broken.keys()].filter((prefix) => !open.has(prefix));
}

export function rewatch(state: ApiServerState, env: Env): Effect[] {
  if (state.noLeaderSince === null) return NOTHING;
  const again = REWATCH_MS * 2 ** ++state.rewatches;
  const left = state.noLeaderSince + GIVE_UP_MS - env.now;
  if (left > 1)
    return [...watchBroken(state, unread(state)), timer(REWATCH, wait(Math.min(again, left)), { periodic: true })];
  // Too long: nobody is told old news as if it were new. Everything is read again as soon as etcd answers.
  state.staleSince ??= env.now;
  state.noLeaderSince = null;
  const lost = unread(state);
  return [...endWatches(state), ...loadCaches(state, lost)];
}

/** Source: staging/src/k8s.io/apiserver/pkg/storage/cacher/{cacher,delegator}.go */
export function notReady(state: ApiServerState, env: Env) {
  const seconds = state.staleSince === null ? 0 : (env.now - state.staleSince) / 1000;
  const retryAfter = Math.round(Math.min(30, Math.max(1, Math.exp(0.06 * seconds))));
  return tooManyRequests('storage is (re)initializing', retryAfter);
}

// --- time is up --------------------------------------------------------------------------------------------------

const limitOf = (waiting: { readonly request: { readonly method: string } }): number =>
  waiting.request.method === 'GET' ? READ_MS : WRITE_MS;

/** Watches the clock for a request that waits for etcd. */
export function watchDeadline(state: ApiServerState): Effect[] {
  if (state.hasDeadline) return NOTHING;
  state.hasDeadline = true;
  return [timer(DEADLINES, WRITE_MS, { periodic: true })];
}

/**
 * Answers those whose time is up. `log` and `exec` run for as long as they need: only etcd is waited for with a limit.
 * Source: pkg/controlplane/apiserver/config.go (LongRunningFunc)
 */
export function endLate(state: ApiServerState, env: Env): Effect[] {
  const effects: Effect[] = [];
  let next = Number.POSITIVE_INFINITY;
  const isLate = (waiting: Pick<Queued, 'from' | 'request' | 'since'>): boolean => {
    const until = waiting.since + limitOf(waiting);
    if (until > env.now) next = Math.min(next, until);
    else effects.push(respond(waiting.from, waiting.request, refuse(late(waiting)), []));
    return until <= env.now;
  };
  state.forLease = state.forLease.filter((queued) => !isLate(queued));
  for (const [id, waiting] of state.waiting) {
    if (waiting.wait === 'kubelet') continue;
    const isOver = 'since' in waiting ? isLate(waiting) : waiting.wait === 'eventLease' && state.forLease.length === 0;
    if (isOver) state.waiting.delete(id);
  }
  state.hasDeadline = next < Number.POSITIVE_INFINITY;
  // What comes in from now on has at least as long as a change.
  if (state.hasDeadline) effects.push(timer(DEADLINES, wait(Math.min(next - env.now, WRITE_MS)), { periodic: true }));
  return effects;
}

function late({ request }: { readonly request: { readonly method: string } }) {
  if (request.method === 'GET') return timeout('request did not complete within the allotted timeout');
  return timeout('request did not complete within requested timeout - context deadline exceeded');
}
