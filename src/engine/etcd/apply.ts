import { type Effect, timer } from '../kernel/types.ts';
import type { CompactRequest, EtcdReply, LeaseGrantRequest, LeaseRevoke, TxnRequest } from './messages.ts';
import { compact, type Origin, reply, revoke, txn } from './mvcc.ts';
import type { Entry, Raft } from './raft/state.ts';
import { type EtcdState, QUIET } from './state.ts';

export const STOP = 'stop';
const REMOVED_STOPS_AFTER_MS = 1000;

/** An entry that the group has agreed on: does what it asks for, and answers whoever asked this member for it. */
export function applyEntry(state: EtcdState, entry: Entry, effects: Effect[]): void {
  const { cause, periodic, command } = entry;
  const answer = applyCommand(state, entry, 0, effects);
  const raft = state.raft as Raft;
  // A change of membership that came too early has become an empty entry: whoever waits for it waits in vain.
  if (entry.by === raft.id && command.type !== 'empty') {
    const waiting = state.waiting.delete(String(entry.n));
    if (waiting !== undefined) {
      const { from, requestId } = waiting;
      const body: EtcdReply = answer ?? { type: 'memberResponse', reply: true, requestId };
      effects.push(reply(from, body, { cause, periodic }));
    }
  }
  if (command.type === 'conf' && raft.removed.includes(raft.id)) effects.push(timer(STOP, REMOVED_STOPS_AFTER_MS));
}

/** What a command of the log does to the store, here as at every other member. */
export function applyCommand(
  state: EtcdState,
  entry: Entry,
  delayMs: number,
  effects: Effect[],
): EtcdReply | undefined {
  const { command, cause, periodic } = entry;
  const origin: Origin = { cause, periodic, delayMs };
  const { store } = state;
  switch (command.type) {
    case 'txn':
      return txn(state, command as TxnRequest, origin, effects);
    case 'compact':
      return compact(store, command as CompactRequest);
    case 'leaseGrant': {
      const { requestId, ttlSeconds } = command as LeaseGrantRequest;
      const lease = store.nextLease++;
      const ttlMs = ttlSeconds * 1000;
      store.leases.set(String(lease), { ttlMs });
      if (state.raft?.role === 'leader') effects.push(timer(`lease/${lease}`, ttlMs, QUIET));
      return { type: 'leaseGrantResponse', reply: true, requestId, lease };
    }
    case 'leaseRevoke':
      revoke(state, (command as LeaseRevoke).lease, origin, effects);
      return undefined;
    default:
      return undefined;
  }
}
