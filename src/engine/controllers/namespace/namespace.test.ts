import { expect, test } from 'vitest';
import type { Namespace, Pod } from '../../api/generated/types.ts';
import { podOf, World } from '../test-world.ts';
import { namespaceController } from './index.ts';

function worldWith(): World {
  const world = new World([namespaceController]);
  const spec = { finalizers: ['kubernetes'] };
  world.put({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'default' },
    spec,
    status: { phase: 'Active' },
  } as Namespace);
  world.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cm', namespace: 'default' } });
  world.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cm', namespace: 'other' } });
  expect(world.run()).toEqual([]);
  return world;
}

const end = (world: World) => world.answer({ method: 'DELETE', path: '/api/v1/namespaces/default' });
const conditions = (world: World) =>
  world
    .get<Namespace>('Namespace', '', 'default')
    ?.status?.conditions?.filter((condition) => condition.status === 'True')
    .map(({ type, reason, message }) => `${type} ${reason}: ${message}`);

test('an ending namespace is emptied 5 s later, and goes', () => {
  const world = worldWith();
  end(world);
  expect(world.get<Namespace>('Namespace', '', 'default')?.status?.phase).toBe('Terminating');
  world.advance(4_999);
  expect(world.list('ConfigMap')).toHaveLength(2);
  const calls = world.advance(1).map((what) => `${what.method} ${what.path}`);
  expect(calls.slice(0, 2)).toEqual(['DELETE /api/v1/namespaces/default/pods', 'GET /api/v1/namespaces/default/pods']);
  expect(calls).toContain('DELETE /apis/apps/v1/namespaces/default/deployments');
  expect(calls.slice(-2)).toEqual(['PUT /api/v1/namespaces/default/status', 'PUT /api/v1/namespaces/default/finalize']);
  expect(world.get('Namespace', '', 'default')).toBeUndefined();
  expect(world.list('ConfigMap').map((object) => object.metadata.namespace)).toEqual(['other']);
});

test('pods go first: nothing else is deleted while one remains', () => {
  const world = worldWith();
  const spec = { terminationGracePeriodSeconds: 30 };
  world.put(podOf('p', { node: 'a', ip: '10.244.1.2', spec }));
  end(world);
  world.advance(5_000);
  expect(world.list('ConfigMap')).toHaveLength(2);
  expect(conditions(world)).toEqual([
    'NamespaceContentRemaining SomeResourcesRemain: Some resources are remaining: pods. has 1 resource instances',
  ]);
  // The kubelet confirms; the namespace is looked at again 5 s after its own change and at half the grace and a second.
  world.remove(world.get<Pod>('Pod', 'default', 'p') as Pod);
  world.advance(16_000);
  expect(world.get('Namespace', '', 'default')).toBeUndefined();
  expect(world.list('ConfigMap')).toHaveLength(1);
});

test('finalizers of its content hold it', () => {
  const world = worldWith();
  const metadata = { name: 'held', namespace: 'default', finalizers: ['example.com/hold'] };
  const held = world.put({ apiVersion: 'v1', kind: 'Secret', metadata });
  end(world);
  world.advance(5_000);
  expect(conditions(world)).toEqual([
    'NamespaceContentRemaining SomeResourcesRemain: Some resources are remaining: secrets. has 1 resource instances',
    'NamespaceFinalizersRemaining SomeFinalizersRemain: Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
  ]);
  world.advance(60_000);
  expect(world.get('Namespace', '', 'default')).toBeDefined();
  world.remove(held);
  world.advance(8_000);
  expect(world.get('Namespace', '', 'default')).toBeUndefined();
});

test('what cannot be deleted is told', () => {
  const world = worldWith();
  world.intercept = (what) => (what.path.endsWith('/secrets') ? { status: 500, body: { message: 'no' } } : undefined);
  end(world);
  world.advance(5_000);
  expect(conditions(world)).toEqual([
    'NamespaceDeletionContentFailure ContentDeletionFailed: Failed to delete all resource types, 1 remaining: no',
  ]);
  world.intercept = () => undefined;
  world.advance(8_000);
  expect(world.get('Namespace', '', 'default')).toBeUndefined();
});
