import type { Pod, ReplicaSet, ReplicaSetStatus } from '../../api/generated/types.ts';
import { controllerOf, isBeingDeleted } from '../../api/object.ts';
import { objectKey } from '../../client/informer.ts';
import { type Answer, type Call, isSuccess } from '../../client/messages.ts';
import type { Table } from '../../kernel/table.ts';
import { beginClaims, type ClaimRound, proceedClaims } from '../claim-round.ts';
import type { OwnerObject } from '../claims.ts';
import { type ControllerContext, DONE, type Outcome, type Progress } from '../controller.ts';
import {
  areExpectationsMet,
  creationObserved,
  deletionObserved,
  expectPods,
  forgetExpectations,
} from '../expectations.ts';
import {
  BURST_REPLICAS,
  createPodCall,
  deletePodCall,
  errorOf,
  isActive,
  podCreated,
  podDeleted,
  podFromTemplate,
  SLOW_START_BATCH,
} from '../pod-control.ts';
import { podsToDelete } from '../pod-ranking.ts';
import { type Counts, claimedPods, type ReplicaSetState } from './state.ts';
import { availabilityOf, isStatusCurrent, statusOf } from './status.ts';

/** What a round under way knows: the ReplicaSet and its pods as they were when it began. */
interface Seen {
  readonly set: ReplicaSet;
  readonly counts: Counts;
  readonly available: number;
  readonly nextAt?: number;
}

/** Where a round stands while its calls are under way. */
export type Round =
  | ClaimRound
  | { readonly stage: 'create'; readonly seen: Seen; readonly batch: number; readonly left: number }
  | { readonly stage: 'delete'; readonly seen: Seen; readonly pods: readonly string[] }
  | { readonly stage: 'status'; readonly seen: Seen; readonly status: ReplicaSetStatus; readonly failure?: string }
  | { readonly stage: 'refetch'; readonly seen: Seen; readonly status: ReplicaSetStatus; readonly failure?: string }
  | { readonly stage: 'restatus'; readonly seen: Seen; readonly failure?: string };

/** Compares the pods that a ReplicaSet has with those that it asks for. Source: pkg/controller/replicaset/replica_set.go */
export function reconcile(state: ReplicaSetState, key: string, context: ControllerContext): Outcome {
  const set = context.store<ReplicaSet>('replicasets').get(key);
  const counts = state.counts.get(key);
  if (set === undefined || counts === undefined) {
    // A sync that was under way when it was deleted may have expected more.
    forgetExpectations(state.expectations, key);
    return DONE;
  }
  const pods = context.store<Pod>('pods');
  const claims = beginClaims(state.claims, key, set as OwnerObject, pathOf(set), pods);
  if (claims) return claims;
  const seen: Seen = { set, counts, ...availabilityOf(set, counts, pods, context.wallNow) };
  if (isBeingDeleted(set) || !areExpectationsMet(state.expectations, key, context.now)) {
    return writeStatus(seen, undefined, context);
  }
  const difference = counts.active - (set.spec.replicas ?? 1);
  if (difference < 0) return createPods(state, seen, Math.min(-difference, BURST_REPLICAS), context);
  if (difference > 0) return deletePods(state, seen, Math.min(difference, BURST_REPLICAS), context);
  return writeStatus(seen, undefined, context);
}

/** Goes on with a round when its calls have been answered. */
export function proceed(
  state: ReplicaSetState,
  key: string,
  round: Round,
  answers: readonly Answer[],
  context: ControllerContext,
): Outcome {
  switch (round.stage) {
    case 'recheck':
    case 'claim':
      return proceedClaims(state.claims, key, round, answers, context.store('pods'));
    case 'create':
      return afterCreation(state, key, round, answers, context);
    case 'delete':
      return afterDeletion(state, key, round, answers, context);
    case 'status': {
      const [answer] = answers as [Answer];
      if (isSuccess(answer)) return finish(round.seen, round.failure, context);
      return {
        calls: [{ method: 'GET', path: pathOf(round.seen.set) }],
        progress: save({ ...round, stage: 'refetch' }),
      };
    }
    case 'refetch': {
      const [answer] = answers as [Answer];
      if (!isSuccess(answer)) return { retry: errorOf(answer) };
      const { seen, failure, status } = round;
      return {
        calls: [putStatus(answer.body as ReplicaSet, status)],
        progress: save({ stage: 'restatus', seen, ...(failure !== undefined && { failure }) }),
      };
    }
    case 'restatus': {
      const [answer] = answers as [Answer];
      return isSuccess(answer) ? finish(round.seen, round.failure, context) : { retry: errorOf(answer) };
    }
  }
}

