import type { Node, Pod } from '../api/generated/types.ts';
import type { SchedulerCache } from './cache.ts';
import type { ClusterEvent } from './events.ts';
import type { Placement } from './placement.ts';
import type { PodShape } from './pod-shape.ts';

/** Why a plugin refused a node, or a pod altogether. */
export interface FilterStatus {
  readonly plugin: string;
  readonly reasons: readonly string[];
  /** Upstream's Unschedulable; false is UnschedulableAndUnresolvable, where removing pods cannot help. */
  readonly isResolvable: boolean;
}

/** One attempt to place one pod. */
export interface Cycle {
  readonly cache: SchedulerCache;
  readonly pod: Pod;
  readonly shape: PodShape;
}

/** Nodes that passed the filters, as slots in the order in which they were found. */
export interface Feasible {
  readonly slots: Int32Array;
  readonly count: number;
}

/** `skip` takes the plugin's filter out of this cycle; node names limit it to those nodes; a status ends it. */
export type PreFilterResult =
  | 'skip'
  | undefined
  | { readonly nodeNames: ReadonlySet<string> }
  | { readonly status: FilterStatus };

/**
 * A scheduler plugin, in the points that it takes part in. Columns instead of calls per node: a score is one call
 * that fills an array. What a plugin remembers between its own points belongs to the running cycle only.
 * Source: staging/src/k8s.io/kube-scheduler/framework/interface.go
 */
export interface Plugin {
  readonly name: string;
  /** A filter that looks at nothing but the Node object; the verdict is kept until the node changes. */
  check?(placement: Placement, node: Node): FilterStatus | undefined;
  preFilter?(cycle: Cycle): PreFilterResult;
  filter?(cycle: Cycle, slot: number): FilterStatus | undefined;
  /** False takes the plugin's score out of this cycle. */
  preScore?(cycle: Cycle, feasible: Feasible): boolean;
  /** A raw score that depends on nothing but the Node object; kept like `check`. */
  weigh?(placement: Placement, node: Node): number;
  score?(cycle: Cycle, feasible: Feasible, out: Float64Array): void;
  normalize?(cycle: Cycle, feasible: Feasible, scores: Float64Array): void;
  /** Whether the event may help a pod that this plugin refused (queueing hint). */
  hint?(event: ClusterEvent, pod: Pod, shape: PodShape, cache: SchedulerCache): boolean;
}

export const MAX_NODE_SCORE = 100;

/**
 * Scales to 0..100 by the largest score; `reverse` makes the largest the worst.
 * Source: pkg/scheduler/framework/plugins/helper/normalize_score.go
 */
export function defaultNormalize(scores: Float64Array, count: number, reverse: boolean): void {
  let max = 0;
  for (let i = 0; i < count; i++) if (scores[i]! > max) max = scores[i]!;
  if (max === 0) {
    if (reverse) scores.fill(MAX_NODE_SCORE, 0, count);
    return;
  }
  for (let i = 0; i < count; i++) {
    const scaled = Math.trunc((MAX_NODE_SCORE * scores[i]!) / max);
    scores[i] = reverse ? MAX_NODE_SCORE - scaled : scaled;
  }
}
