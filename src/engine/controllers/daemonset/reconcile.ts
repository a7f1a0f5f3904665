import type { ControllerRevision, DaemonSet, DaemonSetStatus, Pod } from '../../api/generated/types.ts';
import { isBeingDeleted, isControlledBy } from '../../api/object.ts';
import { deepEqual, extended } from '../../api/share.ts';
import { type Answer, type Call, isSuccess } from '../../client/messages.ts';
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
  createPodCall,
  deletePodCall,
  errorOf,
  podCreated,
  podDeleted,
  podFromTemplate,
  SLOW_START_BATCH,
} from '../pod-control.ts';
import { type Plan, planManage, planRollout } from './manage.ts';
import { affinityTo } from './placement.ts';
import { expiredRevisions, HASH_LABEL, historyOf, isOf, newRevision, podTemplate } from './revisions.ts';
import type { Spot } from './spot.ts';
import { type DaemonSetState, hasPodsOf, refresh, totalsOf } from './state.ts';

/** What a round under way knows: the DaemonSet as it was when it began, and the revision of its template. */
interface Seen {
  readonly set: DaemonSet;
  readonly hash: string;
  readonly failure?: string;
  readonly againAt?: number;
  /** Whether this round may say that it has seen the DaemonSet's generation. */
  readonly hasManaged?: boolean;
}

interface Writing {
  readonly seen: Seen;
  readonly phase: 'manage' | 'rollout';
  readonly plan: Plan;
}

/** Where a round stands while its calls are under way. */
export type Round =
  | ClaimRound
  | { readonly stage: 'addRevision'; readonly set: DaemonSet; readonly wanted: ControllerRevision }
  | { readonly stage: 'findRevision'; readonly set: DaemonSet; readonly reason: string }
  | { readonly stage: 'raiseRevision'; readonly seen: Seen }
  | { readonly stage: 'giveUp'; readonly reason: string }
  | ({ readonly stage: 'create'; readonly done: number; readonly batch: number } & Writing)
  | ({ readonly stage: 'delete' } & Writing)
  | { readonly stage: 'cleanUp'; readonly seen: Seen }
  | { readonly stage: 'status' | 'restatus'; readonly seen: Seen; readonly status: DaemonSetStatus }
  | { readonly stage: 'refetch'; readonly seen: Seen; readonly status: DaemonSetStatus };

/** Compares the nodes that need a pod with those that have one. Source: pkg/controller/daemon/daemon_controller.go */
export function reconcile(state: DaemonSetState, key: string, context: ControllerContext): Outcome {
  const set = context.store<DaemonSet>('daemonsets').get(key);
  if (set === undefined) {
    // A sync that was under way when it was deleted may have expected more.
    forgetExpectations(state.expectations, key);
    return DONE;
  }
  const { matchLabels = {}, matchExpressions = [] } = set.spec.selector;
  if (Object.keys(matchLabels).length + matchExpressions.length === 0) {
    const message = 'This daemon set is selecting all pods. A non-empty selector is required.';
    context.event(set, 'Warning', 'SelectingAll', message);
    return DONE;
  }
  if (isBeingDeleted(set)) return DONE;
  const claims = beginClaims(state.claims, key, set as OwnerObject, pathOf(set), context.store<Pod>('pods'));
  if (claims) return claims;
  const { current, revision } = historyOf(set, revisionsOf(set, context));
  if (current === undefined) {
    const wanted = newRevision(set, revision);
    return wait({ method: 'POST', path: pathOfRevisions(set), body: wanted }, { stage: 'addRevision', set, wanted });
  }
  const seen: Seen = { set, hash: current.metadata.labels?.[HASH_LABEL] ?? '' };
  if (current.revision >= revision) return work(state, key, seen, context);
  const path = `${pathOfRevisions(set)}/${current.metadata.name}`;
  return wait({ method: 'PUT', path, body: { ...current, revision } }, { stage: 'raiseRevision', seen });
}

/** Goes on with a round when its calls have been answered. */
export function proceed(
  state: DaemonSetState,
  key: string,
  round: Round,
  answers: readonly Answer[],
  context: ControllerContext,
): Outcome {
  const [answer] = answers as [Answer];
  switch (round.stage) {
    case 'recheck':
    case 'claim':
      return proceedClaims(state.claims, key, round, answers, context.store<Pod>('pods'));
    case 'addRevision':
      return afterRevision(state, key, round.set, round.wanted, answer, context);
    case 'findRevision':
      return afterCollision(state, key, round.set, round.reason, answer, context);
    case 'raiseRevision':
      return isSuccess(answer) ? work(state, key, round.seen, context) : { retry: errorOf(answer) };
    case 'giveUp':
      return { retry: round.reason };
    case 'create':
      return afterCreation(state, key, round, answers, context);
    case 'delete':
      return afterDeletion(state, key, round, answers, context);
    case 'cleanUp': {
      const failed = answers.find((other) => !isSuccess(other) && other.status !== 404);
      return writeStatus(state, key, failed ? withFailure(round.seen, errorOf(failed)) : round.seen, context);
    }
    case 'status':
      if (isSuccess(answer)) return finish(state, key, round.seen, context);
      return wait({ method: 'GET', path: pathOf(round.seen.set) }, { ...round, stage: 'refetch' });
    case 'refetch':
      if (!isSuccess(answer)) return { retry: errorOf(answer) };
      return wait(putStatus(answer.body as DaemonSet, round.status), { ...round, stage: 'restatus' });
    case 'restatus':
      return isSuccess(answer) ? finish(state, key, round.seen, context) : { retry: errorOf(answer) };
  }
}

