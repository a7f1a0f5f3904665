import { describe, expect, it } from 'vitest';
import type { EtcdState } from './etcd/state.ts';
import { health } from './health.ts';
import { createCluster, type SimulatedCluster } from './index.ts';

/** State of every line, and the sentences of those that do not work. */
function states(cluster: SimulatedCluster): Record<string, string> {
  return Object.fromEntries(health(cluster.kernel).map(({ id, state }) => [id, state]));
}

const bad = (cluster: SimulatedCluster): string[] =>
  health(cluster.kernel)
    .filter(({ state }) => state !== 'works')
    .map(({ title, text }) => `${title}: ${text}`);

describe('what works now', () => {
  it('is everything in a healthy cluster, all the time', () => {
    const cluster = createCluster({ workers: 1 });
    for (let i = 0; i < 30; i++) {
      cluster.advance(1_777);
      expect(bad(cluster)).toEqual([]);
    }
  });

  it('is what the parts still do when etcd is down, and everything again after it', () => {
    const cluster = createCluster({ workers: 1 });
    cluster.advance(5_000);
    const fault = cluster.inject({ kind: 'component-crash', target: 'etcd', stay: true });
    cluster.advance(5_000);
    expect(states(cluster)).toMatchObject({ etcd: 'stopped', writes: 'stopped', reads: 'stopped', cache: 'degraded' });
    cluster.advance(20_000);
    expect(states(cluster)).toMatchObject({ scheduling: 'stopped', controllers: 'stopped', pods: 'works' });
    const writes = health(cluster.kernel).find(({ id }) => id === 'writes');
    expect(cluster.now - (writes?.lastAt ?? 0)).toBeGreaterThan(24_000);
    cluster.heal(fault);
    cluster.advance(120_000);
    expect(bad(cluster)).toEqual([]);
  });

  it('is told at once when something breaks, also while time stands still', () => {
    const cluster = createCluster({ workers: 1 });
    cluster.advance(100);
    let told: string | undefined;
    cluster.observe(({ health }) => {
      told = health?.find(({ id }) => id === 'etcd')?.state ?? told;
    });
    cluster.publish();
    expect(told).toBe('works');
    const fault = cluster.inject({ kind: 'component-crash', target: 'etcd', stay: true });
    cluster.publish();
    expect(told).toBe('stopped');
    cluster.heal(fault);
  });

  it('says who leads, and that nobody does', () => {
    const cluster = createCluster({ workers: 1 });
    cluster.inject({ kind: 'component-crash', target: 'scheduler', stay: true });
    cluster.advance(3_000);
    expect(bad(cluster)).toEqual(['Scheduling: New pods wait for a node: no scheduler runs.']);
  });

  it('takes an election for what it is, until it has failed', () => {
    const cluster = createCluster({ profile: 'ha', workers: 0, seed: 1 });
    cluster.advance(1_000);
    const isLeader = ({ component, state }: { component: string; state: unknown }): boolean =>
      component === 'etcd' && (state as EtcdState).raft?.role === 'leader';
    const target = [...cluster.kernel.processes.values()].find(isLeader)?.address as string;
    const fault = cluster.inject({ kind: 'component-crash', target, stay: true });
    const seen = new Set<string>();
    for (let i = 0; i < 40; i++) {
      cluster.advance(100);
      for (const { id, state, text } of health(cluster.kernel)) {
        if (id === 'etcd' || id === 'writes') seen.add(`${state} ${text}`);
      }
    }
    expect([...seen].filter((text) => text.startsWith('stopped'))).toEqual([]);
    expect(seen).toContain('degraded Electing a leader: 2 of 3 members run.');
    cluster.heal(fault);
  });

  it('says that a group whose members cannot hear each other has no leader', () => {
    const cluster = createCluster({ profile: 'ha', workers: 0, seed: 1 });
    const cut = (target: string, to: string) =>
      cluster.inject({ kind: 'partition', target: `etcd@${target}`, to: `etcd@${to}` });
    cut('kind-control-plane', 'kind-control-plane2');
    cut('kind-control-plane', 'kind-control-plane3');
    cut('kind-control-plane2', 'kind-control-plane3');
    cluster.advance(10_000);
    expect(bad(cluster)[0]).toBe('etcd: No leader: 3 of 3 members run, but no 2 of them agree.');
    const line = health(cluster.kernel).find(({ id }) => id === 'etcd');
    expect(cluster.now - (line?.lastAt ?? 0)).toBeGreaterThan(5_000);
  });

  it('remembers when something was last written though the API server was started anew', () => {
    const cluster = createCluster({ workers: 1 });
    cluster.advance(5_000);
    cluster.inject({ kind: 'component-crash', target: 'etcd', stay: true });
    const fault = cluster.inject({ kind: 'component-crash', target: 'apiserver', stay: true });
    cluster.advance(20_000);
    for (const id of ['etcd', 'writes', 'reads', 'cache']) {
      const line = health(cluster.kernel).find((one) => one.id === id);
      expect(line?.lastAt, id).toBeGreaterThan(-10_000);
      expect(line?.lastAt, id).toBeLessThanOrEqual(5_000);
    }
    cluster.heal(fault);
  });

  it('comes with a frame when it changes, and only then', () => {
    const cluster = createCluster({ workers: 1 });
    const seen: (readonly string[] | undefined)[] = [];
    cluster.observe(({ health: lines }) => seen.push(lines?.map(({ state }) => state)));
    cluster.publish();
    cluster.advance(1_000);
    expect(seen[0]).toHaveLength(9);
    expect(seen[1]).toBeUndefined();
    cluster.inject({ kind: 'node-power-off', target: 'kind-worker' });
    cluster.advance(1_000);
    expect(seen.at(-1)).toContain('degraded');
  });
});
