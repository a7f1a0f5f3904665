import { expect, test } from 'vitest';
import type { OwnerReference } from '../../api/generated/types.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { nodeOf, World } from '../test-world.ts';
import { garbageCollector } from './index.ts';

const ownedBy = (owner: KubernetesObject, more: Partial<OwnerReference> = {}): OwnerReference => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.metadata.name,
  uid: owner.metadata.uid as string,
  controller: true,
  blockOwnerDeletion: true,
  ...more,
});
const object = (kind: string, name: string, ...owners: OwnerReference[]): KubernetesObject => ({
  apiVersion:
    kind === 'Pod' || kind === 'ConfigMap' ? 'v1' : kind === 'Role' ? 'rbac.authorization.k8s.io/v1' : 'apps/v1',
  kind,
  metadata: { name, namespace: 'default', ...(owners.length > 0 && { ownerReferences: owners }) },
});

function family() {
  const world = new World([garbageCollector]);
  const deployment = world.put(object('Deployment', 'web'));
  const replicaSet = world.put(object('ReplicaSet', 'web-1', ownedBy(deployment)));
  const pods = ['p', 'q'].map((name) => world.put(object('Pod', name, ownedBy(replicaSet))));
  const names = () =>
    ['Deployment', 'ReplicaSet', 'Pod'].flatMap((kind) => world.list(kind).map((one) => one.metadata.name));
  expect(world.run()).toEqual([]);
  return { world, deployment, replicaSet, pods, names };
}

const remove = (world: World, path: string, propagationPolicy: string) =>
  world.answer({ method: 'DELETE', path, body: { propagationPolicy } });
const DEPLOYMENT = '/apis/apps/v1/namespaces/default/deployments/web';

test('background: the owner goes at once, its dependents after it', () => {
  const { world, names } = family();
  remove(world, DEPLOYMENT, 'Background');
  expect(names()).toEqual(['web-1', 'p', 'q']);
  const calls = world.run();
  expect(calls.map((what) => `${what.method} ${what.path.split('/').slice(-2).join('/')}`)).toEqual([
    'DELETE replicasets/web-1',
    'DELETE pods/p',
    'DELETE pods/q',
  ]);
  expect(calls[0]?.body).toMatchObject({ propagationPolicy: 'Background', preconditions: { uid: 'uid-2' } });
  expect(names()).toEqual([]);
});

test('foreground: the owner waits for all that block it, level by level', () => {
  const { world, names } = family();
  remove(world, DEPLOYMENT, 'Foreground');
  expect(names()).toHaveLength(4);
  const calls = world.run().map((what) => `${what.method} ${what.path.split('/').slice(-2).join('/')}`);
  expect(calls).toEqual([
    'DELETE replicasets/web-1',
    'DELETE pods/p',
    'DELETE pods/q',
    'PATCH replicasets/web-1',
    'PATCH deployments/web',
  ]);
  expect(names()).toEqual([]);
});

test('foreground: a dependent that is slow to go holds its owner, one that does not block does not', () => {
  const { world, replicaSet } = family();
  const held = object('Pod', 'held', ownedBy(replicaSet));
  const slow = world.put({ ...held, metadata: { ...held.metadata, finalizers: ['x/y'] } });
  remove(world, '/apis/apps/v1/namespaces/default/replicasets/web-1', 'Foreground');
  world.run();
  expect(world.get('ReplicaSet', 'default', 'web-1')?.metadata.finalizers).toEqual(['foregroundDeletion']);
  expect(world.list('Pod').map((pod) => pod.metadata.name)).toEqual(['held']);
  world.remove(slow);
  world.run();
  expect(world.get('ReplicaSet', 'default', 'web-1')).toBeUndefined();

  const other = family();
  const free = object('Pod', 'free', ownedBy(other.replicaSet, { blockOwnerDeletion: false }));
  other.world.put({ ...free, metadata: { ...free.metadata, finalizers: ['x/y'] } });
  remove(other.world, '/apis/apps/v1/namespaces/default/replicasets/web-1', 'Foreground');
  other.world.run();
  expect(other.world.get('ReplicaSet', 'default', 'web-1')).toBeUndefined();
});

test('orphan: dependents lose the reference and stay', () => {
  const { world, names } = family();
  remove(world, DEPLOYMENT, 'Orphan');
  world.run();
  expect(names()).toEqual(['web-1', 'p', 'q']);
  expect(world.get('ReplicaSet', 'default', 'web-1')?.metadata.ownerReferences).toEqual([]);
  expect(world.again(garbageCollector, 'delete|replicasets|default/web-1')).toEqual([]);
});

test('one owner remains: only the dangling reference goes', () => {
  const { world, replicaSet } = family();
  const other = world.put(object('ConfigMap', 'cm'));
  world.put(object('Pod', 'shared', ownedBy(replicaSet), ownedBy(other, { controller: false })));
  world.run();
  world.remove(replicaSet);
  world.run();
  expect(world.list('Pod').map((pod) => pod.metadata.name)).toEqual(['shared']);
  expect(world.get('Pod', 'default', 'shared')?.metadata.ownerReferences).toHaveLength(1);
});

test('an owner that the caches do not know is looked up before anything is deleted', () => {
  const world = new World([garbageCollector]);
  const role = world.put(object('Role', 'r'));
  world.put(object('ConfigMap', 'a', ownedBy(role)));
  world.put(object('ConfigMap', 'b', ownedBy(role, { uid: 'another' })));
  world.put(object('ConfigMap', 'c', { ...ownedBy(role), kind: 'Widget', apiVersion: 'example.com/v1' }));
  expect(world.run().map((what) => `${what.method} ${what.path.split('/').slice(-2).join('/')}`)).toEqual([
    'GET roles/r',
    'GET roles/r',
    'DELETE configmaps/b',
  ]);
});

test('an error while verifying is no proof of absence', () => {
  const world = new World([garbageCollector]);
  world.intercept = (what) => (what.method === 'GET' ? { status: 500 } : undefined);
  world.put(object('Pod', 'p', { ...ownedBy(object('ReplicaSet', 'web-1')), uid: 'u' }));
  world.run();
  expect(world.errors).toEqual(['500']);
  expect(world.list('Pod')).toHaveLength(1);
  world.intercept = () => undefined;
  world.advance(5);
  expect(world.list('Pod')).toHaveLength(0);
});

test("a node's Lease and mirror pods go with it", () => {
  const world = new World([garbageCollector]);
  const node = world.put(nodeOf('a'));
  const metadata = { name: 'a', namespace: 'kube-node-lease', ownerReferences: [ownedBy(node)] };
  world.put({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata });
  world.put(object('Pod', 'etcd-a', ownedBy(node)));
  world.run();
  world.remove(node);
  world.run();
  expect(world.list('Lease')).toEqual([]);
  expect(world.list('Pod')).toEqual([]);
});
