import type { Pod, ReplicaSet, ReplicaSetCondition, ReplicaSetStatus } from '../../api/generated/types.ts';
import { deepEqual } from '../../api/share.ts';
import { toRFC3339 } from '../../api/time.ts';
import type { Table } from '../../kernel/table.ts';
import { isActive, isAvailable, readySince } from '../pod-control.ts';
import { type Counts, claimedPods } from './state.ts';

/** How many are available, and when the next one will be, in ms. */
export interface Availability {
  readonly available: number;
  readonly nextAt?: number;
}

/** Looks at the pods only while one of them is ready for less than minReadySeconds. */
export function availabilityOf(set: ReplicaSet, counts: Counts, pods: Table<Pod>, now: number): Availability {
  const { minReadySeconds = 0 } = set.spec;
  const waitMs = minReadySeconds * 1000;
  if (waitMs === 0 || counts.lastReadyAt + waitMs <= now) return { available: counts.ready };
  let available = 0;
  let nextAt: number | undefined;
  for (const pod of claimedPods(set, pods)) {
    if (!isActive(pod)) continue;
    const since = readySince(pod);
    if (isAvailable(pod, minReadySeconds, now)) available++;
    else if (since !== undefined && (nextAt === undefined || since + waitMs < nextAt)) nextAt = since + waitMs;
  }
  return nextAt === undefined ? { available } : { available, nextAt };
}

/**
 * The status that the counts call for. `failure` is the error of this round's creations or deletions.
 * Source: pkg/controller/replicaset/replica_set_utils.go (calculateStatus)
 */
export function statusOf(
  set: ReplicaSet,
  counts: Counts,
  available: number,
  failure: string | undefined,
  now: number,
): ReplicaSetStatus {
  const conditions = conditionsOf(set, counts.active, failure, now);
  const { generation } = set.metadata;
  return {
    replicas: counts.active,
    ...(counts.labeled > 0 && { fullyLabeledReplicas: counts.labeled }),
    ...(counts.ready > 0 && { readyReplicas: counts.ready }),
    ...(available > 0 && { availableReplicas: available }),
    terminatingReplicas: counts.terminating,
    ...(generation !== undefined && { observedGeneration: generation }),
    ...(conditions && { conditions }),
  };
}

export function isStatusCurrent(set: ReplicaSet, status: ReplicaSetStatus): boolean {
  return deepEqual(set.status, status);
}

/** A failure is written once, until a round succeeds: its text may be older than the last error. */
function conditionsOf(
  set: ReplicaSet,
  active: number,
  failure: string | undefined,
  now: number,
): ReplicaSetCondition[] | undefined {
  const conditions = set.status?.conditions;
  const told = conditions?.some(({ type }) => type === 'ReplicaFailure') ?? false;
  if (failure !== undefined && !told) {
    const reason = active < (set.spec.replicas ?? 1) ? 'FailedCreate' : 'FailedDelete';
    const lastTransitionTime = toRFC3339(now);
    const condition = { type: 'ReplicaFailure', status: 'True', reason, message: failure, lastTransitionTime };
    return [...(conditions ?? []), condition];
  }
  if (failure === undefined && told) {
    const rest = conditions?.filter(({ type }) => type !== 'ReplicaFailure');
    return rest?.length ? rest : undefined;
  }
  return conditions;
}
