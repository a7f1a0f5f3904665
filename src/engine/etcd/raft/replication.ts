import { extended } from '../../api/share.ts';
import { conflictAt, maybeAppend, slice, termAt } from './log.ts';
import {
  type Kind,
  type Progress,
  quorumOf,
  type Raft,
  type RaftEnv,
  type RaftMessage,
  type RaftSnapshot,
  setMembers,
} from './state.ts';

/** Entries in one message, and entries under way to one follower. Upstream counts bytes and messages: 1 MiB, 512. */
const MAX_ENTRIES = 256;
const MAX_INFLIGHT = 512;
/** A snapshot that nobody has acknowledged by then is taken for lost. */
const SNAPSHOT_LOST_MS = 7000;

export function send(raft: Raft, kind: Kind, to: string, fields: Partial<RaftMessage>): void {
  raft.outbox.push({ type: 'raft', kind, member: raft.id, to, term: raft.term, ...fields });
}

export function startProgress(raft: Raft, id: string): void {
  const isOwn = id === raft.id;
  raft.progress[id] = {
    match: isOwn ? raft.stable : 0,
    next: raft.log.last + 1,
    state: isOwn ? 'replicate' : 'probe',
    paused: false,
    active: isOwn,
    round: 0,
    snapshotAt: 0,
  };
}

const isPaused = ({ state, paused }: Progress): boolean => state === 'snapshot' || paused;

const isFull = ({ state, next, match }: Progress): boolean => state === 'replicate' && next - 1 - match >= MAX_INFLIGHT;

/** Sends every other member what it lacks; with `empty`, also the commit index alone. */
export function appendToAll(raft: Raft, env: RaftEnv, empty = false): void {
  for (const id of raft.others) sendAppend(raft, id, env, empty);
}

/**
 * Sends the next entries to a member, or a snapshot when the log begins later. True: a message was made. While too much
 * is under way an empty append is all that goes: should everything be lost, its rejection tells.
 * Source: tracker/progress.go, ShouldSendMsgApp
 */
export function sendAppend(raft: Raft, to: string, env: RaftEnv, empty: boolean): boolean {
  const progress = raft.progress[to];
  if (progress === undefined || isPaused(progress)) return false;
  const { log, commit } = raft;
  const index = progress.next - 1;
  const logTerm = termAt(log, index);
  if (logTerm === undefined) {
    if (!progress.active) return false;
    progress.state = 'snapshot';
    progress.snapshotAt = env.now;
    send(raft, 'snapshot', to, {});
    return true;
  }
  const entries = slice(log, progress.next, isFull(progress) ? index : Math.min(log.last, index + MAX_ENTRIES));
  if (entries.length === 0 && !empty) return false;
  send(raft, 'append', to, { index, logTerm, entries, commit });
  if (progress.state === 'replicate') {
    progress.next += entries.length;
    progress.paused = isFull(progress);
  } else if (entries.length > 0) progress.paused = true;
  return true;
}

/** Follower: takes entries if the log agrees with the leader's before them. Source: raft.go, handleAppendEntries */
export function takeAppend(raft: Raft, message: RaftMessage): void {
  const { member } = message;
  const index = message.index as number;
  const logTerm = message.logTerm as number;
  if (index < raft.commit) {
    send(raft, 'appendResponse', member, { index: raft.commit });
    return;
  }
  const last = maybeAppend(raft, index, logTerm, message.entries ?? []);
  if (last !== undefined) {
    raft.commit = Math.max(raft.commit, Math.min(message.commit as number, last));
    send(raft, 'appendResponse', member, { index: last });
    return;
  }
  const hint = conflictAt(raft.log, index, logTerm);
  const hintTerm = termAt(raft.log, hint) ?? 0;
  send(raft, 'appendResponse', member, { index, reject: true, hint, logTerm: hintTerm });
}

/** Leader: learns how far a follower's log agrees with its own. Source: raft.go, stepLeader */
export function takeAppendResponse(raft: Raft, message: RaftMessage, env: RaftEnv): void {
  const { member } = message;
  const index = message.index as number;
  const progress = raft.progress[member] as Progress;
  progress.active = true;
  if (message.reject) {
    let hint = message.hint as number;
    const hintTerm = message.logTerm as number;
    if (hintTerm > 0) hint = conflictAt(raft.log, hint, hintTerm);
    if (stepBack(progress, index, hint)) sendAppend(raft, member, env, true);
    return;
  }
  const wasPaused = isPaused(progress);
  const isNew = index > progress.match;
  if (!isNew && !(index === progress.match && progress.state === 'probe')) return;
  progress.match = Math.max(progress.match, index);
  progress.next = Math.max(progress.next, index + 1);
  progress.paused = false;
  if (progress.state === 'probe' || (progress.state === 'snapshot' && progress.match + 1 >= raft.log.first)) {
    progress.state = 'replicate';
    progress.next = progress.match + 1;
  }
  if (maybeCommit(raft)) appendToAll(raft, env, true);
  else if (wasPaused) sendAppend(raft, member, env, true);
  while (sendAppend(raft, member, env, false));
  if (member === raft.transferee && progress.match === raft.log.last) send(raft, 'timeoutNow', member, {});
}

