import { expect, it } from 'vitest';
import type { MessageView, Traffic } from '../../../engine/door.ts';
import { EVERYTHING, filtered, visibleRows } from './filter.ts';

const message = (
  id: number,
  from: string,
  to: string,
  traffic: Traffic,
  label: string,
  objects?: string[],
): MessageView => ({
  id,
  from,
  to,
  sentAt: id,
  dueAt: id + 1,
  cause: 0,
  periodic: false,
  traffic,
  label,
  objects,
});

const ALL = [
  message(1, 'kubectl@laptop', 'apiserver@cp', 'request', 'POST pods', ['Pod/default/web-1']),
  message(2, 'apiserver@cp', 'etcd@cp', 'etcd', 'Txn put /registry/pods/default/web-1'),
  message(3, 'apiserver@cp', 'kubelet@kind-worker', 'watch', 'ADDED pod/web-1'),
];

const ids = (filter: object): number[] => filtered(ALL, { ...EVERYTHING, ...filter }).map(({ id }) => id);

it('filters by either end, by kind, and by text anywhere', () => {
  expect(ids({ component: 'kubelet' })).toEqual([3]);
  expect(ids({ component: 'apiserver' })).toEqual([1, 2, 3]);
  expect(ids({ traffic: 'etcd' })).toEqual([2]);
  expect(ids({ text: 'KIND-WORKER' })).toEqual([3]);
  expect(ids({ text: 'default/web-1', component: 'kubectl' })).toEqual([1]);
  expect(ids({ text: 'nowhere' })).toEqual([]);
});

it('makes no new list when nothing is filtered', () => {
  expect(filtered(ALL, EVERYTHING)).toBe(ALL);
});

it('knows the rows that can be seen', () => {
  expect(visibleRows(1000, 0, 100, 20)).toEqual([0, 9]);
  expect(visibleRows(1000, 2000, 100, 20)).toEqual([96, 109]);
  expect(visibleRows(3, 0, 100, 20)).toEqual([0, 3]);
  expect(visibleRows(3, 500, 100, 20)).toEqual([3, 3]);
});
