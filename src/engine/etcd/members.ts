import { type Address, type Effect, type Env, send, trace } from '../kernel/types.ts';
import type {
  EtcdReply,
  Forward,
  GroupView,
  Hello,
  MemberAdd,
  MemberChange,
  MemberRequest,
  MoveLeader,
  Removed,
  Welcome,
} from './messages.ts';
import { reply } from './mvcc.ts';
import { inTouch, isInTouch } from './peers.ts';
import { elapsed, leadAlone } from './raft/election.ts';
import { type ConfChange, createRaft, isVoter, type Member, type Raft, startRaft } from './raft/state.ts';
import { advance, proposeFor } from './server.ts';
import { addressOf, type EtcdState, foundGroup } from './state.ts';

const NOT_STARTED = 'etcdserver: re-configuration failed due to not enough started members';
const UNHEALTHY = 'etcdserver: unhealthy cluster';
const NOT_FOUND = 'etcdserver: member not found';
const HELLO_RETRY_MS = 500;
/** So often in a row it asks when those who answer do not know it. */
const MAX_STRANGERS = 4;
export const HELLO = 'hello';

const quorum = (voters: number): number => Math.floor(voters / 2) + 1;

/** Changes the membership, if that is safe. Source: server/etcdserver/server.go with strict reconfiguration checks */
export function changeMembers(state: EtcdState, env: Env, request: MemberRequest, from: Address): Effect[] {
  const raft = state.raft as Raft;
  const answer = (error: string): Effect[] => {
    const body: EtcdReply = { type: 'memberResponse', reply: true, requestId: request.requestId, error };
    return [reply(from, body)];
  };
  const change = (conf: Omit<ConfChange, 'type'>): Effect[] =>
    proposeFor(state, env, from, request.requestId, { type: 'conf', ...conf } as ConfChange);
  const leader = raft.members[raft.leader];
  if (request.type !== 'moveLeader' && raft.role !== 'leader' && leader !== undefined) {
    // The leader knows who is there.
    return [send(leader.address, { type: 'forward', request, client: from } as Forward)];
  }
  switch (request.type) {
    case 'memberAdd': {
      const error = refuseAdd(raft, request, env.now);
      if (error !== undefined) return answer(error);
      const { name, host, learner = false } = request;
      const member = {
        id: `${name}.${raft.log.last + 1}`,
        name,
        host,
        address: addressOf(host),
        learner,
        started: false,
      };
      return change({ change: learner ? 'addLearner' : 'add', member });
    }
    case 'memberRemove': {
      const member = memberOf(raft, request);
      const error = member === undefined ? NOT_FOUND : refuseRemove(raft, member, env.now);
      return error === undefined ? change({ change: 'remove', member: member as Member }) : answer(error);
    }
    case 'memberPromote': {
      const member = memberOf(raft, request);
      if (member === undefined) return answer(NOT_FOUND);
      const error = refusePromote(raft, member);
      return error === undefined ? change({ change: 'promote', member }) : answer(error);
    }
    case 'moveLeader':
      return moveLeader(state, env, request, from, answer);
  }
}

const memberOf = (raft: Raft, { member }: MemberChange): Member | undefined =>
  Object.values(raft.members).find(({ name }) => name === member);

const startedVoters = (raft: Raft): number => raft.voters.filter((id) => raft.members[id]?.started).length;

function refuseAdd(raft: Raft, { name, host, learner }: MemberAdd, now: number): string | undefined {
  const members = Object.values(raft.members);
  if (members.some((member) => member.name === name || member.host === host)) {
    return 'etcdserver: Peer URLs already exists';
  }
  if (learner && members.some((member) => member.learner)) return 'etcdserver: too many learner members in cluster';
  const voters = raft.voters.length;
  if (voters === 1) return undefined;
  if (!learner && startedVoters(raft) < quorum(voters + 1)) return NOT_STARTED;
  return inTouch(raft, now) < quorum(voters + 1) ? UNHEALTHY : undefined;
}

function refuseRemove(raft: Raft, member: Member, now: number): string | undefined {
  if (member.learner) return undefined;
  const left = raft.voters.length - 1;
  const started = startedVoters(raft) - (member.started ? 1 : 0);
  if (left === 0 || started < quorum(left)) return NOT_STARTED;
  if (!isInTouch(raft, member.id, now)) return undefined;
  return inTouch(raft, now) - 1 < Math.floor(left / 2) + 1 ? UNHEALTHY : undefined;
}

function refusePromote(raft: Raft, { id, learner, started }: Member): string | undefined {
  if (!learner) return 'etcdserver: can only promote a learner member';
  const match = raft.progress[id]?.match ?? 0;
  if (match < 0.9 * raft.log.last) {
    return 'etcdserver: can only promote a learner member which is in sync with leader';
  }
  return startedVoters(raft) + (started ? 1 : 0) < quorum(raft.voters.length + 1) ? NOT_STARTED : undefined;
}

function moveLeader(
  state: EtcdState,
  env: Env,
  { to, requestId }: MoveLeader,
  from: Address,
  answer: (error: string) => Effect[],
): Effect[] {
  const raft = state.raft as Raft;
  if (raft.role !== 'leader') return answer('etcdserver: not leader');
  const target = Object.values(raft.members).find(({ name }) => name === to);
  if (target === undefined || !isVoter(raft, target.id)) return answer('etcdserver: bad leader transferee');
  if (target.id === raft.id) return [reply(from, { type: 'memberResponse', reply: true, requestId })];
  state.handovers.push({ from, requestId, at: env.now, to: target.id });
  return advance(state, env, { type: 'transfer', to: target.id });
}

