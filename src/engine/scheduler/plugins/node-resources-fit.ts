import type { Node } from '../../api/generated/types.ts';
import type { SchedulerCache } from '../cache.ts';
import { nodeChanges } from '../events.ts';
import { type Feasible, type FilterStatus, MAX_NODE_SCORE, type Plugin } from '../framework.ts';
import type { PodShape } from '../pod-shape.ts';
import { nodeAllocatable } from '../requests.ts';
import { CPU_AND_MEMORY, type ResourceWeight, resourceColumn } from './node-resources.ts';

const NAME = 'NodeResourcesFit';

export interface UtilizationShapePoint {
  readonly utilization: number;
  /** 0..10, as in the configuration. */
  readonly score: number;
}

export interface NodeResourcesFitArgs {
  readonly ignoredResources?: readonly string[];
  readonly ignoredResourceGroups?: readonly string[];
  readonly scoringStrategy?: {
    readonly type?: 'LeastAllocated' | 'MostAllocated' | 'RequestedToCapacityRatio';
    readonly resources?: readonly ResourceWeight[];
    readonly requestedToCapacityRatio?: { readonly shape: readonly UtilizationShapePoint[] };
  };
}

/**
 * Refuses nodes without room for the pod's requests, naming all that is short; prefers nodes by how much is in use.
 * Source: pkg/scheduler/framework/plugins/noderesources/fit.go
 */
export function nodeResourcesFit(args: NodeResourcesFitArgs = {}): Plugin {
  const { scoringStrategy: strategy = {}, ignoredResources = [], ignoredResourceGroups = [] } = args;
  const resources = strategy.resources?.length ? strategy.resources : CPU_AND_MEMORY;
  const score = scorer(strategy);
  const statuses = new Map<string, FilterStatus>();
  let weights = new Float64Array(0);
  const ignores = (name: string) =>
    ignoredResources.includes(name) || ignoredResourceGroups.includes(name.slice(0, Math.max(0, name.indexOf('/'))));

  const refusal = (cache: SchedulerCache, shape: PodShape, slot: number): FilterStatus => {
    const { reasons, isResolvable } = shortages(cache, shape, slot, ignores);
    const key = `${isResolvable}${reasons.join()}`;
    let status = statuses.get(key);
    if (status === undefined) {
      status = { plugin: NAME, reasons, isResolvable };
      statuses.set(key, status);
    }
    return status;
  };

  return {
    name: NAME,
    filter({ cache, shape }, slot) {
      const { actual, isZero } = shape.requests;
      const hasRoom =
        cache.podCount[slot]! < cache.allocatablePods[slot]! &&
        (isZero ||
          (isEnough(actual.cpu, cache.allocatableCpu[slot]!, cache.requestedCpu[slot]!) &&
            isEnough(actual.memory, cache.allocatableMemory[slot]!, cache.requestedMemory[slot]!) &&
            isEnough(actual.ephemeralStorage, cache.allocatableEphemeral[slot]!, cache.requestedEphemeral[slot]!) &&
            actual.scalars === undefined));
      if (hasRoom) return undefined;
      const status = refusal(cache, shape, slot);
      return status.reasons.length > 0 ? status : undefined;
    },
    score({ cache, shape }, feasible, out) {
      if (weights.length < feasible.count) weights = new Float64Array(feasible.count);
      weights.fill(0, 0, feasible.count);
      out.fill(0, 0, feasible.count);
      for (const { name, weight } of resources) {
        const column = resourceColumn(cache, shape, name, true);
        if (column) addScores(feasible, column, weight, score, out, weights);
      }
      const round = score.rounds ? Math.round : Math.trunc;
      for (let i = 0; i < feasible.count; i++) out[i] = weights[i] === 0 ? 0 : round(out[i]! / weights[i]!);
    },
    hint(event, _pod, shape, cache) {
      switch (event.type) {
        case 'podDeleted':
          return !!event.pod.spec.nodeName || !!event.pod.status?.nominatedNodeName;
        case 'podUpdated':
        case 'selfUpdated':
          return asksForLess(cache.shapes.of(event.old), cache.shapes.of(event.pod));
        case 'nodeAdded':
          return couldFit(shape, event.node);
        case 'nodeUpdated':
          return nodeChanges(event.old, event.node).allocatable && couldFit(shape, event.node)
            ? hasGrown(shape, event.old, event.node)
            : false;
        default:
          return false;
      }
    },
  };
}

function isEnough(wanted: number, allocatable: number, requested: number): boolean {
  return wanted === 0 || wanted <= allocatable - requested;
}

