import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { KubernetesObject } from './api/object.ts';
import {
  continueFrom,
  createCluster,
  type Fault,
  FaultError,
  type Frame,
  type Message,
  restore,
  type SimulatedCluster,
} from './index.ts';
import { DueQueue } from './kernel/heap.ts';
import { Table } from './kernel/table.ts';

/** What a user may do to a cluster, as data: a failing run is printed and can be replayed. */
type Act =
  | { readonly do: 'deploy'; readonly name: string; readonly replicas: number; readonly image: string }
  | { readonly do: 'delete'; readonly name: string }
  | { readonly do: 'fault'; readonly fault: Fault }
  | { readonly do: 'heal' }
  | { readonly do: 'wait'; readonly ms: number };

const name = fc.constantFrom('web', 'api', 'db');
const node = fc.constantFrom('kind-worker', 'kind-worker2');
const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ kind: fc.constantFrom('node-power-off', 'node-reboot', 'kubelet-stop'), target: node }),
  fc.record({
    kind: fc.constant('component-crash'),
    target: fc.constantFrom('scheduler', 'controller-manager', 'apiserver'),
  }),
);
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    do: fc.constant('deploy' as const),
    name,
    replicas: fc.integer({ min: 0, max: 5 }),
    image: fc.constantFrom('nginx:1.26', 'nginx:1.27', 'httpd:2.4'),
  }),
  fc.record({ do: fc.constant('delete' as const), name }),
  fc.record({ do: fc.constant('fault' as const), fault }),
  fc.record({ do: fc.constant('heal' as const) }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 10, max: 90_000 }) }),
);
const acts = fc.array(act, { minLength: 2, maxLength: 8 });

function deployment(app: string, replicas: number, image: string): KubernetesObject {
  const labels = { app };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image }] } };
  const spec = { replicas, selector: { matchLabels: labels }, template };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: app }, spec } as KubernetesObject;
}

/** Hands the act over without waiting for it, as the page does. */
function perform(cluster: SimulatedCluster, what: Act): void {
  switch (what.do) {
    case 'deploy':
      cluster.submitApply([deployment(what.name, what.replicas, what.image)], 'default');
      return;
    case 'delete':
      cluster.submitRequest({
        method: 'DELETE',
        path: `/apis/apps/v1/namespaces/default/deployments/${what.name}`,
        body: { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' },
      });
      return;
    case 'fault':
      try {
        cluster.startFault(what.fault);
      } catch (error) {
        // Cutting the power twice is refused, and that is fine here.
        if (!(error instanceof FaultError)) throw error;
      }
      return;
    case 'heal':
      cluster.heal();
      return;
    case 'wait':
      cluster.advance(what.ms);
  }
}

const unspied = Table.prototype.set;

/** Writing to what is frozen throws. */
function deepFreeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Table || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) deepFreeze(part);
  return value;
}

const small = (seed: number): SimulatedCluster => createCluster({ seed, workers: 2 });
const seed = fc.integer({ min: 1, max: 1_000_000 });

describe('properties of the whole cluster', { timeout: 300_000 }, () => {
  it('gives the same cluster for the same seed and inputs', () => {
    fc.assert(
      fc.property(seed, acts, (n, list) => {
        const digests = [small(n), small(n)].map((cluster) => {
          for (const what of list) perform(cluster, what);
          cluster.advance(10_000);
          return cluster.digest();
        });
        expect(digests[1]).toBe(digests[0]);
      }),
      { numRuns: 6 },
    );
  });

  it('continues a snapshot, taken anywhere and sent through JSON, as the original', () => {
    fc.assert(
      fc.property(seed, acts, fc.integer({ min: 1, max: 20_000 }), (n, list, more) => {
        const original = small(n);
        for (const what of list) perform(original, what);
        original.advance(more);
        const copy = restore(JSON.parse(JSON.stringify(original.snapshot())));
        expect(copy.digest()).toBe(original.digest());
        for (const cluster of [original, copy]) {
          perform(cluster, { do: 'deploy', name: 'late', replicas: 2, image: 'nginx:1.27' });
          cluster.advance(20_000);
        }
        expect(copy.digest()).toBe(original.digest());
      }),
      { numRuns: 6 },
    );
  });

  it('continues a moment as the original, which does not notice, and any number of times', () => {
    fc.assert(
      fc.property(seed, acts, fc.integer({ min: 1, max: 20_000 }), (n, list, more) => {
        const original = small(n);
        const untouched = small(n);
        const go = (cluster: SimulatedCluster): string => {
          perform(cluster, { do: 'deploy', name: 'late', replicas: 2, image: 'nginx:1.27' });
          cluster.advance(20_000);
          return cluster.digest();
        };
        for (const what of list) {
          original.fork().advance(5_000);
          for (const cluster of [original, untouched]) perform(cluster, what);
        }
        for (const cluster of [original, untouched]) cluster.advance(more);
        const moment = original.moment();
        expect(continueFrom(moment).digest()).toBe(untouched.digest());
        const digests = [go(continueFrom(moment)), go(original), go(continueFrom(moment))];
        expect(digests).toEqual(new Array(3).fill(go(untouched)));
      }),
      { numRuns: 8 },
    );
  });

  it('never changes a row, a message or a kept value: moments share them', () => {
    const set = vi.spyOn(Table.prototype, 'set').mockImplementation(function (this: Table<unknown>, key, value) {
      unspied.call(this, key, deepFreeze(value));
    });
    try {
      fc.assert(
        fc.property(seed, acts, (n, list) => {
          const cluster = small(n);
          cluster.kernel.agenda.queue.push = (message) => {
            DueQueue.prototype.push.call(cluster.kernel.agenda.queue, deepFreeze(message) as Message);
          };
          for (const what of list) perform(cluster, what);
          cluster.advance(60_000);
        }),
        { numRuns: 4 },
      );
      expect(set).toHaveBeenCalled();
    } finally {
      set.mockRestore();
    }
  });

  it('sends frames that rebuild what a full frame shows', () => {
    fc.assert(
      fc.property(seed, acts, (n, list) => {
        const cluster = small(n);
        const mirror = new Map<string, KubernetesObject>();
        const apply = (frame: Frame): void => {
          if (frame.full) mirror.clear();
          for (const [key, object] of frame.objects) {
            if (object === null) mirror.delete(key);
            else mirror.set(key, object);
          }
        };
        cluster.observe(apply);
        for (const what of list) perform(cluster, what);
        cluster.advance(5_000);
        const fresh = new Map<string, KubernetesObject>();
        const stop = cluster.observe((frame) => {
          for (const [key, object] of frame.objects) fresh.set(key, object as KubernetesObject);
        });
        cluster.publish();
        stop();
        expect(fresh.size).toBeGreaterThan(0);
        expect(Object.fromEntries(mirror)).toEqual(Object.fromEntries(fresh));
      }),
      { numRuns: 5 },
    );
  });
});