/** After a rejection: where to try next. False: the rejection is an old one. Source: tracker/progress.go, MaybeDecrTo */
function stepBack(progress: Progress, rejected: number, hint: number): boolean {
  if (progress.state === 'replicate') {
    if (rejected <= progress.match) return false;
    progress.state = 'probe';
    progress.next = progress.match + 1;
    progress.paused = false;
    return true;
  }
  if (progress.next - 1 !== rejected) return false;
  progress.next = Math.max(Math.min(rejected, hint + 1), progress.match + 1);
  progress.paused = false;
  return true;
}

/**
 * Commits what a majority has on disk, if it is of this term; older entries are committed with it.
 * Source: quorum/majority.go, raft.go maybeCommit
 */
export function maybeCommit(raft: Raft): boolean {
  const matches = raft.voters.map((id) => raft.progress[id]?.match ?? 0).sort((a, b) => b - a);
  const index = matches[quorumOf(raft) - 1] ?? 0;
  if (index <= raft.commit || termAt(raft.log, index) !== raft.term) return false;
  raft.commit = index;
  if (raft.heldReads.length > 0) {
    raft.round++;
    for (const held of raft.heldReads) raft.reads.push({ ...held, round: raft.round, index });
    raft.heldReads = [];
    heartbeatToAll(raft);
    confirmReads(raft);
  }
  return true;
}

/** Tells every other member that the leader lives, and how far the log is committed; with the newest round of reads. */
export function heartbeatToAll(raft: Raft): void {
  const { term, commit, id: member } = raft;
  for (const to of raft.others) {
    const known = Math.min(raft.progress[to]?.match ?? 0, commit);
    const heartbeat = { type: 'raft', kind: 'heartbeat', member, to, term, commit: known } as const;
    raft.outbox.push(raft.reads.length > 0 ? extended(heartbeat, { context: raft.round }) : heartbeat);
  }
}

/** Leader: a follower follows. What it lacks is sent again, and reads may be confirmed. */
export function takeHeartbeatResponse(raft: Raft, { member, context }: RaftMessage, env: RaftEnv): void {
  const progress = raft.progress[member] as Progress;
  progress.active = true;
  progress.paused = false;
  if (progress.state === 'snapshot') {
    if (env.now - progress.snapshotAt >= SNAPSHOT_LOST_MS) {
      progress.state = 'probe';
      progress.next = progress.match + 1;
    }
  } else if (progress.match < raft.log.last || progress.state === 'probe') sendAppend(raft, member, env, true);
  if (context === undefined) return;
  progress.round = Math.max(progress.round, context);
  confirmReads(raft);
}

/** Reads whose round a majority has answered. Source: etcd-io/raft read_only.go */
export function confirmReads(raft: Raft): void {
  if (raft.reads.length === 0) return;
  const rounds = raft.voters.map((id) => (id === raft.id ? raft.round : (raft.progress[id]?.round ?? 0)));
  const confirmed = rounds.sort((a, b) => b - a)[quorumOf(raft) - 1] ?? 0;
  let read = raft.reads[0];
  for (; read !== undefined && read.round <= confirmed; read = raft.reads[0]) {
    raft.reads.shift();
    const { member, context, index } = read;
    if (member === raft.id) raft.confirmed.push({ context, index });
    else send(raft, 'readIndexResponse', member, { context, index });
  }
}

/** Follower: lets a snapshot take the place of its log, unless it has as much. Source: raft.go, handleSnapshot and restore */
export function takeSnapshot(raft: Raft, { member, snapshot }: RaftMessage): RaftSnapshot | undefined {
  const { index, term, members, removed } = snapshot as RaftSnapshot;
  const { log } = raft;
  if (index <= raft.commit || termAt(log, index) === term) {
    raft.commit = Math.max(raft.commit, Math.min(index, log.last));
    send(raft, 'appendResponse', member, { index: raft.commit });
    return undefined;
  }
  log.entries.clear();
  log.first = index + 1;
  log.last = index;
  log.baseTerm = term;
  raft.stable = index;
  raft.commit = index;
  raft.applied = index;
  raft.removed = removed;
  raft.dirty = true;
  if (raft.writing !== null) raft.writing.last = index;
  setMembers(raft, members);
  send(raft, 'appendResponse', member, { index });
  return snapshot;
}
