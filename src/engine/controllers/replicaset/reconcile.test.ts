import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Pod, ReplicaSet } from '../../api/generated/types.ts';
import { makeReplicaSet, WorkloadCluster } from '../testing.ts';
import { replicaSetController } from './index.ts';

const newCluster = () => new WorkloadCluster([replicaSetController as never]);
const web = (cluster: WorkloadCluster) => cluster.get<ReplicaSet>('ReplicaSet', 'default', 'web') as ReplicaSet;
const isTerminating = ({ metadata, status }: Pod) =>
  metadata.deletionTimestamp !== undefined && status?.phase !== 'Failed' && status?.phase !== 'Succeeded';
const creations = (calls: readonly { method: string }[]) => calls.filter(({ method }) => method === 'POST').length;

test('creates the pods that are missing and tells each on the ReplicaSet', () => {
  const cluster = newCluster();
  cluster.put(makeReplicaSet());
  const calls = cluster.run();
  expect(calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'POST /api/v1/namespaces/default/pods',
    'POST /api/v1/namespaces/default/pods',
    'POST /api/v1/namespaces/default/pods',
    'PUT /apis/apps/v1/namespaces/default/replicasets/web/status',
    'PUT /apis/apps/v1/namespaces/default/replicasets/web/status',
  ]);
  const [pod] = cluster.pods() as [Pod];
  expect(pod.metadata.labels).toEqual({ app: 'web' });
  expect(pod.metadata.ownerReferences).toEqual([
    {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      name: 'web',
      uid: web(cluster).metadata.uid,
      controller: true,
      blockOwnerDeletion: true,
    },
  ]);
  expect(cluster.events[0]).toBe(`SuccessfulCreate ReplicaSet/web Created pod: ${pod.metadata.name}`);
  // The first status is that from before the creations.
  expect((calls[3]?.body as ReplicaSet | undefined)?.status).toEqual({
    replicas: 0,
    terminatingReplicas: 0,
    observedGeneration: 1,
  });
  expect(web(cluster).status).toEqual({
    replicas: 3,
    fullyLabeledReplicas: 3,
    terminatingReplicas: 0,
    observedGeneration: 1,
  });
});

test('asks for nothing the second time', () => {
  const cluster = newCluster();
  cluster.put(makeReplicaSet());
  cluster.bringUp();
  expect(web(cluster).status).toMatchObject({ replicas: 3, readyReplicas: 3, availableReplicas: 3 });
  expect(cluster.again(replicaSetController as never, 'default/web')).toEqual([]);
});

test('starts slowly: a batch that fails ends the round', () => {
  const cluster = newCluster();
  let refused = 0;
  cluster.intercept = (what) => {
    if (what.method !== 'POST' || cluster.pods().length < 3) return undefined;
    refused++;
    return { status: 403, body: { kind: 'Status', message: 'pods "web-x" is forbidden: exceeded quota: few' } };
  };
  cluster.put(makeReplicaSet({ replicas: 20 }));
  cluster.run();
  // Batches of 1 and 2 succeed, of the batch of 4 each is tried, and then one at a time.
  expect(cluster.pods()).toHaveLength(3);
  expect(refused).toBeGreaterThanOrEqual(4);
  expect(refused).toBeLessThan(10);
  expect(cluster.events.at(-1)).toBe(
    'FailedCreate ReplicaSet/web Error creating: pods "web-x" is forbidden: exceeded quota: few',
  );
  expect(web(cluster).status?.conditions).toEqual([
    {
      type: 'ReplicaFailure',
      status: 'True',
      reason: 'FailedCreate',
      message: 'pods "web-x" is forbidden: exceeded quota: few',
      lastTransitionTime: '2026-01-01T00:00:10Z',
    },
  ]);
  cluster.intercept = () => undefined;
  cluster.advance(1000);
  expect(cluster.pods()).toHaveLength(20);
  expect(web(cluster).status?.conditions).toBeUndefined();
});

test('a namespace that goes away is no failure and is not asked again', () => {
  const cluster = newCluster();
  const causes = [
    { reason: 'NamespaceTerminating', message: 'namespace default is being terminated', field: 'metadata.namespace' },
  ];
  cluster.intercept = ({ method }) =>
    method === 'POST' ? { status: 403, body: { message: 'forbidden', details: { causes } } } : undefined;
  cluster.put(makeReplicaSet({ replicas: 1 }));
  expect(creations(cluster.advance(10_000))).toBe(1);
  expect(cluster.events).toEqual([]);
  expect(web(cluster).status?.conditions).toBeUndefined();
});

test('replaces a failed pod and leaves the failed one', () => {
  const cluster = newCluster();
  cluster.put(makeReplicaSet());
  cluster.bringUp();
  cluster.setPhase(cluster.pods()[0] as Pod, 'Failed');
  cluster.run();
  expect(cluster.pods()).toHaveLength(4);
  expect(web(cluster).status).toMatchObject({ replicas: 3, readyReplicas: 2 });
});

test('counts pods that are being deleted as terminating and replaces them', () => {
  const cluster = newCluster();
  cluster.put(makeReplicaSet());
  cluster.bringUp();
  const { name } = (cluster.pods()[0] as Pod).metadata;
  cluster.answer({ method: 'DELETE', path: `/api/v1/namespaces/default/pods/${name}` });
  cluster.run();
  expect(web(cluster).status).toMatchObject({ replicas: 3, terminatingReplicas: 1 });
  cluster.bringUp();
  expect(web(cluster).status).toMatchObject({ replicas: 3, readyReplicas: 3, terminatingReplicas: 0 });
});

