import { describe, expect, test } from 'vitest';
import type { Node, Pod } from '../api/generated/types.ts';
import { SchedulerCache } from './cache.ts';
import { makeProfiles, type ProfileConfiguration } from './config.ts';
import { numFeasibleNodesToFind, schedule } from './cycle.ts';
import { describeDecision } from './decision.ts';

const node = (name: string, more: Partial<Node['spec']> = {}, zone?: string): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: zone ? { 'topology.kubernetes.io/zone': zone } : {} },
  spec: more,
  status: { allocatable: { cpu: '4', memory: '8Gi', pods: '110' } },
});
const pod = (name: string, spec: Partial<Pod['spec']> = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: { containers: [{ name: 'c', resources: { requests: { cpu: '500m', memory: '1Gi' } } }], ...spec },
});
const cacheOf = (nodes: Node[], pods: Pod[] = []) => {
  const cache = new SchedulerCache();
  cache.rebuild(nodes, pods);
  return cache;
};
const decide = (cache: SchedulerCache, incoming: Pod, profile: ProfileConfiguration = {}, start = 0) => {
  const attempt = schedule(cache, makeProfiles({ profiles: [profile] })[0]!, incoming, start, () => 0, true);
  const { nodes } = describeDecision(
    { pod: '', attemptedAt: 0, table: attempt.table },
    cache.zoneLists().flatMap((z) => z.nodes),
  );
  return { ...attempt, nodes };
};
const onNode = (name: string) => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In' as const, values: [name] }] }],
      },
    },
  },
});

describe('numFeasibleNodesToFind', () => {
  test.each([
    [50, 0, 50],
    [100, 0, 100],
    [250, 0, 120],
    [500, 0, 230],
    [1000, 0, 420],
    [5000, 0, 500],
    [6000, 0, 300],
    [1000, 30, 300],
    [1000, 100, 1000],
  ])('%i nodes at %i percent: %i are enough', (nodes, percentage, expected) => {
    expect(numFeasibleNodesToFind(nodes, percentage)).toBe(expected);
  });
});

describe('profiles', () => {
  const busy = cacheOf([node('empty'), node('busy')], [pod('other', { nodeName: 'busy' })]);

  test('MostAllocated packs where the default spreads', () => {
    expect(decide(busy, pod('web')).node).toBe('empty');
    const args = { scoringStrategy: { type: 'MostAllocated', resources: [{ name: 'cpu', weight: 1 }] } };
    const packed = decide(busy, pod('web'), { pluginConfig: [{ name: 'NodeResourcesFit', args }] });
    expect(packed.node).toBe('busy');
    expect(packed.nodes.map(({ node: name, scores }) => [name, scores?.NodeResourcesFit?.raw])).toEqual([
      ['empty', 12],
      ['busy', 25],
    ]);
  });

  test('RequestedToCapacityRatio follows its shape', () => {
    const shape = [
      { utilization: 0, score: 0 },
      { utilization: 100, score: 10 },
    ];
    const scoringStrategy = { type: 'RequestedToCapacityRatio', requestedToCapacityRatio: { shape } };
    const { nodes } = decide(busy, pod('web'), {
      pluginConfig: [{ name: 'NodeResourcesFit', args: { scoringStrategy } }],
    });
    expect(nodes.map(({ scores }) => scores?.NodeResourcesFit?.raw)).toEqual([12, 25]);
  });

  test('a disabled plugin neither filters nor scores, a weight replaces the default', () => {
    const cache = cacheOf([node('cordoned', { unschedulable: true }), node('open'), node('other')]);
    const { nodes } = decide(cache, pod('web'), {
      plugins: {
        multiPoint: { disabled: [{ name: 'NodeUnschedulable' }] },
        score: { disabled: [{ name: '*' }], enabled: [{ name: 'TaintToleration', weight: 7 }] },
      },
    });
    expect(nodes).toHaveLength(3);
    for (const { scores, total } of nodes) {
      expect(Object.keys(scores ?? {})).toEqual(['TaintToleration']);
      expect(total).toBe(700);
    }
  });

  test('default constraints of the configuration apply to pods of a Service', () => {
    const web = (name: string, nodeName?: string): Pod => {
      const made = pod(name, { nodeName });
      return { ...made, metadata: { ...made.metadata, labels: { app: 'web' } } };
    };
    const cache = cacheOf([node('a', {}, 'za'), node('b', {}, 'zb')], [web('w1', 'a')]);
    cache.workloads.set({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace: 'default' },
      spec: { selector: { app: 'web' } },
    } as Parameters<typeof cache.workloads.set>[0]);
    const constraint = { maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'DoNotSchedule' };
    const { nodes, node: chosen } = decide(cache, web('w2'), {
      pluginConfig: [{ name: 'PodTopologySpread', args: { defaultingType: 'List', defaultConstraints: [constraint] } }],
    });
    expect(chosen).toBe('b');
    expect(nodes.find(({ node: name }) => name === 'a')?.filter).toEqual({
      ok: false,
      plugin: 'PodTopologySpread',
      reasons: ["node(s) didn't match pod topology spread constraints"],
    });
  });
});