/**
 * A leader that is to end hands its place over first, to a voter that it is in touch with; only a crash costs an election.
 * Source: server/etcdserver/server.go (TryTransferLeadershipOnShutdown)
 */
export function handOver(state: EtcdState, env: Env): Effect[] {
  const { raft } = state;
  if (raft?.role !== 'leader') return [];
  const to = raft.voters.find((id) => id !== raft.id && isInTouch(raft, id, env.now));
  return to === undefined ? [] : advance(state, env, { type: 'transfer', to });
}

// --- how a member begins ----------------------------------------------------------------------------------------------

/** The member takes up its part: alone it leads at once, with others it waits to hear a leader. */
export function begin(state: EtcdState, env: Env): Effect[] {
  const { raft } = state;
  state.leaderlessSince = env.now;
  if (raft === null) return askForGroup(state, env);
  if (raft.removed.includes(raft.id)) return stopForGood(state);
  // No number of an earlier life comes back, so that no old entry answers a new client.
  state.nextProposal = Math.ceil(env.now) * 1000;
  startRaft(raft, env);
  if (raft.others.length === 0 && raft.voters[0] === raft.id) leadAlone(raft, env);
  return advance(state, env, { type: 'tick' });
}

/** It is no member any more, and its data are of no use. */
export function stopForGood({ config }: EtcdState): Effect[] {
  const text = `etcd: member ${config.name} has been permanently removed from the cluster`;
  return [trace(text), { effect: 'exit', exitCode: 1 }];
}

/** Takes up what some of the founders have answered, else asks all of them who is in the group. */
export function askForGroup(state: EtcdState, env: Env): Effect[] {
  const { config, unanswered } = state;
  const others = (config.peers ?? []).filter(({ name }) => name !== config.name);
  const outcome = unanswered.length > 0 && unanswered.length < others.length ? decide(state, env) : [];
  if (state.raft !== null || outcome.length > 0) return outcome;
  if (state.strangers > MAX_STRANGERS) return giveUp(config.name, 'is not a member of this group');
  state.unanswered = others.map(({ name }) => name);
  const hello: Hello = { type: 'hello', name: config.name, at: env.now };
  const timer: Effect = { effect: 'timer', key: HELLO, afterMs: HELLO_RETRY_MS, periodic: true };
  return [...others.map(({ host }) => send(addressOf(host), hello, { periodic: true })), timer];
}

/**
 * Who has no vote does not campaign, and so nobody would tell it that it was removed: dialling the others does.
 * Source: server/etcdserver/api/rafthttp/stream.go, errMemberRemoved
 */
export function askIfMember({ raft, config }: EtcdState, env: Env): Effect[] {
  if (raft === null || isVoter(raft, raft.id) || elapsed(raft, env) < raft.timeout) return [];
  const hello: Hello = { type: 'hello', name: config.name, at: env.now, member: raft.id };
  return raft.others.map((id) => send(raft.members[id]?.address as Address, hello, { periodic: true }));
}

export function takeHello(state: EtcdState, env: Env, { name, at, member }: Hello, from: Address): Effect[] {
  if (member !== undefined)
    return state.raft?.removed.includes(member) ? [send(from, { type: 'removed', member } as Removed)] : [];
  const welcome = { type: 'welcome', name: state.config.name, at } as const;
  if (state.raft === null) return [send(from, welcome as Welcome), ...answered(state, env, name)];
  const { applied, members } = state.raft;
  return [send(from, { ...welcome, group: { applied, members } } as Welcome)];
}

export function takeWelcome(state: EtcdState, env: Env, { name, at, group }: Welcome): Effect[] {
  return state.raft !== null || at < state.leaderlessSince ? [] : answered(state, env, name, group);
}

/** Another founder says what it knows: who is in the group, or that its disk is empty too. */
function answered(state: EtcdState, env: Env, name: string, group?: GroupView): Effect[] {
  if (group === undefined) state.greeted[name] = true;
  // Who answers may lag behind.
  else if (group.applied >= (state.newest?.applied ?? 0)) state.newest = group;
  const isLast = state.unanswered.length === 1 && state.unanswered[0] === name;
  state.unanswered = state.unanswered.filter((other) => other !== name);
  return isLast ? decide(state, env) : [];
}

/**
 * Takes its place in a group that counts on it. A member that has run before and lost its disk does not: it has
 * forgotten its vote and what it acknowledged. When there is no group, and a majority of the founders has an empty disk,
 * this is the beginning. Source: server/etcdserver/bootstrap.go
 */
function decide(state: EtcdState, env: Env): Effect[] {
  const { config, newest } = state;
  const founders = config.peers ?? [];
  if (newest === null) {
    const empty = founders.filter(({ name }) => name === config.name || state.greeted[name]).length;
    if (empty < quorum(founders.length)) return [];
    state.raft = foundGroup(config, env.host);
    return begin(state, env);
  }
  const { members } = newest;
  const own = Object.values(members).find((member) => member.name === config.name);
  if (own === undefined) {
    // Perhaps they have not heard of it yet.
    state.strangers++;
    return [];
  }
  if (own.started) return giveUp(config.name, 'has already been bootstrapped');
  const founded = foundGroup(config, env.host);
  // Who was there from the beginning has the beginning in its log; the others get it from the leader.
  state.raft = own.id === config.name ? founded : createRaft(own.id, members, founded.kept);
  return begin(state, env);
}

const giveUp = (name: string, reason: string): Effect[] => [
  trace(`etcd: member ${name} ${reason}`),
  { effect: 'exit', exitCode: 1 },
];
