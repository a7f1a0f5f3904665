import { describe, expect, it } from 'vitest';
import type { EtcdReply } from '../etcd/messages.ts';
import { restoreSnapshot, takeSnapshot } from '../kernel/snapshot.ts';
import { type Asked, EtcdGroup, errorOf, settled } from '../testing/etcd-group.ts';

const valueIn = ({ answer }: Asked): unknown =>
  (answer as unknown as { kvs: { value: { value: unknown } }[] }).kvs[0]?.value.value;

function slowDisk(group: EtcdGroup, name: string, fsyncMs: number): void {
  group.kernel.submit(`etcd@${name}`, { type: 'faultDisk', fsyncMs } as never);
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
