import type { Node, Pod } from '../api/generated/types.ts';
import { sameRecord, sameTaints } from './node-changes.ts';
import { keyOfTolerations } from './placement.ts';

/**
 * What happened in the cluster that may make a refused pod schedulable.
 * Source: pkg/scheduler/framework/events.go
 */
export type ClusterEvent =
  | { readonly type: 'podAdded'; readonly pod: Pod }
  | { readonly type: 'podUpdated'; readonly old: Pod; readonly pod: Pod }
  | { readonly type: 'podDeleted'; readonly pod: Pod }
  /** The waiting pod itself changed. */
  | { readonly type: 'selfUpdated'; readonly old: Pod; readonly pod: Pod }
  | { readonly type: 'nodeAdded'; readonly node: Node }
  | { readonly type: 'nodeUpdated'; readonly old: Node; readonly node: Node }
  | { readonly type: 'nodeDeleted'; readonly node: Node }
  /** The pod has waited too long: try again whatever refused it. */
  | { readonly type: 'unschedulableTimeout' };

export interface NodeChanges {
  readonly labels: boolean;
  /** `spec.unschedulable` counts as a taint, as upstream. */
  readonly taints: boolean;
  readonly allocatable: boolean;
}

export function nodeChanges(old: Node, node: Node): NodeChanges {
  return {
    labels: !sameRecord(old.metadata.labels, node.metadata.labels),
    taints: !sameTaints(old.spec.taints, node.spec.taints) || !!old.spec.unschedulable !== !!node.spec.unschedulable,
    allocatable: !sameRecord(old.status?.allocatable, node.status?.allocatable),
  };
}

/** Whether a node update matters to scheduling at all; heartbeats do not. */
export function isNodeEvent(old: Node, node: Node): boolean {
  const { labels, taints, allocatable } = nodeChanges(old, node);
  return labels || taints || allocatable;
}

export function hasNewTolerations(old: Pod, pod: Pod): boolean {
  return keyOfTolerations(old.spec.tolerations) !== keyOfTolerations(pod.spec.tolerations);
}

export function hasNewLabels(old: Pod, pod: Pod): boolean {
  return !sameRecord(old.metadata.labels, pod.metadata.labels);
}
