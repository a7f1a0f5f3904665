import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Affinity, Node, Pod, TopologySpreadConstraint } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { draw } from '../kernel/random.ts';
import { podKeyOf, SchedulerCache } from './cache.ts';
import { makeProfiles } from './config.ts';
import { schedule } from './cycle.ts';

/** A small world in which nodes and pods come, change and go at random. */
class World {
  readonly nodes = new Map<string, Node>();
  readonly pods = new Map<string, Pod>();
  private readonly stream: { position: number };
  private made = 0;
  /** Share of changes that are about nodes. */
  unrest = 0.2;

  constructor(seed: number) {
    this.stream = { position: seed };
  }

  chance(share: number): boolean {
    return draw(this.stream) < share;
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(draw(this.stream) * items.length)]!;
  }

  node(name: string): Node {
    const labels: Record<string, string> = { disk: this.pick(['ssd', 'hdd']) };
    if (this.chance(0.7)) labels['kubernetes.io/hostname'] = name;
    if (this.chance(0.7)) labels['topology.kubernetes.io/zone'] = this.pick(['a', 'b', 'c']);
    const taints = this.chance(0.3)
      ? [{ key: this.pick(['gpu', 'old']), effect: this.pick(['NoSchedule', 'PreferNoSchedule'] as const) }]
      : undefined;
    return {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name, labels },
      spec: { taints, unschedulable: this.chance(0.1) || undefined },
      status: {
        allocatable: { cpu: this.pick(['2', '4']), memory: '8Gi', pods: this.pick(['4', '20']), 'x.io/gpu': '2' },
        images: this.chance(0.5) ? [{ names: [this.pick(['app:v1', 'big'])], sizeBytes: 300_000_000 }] : undefined,
      },
    };
  }

  pod(nodeName?: string): Pod {
    const name = `p${this.made++}`;
    const app = this.pick(['web', 'db', 'cache']);
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: app, uid: `rs-${app}`, controller: true };
    const requests = { cpu: this.pick(['100m', '500m', '1']), memory: this.pick(['64Mi', '1Gi']) };
    const extra: Record<string, string> = this.chance(0.1) ? { 'x.io/gpu': '1' } : {};
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name,
        namespace: this.pick(['one', 'two']),
        labels: { app },
        ownerReferences: this.chance(0.5) ? [owner] : undefined,
        deletionTimestamp: nodeName && this.chance(0.15) ? '2026-01-01T00:00:00Z' : undefined,
      },
      spec: {
        nodeName,
        containers: [
          {
            name: 'c',
            image: this.pick(['app:v1', 'big', 'none']),
            resources: this.chance(0.8) ? { requests: { ...requests, ...extra } } : undefined,
            ports: this.chance(0.1) ? [{ containerPort: 80, hostPort: 8080 }] : undefined,
          },
        ],
        nodeSelector: this.chance(0.15) ? { disk: 'ssd' } : undefined,
        tolerations: this.chance(0.3) ? [{ key: 'gpu', operator: 'Exists' }] : undefined,
        affinity: this.chance(0.5) ? this.affinity() : undefined,
        topologySpreadConstraints: this.chance(0.4)
          ? [this.spread(), ...(this.chance(0.5) ? [this.spread()] : [])]
          : undefined,
      },
    };
  }

  private affinity(): Affinity {
    const term = () => ({
      labelSelector: { matchLabels: { app: this.pick(['web', 'db', 'cache']) } },
      topologyKey: this.pick(['kubernetes.io/hostname', 'topology.kubernetes.io/zone']),
      namespaces: this.chance(0.2) ? ['one', 'two'] : undefined,
      namespaceSelector: this.chance(0.2) ? { matchLabels: { team: 'a' } } : undefined,
    });
    const some = <T>(share: number, make: () => T) =>
      this.chance(share) ? (this.chance(0.3) ? [make(), make()] : [make()]) : undefined;
    const weighted = () => ({ weight: this.pick([1, 50, 100]), podAffinityTerm: term() });
    return {
      podAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: some(0.3, term),
        preferredDuringSchedulingIgnoredDuringExecution: some(0.4, weighted),
      },
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: some(0.2, term),
        preferredDuringSchedulingIgnoredDuringExecution: some(0.4, weighted),
      },
    };
  }

  private spread(): TopologySpreadConstraint {
    return {
      topologyKey: this.pick(['kubernetes.io/hostname', 'topology.kubernetes.io/zone', 'disk']),
      maxSkew: this.pick([1, 2]),
      minDomains: this.chance(0.2) ? 3 : undefined,
      whenUnsatisfiable: this.pick(['DoNotSchedule', 'ScheduleAnyway']),
      labelSelector: { matchLabels: { app: this.pick(['web', 'db']) } },
      nodeTaintsPolicy: this.chance(0.3) ? 'Honor' : undefined,
      nodeAffinityPolicy: this.chance(0.3) ? 'Ignore' : undefined,
    };
  }

  /** One random change, made in the world and told to the cache. */
  change(cache: SchedulerCache): void {
    const kind = draw(this.stream);
    const name = `n${Math.floor(draw(this.stream) * 8)}`;
    if (kind < this.unrest) {
      const node = this.node(name);
      this.nodes.set(name, node);
      cache.setNode(node);
    } else if (kind < this.unrest * 1.25) {
      this.nodes.delete(name);
      cache.removeNode(name);
    } else if (kind < 0.4 && this.pods.size > 0) {
      const key = this.pick([...this.pods.keys()]);
      this.pods.delete(key);
      cache.removePod(key);
    } else if (kind < 0.5 && this.pods.size > 0) {
      const old = this.pick([...this.pods.values()]);
      const labels = { app: this.pick(['web', 'db']) };
      const pod = { ...old, metadata: { ...old.metadata, labels, deletionTimestamp: '2026-01-01T00:00:00Z' } };
      this.pods.set(podKeyOf(pod), pod);
      cache.setPod(pod);
    } else {
      const pod = this.pod(name);
      this.pods.set(podKeyOf(pod), pod);
      if (this.chance(0.3)) {
        cache.assume(pod, name);
        if (this.chance(0.5)) {
          cache.forget(podKeyOf(pod));
          cache.assume(pod, name);
        }
      }
      cache.setPod(pod);
    }
  }
}

