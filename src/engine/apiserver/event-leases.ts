import type { Effect, Env } from '../kernel/types.ts';
import { askEtcd, bodyOf } from './etcd-requests.ts';
import type { Handling } from './server.ts';
import type { ApiServerState, Queued } from './state.ts';

/** The events of a minute share a lease. Source: storage/etcd3/lease_manager.go */
const LEASE_REUSE_MS = 60_000;
const LEASE_MAX_USES = 1000;

/** Uses the present lease once more; false if a new one is needed. */
export function takeLease(state: ApiServerState, env: Env): boolean {
  if (state.eventLease === 0 || state.eventLeaseUntil <= env.now || state.eventLeaseUses >= LEASE_MAX_USES)
    return false;
  state.eventLeaseUses++;
  return true;
}

/** Puts an Event in the queue for a new lease, and asks for one if nobody has yet. */
export function waitForLease(state: ApiServerState, { from, request, env, since }: Handling): Effect[] {
  state.forLease.push({ from, request, cause: env.messageId, periodic: env.periodic, since });
  if (state.forLease.length > 1) return [];
  const waiting = { wait: 'eventLease' } as const;
  return askEtcd(state, waiting, bodyOf(state, waiting) as object);
}

/** The events that waited, now that etcd has granted a lease. */
export function beginLease(state: ApiServerState, env: Env, lease: number): readonly Queued[] {
  state.eventLease = lease;
  state.eventLeaseUntil = env.now + LEASE_REUSE_MS;
  state.eventLeaseUses = 0;
  const waiting = state.forLease;
  state.forLease = [];
  return waiting;
}
