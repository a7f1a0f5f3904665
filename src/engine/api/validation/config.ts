import { base64Length, utf8Length } from '../base64.ts';
import type {
  ConfigMap,
  ControllerRevision,
  Event,
  Lease,
  LimitRange,
  PodDisruptionBudget,
  PriorityClass,
  ResourceQuota,
  Secret,
} from '../generated/types.ts';
import { checkConfigMapKey, checkQualifiedName } from '../names.ts';
import { compareQuantities } from '../quantity.ts';
import { deepEqual } from '../share.ts';
import { validateAmount } from './container.ts';
import {
  atLeastZero,
  atMostHundredPercent,
  complain,
  duplicate,
  type Errors,
  forbidden,
  IMMUTABLE,
  intOrPercent,
  invalid,
  required,
  tooLong,
  unsupported,
} from './field.ts';
import { validateLabelSelector } from './labels.ts';

const MAX_DATA_BYTES = 1_048_576;
const WHEN_IMMUTABLE = 'field is immutable when `immutable` is set';

/** Source: pkg/apis/core/validation/validation.go (ValidateConfigMap) */
export function validateConfigMap(errors: Errors, map: ConfigMap): void {
  let size = 0;
  for (const key in map.data) {
    complain(errors, `data[${key}]`, key, checkConfigMapKey(key));
    if (map.binaryData !== undefined && Object.hasOwn(map.binaryData, key))
      invalid(errors, `data[${key}]`, key, 'duplicate of key present in binaryData');
    size += utf8Length(map.data[key] as string);
  }
  for (const key in map.binaryData) {
    complain(errors, `binaryData[${key}]`, key, checkConfigMapKey(key));
    size += base64Length(map.binaryData[key] as string);
  }
  if (size > MAX_DATA_BYTES) tooLong(errors, '', MAX_DATA_BYTES);
}

export function validateConfigMapUpdate(errors: Errors, map: ConfigMap, old: ConfigMap): void {
  validateFrozen(errors, map, old, ['data', 'binaryData']);
  if (map.data !== old.data || map.binaryData !== old.binaryData) validateConfigMap(errors, map);
}

/** What a type of Secret has to hold. */
const SECRET_KEYS: ReadonlyMap<string, readonly string[]> = new Map([
  ['kubernetes.io/dockercfg', ['.dockercfg']],
  ['kubernetes.io/dockerconfigjson', ['.dockerconfigjson']],
  ['kubernetes.io/ssh-auth', ['ssh-privatekey']],
  ['kubernetes.io/tls', ['tls.crt', 'tls.key']],
]);

/** Source: pkg/apis/core/validation/validation.go (ValidateSecret) */
export function validateSecret(errors: Errors, secret: Secret): void {
  let size = 0;
  for (const key in secret.data) {
    complain(errors, `data[${key}]`, key, checkConfigMapKey(key));
    size += base64Length(secret.data[key] as string);
  }
  if (size > MAX_DATA_BYTES) tooLong(errors, 'data', MAX_DATA_BYTES);
  for (const key of SECRET_KEYS.get(secret.type ?? '') ?? [])
    if (secret.data?.[key] === undefined) required(errors, `data[${key}]`);
  if (secret.type === 'kubernetes.io/basic-auth' && !secret.data?.username && !secret.data?.password) {
    required(errors, 'data[username]');
    required(errors, 'data[password]');
  }
  const account = 'kubernetes.io/service-account.name';
  if (secret.type === 'kubernetes.io/service-account-token' && !secret.metadata.annotations?.[account])
    required(errors, `metadata.annotations[${account}]`);
}

export function validateSecretUpdate(errors: Errors, secret: Secret, old: Secret): void {
  if (secret.type !== old.type) invalid(errors, 'type', secret.type, IMMUTABLE);
  validateFrozen(errors, secret, old, ['data']);
  if (secret.data !== old.data) validateSecret(errors, secret);
}

function validateFrozen<Any extends ConfigMap | Secret>(errors: Errors, now: Any, old: Any, keys: (keyof Any)[]): void {
  if (old.immutable !== true) return;
  if (now.immutable !== true) forbidden(errors, 'immutable', WHEN_IMMUTABLE);
  for (const key of keys)
    if (!deepEqual(now[key] ?? {}, old[key] ?? {})) forbidden(errors, String(key), WHEN_IMMUTABLE);
}