const workloads = ['web', 'db'].map((app) => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: app, namespace: 'one', uid: `rs-${app}` },
  spec: { selector: { matchLabels: { app } } },
}));

function prepared(cache: SchedulerCache): SchedulerCache {
  cache.groups.setNamespace('one', { team: 'a' });
  cache.groups.setNamespace('two', { team: 'b' });
  for (const workload of workloads) cache.workloads.set(workload as KubernetesObject);
  return cache;
}

test('a cache kept event by event decides as one made anew from nodes and pods', () => {
  let decided = 0;
  let refused = 0;
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const world = new World(seed);
      const kept = prepared(new SchedulerCache());
      const [keptProfile] = makeProfiles();
      // The same few pods ask again and again, so that what is kept for them is used after many changes.
      const asking = Array.from({ length: 6 }, () => world.pod());
      for (let i = 0; i < 30; i++) world.change(kept);
      world.unrest = 0.04;
      for (let round = 0; round < 40; round++) {
        world.change(kept);
        if (kept.nodeCount === 0 || round % 2 === 0) continue;
        const fresh = prepared(new SchedulerCache());
        fresh.rebuild(world.nodes.values(), world.pods.values(), kept.zoneLists());
        const pod = world.pick(asking);
        const start = round % kept.nodeCount;
        const incremental = schedule(kept, keptProfile!, pod, start, () => 0, true);
        expect(incremental).toEqual(schedule(fresh, makeProfiles()[0]!, pod, start, () => 0, true));
        const quick = schedule(kept, keptProfile!, pod, start, () => 0, false);
        expect(quick).toEqual({ ...incremental, table: quick.table });
        decided++;
        if (incremental.node === undefined) refused++;
      }
    }),
    { numRuns: 80 },
  );
  expect(decided).toBeGreaterThan(500);
  expect(refused).toBeGreaterThan(50);
  expect(refused).toBeLessThan(decided / 2);
});

test('hard spreading and required pod affinity agree with a walk over all pods', () => {
  let refused = 0;
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const world = new World(seed);
      const cache = prepared(new SchedulerCache());
      const [profile] = makeProfiles();
      for (let round = 0; round < 30; round++) world.change(cache);
      const asking = Array.from({ length: 4 }, () => world.pod());
      for (let attempt = 0; attempt < 12; attempt++) {
        const pod = world.pick(asking);
        world.change(cache);
        const { table } = schedule(cache, profile!, pod, 0, () => 0, true);
        const passed = table?.passed ?? [];
        const refusedAt = new Map(table?.refused.map((name, i) => [name, table.refusals[i]!.plugin]));
        for (const node of world.nodes.values()) {
          const { name } = node.metadata;
          const verdict = refusedAt.get(name);
          if (!passed.includes(name) && verdict !== 'PodTopologySpread' && verdict !== 'InterPodAffinity') continue;
          if (!passed.includes(name)) refused++;
          const spreads = walkSpread(world, pod, node);
          expect(spreads).toBe(verdict !== 'PodTopologySpread');
          if (spreads) expect(walkAffinity(world, pod, node)).toBe(verdict !== 'InterPodAffinity');
        }
      }
    }),
    { numRuns: 60 },
  );
  expect(refused).toBeGreaterThan(100);
});

