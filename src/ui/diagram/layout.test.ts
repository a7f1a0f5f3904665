import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tierOf } from './arrange.ts';
import { bottom, type Rect, right } from './geometry.ts';
import type { Layout } from './layout.ts';
import { isBetweenMembers, partsOf } from './parts.ts';
import { layOut } from './plan.ts';
import { Routes } from './routes.ts';
import type { Structure } from './structure.ts';
import { neighbour } from './walk.ts';

const VIEWPORT = { width: 920, height: 640 };

function structure(workers: number, services = 1, controlPlanes = 1, members = 1): Structure {
  const names = Array.from({ length: workers }, (_, i) => (i === 0 ? 'kind-worker' : `kind-worker${i + 1}`));
  const planes = Array.from({ length: controlPlanes }, (_, i) => `kind-control-plane${i || ''}`);
  const etcdMachines = Array.from({ length: Math.max(0, members - controlPlanes) }, (_, i) => `kind-etcd${i || ''}`);
  return {
    controlPlanes: planes,
    workers: names,
    apiservers: controlPlanes === 0 ? ['managed-control-plane'] : planes,
    etcd: [...planes, ...etcdMachines].slice(0, members),
    etcdMachines,
    loadBalancer: controlPlanes > 1 ? 'load-balancer@kind-external-load-balancer' : undefined,
    hasCloud: false,
    services: Array.from({ length: services }, (_, i) => `Service/default/web-${i}`),
    systemServices: ['Service/default/kubernetes', 'Service/kube-system/kube-dns'],
    moreServices: 0,
  };
}

const anyStructure = fc
  .record({
    workers: fc.nat(50),
    services: fc.nat(4),
    controlPlanes: fc.nat(3),
    members: fc.integer({ min: 1, max: 7 }),
  })
  .map(({ workers, services, controlPlanes, members }) => structure(workers, services, controlPlanes, members));

const anyViewport = fc.record({
  width: fc.integer({ min: 300, max: 3800 }),
  height: fc.integer({ min: 300, max: 2100 }),
});

describe('layout', () => {
  it('puts nothing on top of anything else, for any number of nodes and any screen', () => {
    fc.assert(
      fc.property(anyStructure, anyViewport, (given, viewport) => {
        expect(overlaps(layOut(given, viewport))).toEqual([]);
      }),
    );
  });

  it('keeps everything inside its own bounds', () => {
    fc.assert(
      fc.property(anyStructure, anyViewport, (given, viewport) => {
        const layout = layOut(given, viewport);
        for (const [id, rect] of cardsOf(layout)) {
          expect(right(rect), id).toBeLessThanOrEqual(layout.width);
          expect(bottom(rect), id).toBeLessThanOrEqual(layout.height);
        }
      }),
    );
  });

  it('orders the architecture from top to bottom', () => {
    const { cards, machines, serviceRows } = layOut(structure(3), VIEWPORT);
    const order = [
      cards.kubectl!,
      cards.scheduler!,
      cards.apiserver!,
      machines[0]!.rect,
      serviceRows[0]!.rect,
      cards.users!,
    ];
    for (const [i, rect] of order.slice(1).entries()) expect(rect.y).toBeGreaterThanOrEqual(bottom(order[i]!));
  });

  it('puts the default cluster in one row that fits the screen almost unscaled', () => {
    const layout = layOut(structure(3), VIEWPORT);
    expect(new Set(layout.machines.map(({ rect }) => rect.y)).size).toBe(1);
    expect(layout.width).toBeLessThan(1100);
  });

  it('shows less of each node the more there are', () => {
    expect([3, 10, 25, 50].map(tierOf)).toEqual(['full', 'medium', 'compact', 'tile']);
  });

  it('draws edges to the first row straight down', () => {
    const { edges } = layOut(structure(3), VIEWPORT);
    const hanging = edges.filter(
      ({ to, kind, from, isHidden }) =>
        to.startsWith('apiserver@') && kind === 'api' && !/^(etcd|cloud)/.test(from) && from.includes('@') && !isHidden,
    );
    // Three for each node; where the CNI is below kube-proxy they share one.
    expect(hanging.length).toBe(11);
    for (const { points, id } of hanging.filter(({ from }) => from.includes('@'))) {
      expect(new Set(points.map(({ x }) => x)).size, id).toBe(1);
    }
  });
});

