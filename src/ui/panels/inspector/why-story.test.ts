import { expect, it } from 'vitest';
import type { Cause } from '../../../engine/door.ts';
import { folded, offsetText, whyStory } from './why-story.ts';

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

it('tells the chain nearest first, with times since its beginning', () => {
  const { full } = whyStory(NEAREST_FIRST);
  expect(full.map(({ messageId, offsetMs }) => [messageId, offsetMs])).toEqual([
    [9, 350],
    [8, 345],
    [7, 340],
    [6, 330],
    [5, 320],
    [4, 310],
    [1, 0],
  ]);
});

it('keeps sentences and both ends in the short form, merges repetition, and names who acted', () => {
  expect(whyStory(NEAREST_FIRST).short).toMatchObject([
    { messageId: 9, offsetMs: 350, component: 'apiserver', text: 'ADDED pod/web-1', count: 1 },
    { messageId: 8, offsetMs: 345, component: 'scheduler', text: 'The scheduler binds web-1 to w.', count: 1 },
    { messageId: 5, component: 'apiserver', text: 'The ReplicaSet controller creates pod web-1.', count: 2 },
    { messageId: 1, offsetMs: 0, component: 'user', text: 'kubectl apply', count: 1 },
  ]);
});

it('says where the chain ends and what else asked for the same', () => {
  const far = { ...cause(1, 0, 'kubelet@w', 'kubelet@w', 'Timer'), end: 'timer', everyMs: 10_000 } as const;
  const near = { ...cause(2, 5, 'kubelet@w', 'apiserver@cp', 'PUT leases/w'), also: [7, 8] };
  expect(whyStory([near, far]).short).toMatchObject([{ also: 2 }, { end: 'timer', everyMs: 10_000 }]);
});

it('gives what members of etcd do among themselves, and their end, the colour of etcd', () => {
  const chain = [
    cause(3, 9, 'etcd@cp', 'containerd@cp', 'exited', 'etcd on cp has ended with exit code 137.'),
    cause(2, 5, 'etcd@cp2', 'etcd@cp', 'Vote term 3', 'etcd on cp votes for etcd on cp2.'),
  ];
  expect(whyStory(chain).short.map(({ component }) => component)).toEqual(['etcd', 'etcd']);
});

it('sees through the load balancer', () => {
  const chain = [
    cause(7, 60, 'load-balancer@lb', 'kubelet@w', 'ADDED pod/a', 'The kubelet hears of a.'),
    cause(6, 55, 'apiserver@cp', 'load-balancer@lb', 'ADDED pod/a', 'The kubelet hears of a.'),
    cause(5, 50, 'etcd@cp', 'apiserver@cp', 'watch rev 7', 'The kubelet reports a Ready.'),
    cause(4, 40, 'apiserver@cp', 'etcd@cp', 'Txn put /registry/pods/default/a'),
    cause(3, 30, 'load-balancer@lb', 'apiserver@cp', 'PATCH pods/a/status', 'The kubelet tells of a.'),
    cause(2, 20, 'kubelet@w', 'load-balancer@lb', 'PATCH pods/a/status'),
  ];
  expect(whyStory(chain).full.map(({ component }) => component)).toEqual([
    'kubelet',
    'kubelet',
    'kubelet',
    'apiserver',
    'kubelet',
    'kubelet',
  ]);
});

it('gives what a watcher learns the colour of the watcher', () => {
  const chain = [cause(2, 5, 'apiserver@cp', 'scheduler@cp', 'ADDED pod/a', 'The scheduler hears of a.')];
  expect(whyStory(chain).short[0]?.component).toBe('scheduler');
  const refusal = [cause(2, 5, 'apiserver@cp', 'kubectl@laptop', '403 Forbidden', 'The API server answers no.')];
  expect(whyStory(refusal).short[0]?.component).toBe('apiserver');
});

it('has no story for nothing', () => {
  expect(whyStory([])).toEqual({ short: [], full: [] });
});

it('leaves out the middle of a long story', () => {
  const lines = Array.from({ length: 40 }, (_, i) => i);
  expect(folded(lines)).toEqual({ near: lines.slice(0, 9), hidden: 28, far: [37, 38, 39] });
  expect(folded(lines.slice(0, 14))).toEqual({ near: lines.slice(0, 14), hidden: 0, far: [] });
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
