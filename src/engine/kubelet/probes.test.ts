import { expect, it } from 'vitest';
import { defineTable } from '../kernel/table.ts';
import type { Kubelet } from './kubelet.ts';
import { startProbes } from './probes.ts';
import type { PodWorker, ProbeWorker } from './state.ts';

const newProbes = defineTable<ProbeWorker>('probes-test/probes');

/** A static pod of which the API server has said nothing yet, and its container, seen by a kubelet that started at 100. */
function startedAt(at: number, startupProbe = {}) {
  const probes = newProbes();
  const k = { state: { probes, startedWallAt: 100 }, env: { now: 0, wallNow: 200 }, out: [] } as unknown as Kubelet;
  const containers = [{ name: 'c', image: 'x', startupProbe }];
  const runs = { c: { id: 'r', state: 'RUNNING', startedAt: at } };
  const rest = { uid: 'u', stage: 'sync', isStatic: true, base: null, status: { phase: 'Running' } };
  const worker = { ...rest, runs, pod: { metadata: {}, spec: { containers } } } as unknown as PodWorker;
  return { isNews: startProbes(k, worker), again: startProbes(k, worker), result: probes.get('u/c/startup')?.result };
}

it('of a container that looks older than the kubelet are over as they begin, and that is news once', () => {
  expect(startedAt(50)).toEqual({ isNews: true, again: false, result: 'success' });
});

it('of a new container have nothing to say yet', () => {
  expect(startedAt(150)).toEqual({ isNews: false, again: false, result: 'unknown' });
});
