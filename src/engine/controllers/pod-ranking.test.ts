import { expect, test } from 'vitest';
import type { Pod } from '../api/generated/types.ts';
import { toRFC3339 } from '../api/time.ts';
import { computeHash } from './hash.ts';
import { podsToDelete } from './pod-ranking.ts';

const NOW = 100_000_000;

interface Shape {
  readonly node?: string;
  readonly phase?: Pod['status'] extends infer S ? NonNullable<S>['phase' & keyof NonNullable<S>] : never;
  readonly readyMsAgo?: number;
  readonly ageMs?: number;
  readonly cost?: string;
  readonly restarts?: number;
  readonly uid?: string;
}

function makePod(name: string, shape: Shape = {}): Pod {
  const { node = 'a', phase = 'Running', readyMsAgo, ageMs = 50_000_000, cost, restarts = 0, uid = name } = shape;
  const ready = readyMsAgo === undefined ? 'False' : 'True';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      uid,
      creationTimestamp: toRFC3339(NOW - ageMs),
      ...(cost && { annotations: { 'controller.kubernetes.io/pod-deletion-cost': cost } }),
    },
    spec: { containers: [], ...(node && { nodeName: node }) },
    status: {
      phase,
      conditions: [{ type: 'Ready', status: ready, lastTransitionTime: toRFC3339(NOW - (readyMsAgo ?? 0)) }],
      containerStatuses: [{ name: 'c', ready: true, restartCount: restarts, image: '', imageID: '' }],
    },
  };
}

const first = (pods: Pod[], related = pods) => podsToDelete(pods, related, 1, NOW)[0]?.metadata.name;

test.each<[string, Shape, Shape]>([
  ['without a node', { node: '' }, { node: 'a' }],
  ['pending', { phase: 'Pending', readyMsAgo: 1000 }, { readyMsAgo: 1000 }],
  ['not ready', {}, { readyMsAgo: 1000 }],
  ['cheap', { readyMsAgo: 1000, cost: '-5' }, { readyMsAgo: 1000 }],
  ['ready for a shorter time', { readyMsAgo: 1_000_000 }, { readyMsAgo: 9_000_000 }],
  ['restarted more often', { restarts: 3 }, {}],
  ['younger', { ageMs: 1_000_000 }, { ageMs: 9_000_000 }],
])('first goes the pod that is %s', (_what, weak, strong) => {
  expect(first([makePod('b', weak), makePod('a', strong)])).toBe('b');
  expect(first([makePod('a', strong), makePod('b', weak)])).toBe('b');
});

test('first goes a pod that shares its node with related pods', () => {
  const alone = makePod('a', { node: 'x' });
  const crowded = makePod('b', { node: 'y' });
  expect(first([alone, crowded], [alone, crowded, makePod('c', { node: 'y' })])).toBe('b');
});

test('pods of about the same age go by uid, not by age', () => {
  const older = makePod('old', { readyMsAgo: 5_000_000, uid: '1' });
  const younger = makePod('young', { readyMsAgo: 4_900_000, uid: '2' });
  expect(first([younger, older])).toBe('old');
});

test('a hash depends on the template and the count of collisions, not on the order of keys', () => {
  const hash = computeHash({ a: 1, b: [{ c: 'x' }] }, undefined);
  expect(hash).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]{1,10}$/);
  expect(computeHash({ b: [{ c: 'x' }], a: 1 }, undefined)).toBe(hash);
  expect(computeHash({ a: 1, b: [{ c: 'y' }] }, undefined)).not.toBe(hash);
  expect(computeHash({ a: 1, b: [{ c: 'x' }] }, 1)).not.toBe(hash);
});
