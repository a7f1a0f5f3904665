import { describe, expect, it } from 'vitest';
import { foundRaft, termAt } from './log.ts';
import {
  type ConfChange,
  type Entry,
  type Members,
  nextTickAt,
  type Proposal,
  type Raft,
  type RaftInput,
  type RaftMessage,
  type RaftOutput,
  restartRaft,
  startRaft,
} from './state.ts';
import { stepRaft } from './step.ts';

const membersOf = (...names: string[]): Members =>
  Object.fromEntries(
    names.map((id) => [id, { id, name: id, host: id, address: `etcd@${id}`, learner: false, started: true }]),
  );

/** One member of a, b and c, looked at alone: time and messages are what a test says. */
class Member {
  readonly raft: Raft;
  now = 0;
  private readonly chance: number;

  constructor({ members = membersOf('a', 'b', 'c'), chance = 0 } = {}) {
    this.chance = chance;
    this.raft = foundRaft('a', members, 100);
    startRaft(this.raft, this.env);
  }

  private get env() {
    return { now: this.now, random: () => this.chance };
  }

  step(input: RaftInput): RaftOutput {
    return stepRaft(this.raft, input, this.env);
  }

  receive(kind: RaftMessage['kind'], member: string, fields: Partial<RaftMessage> = {}): RaftOutput {
    const message = { type: 'raft', kind, member, to: 'a', term: this.raft.term, ...fields } as const;
    return this.step({ type: 'message', message });
  }

  /** What it wrote is on disk. */
  wrote(): RaftOutput {
    return this.step({ type: 'wrote' });
  }

  tickAfter(ms: number): RaftOutput {
    this.now += ms;
    return this.step({ type: 'tick' });
  }

  /** Makes it the leader of term 2, with the empty entry on its disk. */
  lead(): this {
    this.tickAfter(2000);
    this.receive('preVoteResponse', 'b', { term: 2, reject: false });
    this.wrote();
    this.receive('voteResponse', 'b', { term: 2, reject: false });
    this.wrote();
    return this;
  }
}

const entry = (index: number, term: number): Entry => {
  return { type: 'entry', index, term, by: '', n: 0, cause: 0, periodic: true, command: { type: 'x' } };
};
const proposal = (n: number): Proposal => ({ command: { type: 'x' }, by: 'a', n, cause: 0, periodic: true });
const kinds = ({ messages }: RaftOutput): string[] => messages.map(({ kind, to }) => `${kind} ${to}`);

describe('an election', () => {
  it('asks first, raises the term with a majority, votes for itself on disk, then leads', () => {
    const a = new Member();
    const asked = a.tickAfter(2000);
    expect(kinds(asked)).toEqual(['preVote b', 'preVote c']);
    expect(asked.messages[0]).toMatchObject({ term: 2, index: 3, logTerm: 1 });
    expect(a.raft).toMatchObject({ role: 'pre-candidate', term: 1, vote: '' });
    const stands = a.receive('preVoteResponse', 'c', { term: 2, reject: false });
    expect(a.raft).toMatchObject({ role: 'candidate', term: 2, vote: 'a' });
    // Nothing leaves before its own vote is on disk.
    expect(stands).toMatchObject({ write: true, messages: [] });
    expect(kinds(a.wrote())).toEqual(['vote b', 'vote c']);
    const leads = a.receive('voteResponse', 'b', { term: 2, reject: false });
    expect(a.raft).toMatchObject({ role: 'leader', leader: 'a' });
    // A leader sends while it writes: the empty entry of its term.
    expect(kinds(leads)).toEqual(['append b', 'append c']);
    expect(leads.messages[0]?.entries).toMatchObject([{ index: 4, term: 2, command: { type: 'empty' } }]);
    expect(leads.write).toBe(true);
  });

  it.each([
    [0, 1000],
    [0.999, 1900],
  ])('begins after 10 to 19 ticks: with the dice at %d after %d ms', (chance, ms) => {
    const a = new Member({ chance });
    a.receive('heartbeat', 'b', { commit: 3 });
    expect(nextTickAt(a.raft, a.now)).toBe(ms);
    expect(kinds(a.tickAfter(ms - 100))).not.toContain('preVote b');
    expect(kinds(a.tickAfter(100))).toContain('preVote b');
  });

  it('is lost by a majority of refusals, in the same term', () => {
    const a = new Member();
    a.tickAfter(2000);
    a.receive('preVoteResponse', 'b', { reject: true });
    a.receive('preVoteResponse', 'c', { reject: true });
    expect(a.raft).toMatchObject({ role: 'follower', term: 1, leader: '' });
  });

  it('that a leader asked for needs no asking and says so', () => {
    const a = new Member();
    a.receive('heartbeat', 'b', { commit: 3 });
    a.receive('timeoutNow', 'b');
    expect(a.wrote().messages[0]).toMatchObject({ kind: 'vote', term: 2, force: true });
  });
});

