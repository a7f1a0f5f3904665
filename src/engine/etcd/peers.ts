import { type Address, type Effect, type Env, timer } from '../kernel/types.ts';
import type { Raft, RaftMessage, RaftOutput } from './raft/state.ts';
import { copyStore, type EtcdState, FSYNC_MS } from './state.ts';

/** Raft's write is on the disk. */
export const WAL = 'wal';

/** Does what comes out of a step of Raft: sends to the other members and begins to write. */
export function perform(state: EtcdState, env: Env, { messages, write }: RaftOutput, effects: Effect[]): void {
  const raft = state.raft as Raft;
  for (const message of messages) {
    const to = raft.members[message.to]?.address ?? state.remotes[message.to];
    if (to !== undefined) effects.push(sendPeer(state, to, message, env));
  }
  if (!write) return;
  let periodic = env.periodic;
  for (let i = raft.stable + 1; periodic && i <= raft.log.last; i++) {
    periodic = raft.log.entries.get(String(i))?.periodic ?? true;
  }
  effects.push(timer(WAL, state.fsyncMs ?? FSYNC_MS, { periodic }));
}

function sendPeer(state: EtcdState, to: Address, message: RaftMessage, env: Env): Effect {
  if (message.kind === 'snapshot') {
    const { applied, log, members, removed } = state.raft as Raft;
    const term = (applied < log.first ? log.baseTerm : log.entries.get(String(applied))?.term) as number;
    const snapshot = { index: applied, term, members, removed, data: copyStore(state.store) };
    // A whole store does not travel in one packet, nor in line with the rest.
    return {
      effect: 'send',
      to,
      body: { ...message, snapshot } as RaftMessage,
      delayMs: 20 + state.store.keys.size / 100,
    };
  }
  // News stay news, though a timer or another's message may have sent them off.
  if (env.periodic && isNews(message)) return { effect: 'send', to, body: message, periodic: false };
  return { effect: 'send', to, body: message };
}

/** What changes what a client sees, and what decides who leads; not the beat of a group at rest, nor its every try. */
function isNews({ kind, entries, first, index }: RaftMessage): boolean {
  if (kind === 'heartbeat' || kind === 'heartbeatResponse') return false;
  if (kind === 'append') return entries?.some((entry) => !entry.periodic) === true;
  if (kind === 'appendResponse') return index === undefined;
  return kind === 'vote' || kind === 'timeoutNow' || first === true;
}

/** A connection on which nothing comes for this long is closed. Source: server/etcdserver/api/rafthttp */
const SILENT_MS = 5000;

/** Whether this member has lately heard from that one. */
export const isInTouch = (raft: Raft, id: string, now: number): boolean =>
  id === raft.id || now - (raft.heard[id] ?? -SILENT_MS) < SILENT_MS;

/** Voters with which this member is connected, itself included. */
export const inTouch = (raft: Raft, now: number): number => raft.voters.filter((id) => isInTouch(raft, id, now)).length;
