import { untypedError } from '../api/status.ts';
import { type Address, type Effect, type Env, hostOf, send, timer } from '../kernel/types.ts';
import { keepEndpoints } from './bootstrap.ts';
import { ask } from './etcd-requests.ts';
import { respond } from './respond.ts';
import { refuse } from './server.ts';
import type { ApiServerState } from './state.ts';
import { BOOKMARKS, bookmark, FIRST_BOOKMARK, watchTimer } from './watch.ts';
import { etcdOf, loadCaches } from './watch-cache.ts';

const RELOAD = 'reload';
const RELOAD_MS = 1000;
const COMPACT = 'compact';
const COMPACT_MS = 300_000;
const ENDPOINTS = 'endpoints';
const ENDPOINTS_MS = 10_000;

const NOTHING: Effect[] = [];

/** What a fresh server does first. */
export function begin(state: ApiServerState): Effect[] {
  return [...loadCaches(state), FIRST_BOOKMARK, timer(COMPACT, COMPACT_MS, { periodic: true })];
}

/** The server is ready: from now on it keeps its own address in the endpoints of Service `kubernetes`. */
export function becomeReady(state: ApiServerState): Effect[] {
  state.phase = 'ready';
  return [timer(ENDPOINTS, 0, { periodic: true })];
}

/** Takes the server's own timers. */
export function takeTimer(state: ApiServerState, env: Env, key: string): Effect[] {
  switch (key) {
    case BOOKMARKS:
      return bookmark(state, env);
    case RELOAD:
      return state.etcdLost ? reload(state) : NOTHING;
    case COMPACT:
      return compact(state);
    case ENDPOINTS:
      return keepServiceKubernetes(state, env);
    default:
      return watchTimer(state, key);
  }
}

/** Every five minutes, what was already old five minutes ago is forgotten. Source: storage/etcd3/compact.go */
function compact(state: ApiServerState): Effect[] {
  const again = timer(COMPACT, COMPACT_MS, { periodic: true });
  const revision = state.compactAt;
  state.compactAt = state.revision;
  if (revision === 0) return [again];
  const requestId = ask(state, { wait: 'compact' });
  return [again, send(etcdOf(state), { type: 'compact', requestId, revision } as never, { periodic: true })];
}

function keepServiceKubernetes(state: ApiServerState, env: Env): Effect[] {
  const again = timer(ENDPOINTS, ENDPOINTS_MS, { periodic: true });
  const write = keepEndpoints(state, env);
  if (write === undefined || state.etcdLost) return [again];
  const requestId = ask(state, { wait: 'compact' });
  const { compare, operations } = write;
  const txn = { type: 'txn', requestId, compare, success: operations, failure: [] };
  return [again, send(etcdOf(state), txn as never, { periodic: false })];
}

/** Without etcd nothing can be written; what is cached can still be read. */
export function loseEtcd(state: ApiServerState): Effect[] {
  const effects: Effect[] = [];
  const failure = refuse(untypedError('rpc error: code = Unavailable desc = error reading from server: EOF'));
  for (const [key, waiting] of [...state.waiting.entries()]) {
    state.waiting.delete(key);
    if (waiting.wait === 'txn' || waiting.wait === 'read' || waiting.wait === 'list') {
      effects.push(respond(waiting.from, waiting.request, failure, []));
    }
  }
  for (const { from, request } of state.forLease) effects.push(respond(from, request, failure, []));
  state.forLease = [];
  state.eventLeaseUntil = 0;
  state.etcdLost = true;
  if (state.phase === 'bootstrapping') state.phase = 'loading';
  effects.push(timer(RELOAD, RELOAD_MS, { periodic: true }));
  return effects;
}

function reload(state: ApiServerState): Effect[] {
  state.etcdLost = false;
  state.written.clear();
  return loadCaches(state);
}

/** Nobody listens on a kubelet's port. */
export function kubeletRefuses(state: ApiServerState, peer: Address, requestId: number): Effect[] {
  const waiting = state.take(requestId);
  if (waiting?.wait !== 'kubelet') return NOTHING;
  const address = `${hostOf(peer)}:10250`;
  const status = untypedError(`dial tcp ${address}: connect: connection refused`);
  return [respond(waiting.from, waiting.request, refuse(status), [])];
}

/** A kubelet ended with questions open. */
export function loseKubelet(state: ApiServerState, peer: Address): Effect[] {
  const effects: Effect[] = [];
  for (const [requestId, waiting] of state.waiting) {
    if (waiting.wait !== 'kubelet' || waiting.kubelet !== peer) continue;
    state.waiting.delete(requestId);
    effects.push(respond(waiting.from, waiting.request, refuse(untypedError('unexpected EOF')), []));
  }
  return effects;
}
