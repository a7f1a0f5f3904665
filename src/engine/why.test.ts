import { describe, expect, it } from 'vitest';
import type { Cause, Fault, ObjectRef } from './door.ts';
import { createCluster, type SimulatedCluster } from './index.ts';

const APP = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: nginx, image: "nginx:1.27" }] }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: crash }
spec: { containers: [{ name: c, image: busybox, command: [sh, -c, "sleep 3; exit 1"] }] }
---
apiVersion: v1
kind: Pod
metadata: { name: live }
spec:
  containers:
    - { name: c, image: nginx, livenessProbe: { httpGet: { path: /, port: 80 }, periodSeconds: 5 } }
`;

const KINDS =
  'Pod Node Deployment ReplicaSet DaemonSet Event Lease EndpointSlice Service ConfigMap Namespace ServiceAccount'.split(
    ' ',
  );

/** Every object of the cluster, by reference. */
const everything = (cluster: SimulatedCluster): ObjectRef[] =>
  KINDS.flatMap((kind) =>
    cluster.list(kind).map(({ metadata }) => ({ kind, namespace: metadata.namespace, name: metadata.name as string })),
  );

/** What is wrong with a chain of causes; undefined for a good one. */
function flaw(chain: readonly Cause[]): string | undefined {
  const last = chain.at(-1);
  if (last === undefined) return 'empty';
  if (last.end === undefined || last.end === 'forgotten')
    return `ends ${last.end} with ${JSON.stringify(last)} ${chain.length}`;
  const silent = chain.find(({ sentence }) => !/^\S.*[.!?)]$/s.test(sentence.replace(/^You: .*/s, 'You.')));
  if (silent !== undefined) return `${silent.label} (${silent.from} > ${silent.to}) says: ${silent.sentence}`;
  const strange = chain.find(({ sentence }) => /undefined|\[object|null/.test(sentence));
  if (strange !== undefined) return `${strange.label}: ${strange.sentence}`;
  for (let i = 1; i < chain.length; i++) {
    if ((chain[i] as Cause).at > (chain[i - 1] as Cause).dueAt) return `${(chain[i] as Cause).label} comes too late`;
  }
  return undefined;
}

function flaws(cluster: SimulatedCluster): string[] {
  const found = new Set<string>();
  const note = (what: string, chain: readonly Cause[]): void => {
    const wrong = flaw(chain);
    if (wrong !== undefined) found.add(`${what}: ${wrong}`);
  };
  for (const ref of everything(cluster)) note(`${ref.kind} ${ref.name}`, cluster.why(ref));
  let n = 0;
  for (const { id } of cluster.kernel.log.from(0)) if (n++ % 23 === 0) note(`message ${id}`, cluster.why(id));
  return [...found].slice(0, 10);
}

const sentences = (chain: readonly Cause[]): string => chain.map(({ sentence }) => sentence).join('\n');

describe('why', () => {
  it('leads from every object and message of a busy run to an act, a fault, a boot or a repeating timer', () => {
    const cluster = createCluster({ seed: 3 });
    cluster.apply(APP);
    cluster.advance(60_000);
    const faults: (Fault & { forMs: number })[] = [
      { kind: 'node-power-off', target: 'kind-worker2', forMs: 400_000 },
      { kind: 'component-crash', target: 'apiserver', forMs: 0 },
      { kind: 'kubelet-stop', target: 'kind-worker', forMs: 70_000 },
      { kind: 'probe-fail', target: 'default/live', forMs: 60_000 },
      { kind: 'partition', target: ['kind-worker3'], to: ['kind-control-plane'], forMs: 120_000 },
    ];
    for (const { forMs, ...fault } of faults) {
      cluster.inject(forMs > 0 ? { ...fault, forMs } : (fault as Fault));
      cluster.advance(forMs + 60_000);
      if (fault.kind === 'kubelet-stop') cluster.apply(APP.replace('nginx:1.27', 'nginx:1.29'));
    }
    expect(flaws(cluster)).toEqual([]);
  });

  it('does so with three API servers behind a load balancer, through elections and cut wires', () => {
    const cluster = createCluster({ seed: 3, profile: 'ha' });
    cluster.apply(APP);
    cluster.advance(20_000);
    cluster.inject({ kind: 'node-power-off', target: 'kind-control-plane', forMs: 90_000 });
    cluster.advance(120_000);
    cluster.inject({ kind: 'partition', target: 'kind-control-plane3', to: 'kind-control-plane2', forMs: 30_000 });
    cluster.advance(90_000);
    expect(flaws(cluster)).toEqual([]);
    const pod = cluster.list('Pod', 'default').find(({ metadata }) => metadata.name?.startsWith('web-'));
    const told = sentences(cluster.why({ kind: 'Pod', namespace: 'default', name: pod?.metadata.name as string }));
    expect(told).toContain('kubectl creates Deployment web');
    expect(told).toContain('The load balancer passes the request on');
  });

  it('tells of a pod: the write, the controllers, the act', () => {
    const cluster = createCluster({ seed: 1 });
    cluster.apply(APP);
    cluster.advance(20_000);
    const pod = cluster.list('Pod', 'default').find(({ metadata }) => metadata.name?.startsWith('web-'));
    const chain = cluster.why({ kind: 'Pod', namespace: 'default', name: pod?.metadata.name as string });
    expect(chain[0]?.sentence).toMatch(/reports pod web-\S+ Ready/);
    expect(chain.at(-1)).toMatchObject({ end: 'act', from: 'user@outside' });
    expect(chain.at(-1)?.sentence).toBe('You: kubectl apply deployment/web service/web pod/crash and 1 more');
    for (const text of [
      'The Deployment controller creates ReplicaSet',
      'The ReplicaSet controller creates pod',
      'binds',
    ])
      expect(sentences(chain)).toContain(text);
  });

  it('finds the fault behind a silence', () => {
    const cluster = createCluster({ seed: 1 });
    cluster.inject({ kind: 'node-power-off', target: 'kind-worker2' });
    cluster.advance(60_000);
    const chain = cluster.why({ kind: 'Node', name: 'kind-worker2' });
    expect(sentences(chain)).toContain('taints kind-worker2');
    expect(chain.at(-1)).toMatchObject({ end: 'fault', sentence: 'kind-worker2 has no power.' });
    expect(cluster.why({ kind: 'Lease', namespace: 'kube-node-lease', name: 'kind-worker' }).at(-1)?.end).toBe('timer');
  });

  it('leads from a restart and a return to the fault and its end', () => {
    const cluster = createCluster({ seed: 1 });
    cluster.inject({ kind: 'component-crash', target: 'scheduler' });
    cluster.advance(30_000);
    const pod = { kind: 'Pod', namespace: 'kube-system', name: 'kube-scheduler-kind-control-plane' };
    expect(cluster.why(pod).at(-1)).toMatchObject({
      end: 'fault',
      sentence: 'The scheduler on kind-control-plane crashed.',
    });
    cluster.inject({ kind: 'node-power-off', target: 'kind-worker', inMs: 1_000, forMs: 120_000 });
    cluster.advance(200_000);
    expect(cluster.why({ kind: 'Node', name: 'kind-worker' }).at(-1)?.sentence).toBe(
      'kind-worker has power again, and boots.',
    );
  });

  it('says that a timer repeats itself, and how often', () => {
    const cluster = createCluster({ seed: 1 });
    cluster.advance(60_000);
    const last = cluster.why({ kind: 'Lease', namespace: 'kube-node-lease', name: 'kind-worker' }).at(-1);
    expect(last).toMatchObject({ end: 'timer', from: 'kubelet@kind-worker' });
    expect(last?.everyMs).toBeCloseTo(10_000, -3);
  });

  it('remembers writes that etcd has compacted away', () => {
    const cluster = createCluster({ seed: 1 });
    cluster.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'old' }, data: {} });
    cluster.advance(900_000);
    const chain = cluster.why({ kind: 'ConfigMap', namespace: 'default', name: 'old' });
    expect(chain.at(-1)).toMatchObject({ end: 'act', sentence: 'You: kubectl apply configmap/old' });
  });

  it('keeps what else asked for the same', () => {
    const cluster = createCluster({ seed: 1 });
    cluster.apply(APP);
    cluster.advance(20_000);
    const also = [...cluster.kernel.log.also];
    expect(also.length).toBeGreaterThan(0);
    for (const [id, others] of also) {
      for (const other of others)
        expect(cluster.kernel.message(other)?.dueAt).toBeLessThanOrEqual(cluster.message(id)!.message.sentAt);
    }
  });

  it('survives a moment and a fork', () => {
    const cluster = createCluster({ seed: 1 });
    cluster.apply(APP);
    cluster.advance(5_000);
    const fork = cluster.fork();
    cluster.advance(20_000);
    fork.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'other' }, data: {} });
    fork.advance(20_000);
    expect(flaws(fork)).toEqual([]);
    expect(fork.why({ kind: 'ConfigMap', namespace: 'default', name: 'other' }).at(-1)?.end).toBe('act');
    expect(cluster.why({ kind: 'ConfigMap', namespace: 'default', name: 'other' })).toEqual([]);
  });
});

describe('effects', () => {
  it('lists what an act led to, in the order of time, as a tree', () => {
    const cluster = createCluster({ seed: 1 });
    cluster.apply(APP);
    cluster.advance(30_000);
    const act = cluster.kernel.log.acts.at(-1);
    const { list, more } = cluster.effects(act?.id as number);
    expect(more).toBe(0);
    const told = list.map(({ sentence }) => sentence).join('\n');
    for (const text of ['creates Deployment web', 'creates ReplicaSet', 'binds web-', 'Ready', 'EndpointSlice'])
      expect(told).toContain(text);
    list.forEach(({ parent, depth, at }, i) => {
      expect(parent).toBeLessThan(i);
      expect(depth).toBe(parent < 0 ? 0 : (list[parent]?.depth ?? 0) + 1);
      expect(at).toBeGreaterThanOrEqual(act?.sentAt as number);
    });
    const set = cluster.list('ReplicaSet', 'default')[0]?.metadata.name as string;
    const ofSet = cluster.effects({ kind: 'ReplicaSet', namespace: 'default', name: set });
    expect(ofSet.list.map(({ sentence }) => sentence).join('\n')).toContain('creates pod');
    expect(ofSet.list.length).toBeLessThan(list.length);
  });

  it('lists what somebody concludes from the silence after a fault', () => {
    const cluster = createCluster({ seed: 1 });
    cluster.inject({ kind: 'node-power-off', target: 'kind-worker2' });
    const fault = cluster.kernel.log.acts.at(-1)?.id as number;
    cluster.advance(30_000);
    expect(cluster.effects(fault).list).toEqual([]);
    cluster.advance(60_000);
    const [first, second] = cluster.effects(fault).list;
    expect(first).toMatchObject({
      depth: 0,
      sentence: expect.stringContaining('has not seen a heartbeat of kind-worker2'),
    });
    expect(second).toMatchObject({ depth: 1, sentence: expect.stringContaining('taints kind-worker2') });
  });

  it('lists what a fault led to, and nothing for what is not known', () => {
    const cluster = createCluster({ seed: 1 });
    cluster.inject({ kind: 'component-crash', target: 'scheduler' });
    cluster.advance(60_000);
    const fault = cluster.kernel.log.acts.at(-1)?.id as number;
    const told = cluster
      .effects(fault)
      .list.map(({ sentence }) => sentence)
      .join('\n');
    expect(told).toContain('restart 1');
    expect(cluster.effects(10_000_000).list).toEqual([]);
    expect(cluster.effects({ kind: 'Nonsense', name: 'x' }).list).toEqual([]);
    expect(cluster.why(10_000_000)).toEqual([]);
    expect(cluster.trace(10_000_000)).toBeUndefined();
  });
});
