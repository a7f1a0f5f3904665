import { describe, expect, it } from 'vitest';
import { defineTable } from '../kernel/table.ts';
import type { Kubelet } from './kubelet.ts';
import { startProbes } from './probes.ts';
import type { PodWorker, ProbeWorker } from './state.ts';
import { booted, condition, container } from './test-pods.ts';

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

describe('probes', () => {
  it('of a container that looks older than the kubelet are over as they begin, and that is news once', () => {
    expect(startedAt(50)).toEqual({ isNews: true, again: false, result: 'success' });
  });

  it('of a new container have nothing to say yet', () => {
    expect(startedAt(150)).toEqual({ isNews: false, again: false, result: 'unknown' });
  });

  it('of liveness that fail for ever restart the container after three failures', () => {
    const node = booted({ app: { http: () => 503 } });
    const livenessProbe = { httpGet: { port: 8080, path: '/healthz' } };
    node.bind('web', { containers: [container('web', 'app', { livenessProbe })] });
    node.advance(2000);
    expect(node.pod('web')?.status?.containerStatuses?.[0]?.ready).toBe(true);
    node.advance(24_000);
    const events = node.events('web');
    // The fourth is the first one of the new container.
    expect(events).toContainEqual('Unhealthy: Liveness probe failed: HTTP probe failed with statuscode: 503 x4');
    expect(events).toContainEqual('Killing: Container web failed liveness probe, will be restarted');
    expect(node.pod('web')?.status?.containerStatuses?.[0]).toMatchObject({ restartCount: 1, ready: true });
  });

  it('of a port that no container has say nothing of it', () => {
    const node = booted({ app: { http: () => 503 } });
    const probe = { httpGet: { port: 'webb' }, periodSeconds: 5 };
    const ports = [{ name: 'web', containerPort: 80 }];
    node.bind('web', { containers: [container('web', 'app', { ports, livenessProbe: probe, readinessProbe: probe })] });
    node.advance(60_000);
    expect(node.pod('web')?.status?.containerStatuses?.[0]).toMatchObject({ restartCount: 0, ready: false });
    for (const kind of ['Liveness', 'Readiness']) {
      const text = `${kind} probe errored and resulted in unknown state: strconv.Atoi: parsing "webb": invalid syntax`;
      expect(node.events('web')).toContainEqual(expect.stringContaining(text));
    }
  });

  it('of readiness take the pod out and back in without a restart', () => {
    const node = booted({ app: { http: (age) => (age > 20_000 && age < 60_000 ? undefined : 200) } });
    const readinessProbe = { httpGet: { port: 80 }, periodSeconds: 5, failureThreshold: 2 };
    node.bind('web', { containers: [container('web', 'app', { readinessProbe })] });
    node.advance(5000);
    expect(condition(node.pod('web'), 'Ready')?.status).toBe('True');
    node.advance(30_000);
    expect(condition(node.pod('web'), 'Ready')).toMatchObject({
      status: 'False',
      message: 'containers with unready status: [web]',
    });
    expect(node.events('web')).toContainEqual(
      expect.stringMatching(
        /^Unhealthy: Readiness probe failed: Get "http:\/\/10.244.1.2:80\/": dial tcp 10.244.1.2:80: connect: connection refused/,
      ),
    );
    node.advance(40_000);
    expect(condition(node.pod('web'), 'Ready')?.status).toBe('True');
    expect(node.pod('web')?.status?.containerStatuses?.[0]?.restartCount).toBe(0);
  });

  it('of startup hold back the others', () => {
    const node = booted({ app: { http: (age) => (age > 12_000 ? 200 : undefined) } });
    const probe = { httpGet: { port: 80 }, periodSeconds: 5 };
    const spec = container('web', 'app', { startupProbe: { ...probe, failureThreshold: 10 }, livenessProbe: probe });
    node.bind('web', { containers: [spec] });
    node.advance(10_000);
    expect(node.pod('web')?.status?.containerStatuses?.[0]).toMatchObject({ started: false, ready: false });
    node.advance(10_000);
    expect(node.pod('web')?.status?.containerStatuses?.[0]).toMatchObject({
      started: true,
      ready: true,
      restartCount: 0,
    });
  });
});
