import type { Deployment, DeploymentStatus, ReplicaSet } from '../../api/generated/types.ts';
import { isBeingDeleted, isControlledBy } from '../../api/object.ts';
import {
  isActiveSet,
  isScalingEvent,
  REVISION,
  replicasOf,
  type Scaling,
  scaleAll,
  scaleDownOld,
  scaleUpNew,
} from './arithmetic.ts';
import { expiredSets, findNewSet, isSameTemplate, newReplicaSet, withRevision } from './revisions.ts';
import {
  conditionOf,
  deadlineOf,
  isComplete,
  isStatusCurrent,
  progressDeadline,
  rolloutStatusOf,
  statusOf,
  withPause,
  withProgressing,
} from './status.ts';

/**
 * What one round knows: the Deployment and its ReplicaSets as they were when it began, with the changes that it has
 * made so far. What it scales stays as it was: upstream reckons the status of a round from the sizes before it.
 */
export interface Round {
  readonly deployment: Deployment;
  readonly sets: readonly ReplicaSet[];
  readonly isScaled?: boolean;
  readonly isCleaned?: boolean;
  /** Ends the round without a status once its scalings are made. */
  readonly error?: string;
}

/** The next write of a round, or its end. */
export type Move =
  | { readonly do: 'updateStatus'; readonly round: Round }
  | { readonly do: 'updateSet'; readonly set: ReplicaSet }
  | { readonly do: 'create'; readonly set: ReplicaSet }
  | { readonly do: 'scale'; readonly scalings: readonly Scaling[]; readonly error?: string }
  | { readonly do: 'delete'; readonly sets: readonly ReplicaSet[] }
  | { readonly do: 'finish'; readonly status: DeploymentStatus }
  | { readonly do: 'rest'; readonly lookAgainAt?: number }
  | { readonly do: 'retry'; readonly reason: string };

/**
 * Decides the next write of a round. Pure: called again with what the write changed, until it says `finish`, `rest` or
 * `retry`. `areOldPodsRunning` is asked only for the strategy Recreate.
 * Source: pkg/controller/deployment/deployment_controller.go (syncDeployment), sync.go, rolling.go, recreate.go
 */
export function nextMove(
  round: Round,
  now: number,
  areOldPodsRunning: (newSet: ReplicaSet | undefined) => boolean,
): Move {
  const { deployment, sets } = round;
  if (round.error !== undefined) return { do: 'retry', reason: round.error };
  const isDeleting = isBeingDeleted(deployment);
  const paused = isDeleting ? deployment : withPause(deployment, now);
  if (paused !== deployment) return { do: 'updateStatus', round: { ...round, deployment: paused } };
  const newSet = findNewSet(deployment, sets);
  const old = sets.filter((set) => set !== newSet);
  const revision = newSet && syncRevision(round, newSet, old, now);
  if (revision) return revision;
  if (isDeleting) return finishScaling(round, newSet, now);
  if (deployment.spec.paused || isScalingEvent(deployment, sets)) return scale(round, newSet, old, now);
  if (deployment.spec.strategy?.type === 'Recreate') return recreate(round, newSet, old, now, areOldPodsRunning);
  return roll(round, newSet, old, now);
}

/** Carries the newest revision to the new ReplicaSet, and from there to the Deployment. */
function syncRevision(round: Round, newSet: ReplicaSet, old: readonly ReplicaSet[], now: number): Move | undefined {
  const { deployment } = round;
  const revised = withRevision(deployment, newSet, old);
  if (revised !== newSet) return { do: 'updateSet', set: revised };
  let next = withDeploymentRevision(deployment, newSet);
  if (progressDeadline(deployment) !== undefined && conditionOf(deployment.status, 'Progressing') === undefined) {
    const message = `Found new replica set "${newSet.metadata.name}"`;
    next = withProgressing(next, 'True', 'FoundNewReplicaSet', message, now);
  }
  return next === deployment ? undefined : { do: 'updateStatus', round: { ...round, deployment: next } };
}

/** Only the sizes change: the Deployment was scaled, or is paused. */
function scale(round: Round, newSet: ReplicaSet | undefined, old: readonly ReplicaSet[], now: number): Move {
  if (!round.isScaled) {
    const scalings = scaleAll(round.deployment, newSet, old);
    if (scalings.length > 0) return { do: 'scale', scalings };
  }
  return cleanUp(round, old) ?? finishScaling(round, newSet, now);
}

