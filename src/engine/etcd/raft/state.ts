import { defineTable, type Table } from '../../kernel/table.ts';
import type { Body } from '../../kernel/types.ts';

/** A heartbeat each tick; elections are counted in ticks. Source: etcd-io/etcd server/embed/config.go */
export const TICK_MS = 100;
export const ELECTION_TICKS = 10;

/** One member of the group, as the applied log has it. */
export interface Member {
  readonly id: string;
  readonly name: string;
  readonly host: string;
  /** Where its process is to be reached. */
  readonly address: string;
  readonly learner: boolean;
  /** It has told the group that it runs; until then it may begin with an empty disk. */
  readonly started: boolean;
}

export type Members = Readonly<Record<string, Member>>;

/** One change of the membership at a time, without joint consensus, as etcd does it. */
export interface ConfChange extends Body {
  /** `publish`: the member says that it runs. */
  readonly type: 'conf' | 'publish';
  readonly change?: 'add' | 'addLearner' | 'promote' | 'remove';
  readonly member: Member;
}

/** What the log is for: to Raft only `conf` and `empty` mean something. */
export type Command = Body;

/** What a member wants in the log. */
export interface Proposal {
  readonly command: Command;
  /** Member that has to answer for it, and its number there. */
  readonly by: string;
  readonly n: number;
  /** Message that asked for it. */
  readonly cause: number;
  readonly periodic: boolean;
}

export interface Entry extends Proposal {
  readonly type: 'entry';
  readonly index: number;
  readonly term: number;
}

/** Entries from `first` to `last`; of what came before, the index and the term of the newest are known. */
export interface Log {
  readonly entries: Table<Entry>;
  first: number;
  last: number;
  baseTerm: number;
}

export type Kind =
  | 'preVote'
  | 'preVoteResponse'
  | 'vote'
  | 'voteResponse'
  | 'append'
  | 'appendResponse'
  | 'heartbeat'
  | 'heartbeatResponse'
  | 'snapshot'
  | 'timeoutNow'
  | 'propose'
  | 'readIndex'
  | 'readIndexResponse';

/** What stands for all entries up to its index; the state that they lead to travels beside it. */
export interface RaftSnapshot {
  readonly index: number;
  readonly term: number;
  readonly members: Members;
  readonly removed: readonly string[];
  readonly data?: unknown;
}

/** What members say to each other. Source: etcd-io/raft raftpb/raft.proto */
export interface RaftMessage extends Body {
  readonly type: 'raft';
  readonly kind: Kind;
  /** Ids of the sender and of whom it is meant for. */
  readonly member: string;
  readonly to: string;
  /** 0 where it does not matter: proposals and reads. */
  readonly term: number;
  /** Entry before the first of `entries`; last entry of a candidate; what a response is about. */
  readonly index?: number;
  readonly logTerm?: number;
  readonly entries?: readonly Entry[];
  readonly commit?: number;
  readonly reject?: boolean;
  /** Where the logs may agree: saves trying one entry after the other. */
  readonly hint?: number;
  /** Round of heartbeats that confirms reads, or the number of a read. */
  readonly context?: number;
  /** A leader asked for this election: leases do not count. */
  readonly force?: boolean;
  /** Its sender has only now lost sight of a leader: not the tenth try of one that is alone. */
  readonly first?: boolean;
  readonly proposals?: readonly Proposal[];
  readonly snapshot?: RaftSnapshot;
}

export type ProgressState = 'probe' | 'replicate' | 'snapshot';

/** What the leader knows of one member's log. Source: etcd-io/raft tracker/progress.go */
export interface Progress {
  match: number;
  next: number;
  state: ProgressState;
  /** A probe is under way, or as much as can be: the next message waits for an answer, also to a heartbeat. */
  paused: boolean;
  /** It has been heard of since the last check of the quorum. */
  active: boolean;
  /** Newest round of heartbeats that it has answered. */
  round: number;
  /** When the snapshot left that it is being sent. */
  snapshotAt: number;
}

export interface PendingRead {
  readonly round: number;
  readonly member: string;
  readonly context: number;
  readonly index: number;
}

export interface ReadState {
  readonly context: number;
  readonly index: number;
}

/** Write to the disk that is under way. */
interface Writing {
  last: number;
  readonly term: number;
  readonly vote: string;
  /** So many of the waiting messages leave when it is done. */
  readonly messages: number;
}

export type Role = 'follower' | 'pre-candidate' | 'candidate' | 'leader';

/** One member of a Raft group as plain data. */
export interface Raft {
  id: string;
  term: number;
  /** Whom it voted for in this term; empty for nobody. */
  vote: string;
  role: Role;
  /** Empty while none is known. */
  leader: string;
  readonly log: Log;
  /** Last entry on disk. */
  stable: number;
  commit: number;
  applied: number;
  /** Term and vote on disk. */
  hardTerm: number;
  hardVote: string;
  members: Members;
  /** Ids that will never come back. */
  removed: readonly string[];
  /** Ids of voters and of all other members, in order. */
  voters: readonly string[];
  others: readonly string[];
  /** Its ticks are at this time and every 100 ms from there. */
  phase: number;
  /** Tick from which the election timeout counts, and how many ticks it has this time. */
  heardTick: number;
  timeout: number;
  /** When each member was last heard. */
  heard: Record<string, number>;
  votes: Record<string, boolean>;
  progress: Record<string, Progress>;
  /** Tick of the leader's last check of its quorum. */
  checkedTick: number;
  /** Change of membership that has to be applied before the next. */
  pendingConf: number;
  /** Whom leadership is being handed to. */
  transferee: string;
  round: number;
  reads: PendingRead[];
  /** Reads that wait for the first commit of the term. */
  heldReads: { readonly member: string; readonly context: number }[];
  confirmed: ReadState[];
  writing: Writing | null;
  /** What the next write to the disk has to do besides entries, term and vote: keep a snapshot. */
  dirty: boolean;
  /** Messages that have not left yet. */
  outbox: RaftMessage[];
  /** So many applied entries stay for members that lag behind. */
  kept: number;
}

