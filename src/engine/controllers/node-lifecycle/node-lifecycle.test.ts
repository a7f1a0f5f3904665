import { expect, test } from 'vitest';
import type { Lease, Node, NodeCondition, Pod } from '../../api/generated/types.ts';
import { toRFC3339Micro } from '../../api/time.ts';
import { nodeOf, podOf, World } from '../test-world.ts';
import { nodeLifecycleController } from './index.ts';

const renew = (world: World, name: string) =>
  world.put({
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name, namespace: 'kube-node-lease' },
    spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime: toRFC3339Micro(world.now) },
  } as Lease);

/** Lets time pass while these nodes renew their Leases every 10 s. */
function live(world: World, ms: number, ...nodes: string[]): void {
  for (let passed = 0; passed < ms; passed += 10_000) {
    for (const name of nodes) renew(world, name);
    world.advance(Math.min(10_000, ms - passed));
  }
}

const node = (world: World, name: string) => world.get<Node>('Node', '', name) as Node;
const ready = (world: World, name: string) => node(world, name).status?.conditions?.[0] as NodeCondition;
const taints = (world: World, name: string) =>
  (node(world, name).spec.taints ?? []).map(
    ({ key, effect }) => `${key.slice('node.kubernetes.io/'.length)}:${effect}`,
  );
const setReady = (world: World, name: string, status: string) => {
  const old = node(world, name);
  const conditions = [{ ...ready(world, name), status, lastHeartbeatTime: toRFC3339Micro(world.now) }];
  world.put({ ...old, status: { ...old.status, conditions } });
  world.run();
};

function worldWith(...names: string[]): World {
  const world = new World([nodeLifecycleController]);
  for (const name of names) world.put(nodeOf(name));
  world.start();
  live(world, 20_000, ...names);
  return world;
}

