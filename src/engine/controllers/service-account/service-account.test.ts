import { expect, test } from 'vitest';
import type { ConfigMap, Namespace } from '../../api/generated/types.ts';
import { World } from '../test-world.ts';
import { rootCAPublisher, serviceAccountController } from './index.ts';

const both = [serviceAccountController, rootCAPublisher];
const namespace = (name: string, metadata = {}) =>
  ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, ...metadata },
    spec: {},
    status: { phase: 'Active' },
  }) as Namespace;

test('a namespace gets its default account and root certificate, once', () => {
  const world = new World(both);
  world.put(namespace('shop'));
  expect(world.run().map((what) => `${what.method} ${what.path}`)).toEqual([
    'POST /api/v1/namespaces/shop/serviceaccounts',
    'POST /api/v1/namespaces/shop/configmaps',
  ]);
  expect(world.again(serviceAccountController, 'shop')).toEqual([]);
  expect(world.again(rootCAPublisher, 'shop')).toEqual([]);
});

test('both come back when they are deleted or changed', () => {
  const world = new World(both);
  world.put(namespace('shop'));
  world.run();
  const root = world.get<ConfigMap>('ConfigMap', 'shop', 'kube-root-ca.crt') as ConfigMap;
  world.put({ ...root, data: { 'ca.crt': 'other' } });
  world.remove(world.get('ServiceAccount', 'shop', 'default') as never);
  world.run();
  expect(world.get<ConfigMap>('ConfigMap', 'shop', 'kube-root-ca.crt')?.data).toEqual(root.data);
  expect(world.get('ServiceAccount', 'shop', 'default')).toBeDefined();
});

test('both are tried again when a quota refuses them', () => {
  const world = new World(both);
  world.put(namespace('shop'));
  world.intercept = ({ method }) =>
    method === 'POST' ? { status: 403, body: { message: 'exceeded quota' } } : undefined;
  world.run();
  world.intercept = () => undefined;
  world.advance(1000);
  expect(world.get('ServiceAccount', 'shop', 'default')).toBeDefined();
  expect(world.get('ConfigMap', 'shop', 'kube-root-ca.crt')).toBeDefined();
});

test('a namespace that ends gets neither, and other objects do not matter', () => {
  const world = new World(both);
  world.put(namespace('going', { deletionTimestamp: '2026-01-01T00:00:00Z' }));
  world.put({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'mine', namespace: 'shop' } });
  expect(world.run()).toEqual([]);
});