// --- revisions -------------------------------------------------------------------------------------------------------

function afterRevision(
  state: DaemonSetState,
  key: string,
  set: DaemonSet,
  wanted: ControllerRevision,
  answer: Answer,
  context: ControllerContext,
): Outcome {
  if (isSuccess(answer)) return work(state, key, { set, hash: wanted.metadata.labels?.[HASH_LABEL] ?? '' }, context);
  const reason = errorOf(answer);
  if ((answer.body as { reason?: string } | undefined)?.reason !== 'AlreadyExists') return { retry: reason };
  const path = `${pathOfRevisions(set)}/${wanted.metadata.name}`;
  return wait({ method: 'GET', path }, { stage: 'findRevision', set, reason });
}

/** The name is taken: by this very template, which the cache has not shown yet, or by another with the same hash. */
function afterCollision(
  state: DaemonSetState,
  key: string,
  set: DaemonSet,
  reason: string,
  answer: Answer,
  context: ControllerContext,
): Outcome {
  if (!isSuccess(answer)) return { retry: reason };
  const found = answer.body as ControllerRevision;
  if (isControlledBy(found, set) && isOf(set, found)) {
    return work(state, key, { set, hash: found.metadata.labels?.[HASH_LABEL] ?? '' }, context);
  }
  const status = { ...set.status, collisionCount: (set.status?.collisionCount ?? 0) + 1 } as DaemonSetStatus;
  return wait(putStatus(set, status), { stage: 'giveUp', reason });
}

function revisionsOf(set: DaemonSet, context: ControllerContext): ControllerRevision[] {
  return context.store<ControllerRevision>('controllerrevisions').by('controller', set.metadata.uid ?? '');
}

// --- pods ------------------------------------------------------------------------------------------------------------

function work(state: DaemonSetState, key: string, seen: Seen, context: ControllerContext): Outcome {
  const { set, hash } = seen;
  refresh(state, key, set, hash, context);
  if (!areExpectationsMet(state.expectations, key, context.now)) return writeStatus(state, key, seen, context);
  const plan = planManage(state, key, set, hash, context);
  const next = extended(seen, { hasManaged: true, ...(plan.againAt !== undefined && { againAt: plan.againAt }) });
  if (plan.create.length + plan.remove.length === 0) return rollOut(state, key, next, context);
  return carryOut(state, key, { seen: next, phase: 'manage', plan }, context);
}

function rollOut(state: DaemonSetState, key: string, seen: Seen, context: ControllerContext): Outcome {
  const plan = planRollout(state, key, seen.set, context);
  if (plan.create.length + plan.remove.length === 0) return cleanUp(state, key, seen, context);
  return carryOut(state, key, { seen, phase: 'rollout', plan }, context);
}

/** Creations by slow start, then all deletions. */
function carryOut(state: DaemonSetState, key: string, writing: Writing, context: ControllerContext): Outcome {
  const { set } = writing.seen;
  const { create, remove } = writing.plan;
  const doomed = remove.map((name) => `${set.metadata.namespace}/${name}`);
  expectPods(state.expectations, key, create.length, doomed, context.now);
  return create.length > 0 ? createBatch(writing, 0, SLOW_START_BATCH) : deleteAll(writing);
}

function createBatch(writing: Writing, done: number, size: number): Outcome {
  const { set, hash } = writing.seen;
  const { create } = writing.plan;
  const batch = Math.min(size, create.length - done);
  const template = podTemplate(set, hash);
  const calls = create.slice(done, done + batch).map((node) => {
    const spec = { ...template.spec, affinity: affinityTo(template.spec?.affinity, node) };
    return createPodCall(set, podFromTemplate({ ...template, spec } as typeof template, set));
  });
  return { calls, progress: save({ stage: 'create', ...writing, done, batch }) };
}

function afterCreation(
  state: DaemonSetState,
  key: string,
  round: Round & { stage: 'create' },
  answers: readonly Answer[],
  context: ControllerContext,
): Outcome {
  let failure: string | undefined;
  for (const answer of answers) {
    const error = podCreated(answer, round.seen.set, context);
    if (error !== undefined) creationObserved(state.expectations, key);
    failure ??= error;
  }
  const done = round.done + round.batch;
  const left = round.plan.create.length - done;
  const { phase, plan } = round;
  if (failure === undefined && left > 0) return createBatch({ seen: round.seen, phase, plan }, done, round.batch * 2);
  if (left > 0) creationObserved(state.expectations, key, left);
  const seen = withFailure(round.seen, failure);
  return plan.remove.length > 0 ? deleteAll({ seen, phase, plan }) : afterWrites(state, key, seen, phase, context);
}

