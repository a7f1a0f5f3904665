import { expect, test } from 'vitest';
import type { Node, Pod } from '../../api/generated/types.ts';
import { nodeOf, podOf, World } from '../test-world.ts';
import { podGc } from './index.ts';

const pods = (world: World) => world.list<Pod>('Pod').map((pod) => pod.metadata.name);

function worldWith(): World {
  const world = new World([podGc]).start();
  world.put(nodeOf('a'));
  world.put(podOf('lives', { node: 'a', ip: '10.244.1.2' }));
  return world;
}

test('asks for nothing while all is well', () => {
  const world = worldWith();
  expect(world.advance(200_000)).toEqual([]);
});

test('pods of a node that is gone: 40 s of quarantine, one more look, then failed and deleted', () => {
  const world = worldWith();
  const node = world.get<Node>('Node', '', 'a') as Node;
  world.remove(node);
  // Seen at 20 s, due at 60 s.
  expect(world.advance(59_999)).toEqual([]);
  const calls = world.advance(1);
  expect(calls.map((what) => `${what.method} ${what.path}`)).toEqual([
    'GET /api/v1/nodes/a',
    'PATCH /api/v1/namespaces/default/pods/lives/status',
    'DELETE /api/v1/namespaces/default/pods/lives',
  ]);
  expect(calls[1]?.body).toMatchObject({
    status: {
      phase: 'Failed',
      conditions: [{ type: 'DisruptionTarget', reason: 'DeletionByPodGC', message: 'PodGC: node no longer exists' }],
    },
  });
  expect(pods(world)).toEqual([]);
  expect(world.advance(100_000)).toEqual([]);
});

test('a node that comes back in time keeps its pods', () => {
  const world = worldWith();
  world.remove(world.get('Node', '', 'a') as Node);
  world.advance(50_000);
  world.put(nodeOf('a'));
  expect(world.advance(100_000)).toEqual([]);
});

test('pods that end without a node go at the next pass', () => {
  const world = worldWith();
  world.put(podOf('nowhere', { metadata: { deletionTimestamp: 'x', finalizers: [] } }));
  world.advance(20_000);
  expect(pods(world)).toEqual(['lives']);
});

test('pods that end on a node out of service go, if it is not ready', () => {
  const world = worldWith();
  const taints = [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute', value: 'nodeshutdown' }];
  world.put(podOf('ends', { node: 'a', ip: '10.244.1.3', metadata: { deletionTimestamp: 'x' } }));
  world.put(nodeOf('a', { spec: { taints } }));
  expect(world.advance(20_000)).toEqual([]);
  world.put(nodeOf('a', { spec: { taints }, status: 'Unknown' }));
  world.advance(20_000);
  expect(pods(world)).toEqual(['lives']);
});

test('ended pods beyond the threshold: evicted ones first, then the oldest', () => {
  const world = worldWith();
  const ended = (name: string, at: string) =>
    podOf(name, { node: 'a', phase: 'Succeeded', metadata: { creationTimestamp: at } });
  for (let i = 0; i < 12_500; i++) world.put(ended(`e${i}`, '2026-01-01T01:00:00Z'));
  expect(world.advance(20_000)).toEqual([]);
  world.put(ended('old', '2026-01-01T00:30:00Z'));
  const evicted = ended('evicted', '2026-01-01T02:00:00Z');
  world.put({ ...evicted, status: { ...evicted.status, phase: 'Failed', reason: 'Evicted' } });
  const deleted = world.advance(20_000).map((what) => `${what.method} ${what.path.split('/').at(-1)}`);
  expect(deleted).toEqual(['DELETE evicted', 'DELETE old']);
});