describe('a vote', () => {
  const request = { term: 2, index: 3, logTerm: 1 };

  it('is given once a term, and only when it is on disk', () => {
    const a = new Member();
    expect(a.receive('vote', 'b', request)).toMatchObject({ messages: [], write: true });
    expect(a.wrote().messages).toMatchObject([{ kind: 'voteResponse', to: 'b', reject: false }]);
    expect(a.receive('vote', 'c', request).messages).toMatchObject([{ to: 'c', reject: true }]);
    expect(a.receive('vote', 'b', request).messages).toMatchObject([{ to: 'b', reject: false }]);
    const restarted = restartRaft(a.raft);
    expect(restarted).toMatchObject({ term: 2, vote: 'b', role: 'follower' });
  });

  it.each([
    ['an older last term', { term: 5, index: 9, logTerm: 0 }],
    ['a shorter log', { term: 5, index: 2, logTerm: 1 }],
  ])('is refused to %s', (_what, older) => {
    const a = new Member();
    a.receive('vote', 'b', older);
    expect(a.wrote().messages).toMatchObject([{ kind: 'voteResponse', reject: true, term: 5 }]);
  });

  it('is not even answered while a leader was heard within ten ticks, unless that leader asked for it', () => {
    const a = new Member();
    a.receive('heartbeat', 'b', { commit: 3 });
    a.now += 900;
    expect(a.receive('vote', 'c', request)).toMatchObject({ messages: [], write: false });
    expect(a.receive('preVote', 'c', request).messages).toEqual([]);
    expect(a.raft.term).toBe(1);
    expect(a.receive('vote', 'c', { ...request, force: true }).write).toBe(true);
    expect(a.raft).toMatchObject({ term: 2, vote: 'c' });
  });

  it('that is only asked about binds nobody and moves no timer', () => {
    const a = new Member();
    const before = a.raft.heardTick;
    expect(a.receive('preVote', 'b', request).messages).toMatchObject([
      { kind: 'preVoteResponse', term: 2, reject: false },
    ]);
    expect(a.receive('preVote', 'c', request).messages).toMatchObject([{ term: 2, reject: false }]);
    expect(a.raft).toMatchObject({ term: 1, vote: '', heardTick: before });
  });
});

