import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EtcdWatchResponse } from '../engine/etcd/messages.ts';
import { createCluster, type Message, type SimulatedCluster } from '../engine/index.ts';
import { SKIP_OVER_MS, type Skip, STORY_RATE, StoryPace } from './pace.ts';

const TICK_MS = 16;

interface Told {
  /** Every change of an object that a viewer can see: when, and how fast it was told. */
  readonly changes: { readonly at: number; readonly rate: number; readonly hurry: number }[];
  readonly skips: Skip[];
  realMs: number;
}

/** Leases and what repeats itself unchanged nobody watches. */
const isChange = ({ body }: Message): boolean =>
  body.type === 'watchResponse' &&
  (body as EtcdWatchResponse).events.some(({ kv }) => kv.value?.kind !== undefined && kv.value.kind !== 'Lease');

/** Plays at Story pace until the virtual time, or for as long as `goesOn` says. */
function play(cluster: SimulatedCluster, untilMs: number, goesOn = (): boolean => true): Told {
  const pace = new StoryPace(cluster.now);
  const told: Told = { changes: [], skips: [], realMs: 0 };
  const { tap } = cluster.kernel;
  let before = 0;
  cluster.kernel.tap = (message) => {
    tap?.(message);
    if (!isChange(message)) return;
    // A skip ends with the first news: what it has moved past is nothing.
    told.changes.push({ at: cluster.now, rate: before, hurry: pace.hurry });
  };
  while (cluster.now < untilMs && goesOn()) {
    before = Number.NaN;
    const { now } = cluster;
    pace.tick(
      cluster,
      TICK_MS,
      () => false,
      (target, stop) => {
        before = pace.rate;
        cluster.advanceTo(target, stop);
      },
    );
    expect(cluster.now).toBeGreaterThanOrEqual(now);
    told.realMs += TICK_MS;
    const skip = pace.takeSkip();
    if (skip) told.skips.push(skip);
  }
  cluster.kernel.tap = tap;
  return told;
}

const deployment = (name: string, replicas: number): object => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'c', image: 'nginx:1.27' }] },
    },
  },
});
const submit = (cluster: SimulatedCluster, object: object): number => cluster.submitApply([object as never], 'default');

describe('Story pace', () => {
  it('tells a small story slowly, skips its waits, and says so', () => {
    const cluster = createCluster({ seed: 1 });
    submit(cluster, deployment('web', 3));
    const { changes, skips, realMs } = play(cluster, 60_000, () => !cluster.settled);
    expect(changes.length).toBeGreaterThan(20);
    for (const { hurry } of changes) expect(hurry).toBeLessThan(2);
    // The image is pulled for seconds: nothing is seen of that but its end.
    expect(skips.some(({ from, to }) => to - from > 500)).toBe(true);
    expect(realMs).toBeGreaterThan(8_000);
    expect(realMs).toBeLessThan(40_000);
  });

  it('is as slow with the heartbeats of 200 nodes behind it', () => {
    const cluster = createCluster({ seed: 1, workers: 200, addons: false });
    submit(cluster, deployment('web', 2));
    const { changes } = play(cluster, 60_000, () => !cluster.settled);
    expect(changes.length).toBeGreaterThan(10);
    const slow = changes.filter(({ rate }) => rate <= STORY_RATE * 2);
    expect(slow.length / changes.length).toBeGreaterThan(0.9);
  });

  it('does not take for ever with 300 pods', () => {
    const cluster = createCluster({ seed: 1, workers: 10 });
    submit(cluster, deployment('many', 300));
    const { changes, realMs } = play(cluster, 600_000, () => !cluster.settled);
    expect(changes.length).toBeGreaterThan(900);
    expect(realMs).toBeLessThan(150_000);
  });

  it('skips to what a fault leads to, and to what a silence leads to', () => {
    const cluster = createCluster({ seed: 1 });
    cluster.inject({ kind: 'node-power-off', target: 'kind-worker' });
    const { skips, changes } = play(cluster, 60_000);
    const longest = Math.max(...skips.map(({ from, to }) => to - from));
    expect(longest).toBeGreaterThan(20_000);
    expect(changes.length).toBeGreaterThan(3);
  });

  it('leaves what was just done, or has just broken, to be read before it skips', () => {
    const cluster = createCluster({ seed: 1 });
    cluster.inject({ kind: 'node-power-off', target: 'kind-worker', inMs: 10_000 });
    const told = play(cluster, 9_999);
    expect(told.realMs).toBeLessThan(2_000);
    // Nothing follows for as long as only the silence tells of it.
    const after = play(cluster, 10_030);
    expect(after.realMs).toBeGreaterThan(1_000);
  });

  it('skips to a planned fault, and to the end of one', () => {
    const cluster = createCluster({ seed: 1 });
    cluster.inject({ kind: 'clock-skew', target: 'kind-worker', ms: 1_000, inMs: 30_000, forMs: 20_000 });
    const { skips, realMs } = play(cluster, 51_000);
    const reached = (at: number): boolean => skips.some(({ to }) => Math.abs(to - at) <= 2);
    expect([reached(30_000), reached(50_000)]).toEqual([true, true]);
    expect(realMs).toBeLessThan(15_000);
  });

  it('runs like a clock when nothing happens', () => {
    const cluster = createCluster({ seed: 1 });
    const { skips, realMs } = play(cluster, 5_000);
    expect(realMs).toBeCloseTo(5_000, -2);
    expect(skips).toEqual([]);
  });

  it('shows every change at the pace of a story, or says how much faster, and skips none', () => {
    const acts = fc.array(
      fc.oneof(
        fc.record({ act: fc.constant('apply'), n: fc.integer({ min: 1, max: 12 }) }),
        fc.record({ act: fc.constantFrom('node-power-off', 'kubelet-stop'), n: fc.integer({ min: 1, max: 3 }) }),
      ),
      { minLength: 1, maxLength: 3 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), acts, (seed, list) => {
        const cluster = createCluster({ seed });
        list.forEach(({ act, n }, i) => {
          if (act === 'apply') {
            submit(cluster, deployment(`app${i}`, n));
            return;
          }
          const target = `kind-worker${n === 1 ? '' : n}`;
          if (!cluster.faults.some(({ fault }) => fault.target === target))
            cluster.inject({ kind: act, target, forMs: 30_000 });
        });
        const { changes, skips } = play(cluster, 90_000);
        for (const { at, rate, hurry } of changes) {
          const skip = skips.find(({ from, to }) => at > from && at < to);
          expect(skip, `a change at ${at} within a skip`).toBeUndefined();
          // The one at which a skip or the rest ends comes at their speed; all others are told.
          const isEnd = skips.some(({ to }) => Math.abs(at - to) < 0.01) || rate === 1;
          if (!isEnd) expect(rate).toBeCloseTo(STORY_RATE * hurry, 6);
        }
        for (const { from, to } of skips) expect(to - from).toBeGreaterThan(SKIP_OVER_MS / 2);
      }),
      { numRuns: 8 },
    );
  });
});
