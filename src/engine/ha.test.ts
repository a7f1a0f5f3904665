import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Deployment, Pod } from './api/generated/types.ts';
import { objectKey } from './client/informer.ts';
import type { ControllerManagerState } from './controllers/state.ts';
import { health } from './health.ts';
import { createCluster, FaultError, restore, type SimulatedCluster } from './index.ts';

const HOSTS = ['kind-control-plane', 'kind-control-plane2', 'kind-control-plane3'];
/** In that time everything works again, whatever was broken: back-offs of up to half a minute, restarts, leases. */
const RECOVERY_MS = 420_000;

const deployment = (replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'c', image: 'nginx:1.27' }] },
    },
  },
});

const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: {} });
const ready = (cluster: SimulatedCluster): number =>
  (cluster.get('Deployment', 'default', 'web') as Deployment | undefined)?.status?.readyReplicas ?? 0;
const notWorking = (cluster: SimulatedCluster): string[] =>
  health(cluster.kernel)
    .filter(({ state }) => state !== 'works')
    .map(({ title, text }) => `${title}: ${text}`);

/** What the leading controller manager has in its caches and the store has not, or the other way round. */
function differences(cluster: SimulatedCluster): string[] {
  const found: string[] = [];
  for (const { component, state } of cluster.kernel.processes.values()) {
    if (component !== 'controller-manager') continue;
    const { manager } = state as ControllerManagerState;
    if (!manager.election.leading) continue;
    for (const [name, kind] of [
      ['pods', 'Pod'],
      ['nodes', 'Node'],
      ['replicasets', 'ReplicaSet'],
      ['deployments', 'Deployment'],
    ] as const) {
      const table = manager.client.informers[name]?.objects;
      const stored = cluster.list(kind);
      if (table?.size !== stored.length) found.push(`${name}: ${table?.size} cached, ${stored.length} stored`);
      for (const object of stored) {
        const cached = table?.get(objectKey(object))?.metadata.resourceVersion;
        if (cached !== object.metadata.resourceVersion) found.push(`${name} ${objectKey(object)}: ${cached}`);
      }
    }
  }
  return found;
}

