import { decode } from '../api/decode.ts';
import type {
  Binding,
  DeleteOptions,
  Deployment,
  Eviction,
  Pod,
  PodCondition,
  PodDisruptionBudget,
  Scale,
  Status,
} from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { resourceOfBareKind } from '../api/resources.ts';
import { selectorOf, selectorText, selects } from '../api/selectors.ts';
import {
  badRequest,
  conflict,
  type FieldError,
  forbidden,
  internalError,
  invalidStatus,
  methodNotAllowed,
  notFound,
  success,
  tooManyRequests,
  unknownResource,
} from '../api/status.ts';
import { storageKey } from '../api/storage-keys.ts';
import { toRFC3339 } from '../api/time.ts';
import { removeObject } from './delete.ts';
import { askKubelet } from './kubelet-proxy.ts';
import { trackUpdate, withEntries } from './managed-fields.ts';
import { difference, type FieldSet, isEmptySet } from './patch/field-set.ts';
import { fieldTypeOf } from './patch/field-type.ts';
import type { JsonObject } from './patch/json.ts';
import { applyPatch, patch, readPatch } from './patch-request.ts';
import { get } from './read.ts';
import {
  answer,
  asStored,
  current,
  type Handling,
  isDryRun,
  keyOfRequest,
  type Result,
  refuse,
  resetting,
  unchanged,
  type Write,
  writerOf,
} from './server.ts';
import { replaceObject, update } from './update.ts';

/** A request to a part of an object. */
export function handleSubresource(handling: Handling): Result {
  const { info } = handling;
  const known = info.resource.subresources.find(({ name }) => name === info.subresource);
  if (known === undefined) return refuse(unknownResource());
  if (!known.verbs.includes(info.verb)) return refuse(methodNotAllowed(info.resource, info.verb));
  switch (info.subresource) {
    case 'status':
    case 'finalize':
    case 'resize':
    case 'ephemeralcontainers':
      if (info.verb === 'get') return get(handling);
      return info.verb === 'update' ? update(handling) : patch(handling);
    case 'scale':
      return scale(handling);
    case 'binding':
      return bind(handling);
    case 'eviction':
      return evict(handling);
    case 'log':
      return askKubelet(handling, 'logs');
    case 'exec':
      return askKubelet(handling, 'exec');
    default:
      return refuse(unknownResource());
  }
}

type Scalable = Deployment;

/** Source: pkg/registry/apps/deployment/storage/storage.go (ScaleREST) */
function scale(handling: Handling): Result {
  const { info, request } = handling;
  const key = keyOfRequest(handling);
  const live = current(handling, key) as Scalable | undefined;
  if (live === undefined) return refuse(notFound(info.resource, info.name));
  const before = scaleOf(live);
  if (info.verb === 'get') return answer(200, before);
  const endpoint = { group: 'autoscaling', version: 'v1', kind: 'Scale' };
  let body: unknown = request.body;
  if (info.verb === 'patch') {
    const type = request.contentType ?? 'application/json';
    const read = readPatch(request.body, type);
    if ('status' in read) return refuse(read.status);
    const patched = applyPatch(before as unknown as JsonObject, read.patch, type, fieldTypeOf('Scale'));
    if ('status' in patched) return refuse(patched.status);
    body = patched.value;
  }
  const decoded = decode(endpoint, body ?? '');
  if ('status' in decoded) return refuse(decoded.status);
  const after = decoded.object as Scale;
  if (after.metadata.name !== info.name) {
    return refuse(
      badRequest(`the name of the object (${after.metadata.name}) does not match the name on the URL (${info.name})`),
    );
  }
  const version = after.metadata.resourceVersion;
  if (version && version !== live.metadata.resourceVersion) return refuse(conflict(info.resource, info.name));
  const replicas = after.spec?.replicas ?? 0;
  if (replicas < 0) {
    const error: FieldError = {
      type: 'Invalid',
      field: 'spec.replicas',
      value: replicas,
      detail: 'must be greater than or equal to 0',
    };
    return refuse(invalidStatus('Scale', 'autoscaling', info.name, [error]));
  }
  const changed = { ...live, spec: { ...live.spec, replicas } };
  const owned = replicas === live.spec.replicas ? changed : withScaleOwner(handling, live, changed);
  const main = { ...handling, info: { ...info, subresource: '' } };
  const result = replaceObject(main, key, live, owned, false);
  if (result.type === 'answer' && result.code === 200) return answer(200, scaleOf(result.body as Scalable));
  return result.type === 'write' ? { ...result, show: 'scale' } : result;
}

/** What the scale subresource shows of a workload. */
export function scaleOf({ metadata, spec, status }: Scalable): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: spec.replicas },
    status: { replicas: status?.replicas ?? 0, selector: selectorText(selectorOf(spec.selector)) },
  } as Scale;
}

const REPLICAS: FieldSet = { 'f:spec': { 'f:replicas': {} } };

/**
 * Whoever scales owns the replicas from then on; the entry has no time.
 * Source: staging/src/k8s.io/apimachinery/pkg/util/managedfields/scalehandler.go
 */