export type RaftInput =
  | { readonly type: 'tick' }
  | { readonly type: 'message'; readonly message: RaftMessage }
  | { readonly type: 'propose'; readonly proposals: readonly Proposal[] }
  | { readonly type: 'read'; readonly context: number }
  /** The write that the last output asked for is on disk. */
  | { readonly type: 'wrote' }
  | { readonly type: 'transfer'; readonly to: string }
  /** The connection to a member broke. */
  | { readonly type: 'unreachable'; readonly member: string };

export interface RaftOutput {
  readonly messages: readonly RaftMessage[];
  /** A write to the disk begins; `wrote` has to follow. */
  readonly write: boolean;
  /** Entries to apply, in order; changes of the membership have been made already. */
  readonly committed: readonly Entry[];
  readonly reads: readonly ReadState[];
  /** Proposals were not taken: no leader, or leadership is being handed over. */
  readonly dropped: boolean;
  /** The state has to become that of this snapshot, before `committed`. */
  readonly restore: RaftSnapshot | undefined;
}

export interface RaftEnv {
  readonly now: number;
  random(): number;
}

const newEntriesTable = defineTable<Entry>('etcd/entries');

/** A member with an empty log: its group's leader has to send it everything. */
export function createRaft(id: string, members: Members, kept: number): Raft {
  const raft: Raft = {
    id,
    term: 0,
    vote: '',
    role: 'follower',
    leader: '',
    log: { entries: newEntriesTable(), first: 1, last: 0, baseTerm: 0 },
    stable: 0,
    commit: 0,
    applied: 0,
    hardTerm: 0,
    hardVote: '',
    members,
    removed: [],
    voters: [],
    others: [],
    phase: 0,
    heardTick: 0,
    timeout: ELECTION_TICKS,
    heard: {},
    votes: {},
    progress: {},
    checkedTick: 0,
    pendingConf: 0,
    transferee: '',
    round: 0,
    reads: [],
    heldReads: [],
    confirmed: [],
    writing: null,
    dirty: false,
    outbox: [],
    kept,
  };
  setMembers(raft, members);
  return raft;
}

/** What a member that ended finds on its disk: term, vote and log as they were synced; the commit index has to be learnt. */
export function restartRaft(disk: Raft): Raft {
  const { id, hardTerm, hardVote, stable, applied, members, removed, kept } = disk;
  const log = { ...disk.log };
  for (; log.last > stable; log.last--) log.entries.delete(String(log.last));
  const raft = createRaft(id, members, kept);
  return {
    ...raft,
    term: hardTerm,
    vote: hardVote,
    hardTerm,
    hardVote,
    log,
    stable,
    commit: applied,
    applied,
    removed,
  };
}

/** The election timer begins to run. A fresh member does not wait the whole of its first timeout. */
export function startRaft(raft: Raft, env: RaftEnv): void {
  raft.phase = Math.floor(env.now);
  raft.heardTick = -8;
  drawTimeout(raft, env);
}

export function setMembers(raft: Raft, members: Members): void {
  raft.members = members;
  const all = Object.values(members).sort((a, b) => (a.id < b.id ? -1 : 1));
  raft.voters = all.filter(({ learner }) => !learner).map(({ id }) => id);
  raft.others = all.filter(({ id }) => id !== raft.id).map(({ id }) => id);
}

export const tickOf = (raft: Raft, now: number): number => Math.floor((now - raft.phase) / TICK_MS);

/** 10 to 19 ticks, drawn anew with every change of role. */
export function drawTimeout(raft: Raft, env: RaftEnv): void {
  raft.timeout = ELECTION_TICKS + Math.floor(env.random() * ELECTION_TICKS);
}

export const quorumOf = (raft: Raft): number => Math.floor(raft.voters.length / 2) + 1;

export const isVoter = (raft: Raft, id: string): boolean => raft.members[id]?.learner === false;

/** When it wants its next tick: a leader of others always, others when their timeout is over; undefined for one that is alone. */
export function nextTickAt(raft: Raft, now: number): number | undefined {
  if (raft.others.length === 0 && (raft.role === 'leader' || !isVoter(raft, raft.id))) return undefined;
  if (raft.role === 'leader') return raft.phase + (tickOf(raft, now) + 1) * TICK_MS;
  // Who has no vote looks again after as long.
  const late = isVoter(raft, raft.id) ? 0 : Math.max(0, tickOf(raft, now) - raft.heardTick);
  return raft.phase + (raft.heardTick + raft.timeout * (Math.floor(late / raft.timeout) + 1)) * TICK_MS;
}
