import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Deployment, Pod, ReplicaSet } from '../../api/generated/types.ts';
import { replicaSetController } from '../replicaset/index.ts';
import { makeDeployment, makeReplicaSet, templateOf, WorkloadCluster } from '../testing.ts';
import { limitsOf, REVISION, REVISION_HISTORY } from './arithmetic.ts';
import { deploymentController } from './index.ts';

const newCluster = () => new WorkloadCluster([deploymentController as never, replicaSetController as never]);
const sizes = (cluster: WorkloadCluster) =>
  Object.fromEntries(cluster.sets().map((set) => [image(set), set.spec.replicas as number]));
const image = (set: ReplicaSet) => set.spec.template?.spec?.containers[0]?.image?.replace('nginx:', '') as string;
const conditions = (cluster: WorkloadCluster) =>
  (cluster.deployment().status?.conditions ?? []).map((c) => `${c.type}=${c.status} ${c.reason}: ${c.message}`);
const scalings = (cluster: WorkloadCluster) =>
  cluster.events
    .filter((event) => event.startsWith('ScalingReplicaSet'))
    .map((event) =>
      cluster
        .sets()
        .reduce((text, set) => text.replace(set.metadata.name, image(set)), event.split(' ').slice(2).join(' ')),
    );
const rollTo = (cluster: WorkloadCluster, version: string) =>
  cluster.change(cluster.deployment(), { template: templateOf(`nginx:${version}`) as Deployment['spec']['template'] });

test('a new Deployment: ReplicaSet, revision, status and conditions in the order of a real one', () => {
  const cluster = newCluster();
  cluster.put(makeDeployment());
  const calls = cluster.run().filter(({ path }) => !path.includes('/pods'));
  const [set] = cluster.sets() as [ReplicaSet];
  expect(set.metadata.name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{8,10}$/);
  const hash = set.metadata.name.slice(4);
  expect(set.metadata.labels).toEqual({ app: 'web', 'pod-template-hash': hash });
  expect(set.spec.selector).toEqual({ matchLabels: { app: 'web', 'pod-template-hash': hash } });
  expect(set.spec.template?.metadata?.labels).toEqual({ app: 'web', 'pod-template-hash': hash });
  expect(set.metadata.annotations).toEqual({
    'deployment.kubernetes.io/desired-replicas': '3',
    'deployment.kubernetes.io/max-replicas': '4',
    'deployment.kubernetes.io/revision': '1',
  });
  expect(calls[0]?.method).toBe('POST');
  const created = `Progressing=True NewReplicaSetCreated: Created new replica set "${set.metadata.name}"`;
  const first = calls[1]?.body as Deployment;
  expect(first.metadata.annotations).toEqual({ [REVISION]: '1' });
  expect(first.status?.conditions?.map((c) => `${c.type}=${c.status} ${c.reason}: ${c.message}`)).toEqual([created]);
  expect(scalings(cluster)).toEqual(['Scaled up replica set 1.26 from 0 to 3']);
  expect(conditions(cluster)).toEqual([
    'Available=False MinimumReplicasUnavailable: Deployment does not have minimum availability.',
    `Progressing=True ReplicaSetUpdated: ReplicaSet "${set.metadata.name}" is progressing.`,
  ]);
  cluster.bringUp();
  expect(conditions(cluster)).toEqual([
    'Available=True MinimumReplicasAvailable: Deployment has minimum availability.',
    `Progressing=True NewReplicaSetAvailable: ReplicaSet "${set.metadata.name}" has successfully progressed.`,
  ]);
  expect(cluster.deployment().status).toMatchObject({
    observedGeneration: 1,
    replicas: 3,
    updatedReplicas: 3,
    readyReplicas: 3,
    availableReplicas: 3,
    terminatingReplicas: 0,
  });
  expect(cluster.deployment().status).not.toHaveProperty('unavailableReplicas');
});

test('asks for nothing the second time, and nothing waits once the rollout is over', () => {
  const cluster = newCluster();
  cluster.put(makeDeployment());
  cluster.bringUp();
  expect(cluster.again(deploymentController as never, 'default/web')).toEqual([]);
  expect([...cluster.timers.keys()].filter((key) => !key.includes('/q '))).toEqual([]);
});

test('rolls an update out as the recorded cluster did', () => {
  const cluster = newCluster();
  cluster.put(makeDeployment({ replicas: 5 }));
  cluster.bringUp();
  cluster.events.length = 0;
  rollTo(cluster, '1.27');
  cluster.run();
  expect(scalings(cluster)).toEqual([
    'Scaled up replica set 1.27 from 0 to 2',
    'Scaled down replica set 1.26 from 5 to 4',
    'Scaled up replica set 1.27 from 2 to 3',
  ]);
  expect(sizes(cluster)).toEqual({ '1.26': 4, '1.27': 3 });
  cluster.bringUp();
  expect(sizes(cluster)).toEqual({ '1.26': 0, '1.27': 5 });
  expect(cluster.deployment().metadata.annotations?.[REVISION]).toBe('2');
});

