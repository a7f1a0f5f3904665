import { describe, expect, it } from 'vitest';
import type { EtcdReply } from '../etcd/messages.ts';
import { restoreSnapshot, takeSnapshot } from '../kernel/snapshot.ts';
import { type Asked, EtcdGroup } from '../testing/etcd-group.ts';

const errorOf = ({ answer }: Asked): string | undefined => (answer as { error?: string } | undefined)?.error;
const valueIn = ({ answer }: Asked): unknown =>
  (answer as unknown as { kvs: { value: { value: unknown } }[] }).kvs[0]?.value.value;

function settled(size: number, seed = 1): { group: EtcdGroup; leader: string; others: string[] } {
  const group = new EtcdGroup({ size, seed });
  const leader = group.elect();
  group.advance(1000);
  return { group, leader, others: group.names.filter((name) => name !== leader) };
}

function slowDisk(group: EtcdGroup, name: string, fsyncMs: number): void {
  group.kernel.submit(`etcd@${name}`, { type: 'faultDisk', fsyncMs } as never);
}

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

describe('a group of etcd members', () => {
  it.each([1, 2, 3, 4, 5, 6, 7])('of %i elects one leader and writes through every member', (size) => {
    const { group, leader } = settled(size);
    for (const name of group.names) {
      const asked = group.put(name, 'a', name);
      group.advance(300);
      expect(asked.answer).toMatchObject({ type: 'txnResponse', succeeded: true });
      const read = group.get(leader, 'a');
      group.advance(300);
      expect(valueIn(read)).toBe(name);
    }
    const states = group.names.map((name) => group.state(name));
    expect(new Set(states.map(({ store }) => store.revision))).toEqual(new Set([size + 1]));
    expect(states.filter(({ raft }) => raft?.role === 'leader')).toHaveLength(1);
  });

  it('of one answers a write after one sync', () => {
    const group = new EtcdGroup({ size: 1 });
    group.advance(10);
    const asked = group.put('etcd-1', 'a', 1);
    const at = group.until(() => asked.answer !== undefined) && group.now - asked.at;
    expect(at).toBeGreaterThan(1.5);
    expect(group.state('etcd-1').raft).toMatchObject({ role: 'leader', term: 2, applied: 3, stable: 3 });
  });

  it('elects another leader 1 to 2 s after a crash, and keeps what was answered', () => {
    const { group, leader, others } = settled(3, 7);
    const before = group.put(leader, 'a', 1);
    group.advance(200);
    expect(before.answer).toMatchObject({ succeeded: true });
    const crashedAt = group.now;
    group.crash(leader);
    const next = group.elect();
    expect(group.now - crashedAt).toBeGreaterThan(850);
    expect(group.now - crashedAt).toBeLessThan(4000);
    const read = group.get(next, 'a');
    group.advance(200);
    expect(valueIn(read)).toBe(1);
    group.put(next, 'a', 2);
    group.start(leader);
    group.advance(2000);
    expect(group.state(leader).store.revision).toBe(3);
    expect(group.state(leader).raft).toMatchObject({ role: 'follower', leader: group.leader() });
    expect(others).toContain(next);
  });

  it('without a majority neither writes nor reads, and says so after 7 s', () => {
    const { group, leader, others } = settled(3, 3);
    for (const name of others) group.crash(name);
    const accepted = group.put(leader, 'a', 1);
    group.advance(2500);
    // The leader has stepped down by now; its term does not grow, as it only asks whether it would be elected.
    const { term, role } = group.state(leader).raft ?? {};
    expect(role).not.toBe('leader');
    const blocked = group.put(leader, 'a', 2);
    const read = group.get(leader, 'a');
    group.advance(4600);
    expect(errorOf(accepted)).toBe('etcdserver: request timed out');
    group.advance(5000);
    expect(errorOf(blocked)).toBe('context deadline exceeded');
    expect(errorOf(read)).toBe('etcdserver: request timed out');
    expect(group.state(leader).raft?.term).toBe(term);
    // One comes back: what was not committed may be now, and nobody was promised otherwise.
    group.start(others[0] as string);
    group.advance(5000);
    const after = group.put(leader, 'a', 3);
    group.advance(300);
    expect(after.answer).toMatchObject({ succeeded: true });
  });

  it('keeps a write that comes without a leader until there is one', () => {
    const { group, leader, others } = settled(3, 5);
    group.crash(leader);
    const [first = ''] = others;
    group.until(() => group.state(first).raft?.leader === '');
    const asked = group.put(first, 'a', 1);
    expect(group.until(() => asked.answer !== undefined)).toBe(true);
    expect(asked.answer).toMatchObject({ succeeded: true });
  });

  it('ends watches that have been without a leader at three checks', () => {
    const { group, leader, others } = settled(3, 11);
    const watch = group.ask(leader, { type: 'watch', prefix: '/registry/', startRevision: 0 } as never);
    group.advance(100);
    for (const name of others) group.crash(name);
    const crashedAt = group.now;
    const canceled = (): boolean => watch.heard.some((reply: EtcdReply) => 'canceled' in reply);
    expect(group.until(canceled)).toBe(true);
    expect(watch.heard.at(-1)).toMatchObject({ canceled: 'etcdserver: no leader' });
    expect(group.now - crashedAt).toBeGreaterThan(3000);
    expect(group.now - crashedAt).toBeLessThan(5100);
    const refused = group.ask(leader, { type: 'watch', prefix: '/registry/', startRevision: 0 } as never);
    group.advance(100);
    expect(refused.answer).toMatchObject({ canceled: 'etcdserver: no leader' });
  });

  it('tells a watch of every revision once, also at a follower', () => {
    const { group, leader, others } = settled(3, 2);
    const [follower = ''] = others;
    const watch = group.ask(follower, { type: 'watch', prefix: '/registry/values/', startRevision: 0 } as never);
    group.advance(100);
    for (let i = 0; i < 20; i++) group.put(i % 2 ? leader : follower, `k${i}`, i);
    group.advance(1000);
    const revisions = watch.heard.flatMap((reply) =>
      'events' in reply && reply.events.length ? [reply.revision] : [],
    );
    expect(revisions).toEqual(Array.from({ length: 20 }, (_, i) => i + 2));
  });

  it('tells a watch from a revision that it has not reached yet nothing older', () => {
    const { group, leader, others } = settled(3, 2);
    const [late = ''] = others;
    slowDisk(group, late, 2000);
    for (let i = 0; i < 3; i++) group.put(leader, `k${i}`, i);
    group.advance(500);
    expect([leader, late].map((name) => group.state(name).store.revision)).toEqual([4, 1]);
    const watch = group.ask(late, { type: 'watch', prefix: '/registry/', startRevision: 5 } as never);
    group.advance(5000);
    expect(watch.heard).toMatchObject([{ revision: 4, events: [] }]);
    group.put(leader, 'k4', 4);
    group.advance(5000);
    expect(watch.heard.slice(1)).toMatchObject([{ revision: 5, events: [{ type: 'put' }] }]);
  });

  it('sends a snapshot to who is too far behind', () => {
    const group = new EtcdGroup({ size: 3, seed: 4, catchUpEntries: 10 });
    const leader = group.elect();
    group.advance(1000);
    const [late = ''] = group.names.filter((name) => name !== leader);
    group.crash(late);
    for (let i = 0; i < 300; i++) group.put(leader, `k${i}`, i);
    group.advance(2000);
    expect(group.state(leader).raft?.log.first).toBeGreaterThan(200);
    group.start(late);
    group.advance(3000);
    expect(group.state(late).store.revision).toBe(301);
    expect(group.state(late).store.keys.size).toBe(300);
    expect(group.state(late).raft?.log.first).toBeGreaterThan(200);
    const asked = group.put(late, 'after', 1);
    group.advance(500);
    expect(asked.answer).toMatchObject({ revision: 302 });
  });

  it('goes on exactly from a snapshot of the cluster', () => {
    const { group, leader } = settled(3, 9);
    for (let i = 0; i < 5; i++) group.put(leader, `k${i}`, i);
    group.advance(20);
    const snapshot = JSON.parse(JSON.stringify(takeSnapshot(group.kernel, null)));
    const twin = restoreSnapshot(group.definitions, snapshot).kernel;
    for (const kernel of [group.kernel, twin]) {
      kernel.advanceTo(kernel.now + 3000);
      kernel.kill(`etcd@${leader}`, 1);
      kernel.advanceTo(kernel.now + 5000);
    }
    expect(takeSnapshot(twin, null)).toEqual(takeSnapshot(group.kernel, null));
  });
});