/** Source: pkg/apis/coordination/validation/validation.go */
export function validateLease(errors: Errors, lease: Lease): void {
  const { leaseDurationSeconds, leaseTransitions } = lease.spec ?? {};
  if (leaseDurationSeconds !== undefined && leaseDurationSeconds <= 0)
    invalid(errors, 'spec.leaseDurationSeconds', leaseDurationSeconds, 'must be greater than 0');
  if (leaseTransitions !== undefined && leaseTransitions < 0)
    invalid(errors, 'spec.leaseTransitions', leaseTransitions, 'must be greater than or equal to 0');
}

/** Source: pkg/apis/core/validation/events.go (legacyValidateEvent, ValidateEventCreate) */
export function validateEvent(errors: Errors, event: Event): void {
  const involved = event.involvedObject.namespace ?? '';
  const namespace = event.metadata.namespace ?? '';
  const isOutside = involved === '' ? namespace !== '' && namespace !== 'default' : involved !== namespace;
  if (isOutside) invalid(errors, 'involvedObject.namespace', involved, 'does not match event.namespace');
  if (!event.eventTime) return;
  if (!event.reportingComponent) required(errors, 'reportingController');
  if (!event.reportingInstance) required(errors, 'reportingInstance');
  if (!event.action) required(errors, 'action');
  if (!event.reason) required(errors, 'reason');
  if (event.type !== 'Normal' && event.type !== 'Warning')
    invalid(errors, 'type', '', `has invalid value: ${event.type ?? ''}`);
}

const MAX_USER_PRIORITY = 1_000_000_000;
const SYSTEM_CLASSES: Readonly<Record<string, number>> = {
  'system-node-critical': 2_000_001_000,
  'system-cluster-critical': 2_000_000_000,
};

/** Source: pkg/apis/scheduling/validation/validation.go */
export function validatePriorityClass(errors: Errors, priority: PriorityClass): void {
  // A nameless object has already been complained about.
  const { name = '' } = priority.metadata;
  if (name.startsWith('system-') && SYSTEM_CLASSES[name] !== priority.value)
    forbidden(
      errors,
      'metadata.name',
      "priority class names with 'system-' prefix are reserved for system use only. error: " +
        (SYSTEM_CLASSES[name] === undefined
          ? `${name} is not a known system priority class`
          : `value of ${name} PriorityClass must be ${SYSTEM_CLASSES[name]}`),
    );
  if (priority.value > MAX_USER_PRIORITY && !name.startsWith('system-'))
    forbidden(errors, 'value', `maximum allowed value of a user defined priority is ${MAX_USER_PRIORITY}`);
  const policy = priority.preemptionPolicy ?? '';
  if (policy === '') required(errors, 'preemptionPolicy');
  else if (policy !== 'Never' && policy !== 'PreemptLowerPriority')
    unsupported(errors, 'preemptionPolicy', policy, ['PreemptLowerPriority', 'Never']);
}

export function validatePriorityClassUpdate(errors: Errors, priority: PriorityClass, old: PriorityClass): void {
  if (priority.value !== old.value) forbidden(errors, 'value', 'may not be changed in an update.');
  if (priority.preemptionPolicy !== old.preemptionPolicy)
    invalid(errors, 'preemptionPolicy', priority.preemptionPolicy, IMMUTABLE);
}

const LIMIT_TYPES = ['Container', 'PersistentVolumeClaim', 'Pod'];

/** Source: pkg/apis/core/validation/validation.go (ValidateLimitRange) */
export function validateLimitRange(errors: Errors, range: LimitRange): void {
  const types = new Set<string>();
  for (const [index, limit] of range.spec.limits.entries()) {
    const at = `spec.limits[${index}]`;
    if (!LIMIT_TYPES.includes(limit.type)) complain(errors, `${at}.type`, limit.type, checkQualifiedName(limit.type));
    if (types.has(limit.type)) duplicate(errors, `${at}.type`, limit.type);
    types.add(limit.type);
    if (limit.type === 'Pod') {
      if (limit.default !== undefined) forbidden(errors, `${at}.default`, "may not be specified when `type` is 'Pod'");
      if (limit.defaultRequest !== undefined)
        forbidden(errors, `${at}.defaultRequest`, "may not be specified when `type` is 'Pod'");
    }
    validateBounds(errors, at, limit);
  }
}

