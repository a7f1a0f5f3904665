import { base64Length, utf8Length } from '../base64.ts';
import type {
  ConfigMap,
  ControllerRevision,
  Event,
  Lease,
  LimitRange,
  LimitRangeItem,
  PodDisruptionBudget,
  PriorityClass,
  ResourceQuota,
  Secret,
} from '../generated/types.ts';
import { checkConfigMapKey, checkQualifiedName } from '../names.ts';
import { compareQuantities, quantityNanos } from '../quantity.ts';
import { deepEqual } from '../share.ts';
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
import { validateAmount } from './resources.ts';

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
  if (size > MAX_DATA_BYTES) tooLong(errors, '[]', MAX_DATA_BYTES);
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
  const has = (key: string) => secret.data?.[key] !== undefined;
  if (secret.type === 'kubernetes.io/basic-auth' && !has('username') && !has('password')) {
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

type Bound = 'min' | 'max' | 'default' | 'defaultRequest';

/** Pairs of bounds that have to be in order: their words, and which of the two the error shows and where. */
const ORDERED: readonly [Bound, string, Bound, string, Bound, Bound][] = [
  ['min', 'min', 'max', 'max', 'min', 'min'],
  ['min', 'min', 'defaultRequest', 'default request', 'defaultRequest', 'defaultRequest'],
  ['defaultRequest', 'default request', 'max', 'max', 'defaultRequest', 'defaultRequest'],
  ['defaultRequest', 'default request', 'default', 'default limit', 'defaultRequest', 'defaultRequest'],
  ['min', 'min', 'default', 'default', 'min', 'default'],
  ['default', 'default', 'max', 'max', 'max', 'default'],
];

function validateBounds(errors: Errors, at: string, limit: LimitRangeItem): void {
  const names = new Set(ORDERED.flatMap(([bound]) => Object.keys(limit[bound] ?? {})));
  for (const name of [...names].sort())
    for (const [lower, lowerWord, upper, upperWord, shown, field] of ORDERED) {
      const small = limit[lower]?.[name];
      const great = limit[upper]?.[name];
      if (small === undefined || great === undefined || compareQuantities(small, great) <= 0) continue;
      const detail = `${lowerWord} value ${small} is greater than ${upperWord} value ${great}`;
      invalid(errors, `${at}.${field}[${name}]`, limit[shown]?.[name], detail);
    }
}

/** Kinds that a quota can count by their plain name. */
const QUOTA_RESOURCES: ReadonlySet<string> = new Set([
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
  validateQuotaList(errors, 'spec.hard', quota.spec.hard);
  for (const scope of quota.spec.scopes ?? [])
    if (!QUOTA_SCOPES.includes(scope)) invalid(errors, 'spec.scopes', quota.spec.scopes, 'unsupported scope');
  if (old !== undefined && !deepEqual(quota.spec.scopes ?? [], old.spec.scopes ?? []))
    invalid(errors, 'spec.scopes', quota.spec.scopes ?? null, IMMUTABLE);
}

export function validateResourceQuotaStatus(errors: Errors, quota: ResourceQuota, old: ResourceQuota): void {
  if (quota.status === old.status) return;
  validateQuotaList(errors, 'status.hard', quota.status?.hard);
  validateQuotaList(errors, 'status.used', quota.status?.used);
}

const QUOTA_SCOPES = [
  'BestEffort',
  'CrossNamespacePodAffinity',
  'NotBestEffort',
  'NotTerminating',
  'PriorityClass',
  'Terminating',
  'VolumeAttributesClass',
];

function validateQuotaList(errors: Errors, field: string, list: Record<string, string> | undefined): void {
  for (const name in list) {
    const at = `${field}[${name}]`;
    const amount = list[name] as string;
    complain(errors, at, name, checkQualifiedName(name));
    const isCompute = /^((requests|limits)\.)?(cpu|memory|ephemeral-storage|storage)$|hugepages-/.test(name);
    if (!name.includes('/') && !QUOTA_RESOURCES.has(name) && !isCompute) {
      invalid(errors, at, name, 'must be a standard resource type or fully qualified');
      invalid(errors, at, name, 'must be a standard resource for quota');
    }
    validateAmount(errors, at, name, amount);
    // Objects are counted in whole pieces.
    if (!name.includes('/') && !isCompute && quantityNanos(amount) % 1_000_000_000n !== 0n)
      invalid(errors, at, amount, 'must be an integer');
  }
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
