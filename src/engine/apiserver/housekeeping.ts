import { untypedError } from '../api/status.ts';
import { type Address, type Effect, type Env, timer } from '../kernel/types.ts';
import { ENDPOINTS_KEY, keepEndpoints } from './bootstrap.ts';
import { askEtcd } from './etcd-requests.ts';
import { DEADLINES, endLate, RECONNECT, REWATCH, reconnect, rewatch } from './etcd-trouble.ts';
import { HEALTH, healthTimeout } from './health.ts';
import { renewMasterLease, writeEndpoints } from './master-leases.ts';
import { respond } from './respond.ts';
import { refuse } from './server.ts';
import type { ApiServerState } from './state.ts';
import { BOOKMARKS, bookmark, FIRST_BOOKMARK, watchTimer } from './watch.ts';
import { loadCaches } from './watch-cache.ts';

const COMPACT = 'compact';
const COMPACT_MS = 300_000;
const ENDPOINTS = 'endpoints';
const ENDPOINTS_MS = 10_000;

const NOTHING: Effect[] = [];

/** What a fresh server does first. */
export function begin(state: ApiServerState, env: Env): Effect[] {
  // Answers to an earlier process at this address have lower ids.
  state.nextRequestId = Math.max(1, env.messageId);
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
    case RECONNECT:
      return reconnect(state);
    case REWATCH:
      return rewatch(state, env);
    case DEADLINES:
      return endLate(state, env);
    case HEALTH:
      return healthTimeout(state, env);
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
  return [again, ...askEtcd(state, { wait: 'compact' }, { type: 'compact', revision }, true)];
}

/**
 * A real server reads the endpoints from etcd each time; here only when etcd was away: they are the one thing of its own
 * that it makes anew while it runs, should etcd have lost everything. Source: pkg/controlplane/reconcilers/lease.go
 */
function keepServiceKubernetes(state: ApiServerState, env: Env): Effect[] {
  const again = timer(ENDPOINTS, ENDPOINTS_MS, { periodic: true });
  if (state.etcdLost) return [again];
  if (state.isDoubtful) {
    state.isDoubtful = false;
    return [again, ...askEtcd(state, { wait: 'endpoints' }, { type: 'range', key: ENDPOINTS_KEY }, true)];
  }
  if (state.config.isOneOfMany) return [again, ...renewMasterLease(state)];
  return [again, ...writeEndpoints(state, keepEndpoints(state, env))];
}

const DIAL_MS = 30_000;

/** Nobody listens on a kubelet's port, or its computer did not answer for as long as a dial takes. */
export function kubeletRefuses(state: ApiServerState, env: Env, requestId: number): Effect[] {
  const waiting = state.take(requestId);
  if (waiting?.wait !== 'kubelet') return NOTHING;
  const why = env.now - waiting.since >= DIAL_MS ? 'i/o timeout' : 'connect: connection refused';
  const status = untypedError(waiting.dial + why);
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
