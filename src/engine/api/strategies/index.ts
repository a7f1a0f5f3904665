import { emptyObject } from '../field-reader.ts';
import type {
  DaemonSet,
  EndpointSlice,
  ModelledKinds,
  Namespace,
  ObjectMeta,
  Pod,
  Service,
} from '../generated/types.ts';
import type { KubernetesObject } from '../object.ts';
import { deepEqual, extended, put } from '../share.ts';
import { preparePodForCreate, preparePodForDebug, preparePodForStatusUpdate, preparePodForUpdate } from './pod.ts';
import { prepareServiceForCreate, prepareServiceForUpdate } from './service.ts';

/** How a kind's main resource and its subresources share one object. */
interface Strategy {
  /** Its generation starts at 1 and counts changes of the spec. */
  readonly hasGeneration?: boolean;
  /** The schema of its status, which a new object starts without. */
  readonly emptyStatus?: string;
  /** Its status has a path of its own, so the main resource leaves it alone. */
  readonly hasStatus?: boolean;
}

const STRATEGIES: { readonly [Kind in keyof ModelledKinds]?: Strategy } = {
  Deployment: { hasGeneration: true, emptyStatus: 'DeploymentStatus', hasStatus: true },
  ReplicaSet: { hasGeneration: true, emptyStatus: 'ReplicaSetStatus', hasStatus: true },
  DaemonSet: { hasGeneration: true, emptyStatus: 'DaemonSetStatus', hasStatus: true },
  PodDisruptionBudget: { hasGeneration: true, emptyStatus: 'PodDisruptionBudgetStatus', hasStatus: true },
  ResourceQuota: { emptyStatus: 'ResourceQuotaStatus', hasStatus: true },
  Node: { hasStatus: true },
  Namespace: { hasStatus: true },
  PriorityClass: { hasGeneration: true },
  EndpointSlice: { hasGeneration: true },
};
const NONE: Strategy = {};

/**
 * A defaulted object as it may go to validation and storage: nothing in it that only the server may say.
 * Uid, name, creation time and resourceVersion are the store's business.
 * Source: pkg/registry/<group>/<resource>/strategy.go (PrepareForCreate),
 * staging/src/k8s.io/apiserver/pkg/registry/rest/create.go
 */
export function prepareForCreate<Any extends KubernetesObject>(object: Any): Any {
  const fresh = put(object, 'metadata', freshMetadata(object.metadata)) as KubernetesObject;
  return prepareKindForCreate(fresh) as Any;
}

/**
 * The object that replaces `old`: fields that the path does not own are taken from `old`, metadata that no
 * writer may lose is kept, and the generation counts changes. `subresource` is '' for the main resource.
 * Source: pkg/registry/<group>/<resource>/strategy.go (PrepareForUpdate),
 * staging/src/k8s.io/apiserver/pkg/registry/rest/update.go
 */
export function prepareForUpdate<Any extends KubernetesObject>(object: Any, old: Any, subresource = ''): Any {
  const kept =
    object.metadata === old.metadata ? object : put(object, 'metadata', keptMetadata(object.metadata, old.metadata));
  return prepareKindForUpdate(kept, old, subresource) as Any;
}

/**
 * The kinds whose stored generation counts; the server raises it once more when a deletion has to wait.
 */
export function hasGeneration(kind: string): boolean {
  return kind === 'Pod' || strategyOf(kind).hasGeneration === true;
}

function strategyOf(kind: string): Strategy {
  return STRATEGIES[kind as keyof ModelledKinds] ?? NONE;
}

function freshMetadata(metadata: ObjectMeta): ObjectMeta {
  const { deletionTimestamp, deletionGracePeriodSeconds, generation, selfLink } = metadata;
  const isFresh =
    deletionTimestamp === undefined &&
    deletionGracePeriodSeconds === undefined &&
    generation === undefined &&
    selfLink === undefined;
  if (isFresh) return metadata;
  const fresh = { ...metadata };
  delete fresh.deletionTimestamp;
  delete fresh.deletionGracePeriodSeconds;
  delete fresh.generation;
  delete fresh.selfLink;
  return fresh;
}

/** An empty field means "as it is", and neither deletion nor generation is for clients to say. */
function keptMetadata(metadata: ObjectMeta, old: ObjectMeta): ObjectMeta {
  let out = metadata;
  for (const key of KEPT_WHEN_EMPTY)
    if (out[key] === undefined && old[key] !== undefined) out = put(out, key, old[key]);
  out = put(out, 'generation', old.generation);
  return put(out, 'selfLink', undefined);
}

