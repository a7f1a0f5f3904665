import type {
  Condition,
  Deployment,
  IntOrString,
  Pod,
  PodDisruptionBudget,
  ReplicaSet,
} from '../../api/generated/types.ts';
import { controllerOf } from '../../api/object.ts';
import { fromRFC3339, toRFC3339 } from '../../api/time.ts';
import type { Table } from '../../kernel/table.ts';

/** For so long the eviction of a pod counts as under way (DeletionTimeout). */
export const DELETION_TIMEOUT_MS = 120_000;

export interface Owners {
  readonly replicaSets: Table<ReplicaSet>;
  readonly deployments: Table<Deployment>;
}

export interface Expectation {
  readonly expected: number;
  readonly desired: number;
  readonly hasUnmanaged: boolean;
}

/**
 * How many pods there should be, and how many of them healthy; a sentence when that cannot be known. Percentages round up.
 * Source: pkg/controller/disruption/disruption.go (getExpectedPodCount)
 */
export function expectationOf(budget: PodDisruptionBudget, pods: readonly Pod[], owners: Owners): Expectation | string {
  const { minAvailable, maxUnavailable } = budget.spec;
  if (maxUnavailable === undefined && typeof minAvailable === 'number') {
    return { expected: pods.length, desired: minAvailable, hasUnmanaged: false };
  }
  const scale = expectedScale(pods, owners);
  if (typeof scale === 'string') return scale;
  const { expected, hasUnmanaged } = scale;
  const desired =
    maxUnavailable === undefined
      ? scaled(minAvailable ?? 0, expected)
      : Math.max(0, expected - scaled(maxUnavailable, expected));
  return { expected, desired, hasUnmanaged };
}

function scaled(value: IntOrString, total: number): number {
  return typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) * total) / 100);
}

/** The sum of the replicas that the pods' owners ask for. */
function expectedScale(pods: readonly Pod[], owners: Owners): { expected: number; hasUnmanaged: boolean } | string {
  const scales = new Map<string, number>();
  let hasUnmanaged = false;
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (owner === undefined) {
      hasUnmanaged = true;
      continue;
    }
    if (scales.has(owner.uid)) continue;
    if (owner.kind !== 'ReplicaSet')
      return `${owner.kind.toLowerCase()}s.apps does not implement the scale subresource`;
    const namespace = pod.metadata.namespace;
    const replicaSet = owners.replicaSets.get(`${namespace}/${owner.name}`);
    if (replicaSet?.metadata.uid !== owner.uid) return `found no controllers for pod "${pod.metadata.name}"`;
    const above = controllerOf(replicaSet);
    const deployment = above?.kind === 'Deployment' ? owners.deployments.get(`${namespace}/${above.name}`) : undefined;
    if (above !== undefined && deployment?.metadata.uid === above.uid) {
      scales.set(owner.uid, 0);
      scales.set(above.uid, deployment.spec.replicas ?? 1);
    } else {
      scales.set(owner.uid, replicaSet.spec.replicas ?? 1);
    }
  }
  let expected = 0;
  for (const scale of scales.values()) expected += scale;
  return { expected, hasUnmanaged };
}

export interface Disrupted {
  /** Pods whose eviction was granted and is still to be seen. */
  readonly pods: Record<string, string>;
  /** Pods that should be gone by now. */
  readonly late: readonly Pod[];
  readonly recheckMs?: number;
}

export function disruptedPods(budget: PodDisruptionBudget, pods: readonly Pod[], now: number): Disrupted {
  const known = budget.status?.disruptedPods ?? {};
  const result: Record<string, string> = {};
  const late: Pod[] = [];
  let recheckMs: number | undefined;
  for (const pod of pods) {
    const at = known[pod.metadata.name];
    if (at === undefined || pod.metadata.deletionTimestamp !== undefined) continue;
    const leftMs = fromRFC3339(at) + DELETION_TIMEOUT_MS - now;
    if (leftMs <= 0) late.push(pod);
    else {
      result[pod.metadata.name] = at;
      recheckMs = Math.min(recheckMs ?? leftMs, leftMs);
    }
  }
  return { pods: result, late, recheckMs };
}

export function healthyPods(pods: readonly Pod[], disrupted: Readonly<Record<string, string>>): number {
  let healthy = 0;
  for (const { metadata, status } of pods) {
    if (metadata.deletionTimestamp !== undefined || metadata.name in disrupted) continue;
    if (status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True')) healthy++;
  }
  return healthy;
}

/** The status with these figures. Undefined when the budget has it. */
export function statusOf(
  budget: PodDisruptionBudget,
  figures: { expectedPods: number; desiredHealthy: number; currentHealthy: number },
  disrupted: Readonly<Record<string, string>>,
  now: number,
): PodDisruptionBudget['status'] {
  const spare = figures.currentHealthy - figures.desiredHealthy;
  // Without pods nothing is allowed: the first ones must not go before they have been counted.
  const disruptionsAllowed = figures.expectedPods > 0 ? Math.max(0, spare) : 0;
  const reason = disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods';
  const old = budget.status;
  const condition = old?.conditions?.find(({ type }) => type === 'DisruptionAllowed');
  const names = Object.keys(disrupted);
  const before = old?.disruptedPods ?? {};
  const isSame =
    old?.observedGeneration === budget.metadata.generation &&
    old?.disruptionsAllowed === disruptionsAllowed &&
    old.currentHealthy === figures.currentHealthy &&
    old.desiredHealthy === figures.desiredHealthy &&
    old.expectedPods === figures.expectedPods &&
    Object.keys(before).length === names.length &&
    names.every((name) => name in before) &&
    condition?.reason === reason &&
    condition.observedGeneration === budget.metadata.generation;
  if (isSame) return undefined;
  return {
    observedGeneration: budget.metadata.generation,
    ...(names.length > 0 && { disruptedPods: disrupted }),
    disruptionsAllowed,
    ...figures,
    conditions: withCondition(budget, disruptionsAllowed > 0 ? 'True' : 'False', reason, '', now),
  };
}

export function withCondition(
  budget: PodDisruptionBudget,
  status: 'True' | 'False',
  reason: string,
  message: string,
  now: number,
): Condition[] {
  const conditions = budget.status?.conditions ?? [];
  const old = conditions.find(({ type }) => type === 'DisruptionAllowed');
  const lastTransitionTime = old?.status === status ? old.lastTransitionTime : toRFC3339(now);
  const type = 'DisruptionAllowed';
  const condition = {
    type,
    status,
    observedGeneration: budget.metadata.generation,
    lastTransitionTime,
    reason,
    message,
  };
  return old ? conditions.map((one) => (one === old ? condition : one)) : [...conditions, condition];
}
