import { campaign, checkQuorum, elapsed, pollVote, reset, takeVoteRequest, tally } from './election.ts';
import { append, termAt, trim } from './log.ts';
import { applyConf } from './membership.ts';
import {
  appendToAll,
  confirmReads,
  heartbeatToAll,
  maybeCommit,
  send,
  sendAppend,
  takeAppend,
  takeAppendResponse,
  takeHeartbeatResponse,
  takeSnapshot,
} from './replication.ts';
import {
  type ConfChange,
  ELECTION_TICKS,
  type Entry,
  isVoter,
  type Proposal,
  type Raft,
  type RaftEnv,
  type RaftInput,
  type RaftMessage,
  type RaftOutput,
  type RaftSnapshot,
  tickOf,
} from './state.ts';

const NONE: readonly never[] = [];

/**
 * One member of a Raft group: what happened goes in, what has to be done comes out. It changes its state in place, and
 * knows no network, disk or clock but what it is told. Source: etcd-io/raft raft.go, and for the order of sending and
 * writing etcd-io/etcd server/etcdserver/raft.go
 */
export function stepRaft(raft: Raft, input: RaftInput, env: RaftEnv): RaftOutput {
  let dropped = false;
  let leaving = 0;
  let restore: RaftSnapshot | undefined;
  switch (input.type) {
    case 'tick':
      tick(raft, env);
      break;
    case 'message':
      if (input.message.to === raft.id) restore = receive(raft, input.message, env);
      break;
    case 'propose':
      dropped = !propose(raft, input.proposals, env);
      break;
    case 'read':
      read(raft, raft.id, input.context);
      break;
    case 'wrote':
      leaving = wrote(raft, env);
      break;
    case 'transfer':
      transfer(raft, input.to, env);
      break;
    case 'unreachable': {
      const progress = raft.progress[input.member];
      delete raft.heard[input.member];
      if (progress?.state === 'replicate') {
        progress.state = 'probe';
        progress.next = progress.match + 1;
        progress.paused = false;
      }
    }
  }
  const committed = applyCommitted(raft, env);
  // What waited for a write that has ended, what leaves now, and whether another write begins.
  let messages: readonly RaftMessage[] = leaving > 0 ? raft.outbox.splice(0, leaving) : NONE;
  const write = raft.writing === null && beginWrite(raft);
  if (raft.outbox.length > 0 && (write ? raft.role === 'leader' : raft.writing === null)) {
    messages = messages.length > 0 ? [...messages, ...raft.outbox] : raft.outbox;
    raft.outbox = [];
  }
  const reads = raft.confirmed;
  if (reads.length > 0) raft.confirmed = [];
  return { messages, write, committed, reads, dropped, restore };
}

function tick(raft: Raft, env: RaftEnv): void {
  if (raft.role === 'leader') {
    if (checkQuorum(raft, env)) heartbeatToAll(raft);
    return;
  }
  // A learner keeps waiting, and votes when it is asked: it may have become a voter without knowing.
  if (elapsed(raft, env) < raft.timeout || !isVoter(raft, raft.id)) return;
  raft.heardTick = tickOf(raft, env.now);
  campaign(raft, env, true);
}

function receive(raft: Raft, message: RaftMessage, env: RaftEnv): RaftSnapshot | undefined {
  const { kind, member, term } = message;
  raft.heard[member] = env.now;
  const isLeaders = kind === 'append' || kind === 'heartbeat' || kind === 'snapshot';
  if (term > raft.term) {
    if ((kind === 'vote' || kind === 'preVote') && !message.force && hasLease(raft, env)) return undefined;
    if (kind !== 'preVote' && (kind !== 'preVoteResponse' || message.reject)) {
      reset(raft, env, term, isLeaders ? member : '');
    }
  } else if (term < raft.term && term > 0) {
    // Whoever leads in an older term learns of the newer one by the answer.
    if (kind === 'append' || kind === 'heartbeat') send(raft, 'appendResponse', member, {});
    else if (kind === 'preVote') send(raft, 'preVoteResponse', member, { reject: true });
    return undefined;
  }
  if (isLeaders) {
    if (raft.role === 'leader') return undefined;
    if (raft.role !== 'follower') reset(raft, env, term, member);
    raft.heardTick = tickOf(raft, env.now);
    raft.leader = member;
  }
  switch (kind) {
    case 'vote':
    case 'preVote':
      takeVoteRequest(raft, message, env);
      return undefined;
    case 'voteResponse':
    case 'preVoteResponse':
      if (raft.role === (kind === 'voteResponse' ? 'candidate' : 'pre-candidate')) pollVote(raft, message, env);
      return undefined;
    case 'append':
      takeAppend(raft, message);
      return undefined;
    case 'heartbeat':
      raft.commit = Math.max(raft.commit, Math.min(message.commit as number, raft.log.last));
      send(raft, 'heartbeatResponse', member, message.context === undefined ? {} : { context: message.context });
      return undefined;
    case 'snapshot':
      return takeSnapshot(raft, message);
    case 'timeoutNow':
      if (raft.role === 'follower' && isVoter(raft, raft.id)) campaign(raft, env, false, true);
      return undefined;
    case 'propose':
      propose(raft, message.proposals as readonly Proposal[], env);
      return undefined;
    case 'readIndex':
      if (raft.role === 'leader') read(raft, member, message.context as number);
      return undefined;
    case 'readIndexResponse':
      raft.confirmed.push({ context: message.context as number, index: message.index as number });
      return undefined;
    default:
      if (raft.role !== 'leader' || raft.progress[member] === undefined) return undefined;
      if (kind === 'appendResponse') takeAppendResponse(raft, message, env);
      else takeHeartbeatResponse(raft, message, env);
      return undefined;
  }
}