function deleteAll(writing: Writing): Outcome {
  const calls = writing.plan.remove.map((name) => deletePodCall(writing.seen.set, name));
  return { calls, progress: save({ stage: 'delete', ...writing }) };
}

function afterDeletion(
  state: DaemonSetState,
  key: string,
  round: Round & { stage: 'delete' },
  answers: readonly Answer[],
  context: ControllerContext,
): Outcome {
  const { set } = round.seen;
  let failure = round.seen.failure;
  answers.forEach((answer, i) => {
    const name = round.plan.remove[i] as string;
    const error = podDeleted(answer, name, set, context);
    if (!isSuccess(answer)) deletionObserved(state.expectations, `${set.metadata.namespace}/${name}`);
    failure ??= error;
  });
  return afterWrites(state, key, withFailure(round.seen, failure), round.phase, context);
}

/** A rollout goes on in the same round only when what was just written has been seen already. */
function afterWrites(
  state: DaemonSetState,
  key: string,
  seen: Seen,
  phase: 'manage' | 'rollout',
  context: ControllerContext,
): Outcome {
  if (seen.failure !== undefined) return writeStatus(state, key, seen, context);
  if (phase === 'manage' && areExpectationsMet(state.expectations, key, context.now)) {
    refresh(state, key, seen.set, seen.hash, context);
    return rollOut(state, key, seen, context);
  }
  return cleanUp(state, key, seen, context);
}

function cleanUp(state: DaemonSetState, key: string, seen: Seen, context: ControllerContext): Outcome {
  const { old } = historyOf(seen.set, revisionsOf(seen.set, context));
  const expired = expiredRevisions(seen.set, old, (hash) => hasPodsOf(state, seen.set, hash));
  if (expired.length === 0) return writeStatus(state, key, seen, context);
  const calls = expired.map(
    ({ metadata }): Call => ({ method: 'DELETE', path: `${pathOfRevisions(seen.set)}/${metadata.name}` }),
  );
  return { calls, progress: save({ stage: 'cleanUp', seen }) };
}

// --- status ----------------------------------------------------------------------------------------------------------

function writeStatus(state: DaemonSetState, key: string, seen: Seen, context: ControllerContext): Outcome {
  const { set, hash, hasManaged } = seen;
  refresh(state, key, set, hash, context);
  const { desired, current, misscheduled, ready, updated, available } = totalsOf(state, key);
  const unavailable = desired - available;
  const observedGeneration = hasManaged ? set.metadata.generation : set.status?.observedGeneration;
  const { collisionCount, conditions } = set.status ?? {};
  const status: DaemonSetStatus = {
    currentNumberScheduled: current,
    numberMisscheduled: misscheduled,
    desiredNumberScheduled: desired,
    numberReady: ready,
    ...(observedGeneration && { observedGeneration }),
    ...(updated > 0 && { updatedNumberScheduled: updated }),
    ...(available > 0 && { numberAvailable: available }),
    ...(unavailable > 0 && { numberUnavailable: unavailable }),
    ...(collisionCount !== undefined && { collisionCount }),
    ...(conditions && { conditions }),
  };
  if (deepEqual(set.status, status)) return finish(state, key, seen, context);
  return wait(putStatus(set, status), { stage: 'status', seen, status });
}

/** Comes back when the next pod turns available, or a failed one may be killed. */
function finish(state: DaemonSetState, key: string, seen: Seen, context: ControllerContext): Outcome {
  if (seen.failure !== undefined) return { retry: seen.failure };
  let at = seen.againAt;
  for (const row of state.spots.keysBy('waiting', key)) {
    const { availableAt } = state.spots.get(row) as Spot;
    if (at === undefined || (availableAt as number) < at) at = availableAt;
  }
  return at === undefined ? DONE : { requeueAfterMs: Math.max(0, at - context.wallNow) };
}

function withFailure(seen: Seen, failure: string | undefined): Seen {
  return failure === undefined ? seen : { ...seen, failure };
}

const save = (round: Round): Progress => round as unknown as Progress;
const wait = (call: Call, round: Round): Outcome => ({ calls: [call], progress: save(round) });

function putStatus(set: DaemonSet, status: DaemonSetStatus): Call {
  return { method: 'PUT', path: `${pathOf(set)}/status`, body: { ...set, status } };
}

function pathOf(set: DaemonSet): string {
  return `/apis/apps/v1/namespaces/${set.metadata.namespace}/daemonsets/${set.metadata.name}`;
}

function pathOfRevisions(set: DaemonSet): string {
  return `/apis/apps/v1/namespaces/${set.metadata.namespace}/controllerrevisions`;
}
