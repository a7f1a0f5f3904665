import { describe, expect, it } from 'vitest';
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

  it('says who leads, and that nobody does', () => {
    const cluster = createCluster({ workers: 1 });
    cluster.inject({ kind: 'component-crash', target: 'scheduler', stay: true });
    cluster.advance(3_000);
    expect(bad(cluster)).toEqual(['Scheduling: New pods wait for a node: no scheduler runs.']);
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