test('a rollback takes the old ReplicaSet, gives it a new revision and keeps the earlier one', () => {
  const cluster = newCluster();
  cluster.put(makeDeployment());
  cluster.bringUp();
  for (const version of ['1.27', '1.26', '1.27', '1.26']) {
    rollTo(cluster, version);
    cluster.bringUp();
  }
  expect(cluster.sets()).toHaveLength(2);
  const old = cluster.sets().find((set) => image(set) === '1.26') as ReplicaSet;
  expect(old.metadata.annotations).toMatchObject({ [REVISION]: '5', [REVISION_HISTORY]: '1,3' });
  expect(cluster.deployment().metadata.annotations?.[REVISION]).toBe('5');
});

test('keeps revisionHistoryLimit old ReplicaSets', () => {
  const cluster = newCluster();
  cluster.put(makeDeployment({ revisionHistoryLimit: 2 }));
  for (const version of ['1', '2', '3', '4', '5']) {
    cluster.bringUp();
    rollTo(cluster, version);
  }
  cluster.bringUp();
  expect(Object.keys(sizes(cluster)).sort()).toEqual(['3', '4', '5']);
});

test('Recreate waits until the last old pod is gone, terminating ones too', () => {
  const cluster = newCluster();
  cluster.put(makeDeployment({ strategy: { type: 'Recreate' } }));
  cluster.bringUp();
  rollTo(cluster, '1.27');
  cluster.run();
  expect(sizes(cluster)).toEqual({ '1.26': 0 });
  const [first, ...rest] = cluster.pods() as [Pod, ...Pod[]];
  for (const pod of rest) cluster.remove(pod);
  cluster.run();
  expect(cluster.sets()).toHaveLength(1);
  cluster.remove(first);
  cluster.run();
  expect(sizes(cluster)).toEqual({ '1.26': 0, '1.27': 3 });
  cluster.bringUp();
  expect(conditions(cluster)[1]).toContain('NewReplicaSetAvailable');
});

test('a paused Deployment scales but does not roll out, and says so', () => {
  const cluster = newCluster();
  cluster.put(makeDeployment());
  cluster.bringUp();
  cluster.change(cluster.deployment(), {
    paused: true,
    replicas: 4,
    template: templateOf('nginx:1.27') as Deployment['spec']['template'],
  });
  cluster.advance(100);
  cluster.bringUp();
  expect(sizes(cluster)).toEqual({ '1.26': 4 });
  expect(conditions(cluster)).toContain('Progressing=Unknown DeploymentPaused: Deployment is paused');
  cluster.change(cluster.deployment(), { paused: false });
  cluster.run();
  cluster.bringUp();
  expect(sizes(cluster)).toEqual({ '1.26': 0, '1.27': 4 });
  expect(conditions(cluster)[1]).toContain('Progressing=True NewReplicaSetAvailable');
});

test('a rollout without progress for 600 s is told to have timed out, and no more', () => {
  const cluster = newCluster();
  cluster.put(makeDeployment());
  cluster.bringUp();
  rollTo(cluster, 'bad');
  cluster.advance(1000);
  const before = sizes(cluster);
  expect([...cluster.timers.values()].filter(({ periodic }) => !periodic)).toHaveLength(1);
  cluster.advance(599_000);
  expect(conditions(cluster)[1]).toContain('ReplicaSetUpdated');
  cluster.advance(3000);
  const bad = cluster.sets().find((set) => image(set) === 'bad') as ReplicaSet;
  expect(conditions(cluster)).toContain(
    `Progressing=False ProgressDeadlineExceeded: ReplicaSet "${bad.metadata.name}" has timed out progressing.`,
  );
  expect(sizes(cluster)).toEqual(before);
  expect(cluster.timers.size).toBe(0);
});

test('an empty selector is told and nothing else', () => {
  const cluster = newCluster();
  cluster.put(makeDeployment({ selector: {} }));
  cluster.run();
  expect(cluster.events).toEqual([
    'SelectingAll Deployment/web This deployment is selecting all pods. A non-empty selector is required.',
    'SelectingAll Deployment/web This deployment is selecting all pods. A non-empty selector is required.',
  ]);
  expect(cluster.sets()).toEqual([]);
});

test('a taken name counts as a collision of hashes', () => {
  const cluster = newCluster();
  cluster.put(makeDeployment());
  cluster.run();
  const { name } = (cluster.sets()[0] as ReplicaSet).metadata;
  const other = newCluster();
  other.put(makeReplicaSet({ replicas: 0, selector: { matchLabels: { app: 'x' } } }, name));
  other.put(makeDeployment());
  other.advance(1000);
  expect(other.deployment().status?.collisionCount).toBe(1);
  expect(other.sets().filter((set) => set.metadata.ownerReferences)).toHaveLength(1);
});

