import { expect, it } from 'vitest';
import type { Cause } from '../../../engine/door.ts';
import { offsetText, whyStory } from './why-story.ts';

const cause = (messageId: number, at: number, from: string, to: string, label: string, sentence = label): Cause => ({
  messageId,
  at,
  from,
  to,
  label,
  sentence,
});

const NEAREST_FIRST: readonly Cause[] = [
  cause(9, 1350, 'apiserver@cp', 'kubelet@w', 'ADDED pod/web-1'),
  cause(8, 1345, 'etcd@cp', 'apiserver@cp', 'watch rev 7', 'The scheduler binds web-1 to w.'),
  cause(7, 1340, 'apiserver@cp', 'etcd@cp', 'Txn put /registry/pods/default/web-1'),
  cause(6, 1330, 'scheduler@cp', 'apiserver@cp', 'POST pods/web-1/binding'),
  cause(5, 1320, 'etcd@cp', 'apiserver@cp', 'watch rev 6', 'The ReplicaSet controller creates pod web-1.'),
  cause(4, 1310, 'etcd@cp', 'apiserver@cp', 'watch rev 6', 'The ReplicaSet controller creates pod web-1.'),
  cause(1, 1000, 'user', 'kubectl@laptop', 'kubectl apply'),
];

it('tells the chain oldest first, with times since its beginning', () => {
  const { full } = whyStory(NEAREST_FIRST);
  expect(full.map(({ messageId, offsetMs }) => [messageId, offsetMs])).toEqual([
    [1, 0],
    [4, 310],
    [5, 320],
    [6, 330],
    [7, 340],
    [8, 345],
    [9, 350],
  ]);
});

it('keeps sentences and both ends in the short form, and merges repetition', () => {
  expect(whyStory(NEAREST_FIRST).short).toEqual([
    { messageId: 1, offsetMs: 0, component: 'user', text: 'kubectl apply → kubectl', count: 1 },
    { messageId: 4, offsetMs: 310, component: 'etcd', text: 'The ReplicaSet controller creates pod web-1.', count: 2 },
    { messageId: 8, offsetMs: 345, component: 'etcd', text: 'The scheduler binds web-1 to w.', count: 1 },
    { messageId: 9, offsetMs: 350, component: 'apiserver', text: 'ADDED pod/web-1 → kubelet', count: 1 },
  ]);
});

it('has no story for nothing', () => {
  expect(whyStory([])).toEqual({ short: [], full: [] });
});

it.each([
  [0, '+0'],
  [3.4, '+3 ms'],
  [50_130, '+50.1 s'],
  [59_990, '+1:00.0'],
  [350_200, '+5:50.2'],
  [3_661_000, '+1:01:01'],
])('says %d ms as %s', (ms, text) => {
  expect(offsetText(ms)).toBe(text);
});
