import { expect, test } from 'vitest';
import type { Node } from '../../api/generated/types.ts';
import { nodeOf, World } from '../test-world.ts';
import { nodeIpamController } from './index.ts';

const cidrs = (world: World) =>
  Object.fromEntries(world.list<Node>('Node').map((node) => [node.metadata.name, node.spec.podCIDR]));

test('nodes get one block after the other', () => {
  const world = new World([nodeIpamController]);
  for (const name of ['cp', 'a', 'b']) world.put(nodeOf(name));
  world.run();
  expect(cidrs(world)).toEqual({ cp: '10.244.0.0/24', a: '10.244.1.0/24', b: '10.244.2.0/24' });
  expect(world.get<Node>('Node', '', 'a')?.spec.podCIDRs).toEqual(['10.244.1.0/24']);
  expect(world.again(nodeIpamController, 'cp', 'a', 'b')).toEqual([]);
});

test('a freed block comes back only after the range was gone through', () => {
  const world = new World([nodeIpamController], { clusterCIDR: '10.1.0.0/22' });
  for (const name of ['a', 'b', 'c']) world.put(nodeOf(name));
  world.run();
  world.remove(world.get('Node', '', 'a') as Node);
  world.put(nodeOf('d'));
  world.run();
  world.put(nodeOf('e'));
  world.run();
  expect(cidrs(world)).toEqual({ b: '10.1.1.0/24', c: '10.1.2.0/24', d: '10.1.3.0/24', e: '10.1.0.0/24' });
});

test('blocks of existing nodes and of Services are left alone', () => {
  const world = new World([nodeIpamController], { clusterCIDR: '10.1.0.0/22', serviceCIDR: '10.1.1.0/24' });
  world.put(nodeOf('old', { spec: { podCIDR: '10.1.0.0/24' } }));
  world.put(nodeOf('new'));
  world.run();
  expect(cidrs(world).new).toBe('10.1.2.0/24');
});

test('an exhausted range is reported, and tried again', () => {
  const world = new World([nodeIpamController], { clusterCIDR: '10.1.0.0/24' });
  world.put(nodeOf('a'));
  world.put(nodeOf('b'));
  world.run();
  expect(world.events).toEqual(['CIDRNotAvailable Node/b Node b status is now: CIDRNotAvailable']);
  world.remove(world.get('Node', '', 'a') as Node);
  world.advance(5);
  expect(cidrs(world)).toEqual({ b: '10.1.0.0/24' });
});

test('a failed write is reported and its block free again', () => {
  const world = new World([nodeIpamController]);
  let failures = 1;
  world.intercept = () => (failures-- > 0 ? { status: 500 } : undefined);
  world.put(nodeOf('a'));
  world.run();
  expect(world.events).toEqual(['CIDRAssignmentFailed Node/a Node a status is now: CIDRAssignmentFailed']);
  world.advance(5);
  expect(cidrs(world)).toEqual({ a: '10.244.1.0/24' });
});
