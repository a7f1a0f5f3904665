import { expect, test } from 'vitest';
import type { Node, Pod } from '../api/generated/types.ts';
import type { ClusterEvent } from './events.ts';
import { SchedulingQueue } from './queue.ts';

const podNamed = (name: string, spec: Partial<Pod['spec']> = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: { containers: [], ...spec },
});
const nodeAdded: ClusterEvent = {
  type: 'nodeAdded',
  node: { apiVersion: 'v1', kind: 'Node', metadata: { name: 'a' }, spec: {} } as Node,
};
const queueWith = (hint = (_plugin: string, _event: ClusterEvent) => true) =>
  new SchedulingQueue({
    initialBackoffMs: 1000,
    maxBackoffMs: 10_000,
    gateOf: (pod) => (pod.spec.schedulingGates?.length ? 'gated' : undefined),
    hint,
  });
const order = (queue: SchedulingQueue) => {
  const names: string[] = [];
  for (let item = queue.pop(); item; item = queue.pop()) names.push(item.pod.metadata.name!);
  return names;
};

test('higher priority goes first, then who came first', () => {
  const queue = queueWith();
  queue.add(podNamed('late'), 20, 0);
  queue.add(podNamed('early'), 10, 0);
  queue.add(podNamed('high', { priority: 5 }), 30, 0);
  queue.add(podNamed('twin'), 20, 0);
  expect(queue.listed('active', 3).map(({ pod }) => pod.metadata.name)).toEqual(['high', 'early', 'late']);
  expect(order(queue)).toEqual(['high', 'early', 'late', 'twin']);
});

test('back-off doubles from 1 s to 10 s and ends at a whole second', () => {
  const queue = queueWith();
  queue.add(podNamed('web'), 0, 0);
  const item = queue.pop()!;
  const ends = [0, 1, 2, 3, 4, 5, 6].map((refusals) => queue.backoffEnd({ ...item, refusals, timestamp: 300 }));
  expect(ends).toEqual([0, 1000, 2000, 4000, 8000, 10_000, 10_000]);
});

test('a refused pod waits for an event that one of its refusers asks for, and no other', () => {
  const seen: string[] = [];
  const queue = queueWith((plugin, event) => {
    seen.push(`${plugin} ${event.type}`);
    return plugin === 'TaintToleration';
  });
  queue.add(podNamed('web'), 0, 0);
  queue.addUnschedulable(queue.pop()!, ['NodeAffinity', 'TaintToleration'], 100);
  expect(queue.counts()).toEqual({ active: 0, backoff: 0, errorBackoff: 0, unschedulable: 1 });
  queue.move({ type: 'podAdded', pod: podNamed('other') }, 200, 0);
  expect(seen).toEqual([]);
  queue.move(nodeAdded, 200, 7);
  expect(seen).toEqual(['NodeAffinity nodeAdded', 'TaintToleration nodeAdded']);
  // Still backing off, but taken all the same when nobody else waits.
  expect(queue.counts().backoff).toBe(1);
  expect(queue.pop()).toMatchObject({ key: 'default/web', attempts: 2, cause: 7 });
});

test('the back-off ends at the flush after its second', () => {
  const queue = queueWith();
  queue.add(podNamed('web'), 0, 0);
  queue.addUnschedulable(queue.pop()!, ['NodeAffinity'], 300);
  queue.move(nodeAdded, 400, 0);
  queue.flushBackoff(1000);
  expect(queue.counts().backoff).toBe(1);
  queue.flushBackoff(2000);
  expect(queue.counts()).toMatchObject({ backoff: 0, active: 1 });
});

test('an error is tried again after its back-off only, without an event', () => {
  const queue = queueWith();
  queue.add(podNamed('web'), 0, 0);
  queue.addError(queue.pop()!, 300);
  expect(queue.pop()).toBeUndefined();
  queue.flushBackoff(2000);
  expect(queue.pop()).toMatchObject({ errors: 1 });
});

test('after five minutes a pod is tried again whatever refused it', () => {
  const queue = queueWith(() => false);
  queue.add(podNamed('web'), 0, 0);
  queue.addUnschedulable(queue.pop()!, ['NodeAffinity'], 1000);
  queue.flushLeftover(301_000, 0);
  expect(queue.hasReady()).toBe(false);
  queue.flushLeftover(330_000, 0);
  expect(queue.counts().active).toBe(1);
});

test('a gated pod stays out of the active queue until its gates are gone', () => {
  const queue = queueWith();
  const gated = podNamed('web', { schedulingGates: [{ name: 'x' }] });
  queue.add(gated, 0, 0);
  queue.move(nodeAdded, 0, 0);
  queue.flushLeftover(400_000, 0);
  expect(queue.hasReady()).toBe(false);
  expect(queue.get('default/web')).toMatchObject({ gate: 'gated', place: 'unschedulable' });
  queue.update(gated, podNamed('web'), 500_000, 0);
  expect(queue.pop()).not.toHaveProperty('gate');
});

test('a deleted pod is forgotten wherever it waits', () => {
  const queue = queueWith();
  for (const name of ['a', 'b', 'c', 'd']) queue.add(podNamed(name), 0, 0);
  queue.addUnschedulable(queue.pop()!, ['NodeAffinity'], 0);
  queue.addError(queue.pop()!, 0);
  for (const name of ['a', 'b', 'd']) queue.delete(`default/${name}`);
  expect(queue.pods().map(({ key }) => key)).toEqual(['default/c']);
  expect(queue.counts()).toEqual({ active: 1, backoff: 0, errorBackoff: 0, unschedulable: 0 });
});

test('a queue loaded from its dump goes on as the original', () => {
  const queue = queueWith();
  for (let i = 0; i < 9; i++) queue.add(podNamed(`p${i}`, { priority: i % 3 }), i, i);
  queue.addUnschedulable(queue.pop()!, ['NodeAffinity'], 10);
  queue.addError(queue.pop()!, 10);
  const copy = queueWith();
  copy.load(JSON.parse(JSON.stringify(queue.dump())));
  expect(copy.dump()).toEqual(queue.dump());
  for (const each of [queue, copy]) each.move(nodeAdded, 5000, 0);
  expect(order(copy)).toEqual(order(queue));
});
