import { describe, expect, it } from 'vitest';
import type { EtcdCommand } from './door.ts';
import type { EtcdState } from './etcd/state.ts';
import { createCluster, GroupError, type SimulatedCluster } from './index.ts';

function change(cluster: SimulatedCluster, command: EtcdCommand): string | undefined {
  const id = cluster.submitGroupChange(command);
  let answer: string | undefined;
  // Asked after every message, as the page may ask: a member may be known before its machine is there.
  cluster.runUntil(() => {
    cluster.store();
    answer = cluster.groupChanged(id);
    return answer !== undefined;
  }, 6_000);
  return answer;
}

const member = (cluster: SimulatedCluster, host: string): EtcdState | undefined =>
  cluster.kernel.state<EtcdState>(`etcd@${host}`);

describe('etcdctl', () => {
  it('makes a group of three of one member, and goes back to one, while the cluster works', () => {
    const cluster = createCluster({ seed: 4, workers: 1 });
    expect(change(cluster, { do: 'add', learner: true })).toBe('');
    expect(change(cluster, { do: 'promote', member: 'kind-etcd' })).toMatch('in sync with leader');
    cluster.advance(15_000);
    expect(change(cluster, { do: 'promote', member: 'kind-etcd' })).toBe('');
    expect(change(cluster, { do: 'add' })).toBe('');
    cluster.advance(15_000);
    expect(member(cluster, 'kind-etcd2')?.store.revision).toBe(cluster.store()?.revision);
    expect(member(cluster, 'kind-control-plane')?.raft?.voters).toHaveLength(3);
    const [made] = cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { a: '1' } });
    expect(made?.verb).toBe('created');
    expect(change(cluster, { do: 'lead', member: 'kind-etcd' })).toBe('');
    expect(member(cluster, 'kind-etcd')?.raft?.role).toBe('leader');
    expect(change(cluster, { do: 'lead', member: 'kind-control-plane' })).toBe('');
    for (const name of ['kind-etcd', 'kind-etcd2']) {
      expect(change(cluster, { do: 'remove', member: name })).toBe('');
      // It may have led, and has still to tell the others.
      expect(cluster.kernel.machine(name).powered).toBe(true);
      cluster.advance(6_000);
      expect(cluster.kernel.machine(name).powered).toBe(false);
    }
    expect(change(cluster, { do: 'remove', member: 'kind-control-plane' })).toMatch('not enough started members');
    cluster.advance(30_000);
    expect(cluster.get('ConfigMap', 'default', 'a')).toBeDefined();
    expect(cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'b' } })[0]?.verb).toBe('created');
  });

  it('adds a member to a control plane outside the nodes', () => {
    const cluster = createCluster({ seed: 4, controlPlanes: 0, workers: 1 });
    expect(change(cluster, { do: 'add' })).toBe('');
    cluster.advance(15_000);
    expect(member(cluster, 'kind-etcd')?.store.revision).toBe(cluster.store()?.revision);
  });

  it('is told by captions: what was asked for, and what became of it', () => {
    const cluster = createCluster({ seed: 4, workers: 1 });
    const texts: string[] = [];
    cluster.observe(({ captions }) => texts.push(...captions.map(({ text }) => text)));
    change(cluster, { do: 'add', learner: true });
    cluster.advance(15_000);
    change(cluster, { do: 'promote', member: 'kind-etcd' });
    change(cluster, { do: 'remove', member: 'kind-etcd' });
    cluster.advance(1_000);
    const ask = (what: string): string =>
      `You ask etcd on kind-control-plane to ${what}. A majority has to write that down first.`;
    expect(texts.filter((text) => text.includes('kind-etcd ') || text.startsWith('You ask'))).toEqual([
      ask('add kind-etcd to its group, as a learner'),
      'kind-etcd is a member of etcd now, as a learner: it gets the log and has no vote.',
      ask('give kind-etcd a vote'),
      'kind-etcd has a vote in etcd now.',
      ask('remove kind-etcd from its group'),
      'etcd on kind-etcd has ended with exit code 1: it is no member of the group, or has lost the data that a member must have.',
      'kind-etcd is no member of etcd any more: majorities are counted without it.',
    ]);
  });

  it('says what makes no sense, and changes nothing', () => {
    const cluster = createCluster({ seed: 1, workers: 1 });
    const before = cluster.digest();
    expect(() => cluster.submitGroupChange({ do: 'add', member: 'a b' })).toThrow(GroupError);
    expect(() => cluster.submitGroupChange({ do: 'add', member: 'laptop' })).toThrow(/user's own computer/);
    expect(() => cluster.submitGroupChange({ do: 'remove' })).toThrow('which member is meant is missing');
    expect(() => cluster.submitGroupChange({ do: 'paint', member: 'kind-etcd' } as never)).toThrow(/not paint/);
    expect(cluster.digest()).toBe(before);
    expect(change(cluster, { do: 'remove', member: 'nobody' })).toBe('etcdserver: member not found');
    expect(change(cluster, { do: 'add', member: 'kind-control-plane' })).toBe('etcdserver: Peer URLs already exists');
  });

  it('brings back a member that lost its data: removed, then added', () => {
    const cluster = createCluster({ seed: 2, workers: 1, profile: 'ha' });
    cluster.inject({ kind: 'etcd-disk-loss', target: 'kind-control-plane2' });
    cluster.advance(20_000);
    expect(member(cluster, 'kind-control-plane2')?.raft ?? null).toBeNull();
    expect(change(cluster, { do: 'remove', member: 'kind-control-plane2' })).toBe('');
    expect(change(cluster, { do: 'add', member: 'kind-control-plane2' })).toBe('');
    cluster.advance(360_000);
    const back = member(cluster, 'kind-control-plane2');
    expect(back?.store.revision).toBe(cluster.store()?.revision);
    expect(back?.raft?.voters).toHaveLength(3);
  });
});