function finishScaling(round: Round, newSet: ReplicaSet | undefined, now: number): Move {
  const status = statusOf(round.deployment, newSet, round.sets, now);
  return isStatusCurrent(round.deployment, status) ? { do: 'rest' } : { do: 'finish', status };
}

/** At most one direction a round: the new ReplicaSet up, otherwise the old ones down. */
function roll(round: Round, newSet: ReplicaSet | undefined, old: readonly ReplicaSet[], now: number): Move {
  const { deployment, sets } = round;
  if (newSet === undefined) return { do: 'create', set: newReplicaSet(deployment, old) };
  if (round.isScaled) return finishRollout(round, newSet, now);
  const up = scaleUpNew(deployment, newSet, sets);
  if (up.length > 0) return { do: 'scale', scalings: up };
  const { scalings, error } = scaleDownOld(deployment, newSet, old);
  if (scalings.length > 0) return { do: 'scale', scalings, ...(error !== undefined && { error }) };
  if (error !== undefined) return { do: 'retry', reason: error };
  return (isComplete(deployment, deployment.status) && cleanUp(round, old)) || finishRollout(round, newSet, now);
}

/** The new ReplicaSet only when no pod of an old one runs any more, not even one that is terminating. */
function recreate(
  round: Round,
  newSet: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
  now: number,
  areOldPodsRunning: (newSet: ReplicaSet | undefined) => boolean,
): Move {
  const { deployment } = round;
  if (round.isScaled) return finishRollout(round, newSet, now);
  const down = old.filter(isActiveSet).map((set) => ({ name: set.metadata.name, to: 0 }));
  if (down.length > 0) return { do: 'scale', scalings: down };
  const isOldLeft = old.some((set) => (set.status?.replicas ?? 0) > 0) || areOldPodsRunning(newSet);
  if (isOldLeft) return finishRollout(round, newSet, now);
  if (newSet === undefined) return { do: 'create', set: newReplicaSet(deployment, old) };
  const wanted = replicasOf(deployment);
  if (replicasOf(newSet) !== wanted) return { do: 'scale', scalings: [{ name: newSet.metadata.name, to: wanted }] };
  return (isComplete(deployment, deployment.status) && cleanUp(round, old)) || finishRollout(round, newSet, now);
}

function cleanUp(round: Round, old: readonly ReplicaSet[]): Move | undefined {
  const sets = round.isCleaned ? [] : expiredSets(round.deployment, old);
  return sets.length > 0 ? { do: 'delete', sets } : undefined;
}

function finishRollout(round: Round, newSet: ReplicaSet | undefined, now: number): Move {
  const { deployment } = round;
  const status = rolloutStatusOf(deployment, newSet, round.sets, now);
  if (!isStatusCurrent(deployment, status)) return { do: 'finish', status };
  const lookAgainAt = deadlineOf(deployment, status);
  return lookAgainAt === undefined ? { do: 'rest' } : { do: 'rest', lookAgainAt };
}

/** The Deployment with the revision of its new ReplicaSet. */
function withDeploymentRevision(deployment: Deployment, newSet: ReplicaSet): Deployment {
  const revision = newSet.metadata.annotations?.[REVISION];
  const { annotations } = deployment.metadata;
  if (revision === undefined || annotations?.[REVISION] === revision) return deployment;
  return {
    ...deployment,
    metadata: { ...deployment.metadata, annotations: { ...annotations, [REVISION]: revision } },
  };
}

/** What a created ReplicaSet changes in the Deployment: its revision, and that it progresses. */
export function withCreated(deployment: Deployment, set: ReplicaSet, isFound: boolean, now: number): Deployment {
  const next = withDeploymentRevision(deployment, set);
  if (isFound || progressDeadline(deployment) === undefined) return next;
  const message = `Created new replica set "${set.metadata.name}"`;
  return withProgressing(next, 'True', 'NewReplicaSetCreated', message, now);
}

/** The Deployment that counts one more template whose hash was taken. */
export function withCollision(deployment: Deployment): Deployment {
  const { status } = deployment;
  return { ...deployment, status: { ...status, collisionCount: (status?.collisionCount ?? 0) + 1 } };
}

/** Whether a ReplicaSet of the wanted name is the Deployment's own and not a collision of hashes. */
export function isOwnNewSet(deployment: Deployment, set: ReplicaSet): boolean {
  return isControlledBy(set, deployment) && isSameTemplate(set.spec.template, deployment.spec.template);
}
