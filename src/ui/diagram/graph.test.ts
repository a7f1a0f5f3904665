import { describe, expect, it } from 'vitest';
import { Mirror } from '../store/mirror.ts';
import { fixtureFrame } from '../testing/fixture.ts';
import { flowNodes } from './graph.ts';
import { layOut } from './plan.ts';
import { structureId, structureOf } from './structure.ts';

function drawn(workers: number) {
  const mirror = new Mirror();
  mirror.apply(fixtureFrame({ workers, podsPerWorker: 10 }));
  const structure = structureOf(mirror);
  return { mirror, structure, nodes: flowNodes(layOut(structure, { width: 920, height: 640 }), structure) };
}

describe('the graph', () => {
  it('has a card for each part of the default cluster', () => {
    const { nodes } = drawn(3);
    expect(nodes.map(({ id }) => id)).toEqual([
      'region',
      'kubectl',
      'etcd',
      'scheduler',
      'controller-manager',
      'cloud',
      'apiserver@kind-control-plane',
      'node/kind-worker',
      'node/kind-worker2',
      'node/kind-worker3',
      'node/kind-control-plane',
      'Service/default/web',
      'Service/kube-system/kube-dns',
      'users',
    ]);
  });

  it('stays small however many pods there are', () => {
    expect(drawn(50).nodes.length).toBeLessThan(300);
  });

  it('depends on structure, not on status', () => {
    const { mirror, structure } = drawn(3);
    const before = structureId(structure);
    const dead = fixtureFrame({ workers: 3, podsPerWorker: 2, varied: true, dead: 'kind-worker2' });
    mirror.apply({ ...dead, full: false });
    expect(structureId(structureOf(mirror))).toBe(before);
  });
});