test('adopts a ReplicaSet that it selects', () => {
  const cluster = newCluster();
  const set = makeReplicaSet({}, 'web-by-hand');
  cluster.put({
    ...set,
    metadata: { ...set.metadata, labels: { app: 'web' } },
    spec: { ...set.spec, selector: { matchLabels: { app: 'web' } }, template: templateOf('nginx:1.26') },
  } as ReplicaSet);
  cluster.put(makeDeployment());
  cluster.bringUp();
  expect(cluster.sets().map(({ metadata }) => [metadata.name, metadata.annotations?.[REVISION]])).toEqual([
    ['web-by-hand', '1'],
  ]);
});

test('makes a ReplicaSet of its own when the one to adopt is gone', () => {
  const cluster = newCluster();
  const set = makeReplicaSet({}, 'web-by-hand');
  const orphan = cluster.put({ ...set, metadata: { ...set.metadata, labels: { app: 'web' } } });
  cluster.put(makeDeployment());
  cluster.intercept = ({ method }) => {
    if (method === 'PATCH' && cluster.sets()[0]?.metadata.name === 'web-by-hand') cluster.remove(orphan);
    return undefined;
  };
  cluster.bringUp();
  cluster.advance(1000);
  expect(cluster.sets()).toHaveLength(1);
});

test('failures of a ReplicaSet show in the Deployment', () => {
  const cluster = newCluster();
  cluster.intercept = ({ method, path }) =>
    method === 'POST' && path.endsWith('/pods') ? { status: 403, body: { message: 'exceeded quota' } } : undefined;
  cluster.put(makeDeployment());
  cluster.run();
  expect(conditions(cluster)).toContain('ReplicaFailure=True FailedCreate: exceeded quota');
});

describe('rolling updates keep their bounds', () => {
  const part = fc.oneof(
    fc.nat(4),
    fc.nat(100).map((percent) => `${percent}%`),
  );
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('ready' as const), pod: fc.nat(30) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('gone' as const), pod: fc.nat(30) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('roll' as const), to: fc.nat(3) }) },
  );

  test('never more than surge, never fewer available than allowed, and they end', () => {
    fc.assert(
      fc.property(
        fc.record({ replicas: fc.integer({ min: 0, max: 9 }), maxSurge: part, maxUnavailable: part }),
        fc.array(step, { minLength: 5, maxLength: 40 }),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        ({ replicas, maxSurge, maxUnavailable }, script, chances) => {
          const cluster = newCluster();
          const rollingUpdate = { maxSurge, maxUnavailable };
          cluster.put(makeDeployment({ replicas, strategy: { type: 'RollingUpdate', rollingUpdate } }));
          cluster.bringUp();
          const limits = limitsOf(cluster.deployment());
          cluster.chance = () => chances.next().value as number;
          rollTo(cluster, 'next');
          for (const move of [{ do: 'wait' as const }, ...script]) {
            const pods = cluster.pods();
            if (move.do === 'roll') rollTo(cluster, String(move.to));
            if (move.do === 'ready') {
              const pod = cluster.active()[move.pod % Math.max(1, cluster.active().length)];
              if (pod) cluster.setReady(pod);
            }
            if (move.do === 'gone') {
              const pod = pods[move.pod % Math.max(1, pods.length)];
              if (pod?.metadata.deletionTimestamp) cluster.remove(pod);
            }
            cluster.advance(50);
            const total = cluster.sets().reduce((sum, set) => sum + (set.spec.replicas as number), 0);
            expect(total).toBeLessThanOrEqual(replicas + limits.maxSurge);
            expect(cluster.active().length).toBeLessThanOrEqual(replicas + limits.maxSurge);
            expect(cluster.ready().length).toBeGreaterThanOrEqual(replicas - limits.maxUnavailable);
          }
          cluster.chance = () => 0;
          cluster.bringUp();
          const [newest] = cluster.sets().filter((set) => (set.spec.replicas as number) > 0);
          expect(cluster.ready()).toHaveLength(replicas);
          if (newest) expect(newest.spec.template?.spec).toEqual(cluster.deployment().spec.template.spec);
          expect(cluster.again(deploymentController as never, 'default/web')).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });

  test('a scale in mid-rollout keeps the sum and the proportions', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 30 }), fc.nat(40), fc.nat(10), (from, to, ready) => {
        const cluster = newCluster();
        cluster.put(makeDeployment({ replicas: from }));
        cluster.bringUp();
        rollTo(cluster, 'stuck');
        cluster.advance(100);
        for (const pod of cluster
          .active()
          .filter((pod) => !pod.spec.nodeName)
          .slice(0, ready))
          cluster.setReady(pod);
        cluster.advance(100);
        const before = sizes(cluster);
        cluster.change(cluster.deployment(), { replicas: to });
        const written = cluster.run().filter(({ path, method }) => method === 'PUT' && !path.endsWith('/status'));
        const after = sizes(cluster);
        if (from === to) return;
        expect(written.length).toBeGreaterThan(0);
        const total = Object.values(after).reduce((sum, size) => sum + size, 0);
        expect(total).toBeLessThanOrEqual(to + limitsOf(cluster.deployment()).maxSurge);
        if (to > from)
          for (const name in before) expect(after[name]).toBeGreaterThanOrEqual(before[name] === 0 ? 0 : 1);
      }),
      { numRuns: 60 },
    );
  });
});