function withScaleOwner(handling: Handling, live: KubernetesObject, changed: KubernetesObject): KubernetesObject {
  const writer = writerOf(handling);
  const rest = [];
  for (const entry of live.metadata.managedFields ?? []) {
    const fields = difference(entry.fieldsV1 as FieldSet, REPLICAS);
    if (!isEmptySet(fields)) rest.push(fields === entry.fieldsV1 ? entry : { ...entry, fieldsV1: fields });
  }
  const own = {
    manager: writer.manager,
    operation: 'Update' as const,
    apiVersion: live.apiVersion,
    fieldsType: 'FieldsV1',
    fieldsV1: REPLICAS,
    subresource: 'scale',
  };
  return withEntries(changed, [own, ...rest]);
}

const BINDING = { group: '', version: 'v1', kind: 'Binding' };
const EVICTION = { group: 'policy', version: 'v1', kind: 'Eviction' };
const NO_OPTIONS = {} as DeleteOptions;

/** Source: pkg/registry/core/pod/storage/storage.go (BindingREST) */
function bind(handling: Handling): Result {
  const { info, request, env } = handling;
  const { namespace, name } = info;
  const key = keyOfRequest(handling);
  const decoded = decode(BINDING, request.body ?? '');
  if ('status' in decoded) return refuse(decoded.status);
  const body = decoded.object as Binding;
  const node = body.target?.name ?? '';
  const pod = current(handling, key) as Pod | undefined;
  if (pod === undefined) {
    if (!handling.fresh.has(key)) return { type: 'read', keys: [key] };
    return refuse(notFound(info.resource, name));
  }
  const errors: FieldError[] = [];
  if (body.target?.kind && body.target.kind !== 'Node') {
    errors.push({
      type: 'NotSupported',
      field: 'target.kind',
      value: body.target.kind,
      detail: 'supported values: "Node", "<empty>"',
    });
  }
  if (node === '') errors.push({ type: 'Required', field: 'target.name' });
  if (errors.length > 0) return refuse(invalidStatus('Binding', '', name, errors));
  const refuseBinding = (detail: string): Result =>
    refuse(conflict({ group: '', plural: 'pods/binding' }, name, detail));
  const expected = body.metadata?.uid;
  if (expected && expected !== pod.metadata.uid) {
    return refuseBinding(
      `Precondition failed: UID in precondition: ${expected}, UID in object meta: ${pod.metadata.uid}`,
    );
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    return refuseBinding(`pod ${name} is being deleted, cannot be assigned to a host`);
  }
  if (pod.spec.nodeName) {
    // Another binding may have come first; etcd says which.
    return refuseBinding(`pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`);
  }
  if ((pod.spec.schedulingGates ?? []).length > 0)
    return refuseBinding(`pod ${name} has non-empty .spec.schedulingGates`);
  const scheduled: PodCondition = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null as never,
    lastTransitionTime: toRFC3339(env.wallNow),
  };
  const bound = {
    ...pod,
    spec: { ...pod.spec, nodeName: node },
    status: { ...pod.status, conditions: withCondition(pod.status?.conditions ?? [], scheduled) },
  } as Pod;
  if (isDryRun(handling)) return answer(201, success(201));
  return {
    type: 'write',
    code: 201,
    compare: [unchanged(storageKey(info.resource, namespace, name), pod)],
    operations: [{ op: 'put', key, value: asStored(bound) }],
    body: success(201),
  };
}

function withCondition(conditions: readonly PodCondition[], next: PodCondition): PodCondition[] {
  const at = conditions.findIndex((condition) => condition.type === next.type);
  if (at < 0) return [...conditions, next];
  const before = conditions[at] as PodCondition;
  const time = before.status === next.status ? before.lastTransitionTime : next.lastTransitionTime;
  return conditions.map((condition, i) => (i === at ? { ...next, lastTransitionTime: time } : condition));
}

const BUDGETS = '/registry/poddisruptionbudgets/';
const MAX_DISRUPTED_PODS = 2000;

/** Source: pkg/registry/core/pod/storage/eviction.go */
function evict(handling: Handling): Result {
  const { info, request, state } = handling;
  const key = keyOfRequest(handling);
  const pod = current(handling, key) as Pod | undefined;
  if (pod === undefined) {
    if (!handling.fresh.has(key)) return { type: 'read', keys: [key] };
    return refuse(notFound(info.resource, info.name));
  }
  const decoded = decode(EVICTION, request.body ?? '');
  if ('status' in decoded) return refuse(decoded.status);
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
  const spent = budget === undefined ? undefined : spend(handling, pod, budget);
  if (spent !== undefined && 'status' in spent) return refuse(spent.status);

  const target = withDisruptionTarget(pod, toRFC3339(handling.env.wallNow));
  const removed = evicted(removeObject(handling, key, target, options));
  if (removed.type !== 'write' || spent === undefined) return removed;
  return { type: 'write', code: 201, ...spent, next: removed };
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