describe('a control plane of three', () => {
  const layout = layOut(structure(3, 1, 3, 5), VIEWPORT);

  it('has each API server and each member where it can be seen', () => {
    expect(layout.apiservers.map(({ id }) => id)).toEqual([
      'apiserver@kind-control-plane',
      'apiserver@kind-control-plane1',
      'apiserver@kind-control-plane2',
    ]);
    expect(layout.members.length).toBe(5);
    const { etcd } = layout.cards;
    for (const { id, rect } of layout.members) {
      expect(rect.x >= etcd!.x && right(rect) <= right(etcd!), id).toBe(true);
      expect(rect.y >= etcd!.y && bottom(rect) <= bottom(etcd!), id).toBe(true);
      expect(rect.width, id).toBeGreaterThan(50);
    }
    // What they say to each other passes below them, and above those of the next row.
    for (const { id, points } of layout.edges.filter(isBetweenMembers)) {
      const lane = points[1]!;
      expect(lane.y < bottom(etcd!), id).toBe(true);
      expect(
        layout.members.filter(({ rect }) => rect.y < lane.y && lane.y < bottom(rect)),
        id,
      ).toEqual([]);
    }
    expect(layout.etcdMachines.length).toBe(2);
  });

  it('hangs the nodes from the load balancer, and has a way between any two that talk', () => {
    const routes = new Routes(layout);
    const balancer = layout.loadBalancer!.id;
    for (const { name } of layout.machines) expect(routes.between(`kubelet@${name}`, balancer)).toBeDefined();
    for (const { id } of layout.apiservers) {
      expect(routes.between(balancer, id)?.points).toHaveLength(2);
      expect(routes.between('scheduler@kind-control-plane', id)).toBeDefined();
      for (const member of layout.members) expect(routes.between(member.id, id)).toBeDefined();
      expect(routes.between(id, 'kubelet@kind-worker')).toBeDefined();
    }
    for (const one of layout.members) {
      for (const other of layout.members) expect(routes.between(one.id, other.id) !== undefined).toBe(one !== other);
    }
    expect(routes.between('kubectl@laptop', balancer)).toBeDefined();
  });
});

describe('routes', () => {
  it('connect every agent with the API server, both ways', () => {
    const layout = layOut(structure(10), VIEWPORT);
    const routes = new Routes(layout);
    for (const { name } of layout.machines) {
      const down = routes.between('apiserver@kind-control-plane', `kubelet@${name}`);
      const up = routes.between(`kubelet@${name}`, 'apiserver@kind-control-plane');
      expect(down?.points).toEqual(up?.points.toReversed());
      expect(routes.between(`kubelet@${name}`, `containerd@${name}`)).toBeDefined();
      expect(routes.between(`kube-proxy@${name}`, `machine@${name}`)).toBeDefined();
      expect(routes.between('apiserver@kind-control-plane', `kindnet@${name}`)).toBeDefined();
      expect(routes.between('apiserver@kind-control-plane', `coredns@${name}`)).toBeDefined();
    }
  });

  it('do not exist to what is not drawn', () => {
    const routes = new Routes(layOut(structure(1), VIEWPORT));
    expect(routes.between('apiserver@kind-control-plane', 'stranger@nowhere')).toBeUndefined();
  });
});

describe('the keyboard', () => {
  const parts = partsOf(layOut(structure(3), VIEWPORT));

  it('follows the architecture', () => {
    expect(neighbour(parts, 'scheduler', 'ArrowDown')).toBe('apiserver@kind-control-plane');
    expect(neighbour(parts, 'scheduler', 'ArrowRight')).toBe('controller-manager');
    expect(neighbour(parts, 'etcd', 'ArrowLeft')).toBeUndefined();
    expect(neighbour(parts, 'node/kind-worker', 'ArrowRight')).toBe('node/kind-worker2');
    expect(neighbour(parts, 'node/kind-worker', 'ArrowDown')).toMatch(/@kind-worker$/);
    expect(neighbour(parts, 'kubelet@kind-worker', 'ArrowRight')).toBe('containerd@kind-worker');
  });

  it('reaches every part from every other', () => {
    const reached = new Set<string>(['scheduler']);
    for (const id of reached) {
      for (const direction of ['ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight'] as const) {
        const next = neighbour(parts, id, direction);
        if (next !== undefined) reached.add(next);
      }
    }
    expect(parts.map(({ id }) => id).filter((id) => !reached.has(id))).toEqual([]);
  });
});

function cardsOf({ cards, machines, serviceRows, loadBalancer, etcdMachines }: Layout): (readonly [string, Rect])[] {
  const { region: _region, ...others } = cards;
  const balancer = loadBalancer === undefined ? [] : [loadBalancer];
  return [
    ...[...balancer, ...etcdMachines].map(({ id, rect }) => [id, rect] as const),
    ...Object.entries(others),
    ...machines.map(({ name, rect }) => [name, rect] as const),
    ...serviceRows.map(({ key, rect }) => [key, rect] as const),
  ];
}

function overlaps(layout: Layout): string[] {
  const all = cardsOf(layout);
  return all.flatMap(([id, a], i) =>
    all
      .slice(i + 1)
      .filter(
        ([, b]) => a.x < right(b) - 0.01 && b.x < right(a) - 0.01 && a.y < bottom(b) - 0.01 && b.y < bottom(a) - 0.01,
      )
      .map(([other]) => `${id} and ${other}`),
  );
}
