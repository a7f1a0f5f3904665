import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '../../api/generated/types.ts';
import { deepEqual } from '../../api/share.ts';
import { fromRFC3339, toRFC3339 } from '../../api/time.ts';
import { limitsOf, replicasOf, sum } from './arithmetic.ts';

type Conditions = readonly DeploymentCondition[];

/** No deadline, as the API server's default for old versions (math.MaxInt32). */
const NO_DEADLINE = 2_147_483_647;

export function progressDeadline(deployment: Deployment): number | undefined {
  const seconds = deployment.spec.progressDeadlineSeconds;
  return seconds === undefined || seconds === NO_DEADLINE ? undefined : seconds;
}

export function conditionOf(status: DeploymentStatus | undefined, type: string): DeploymentCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

/** The condition as it is written now; it moves to the end of the list, unless status and reason stay as they are. */
function withCondition(
  conditions: Conditions,
  type: string,
  status: 'True' | 'False' | 'Unknown',
  reason: string,
  message: string,
  now: number,
): Conditions {
  const current = conditions.find((condition) => condition.type === type);
  if (current?.status === status && current.reason === reason) return conditions;
  const at = toRFC3339(now);
  const lastTransitionTime = current?.status === status ? current.lastTransitionTime : at;
  const rest = conditions.filter((condition) => condition.type !== type);
  return [...rest, { type, status, reason, message, lastUpdateTime: at, lastTransitionTime } as DeploymentCondition];
}

/** The Deployment with other conditions in its status, in memory. */
export function withProgressing(
  deployment: Deployment,
  status: 'True' | 'False' | 'Unknown',
  reason: string,
  message: string,
  now: number,
): Deployment {
  const conditions = deployment.status?.conditions ?? [];
  const next = withCondition(conditions, 'Progressing', status, reason, message, now);
  return next === conditions ? deployment : { ...deployment, status: { ...deployment.status, conditions: [...next] } };
}

/** Says that a rollout is paused or goes on, so that the pause does not count against its deadline. */
export function withPause(deployment: Deployment, now: number): Deployment {
  const condition = conditionOf(deployment.status, 'Progressing');
  if (progressDeadline(deployment) === undefined) return deployment;
  if (condition?.reason === 'ProgressDeadlineExceeded') return deployment;
  const isTold = condition?.reason === 'DeploymentPaused';
  if (deployment.spec.paused && !isTold) {
    return withProgressing(deployment, 'Unknown', 'DeploymentPaused', 'Deployment is paused', now);
  }
  if (!deployment.spec.paused && isTold) {
    return withProgressing(deployment, 'Unknown', 'DeploymentResumed', 'Deployment is resumed', now);
  }
  return deployment;
}

/** Counters and Available from the ReplicaSets. Source: pkg/controller/deployment/sync.go (calculateStatus) */
export function statusOf(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  all: readonly ReplicaSet[],
  now: number,
): DeploymentStatus {
  const available = sum(all, (set) => set.status?.availableReplicas ?? 0);
  const isEnough = available >= replicasOf(deployment) - limitsOf(deployment).maxUnavailable;
  const conditions = withCondition(
    deployment.status?.conditions ?? [],
    'Available',
    isEnough ? 'True' : 'False',
    isEnough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    isEnough ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.',
    now,
  );
  return compact({
    observedGeneration: deployment.metadata.generation,
    replicas: sum(all, (set) => set.status?.replicas ?? 0),
    updatedReplicas: newSet?.status?.replicas,
    readyReplicas: sum(all, (set) => set.status?.readyReplicas ?? 0),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, sum(all, replicasOf) - available),
    terminatingReplicas: terminatingOf(all),
    collisionCount: deployment.status?.collisionCount,
    conditions: [...conditions],
  });
}

/** Unknown until every ReplicaSet has said its own. */
function terminatingOf(all: readonly ReplicaSet[]): number | undefined {
  let total = 0;
  for (const { status } of all) {
    if (status?.terminatingReplicas === undefined) return undefined;
    total += status.terminatingReplicas;
  }
  return total;
}

/** As JSON has it: zero counters are left out, but for terminatingReplicas, which tells 0 from unknown. */
function compact(status: { [Field in keyof DeploymentStatus]: DeploymentStatus[Field] | undefined }): DeploymentStatus {
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(status)) {
    const isCounter = name !== 'terminatingReplicas' && name !== 'collisionCount';
    const isAbsent = value === undefined || (isCounter && value === 0) || (Array.isArray(value) && value.length === 0);
    if (!isAbsent) out[name] = value;
  }
  return out;
}

