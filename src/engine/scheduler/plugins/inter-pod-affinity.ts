import type { Pod } from '../../api/generated/types.ts';
import type { SchedulerCache } from '../cache.ts';
import type { DomainTable, PodCounter } from '../counters.ts';
import { hasNewLabels, nodeChanges } from '../events.ts';
import { type Cycle, type FilterStatus, MAX_NODE_SCORE, type Plugin } from '../framework.ts';
import type { AffinityTerm } from '../pod-shape.ts';

const NAME = 'InterPodAffinity';
const AFFINITY: FilterStatus = {
  plugin: NAME,
  reasons: ["node(s) didn't match pod affinity rules"],
  isResolvable: false,
};
const ANTI_AFFINITY: FilterStatus = {
  plugin: NAME,
  reasons: ["node(s) didn't match pod anti-affinity rules"],
  isResolvable: true,
};
const EXISTING_ANTI_AFFINITY: FilterStatus = {
  plugin: NAME,
  reasons: ["node(s) didn't satisfy existing pods anti-affinity rules"],
  isResolvable: true,
};

export interface InterPodAffinityArgs {
  readonly hardPodAffinityWeight?: number;
  readonly ignorePreferredTermsOfExistingPods?: boolean;
}

interface WeightedTable {
  readonly table: DomainTable;
  readonly weight: number;
}

/**
 * Attraction and repulsion between pods, from the terms of the incoming pod and of the pods already placed.
 * Source: pkg/scheduler/framework/plugins/interpodaffinity/filtering.go and scoring.go
 */
export function interPodAffinity(args: InterPodAffinityArgs = {}): Plugin {
  const { hardPodAffinityWeight = 1, ignorePreferredTermsOfExistingPods: ignoresExisting = false } = args;
  let affinity: DomainTable[] = [];
  let antiAffinity: DomainTable[] = [];
  let existing: DomainTable[] = [];
  /** The first pod of a group that wants to be together may go anywhere. */
  let isFirstOfItsKind = false;
  let weighted: WeightedTable[] = [];

  return {
    name: NAME,
    preFilter(cycle) {
      const { cache, shape } = cycle;
      existing = cache.groups
        .termsMatching(shape)
        .filter(({ kind }) => kind === 'requiredAntiAffinity')
        .map(({ holders, term }) => domains(cache, holders, term))
        .filter(({ total }) => total > 0);
      const { requiredAffinity, requiredAntiAffinity } = shape;
      if (existing.length === 0 && requiredAffinity.length === 0 && requiredAntiAffinity.length === 0) return 'skip';
      affinity = affinityTables(cache, requiredAffinity);
      isFirstOfItsKind =
        affinity.every(({ total }) => total === 0) &&
        requiredAffinity.every((term) => cache.groups.termMatches(term, shape.namespace, shape.labels));
      antiAffinity = requiredAntiAffinity.map((term) => domains(cache, cache.groups.matchingAll([term]), term));
      return undefined;
    },
    filter(_cycle, slot) {
      if (!satisfiesAffinity(affinity, isFirstOfItsKind, slot)) return AFFINITY;
      if (antiAffinity.some((table) => hasPods(table, slot))) return ANTI_AFFINITY;
      return existing.some((table) => hasPods(table, slot)) ? EXISTING_ANTI_AFFINITY : undefined;
    },
    preScore(cycle) {
      weighted = weightedTables(cycle, hardPodAffinityWeight, ignoresExisting);
      return weighted.length > 0;
    },
    score(_cycle, { slots, count }, out) {
      out.fill(0, 0, count);
      for (const { table, weight } of weighted) {
        const { counts, topology } = table;
        for (let i = 0; i < count; i++) {
          const id = topology.bySlot[slots[i]!]!;
          if (id !== 0) out[i]! += counts[id]! * weight;
        }
      }
    },
    normalize(_cycle, { count }, scores) {
      let min = Number.POSITIVE_INFINITY;
      let max = Number.NEGATIVE_INFINITY;
      for (let i = 0; i < count; i++) {
        min = Math.min(min, scores[i]!);
        max = Math.max(max, scores[i]!);
      }
      const range = max - min;
      for (let i = 0; i < count; i++) {
        scores[i] = range > 0 ? Math.trunc(MAX_NODE_SCORE * ((scores[i]! - min) / range)) : 0;
      }
    },
    hint(event, _pod, shape, cache) {
      const { requiredAffinity, requiredAntiAffinity } = shape;
      const matchesAll = (pod: Pod) =>
        requiredAffinity.length > 0 && requiredAffinity.every((t) => holds(cache, t, pod));
      const matchesAnti = (pod: Pod) => requiredAntiAffinity.some((term) => holds(cache, term, pod));
      switch (event.type) {
        case 'podAdded':
          return matchesAll(event.pod);
        case 'podUpdated':
          if (!hasNewLabels(event.old, event.pod)) return false;
          return (
            (!matchesAll(event.old) && matchesAll(event.pod)) || (matchesAnti(event.old) && !matchesAnti(event.pod))
          );
        case 'podDeleted': {
          const { requiredAntiAffinity: theirs } = cache.shapes.of(event.pod);
          const wasRepelled = theirs.some((term) => cache.groups.termMatches(term, shape.namespace, shape.labels));
          return matchesAnti(event.pod) || wasRepelled;
        }
        case 'selfUpdated':
          return hasNewLabels(event.old, event.pod);
        case 'nodeAdded':
          return true;
        case 'nodeUpdated':
          return nodeChanges(event.old, event.node).labels;
        default:
          return false;
      }
    },
  };
}

