import type { Deployment, Pod, ReplicaSet } from '../../api/generated/types.ts';
import { controllerOf, isBeingDeleted } from '../../api/object.ts';
import { objectKey } from '../../client/informer.ts';
import { type Answer, type Call, isSuccess } from '../../client/messages.ts';
import { defineTable, type Table } from '../../kernel/table.ts';
import { type Controller, type ControllerContext, DONE, type Outcome, type Progress } from '../controller.ts';
import { errorOf, isNamespaceTerminating } from '../pod-control.ts';
import { replicasOf, type Scaling } from './arithmetic.ts';
import { claimSet, claimsOf, hasRunningPods, ownedSets, pathOfSet, takeDeletedPod, takeSet } from './ownership.ts';
import { isOwnNewSet, type Move, nextMove, type Round, withCollision, withCreated } from './reconcile.ts';
import { withSize } from './revisions.ts';
import { progressDeadline, withProgressing } from './status.ts';

export interface DeploymentState {
  /** When each unfinished rollout runs into its deadline, by key. */
  readonly deadlines: Table<number>;
}

/** A round with the write that is under way. */
type Waiting =
  | { readonly for: 'recheck'; readonly deployment: Deployment; readonly sets: readonly ReplicaSet[] }
  | { readonly for: 'claim' }
  | { readonly for: 'update'; readonly round: Round }
  | { readonly for: 'updateSet'; readonly round: Round; readonly set: ReplicaSet }
  | { readonly for: 'create'; readonly round: Round; readonly set: ReplicaSet }
  | {
      readonly for: 'scale';
      readonly round: Round;
      readonly scalings: readonly Scaling[];
      readonly sets: readonly ReplicaSet[];
    }
  | { readonly for: 'delete'; readonly round: Round }
  | { readonly for: 'giveUp'; readonly reason: string }
  | { readonly for: 'status' };

const newDeadlines = defineTable<number>('deployment/deadlines');

/**
 * Rolls Deployments out through ReplicaSets. Source: pkg/controller/deployment/deployment_controller.go
 */
export const deploymentController: Controller<DeploymentState> = {
  name: 'deployment-controller',
  watches: ['deployments', 'replicasets', 'pods'],
  workers: 5,
  maxRetries: 15,
  create: () => ({ deadlines: newDeadlines() }),
  observe(_state, delta, context) {
    switch (delta.informer) {
      case 'deployments':
        context.enqueue(objectKey(delta.object));
        return;
      case 'replicasets':
        takeSet(delta, context);
        return;
      case 'pods':
        if (delta.type === 'delete') takeDeletedPod(delta.object as Pod, context);
    }
  },
  sync(state, key, context) {
    const deployment = context.store<Deployment>('deployments').get(key);
    if (deployment === undefined) {
      setDeadline(state, key, undefined, context);
      return DONE;
    }
    const { matchLabels = {}, matchExpressions = [] } = deployment.spec.selector;
    if (Object.keys(matchLabels).length + matchExpressions.length === 0)
      return refuseEmptySelector(deployment, context);
    const owned = ownedSets(deployment, context);
    const claims = claimsOf(deployment, owned, context);
    if (claims.length > 0) return claim(deployment, claims);
    return advance(state, key, { deployment, sets: owned }, context);
  },
  resume(state, key, progress, answers, context) {
    return proceed(state, key, progress as unknown as Waiting, answers, context);
  },
  timer(state, key, context) {
    state.deadlines.delete(key);
    context.enqueue(key);
  },
  view: (state) => ({ rolloutsWithDeadline: state.deadlines.size }),
};

