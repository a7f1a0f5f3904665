import type {
  Binding,
  DaemonSet,
  DeleteOptions,
  Deployment,
  ModelledKinds,
  Pod,
  ReplicaSet,
  Scale,
} from '../generated/types.ts';
import type { KubernetesObject } from '../object.ts';
import type { FieldError } from '../status.ts';
import {
  validateBudget,
  validateBudgetStatus,
  validateConfigMap,
  validateConfigMapUpdate,
  validateEvent,
  validateLease,
  validateLimitRange,
  validatePriorityClass,
  validatePriorityClassUpdate,
  validateResourceQuota,
  validateResourceQuotaStatus,
  validateRevision,
  validateSecret,
  validateSecretUpdate,
} from './config.ts';
import { atLeastZero, type Errors, invalid, required, unsupported } from './field.ts';
import { validateMetadata, validateMetadataUpdate } from './metadata.ts';
import { validateNamespace, validateNamespaceStatus, validateNode, validateNodeUpdate } from './node.ts';
import { validatePodCreate, validatePodDebugUpdate, validatePodStatusUpdate, validatePodUpdate } from './pod.ts';
import { validateBinding, validateBindingUpdate, validateRole } from './rbac.ts';
import { validateEndpointSlice, validateService, validateServiceUpdate } from './service.ts';
import {
  validateDaemonSet,
  validateDaemonSetStatus,
  validateDeployment,
  validateDeploymentStatus,
  validateReplicaSet,
  validateReplicaSetStatus,
  validateSelectorUpdate,
} from './workloads.ts';

/** How one kind is checked beside its metadata. */
interface Checks<Kind> {
  readonly create?: (errors: Errors, object: Kind) => void;
  readonly update?: (errors: Errors, object: Kind, old: Kind) => void;
  readonly status?: (errors: Errors, object: Kind, old: Kind) => void;
}

const CHECKS: { readonly [Kind in keyof ModelledKinds]: Checks<ModelledKinds[Kind]> } = {
  ClusterRole: { create: validateRole },
  ClusterRoleBinding: { create: validateBinding, update: validateBindingUpdate },
  ConfigMap: { create: validateConfigMap, update: validateConfigMapUpdate },
  ControllerRevision: { create: validateRevision, update: validateRevision },
  DaemonSet: withSelector<DaemonSet>(validateDaemonSet, validateDaemonSetStatus),
  Deployment: withSelector<Deployment>(validateDeployment, validateDeploymentStatus),
  EndpointSlice: { create: (errors, slice) => validateEndpointSlice(errors, slice), update: validateEndpointSlice },
  Event: { create: validateEvent },
  Lease: { create: validateLease },
  LimitRange: { create: validateLimitRange },
  Namespace: { create: validateNamespace, status: validateNamespaceStatus },
  Node: { create: validateNode, update: validateNodeUpdate, status: validateNodeUpdate },
  Pod: { create: validatePodCreate, update: validatePodUpdate, status: validatePodStatusUpdate },
  PodDisruptionBudget: { create: validateBudget, status: validateBudgetStatus },
  PriorityClass: { create: validatePriorityClass, update: validatePriorityClassUpdate },
  ReplicaSet: withSelector<ReplicaSet>(validateReplicaSet, validateReplicaSetStatus),
  ResourceQuota: {
    create: (errors, quota) => validateResourceQuota(errors, quota),
    update: validateResourceQuota,
    status: validateResourceQuotaStatus,
  },
  Role: { create: validateRole },
  RoleBinding: { create: validateBinding, update: validateBindingUpdate },
  Secret: { create: validateSecret, update: validateSecretUpdate },
  Service: { create: validateService, update: validateServiceUpdate },
  ServiceAccount: {},
};

function withSelector<Kind extends Deployment | ReplicaSet | DaemonSet>(
  create: (errors: Errors, object: Kind) => void,
  status: (errors: Errors, object: Kind) => void,
): Checks<Kind> {
  return {
    create,
    update: (errors, object, old) => {
      if (object.spec === old.spec) return;
      create(errors, object);
      validateSelectorUpdate(errors, object, old);
    },
    status: (errors, object, old) => {
      if (object.status !== old.status) status(errors, object);
    },
  };
}

/**
 * What is wrong with a new object after defaults, `prepareForCreate` and admission; in upstream's order.
 * Source: pkg/apis/<group>/validation/validation.go
 */
export function validateCreate(object: KubernetesObject): FieldError[] {
  const errors: Errors = [];
  validateMetadata(errors, object);
  checksOf(object).create?.(errors, object as never);
  return errors;
}

/**
 * What is wrong with an object that is to replace `old`, after `prepareForUpdate`. What is shared with `old`
 * is not looked at again. `subresource` is '' for the main resource.
 * Source: pkg/apis/<group>/validation/validation.go, staging/src/k8s.io/apiserver/pkg/registry/rest/update.go
 */
export function validateUpdate(object: KubernetesObject, old: KubernetesObject, subresource = ''): FieldError[] {
  const errors: Errors = [];
  if (object === old) return errors;
  validateMetadataUpdate(errors, object.metadata, old.metadata);
  // The generic check and the kind's own both look at metadata: the causes name a fault twice, the message once.
  if (errors.length > 0) errors.push(...errors);
  const checks = checksOf(object);
  if (subresource === 'status') checks.status?.(errors, object as never, old as never);
  else if (subresource === 'ephemeralcontainers') validatePodDebugUpdate(errors, object as Pod, old as Pod);
  else if (checks.update !== undefined) checks.update(errors, object as never, old as never);
  else if (checks.create !== undefined) checks.create(errors, object as never);
  return errors;
}

function checksOf(object: KubernetesObject): Checks<never> {
  return (CHECKS[object.kind as keyof ModelledKinds] ?? {}) as Checks<never>;
}

/** The body of a scale subresource. Source: pkg/apis/autoscaling/validation/validation.go (ValidateScale) */
export function validateScale(scale: Scale): FieldError[] {
  const errors: Errors = [];
  atLeastZero(errors, 'spec.replicas', scale.spec?.replicas);
  return errors;
}

/** The body of pods/binding. Source: pkg/apis/core/validation/validation.go (ValidatePodBinding) */
export function validatePodBinding(binding: Binding): FieldError[] {
  const errors: Errors = [];
  const { kind = '', name = '' } = binding.target ?? {};
  if (kind !== '' && kind !== 'Node') unsupported(errors, 'target.kind', kind, ['Node', '<empty>']);
  if (name === '') required(errors, 'target.name');
  return errors;
}

const POLICIES = ['Foreground', 'Background', 'Orphan'];

/**
 * What is wrong with the options of a deletion, beside its dry run, which every write may ask for.
 * Source: staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/validation/validation.go (ValidateDeleteOptions)
 */
export function validateDeleteOptions(options: DeleteOptions): FieldError[] {
  const errors: Errors = [];
  const { propagationPolicy, orphanDependents } = options;
  if (orphanDependents !== undefined && propagationPolicy !== undefined)
    invalid(
      errors,
      'propagationPolicy',
      propagationPolicy,
      'orphanDependents and deletionPropagation cannot be both set',
    );
  if (propagationPolicy !== undefined && !POLICIES.includes(propagationPolicy))
    unsupported(errors, 'propagationPolicy', propagationPolicy, [...POLICIES, 'nil']);
  return errors;
}
