import { describe, expect, it } from 'vitest';
import { type Asked, EtcdGroup, errorOf, settled } from '../testing/etcd-group.ts';

/** The leader is asked for a learner, whose process does not run yet. */
function addLearner(group: EtcdGroup, name: string): Asked {
  const asked = group.ask(group.elect(), { type: 'memberAdd', name, host: name, learner: true } as never);
  group.advance(200);
  return asked;
}

/** A learner that is added and runs long enough to know what the others know. */
function startLearner(group: EtcdGroup, name: string): void {
  addLearner(group, name);
  group.start(name);
  group.advance(1500);
}

/** Until `undisturb('cut')`. */
function cutOff(group: EtcdGroup, name: string): void {
  group.kernel.disturb('cut', { kind: 'cut', a: [name], b: ['*'] });
}

/** Whether one member knows of another that it has run. */
function hasHeardOf(group: EtcdGroup, who: string, member: string): boolean | undefined {
  return Object.values(group.state(who).raft?.members ?? {}).find(({ name }) => name === member)?.started;
}

describe('members', () => {
  it('makes one change of members at a time: a second one is not carried out, and its client is told of no success', () => {
    const { group, leader, others } = settled(3, 7);
    const [gone = ''] = others;
    group.advance(5000);
    const add = group.ask(leader, { type: 'memberAdd', name: 'etcd-4', host: 'etcd-4', learner: true } as never);
    const remove = group.ask(leader, { type: 'memberRemove', member: gone } as never);
    group.advance(10_000);
    expect(add.answer).toMatchObject({ type: 'memberResponse' });
    expect(add.answer).not.toHaveProperty('error');
    expect(remove.answer).toMatchObject({ error: 'etcdserver: request timed out' });
    expect(group.state(leader).raft?.voters).toContain(gone);
  });

  it('come as learners, are promoted and removed', () => {
    const { group, leader, others } = settled(3);
    const add = addLearner(group, 'etcd-4');
    expect(errorOf(add)).toBeUndefined();
    const early = group.ask(others[0] as string, { type: 'memberPromote', member: 'etcd-4' } as never);
    group.advance(200);
    expect(errorOf(early)).toBe('etcdserver: can only promote a learner member which is in sync with leader');
    group.start('etcd-4');
    group.advance(1500);
    const read = group.get('etcd-4', 'a');
    group.advance(200);
    expect(errorOf(read)).toBe('etcdserver: rpc not supported for learner');
    group.ask(others[0] as string, { type: 'memberPromote', member: 'etcd-4' } as never);
    group.advance(500);
    expect(group.state(leader).raft?.voters).toHaveLength(4);
    const remove = group.ask(others[0] as string, { type: 'memberRemove', member: leader } as never);
    group.advance(6000);
    expect(errorOf(remove)).toBeUndefined();
    expect(group.isRunning(leader)).toBe(false);
    const next = group.leader() as string;
    expect(group.state(next).raft?.voters).toHaveLength(3);
    const write = group.put(next, 'a', 1);
    group.advance(300);
    expect(write.answer).toMatchObject({ succeeded: true });
    // Removed is removed: it finds that on its disk.
    group.start(leader);
    group.advance(100);
    expect(group.isRunning(leader)).toBe(false);
  });

  it('that begin take no answer that an earlier life of theirs had asked for', () => {
    const { group, leader } = settled(3);
    addLearner(group, 'etcd-4');
    cutOff(group, 'etcd-4');
    group.start('etcd-4');
    group.advance(50);
    const { applied = 0, members } = group.state(leader).raft ?? {};
    const answer = { type: 'welcome', at: 100, group: { applied, members } };
    for (const name of group.names) group.kernel.submit('etcd@etcd-4', { ...answer, name } as never);
    group.advance(100);
    expect(group.state('etcd-4').raft).toBeNull();
    group.kernel.undisturb('cut');
    group.advance(3000);
    expect(group.state('etcd-4').raft).not.toBeNull();
  });

  it('that do not know yet that they have a vote give it when they are asked', () => {
    const { group, leader } = settled(1);
    startLearner(group, 'etcd-2');
    cutOff(group, 'etcd-2');
    const promote = group.ask(leader, { type: 'memberPromote', member: 'etcd-2' } as never);
    group.advance(10_000);
    expect(errorOf(promote)).toBeUndefined();
    expect(group.state('etcd-2').raft?.voters).toHaveLength(1);
    expect(group.leader()).toBeUndefined();
    group.kernel.undisturb('cut');
    group.advance(5000);
    expect(group.leader()).toBe(leader);
    expect(group.state('etcd-2').raft?.voters).toHaveLength(2);
  });

  it('that have no vote learn of their removal too, when they were cut off then', () => {
    const { group, leader } = settled(3);
    startLearner(group, 'etcd-4');
    cutOff(group, 'etcd-4');
    group.ask(leader, { type: 'memberRemove', member: 'etcd-4' } as never);
    group.advance(5000);
    expect(group.isRunning('etcd-4')).toBe(true);
    group.kernel.undisturb('cut');
    group.advance(3000);
    expect(group.isRunning('etcd-4')).toBe(false);
  });

  it('say that they run until the others have heard it', () => {
    const { group, leader } = settled(3);
    addLearner(group, 'etcd-4');
    group.start('etcd-4');
    group.until(() => group.state('etcd-4').raft !== null);
    // It hears the others, and they do not hear it.
    group.kernel.disturb('cut', { kind: 'cut', a: ['etcd-4'], b: ['*'], oneWay: true });
    group.advance(3000);
    expect(hasHeardOf(group, leader, 'etcd-4')).toBe(false);
    group.kernel.undisturb('cut');
    group.advance(4000);
    expect(hasHeardOf(group, leader, 'etcd-4')).toBe(true);
  });

  it('are refused when it would not be safe', () => {
    const { group, leader, others } = settled(3);
    const ask = (request: object): string | undefined => {
      const asked = group.ask(leader, request as never);
      group.advance(300);
      return errorOf(asked);
    };
    expect(ask({ type: 'memberAdd', name: 'etcd-2', host: 'elsewhere' })).toBe('etcdserver: Peer URLs already exists');
    expect(ask({ type: 'memberRemove', member: 'nobody' })).toBe('etcdserver: member not found');
    expect(ask({ type: 'memberPromote', member: 'etcd-1' })).toBe('etcdserver: can only promote a learner member');
    expect(ask({ type: 'moveLeader', to: 'nobody' })).toBe('etcdserver: bad leader transferee');
    expect(ask({ type: 'memberAdd', name: 'etcd-8', host: 'etcd-8', learner: true })).toBeUndefined();
    expect(ask({ type: 'memberAdd', name: 'etcd-9', host: 'etcd-9', learner: true })).toBe(
      'etcdserver: too many learner members in cluster',
    );
    group.crash(others[0] as string);
    group.advance(6000);
    expect(ask({ type: 'memberAdd', name: 'etcd-9', host: 'etcd-9' })).toBe('etcdserver: unhealthy cluster');
    expect(ask({ type: 'memberRemove', member: others[1] })).toBe('etcdserver: unhealthy cluster');
    expect(ask({ type: 'memberRemove', member: others[0] })).toBeUndefined();
  });

  it('cannot be the last to go', () => {
    const group = new EtcdGroup({ size: 1 });
    group.advance(10);
    const asked = group.ask('etcd-1', { type: 'memberRemove', member: 'etcd-1' } as never);
    group.advance(100);
    expect(errorOf(asked)).toBe('etcdserver: re-configuration failed due to not enough started members');
  });

  it('make a group of a member that was alone', () => {
    const group = new EtcdGroup({ size: 1 });
    group.advance(10);
    group.put('etcd-1', 'a', 1);
    group.advance(10);
    group.ask('etcd-1', { type: 'memberAdd', name: 'etcd-2', host: 'etcd-2' } as never);
    group.advance(100);
    const blocked = group.put('etcd-1', 'a', 2);
    group.advance(500);
    // Two voters need both.
    expect(blocked.answer).toBeUndefined();
    group.start('etcd-2');
    group.advance(3000);
    expect(blocked.answer).toMatchObject({ succeeded: true });
    expect(group.state('etcd-2').store.revision).toBe(3);
  });

  it('that lost their disk do not come back as if nothing had happened', () => {
    const { group, leader, others } = settled(3);
    const [lost = ''] = others;
    group.crash(lost);
    group.loseDisk(lost);
    group.start(lost);
    group.advance(300);
    expect(group.isRunning(lost)).toBe(false);
    group.advance(6000);
    group.ask(leader, { type: 'memberRemove', member: lost } as never);
    group.advance(500);
    group.ask(leader, { type: 'memberAdd', name: lost, host: lost } as never);
    group.advance(500);
    group.start(lost);
    group.advance(2000);
    expect(group.state(lost).raft).toMatchObject({ role: 'follower', applied: group.state(leader).raft?.applied });
    expect(group.state(lost).raft?.id).not.toBe(lost);
  });

  it.each([0, 30_000])(
    'that lost their disks %i ms apart found no second group beside the one that has data',
    (gap) => {
      const { group, leader, others } = settled(3);
      const runAgain = (): void => {
        for (const lost of others) if (!group.isRunning(lost)) group.start(lost);
      };
      for (const lost of others) {
        group.crash(lost);
        group.loseDisk(lost);
        if (gap > 0) group.start(lost);
        group.advance(gap);
      }
      for (let i = 0; i < 10; i++) {
        runAgain();
        group.advance(1000);
        for (const lost of others) if (group.isRunning(lost)) expect(group.state(lost).raft).toBeNull();
      }
      expect(group.state(leader).store.revision).toBeGreaterThan(0);
    },
  );

  it('that ask for their group believe the newest answer, not the first', () => {
    const { group, leader, others } = settled(3);
    const [first = '', second = ''] = others;
    group.ask(leader, { type: 'memberAdd', name: 'etcd-4', host: 'etcd-4' } as never);
    group.advance(200);
    // It never hears that the new one runs.
    group.kernel.disturb('deaf', { kind: 'cut', a: [first], b: [leader, second] });
    group.start('etcd-4');
    group.advance(1500);
    expect(hasHeardOf(group, first, 'etcd-4')).toBe(false);
    group.crash('etcd-4');
    group.loseDisk('etcd-4');
    group.kernel.disturb('far', { kind: 'latency', a: [leader, second], b: ['etcd-4'], ms: 100, jitterMs: 0 });
    group.start('etcd-4');
    group.advance(150);
    expect(group.state('etcd-4').raft).toBeNull();
    group.advance(150);
    expect(group.isRunning('etcd-4')).toBe(false);
  });

  it('tell the kubelet which of their checks failed, learners that they are learners', () => {
    const { group, leader } = settled(3);
    startLearner(group, 'etcd-4');
    const probe = { type: 'apiRequest', method: 'GET', path: '/readyz' } as never;
    const [ready, learner] = [group.ask(leader, probe), group.ask('etcd-4', probe)];
    group.advance(300);
    expect(ready.answer).toMatchObject({ status: 200, body: 'ok\n' });
    const good = '[+]data_corruption ok\n[+]serializable_read ok\n';
    expect(learner.answer).toMatchObject({
      status: 503,
      body: `${good}[+]linearizable_read ok\n[-]non_learner failed: not supported for learner\n`,
    });
    for (const name of group.names) if (name !== leader) group.crash(name);
    group.advance(3000);
    const lonely = group.ask(leader, probe);
    group.advance(8000);
    expect(lonely.answer).toMatchObject({
      status: 503,
      body: `${good}[-]linearizable_read failed: etcdserver: request timed out\n[+]non_learner ok\n`,
    });
  });

  it.each([2, 3])('of %i hand leadership over when they are to end', (size) => {
    const { group, leader } = settled(size);
    group.kernel.submit(`etcd@${leader}`, { type: 'terminate' });
    group.advance(60);
    group.crash(leader);
    if (size === 2) group.start(leader);
    group.advance(40);
    expect(group.leader()).toBeDefined();
    expect(group.leader()).not.toBe(leader);
    const write = group.put(group.leader() as string, 'a', 1);
    group.advance(100);
    expect(write.answer).toMatchObject({ succeeded: true });
  });

  it('hand leadership over without an election timeout', () => {
    const { group, leader, others } = settled(3);
    const asked = group.ask(leader, { type: 'moveLeader', to: others[1] } as never);
    group.advance(100);
    expect(group.leader()).toBe(others[1]);
    expect(asked.answer).toEqual({ type: 'memberResponse', reply: true, requestId: asked.requestId });
  });

  it('answer everybody who asks for another leader, whoever it becomes', () => {
    const { group, leader, others } = settled(3);
    const asked = [0, 1, 1].map((n) => group.ask(leader, { type: 'moveLeader', to: others[n] } as never));
    group.advance(2000);
    const became = group.leader();
    expect(others).toContain(became);
    const errors = [0, 1, 1].map((n) =>
      others[n] === became ? undefined : 'etcdserver: request timed out, leader transfer took too long',
    );
    expect(asked.map(({ answer }) => answer?.type)).toEqual(asked.map(() => 'memberResponse'));
    expect(asked.map(errorOf)).toEqual(errors);
  });
});
