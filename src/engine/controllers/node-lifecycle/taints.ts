import type { Node, Taint } from '../../api/generated/types.ts';
import type { Call } from '../../client/messages.ts';

export const NOT_READY = 'node.kubernetes.io/not-ready';
export const UNREACHABLE = 'node.kubernetes.io/unreachable';
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';
const LEFT_OUT = 'node.kubernetes.io/exclude-disruption';

/** Condition type, its status and the taint that stands for it. */
const CONDITION_TAINTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Ready: { False: NOT_READY, Unknown: UNREACHABLE },
  MemoryPressure: { True: 'node.kubernetes.io/memory-pressure' },
  DiskPressure: { True: 'node.kubernetes.io/disk-pressure' },
  NetworkUnavailable: { True: 'node.kubernetes.io/network-unavailable' },
  PIDPressure: { True: 'node.kubernetes.io/pid-pressure' },
};
const MANAGED = new Set([...Object.values(CONDITION_TAINTS).flatMap((by) => Object.values(by)), UNSCHEDULABLE]);

/** Labels of old names that are kept equal to those of today. */
const COPIED_LABELS = [
  ['kubernetes.io/os', 'beta.kubernetes.io/os'],
  ['kubernetes.io/arch', 'beta.kubernetes.io/arch'],
] as const;

export function readyStatus(node: Node | undefined): string {
  for (const condition of node?.status?.conditions ?? []) if (condition.type === 'Ready') return condition.status;
  return '';
}

export function hasTaint(node: Node, key: string, effect: Taint['effect']): boolean {
  return node.spec.taints?.some((taint) => taint.key === key && taint.effect === effect) ?? false;
}

export function isLeftOut(node: Node): boolean {
  return node.metadata.labels?.[LEFT_OUT] !== undefined;
}

/**
 * The NoSchedule taints that a node's conditions ask for. Undefined when it has them.
 * Source: pkg/controller/nodelifecycle/node_lifecycle_controller.go (doNoScheduleTaintingPass)
 */
export function noScheduleTaints(node: Node, now: string): Taint[] | undefined {
  const wanted = new Set<string>();
  for (const { type, status } of node.status?.conditions ?? []) {
    const key = CONDITION_TAINTS[type]?.[status];
    if (key !== undefined) wanted.add(key);
  }
  if (node.spec.unschedulable) wanted.add(UNSCHEDULABLE);
  return change(
    node,
    (taint) => taint.effect !== 'NoSchedule' || !MANAGED.has(taint.key) || wanted.delete(taint.key),
    () => [...wanted].map((key) => ({ key, effect: 'NoSchedule', timeAdded: now })),
  );
}

/** The taints with the NoExecute one that its Ready condition asks for, and without its opposite. */
export function noExecuteTaints(node: Node, now: string): Taint[] | undefined {
  let wanted: string | undefined = CONDITION_TAINTS.Ready?.[readyStatus(node)];
  const keep = (taint: Taint) => {
    if (taint.effect !== 'NoExecute' || (taint.key !== NOT_READY && taint.key !== UNREACHABLE)) return true;
    const isWanted = taint.key === wanted;
    if (isWanted) wanted = undefined;
    return isWanted;
  };
  return change(node, keep, () => (wanted === undefined ? [] : [{ key: wanted, effect: 'NoExecute', timeAdded: now }]));
}

/** The taints without both NoExecute ones. */
export function reachableTaints(node: Node): Taint[] | undefined {
  const isOurs = (taint: Taint) =>
    taint.effect === 'NoExecute' && (taint.key === NOT_READY || taint.key === UNREACHABLE);
  return change(
    node,
    (taint) => !isOurs(taint),
    () => [],
  );
}

function change(node: Node, keep: (taint: Taint) => boolean, added: () => Taint[]): Taint[] | undefined {
  const old = node.spec.taints ?? [];
  const kept = old.filter(keep);
  const more = added();
  return kept.length === old.length && more.length === 0 ? undefined : [...kept, ...more];
}

export function patchTaints(node: Node, taints: readonly Taint[]): Call {
  return {
    method: 'PATCH',
    path: `/api/v1/nodes/${node.metadata.name}`,
    contentType: 'application/strategic-merge-patch+json',
    // Lists of taints are replaced as a whole: somebody else's change must not be lost.
    body: {
      metadata: { resourceVersion: node.metadata.resourceVersion },
      spec: { taints: taints.length > 0 ? taints : null },
    },
  };
}

/** A patch that copies labels to their old names, if they are not there. */
export function patchLabels(node: Node): Call | undefined {
  const current = node.metadata.labels ?? {};
  const labels: Record<string, string> = {};
  for (const [from, to] of COPIED_LABELS) {
    const value = current[from];
    if (value !== undefined && current[to] !== value) labels[to] = value;
  }
  if (Object.keys(labels).length === 0) return undefined;
  return {
    method: 'PATCH',
    path: `/api/v1/nodes/${node.metadata.name}`,
    contentType: 'application/strategic-merge-patch+json',
    body: { metadata: { labels } },
  };
}
