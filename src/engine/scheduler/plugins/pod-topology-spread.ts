import type { Pod, TopologySpreadConstraint } from '../../api/generated/types.ts';
import type { SchedulerCache } from '../cache.ts';
import type { DomainTable, TopologyIndex } from '../counters.ts';
import { hasNewLabels, hasNewTolerations, nodeChanges } from '../events.ts';
import { type Cycle, type Feasible, type FilterStatus, MAX_NODE_SCORE, type Plugin } from '../framework.ts';
import { hasUntoleratedTaint, matchesRequiredNodeAffinity } from '../placement.ts';
import { type PodShape, type SpreadConstraint, spreadOf } from '../pod-shape.ts';
import { type Selector, selectorMatches } from '../selector.ts';

const NAME = 'PodTopologySpread';
const HOSTNAME = 'kubernetes.io/hostname';
const MISSING_LABEL: FilterStatus = {
  plugin: NAME,
  reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"],
  isResolvable: false,
};
const TOO_SKEWED: FilterStatus = {
  plugin: NAME,
  reasons: ["node(s) didn't match pod topology spread constraints"],
  isResolvable: true,
};
const SYSTEM_DEFAULTS: readonly TopologySpreadConstraint[] = [
  { topologyKey: HOSTNAME, maxSkew: 3, whenUnsatisfiable: 'ScheduleAnyway' },
  { topologyKey: 'topology.kubernetes.io/zone', maxSkew: 5, whenUnsatisfiable: 'ScheduleAnyway' },
];

export interface PodTopologySpreadArgs {
  readonly defaultConstraints?: readonly TopologySpreadConstraint[];
  readonly defaultingType?: 'System' | 'List';
}

interface HardConstraint {
  readonly topology: TopologyIndex;
  readonly table: DomainTable;
  /** Most pods that a domain may have before this one comes. */
  readonly limit: number;
}

interface SoftConstraint {
  readonly topology: TopologyIndex;
  /** Pods per domain, or per node for the host name. */
  readonly counts: ArrayLike<number>;
  readonly isPerNode: boolean;
  readonly offset: number;
  readonly weight: number;
}

/**
 * Keeps the pods of a workload evenly spread over domains.
 * Source: pkg/scheduler/framework/plugins/podtopologyspread/filtering.go, scoring.go and common.go
 */
export function podTopologySpread(args: PodTopologySpreadArgs = {}): Plugin {
  const isSystem = (args.defaultingType ?? 'System') === 'System';
  const defaults = isSystem ? SYSTEM_DEFAULTS : (args.defaultConstraints ?? []);
  const constraintsOf = ({ cache, shape }: Pick<Cycle, 'cache' | 'shape'>, isHard: boolean) =>
    shape.spread.length > 0
      ? shape.spread.filter((constraint) => constraint.isHard === isHard)
      : defaultConstraints(defaults, cache, shape, isHard);
  let hard: HardConstraint[] = [];
  let soft: SoftConstraint[] = [];
  let ignored: Uint8Array | undefined;

  return {
    name: NAME,
    preFilter(cycle) {
      const constraints = constraintsOf(cycle, true);
      if (constraints.length === 0) return 'skip';
      const keys = constraints.map(({ topologyKey }) => topologyKey);
      hard = constraints.map((constraint) => hardConstraint(cycle, constraint, keys));
      return undefined;
    },
    filter(_cycle, slot) {
      for (const { topology, table, limit } of hard) {
        const id = topology.bySlot[slot]!;
        if (id === 0) return MISSING_LABEL;
        if (table.counts[id]! > limit) return TOO_SKEWED;
      }
      return undefined;
    },
    preScore(cycle, feasible) {
      const constraints = constraintsOf(cycle, false);
      if (constraints.length === 0) return false;
      const requiresAll = cycle.shape.spread.length > 0 || !isSystem;
      const keys = requiresAll ? constraints.map(({ topologyKey }) => topologyKey) : [];
      const required = keys.map((key) => cycle.cache.topology(key));
      ignored = requiresAll ? lacking(feasible, required) : undefined;
      soft = constraints.map((constraint) => softConstraint(cycle, feasible, constraint, keys, ignored));
      return true;
    },
    score(_cycle, { slots, count }, out) {
      out.fill(0, 0, count);
      for (const { topology, counts, isPerNode, weight, offset } of soft) {
        const { bySlot } = topology;
        for (let i = 0; i < count; i++) {
          const slot = slots[i]!;
          const id = bySlot[slot]!;
          if (id !== 0) out[i]! += counts[isPerNode ? slot : id]! * weight + offset;
        }
      }
      for (let i = 0; i < count; i++) out[i] = ignored?.[i] ? 0 : Math.round(out[i]!);
    },
    normalize(_cycle, { count }, scores) {
      let min = Number.POSITIVE_INFINITY;
      let max = 0;
      for (let i = 0; i < count; i++) {
        if (ignored?.[i]) continue;
        if (scores[i]! < min) min = scores[i]!;
        if (scores[i]! > max) max = scores[i]!;
      }
      for (let i = 0; i < count; i++) {
        if (ignored?.[i]) scores[i] = 0;
        else if (max === 0) scores[i] = MAX_NODE_SCORE;
        else scores[i] = Math.trunc((MAX_NODE_SCORE * (max + min - scores[i]!)) / max);
      }
    },
    hint(event, pod, shape, cache) {
      const constraints = constraintsOf({ cache, shape }, true);
      const hasAllKeys = (labels: Readonly<Record<string, string>> = {}) =>
        constraints.every(({ topologyKey }) => labels[topologyKey] !== undefined);
      switch (event.type) {
        case 'podAdded':
        case 'podDeleted':
          return constraints.some(({ selector }) => counts(selector, shape.namespace, event.pod));
        case 'podUpdated':
          return constraints.some(
            ({ selector }) =>
              counts(selector, shape.namespace, event.old) !== counts(selector, shape.namespace, event.pod),
          );
        case 'selfUpdated':
          return hasNewLabels(event.old, event.pod) || hasNewTolerations(event.old, pod);
        case 'nodeAdded':
        case 'nodeDeleted':
          return hasAllKeys(event.node.metadata.labels);
        case 'nodeUpdated': {
          const { labels, taints } = nodeChanges(event.old, event.node);
          return (
            (labels || taints) && (hasAllKeys(event.node.metadata.labels) || hasAllKeys(event.old.metadata.labels))
          );
        }
        default:
          return false;
      }
    },
  };
}

