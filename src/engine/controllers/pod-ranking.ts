import type { ContainerStatus, Pod } from '../api/generated/types.ts';
import { fromRFC3339 } from '../api/time.ts';
import { isActive, isReady, readySince } from './pod-control.ts';

interface Ranked {
  readonly pod: Pod;
  readonly uid: string;
  readonly assigned: number;
  readonly phase: number;
  readonly ready: number;
  readonly cost: number;
  /** Active pods of related ReplicaSets on the same node. */
  readonly neighbours: number;
  readonly readyAt: number | undefined;
  readonly restarts: number;
  readonly sidecarRestarts: number;
  readonly createdAt: number;
}

const PHASES: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

/**
 * The pods that a ReplicaSet with too many deletes, the first to go first. `related` are the pods of all ReplicaSets with
 * the same owner. Of pods of a similar age (same power of two) the uid decides, so the choice looks random.
 * Source: pkg/controller/controller_utils.go (ActivePodsWithRanks), pkg/controller/replicaset/replica_set.go
 */
export function podsToDelete(pods: readonly Pod[], related: readonly Pod[], count: number, now: number): Pod[] {
  if (count >= pods.length) return [...pods];
  const onNode = new Map<string, number>();
  for (const pod of related) {
    const node = pod.spec.nodeName ?? '';
    if (isActive(pod)) onNode.set(node, (onNode.get(node) ?? 0) + 1);
  }
  const ranked = pods.map((pod) => rank(pod, onNode.get(pod.spec.nodeName ?? '') ?? 0));
  ranked.sort((a, b) => compare(a, b, now));
  return ranked.slice(0, count).map(({ pod }) => pod);
}

function rank(pod: Pod, neighbours: number): Ranked {
  const { status, metadata } = pod;
  return {
    pod,
    uid: metadata.uid ?? '',
    assigned: pod.spec.nodeName ? 1 : 0,
    phase: PHASES[status?.phase ?? 'Pending'] ?? 0,
    ready: isReady(pod) ? 1 : 0,
    cost: deletionCost(metadata.annotations?.['controller.kubernetes.io/pod-deletion-cost']),
    neighbours,
    readyAt: readySince(pod),
    restarts: mostRestarts(status?.containerStatuses),
    sidecarRestarts: mostRestarts(status?.initContainerStatuses, pod),
    createdAt: fromRFC3339(metadata.creationTimestamp ?? ''),
  };
}

function compare(a: Ranked, b: Ranked, now: number): number {
  if (a.assigned !== b.assigned) return a.assigned - b.assigned;
  if (a.phase !== b.phase) return a.phase - b.phase;
  if (a.ready !== b.ready) return a.ready - b.ready;
  if (a.cost !== b.cost) return a.cost - b.cost;
  if (a.neighbours !== b.neighbours) return b.neighbours - a.neighbours;
  if (a.readyAt !== undefined && b.readyAt !== undefined && a.readyAt !== b.readyAt) {
    return youngerFirst(a, b, a.readyAt, b.readyAt, now);
  }
  if (a.restarts !== b.restarts) return b.restarts - a.restarts;
  if (a.sidecarRestarts !== b.sidecarRestarts) return b.sidecarRestarts - a.sidecarRestarts;
  if (a.createdAt !== b.createdAt) return youngerFirst(a, b, a.createdAt, b.createdAt, now);
  return 0;
}

function youngerFirst(a: Ranked, b: Ranked, atA: number, atB: number, now: number): number {
  const difference = ageBucket(now - atA) - ageBucket(now - atB);
  if (difference !== 0) return difference;
  return a.uid < b.uid ? -1 : 1;
}

/** Power of two of an age in nanoseconds. */
function ageBucket(ms: number): number {
  return ms > 0 ? Math.floor(Math.log2(ms * 1e6)) : -1;
}

/** An annotation that is not a 32-bit number counts as none. */
function deletionCost(text: string | undefined): number {
  return text !== undefined && /^(0|-?[1-9][0-9]{0,9})$/.test(text) ? Number(text) : 0;
}

/** With a pod, only of its sidecars: init containers that are restarted always. */
function mostRestarts(statuses: readonly ContainerStatus[] | undefined, pod?: Pod): number {
  let most = 0;
  for (const { name, restartCount } of statuses ?? []) {
    if (pod && pod.spec.initContainers?.find((container) => container.name === name)?.restartPolicy !== 'Always')
      continue;
    if (restartCount > most) most = restartCount;
  }
  return most;
}