/** All replicas are of the new template and available, and none is left of an old one. */
export function isComplete(deployment: Deployment, status: DeploymentStatus | undefined): boolean {
  const wanted = replicasOf(deployment);
  return (
    (status?.updatedReplicas ?? 0) === wanted &&
    (status?.replicas ?? 0) === wanted &&
    (status?.availableReplicas ?? 0) === wanted &&
    (status?.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

/** Something moved since the last status. Source: deployment_util.go (DeploymentProgressing) */
function hasProgressed(before: DeploymentStatus | undefined, after: DeploymentStatus): boolean {
  const oldPods = (status: DeploymentStatus | undefined) => (status?.replicas ?? 0) - (status?.updatedReplicas ?? 0);
  return (
    (after.updatedReplicas ?? 0) > (before?.updatedReplicas ?? 0) ||
    oldPods(after) < oldPods(before) ||
    (after.readyReplicas ?? 0) > (before?.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before?.availableReplicas ?? 0)
  );
}

/**
 * The status during a rollout: with Progressing, judged against the deadline, and the failures of the ReplicaSets.
 * Source: pkg/controller/deployment/progress.go (syncRolloutStatus)
 */
export function rolloutStatusOf(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  all: readonly ReplicaSet[],
  now: number,
): DeploymentStatus {
  const status = statusOf(deployment, newSet, all, now);
  let conditions: Conditions = status.conditions ?? [];
  if (progressDeadline(deployment) === undefined) {
    conditions = conditions.filter(({ type }) => type !== 'Progressing');
  } else {
    conditions = judgeProgress(deployment, newSet, status, conditions, now);
  }
  conditions = withFailures(conditions, newSet, all);
  return conditions === status.conditions ? status : compact({ ...status, conditions: [...conditions] });
}

function judgeProgress(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  status: DeploymentStatus,
  conditions: Conditions,
  now: number,
): Conditions {
  const current = conditionOf(deployment.status, 'Progressing');
  const isOver =
    (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === 'NewReplicaSetAvailable';
  if (isOver) return conditions;
  const who = newSet ? `ReplicaSet "${newSet.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  if (isComplete(deployment, status)) {
    const message = `${who} has successfully progressed.`;
    return withCondition(conditions, 'Progressing', 'True', 'NewReplicaSetAvailable', message, now);
  }
  if (hasProgressed(deployment.status, status)) {
    // The same reason again still counts: lastUpdateTime is what the deadline is reckoned from.
    const at = toRFC3339(now);
    const lastTransitionTime = current?.status === 'True' ? current.lastTransitionTime : at;
    const condition = {
      type: 'Progressing',
      status: 'True',
      reason: 'ReplicaSetUpdated',
      message: `${who} is progressing.`,
      lastUpdateTime: at,
      lastTransitionTime,
    } as DeploymentCondition;
    return [...conditions.filter(({ type }) => type !== 'Progressing'), condition];
  }
  if (!isTimedOut(deployment, conditions, now)) return conditions;
  const message = `${who} has timed out progressing.`;
  return withCondition(conditions, 'Progressing', 'False', 'ProgressDeadlineExceeded', message, now);
}

function isTimedOut(deployment: Deployment, conditions: Conditions, now: number): boolean {
  const condition = conditions.find(({ type }) => type === 'Progressing');
  if (condition === undefined || condition.reason === 'NewReplicaSetAvailable') return false;
  if (condition.reason === 'ProgressDeadlineExceeded') return true;
  const deadline = progressDeadline(deployment) as number;
  return fromRFC3339(condition.lastUpdateTime ?? '') + deadline * 1000 < now;
}

/** A failure of the new ReplicaSet is told before one of an old one. */
function withFailures(conditions: Conditions, newSet: ReplicaSet | undefined, all: readonly ReplicaSet[]): Conditions {
  const failures = [...(newSet ? [newSet] : []), ...all].flatMap(
    (set) => set.status?.conditions?.filter(({ type }) => type === 'ReplicaFailure') ?? [],
  );
  const [failure] = failures;
  const current = conditions.find(({ type }) => type === 'ReplicaFailure');
  if (failure === undefined) return current ? conditions.filter((condition) => condition !== current) : conditions;
  if (current?.status === failure.status && current.reason === failure.reason) return conditions;
  const { status, reason, message } = failure;
  const at = failure.lastTransitionTime;
  const told = { type: 'ReplicaFailure', status, reason, message, lastUpdateTime: at, lastTransitionTime: at };
  const rest = conditions.filter((condition) => condition !== current);
  return [...rest, told as DeploymentCondition];
}

/** When the deadline has to be looked at again, in ms; undefined when nothing can time out. */
export function deadlineOf(deployment: Deployment, status: DeploymentStatus): number | undefined {
  const deadline = progressDeadline(deployment);
  const condition = conditionOf(deployment.status, 'Progressing');
  if (deadline === undefined || condition === undefined) return undefined;
  const isJudged = condition.reason === 'ProgressDeadlineExceeded' || condition.reason === 'NewReplicaSetAvailable';
  if (isJudged || isComplete(deployment, status)) return undefined;
  // One second more: times in a status have no fraction.
  return fromRFC3339(condition.lastUpdateTime ?? '') + deadline * 1000 + 1000;
}

export function isStatusCurrent(deployment: Deployment, status: DeploymentStatus): boolean {
  return deepEqual(deployment.status ?? {}, status);
}
