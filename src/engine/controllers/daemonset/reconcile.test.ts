import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ControllerRevision, DaemonSet, Pod } from '../../api/generated/types.ts';
import { isReady } from '../pod-control.ts';
import { makeDaemonSet, makeNode, templateOf, WorkloadCluster } from '../testing.ts';
import { daemonSetController } from './index.ts';
import { targetNode } from './placement.ts';
import { limitsOf } from './spot.ts';
import type { DaemonSetState } from './state.ts';

type Template = DaemonSet['spec']['template'];

class DaemonCluster extends WorkloadCluster {
  constructor(nodes = ['node-a', 'node-b', 'node-c']) {
    super([daemonSetController as never]);
    for (const name of nodes) this.put(makeNode(name));
  }

  set(): DaemonSet {
    return this.get<DaemonSet>('DaemonSet', 'default', 'agent') as DaemonSet;
  }

  /** A pod comes up on the node that it was made for. */
  override setReady(pod: Pod, isReady = true, node = targetNode(pod)): void {
    super.setReady(pod, isReady, node);
  }

  rollTo(image: string): void {
    const set = this.set();
    const generation = String(Number(set.metadata.annotations?.['deprecated.daemonset.template.generation']) + 1);
    const annotations = { 'deprecated.daemonset.template.generation': generation };
    const changed = { ...set, metadata: { ...set.metadata, annotations } };
    this.change(changed, { template: templateOf(image, { app: 'agent' }) as Template });
  }

  images(): Record<string, string[]> {
    const images: Record<string, string[]> = {};
    for (const pod of this.active()) {
      const node = targetNode(pod) as string;
      images[node] = [...(images[node] ?? []), pod.spec.containers[0]?.image ?? ''].sort();
    }
    return images;
  }
}

test('makes one pod for every node, by affinity, with the tolerations of daemons', () => {
  const cluster = new DaemonCluster();
  cluster.put(makeDaemonSet());
  const calls = cluster.run();
  expect(cluster.pods().map(targetNode).sort()).toEqual(['node-a', 'node-b', 'node-c']);
  const [revision] = cluster.list<ControllerRevision>('ControllerRevision') as [ControllerRevision];
  const hash = revision.metadata.name.slice('agent-'.length);
  expect(revision.metadata.labels).toEqual({ app: 'agent', 'controller-revision-hash': hash });
  expect(revision.revision).toBe(1);
  expect(revision.data).toEqual({ spec: { template: { ...cluster.set().spec.template, $patch: 'replace' } } });
  const [pod] = cluster.pods() as [Pod];
  expect(pod.spec.nodeName).toBeUndefined();
  expect(pod.metadata.labels).toEqual({
    app: 'agent',
    'controller-revision-hash': hash,
    'pod-template-generation': '1',
  });
  expect(pod.spec.tolerations?.map(({ key, effect, tolerationSeconds }) => [key, effect, tolerationSeconds])).toEqual([
    ['node.kubernetes.io/not-ready', 'NoExecute', undefined],
    ['node.kubernetes.io/unreachable', 'NoExecute', undefined],
    ['node.kubernetes.io/disk-pressure', 'NoSchedule', undefined],
    ['node.kubernetes.io/memory-pressure', 'NoSchedule', undefined],
    ['node.kubernetes.io/pid-pressure', 'NoSchedule', undefined],
    ['node.kubernetes.io/unschedulable', 'NoSchedule', undefined],
  ]);
  // Slow start: one pod, then two.
  expect(calls.map(({ method }) => method).join(' ')).toMatch(/^POST POST POST POST PUT/);
  expect(cluster.set().status).toEqual({
    currentNumberScheduled: 3,
    numberMisscheduled: 0,
    desiredNumberScheduled: 3,
    numberReady: 0,
    observedGeneration: 1,
    updatedNumberScheduled: 3,
    numberUnavailable: 3,
  });
  expect(cluster.events[0]).toBe(`SuccessfulCreate DaemonSet/agent Created pod: ${pod.metadata.name}`);
});

test('asks for nothing the second time, nor for heartbeats of nodes', () => {
  const cluster = new DaemonCluster();
  cluster.put(makeDaemonSet());
  cluster.bringUp();
  expect(cluster.set().status).toMatchObject({ numberReady: 3, numberAvailable: 3, updatedNumberScheduled: 3 });
  expect(cluster.again(daemonSetController as never, 'default/agent')).toEqual([]);
  const node = makeNode('node-a');
  cluster.put({ ...node, status: { conditions: [] } });
  const state = cluster.states.get(daemonSetController as never) as ReturnType<typeof daemonSetController.create>;
  expect(state.dirty.size).toBe(0);
});