/** Carries out the next move of the round. */
function advance(state: DeploymentState, key: string, round: Round, context: ControllerContext): Outcome {
  const { deployment, sets } = round;
  const areOldPodsRunning = (newSet: ReplicaSet | undefined) => hasRunningPods(deployment, sets, newSet, context);
  const move: Move = nextMove(round, context.wallNow, areOldPodsRunning);
  switch (move.do) {
    case 'updateStatus':
      return wait(putStatus(move.round.deployment), { for: 'update', round: move.round });
    case 'updateSet':
      return wait(putSet(move.set), { for: 'updateSet', round, set: move.set });
    case 'create':
      return wait(postSet(move.set), { for: 'create', round, set: move.set });
    case 'scale': {
      const scaled = { ...round, isScaled: true, ...(move.error !== undefined && { error: move.error }) };
      return scaleNext(state, key, scaled, move.scalings, sets, context);
    }
    case 'delete':
      return {
        calls: move.sets.map(deleteSet),
        progress: save({ for: 'delete', round: { ...round, isCleaned: true } }),
      };
    case 'finish':
      return wait(putStatus({ ...deployment, status: move.status }), { for: 'status' });
    case 'rest':
      setDeadline(state, key, move.lookAgainAt, context);
      return DONE;
    case 'retry':
      return { retry: move.reason };
  }
}

/** Goes on with a round when its write has been answered. */
function proceed(
  state: DeploymentState,
  key: string,
  waiting: Waiting,
  answers: readonly Answer[],
  context: ControllerContext,
): Outcome {
  const [answer] = answers as [Answer];
  if (waiting.for === 'giveUp') return { retry: waiting.reason };
  if (waiting.for === 'create') return afterCreation(state, key, waiting.round, waiting.set, answer, context);
  const failed = answers.find((other) => !isSuccess(other) && other.status !== 404);
  if (failed) return { retry: errorOf(failed) };
  switch (waiting.for) {
    case 'recheck':
      return afterRecheck(waiting.deployment, waiting.sets, answer);
    case 'update':
    case 'delete':
      // The Deployment in hand keeps its old version, as upstream's does: a later write of this round may conflict.
      return advance(state, key, waiting.round, context);
    case 'updateSet': {
      if (!isSuccess(answer)) return { retry: errorOf(answer) };
      return advance(state, key, withSet(waiting.round, answer.body as ReplicaSet), context);
    }
    case 'scale': {
      const [done, ...rest] = waiting.scalings as [Scaling, ...Scaling[]];
      if (!isSuccess(answer)) return { retry: errorOf(answer) };
      const before = waiting.sets.find((set) => set.metadata.name === done.name) as ReplicaSet;
      tellScaling(waiting.round.deployment, done.name, replicasOf(before), done.to, context);
      const sets = waiting.sets.map((set) => (set === before ? (answer.body as ReplicaSet) : set));
      return scaleNext(state, key, waiting.round, rest, sets, context);
    }
    case 'claim': {
      // The end of an orphan is nobody's news.
      const gone = answers.find((other) => !isSuccess(other));
      return gone ? { retry: errorOf(gone) } : DONE;
    }
    case 'status':
      return DONE;
  }
}

/** One ReplicaSet after the other; the round's own list keeps the sizes from before. */
function scaleNext(
  state: DeploymentState,
  key: string,
  round: Round,
  scalings: readonly Scaling[],
  sets: readonly ReplicaSet[],
  context: ControllerContext,
): Outcome {
  for (let i = 0; i < scalings.length; i++) {
    const { name, to } = scalings[i] as Scaling;
    const set = sets.find((other) => other.metadata.name === name) as ReplicaSet;
    const sized = withSize(round.deployment, set, to);
    if (sized !== set) return wait(putSet(sized), { for: 'scale', round, scalings: scalings.slice(i), sets });
  }
  return advance(state, key, round, context);
}

function tellScaling(deployment: Deployment, name: string, from: number, to: number, context: ControllerContext): void {
  if (from === to) return;
  const direction = from < to ? 'up' : 'down';
  const message = `Scaled ${direction} replica set ${name} from ${from} to ${to}`;
  context.event(deployment, 'Normal', 'ScalingReplicaSet', message);
}

