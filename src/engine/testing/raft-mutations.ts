import { definition as etcd } from '../etcd/index.ts';
import type { RaftMessage, RangeRequest } from '../etcd/messages.ts';
import { range } from '../etcd/mvcc.ts';
import { termAt } from '../etcd/raft/log.ts';
import { quorumOf, type Raft } from '../etcd/raft/state.ts';
import type { EtcdState } from '../etcd/state.ts';
import type { Body, ComponentDefinition, Effect, Env, Message } from '../kernel/types.ts';

/** What a mutation does to a member before a step, or to what comes out of it. */
interface Mutation {
  readonly create?: (state: EtcdState) => void;
  readonly before?: (raft: Raft, body: Body) => Body | undefined;
  readonly after?: (state: EtcdState, raft: Raft, effects: Effect[], env: Env) => Effect[];
  /** Takes the place of the step. */
  readonly instead?: (state: EtcdState, message: Message, env: Env) => Effect[] | undefined;
}

interface Etcd extends Omit<ComponentDefinition, 'create' | 'step'> {
  create(config: object, disk: unknown, host: string): EtcdState;
  step(state: EtcdState, message: Message, env: Env): Effect[];
}

function mutant({ create, before, after, instead }: Mutation): ComponentDefinition {
  const original = etcd as unknown as Etcd;
  const changed: Etcd = {
    ...original,
    create: (config, disk, host) => {
      const state = original.create(config, disk, host);
      create?.(state);
      return state;
    },
    step: (state, message, env) => {
      const done = instead?.(state, message, env);
      if (done !== undefined) return done;
      const { raft } = state;
      const body = (raft && before?.(raft, message.body)) ?? message.body;
      const effects = original.step(state, { ...message, body }, env);
      return state.raft && after ? after(state, state.raft, effects, env) : effects;
    },
  };
  return changed as unknown as ComponentDefinition;
}

const isRaft = (body: Body, ...kinds: string[]): boolean =>
  body.type === 'raft' && kinds.includes((body as RaftMessage).kind);

/** Rules of Raft and etcd, each broken: a test that does not notice is no test. */
export const RAFT_MUTATIONS: Readonly<Record<string, ComponentDefinition>> = {
  'a vote is granted twice': mutant({
    before: (raft, body) => {
      if (isRaft(body, 'vote') && (body as RaftMessage).term === raft.term && raft.role === 'follower') {
        raft.vote = '';
        raft.leader = '';
      }
      return undefined;
    },
  }),
  'the vote is forgotten at a restart': mutant({
    create: ({ raft }) => {
      if (raft === null) return;
      raft.vote = '';
      raft.hardVote = '';
    },
  }),
  'a vote needs no log as new as its own': mutant({
    before: (raft, body) =>
      isRaft(body, 'vote', 'preVote') ? ({ ...body, index: raft.log.last, logTerm: raft.term } as Body) : undefined,
  }),
  'one vote less than a majority elects': mutant({
    before: (raft, body) => {
      if (isRaft(body, 'voteResponse', 'preVoteResponse', 'vote', 'preVote') && raft.voters.length > 2) {
        for (const id of raft.voters.slice(0, raft.voters.length - 1))
          if (raft.role !== 'follower') raft.votes[id] = true;
      }
      return undefined;
    },
  }),
  'entries of an older term are committed by counting': mutant({
    after: (_state, raft, effects) => {
      if (raft.role !== 'leader') return effects;
      const matches = raft.voters.map((id) => raft.progress[id]?.match ?? 0).sort((a, b) => b - a);
      const index = matches[quorumOf(raft) - 1] ?? 0;
      if (index > raft.commit && termAt(raft.log, index) !== raft.term) raft.commit = index;
      return effects;
    },
  }),
  'followers commit what they have': mutant({
    after: (_state, raft, effects) => {
      if (raft.role === 'follower') raft.commit = raft.stable;
      return effects;
    },
  }),
  'entries are taken without looking at the one before': mutant({
    before: (raft, body) => {
      if (!isRaft(body, 'append')) return undefined;
      const term = termAt(raft.log, (body as RaftMessage).index ?? 0);
      return term === undefined ? undefined : ({ ...body, logTerm: term } as Body);
    },
  }),
  'entries are acknowledged before they are on disk': mutant({
    after: (_state, raft, effects) => {
      if (raft.writing === null || raft.role !== 'follower') return effects;
      const sent = raft.outbox.splice(0).flatMap((body): Effect[] => {
        const host = raft.members[body.to]?.host;
        return host === undefined ? [] : [{ effect: 'send', to: `etcd@${host}`, body }];
      });
      raft.writing = { ...raft.writing, messages: 0 };
      return [...effects, ...sent];
    },
  }),
  'a leader reads without asking whether it still leads': mutant({
    instead: (state, message) => {
      if (message.body.type !== 'range' || state.raft?.role !== 'leader') return undefined;
      return [{ effect: 'send', to: message.from, body: range(state.store, message.body as unknown as RangeRequest) }];
    },
  }),
  'a follower reads what it has': mutant({
    instead: (state, message) => {
      if (message.body.type !== 'range' || state.raft?.role !== 'follower') return undefined;
      return [{ effect: 'send', to: message.from, body: range(state.store, message.body as unknown as RangeRequest) }];
    },
  }),
};