test('registers nodes, copies labels and is quiet while Leases are renewed', () => {
  const world = new World([nodeLifecycleController]);
  world.put(nodeOf('a', { labels: { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' } }));
  world.start();
  world.run();
  expect(world.events).toEqual(['RegisteredNode Node/a Node a event: Registered Node a in Controller']);
  expect(node(world, 'a').metadata.labels).toMatchObject({
    'beta.kubernetes.io/os': 'linux',
    'beta.kubernetes.io/arch': 'amd64',
  });
  const before = world.calls.length;
  live(world, 200_000, 'a');
  expect(world.calls.length).toBe(before);
  world.remove(node(world, 'a'));
  world.advance(5_000);
  expect(world.events.at(-1)).toBe('RemovingNode Node/a Node a event: Removing Node a from Controller');
});

test('a silent node: Unknown, pods not ready, both taints; and all the way back', () => {
  const world = worldWith('a', 'b');
  world.put(podOf('web-1', { node: 'b', ip: '10.244.1.2' }));
  world.events.length = 0;
  // The last renewal comes just after the pass at 10 s and is found by the one at 15 s.
  live(world, 64_000 - world.now, 'a');
  expect(ready(world, 'b').status).toBe('True');
  const calls = world.advance(1_200).map((what) => `${what.method} ${what.path}`);
  expect(ready(world, 'b')).toMatchObject({
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
  });
  expect(node(world, 'b').status?.conditions?.[1]).toMatchObject({
    type: 'MemoryPressure',
    status: 'Unknown',
    reason: 'NodeStatusNeverUpdated',
    message: 'Kubelet never posted node status.',
    lastHeartbeatTime: '2026-01-01T00:00:00Z',
  });
  expect(calls).toEqual([
    'PUT /api/v1/nodes/b/status',
    'PATCH /api/v1/nodes/b',
    'PUT /api/v1/namespaces/default/pods/web-1/status',
    'PATCH /api/v1/nodes/b',
  ]);
  expect(taints(world, 'b')).toEqual(['unreachable:NoSchedule', 'unreachable:NoExecute']);
  expect(world.events).toEqual([
    'NodeNotReady Node/b Node b status is now: NodeNotReady',
    'NodeNotReady Pod/web-1 Node is not ready',
  ]);
  expect(world.get<Pod>('Pod', 'default', 'web-1')?.status?.conditions?.[0]?.status).toBe('False');

  const quiet = world.calls.length;
  live(world, 40_000, 'a');
  expect(world.calls.length).toBe(quiet);

  renew(world, 'b');
  setReady(world, 'b', 'True');
  // NoSchedule goes at once, NoExecute with the next pass.
  expect(taints(world, 'b')).toEqual(['unreachable:NoExecute']);
  live(world, 5_000, 'a', 'b');
  expect(taints(world, 'b')).toEqual([]);
  const back = world.calls.length;
  live(world, 100_000, 'a', 'b');
  expect(world.calls.length).toBe(back);
});

test('a node that says itself that it is not ready: other taints, its pods keep theirs', () => {
  const world = worldWith('a', 'b');
  world.put(podOf('web-1', { node: 'b', ip: '10.244.1.2' }));
  setReady(world, 'b', 'False');
  expect(taints(world, 'b')).toEqual(['not-ready:NoSchedule']);
  live(world, 10_000, 'a', 'b');
  expect(taints(world, 'b')).toEqual(['not-ready:NoSchedule', 'not-ready:NoExecute']);
  expect(world.get<Pod>('Pod', 'default', 'web-1')?.status?.conditions?.[0]?.status).toBe('True');
  // It falls silent: the taints change places.
  live(world, 60_000, 'a');
  expect(taints(world, 'b').sort()).toEqual(['unreachable:NoExecute', 'unreachable:NoSchedule']);
});

test('a kubelet that never reported has 60 s from its creation', () => {
  const world = worldWith('a');
  const created = world.now;
  world.put({ ...nodeOf('b'), status: {} } as Node);
  live(world, 55_000, 'a');
  expect(node(world, 'b').status?.conditions).toBeUndefined();
  live(world, 10_000, 'a');
  expect(ready(world, 'b')).toMatchObject({ status: 'Unknown', reason: 'NodeStatusNeverUpdated' });
  expect(world.now - created).toBe(65_000);
});

test('conditions and cordons become NoSchedule taints, and go again', () => {
  const world = worldWith('a');
  const old = node(world, 'a');
  const pressure = { type: 'MemoryPressure', status: 'True' };
  const conditions = [...(old.status?.conditions ?? []), pressure];
  world.put({ ...old, spec: { unschedulable: true }, status: { conditions } } as Node);
  world.run();
  expect(taints(world, 'a')).toEqual(['memory-pressure:NoSchedule', 'unschedulable:NoSchedule']);
  expect(world.again(nodeLifecycleController, 'schedule/a')).toEqual([]);
  world.put({ ...node(world, 'a'), spec: { taints: node(world, 'a').spec.taints }, status: old.status } as Node);
  world.run();
  expect(taints(world, 'a')).toEqual([]);
});

test('one node per 10 s gets the NoExecute taint', () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const world = worldWith(...names);
  const doomed = () => ['d', 'e'].filter((name) => taints(world, name).includes('unreachable:NoExecute'));
  live(world, 46_000, 'a', 'b', 'c');
  expect(['d', 'e'].map((name) => ready(world, name).status)).toEqual(['Unknown', 'Unknown']);
  expect(doomed()).toEqual(['d']);
  world.advance(8_000);
  expect(doomed()).toEqual(['d']);
  world.advance(2_000);
  expect(doomed()).toEqual(['d', 'e']);
});

test('3 of 4 nodes down: a small zone is not evicted any further', () => {
  const world = worldWith('a', 'b', 'c', 'd');
  live(world, 120_000, 'a');
  expect(ready(world, 'd').status).toBe('Unknown');
  expect(['b', 'c', 'd'].filter((name) => taints(world, name).includes('unreachable:NoExecute'))).toEqual([]);
});

test('all nodes down: no evictions, and the taints go', () => {
  const world = worldWith('a', 'b');
  live(world, 60_000, 'a');
  expect(taints(world, 'b')).toContain('unreachable:NoExecute');
  world.advance(60_000);
  expect(ready(world, 'a').status).toBe('Unknown');
  expect(taints(world, 'a')).toEqual(['unreachable:NoSchedule']);
  expect(taints(world, 'b')).toEqual(['unreachable:NoSchedule']);
  // One comes back: the other is tainted again.
  renew(world, 'a');
  setReady(world, 'a', 'True');
  live(world, 20_000, 'a');
  expect(taints(world, 'a')).toEqual([]);
  expect(taints(world, 'b')).toEqual(['unreachable:NoSchedule', 'unreachable:NoExecute']);
});

test('a conflict is tried again', () => {
  const world = worldWith('a', 'b');
  let failures = 1;
  world.intercept = (what) => (what.method === 'PUT' && failures-- > 0 ? { status: 409 } : undefined);
  live(world, 60_000, 'a');
  expect(ready(world, 'b').status).toBe('Unknown');
  expect(taints(world, 'b')).toEqual(['unreachable:NoSchedule', 'unreachable:NoExecute']);
});