describe('leases in a group', () => {
  it('are ended by the leader, later after a change of leader', () => {
    const { group, leader, others } = settled(3, 6);
    group.ask(leader, { type: 'leaseGrant', ttlSeconds: 10 } as never);
    group.advance(200);
    const value = { kind: 'Value', apiVersion: 'v1', metadata: { name: 'a' } };
    const success = [{ op: 'put', key: '/registry/values/a', value, lease: 1 }];
    group.ask(leader, { type: 'txn', compare: [], success, failure: [] } as never);
    group.advance(5000);
    group.crash(leader);
    const next = group.elect();
    group.advance(9000);
    expect(group.state(next).store.keys.size).toBe(1);
    group.advance(2500);
    for (const name of others) expect(group.state(name).store.keys.size).toBe(0);
  });

  it('that end while leadership is handed over in vain are ended afterwards', () => {
    const { group, leader, others } = settled(3, 6);
    group.ask(leader, { type: 'leaseGrant', ttlSeconds: 10 } as never);
    group.advance(9900);
    group.crash(others[0] as string);
    const asked = group.ask(leader, { type: 'moveLeader', to: others[0] } as never);
    group.advance(5000);
    expect([errorOf(asked), group.leader()]).toEqual([
      'etcdserver: request timed out, leader transfer took too long',
      leader,
    ]);
    expect(group.state(leader).store.leases.size).toBe(0);
  });
});

describe('a slow disk', () => {
  it('holds up writes, and only those', () => {
    const { group, leader } = settled(3, 8);
    for (const name of group.names) slowDisk(group, name, 200);
    group.advance(10);
    const write = group.put(leader, 'a', 1);
    const read = group.get(leader, 'a');
    group.until(() => write.answer !== undefined && read.answer !== undefined);
    expect((write.answeredAt ?? 0) - write.at).toBeGreaterThan(200);
  });

  it('of a member alone takes as long, and writes share a sync', () => {
    const group = new EtcdGroup({ size: 1 });
    slowDisk(group, 'etcd-1', 300);
    group.advance(10);
    const writes = [1, 2, 3].map((value) => group.put('etcd-1', `k${value}`, value));
    group.until(() => writes.every(({ answer }) => answer !== undefined));
    for (const { answeredAt = 0, at } of writes) {
      expect(answeredAt - at).toBeGreaterThan(300);
      expect(answeredAt - at).toBeLessThan(650);
    }
  });
});

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