/** A leader is known and was heard less than the shortest timeout ago: nobody else is helped to its place. */
const hasLease = (raft: Raft, env: RaftEnv): boolean =>
  raft.leader !== '' && (raft.role === 'leader' || elapsed(raft, env) < ELECTION_TICKS);

/** Puts proposals into the log, or sends them to who can. False: they are dropped. */
function propose(raft: Raft, proposals: readonly Proposal[], env: RaftEnv): boolean {
  if (raft.role !== 'leader') {
    if (raft.leader === '' || raft.role !== 'follower') return false;
    send(raft, 'propose', raft.leader, { proposals, term: 0 });
    return true;
  }
  if (raft.transferee !== '' || raft.members[raft.id] === undefined) return false;
  for (const proposal of proposals) append(raft, proposal);
  appendToAll(raft, env);
  return true;
}

/** A read may be answered from the state at `index` or later, once a majority has confirmed that this is the leader. */
function read(raft: Raft, member: string, context: number): void {
  if (raft.role !== 'leader') {
    if (raft.leader !== '') send(raft, 'readIndex', raft.leader, { context, term: 0 });
  } else if (termAt(raft.log, raft.commit) !== raft.term) {
    raft.heldReads.push({ member, context });
  } else {
    raft.reads.push({ round: ++raft.round, member, context, index: raft.commit });
    if (raft.voters.length === 1 && raft.voters[0] === raft.id) confirmReads(raft);
    else heartbeatToAll(raft);
  }
}

/** Gives how many of the waiting messages depended on this write. */
function wrote(raft: Raft, env: RaftEnv): number {
  const { writing } = raft;
  if (writing === null) return 0;
  raft.writing = null;
  raft.stable = Math.max(raft.stable, writing.last);
  raft.hardTerm = writing.term;
  raft.hardVote = writing.vote;
  // Its own vote and its own log count when they are on disk.
  if (raft.role === 'candidate' && raft.hardTerm === raft.term) {
    raft.votes[raft.id] = raft.hardVote === raft.id;
    tally(raft, env);
  } else if (raft.role === 'leader') {
    const own = raft.progress[raft.id];
    if (own !== undefined) own.match = raft.stable;
    if (maybeCommit(raft)) appendToAll(raft, env, true);
  }
  return writing.messages;
}

/** Begins to hand leadership over: no proposals until the other has all entries and campaigns. */
function transfer(raft: Raft, to: string, env: RaftEnv): void {
  const progress = raft.progress[to];
  if (raft.role !== 'leader' || progress === undefined || !isVoter(raft, to) || to === raft.id) return;
  // Under way already; to another it begins anew.
  if (raft.transferee === to) return;
  raft.transferee = to;
  raft.checkedTick = tickOf(raft, env.now);
  if (progress.match === raft.log.last) send(raft, 'timeoutNow', to, {});
  else sendAppend(raft, to, env, true);
}

/** Entries that are committed and on this disk; a change of membership counts from here on. */
function applyCommitted(raft: Raft, env: RaftEnv): readonly Entry[] {
  let entries: Entry[] | undefined;
  while (raft.applied < raft.commit && raft.applied < raft.stable) {
    const entry = raft.log.entries.get(String(raft.applied + 1)) as Entry;
    raft.applied++;
    if (entry.command.type === 'conf' || entry.command.type === 'publish')
      applyConf(raft, entry.command as ConfChange, env);
    entries ??= [];
    entries.push(entry);
  }
  if (entries === undefined) return NONE;
  trim(raft);
  return entries;
}

/**
 * Begins to write what is not on disk yet, if there is something. A leader sends while it writes; all others send what
 * they promise only when it is on disk, and what comes up during a write waits for its end.
 */
function beginWrite(raft: Raft): boolean {
  const { log, term, vote } = raft;
  if (!raft.dirty && raft.stable >= log.last && raft.hardTerm === term && raft.hardVote === vote) return false;
  raft.dirty = false;
  raft.writing = { last: log.last, term, vote, messages: raft.role === 'leader' ? 0 : raft.outbox.length };
  return true;
}
