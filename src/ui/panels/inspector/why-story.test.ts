import { expect, it } from 'vitest';
import type { Cause } from '../../../engine/door.ts';
import { faultBehind, offsetText, whyStory } from './why-story.ts';

const cause = (messageId: number, at: number, from: string, to: string, label: string, sentence = label): Cause => ({
  messageId,
  at,
  from,
  to,
  label,
  sentence,
  dueAt: at,
  told: sentence !== label,
});

const NEAREST_FIRST: readonly Cause[] = [
  cause(9, 1350, 'apiserver@cp', 'kubelet@w', 'ADDED pod/web-1'),
  cause(8, 1345, 'etcd@cp', 'apiserver@cp', 'watch rev 7', 'The scheduler binds web-1 to w.'),
  cause(7, 1340, 'apiserver@cp', 'etcd@cp', 'Txn put /registry/pods/default/web-1'),
  cause(6, 1330, 'scheduler@cp', 'apiserver@cp', 'POST pods/web-1/binding'),
  cause(5, 1320, 'etcd@cp', 'apiserver@cp', 'watch rev 6', 'The ReplicaSet controller creates pod web-1.'),
  cause(4, 1310, 'etcd@cp', 'apiserver@cp', 'watch rev 6', 'The ReplicaSet controller creates pod web-1.'),
  cause(1, 1000, 'user@outside', 'kubectl@laptop', 'kubectl apply'),
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

it('keeps sentences and both ends in the short form, merges repetition, and names who acted', () => {
  expect(whyStory(NEAREST_FIRST).short).toEqual([
    { messageId: 1, offsetMs: 0, component: 'user', text: 'You: kubectl apply', count: 1 },
    {
      messageId: 4,
      offsetMs: 310,
      component: 'apiserver',
      text: 'The ReplicaSet controller creates pod web-1.',
      count: 2,
    },
    { messageId: 8, offsetMs: 345, component: 'scheduler', text: 'The scheduler binds web-1 to w.', count: 1 },
    { messageId: 9, offsetMs: 350, component: 'apiserver', text: 'ADDED pod/web-1 → kubelet', count: 1 },
  ]);
});

it('begins with the last timer when it goes back to the start of a component', () => {
  const kcm = 'controller-manager@cp';
  const story = whyStory([
    cause(5, 60_000, kcm, 'apiserver@cp', 'PATCH nodes/w', 'It marks w NotReady.'),
    cause(4, 59_000, kcm, kcm, 'Timer'),
    cause(3, 54_000, kcm, kcm, 'Timer'),
    cause(2, -1000, kcm, kcm, 'Start'),
  ]);
  expect(story.full).toHaveLength(4);
  expect(story.short.map(({ messageId, offsetMs }) => [messageId, offsetMs])).toEqual([
    [4, 0],
    [5, 1000],
  ]);
});

it('gives what a watcher learns the colour of the watcher', () => {
  const chain = [cause(2, 5, 'apiserver@cp', 'scheduler@cp', 'ADDED pod/a', 'The scheduler hears of a.')];
  expect(whyStory(chain).short[0]?.component).toBe('scheduler');
  const refusal = [cause(2, 5, 'apiserver@cp', 'kubectl@laptop', '403 Forbidden', 'The API server answers no.')];
  expect(whyStory(refusal).short[0]?.component).toBe('apiserver');
});

it('has no story for nothing', () => {
  expect(whyStory([])).toEqual({ start: 0, short: [], full: [] });
});

it('finds the fault behind a silence', () => {
  const kcm = 'controller-manager@cp';
  const story = whyStory([
    cause(5, 60_000, kcm, 'apiserver@cp', 'PATCH nodes/w2', 'It marks w2 NotReady.'),
    cause(4, 59_000, kcm, kcm, 'Timer'),
  ]);
  const fault = { at: 10_000, kind: 'fault', text: 'w2 has no power.' } as const;
  const machines = ['cp', 'w', 'w2'];
  expect(faultBehind(story, [fault], machines)).toBe(fault);
  expect(faultBehind(story, [fault, { at: 20_000, kind: 'heal', text: 'Healed.' }], machines)).toBeUndefined();
  expect(faultBehind(story, [{ ...fault, text: 'w has no power.' }], machines)).toBeUndefined();
  expect(faultBehind(story, [{ ...fault, at: 61_000 }], machines)).toBeUndefined();
  expect(faultBehind(whyStory(NEAREST_FIRST), [{ ...fault, at: 0 }], machines)).toBeUndefined();
});

it.each([
  [-50_130, '−50.1 s'],
  [0, '+0'],
  [3.4, '+3 ms'],
  [50_130, '+50.1 s'],
  [59_990, '+1:00.0'],
  [350_200, '+5:50.2'],
  [3_661_000, '+1:01:01'],
])('says %d ms as %s', (ms, text) => {
  expect(offsetText(ms)).toBe(text);
});
