import { beforeAll, describe, expect, it } from 'vitest';
import type { Deployment, EndpointSlice, Pod } from '../../engine/api/generated/types.ts';
import { createCluster, restore, type SimulatedCluster, type Snapshot } from '../../engine/index.ts';
import { EXAMPLES, example } from './index.ts';

let booted: Snapshot;
beforeAll(() => {
  booted = createCluster({ seed: 1 }).snapshot();
});

/** A fresh cluster with the first `steps` steps applied. */
function applied(id: string, steps = 1): SimulatedCluster {
  const cluster = restore(booted);
  for (const step of example(id).steps.slice(0, steps)) {
    const results = cluster.apply(step.text);
    expect(results.map(({ status }) => status?.message).filter(Boolean)).toEqual([]);
    cluster.advance(25_000);
  }
  return cluster;
}

const pods = (cluster: SimulatedCluster, app: string, namespace = 'default'): Pod[] =>
  (cluster.list('Pod', namespace) as Pod[]).filter(({ metadata }) => metadata.labels?.app === app);
const pod = (cluster: SimulatedCluster, name: string): Pod => cluster.get('Pod', 'default', name) as Pod;
const isReady = ({ status }: Pod): boolean =>
  status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') === true;
const condition = (of: Pod, type: string) => of.status?.conditions?.find((candidate) => candidate.type === type);

it('gives every example an id of its own', () => {
  expect(new Set(EXAMPLES.map(({ id }) => id)).size).toBe(EXAMPLES.length);
});

describe.each(EXAMPLES)('$title', ({ steps }) => {
  it('is taken by the API server, step after step, without a warning', () => {
    const cluster = restore(booted);
    for (const { text } of steps) {
      const results = cluster.apply(text);
      expect(results.map(({ verb }) => verb)).not.toContain('failed');
      expect(results.flatMap(({ warnings }) => warnings ?? [])).toEqual([]);
      cluster.advance(25_000);
    }
  });
});

