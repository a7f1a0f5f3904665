import { expect, test } from 'vitest';
import type { Pod, PodDisruptionBudget } from '../../api/generated/types.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { podOf, World } from '../test-world.ts';
import { disruptionController } from './index.ts';

const budget = (spec: object, status?: object) =>
  ({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'b', namespace: 'default', generation: 1 },
    spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
    ...(status && { status }),
  }) as PodDisruptionBudget;
const status = (world: World) => world.get<PodDisruptionBudget>('PodDisruptionBudget', 'default', 'b')?.status;

function worldWith(replicas: number, spec: object, ready = replicas): World {
  const world = new World([disruptionController]);
  const metadata = { name: 'web', namespace: 'default' };
  const owner = (of: KubernetesObject) => [
    { apiVersion: 'apps/v1', kind: of.kind, name: 'web', uid: of.metadata.uid, controller: true },
  ];
  const deployment = world.put({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: { replicas },
  } as KubernetesObject);
  const set = world.put({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { ...metadata, ownerReferences: owner(deployment) },
    spec: { replicas: 1 },
  } as KubernetesObject);
  for (let i = 0; i < replicas; i++) {
    world.put(
      podOf(`web-${i}`, { node: 'a', ip: `10.0.0.${i}`, ready: i < ready, metadata: { ownerReferences: owner(set) } }),
    );
  }
  world.put(budget(spec));
  world.run();
  return world;
}

test.each<[object, number, number, [number, number, number, number]]>([
  [{ minAvailable: 2 }, 3, 3, [3, 2, 3, 1]],
  [{ minAvailable: '50%' }, 7, 7, [7, 4, 7, 3]],
  [{ maxUnavailable: 1 }, 3, 3, [3, 2, 3, 1]],
  [{ maxUnavailable: '30%' }, 7, 7, [7, 4, 7, 3]],
  [{ maxUnavailable: 5 }, 3, 3, [3, 0, 3, 3]],
  [{ minAvailable: 2 }, 3, 1, [3, 2, 1, 0]],
])(
  '%j of %i pods, %i ready',
  (spec, replicas, ready, [expectedPods, desiredHealthy, currentHealthy, disruptionsAllowed]) => {
    const world = worldWith(replicas, spec, ready);
    expect(status(world)).toMatchObject({
      expectedPods,
      desiredHealthy,
      currentHealthy,
      disruptionsAllowed,
      observedGeneration: 1,
    });
    const isAllowed = disruptionsAllowed > 0;
    expect(status(world)?.conditions).toEqual([
      {
        type: 'DisruptionAllowed',
        status: isAllowed ? 'True' : 'False',
        reason: isAllowed ? 'SufficientPods' : 'InsufficientPods',
        message: '',
        observedGeneration: 1,
        lastTransitionTime: '2026-01-01T00:00:00Z',
      },
    ]);
    expect(world.again(disruptionController, 'default/b')).toEqual([]);
  },
);

test('without pods nothing is allowed', () => {
  const world = worldWith(0, { minAvailable: 0 });
  expect(status(world)).toMatchObject({ expectedPods: 0, disruptionsAllowed: 0 });
  expect(world.events[0]).toBe('NoPods PodDisruptionBudget/b No matching pods found');
});

test('follows its pods', () => {
  const world = worldWith(3, { minAvailable: 2 });
  const pod = world.get<Pod>('Pod', 'default', 'web-0') as Pod;
  world.put({ ...pod, metadata: { ...pod.metadata, deletionTimestamp: 'x' } });
  world.run();
  expect(status(world)).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 0 });
  world.remove(world.get('Pod', 'default', 'web-0') as Pod);
  world.run();
  expect(status(world)).toMatchObject({ expectedPods: 2, currentHealthy: 2 });
});

test('an evicted pod that does not go counts again after 2 minutes', () => {
  const world = worldWith(3, { minAvailable: 2 });
  const old = world.get<PodDisruptionBudget>('PodDisruptionBudget', 'default', 'b') as PodDisruptionBudget;
  world.put({
    ...old,
    status: { ...old.status, disruptionsAllowed: 0, disruptedPods: { 'web-1': '2026-01-01T00:00:00Z' } },
  } as PodDisruptionBudget);
  world.run();
  expect(status(world)).toMatchObject({
    currentHealthy: 2,
    disruptionsAllowed: 0,
    disruptedPods: { 'web-1': '2026-01-01T00:00:00Z' },
  });
  world.advance(120_000);
  expect(status(world)).toMatchObject({ currentHealthy: 3, disruptionsAllowed: 1 });
  expect(status(world)?.disruptedPods).toBeUndefined();
  expect(world.events).toEqual(["NotDeleted Pod/web-1 Pod was expected by PDB default/b to be deleted but it wasn't"]);
});

test('owners that cannot be scaled make it fail safe', () => {
  const world = worldWith(0, { maxUnavailable: 1 });
  const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'd', uid: 'u', controller: true }];
  world.put(podOf('agent', { node: 'a', ip: '10.0.0.9', metadata: { ownerReferences } }));
  world.run();
  expect(status(world)?.conditions?.[0]).toMatchObject({
    status: 'False',
    reason: 'SyncFailed',
    message: 'daemonsets.apps does not implement the scale subresource',
  });
});

test('an announced disruption that never came is taken back', () => {
  const world = worldWith(1, { minAvailable: 1 });
  const pod = world.get<Pod>('Pod', 'default', 'web-0') as Pod;
  const target = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    lastTransitionTime: '2026-01-01T00:00:00Z',
  };
  const doomed = { ...pod, status: { ...pod.status, conditions: [...(pod.status?.conditions ?? []), target] } };
  world.put(doomed);
  world.advance(119_000);
  const current = () => world.get<Pod>('Pod', 'default', 'web-0')?.status?.conditions?.[1]?.status;
  expect(current()).toBe('True');
  world.advance(1_000);
  expect(current()).toBe('False');
  // It was there before the controller was, whose clock goes back besides.
  world.remove(pod);
  world.skew = -60_000;
  world.put(doomed);
  world.skew = -90_000;
  world.advance(60_000);
  expect(current()).toBe('True');
  world.advance(30_000);
  expect(current()).toBe('False');
});
