import { expect, test } from 'vitest';
import type { Pod, Toleration } from '../../api/generated/types.ts';
import { nodeOf, podOf, World } from '../test-world.ts';
import { taintEvictionController } from './index.ts';

const tainted = (...keys: string[]) =>
  nodeOf('a', { spec: { taints: keys.map((key) => ({ key, effect: 'NoExecute' })) } });
const tolerant = (...tolerations: Toleration[]) => podOf('p', { node: 'a', ip: '10.244.1.2', spec: { tolerations } });
const for300 = (key: string): Toleration => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 });
const UNREACHABLE = 'node.kubernetes.io/unreachable';
const NOT_READY = 'node.kubernetes.io/not-ready';

function worldWith(pod: Pod): World {
  const world = new World([taintEvictionController]);
  world.put(nodeOf('a'));
  world.put(pod);
  world.run();
  return world;
}

test('a pod goes when its toleration is over: event, condition, deletion', () => {
  const world = worldWith(tolerant(for300(NOT_READY), for300(UNREACHABLE)));
  world.put(tainted(UNREACHABLE));
  expect(world.advance(299_999)).toEqual([]);
  expect([...world.timers.values()].map((timer) => timer.periodic)).toEqual([false]);
  const calls = world.advance(1).map((what) => `${what.method} ${what.path}`);
  expect(calls).toEqual(['PATCH /api/v1/namespaces/default/pods/p/status', 'DELETE /api/v1/namespaces/default/pods/p']);
  expect(world.events).toEqual(['TaintManagerEviction Pod/p Marking for deletion Pod default/p']);
  const pod = world.get<Pod>('Pod', 'default', 'p');
  expect(pod?.metadata.deletionTimestamp).toBe('2026-01-01T00:05:00Z');
  expect(pod?.status?.conditions?.find((condition) => condition.type === 'DisruptionTarget')).toMatchObject({
    status: 'True',
    reason: 'DeletionByTaintManager',
    message: 'Taint manager: deleting due to NoExecute taint',
  });
  expect(world.again(taintEvictionController, 'default/p')).toEqual([]);
});

test.each<[string, Toleration[], number]>([
  ['without toleration', [], 0],
  ['zero seconds', [{ ...for300(UNREACHABLE), tolerationSeconds: 0 }], 0],
  ['negative seconds', [{ ...for300(UNREACHABLE), tolerationSeconds: -5 }], 0],
  ['everything, for ever', [{ operator: 'Exists' }], Number.POSITIVE_INFINITY],
  ['another effect', [{ key: UNREACHABLE, operator: 'Exists', effect: 'NoSchedule' }], 0],
  ['value does not match', [{ key: UNREACHABLE, value: 'x' }], 0],
  ['user-set time', [{ ...for300(UNREACHABLE), tolerationSeconds: 7 }], 7_000],
])('%s', (_title, tolerations, afterMs) => {
  const world = worldWith(tolerant(...tolerations));
  world.put(tainted(UNREACHABLE));
  const deletions = () => world.calls.filter((what) => what.method === 'DELETE').length;
  if (afterMs === Number.POSITIVE_INFINITY) {
    world.advance(1_000_000);
    expect(deletions()).toBe(0);
    return;
  }
  if (afterMs > 0) world.advance(afterMs - 1);
  expect(deletions()).toBe(0);
  world.advance(1);
  expect(deletions()).toBe(1);
});

test('the shortest of several tolerations counts', () => {
  const world = worldWith(tolerant(for300(UNREACHABLE), { key: 'gone', operator: 'Exists', tolerationSeconds: 20 }));
  world.put(tainted(UNREACHABLE, 'gone'));
  world.advance(20_000);
  expect(world.calls.map((what) => what.method)).toEqual(['PATCH', 'DELETE']);
});

test('the timer is kept when not-ready turns into unreachable, and cancelled when the taint goes', () => {
  const world = worldWith(tolerant(for300(NOT_READY), for300(UNREACHABLE)));
  world.put(tainted(NOT_READY));
  world.advance(200_000);
  world.put(tainted(UNREACHABLE));
  world.advance(50_000);
  world.put(nodeOf('a'));
  expect(world.events).toEqual(['TaintManagerEviction Pod/p Cancelling deletion of Pod default/p']);
  expect(world.advance(1_000_000)).toEqual([]);
  world.put(tainted(NOT_READY));
  world.advance(250_000);
  world.put(tainted(UNREACHABLE));
  world.advance(50_000);
  expect(world.calls.map((what) => what.method)).toEqual(['PATCH', 'DELETE']);
});

test('a pod that is bound to a tainted node meets its taints', () => {
  const world = worldWith(podOf('q'));
  world.put(tainted('gone'));
  world.put(podOf('q', { node: 'a', ip: '10.244.1.3' }));
  world.run();
  expect(world.calls.map((what) => what.method)).toEqual(['PATCH', 'DELETE']);
});