describe('a follower', () => {
  it('takes entries only behind one that agrees, and acknowledges them when they are on disk', () => {
    const a = new Member();
    const refused = a.receive('append', 'b', { index: 7, logTerm: 1, entries: [entry(8, 1)], commit: 3 });
    expect(refused.messages).toMatchObject([{ kind: 'appendResponse', index: 7, reject: true, hint: 3, logTerm: 1 }]);
    const taken = a.receive('append', 'b', { index: 3, logTerm: 1, entries: [entry(4, 1), entry(5, 1)], commit: 4 });
    expect(taken).toMatchObject({ messages: [], write: true, committed: [] });
    const written = a.wrote();
    expect(written.messages).toMatchObject([{ kind: 'appendResponse', index: 5 }]);
    expect(written.committed.map(({ index }) => index)).toEqual([4]);
  });

  it('cuts off what contradicts the leader, and nothing else', () => {
    const a = new Member();
    a.receive('append', 'b', { index: 3, logTerm: 1, entries: [entry(4, 1), entry(5, 1), entry(6, 1)], commit: 3 });
    a.wrote();
    // An old message again: the log stays as long as it is.
    a.receive('append', 'b', { index: 3, logTerm: 1, entries: [entry(4, 1)], commit: 3 });
    expect(a.raft.log.last).toBe(6);
    a.receive('append', 'c', { term: 2, index: 4, logTerm: 1, entries: [entry(5, 2)], commit: 3 });
    expect([a.raft.log.last, termAt(a.raft.log, 5), a.raft.stable]).toEqual([5, 2, 4]);
  });

  it('hints at the last entry that can agree, a term at a time', () => {
    const a = new Member();
    const own = [4, 5, 6, 7].map((index) => entry(index, 3));
    a.receive('append', 'b', { term: 3, index: 3, logTerm: 1, entries: own, commit: 3 });
    a.wrote();
    a.receive('append', 'c', { term: 4, index: 7, logTerm: 2, entries: [], commit: 3 });
    expect(a.wrote().messages).toMatchObject([{ reject: true, index: 7, hint: 3, logTerm: 1 }]);
  });

  it('tells a leader of an older term that it is one', () => {
    const a = new Member();
    a.receive('heartbeat', 'b', { term: 4, commit: 3 });
    a.wrote();
    expect(a.receive('heartbeat', 'c', { term: 2, commit: 3 }).messages).toMatchObject([
      { kind: 'appendResponse', term: 4 },
    ]);
  });

  it('finds after a restart what was on its disk, not what was in memory', () => {
    const a = new Member();
    a.receive('append', 'b', { index: 3, logTerm: 1, entries: [entry(4, 1)], commit: 3 });
    a.wrote();
    a.receive('append', 'b', { index: 4, logTerm: 1, entries: [entry(5, 1)], commit: 4 });
    const again = restartRaft(a.raft);
    expect(again.log.last).toBe(4);
    expect(again).toMatchObject({ commit: again.applied, role: 'follower', leader: '' });
  });
});