const nodeOf = (world: World, pod: Pod) => world.nodes.get(pod.spec.nodeName!);
const labelOf = (node: Node | undefined, key: string) => node?.metadata.labels?.[key];
const hasApp = (pod: Pod, selector: { matchLabels?: Record<string, string> } | undefined) =>
  pod.metadata.labels?.app === selector?.matchLabels?.app;

function walkSpread(world: World, pod: Pod, node: Node): boolean {
  const hard = (pod.spec.topologySpreadConstraints ?? []).filter((c) => c.whenUnsatisfiable === 'DoNotSchedule');
  return hard.every((constraint) => {
    const { topologyKey, labelSelector, maxSkew, minDomains = 1 } = constraint;
    const counts = new Map<string, number>();
    for (const other of world.nodes.values()) {
      if (hard.some((c) => labelOf(other, c.topologyKey) === undefined)) continue;
      const honorsAffinity = constraint.nodeAffinityPolicy !== 'Ignore';
      if (honorsAffinity && pod.spec.nodeSelector && other.metadata.labels?.disk !== 'ssd') continue;
      const hasTaint = other.spec.taints?.some(
        (t) => t.effect === 'NoSchedule' && !(t.key === 'gpu' && pod.spec.tolerations),
      );
      if (constraint.nodeTaintsPolicy === 'Honor' && hasTaint) continue;
      const here = [...world.pods.values()].filter(
        (p) =>
          p.spec.nodeName === other.metadata.name &&
          p.metadata.namespace === pod.metadata.namespace &&
          !p.metadata.deletionTimestamp &&
          hasApp(p, labelSelector),
      ).length;
      const value = labelOf(other, topologyKey)!;
      counts.set(value, (counts.get(value) ?? 0) + here);
    }
    const value = labelOf(node, topologyKey);
    if (value === undefined) return false;
    const min = counts.size < minDomains ? 0 : Math.min(...counts.values());
    return (counts.get(value) ?? 0) + (hasApp(pod, labelSelector) ? 1 : 0) - min <= maxSkew;
  });
}

type Term = NonNullable<NonNullable<Affinity['podAffinity']>['requiredDuringSchedulingIgnoredDuringExecution']>[number];

function walkAffinity(world: World, pod: Pod, node: Node): boolean {
  const required = pod.spec.affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const anti = pod.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  const matches = (holder: Pod, term: Term, other: Pod) => {
    const team = other.metadata.namespace === 'one' ? 'a' : 'b';
    const inNamespace =
      term.namespaces?.includes(other.metadata.namespace!) || term.namespaceSelector?.matchLabels?.team === team;
    const isOwn = !term.namespaces && !term.namespaceSelector && other.metadata.namespace === holder.metadata.namespace;
    return (inNamespace || isOwn) && hasApp(other, term.labelSelector);
  };
  const shares = (key: string, other: Pod) =>
    labelOf(node, key) !== undefined && labelOf(node, key) === labelOf(nodeOf(world, other), key);
  const placed = [...world.pods.values()].filter((other) => nodeOf(world, other));
  const isFirst =
    !placed.some(
      (p) =>
        required.every((t) => matches(pod, t, p)) && required.some((t) => labelOf(nodeOf(world, p), t.topologyKey)),
    ) && required.every((t) => matches(pod, t, pod));
  const isAttracted = required.every(
    (term) =>
      labelOf(node, term.topologyKey) !== undefined &&
      (isFirst || placed.some((p) => shares(term.topologyKey, p) && required.every((t) => matches(pod, t, p)))),
  );
  const isRepelled = placed.some((other) => {
    const theirs = other.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    return (
      anti.some((term) => shares(term.topologyKey, other) && matches(pod, term, other)) ||
      theirs.some((term) => shares(term.topologyKey, other) && matches(other, term, pod))
    );
  });
  return isAttracted && !isRepelled;
}