describe('messages', () => {
  test('no nodes at all', () => {
    expect(decide(cacheOf([]), pod('web')).message).toBe('no nodes available to schedule pods');
  });

  test('a pod pinned to one node says why that one refused, and counts the others as not satisfying NodeAffinity', () => {
    const cache = cacheOf([node('a', { unschedulable: true }), node('b'), node('c')]);
    const { message, nodes, nextStartIndex, refusedBy } = decide(cache, pod('agent', onNode('a')));
    expect(message).toBe(
      "0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) didn't satisfy plugin(s) [NodeAffinity]. " +
        'no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.',
    );
    expect(nodes.map(({ filter }) => filter.ok)).toEqual([false, false, false]);
    expect(nextStartIndex).toBe(1);
    expect(refusedBy).toEqual(['NodeAffinity', 'NodeUnschedulable']);
    expect(decide(cache, pod('agent', onNode('b'))).node).toBe('b');
  });

  test('counts sort as strings, and one node can be short of two resources', () => {
    const nodes = Array.from({ length: 12 }, (_, i) => node(`n${i}`));
    const cache = cacheOf(nodes);
    const big = pod('big', {
      containers: [{ name: 'c', resources: { requests: { cpu: '5', memory: '9Gi', 'x.io/gpu': '1' } } }],
    });
    expect(decide(cache, big).message).toContain(
      '0/12 nodes are available: 12 Insufficient cpu, 12 Insufficient memory, 12 Insufficient x.io/gpu. ',
    );
  });

  test('a pod that never preempts says so', () => {
    const full = cacheOf(
      [node('a')],
      [pod('x', { nodeName: 'a', containers: [{ name: 'c', resources: { requests: { cpu: '4' } } }] })],
    );
    const never = pod('web', { priority: 10, preemptionPolicy: 'Never' });
    expect(decide(full, never).message).toBe(
      '0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: not eligible due to preemptionPolicy=Never.',
    );
  });
});

test('nodes are examined zone by zone in turn, from where the last cycle stopped', () => {
  const cache = cacheOf([node('a1', {}, 'a'), node('a2', {}, 'a'), node('b1', {}, 'b'), node('c1', {}, 'c')]);
  const { nodes, nextStartIndex } = decide(cache, pod('web'), {}, 1);
  expect(nodes.map(({ node: name }) => name)).toEqual(['b1', 'c1', 'a2', 'a1']);
  expect(nextStartIndex).toBe(1);
});

test('init containers, sidecars and overhead count as upstream counts them', () => {
  const requests = (cpu: string) => ({ requests: { cpu } });
  const cache = cacheOf([node('a')]);
  cache.assume(
    pod('web', {
      overhead: { cpu: '10m' },
      containers: [{ name: 'c', resources: requests('300m') }],
      initContainers: [
        { name: 'first', resources: requests('700m') },
        { name: 'sidecar', restartPolicy: 'Always', resources: requests('100m') },
        { name: 'second', resources: requests('650m') },
      ],
    }),
    'a',
  );
  expect(cache.requestedCpu[0]).toBe(760);
});

test('a first pod that wants to be with its like may go anywhere, but not once one of them is placed', () => {
  const term = (topologyKey: string) => ({ labelSelector: { matchLabels: { app: 'web' } }, topologyKey });
  const terms = [term('topology.kubernetes.io/zone'), term('rack')];
  const web = (name: string, nodeName?: string): Pod => {
    const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } };
    const made = pod(name, { nodeName, affinity });
    return { ...made, metadata: { ...made.metadata, labels: { app: 'web' } } };
  };
  const racked = node('racked', {}, 'a');
  const nodes = [
    node('plain', {}, 'a'),
    { ...racked, metadata: { name: 'racked', labels: { ...racked.metadata.labels, rack: '1' } } },
  ];
  expect(decide(cacheOf(nodes), web('first')).node).toBe('racked');
  // A pod in the same zone, but in no rack, counts for one of the two terms: the rule for the first pod is over.
  const { message, refusedBy } = decide(cacheOf(nodes, [web('other', 'plain')]), web('second'));
  expect(message).toMatch(/^0\/2 nodes are available: 2 node\(s\) didn't match pod affinity rules\. /);
  expect(refusedBy).toEqual(['InterPodAffinity']);
});