test('scales down those that are not ready first', () => {
  const cluster = newCluster();
  cluster.put(makeReplicaSet({ replicas: 4 }));
  cluster.bringUp();
  const weak = cluster.pods()[2] as Pod;
  cluster.setReady(weak, false);
  cluster.run();
  cluster.change(web(cluster), { replicas: 3 });
  cluster.run();
  const going = cluster.pods().filter((pod) => pod.metadata.deletionTimestamp);
  expect(going.map((pod) => pod.metadata.name)).toEqual([weak.metadata.name]);
  expect(cluster.events.at(-1)).toBe(`SuccessfulDelete ReplicaSet/web Deleted pod: ${weak.metadata.name}`);
});

test('available only after minReadySeconds, at the very second', () => {
  const cluster = newCluster();
  cluster.put(makeReplicaSet({ replicas: 2, minReadySeconds: 20 }));
  cluster.run();
  const [first, second] = cluster.pods() as [Pod, Pod];
  cluster.setReady(first);
  cluster.advance(5000);
  cluster.setReady(second);
  cluster.advance(14_999);
  expect(web(cluster).status).toMatchObject({ readyReplicas: 2 });
  expect(web(cluster).status?.availableReplicas).toBeUndefined();
  cluster.advance(1);
  expect(web(cluster).status).toMatchObject({ availableReplicas: 1 });
  cluster.advance(5000);
  expect(web(cluster).status).toMatchObject({ availableReplicas: 2 });
});

test('adopts orphans that it selects, whichever came first, and releases what it no longer selects', () => {
  const cluster = newCluster();
  const orphan = (name: string): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app: 'web' } },
    spec: { containers: [] },
    status: { phase: 'Running' },
  });
  cluster.put(orphan('before'));
  cluster.put(makeReplicaSet({ replicas: 2 }));
  cluster.put(orphan('after'));
  const calls = cluster.run();
  expect(creations(calls)).toBe(0);
  expect(calls.filter(({ method }) => method === 'PATCH')).toHaveLength(2);
  const { uid } = web(cluster).metadata;
  for (const pod of cluster.pods()) expect(pod.metadata.ownerReferences?.[0]?.uid).toBe(uid);
  const released = cluster.pods()[0] as Pod;
  cluster.put({ ...released, metadata: { ...released.metadata, labels: { app: 'other' } } });
  cluster.run();
  expect(cluster.get<Pod>('Pod', 'default', released.metadata.name)?.metadata.ownerReferences).toEqual([]);
  expect(cluster.pods()).toHaveLength(3);
});

test('waits no longer for what was given up five minutes ago', () => {
  const cluster = newCluster();
  cluster.put(makeReplicaSet({ replicas: 2 }));
  let isFirst = true;
  cluster.intercept = ({ method }) => {
    if (method !== 'POST' || !isFirst) return undefined;
    isFirst = false;
    return { status: 201, body: { metadata: { name: 'never-seen' } } };
  };
  cluster.bringUp();
  expect(cluster.pods()).toHaveLength(1);
  cluster.advance(300_001);
  for (const replicas of [0, 1]) {
    cluster.change(web(cluster), { replicas });
    cluster.bringUp();
    expect(cluster.pods()).toHaveLength(replicas);
  }
});

test.each(['GET', 'PATCH'])('goes on when the orphan is gone after the %s', (method) => {
  const cluster = newCluster();
  const metadata = { name: 'orphan', namespace: 'default', labels: { app: 'web' } };
  const orphan: Pod = { apiVersion: 'v1', kind: 'Pod', metadata, spec: { containers: [] }, status: {} };
  cluster.put(orphan);
  cluster.put(makeReplicaSet({ replicas: 2 }));
  cluster.intercept = (call) => {
    const isGone = call.method === method && cluster.get('Pod', 'default', 'orphan') !== undefined;
    if (isGone) cluster.remove(orphan);
    return undefined;
  };
  cluster.advance(1000);
  expect(cluster.pods()).toHaveLength(2);
});

test('never has more pods than wanted, however late the watch is', () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ do: fc.constant('scale' as const), to: fc.nat(12) }),
      fc.record({ do: fc.constant('ready' as const), pod: fc.nat(12) }),
      fc.record({ do: fc.constant('fail' as const), pod: fc.nat(12) }),
      fc.record({ do: fc.constant('remove' as const), pod: fc.nat(12) }),
    ),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(steps, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (script, chances) => {
      const cluster = newCluster();
      cluster.chance = () => chances.next().value as number;
      cluster.put(makeReplicaSet({ replicas: 5 }));
      cluster.run();
      for (const step of script) {
        const pods = cluster.pods();
        const pod = step.do === 'scale' ? undefined : pods[step.pod % Math.max(1, pods.length)];
        if (step.do === 'scale') cluster.change(web(cluster), { replicas: step.to });
        else if (pod && step.do === 'ready') cluster.setReady(pod);
        else if (pod && step.do === 'fail') cluster.setPhase(pod, 'Failed');
        else if (pod) cluster.remove(pod);
        cluster.run();
        const { spec, status } = web(cluster);
        expect(cluster.active().length).toBe(spec.replicas);
        // The counts are kept up change by change: they must equal a count from nothing.
        expect(status?.replicas).toBe(spec.replicas);
        expect(status?.readyReplicas ?? 0).toBe(cluster.ready().length);
        expect(status?.terminatingReplicas).toBe(cluster.pods().filter(isTerminating).length);
      }
    }),
    { numRuns: 60 },
  );
});
