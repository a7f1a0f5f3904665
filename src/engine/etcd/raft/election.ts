import { append, lastTerm } from './log.ts';
import { appendToAll, send, startProgress } from './replication.ts';
import {
  drawTimeout,
  ELECTION_TICKS,
  isVoter,
  quorumOf,
  type Raft,
  type RaftEnv,
  type RaftMessage,
  tickOf,
} from './state.ts';

/** Ticks since its leader was heard, or since it last began to wait. */
export const elapsed = (raft: Raft, env: RaftEnv): number => tickOf(raft, env.now) - raft.heardTick;

/** Becomes a follower in a term: what it knew as leader or candidate is gone. Source: raft.go, reset and becomeFollower */
export function reset(raft: Raft, env: RaftEnv, term: number, leader: string): void {
  if (raft.term !== term) {
    raft.term = term;
    raft.vote = '';
  }
  raft.role = 'follower';
  raft.leader = leader;
  raft.heardTick = tickOf(raft, env.now);
  drawTimeout(raft, env);
  raft.votes = {};
  raft.progress = {};
  raft.transferee = '';
  raft.reads = [];
  raft.heldReads = [];
}

/**
 * Stands for election; with `asking`, first asks whether the others would vote for it, which costs no term.
 * Source: raft.go, hup and campaign
 */
export function campaign(raft: Raft, env: RaftEnv, asking: boolean, force = false): void {
  if (hasUnappliedConf(raft)) return;
  const first = asking && raft.role === 'follower';
  if (asking) {
    raft.role = 'pre-candidate';
    raft.leader = '';
    raft.votes = { [raft.id]: true };
    if (raft.voters.length === 1) {
      campaign(raft, env, false);
      return;
    }
  } else {
    reset(raft, env, raft.term + 1, '');
    raft.role = 'candidate';
    raft.vote = raft.id;
  }
  const term = asking ? raft.term + 1 : raft.term;
  const { last } = raft.log;
  for (const to of raft.voters) {
    if (to === raft.id) continue;
    const request = {
      term,
      index: last,
      logTerm: lastTerm(raft.log),
      ...(force && { force }),
      ...(first && { first }),
    };
    send(raft, asking ? 'preVote' : 'vote', to, request);
  }
}

function hasUnappliedConf({ log, applied, commit }: Raft): boolean {
  for (let i = applied + 1; i <= commit; i++) if (log.entries.get(String(i))?.command.type === 'conf') return true;
  return false;
}

/** Says yes to a candidate whose log is at least as new, once per term. Source: raft.go, Step */
export function takeVoteRequest(raft: Raft, message: RaftMessage, env: RaftEnv): void {
  const { kind, member, term } = message;
  const isReal = kind === 'vote';
  const free = raft.vote === member || (raft.vote === '' && raft.leader === '') || (!isReal && term > raft.term);
  const own = lastTerm(raft.log);
  const theirs = message.logTerm as number;
  const isNewEnough = theirs > own || (theirs === own && (message.index as number) >= raft.log.last);
  const answer = isReal ? 'voteResponse' : 'preVoteResponse';
  if (!free || !isNewEnough) {
    send(raft, answer, member, { reject: true });
    return;
  }
  send(raft, answer, member, { term, reject: false });
  if (!isReal) return;
  raft.heardTick = tickOf(raft, env.now);
  raft.vote = member;
}

export function pollVote(raft: Raft, message: RaftMessage, env: RaftEnv): void {
  raft.votes[message.member] ??= !message.reject;
  tally(raft, env);
}

/** Counts the votes: a majority for it makes a leader of a candidate, one against it a follower. */
export function tally(raft: Raft, env: RaftEnv): void {
  let granted = 0;
  let rejected = 0;
  for (const id of raft.voters) {
    if (raft.votes[id] === true) granted++;
    else if (raft.votes[id] === false) rejected++;
  }
  const quorum = quorumOf(raft);
  if (granted >= quorum) {
    if (raft.role === 'pre-candidate') campaign(raft, env, false);
    else lead(raft, env);
  } else if (raft.voters.length - rejected < quorum) {
    reset(raft, env, raft.term, '');
  }
}

/** An empty entry of its own term lets a new leader commit what it has from older ones. Source: raft.go, becomeLeader */
function lead(raft: Raft, env: RaftEnv): void {
  reset(raft, env, raft.term, raft.id);
  raft.role = 'leader';
  raft.checkedTick = raft.heardTick;
  for (const id of [raft.id, ...raft.others]) startProgress(raft, id);
  raft.pendingConf = raft.log.last;
  append(raft, { command: { type: 'empty' }, by: '', n: 0, cause: 0, periodic: false });
  appendToAll(raft, env);
}

/** A member without others leads as soon as it runs, and has its empty entry. */
export function leadAlone(raft: Raft, env: RaftEnv): void {
  raft.term++;
  raft.vote = raft.id;
  raft.hardTerm = raft.term;
  raft.hardVote = raft.id;
  lead(raft, env);
  syncAlone(raft);
}

/** What the only member has in its log is on disk and committed. */
export function syncAlone(raft: Raft): void {
  const { last } = raft.log;
  raft.stable = last;
  raft.commit = last;
  const own = raft.progress[raft.id];
  if (own !== undefined) own.match = last;
}

/** Every ten ticks a leader that has not heard of a majority steps down, in its term. False: it did. */
export function checkQuorum(raft: Raft, env: RaftEnv): boolean {
  const tick = tickOf(raft, env.now);
  if (tick - raft.checkedTick < ELECTION_TICKS) return true;
  raft.checkedTick = tick;
  let active = 0;
  for (const [id, progress] of Object.entries(raft.progress)) {
    if (isVoter(raft, id) && (id === raft.id || progress.active)) active++;
    progress.active = false;
  }
  if (active < quorumOf(raft)) {
    reset(raft, env, raft.term, '');
    return false;
  }
  raft.transferee = '';
  return true;
}