function counts(selector: Selector | undefined, namespace: string, { metadata }: Pod): boolean {
  return (
    (metadata.namespace ?? '') === namespace && selector !== undefined && selectorMatches(selector, metadata.labels)
  );
}

/** Default constraints need a workload to count; a bare pod without a Service has none. */
function defaultConstraints(
  defaults: readonly TopologySpreadConstraint[],
  cache: SchedulerCache,
  shape: PodShape,
  isHard: boolean,
): SpreadConstraint[] {
  const wanted = defaults.filter(({ whenUnsatisfiable }) => (whenUnsatisfiable === 'DoNotSchedule') === isHard);
  if (wanted.length === 0) return [];
  const selector = cache.workloads.selectorFor(shape);
  if (selector.requirements.length === 0) return [];
  const matchesSelf = selectorMatches(selector, shape.labels);
  return wanted.map((constraint) => ({ ...spreadOf(constraint, shape.labels), selector, matchesSelf }));
}

function hardConstraint(cycle: Cycle, constraint: SpreadConstraint, keys: readonly string[]): HardConstraint {
  const table = domainTable(cycle, constraint, keys);
  const globalMin = table.domains < constraint.minDomains ? 0 : table.min;
  const self = constraint.matchesSelf ? 1 : 0;
  return { topology: table.topology, table, limit: constraint.maxSkew - self + globalMin };
}

function softConstraint(
  cycle: Cycle,
  feasible: Feasible,
  constraint: SpreadConstraint,
  keys: readonly string[],
  ignored: Uint8Array | undefined,
): SoftConstraint {
  const { cache, shape } = cycle;
  const { topologyKey, selector, maxSkew } = constraint;
  const topology = cache.topology(topologyKey);
  const isPerNode = topologyKey === HOSTNAME;
  const size = isPerNode
    ? feasible.count - (ignored?.reduce((sum, flag) => sum + flag, 0) ?? 0)
    : distinctValues(feasible, topology, ignored);
  const perNode = selector && cache.groups.matchingInNamespace(shape.namespace, selector).perSlot;
  return {
    topology,
    counts: isPerNode ? (perNode ?? NOBODY(cache)) : domainTable(cycle, constraint, keys).counts,
    isPerNode,
    offset: maxSkew - 1,
    weight: Math.log(size + 2),
  };
}

const NOBODY = (cache: SchedulerCache) => new Int32Array(cache.slotEnd);
const NOTHING: Selector = { key: '-', requirements: [] };

/** Matching pods per domain, over nodes that carry all `keys` and that the inclusion policies let in. */
function domainTable({ cache, shape }: Cycle, constraint: SpreadConstraint, keys: readonly string[]): DomainTable {
  const { topologyKey, selector, honorAffinity, honorTaints } = constraint;
  const { placement, namespace } = shape;
  const topology = cache.topology(topologyKey);
  const counter = cache.groups.matchingInNamespace(namespace, selector ?? NOTHING);
  const others = keys.filter((key) => key !== topologyKey);
  const usesAffinity = honorAffinity && placement.affinityKey !== '';
  const tableKey = `${topologyKey}|${others.join()}|${usesAffinity ? placement.affinityKey : ''}|${honorTaints ? `t${placement.tolerationsKey}` : ''}`;
  if (others.length === 0 && !usesAffinity && !honorTaints) return counter.table(tableKey, topology);
  const required = others.map((key) => cache.topology(key));
  const isEligible = (slot: number) =>
    required.every(({ bySlot }) => bySlot[slot] !== 0) &&
    (!usesAffinity || matchesRequiredNodeAffinity(placement, cache.nodes[slot]!)) &&
    !(honorTaints && hasUntoleratedTaint(cache.nodes[slot]!, placement.tolerations));
  return counter.table(tableKey, topology, isEligible, honorTaints);
}

/** Flags nodes that lack one of the keys: they are not scored. */
function lacking({ slots, count }: Feasible, required: readonly TopologyIndex[]): Uint8Array {
  const flags = new Uint8Array(count);
  for (const { bySlot } of required) {
    for (let i = 0; i < count; i++) if (bySlot[slots[i]!] === 0) flags[i] = 1;
  }
  return flags;
}

/** A node without the label counts as a value of its own, as upstream. */
function distinctValues({ slots, count }: Feasible, topology: TopologyIndex, ignored: Uint8Array | undefined): number {
  const seen = new Uint8Array(topology.size);
  const { bySlot } = topology;
  let distinct = 0;
  for (let i = 0; i < count; i++) {
    if (ignored?.[i]) continue;
    const id = bySlot[slots[i]!]!;
    distinct += 1 - seen[id]!;
    seen[id] = 1;
  }
  return distinct;
}