describe('a cluster with several control planes', () => {
  it.each([1, 2, 4, 5, 7])('works with %i etcd members', (etcdMembers) => {
    const cluster = createCluster({ profile: 'ha', etcdMembers, workers: 1, addons: false });
    expect(cluster.apply(deployment(2)).map(({ verb }) => verb)).toEqual(['created']);
    expect(cluster.runUntil((c) => ready(c as SimulatedCluster) === 2, 60_000)).toBe(true);
    cluster.advance(20_000);
    expect(notWorking(cluster)).toEqual([]);
    const members = [...cluster.kernel.processes.values()].filter(({ component }) => component === 'etcd');
    expect(members).toHaveLength(etcdMembers);
  });

  it('is asked and told through the others when the first control plane is dead', () => {
    const cluster = createCluster({ profile: 'ha', workers: 2, addons: false });
    cluster.inject({ kind: 'node-power-off', target: HOSTS[0] });
    cluster.advance(30_000);
    expect(cluster.apply(deployment(2)).map(({ verb }) => verb)).toEqual(['created']);
    expect(cluster.runUntil((c) => ready(c as SimulatedCluster) === 2, 60_000)).toBe(true);
    const [pod] = cluster.list('Pod', 'default');
    expect(cluster.schedulingDecision('default', pod?.metadata.name ?? '')?.node).toMatch(/^kind-worker/);
    expect(cluster.request({ method: 'GET', path: '/api/v1/nodes' }).status).toBe(200);
    expect(cluster.why({ kind: 'Pod', namespace: 'default', name: pod?.metadata.name ?? '' }).length).toBeGreaterThan(
      2,
    );
  });

  it('has an etcd member without a quorum NotReady, but not restarted', () => {
    const cluster = createCluster({ profile: 'ha', workers: 1, addons: false, seed: 3 });
    const etcd = (): readonly unknown[] => {
      const pod = cluster.get('Pod', 'kube-system', `etcd-${HOSTS[2]}`) as Pod | undefined;
      const [status] = pod?.status?.containerStatuses ?? [];
      return [status?.ready, status?.restartCount];
    };
    cluster.advance(30_000);
    expect(etcd()).toEqual([true, 0]);
    const fault = cluster.inject({ kind: 'partition', target: [HOSTS[2] as string], to: HOSTS.slice(0, 2) });
    // Three probes in a row, each a read that is given up after 7 s, or after 14 s when another one came first.
    cluster.advance(15_000);
    expect(etcd()).toEqual([true, 0]);
    cluster.advance(45_000);
    expect(etcd()).toEqual([false, 0]);
    cluster.advance(120_000);
    expect(etcd()).toEqual([false, 0]);
    cluster.heal(fault);
    cluster.advance(30_000);
    expect(etcd()).toEqual([true, 0]);
  });

  it('keeps every write that it has confirmed, and caches that are what is stored', () => {
    const cluster = createCluster({ profile: 'ha', workers: 1, addons: false, seed: 11 });
    const confirmed: string[] = [];
    const write = (name: string): void => {
      const { status } = cluster.request({
        method: 'POST',
        path: '/api/v1/namespaces/default/configmaps',
        body: configMap(name),
      });
      if (status === 201) confirmed.push(name);
    };
    for (let i = 0; i < 24; i++) {
      if (i === 4) cluster.inject({ kind: 'node-power-off', target: HOSTS[0], forMs: 60_000 });
      if (i === 12) cluster.inject({ kind: 'component-crash', target: `apiserver@${HOSTS[1]}` });
      write(`map-${i}`);
      cluster.advance(700);
    }
    expect(confirmed.length).toBeGreaterThan(15);
    cluster.advance(180_000);
    const stored = new Set(cluster.list('ConfigMap', 'default').map(({ metadata }) => metadata.name));
    expect(confirmed.filter((name) => !stored.has(name))).toEqual([]);
    cluster.settle(60_000);
    expect(differences(cluster)).toEqual([]);
  });

  it('continues from a snapshot in the middle of a failover', () => {
    const cluster = createCluster({ profile: 'ha', workers: 1, addons: false, seed: 5 });
    cluster.inject({ kind: 'node-power-off', target: HOSTS[0] });
    cluster.advance(1_234);
    const copy = restore(JSON.parse(JSON.stringify(cluster.snapshot())));
    for (const one of [cluster, copy]) one.advance(40_000);
    expect(copy.digest()).toBe(cluster.digest());
  });

  it('heals from whatever is done to its control plane', () => {
    const target = fc.constantFrom(
      ...HOSTS.flatMap((host) =>
        ['apiserver', 'etcd', 'scheduler', 'controller-manager'].map((what) => `${what}@${host}`),
      ),
    );
    const machine = fc.constantFrom(...HOSTS, 'kind-external-load-balancer');
    const fault = fc.oneof(
      fc.record({ kind: fc.constant('component-crash'), target, stay: fc.constant(true) }),
      fc.record({ kind: fc.constant('node-power-off'), target: machine }),
      fc.record({
        kind: fc.constant('partition'),
        target: machine.map((name) => [name]),
        to: fc.constant(['kind-worker']),
      }),
    );
    const deeds = fc.array(fc.record({ fault, afterMs: fc.integer({ min: 0, max: 40_000 }) }), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000 }), deeds, (seed, list) => {
        const cluster = createCluster({ profile: 'ha', workers: 1, addons: false, seed });
        cluster.apply(deployment(2));
        for (const { fault: what, afterMs } of list) {
          cluster.advance(afterMs);
          try {
            cluster.inject(what);
          } catch (error) {
            // It is broken already.
            if (!(error instanceof FaultError)) throw error;
          }
        }
        cluster.advance(60_000);
        cluster.heal();
        cluster.advance(RECOVERY_MS);
        expect(notWorking(cluster)).toEqual([]);
        expect(ready(cluster)).toBe(2);
        expect(differences(cluster)).toEqual([]);
      }),
      { numRuns: 5 },
    );
  });
});