test('follows nodes that come, go and change', () => {
  const cluster = new DaemonCluster(['node-a']);
  const spec = { ...templateOf('agent:1', { app: 'agent' })?.spec, nodeSelector: { disk: 'ssd' } };
  cluster.put(makeDaemonSet({ template: { metadata: { labels: { app: 'agent' } }, spec } as Template }));
  cluster.bringUp();
  expect(cluster.pods()).toHaveLength(0);
  cluster.put(makeNode('node-a', [], { disk: 'ssd' }));
  cluster.bringUp();
  cluster.put(makeNode('node-b', [], { disk: 'ssd' }));
  cluster.bringUp();
  expect(cluster.images()).toEqual({ 'node-a': ['agent:1'], 'node-b': ['agent:1'] });
  cluster.put(makeNode('node-a'));
  cluster.bringUp();
  expect(cluster.images()).toEqual({ 'node-b': ['agent:1'] });
  expect(cluster.set().status).toMatchObject({ desiredNumberScheduled: 1, currentNumberScheduled: 1 });
});

test('a NoSchedule taint leaves the pod where it is but counts it as misplaced; NoExecute takes it away', () => {
  const cluster = new DaemonCluster();
  cluster.put(makeDaemonSet());
  cluster.bringUp();
  cluster.put(makeNode('node-a', [{ key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule' }]));
  cluster.bringUp();
  expect(cluster.set().status).toMatchObject({
    desiredNumberScheduled: 2,
    currentNumberScheduled: 2,
    numberMisscheduled: 1,
    numberReady: 2,
  });
  cluster.put(makeNode('node-a', [{ key: 'gpu', value: 'x', effect: 'NoExecute' }]));
  cluster.bringUp();
  expect(Object.keys(cluster.images())).toEqual(['node-b', 'node-c']);
  cluster.put(makeNode('node-a', [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }]));
  cluster.bringUp();
  expect(cluster.pods()).toHaveLength(3);
});

test.each([0, -3_600_000])('kills a failed pod, the next one after a back-off, and tells (clock off by %i)', (skew) => {
  const cluster = new DaemonCluster(['node-a']);
  cluster.skew = skew;
  cluster.put(makeDaemonSet());
  cluster.bringUp();
  const fail = () => {
    const pod = cluster.active()[0] as Pod;
    cluster.put({ ...pod, spec: { ...pod.spec, nodeName: 'node-a' }, status: { phase: 'Failed' } });
    cluster.run();
    return cluster.pods().find(({ metadata }) => metadata.name === pod.metadata.name)?.metadata.deletionTimestamp;
  };
  const [{ metadata }] = cluster.pods() as [Pod];
  expect(fail()).toBeDefined();
  expect(cluster.events).toContain(
    `FailedDaemonPod DaemonSet/agent Found failed daemon pod default/${metadata.name} on node node-a, will try to kill it`,
  );
  for (const pod of cluster.pods()) cluster.remove(pod);
  cluster.run();
  expect(fail()).toBeUndefined();
  cluster.advance(999);
  expect(cluster.pods()[0]?.metadata.deletionTimestamp).toBeUndefined();
  cluster.advance(1);
  expect(cluster.pods()[0]?.metadata.deletionTimestamp).toBeDefined();
  // Another generation begins anew, and in the place of the one before.
  cluster.change(cluster.set(), { minReadySeconds: 1 });
  for (const pod of cluster.pods()) cluster.remove(pod);
  cluster.run();
  expect(fail()).toBeDefined();
  expect((cluster.states.get(daemonSetController as never) as DaemonSetState).backoff.size).toBe(1);
});

test('rolls an update out one node after the other', () => {
  const cluster = new DaemonCluster();
  cluster.put(makeDaemonSet());
  cluster.bringUp();
  cluster.rollTo('agent:2');
  cluster.run();
  const going = cluster.pods().filter((pod) => pod.metadata.deletionTimestamp);
  expect(going).toHaveLength(1);
  expect(cluster.set().status).toEqual({
    currentNumberScheduled: 3,
    numberMisscheduled: 0,
    desiredNumberScheduled: 3,
    numberReady: 3,
    observedGeneration: 2,
    numberAvailable: 3,
  });
  cluster.remove(going[0] as Pod);
  cluster.run();
  // The new pod must be available before the next one goes.
  expect(cluster.pods().filter((pod) => pod.metadata.deletionTimestamp)).toHaveLength(0);
  cluster.bringUp();
  expect(new Set(cluster.active().map((pod) => pod.spec.containers[0]?.image))).toEqual(new Set(['agent:2']));
  const revisions = cluster.list<ControllerRevision>('ControllerRevision').map(({ revision }) => revision);
  expect(revisions).toEqual([1, 2]);
  expect(cluster.set().status).toMatchObject({ updatedNumberScheduled: 3, numberAvailable: 3 });
});

test('a rollback raises the old revision; history is kept to its limit', () => {
  const cluster = new DaemonCluster();
  cluster.put(makeDaemonSet({ revisionHistoryLimit: 1 }));
  cluster.bringUp();
  cluster.rollTo('agent:2');
  cluster.bringUp();
  cluster.rollTo('agent:1');
  cluster.bringUp();
  const revisions = () => cluster.list<ControllerRevision>('ControllerRevision').map(({ revision }) => revision);
  expect(revisions().sort()).toEqual([2, 3]);
  cluster.rollTo('agent:3');
  cluster.bringUp();
  expect(revisions().sort()).toEqual([3, 4]);
});

test('OnDelete replaces a pod only when somebody deletes it', () => {
  const cluster = new DaemonCluster();
  cluster.put(makeDaemonSet({ updateStrategy: { type: 'OnDelete' } }));
  cluster.bringUp();
  cluster.rollTo('agent:2');
  cluster.bringUp();
  expect(cluster.set().status?.updatedNumberScheduled).toBeUndefined();
  cluster.remove(cluster.pods()[0] as Pod);
  cluster.bringUp();
  expect(cluster.set().status).toMatchObject({ updatedNumberScheduled: 1, numberReady: 3 });
});

test('limits round up', () => {
  const rollingUpdate = { maxUnavailable: '10%', maxSurge: 0 };
  expect(limitsOf(makeDaemonSet({ updateStrategy: { type: 'RollingUpdate', rollingUpdate } }), 11)).toEqual({
    maxSurge: 0,
    maxUnavailable: 2,
  });
});

test('a rolling update keeps its bounds, whatever order things happen in', () => {
  const limit = fc.constantFrom<[number | string, number | string]>(
    [1, 0],
    [2, 0],
    ['30%', 0],
    [0, 1],
    [0, 2],
    [0, '50%'],
  );
  const step = fc.record({ do: fc.constantFrom('ready', 'ready', 'gone', 'gone', 'wait'), at: fc.nat(20) });
  fc.assert(
    fc.property(
      limit,
      fc.integer({ min: 1, max: 6 }),
      fc.array(step, { maxLength: 40 }),
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
      ([maxUnavailable, maxSurge], size, script, chances) => {
        const nodes = Array.from({ length: size }, (_, i) => `node-${i}`);
        const cluster = new DaemonCluster(nodes);
        const rollingUpdate = { maxUnavailable, maxSurge };
        cluster.put(makeDaemonSet({ updateStrategy: { type: 'RollingUpdate', rollingUpdate } }));
        cluster.bringUp();
        const limits = limitsOf(cluster.set(), size);
        cluster.chance = () => chances.next().value as number;
        cluster.rollTo('agent:2');
        for (const { do: what, at } of script) {
          const waiting = cluster.active().filter((pod) => !isReady(pod));
          const going = cluster.pods().filter((pod) => pod.metadata.deletionTimestamp);
          const pod =
            what === 'ready' ? waiting[at % Math.max(1, waiting.length)] : going[at % Math.max(1, going.length)];
          if (what === 'ready' && pod) cluster.setReady(pod);
          if (what === 'gone' && pod) cluster.remove(pod);
          cluster.advance(50);
          expect(size - cluster.ready().length).toBeLessThanOrEqual(limits.maxUnavailable);
          for (const images of Object.values(cluster.images()))
            expect(images.length).toBeLessThanOrEqual(limits.maxSurge > 0 ? 2 : 1);
          const extra = Object.values(cluster.images()).filter((images) => images.length > 1).length;
          expect(extra).toBeLessThanOrEqual(limits.maxSurge);
        }
        cluster.chance = () => 0;
        cluster.bringUp();
        expect(cluster.images()).toEqual(Object.fromEntries(nodes.map((node) => [node, ['agent:2']])));
        expect(cluster.set().status).toMatchObject({ numberAvailable: size, updatedNumberScheduled: size });
        expect(cluster.again(daemonSetController as never, 'default/agent')).toEqual([]);
      },
    ),
    { numRuns: 60 },
  );
});