function validateBounds(errors: Errors, at: string, limit: LimitRange['spec']['limits'][number]): void {
  const { min, max, default: normal, defaultRequest } = limit;
  const ordered = (
    name: string,
    lower: typeof min,
    lowerWord: string,
    upper: typeof max,
    upperWord: string,
    field: string,
  ) => {
    const small = lower?.[name];
    const great = upper?.[name];
    if (small !== undefined && great !== undefined && compareQuantities(small, great) > 0)
      invalid(
        errors,
        `${at}.${field}[${name}]`,
        field === 'min' ? small : great,
        `${lowerWord} value ${small} is greater than ${upperWord} value ${great}`,
      );
  };
  for (const name of new Set(
    [
      ...Object.keys(min ?? {}),
      ...Object.keys(max ?? {}),
      ...Object.keys(normal ?? {}),
      ...Object.keys(defaultRequest ?? {}),
    ].sort(),
  )) {
    ordered(name, min, 'min', max, 'max', 'min');
    ordered(name, min, 'min', defaultRequest, 'default request', 'defaultRequest');
    ordered(name, defaultRequest, 'default request', max, 'max', 'defaultRequest');
    ordered(name, defaultRequest, 'default request', normal, 'default limit', 'defaultRequest');
    ordered(name, min, 'min', normal, 'default', 'default');
    ordered(name, normal, 'default', max, 'max', 'default');
  }
}

const QUOTA_RESOURCES: ReadonlySet<string> = new Set([
  'cpu',
  'memory',
  'ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'pods',
  'services',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]);

/** Source: pkg/apis/core/validation/validation.go (ValidateResourceQuota) */
export function validateResourceQuota(errors: Errors, quota: ResourceQuota, old?: ResourceQuota): void {
  for (const name in quota.spec.hard) {
    const at = `spec.hard[${name}]`;
    complain(errors, at, name, checkQualifiedName(name));
    if (!name.includes('/') && !QUOTA_RESOURCES.has(name) && !/^(requests\.)?hugepages-/.test(name)) {
      invalid(errors, at, name, 'must be a standard resource type or fully qualified');
      invalid(errors, at, name, 'must be a standard resource for quota');
    }
    validateAmount(errors, at, name, quota.spec.hard[name] as string);
  }
  if (old !== undefined && !deepEqual(quota.spec.scopes ?? [], old.spec.scopes ?? []))
    invalid(errors, 'spec.scopes', quota.spec.scopes ?? null, IMMUTABLE);
}

/** Source: pkg/apis/policy/validation/validation.go */
export function validateBudget(errors: Errors, budget: PodDisruptionBudget): void {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy } = budget.spec;
  if (minAvailable !== undefined && maxUnavailable !== undefined)
    invalid(errors, 'spec', budget.spec, 'minAvailable and maxUnavailable cannot be both set');
  intOrPercent(errors, 'spec.minAvailable', minAvailable);
  atMostHundredPercent(errors, 'spec.minAvailable', minAvailable);
  intOrPercent(errors, 'spec.maxUnavailable', maxUnavailable);
  atMostHundredPercent(errors, 'spec.maxUnavailable', maxUnavailable);
  validateLabelSelector(errors, 'spec.selector', selector);
  if (
    unhealthyPodEvictionPolicy !== undefined &&
    !['AlwaysAllow', 'IfHealthyBudget'].includes(unhealthyPodEvictionPolicy)
  )
    unsupported(errors, 'spec.unhealthyPodEvictionPolicy', unhealthyPodEvictionPolicy, [
      'AlwaysAllow',
      'IfHealthyBudget',
    ]);
}

const BUDGET_COUNTS = ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const;

export function validateBudgetStatus(errors: Errors, budget: PodDisruptionBudget): void {
  for (const key of BUDGET_COUNTS) atLeastZero(errors, `status.${key}`, budget.status?.[key]);
}

/** Source: pkg/apis/apps/validation/validation.go (ValidateControllerRevision) */
export function validateRevision(errors: Errors, revision: ControllerRevision, old?: ControllerRevision): void {
  if (revision.data === undefined || revision.data === null) required(errors, 'data', 'data is mandatory');
  atLeastZero(errors, 'revision', revision.revision);
  if (old !== undefined && !deepEqual(revision.data, old.data)) invalid(errors, 'data', revision.data, IMMUTABLE);
}