describe('a leader', () => {
  it('commits what a majority has on disk, its own disk included only when it is written', () => {
    const a = new Member().lead();
    expect(a.raft.commit).toBe(3);
    a.step({ type: 'propose', proposals: [proposal(1)] });
    expect(a.receive('appendResponse', 'b', { index: 4 }).committed.map(({ index }) => index)).toEqual([4]);
    a.receive('appendResponse', 'b', { index: 5 });
    // b has it, but its own write is still under way: one of three.
    expect(a.raft.commit).toBe(4);
    expect(a.wrote().committed.map(({ index }) => index)).toEqual([5]);
  });

  it('does not count for entries of an older term', () => {
    const a = new Member();
    a.receive('append', 'b', { index: 3, logTerm: 1, entries: [entry(4, 1)], commit: 3 });
    a.wrote();
    a.lead();
    a.receive('appendResponse', 'c', { index: 4 });
    expect(a.raft.commit).toBe(3);
    a.receive('appendResponse', 'c', { index: 5 });
    expect(a.raft.commit).toBe(5);
  });

  it('goes back to where a follower agrees, a term at a time, then streams', () => {
    const a = new Member();
    const older = [4, 5, 6, 7].map((index) => entry(index, index < 6 ? 1 : 2));
    a.receive('append', 'b', { term: 2, index: 3, logTerm: 1, entries: older, commit: 3 });
    a.wrote();
    a.tickAfter(3000);
    a.receive('preVoteResponse', 'b', { term: 3, reject: false });
    a.wrote();
    const leads = a.receive('voteResponse', 'b', { term: 3, reject: false });
    expect(leads.messages[1]).toMatchObject({ to: 'c', index: 7, logTerm: 2 });
    a.wrote();
    const back = a.receive('appendResponse', 'c', { index: 7, reject: true, hint: 6, logTerm: 1 });
    expect(back.messages).toMatchObject([{ kind: 'append', to: 'c', index: 5, logTerm: 1 }]);
    expect(back.messages[0]?.entries).toHaveLength(3);
    a.receive('appendResponse', 'c', { index: 8 });
    expect(a.raft.progress.c).toMatchObject({ match: 8, next: 9, state: 'replicate' });
  });

  it('finds out that all that was under way to a follower is lost, also when that is as much as can be', () => {
    const a = new Member().lead();
    a.receive('appendResponse', 'c', { index: 4 });
    const proposals = Array.from({ length: 800 }, (_, n) => proposal(n));
    const sent = a.step({ type: 'propose', proposals }).messages.filter(({ to }) => to === 'c');
    a.wrote();
    // What left arrives only in part.
    const stream = [...sent, ...a.receive('appendResponse', 'c', { index: 260 }).messages].filter(
      ({ to }) => to === 'c',
    );
    expect(stream.map(({ index, entries }) => [index, entries?.length])).toEqual([
      [4, 256],
      [260, 256],
      [516, 256],
    ]);
    expect(a.raft.progress.c).toMatchObject({ match: 260, next: 773, state: 'replicate' });
    const [asks] = a.receive('heartbeatResponse', 'c').messages;
    expect(asks).toMatchObject({ kind: 'append', to: 'c', index: 772, entries: [] });
    // One question is enough until there is an answer.
    expect(a.step({ type: 'propose', proposals: [proposal(800)] }).messages).toEqual([]);
    a.wrote();
    const again = a.receive('appendResponse', 'c', { index: 772, reject: true, hint: 260, logTerm: 2 });
    expect(again.messages).toMatchObject([{ kind: 'append', to: 'c', index: 260 }]);
    expect(again.messages[0]?.entries).toHaveLength(256);
  });

  it('steps down after ten ticks without a majority, in its term', () => {
    const a = new Member().lead();
    a.receive('heartbeatResponse', 'b');
    a.tickAfter(1000);
    expect(a.raft.role).toBe('leader');
    a.tickAfter(1000);
    expect(a.raft).toMatchObject({ role: 'follower', leader: '', term: 2 });
  });

  it('confirms a read by a round of heartbeats, and none before its first commit', () => {
    const a = new Member().lead();
    expect(a.step({ type: 'read', context: 7 })).toMatchObject({ messages: [], reads: [] });
    const first = a.receive('appendResponse', 'b', { index: 4 });
    expect(kinds(first)).toContain('heartbeat b');
    const round = first.messages.find(({ kind }) => kind === 'heartbeat')?.context;
    expect(a.receive('heartbeatResponse', 'c').reads).toEqual([]);
    expect(a.receive('heartbeatResponse', 'b', { context: round }).reads).toEqual([{ context: 7, index: 4 }]);
  });

  it('hands leadership over when the other has the whole log, and takes no proposals meanwhile', () => {
    const a = new Member().lead();
    a.receive('appendResponse', 'b', { index: 4 });
    a.receive('appendResponse', 'c', { index: 4 });
    a.step({ type: 'propose', proposals: [proposal(1)] });
    a.wrote();
    a.step({ type: 'transfer', to: 'b' });
    expect(a.step({ type: 'propose', proposals: [proposal(2)] }).dropped).toBe(true);
    expect(kinds(a.receive('appendResponse', 'b', { index: 5 }))).toContain('timeoutNow b');
    // It did not happen within an election timeout: all goes on.
    a.receive('heartbeatResponse', 'c');
    a.tickAfter(1000);
    expect(a.step({ type: 'propose', proposals: [proposal(3)] }).dropped).toBe(false);
  });

  it('takes one change of membership at a time', () => {
    const a = new Member().lead();
    a.receive('appendResponse', 'b', { index: 4 });
    const member = { id: 'd', name: 'd', host: 'd', address: 'etcd@d', learner: true, started: false };
    const command: ConfChange = { type: 'conf', change: 'addLearner', member };
    const change = { ...proposal(1), command };
    a.step({ type: 'propose', proposals: [change, change] });
    const made = [5, 6].map((index) => a.raft.log.entries.get(String(index))?.command.type);
    expect(made).toEqual(['conf', 'empty']);
    expect(a.raft.others).toEqual(['b', 'c']);
    a.wrote();
    a.receive('appendResponse', 'b', { index: 6 });
    // Applied: the learner gets the log and does not count.
    expect(a.raft.others).toEqual(['b', 'c', 'd']);
    expect(a.raft.voters).toEqual(['a', 'b', 'c']);
  });
});

it('a learner neither campaigns nor counts', () => {
  const members = {
    ...membersOf('b', 'c'),
    a: { id: 'a', name: 'a', host: 'a', address: 'etcd@a', learner: true, started: true },
  };
  const a = new Member({ members });
  expect(a.tickAfter(60_000).messages).toEqual([]);
});
