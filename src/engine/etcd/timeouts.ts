import { type Effect, type Env, timer } from '../kernel/types.ts';
import { failed, reply } from './mvcc.ts';
import { inTouch, isInTouch } from './peers.ts';
import type { Raft } from './raft/state.ts';
import { type EtcdState, QUIET, ROUNDING_MS } from './state.ts';

/** Source: server/config/config.go ReqTimeout, server/etcdserver/v3_server.go, api/v3rpc/interceptor.go */
export const REQUEST_TIMEOUT_MS = 7000;
export const TIMEOUT = 'timeout';

/** Sets the timer for the oldest write that waits, if there is none yet. */
export function armTimeout(state: EtcdState, env: Env): Effect[] {
  const oldest = state.waiting.firstKey();
  if (state.timeoutAt !== 0 || oldest === undefined) return [];
  state.timeoutAt = (state.waiting.get(oldest)?.at ?? 0) + REQUEST_TIMEOUT_MS;
  return [timer(TIMEOUT, state.timeoutAt - env.now, QUIET)];
}

/** Gives up what was proposed too long ago; nobody knows then whether it will happen. */
export function expireWaiting(state: EtcdState, env: Env): Effect[] {
  const effects: Effect[] = [];
  state.timeoutAt = 0;
  for (const [key, { from, requestId, at }] of state.waiting.entries()) {
    if (env.now - at < REQUEST_TIMEOUT_MS - ROUNDING_MS) break;
    state.waiting.delete(key);
    const isBlocked = state.blocked.some(({ n }) => String(n) === key);
    effects.push(
      reply(from, failed(requestId, isBlocked ? 'context deadline exceeded' : timeoutError(state, at, env.now))),
    );
    if (isBlocked) state.blocked = state.blocked.filter(({ n }) => String(n) !== key);
  }
  return [...effects, ...armTimeout(state, env)];
}

/** Source: server/etcdserver/errors and server.go, parseProposeCtxErr */
function timeoutError(state: EtcdState, start: number, now: number): string {
  const text = 'etcdserver: request timed out';
  const raft = state.raft as Raft;
  const { leaderSince } = state;
  if (start < leaderSince && start > leaderSince - 2000) return `${text}, possibly due to previous leader failure`;
  if (raft.leader === '') return text;
  const connected =
    raft.leader === raft.id ? inTouch(raft, now) * 2 > raft.voters.length : isInTouch(raft, raft.leader, now);
  return connected ? text : `${text}, possibly due to connection lost`;
}