function createPods(state: ReplicaSetState, seen: Seen, count: number, context: ControllerContext): Outcome {
  expectPods(state.expectations, objectKey(seen.set), count, [], context.now);
  return createBatch(seen, SLOW_START_BATCH, count);
}

function createBatch(seen: Seen, size: number, left: number): Outcome {
  const batch = Math.min(size, left);
  const create = createPodCall(seen.set, podFromTemplate(seen.set.spec.template ?? {}, seen.set));
  const calls = Array.from({ length: batch }, () => create);
  return { calls, progress: save({ stage: 'create', seen, batch, left: left - batch }) };
}

function afterCreation(
  state: ReplicaSetState,
  key: string,
  round: Round & { stage: 'create' },
  answers: readonly Answer[],
  context: ControllerContext,
): Outcome {
  const { seen, batch, left } = round;
  let failure: string | undefined;
  for (const answer of answers) {
    const error = podCreated(answer, seen.set, context);
    if (error !== undefined) creationObserved(state.expectations, key);
    failure ??= error;
  }
  if (failure === undefined && left > 0) return createBatch(seen, batch * 2, left);
  // What was not tried will not be seen either; the next round tries it.
  if (left > 0) creationObserved(state.expectations, key, left);
  return writeStatus(seen, failure, context);
}

function deletePods(state: ReplicaSetState, seen: Seen, count: number, context: ControllerContext): Outcome {
  const { set } = seen;
  const pods = context.store<Pod>('pods');
  const active = claimedPods(set, pods).filter(isActive);
  const doomed = podsToDelete(active, relatedPods(set, pods, context.store('replicasets')), count, context.wallNow);
  expectPods(state.expectations, objectKey(set), 0, doomed.map(objectKey), context.now);
  const names = doomed.map((pod) => pod.metadata.name);
  const calls = names.map((name) => deletePodCall(set, name));
  return { calls, progress: save({ stage: 'delete', seen, pods: names }) };
}

/** Pods of all ReplicaSets with the same owner, for example of one Deployment; without an owner, none. */
function relatedPods(set: ReplicaSet, pods: Table<Pod>, sets: Table<ReplicaSet>): Pod[] {
  const owner = controllerOf(set);
  return owner ? sets.by('controller', owner.uid).flatMap((sibling) => claimedPods(sibling, pods)) : [];
}

function afterDeletion(
  state: ReplicaSetState,
  key: string,
  round: Round & { stage: 'delete' },
  answers: readonly Answer[],
  context: ControllerContext,
): Outcome {
  const namespace = key.slice(0, key.indexOf('/'));
  let failure: string | undefined;
  answers.forEach((answer, i) => {
    const name = round.pods[i] as string;
    const error = podDeleted(answer, name, round.seen.set, context);
    if (!isSuccess(answer)) deletionObserved(state.expectations, `${namespace}/${name}`);
    failure ??= error;
  });
  return writeStatus(round.seen, failure, context);
}

function writeStatus(seen: Seen, failure: string | undefined, context: ControllerContext): Outcome {
  const status = statusOf(seen.set, seen.counts, seen.available, failure, context.wallNow);
  if (isStatusCurrent(seen.set, status)) return finish(seen, failure, context);
  return {
    calls: [putStatus(seen.set, status)],
    progress: save({ stage: 'status', seen, status, ...(failure !== undefined && { failure }) }),
  };
}

/** Comes back when the next pod has been ready for minReadySeconds. */
function finish(seen: Seen, failure: string | undefined, context: ControllerContext): Outcome {
  if (failure !== undefined) return { retry: failure };
  return seen.nextAt === undefined ? DONE : { requeueAfterMs: Math.max(0, seen.nextAt - context.wallNow) };
}

function putStatus(set: ReplicaSet, status: ReplicaSetStatus): Call {
  return { method: 'PUT', path: `${pathOf(set)}/status`, body: { ...set, status } };
}

function pathOf(set: ReplicaSet): string {
  return `/apis/apps/v1/namespaces/${set.metadata.namespace}/replicasets/${set.metadata.name}`;
}

const save = (round: Round): Progress => round as unknown as Progress;
