import { decode } from '../api/decode.ts';
import type {
  DeleteOptions,
  Eviction,
  Pod,
  PodCondition,
  PodDisruptionBudget,
  Status,
} from '../api/generated/types.ts';
import { resourceOfBareKind } from '../api/resources.ts';
import { selects } from '../api/selectors.ts';
import { badRequest, forbidden, internalError, notFound, success, tooManyRequests } from '../api/status.ts';
import { toRFC3339 } from '../api/time.ts';
import { withCondition } from './binding.ts';
import { removeObject } from './delete.ts';
import { trackUpdate } from './managed-fields.ts';
import { fieldTypeOf } from './patch/field-type.ts';
import {
  answer,
  asStored,
  CHARGED,
  current,
  type Handling,
  keyOfRequest,
  type Result,
  refuse,
  resetting,
  unchanged,
  writerOf,
} from './server.ts';
import type { Write } from './write.ts';

const EVICTION = { group: 'policy', version: 'v1', kind: 'Eviction' };
const NO_OPTIONS = {} as DeleteOptions;
const BUDGETS = '/registry/poddisruptionbudgets/';
const MAX_DISRUPTED_PODS = 2000;

/** Deletes a pod if its budgets allow. Source: pkg/registry/core/pod/storage/eviction.go */
export function evict(handling: Handling): Result {
  const { info, request, state } = handling;
  const key = keyOfRequest(handling);
  const pod = current(handling, key) as Pod | undefined;
  if (pod === undefined) {
    if (!handling.fresh.has(key)) return { type: 'read', keys: [key] };
    return refuse(notFound(info.resource, info.name));
  }
  const decoded = decode(EVICTION, request.body ?? '');
  if ('status' in decoded) return refuse(decoded.status);
  if (decoded.object.metadata?.name !== info.name) {
    return refuse(badRequest('name in URL does not match name in Eviction object'));
  }
  const options = (decoded.object as Eviction).deleteOptions ?? NO_OPTIONS;
  const evicted = (result: Result): Result => {
    if (result.type === 'answer') return result.code < 300 ? answer(201, success(201)) : result;
    if (result.type !== 'write') return result;
    const { object: _object, ...write } = result;
    return { ...write, code: 201, body: success(201) } satisfies Write;
  };
  const phase = pod.status?.phase;
  const ignoresBudgets =
    phase === 'Succeeded' || phase === 'Failed' || phase === 'Pending' || pod.metadata.deletionTimestamp !== undefined;
  if (ignoresBudgets) return evicted(removeObject(handling, key, pod, options));

  const budgets = state.objects.by('collection', `${BUDGETS}${info.namespace}/`) as PodDisruptionBudget[];
  const matching = budgets.filter((budget) => selects(budget.spec.selector, pod.metadata.labels));
  if (matching.length > 1) return refuse(internalErrorOfMany());
  const [found] = matching;
  const budget = found && (current(handling, budgetKey(found)) as PodDisruptionBudget);
  const isCharged = handling.fresh.has(CHARGED);
  const spent = budget === undefined || isCharged ? undefined : spend(handling, pod, budget);
  if (spent !== undefined && 'status' in spent) return refuse(spent.status);

  const target = withDisruptionTarget(pod, toRFC3339(handling.env.wallNow));
  const removed = evicted(removeObject(handling, key, target, options));
  if (removed.type !== 'write') return removed;
  const charged = { ...removed, isCharged: isCharged || spent !== undefined };
  return spent === undefined ? charged : { type: 'write', code: 201, ...spent, next: charged };
}

function internalErrorOfMany(): Status {
  return internalError(
    'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
  );
}

function budgetKey({ metadata }: PodDisruptionBudget): string {
  return `${BUDGETS}${metadata.namespace}/${metadata.name}`;
}

/** Takes one disruption from a budget, if the pod needs one; a Status if there is none left. */
function spend(
  handling: Handling,
  pod: Pod,
  budget: PodDisruptionBudget,
): Pick<Write, 'compare' | 'operations'> | { status: Status } | undefined {
  const { metadata, spec, status } = budget;
  const { currentHealthy = 0, desiredHealthy = 0, disruptionsAllowed = 0, disruptedPods = {} } = status ?? {};
  const ready = pod.status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True');
  if (!ready) {
    if (spec.unhealthyPodEvictionPolicy === 'AlwaysAllow') return undefined;
    if (currentHealthy >= desiredHealthy && desiredHealthy > 0) return undefined;
  }
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) {
    const message = `The disruption budget ${metadata.name} is still being processed by the server.`;
    return { status: tooManyRequests(TOO_MANY, 10, [{ reason: 'DisruptionBudget', message }]) };
  }
  if (disruptionsAllowed < 0) return { status: forbidden(PDBS, metadata.name, 'pdb disruptions allowed is negative') };
  if (Object.keys(disruptedPods).length > MAX_DISRUPTED_PODS) {
    const detail = 'DisruptedPods map too big - too many evictions not confirmed by PDB controller';
    return { status: forbidden(PDBS, metadata.name, detail) };
  }
  if (disruptionsAllowed === 0) {
    const message = `The disruption budget ${metadata.name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
    return { status: tooManyRequests(TOO_MANY, 0, [{ reason: 'DisruptionBudget', message }]) };
  }
  const now = toRFC3339(handling.env.wallNow);
  const left = disruptionsAllowed - 1;
  const next = {
    ...budget,
    status: {
      ...status,
      disruptionsAllowed: left,
      disruptedPods: { ...disruptedPods, [pod.metadata.name]: now },
      conditions: withAllowed(budget, left, now),
    },
  } as PodDisruptionBudget;
  const writer = {
    ...writerOf(handling),
    manager: 'apiserver',
    subresource: 'status',
    reset: resetting(['spec']),
  };
  const key = budgetKey(budget);
  const tracked = trackUpdate(budget, next, fieldTypeOf('PodDisruptionBudget'), writer);
  return { compare: [unchanged(key, budget)], operations: [{ op: 'put', key, value: asStored(tracked) }] };
}

const TOO_MANY = "Cannot evict pod as it would violate the pod's disruption budget.";
const PDBS = resourceOfBareKind('PodDisruptionBudget') as { group: string; plural: string };

/** Source: pkg/registry/core/pod/storage/eviction.go through pkg/apis/policy helpers UpdateDisruptionAllowedCondition */
function withAllowed({ metadata, status }: PodDisruptionBudget, left: number, now: string): object[] {
  const type = 'DisruptionAllowed';
  const conditions = status?.conditions ?? [];
  const before = conditions.find((condition) => condition.type === type);
  const value = left > 0 ? 'True' : 'False';
  const next = {
    type,
    status: value,
    observedGeneration: metadata.generation,
    lastTransitionTime: before?.status === value ? before.lastTransitionTime : now,
    reason: left > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
  };
  return before === undefined
    ? [...conditions, next]
    : conditions.map((condition) => (condition.type === type ? next : condition));
}

function withDisruptionTarget(pod: Pod, now: string): Pod {
  const condition: PodCondition = {
    type: 'DisruptionTarget',
    status: 'True',
    lastProbeTime: null as never,
    lastTransitionTime: now,
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
  };
  return {
    ...pod,
    status: { ...pod.status, conditions: withCondition(pod.status?.conditions ?? [], condition) },
  } as Pod;
}