function shortages(
  cache: SchedulerCache,
  { requests: { actual, isZero } }: PodShape,
  slot: number,
  ignores: (name: string) => boolean,
): { reasons: string[]; isResolvable: boolean } {
  const reasons: string[] = [];
  let isResolvable = true;
  if (cache.podCount[slot]! + 1 > cache.allocatablePods[slot]!) reasons.push('Too many pods');
  if (isZero) return { reasons, isResolvable };
  const compare = (name: string, wanted: number, allocatable: number, requested: number) => {
    if (isEnough(wanted, allocatable, requested)) return;
    reasons.push(`Insufficient ${name}`);
    if (wanted > allocatable) isResolvable = false;
  };
  compare('cpu', actual.cpu, cache.allocatableCpu[slot]!, cache.requestedCpu[slot]!);
  compare('memory', actual.memory, cache.allocatableMemory[slot]!, cache.requestedMemory[slot]!);
  const ephemeral = actual.ephemeralStorage;
  compare('ephemeral-storage', ephemeral, cache.allocatableEphemeral[slot]!, cache.requestedEphemeral[slot]!);
  for (const [name, wanted] of actual.scalars ?? []) {
    if (ignores(name)) continue;
    const allocatable = cache.allocatableScalars[slot]?.get(name) ?? 0;
    compare(name, wanted, allocatable, cache.requestedScalars[slot]?.get(name) ?? 0);
  }
  return { reasons, isResolvable };
}

interface Scorer {
  /** 0..100 for one resource; undefined leaves the resource out of the mean. */
  readonly of: (requested: number, allocatable: number) => number | undefined;
  readonly rounds: boolean;
}

function scorer(strategy: NonNullable<NodeResourcesFitArgs['scoringStrategy']>): Scorer {
  switch (strategy.type ?? 'LeastAllocated') {
    case 'LeastAllocated':
      return { of: leastAllocated, rounds: false };
    case 'MostAllocated':
      return { of: mostAllocated, rounds: false };
    case 'RequestedToCapacityRatio': {
      const points = strategy.requestedToCapacityRatio?.shape ?? [];
      const ratio = (requested: number, allocatable: number) => {
        const utilization = requested > allocatable ? 100 : Math.trunc((requested * 100) / allocatable);
        const score = brokenLinear(points, utilization);
        return score > 0 ? score : undefined;
      };
      return { of: ratio, rounds: true };
    }
  }
}

function leastAllocated(requested: number, allocatable: number): number {
  return requested > allocatable ? 0 : Math.trunc(((allocatable - requested) * MAX_NODE_SCORE) / allocatable);
}

function mostAllocated(requested: number, allocatable: number): number {
  return Math.trunc((Math.min(requested, allocatable) * MAX_NODE_SCORE) / allocatable);
}

/**
 * Linear between the points of the shape, constant outside them.
 * Source: pkg/scheduler/framework/plugins/helper/shape_score.go
 */
function brokenLinear(points: readonly UtilizationShapePoint[], utilization: number): number {
  const factor = MAX_NODE_SCORE / 10;
  for (let i = 0; i < points.length; i++) {
    const point = points[i]!;
    if (utilization > point.utilization) continue;
    if (i === 0) return point.score * factor;
    const before = points[i - 1]!;
    const rise = (point.score - before.score) * factor * (utilization - before.utilization);
    return before.score * factor + Math.trunc(rise / (point.utilization - before.utilization));
  }
  return (points.at(-1)?.score ?? 0) * factor;
}

function addScores(
  { slots, count }: Feasible,
  { allocatable, requested, podRequest }: NonNullable<ReturnType<typeof resourceColumn>>,
  weight: number,
  score: Scorer,
  out: Float64Array,
  weights: Float64Array,
): void {
  const { of } = score;
  for (let i = 0; i < count; i++) {
    const slot = slots[i]!;
    const capacity = allocatable[slot]!;
    if (capacity === 0) continue;
    const value = of(requested[slot]! + podRequest, capacity);
    if (value === undefined) continue;
    out[i]! += value * weight;
    weights[i]! += weight;
  }
}

function asksForLess({ requests: before }: PodShape, { requests: after }: PodShape): boolean {
  if (before === after) return false;
  const a = before.actual;
  const b = after.actual;
  return b.cpu < a.cpu || b.memory < a.memory || b.ephemeralStorage < a.ephemeralStorage;
}

/** Whether the node would do if it were empty. */
function couldFit({ requests: { actual } }: PodShape, node: Node): boolean {
  const offered = nodeAllocatable(node.status?.allocatable);
  if (offered.pods < 1 || actual.cpu > offered.cpu || actual.memory > offered.memory) return false;
  if (actual.ephemeralStorage > offered.ephemeralStorage) return false;
  for (const [name, wanted] of actual.scalars ?? []) if (wanted > (offered.scalars?.get(name) ?? 0)) return false;
  return true;
}

function hasGrown({ requests: { actual } }: PodShape, old: Node, node: Node): boolean {
  const before = nodeAllocatable(old.status?.allocatable);
  const after = nodeAllocatable(node.status?.allocatable);
  if (after.pods > before.pods) return true;
  if (actual.cpu > 0 && after.cpu > before.cpu) return true;
  if (actual.memory > 0 && after.memory > before.memory) return true;
  if (actual.ephemeralStorage > 0 && after.ephemeralStorage > before.ephemeralStorage) return true;
  for (const name of actual.scalars?.keys() ?? []) {
    if ((after.scalars?.get(name) ?? 0) > (before.scalars?.get(name) ?? 0)) return true;
  }
  return false;
}