it('Deployment and Service: three ready pods, and their addresses in the Service', () => {
  const cluster = applied('web');
  expect(pods(cluster, 'web').filter(isReady)).toHaveLength(3);
  const slices = (cluster.list('EndpointSlice', 'default') as EndpointSlice[]).filter(
    ({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === 'web',
  );
  expect(slices.flatMap(({ endpoints }) => endpoints ?? []).filter(({ conditions }) => conditions?.ready)).toHaveLength(
    3,
  );
});

it('nginx Deployment: Deployment, ReplicaSet, three pods', () => {
  const cluster = applied('nginx-deployment');
  const [replicaSet] = cluster.list('ReplicaSet', 'default');
  expect(replicaSet?.metadata.ownerReferences?.[0]?.name).toBe('nginx-deployment');
  const owned = pods(cluster, 'nginx');
  expect(owned.map(({ metadata }) => metadata.ownerReferences?.[0]?.uid)).toEqual(
    Array(3).fill(replicaSet?.metadata.uid),
  );
});

it('rolling update: the bad version stops, three of the four old pods stay ready', () => {
  const cluster = applied('rolling-update', 2);
  cluster.advance(60_000);
  const all = pods(cluster, 'shop');
  const image = ({ spec }: Pod): string | undefined => spec?.containers[0]?.image;
  expect(all.filter(isReady).map(image)).toEqual(['nginx:1.27', 'nginx:1.27', 'nginx:1.27']);
  const bad = all.filter((candidate) => image(candidate) === 'nginx:1.161');
  expect(bad).toHaveLength(2);
  for (const { status } of bad) {
    expect(status?.containerStatuses?.[0]?.state?.waiting?.reason).toMatch(/^(ErrImagePull|ImagePullBackOff)$/);
  }
  expect((cluster.get('Deployment', 'default', 'shop') as Deployment).status?.availableReplicas).toBe(3);
});

it('DaemonSet: one pod on each of the four nodes', () => {
  const nodes = pods(applied('daemonset'), 'node-agent').map(({ spec }) => spec?.nodeName);
  expect(nodes.sort()).toEqual(['kind-control-plane', 'kind-worker', 'kind-worker2', 'kind-worker3']);
});

it('liveness probe: restarted after the probe failed three times', () => {
  const cluster = applied('liveness-exec');
  const restarts = (): number | undefined => pod(cluster, 'liveness-exec').status?.containerStatuses?.[0]?.restartCount;
  expect(restarts()).toBe(0);
  cluster.advance(75_000);
  expect(restarts()).toBe(1);
});

it('readiness probe: runs, but is in the Service only after its probe succeeds', () => {
  const cluster = restore(booted);
  cluster.apply(example('readiness').steps[0]?.text ?? '');
  cluster.advance(10_000);
  expect(pod(cluster, 'warming-up').status?.phase).toBe('Running');
  expect(isReady(pod(cluster, 'warming-up'))).toBe(false);
  cluster.advance(25_000);
  expect(isReady(pod(cluster, 'warming-up'))).toBe(true);
});

it('crash loop: the waits between restarts get longer', () => {
  const cluster = applied('crash-loop');
  cluster.advance(95_000);
  const status = pod(cluster, 'crashing').status?.containerStatuses?.[0];
  expect(status?.restartCount).toBeGreaterThanOrEqual(3);
  expect(status?.state?.waiting?.reason).toBe('CrashLoopBackOff');
});

it('init containers: the app starts after both have succeeded', () => {
  const cluster = restore(booted);
  cluster.apply(example('init-containers').steps[0]?.text ?? '');
  cluster.advance(6_000);
  expect(pod(cluster, 'init-demo').status?.phase).toBe('Pending');
  cluster.advance(20_000);
  const { status } = pod(cluster, 'init-demo');
  expect(status?.initContainerStatuses?.map(({ state }) => state?.terminated?.reason)).toEqual([
    'Completed',
    'Completed',
  ]);
  expect(status?.phase).toBe('Running');
});

it('requests that do not fit: Pending, with a reason for every node', () => {
  const scheduled = condition(pod(applied('too-big'), 'too-big'), 'PodScheduled');
  expect(scheduled?.reason).toBe('Unschedulable');
  expect(scheduled?.message).toContain('0/4 nodes are available');
  expect(scheduled?.message).toContain('3 Insufficient cpu');
});

it('node affinity: the preferred one of the two allowed nodes', () => {
  expect(pod(applied('node-affinity'), 'picky').spec?.nodeName).toBe('kind-worker3');
});

it('pods that avoid each other: three run, the fourth is Pending', () => {
  const all = pods(applied('anti-affinity'), 'loner');
  expect(new Set(all.filter(isReady).map(({ spec }) => spec?.nodeName)).size).toBe(3);
  expect(all.filter(({ status }) => status?.phase === 'Pending')).toHaveLength(1);
});

it('topology spread: two on each worker', () => {
  const perNode = new Map<string, number>();
  for (const { spec } of pods(applied('topology-spread'), 'spread')) {
    const node = spec?.nodeName ?? '';
    perNode.set(node, (perNode.get(node) ?? 0) + 1);
  }
  expect([...perNode].sort()).toEqual([
    ['kind-worker', 2],
    ['kind-worker2', 2],
    ['kind-worker3', 2],
  ]);
});

it('scheduling gate: not looked at while closed, runs once open', () => {
  const closed = pod(applied('scheduling-gates', 1), 'gated');
  expect(closed.spec?.nodeName).toBeUndefined();
  expect(condition(closed, 'PodScheduled')?.reason).toBe('SchedulingGated');
  expect(isReady(pod(applied('scheduling-gates', 2), 'gated'))).toBe(true);
});

it('quota: three of five pods', () => {
  const cluster = applied('quota');
  expect(pods(cluster, 'eager', 'team-a')).toHaveLength(3);
  expect(pods(cluster, 'eager', 'team-a')[0]?.spec?.containers[0]?.resources?.requests?.cpu).toBe('250m');
  const refused = cluster
    .list('Event', 'team-a')
    .filter((event) => (event as { reason?: string }).reason === 'FailedCreate');
  expect(refused.length).toBeGreaterThan(0);
  expect((refused[0] as { message?: string }).message).toContain('exceeded quota: team-quota');
});