function domains(cache: SchedulerCache, counter: PodCounter, { topologyKey }: AffinityTerm): DomainTable {
  return counter.table(topologyKey, cache.topology(topologyKey));
}

/** A pod counts for the affinity only if it matches all terms; it then counts in the domain of each. */
function affinityTables(cache: SchedulerCache, terms: readonly AffinityTerm[]): DomainTable[] {
  if (terms.length === 0) return [];
  const counter = cache.groups.matchingAll(terms);
  return terms.map((term) => domains(cache, counter, term));
}

function satisfiesAffinity(tables: readonly DomainTable[], isFirstOfItsKind: boolean, slot: number): boolean {
  let isMatched = true;
  for (const { topology, counts } of tables) {
    const id = topology.bySlot[slot]!;
    if (id === 0) return false;
    if (counts[id] === 0) isMatched = false;
  }
  return isMatched || isFirstOfItsKind;
}

function hasPods({ topology, counts }: DomainTable, slot: number): boolean {
  const id = topology.bySlot[slot]!;
  return id !== 0 && counts[id]! > 0;
}

/** Buckets that are not empty; none at all takes the score out of the cycle. */
function weightedTables({ cache, shape }: Cycle, hardWeight: number, ignoresExisting: boolean): WeightedTable[] {
  const tables: WeightedTable[] = [];
  const { preferredAffinity } = shape;
  if (ignoresExisting && preferredAffinity.length === 0) return tables;
  for (const { term, weight } of preferredAffinity) {
    tables.push({ table: domains(cache, cache.groups.matchingAll([term]), term), weight });
  }
  for (const { kind, term, weight, holders } of cache.groups.termsMatching(shape)) {
    if (kind === 'requiredAntiAffinity' || (kind === 'requiredAffinity' && hardWeight === 0)) continue;
    tables.push({ table: domains(cache, holders, term), weight: kind === 'preferred' ? weight : hardWeight });
  }
  return tables.filter(({ table }) => table.total > 0);
}

function holds(cache: SchedulerCache, term: AffinityTerm, { metadata }: Pod): boolean {
  return cache.groups.termMatches(term, metadata.namespace ?? '', metadata.labels ?? {});
}