function afterCreation(
  state: DeploymentState,
  key: string,
  round: Round,
  wanted: ReplicaSet,
  answer: Answer,
  context: ControllerContext,
): Outcome {
  const { deployment } = round;
  if (isSuccess(answer)) {
    const created = answer.body as ReplicaSet;
    tellScaling(deployment, created.metadata.name, 0, replicasOf(created), context);
    return afterNewSet(state, key, round, created, false, context);
  }
  const reason = errorOf(answer);
  if (answer.status === 409 && (answer.body as { reason?: string }).reason === 'AlreadyExists') {
    const found = context.store<ReplicaSet>('replicasets').get(objectKey(wanted));
    if (found === undefined) return { retry: reason };
    if (isOwnNewSet(deployment, found)) return afterNewSet(state, key, round, found, true, context);
    return wait(putStatus(withCollision(deployment)), { for: 'giveUp', reason });
  }
  if (isNamespaceTerminating(answer)) return { retry: reason };
  const message = `Failed to create new replica set "${wanted.metadata.name}": ${reason}`;
  context.event(deployment, 'Warning', 'ReplicaSetCreateError', message);
  if (progressDeadline(deployment) === undefined) return { retry: reason };
  const failed = withProgressing(deployment, 'False', 'ReplicaSetCreateError', message, context.wallNow);
  return failed === deployment ? { retry: reason } : wait(putStatus(failed), { for: 'giveUp', reason });
}

function afterNewSet(
  state: DeploymentState,
  key: string,
  round: Round,
  set: ReplicaSet,
  isFound: boolean,
  context: ControllerContext,
): Outcome {
  const deployment = withCreated(round.deployment, set, isFound, context.wallNow);
  const next = withSet({ ...round, deployment }, set);
  if (deployment === round.deployment) return advance(state, key, next, context);
  return wait(putStatus(deployment), { for: 'update', round: next });
}

function withSet(round: Round, set: ReplicaSet): Round {
  const others = round.sets.filter((other) => other.metadata.name !== set.metadata.name);
  return { ...round, sets: [...others, set] };
}

function refuseEmptySelector(deployment: Deployment, context: ControllerContext): Outcome {
  const message = 'This deployment is selecting all pods. A non-empty selector is required.';
  context.event(deployment, 'Warning', 'SelectingAll', message);
  const { generation = 0 } = deployment.metadata;
  if ((deployment.status?.observedGeneration ?? 0) >= generation) return DONE;
  return wait(putStatus({ ...deployment, status: { ...deployment.status, observedGeneration: generation } }), {
    for: 'status',
  });
}

// --- adoption ---------------------------------------------------------------------------------------------------

function claim(deployment: Deployment, sets: readonly ReplicaSet[]): Outcome {
  if (sets.every((set) => controllerOf(set) !== undefined)) {
    return { calls: sets.map((set) => claimSet(deployment, set)), progress: save({ for: 'claim' }) };
  }
  return wait({ method: 'GET', path: pathOf(deployment) }, { for: 'recheck', deployment, sets });
}

function afterRecheck(deployment: Deployment, sets: readonly ReplicaSet[], answer: Answer): Outcome {
  const live = answer.body as Deployment;
  if (live.metadata?.uid !== deployment.metadata.uid || isBeingDeleted(live)) return { retry: 'it is going away' };
  return { calls: sets.map((set) => claimSet(deployment, set)), progress: save({ for: 'claim' }) };
}

// --- small things ----------------------------------------------------------------------------------------------------

/** One timer per rollout, taken away when the rollout ends: nothing waits for it then. */
function setDeadline(state: DeploymentState, key: string, at: number | undefined, context: ControllerContext): void {
  if (state.deadlines.get(key) === at) return;
  if (at === undefined) {
    state.deadlines.delete(key);
    context.cancelTimer(key);
    return;
  }
  state.deadlines.set(key, at);
  context.setTimer(key, Math.max(1000, at - context.wallNow), { periodic: false });
}

const wait = (call: Call, waiting: Waiting): Outcome => ({ calls: [call], progress: save(waiting) });
const save = (waiting: Waiting): Progress => waiting as unknown as Progress;

function pathOf(deployment: Deployment): string {
  return `/apis/apps/v1/namespaces/${deployment.metadata.namespace}/deployments/${deployment.metadata.name}`;
}

const putStatus = (deployment: Deployment): Call => ({
  method: 'PUT',
  path: `${pathOf(deployment)}/status`,
  body: deployment,
});
const putSet = (set: ReplicaSet): Call => ({ method: 'PUT', path: pathOfSet(set), body: set });
const deleteSet = (set: ReplicaSet): Call => ({ method: 'DELETE', path: pathOfSet(set) });
const postSet = (set: ReplicaSet): Call => ({
  method: 'POST',
  path: `/apis/apps/v1/namespaces/${set.metadata.namespace}/replicasets`,
  body: set,
});