const KEPT_WHEN_EMPTY = [
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const satisfies readonly (keyof ObjectMeta)[];

interface WithSpec extends KubernetesObject {
  spec?: unknown;
  status?: unknown;
}

function prepareKindForCreate(object: KubernetesObject): KubernetesObject {
  switch (object.kind) {
    case 'Pod':
      return preparePodForCreate(object as Pod);
    case 'Service':
      return prepareServiceForCreate(object as Service);
    case 'Namespace':
      return prepareNamespaceForCreate(object as Namespace);
    case 'DaemonSet':
      return withTemplateGeneration(started(object) as DaemonSet, 1);
    default:
      return started(object);
  }
}

/** The object at its beginning: generation 1 and an empty status, where its kind has them. */
function started(object: KubernetesObject): KubernetesObject {
  const strategy = strategyOf(object.kind);
  let out = object;
  if (strategy.hasGeneration) out = put(out, 'metadata', extended(out.metadata, { generation: 1 }));
  if (strategy.emptyStatus !== undefined) out = { ...out, status: emptyObject(strategy.emptyStatus) } as WithSpec;
  return out;
}

function prepareKindForUpdate(object: KubernetesObject, old: KubernetesObject, subresource: string): KubernetesObject {
  switch (object.kind) {
    case 'Pod':
      if (subresource === 'status') return preparePodForStatusUpdate(object as Pod, old as Pod);
      if (subresource === 'ephemeralcontainers') return preparePodForDebug(object as Pod, old as Pod);
      return preparePodForUpdate(object as Pod, old as Pod);
    case 'Service':
      if (subresource === 'status') return put(object as Service, 'spec', (old as Service).spec);
      return prepareServiceForUpdate(object as Service, old as Service);
    case 'Namespace':
      return prepareNamespaceForUpdate(object as Namespace, old as Namespace, subresource);
    case 'EndpointSlice':
      return prepareEndpointSliceForUpdate(object as EndpointSlice, old as EndpointSlice);
  }
  const strategy = strategyOf(object.kind);
  if (!strategy.hasStatus) return object;
  const before = old as WithSpec;
  if (subresource === 'status') {
    const out = put(object as WithSpec, 'spec', before.spec);
    if (object.kind !== 'Deployment' || out.metadata === old.metadata) return out;
    return put(out, 'metadata', put(out.metadata, 'labels', old.metadata.labels));
  }
  const out = put(object as WithSpec, 'status', before.status);
  if (!strategy.hasGeneration) return out;
  const counted = isChanged(out, before) ? raised(out, before) : out;
  return object.kind === 'DaemonSet' ? countTemplate(counted as DaemonSet, old as DaemonSet) : counted;
}

function isChanged(object: WithSpec, old: WithSpec): boolean {
  if (!deepEqual(object.spec, old.spec)) return true;
  // A Deployment's annotations are copied to its ReplicaSets, so they count as well.
  return object.kind === 'Deployment' && !deepEqual(object.metadata.annotations ?? {}, old.metadata.annotations ?? {});
}

function raised<Any extends KubernetesObject>(object: Any, old: Any): Any {
  return put(object, 'metadata', { ...object.metadata, generation: (old.metadata.generation ?? 0) + 1 });
}

const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

/** Source: pkg/registry/apps/daemonset/strategy.go; stored as an annotation by pkg/apis/apps/v1/conversion.go */
function countTemplate(set: DaemonSet, old: DaemonSet): DaemonSet {
  const before = Number(old.metadata.annotations?.[TEMPLATE_GENERATION] ?? 0);
  return withTemplateGeneration(set, deepEqual(set.spec.template, old.spec.template) ? before : before + 1);
}

function withTemplateGeneration(set: DaemonSet, generation: number): DaemonSet {
  const text = String(generation);
  if (set.metadata.annotations?.[TEMPLATE_GENERATION] === text) return set;
  const annotations = { ...set.metadata.annotations, [TEMPLATE_GENERATION]: text };
  return put(set, 'metadata', { ...set.metadata, annotations });
}

const FINALIZER = 'kubernetes';

/** Source: pkg/registry/core/namespace/strategy.go */
function prepareNamespaceForCreate(namespace: Namespace): Namespace {
  const finalizers = namespace.spec.finalizers ?? [];
  const spec = finalizers.includes(FINALIZER)
    ? namespace.spec
    : { ...namespace.spec, finalizers: [...finalizers, FINALIZER] };
  return { ...namespace, spec, status: { phase: 'Active' } };
}

function prepareNamespaceForUpdate(namespace: Namespace, old: Namespace, subresource: string): Namespace {
  if (subresource === 'status') return put(namespace, 'spec', old.spec);
  const withStatus = put(namespace, 'status', old.status);
  if (subresource === 'finalize') return withStatus;
  return put(withStatus, 'spec', put(namespace.spec, 'finalizers', old.spec.finalizers));
}

/** Source: pkg/registry/discovery/endpointslice/strategy.go */
function prepareEndpointSliceForUpdate(slice: EndpointSlice, old: EndpointSlice): EndpointSlice {
  const isSame =
    slice.addressType === old.addressType &&
    deepEqual(slice.endpoints, old.endpoints) &&
    deepEqual(slice.ports, old.ports) &&
    deepEqual(slice.metadata.labels ?? {}, old.metadata.labels ?? {});
  return isSame ? slice : raised(slice, old);
}
