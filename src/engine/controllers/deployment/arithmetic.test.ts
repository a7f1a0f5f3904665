import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Deployment, ReplicaSet } from '../../api/generated/types.ts';
import { makeDeployment, makeReplicaSet } from '../testing.ts';
import { limitsOf, MAX_REPLICAS, scaleAll, scaleDownOld, scaleUpNew } from './arithmetic.ts';

const deploymentOf = (replicas: number, maxSurge: number | string, maxUnavailable: number | string): Deployment =>
  makeDeployment({ replicas, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge, maxUnavailable } } });

function setOf(name: string, age: number, replicas: number, available: number, maxReplicas?: number): ReplicaSet {
  const set = makeReplicaSet({ replicas }, name);
  const annotations: Record<string, string> = maxReplicas === undefined ? {} : { [MAX_REPLICAS]: String(maxReplicas) };
  const creationTimestamp = `2026-01-01T00:00:${String(59 - age).padStart(2, '0')}Z`;
  const status = { replicas, availableReplicas: available };
  return { ...set, metadata: { ...set.metadata, annotations, creationTimestamp }, status };
}

test.each([
  [1, 1, 0],
  [2, 1, 0],
  [3, 1, 0],
  [4, 1, 1],
  [5, 2, 1],
  [10, 3, 2],
])('of %i replicas a quarter is %i more and %i fewer', (replicas, maxSurge, maxUnavailable) => {
  expect(limitsOf(deploymentOf(replicas, '25%', '25%'))).toEqual({ maxSurge, maxUnavailable });
});

test('one of the limits is never zero, and no more can be missing than there are', () => {
  expect(limitsOf(deploymentOf(3, 0, 0))).toEqual({ maxSurge: 0, maxUnavailable: 1 });
  expect(limitsOf(deploymentOf(3, 0, 7))).toEqual({ maxSurge: 0, maxUnavailable: 3 });
  expect(limitsOf(makeDeployment({ strategy: { type: 'Recreate' } }))).toEqual({ maxSurge: 0, maxUnavailable: 0 });
});

test('percentages round to the nearest whole number on the safe side', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 100 }), (replicas, percent) => {
      const { maxSurge, maxUnavailable } = limitsOf(deploymentOf(replicas, `${percent}%`, `${percent}%`));
      // In hundredths, without a fraction.
      expect(maxSurge * 100).toBeGreaterThanOrEqual(replicas * percent);
      expect((maxSurge - 1) * 100).toBeLessThan(replicas * percent);
      expect(maxUnavailable * 100).toBeLessThanOrEqual(replicas * percent);
      expect((maxUnavailable + 1) * 100).toBeGreaterThan(replicas * percent);
    }),
  );
});

interface Size {
  readonly replicas: number;
  readonly available: number;
}

const size = fc.nat(8).chain((replicas) => fc.record({ replicas: fc.constant(replicas), available: fc.nat(replicas) }));

/** One pod at a time: first those that are not available, oldest ReplicaSet first, then available ones that can go. */
function takeAwayOneByOne(wanted: number, unavailable: number, fresh: Size, old: readonly Size[]): number[] {
  const left = old.map(({ replicas }) => replicas);
  const total = left.reduce((sum, replicas) => sum + replicas, fresh.replicas);
  const newUnavailable = fresh.replicas - fresh.available;
  let budget = total - (wanted - unavailable) - newUnavailable;
  if (budget <= 0) return left;
  for (; budget > 0; budget--) {
    const i = old.findIndex(({ available }, at) => (left[at] as number) > available);
    if (i < 0) break;
    left[i] = (left[i] as number) - 1;
  }
  let spare = old.reduce((sum, { available }) => sum + available, fresh.available) - (wanted - unavailable);
  for (; spare > 0; spare--) {
    const i = left.findIndex((replicas) => replicas > 0);
    if (i < 0) break;
    left[i] = (left[i] as number) - 1;
  }
  return left;
}

test('old ReplicaSets shrink as if pod by pod', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.nat(4),
      size,
      fc.array(size, { maxLength: 4 }),
      (wanted, unavailable, fresh, old) => {
        const deployment = deploymentOf(wanted, 1, unavailable);
        const { maxUnavailable } = limitsOf(deployment);
        const newSet = setOf('new', 0, fresh.replicas, fresh.available);
        const sets = old.map(({ replicas, available }, i) => setOf(`old-${i}`, 50 - i, replicas, available));
        const after = new Map(sets.map((set) => [set.metadata.name, set.spec.replicas as number]));
        for (const { name, to } of scaleDownOld(deployment, newSet, sets).scalings) after.set(name, to);
        expect([...after.values()]).toEqual(takeAwayOneByOne(wanted, maxUnavailable, fresh, old));
      },
    ),
  );
});

test('a status that is behind ends the round', () => {
  const old = [setOf('old', 9, 4, 5)];
  const { scalings, error } = scaleDownOld(deploymentOf(5, 2, 1), setOf('new', 0, 3, 1), old);
  expect(scalings).toEqual([]);
  expect(error).toBe('when cleaning up unhealthy replicas, got invalid request to scale down default/old 4 -> 5');
});

test('the new ReplicaSet grows pod by pod while there is room', () => {
  fc.assert(
    fc.property(
      fc.nat(12),
      fc.integer({ min: 1, max: 5 }),
      fc.nat(14),
      fc.array(fc.nat(8), { maxLength: 3 }),
      (wanted, surge, current, old) => {
        const deployment = deploymentOf(wanted, surge, 0);
        const newSet = setOf('new', 0, current, 0);
        const sets = [newSet, ...old.map((replicas, i) => setOf(`old-${i}`, i + 1, replicas, 0))];
        let expected = current;
        const others = old.reduce((sum, replicas) => sum + replicas, 0);
        while (expected > wanted) expected--;
        if (current < wanted) while (expected < wanted && others + expected < wanted + surge) expected++;
        const [scaling] = scaleUpNew(deployment, newSet, sets);
        expect(scaling?.to ?? current).toBe(expected);
      },
    ),
  );
});

test('a scale in mid-rollout shares out in proportion, and the rest goes to the largest', () => {
  const deployment = deploymentOf(15, 3, 2);
  const sets = [setOf('old', 9, 8, 8, 13), setOf('new', 1, 5, 2, 13)];
  // The example of the documentation: 10 replicas, 8 old and 5 new, scaled to 15.
  expect(scaleAll(deployment, sets[1], [sets[0] as ReplicaSet])).toEqual([
    { name: 'old', to: 11 },
    { name: 'new', to: 7 },
  ]);
});

test('a scale in mid-rollout always comes to the allowed sum', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 2, maxLength: 4 }),
      fc.nat(60),
      fc.nat(5),
      (replicas, wanted, surge) => {
        const before = replicas.reduce((sum, one) => sum + one, 0);
        const deployment = deploymentOf(wanted, surge + 1, 1);
        const sets = replicas.map((one, i) => setOf(`set-${i}`, i, one, 0, before));
        const scalings = scaleAll(deployment, sets[0], sets.slice(1));
        const total = scalings.reduce((sum, { to }) => sum + to, 0);
        expect(total).toBe(wanted === 0 ? 0 : wanted + surge + 1);
        for (const { to } of scalings) expect(to).toBeGreaterThanOrEqual(0);
      },
    ),
  );
});
