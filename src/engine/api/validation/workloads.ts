import type {
  DaemonSet,
  DaemonSetSpec,
  Deployment,
  DeploymentSpec,
  LabelSelector,
  PodTemplateSpec,
  ReplicaSet,
  ReplicaSetSpec,
} from '../generated/types.ts';
import { selects } from '../selectors.ts';
import { deepEqual } from '../share.ts';
import {
  atLeastZero,
  atMostHundredPercent,
  type Errors,
  forbidden,
  IMMUTABLE,
  intOrPercent,
  invalid,
  numberOf,
  required,
  unsupported,
} from './field.ts';
import { isEmptySelector, validateLabelSelector } from './labels.ts';
import { validatePodTemplate } from './pod.ts';

/** Source: pkg/apis/apps/validation/validation.go (ValidateDeploymentSpec) */
export function validateDeployment(errors: Errors, deployment: Deployment): void {
  const { spec } = deployment;
  atLeastZero(errors, 'spec.replicas', spec.replicas);
  validateSelector(errors, spec.selector, 'deployment');
  validateTemplate(errors, spec, 'ReplicaSet');
  validateStrategy(errors, spec.strategy);
  atLeastZero(errors, 'spec.minReadySeconds', spec.minReadySeconds);
  atLeastZero(errors, 'spec.revisionHistoryLimit', spec.revisionHistoryLimit);
  const deadline = spec.progressDeadlineSeconds;
  if (deadline === undefined) return;
  atLeastZero(errors, 'spec.progressDeadlineSeconds', deadline);
  if (deadline <= (spec.minReadySeconds ?? 0))
    invalid(errors, 'spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds');
}

/** Source: pkg/apis/apps/validation/validation.go (ValidateReplicaSetSpec) */
export function validateReplicaSet(errors: Errors, set: ReplicaSet): void {
  const { spec } = set;
  atLeastZero(errors, 'spec.replicas', spec.replicas);
  atLeastZero(errors, 'spec.minReadySeconds', spec.minReadySeconds);
  validateSelector(errors, spec.selector, 'deployment');
  validateTemplate(errors, spec, 'ReplicaSet');
}

/** Source: pkg/apis/apps/validation/validation.go (ValidateDaemonSetSpec) */
export function validateDaemonSet(errors: Errors, set: DaemonSet): void {
  const { spec } = set;
  validateSelector(errors, spec.selector, 'daemonset');
  validateTemplate(errors, spec, 'DaemonSet');
  atLeastZero(errors, 'spec.minReadySeconds', spec.minReadySeconds);
  validateDaemonSetStrategy(errors, spec.updateStrategy);
  atLeastZero(errors, 'spec.revisionHistoryLimit', spec.revisionHistoryLimit);
}

/** The selector says which Pods are the controller's: it stays for life. */
export function validateSelectorUpdate(
  errors: Errors,
  object: Deployment | ReplicaSet | DaemonSet,
  old: Deployment | ReplicaSet | DaemonSet,
): void {
  if (!deepEqual(object.spec.selector, old.spec.selector))
    invalid(errors, 'spec.selector', object.spec.selector, IMMUTABLE);
}

const DEPLOYMENT_COUNTS = [
  'observedGeneration',
  'replicas',
  'updatedReplicas',
  'readyReplicas',
  'availableReplicas',
  'unavailableReplicas',
  'collisionCount',
] as const;
const REPLICA_SET_COUNTS = [
  'replicas',
  'fullyLabeledReplicas',
  'readyReplicas',
  'availableReplicas',
  'observedGeneration',
] as const;
const DAEMON_SET_COUNTS = [
  'currentNumberScheduled',
  'numberMisscheduled',
  'desiredNumberScheduled',
  'numberReady',
  'observedGeneration',
  'updatedNumberScheduled',
  'numberAvailable',
  'numberUnavailable',
] as const;

export function validateDeploymentStatus(errors: Errors, deployment: Deployment): void {
  const status = deployment.status ?? {};
  for (const key of DEPLOYMENT_COUNTS) atLeastZero(errors, `status.${key}`, status[key]);
  validateParts(errors, status, ['updatedReplicas', 'readyReplicas', 'availableReplicas'], 'status.replicas');
}

export function validateReplicaSetStatus(errors: Errors, set: ReplicaSet): void {
  const status = set.status ?? { replicas: 0 };
  for (const key of REPLICA_SET_COUNTS) atLeastZero(errors, `status.${key}`, status[key]);
  validateParts(errors, status, ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'], 'status.replicas');
}

export function validateDaemonSetStatus(errors: Errors, set: DaemonSet): void {
  if (set.status !== undefined)
    for (const key of DAEMON_SET_COUNTS) atLeastZero(errors, `status.${key}`, set.status[key]);
}

interface Counts {
  replicas?: number;
  updatedReplicas?: number;
  fullyLabeledReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
}

function validateParts(errors: Errors, status: Counts, parts: readonly (keyof Counts)[], whole: string): void {
  const replicas = status.replicas ?? 0;
  for (const key of parts) {
    const part = status[key] ?? 0;
    if (part > replicas) invalid(errors, `status.${key}`, part, `cannot be greater than ${whole}`);
  }
  if ((status.availableReplicas ?? 0) > (status.readyReplicas ?? 0))
    invalid(errors, 'status.availableReplicas', status.availableReplicas, 'cannot be greater than readyReplicas');
}

function validateSelector(errors: Errors, selector: LabelSelector | undefined, word: 'deployment' | 'daemonset'): void {
  if (selector === undefined) {
    required(errors, 'spec.selector');
    return;
  }
  validateLabelSelector(errors, 'spec.selector', selector);
  if (isEmptySelector(selector)) invalid(errors, 'spec.selector', selector, `empty selector is invalid for ${word}`);
}

type WithTemplate = DeploymentSpec | ReplicaSetSpec | DaemonSetSpec;

function validateTemplate(errors: Errors, spec: WithTemplate, kind: 'ReplicaSet' | 'DaemonSet'): void {
  const at = 'spec.template';
  const template: PodTemplateSpec = spec.template ?? { spec: { containers: [] } };
  const labels = template.metadata?.labels;
  if (spec.selector !== undefined && !isEmptySelector(spec.selector) && !selects(spec.selector, labels))
    invalid(errors, `${at}.metadata.labels`, labels ?? null, '`selector` does not match template `labels`');
  validatePodTemplate(errors, at, template);
  const policy = template.spec?.restartPolicy;
  if (policy !== undefined && policy !== 'Always') unsupported(errors, `${at}.spec.restartPolicy`, policy, ['Always']);
  if (template.spec?.activeDeadlineSeconds !== undefined)
    forbidden(errors, `${at}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`);
}

function validateStrategy(errors: Errors, strategy: DeploymentSpec['strategy']): void {
  const at = 'spec.strategy';
  switch (strategy?.type) {
    case 'Recreate':
      if (strategy.rollingUpdate !== undefined)
        forbidden(errors, `${at}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'");
      break;
    case 'RollingUpdate': {
      const { maxUnavailable, maxSurge } = strategy.rollingUpdate ?? {};
      intOrPercent(errors, `${at}.rollingUpdate.maxUnavailable`, maxUnavailable);
      intOrPercent(errors, `${at}.rollingUpdate.maxSurge`, maxSurge);
      if (numberOf(maxUnavailable) === 0 && numberOf(maxSurge) === 0)
        invalid(errors, `${at}.rollingUpdate.maxUnavailable`, maxUnavailable ?? 0, 'may not be 0 when `maxSurge` is 0');
      atMostHundredPercent(errors, `${at}.rollingUpdate.maxUnavailable`, maxUnavailable);
      break;
    }
    default:
      unsupported(errors, at, strategy ?? null, ['Recreate', 'RollingUpdate']);
  }
}

function validateDaemonSetStrategy(errors: Errors, strategy: DaemonSetSpec['updateStrategy']): void {
  const at = 'spec.updateStrategy';
  if (strategy?.type === 'OnDelete') return;
  if (strategy?.type !== 'RollingUpdate') {
    unsupported(errors, at, strategy ?? null, ['RollingUpdate', 'OnDelete']);
    return;
  }
  const { maxUnavailable, maxSurge } = strategy.rollingUpdate ?? {};
  intOrPercent(errors, `${at}.rollingUpdate.maxUnavailable`, maxUnavailable);
  intOrPercent(errors, `${at}.rollingUpdate.maxSurge`, maxSurge);
  const hasUnavailable = numberOf(maxUnavailable) !== 0;
  const hasSurge = numberOf(maxSurge) !== 0;
  if (hasUnavailable && hasSurge)
    invalid(errors, `${at}.rollingUpdate.maxSurge`, maxSurge, 'may not be set when maxUnavailable is non-zero');
  if (!hasUnavailable && !hasSurge)
    required(errors, `${at}.rollingUpdate.maxUnavailable`, 'cannot be 0 when maxSurge is 0');
  atMostHundredPercent(errors, `${at}.rollingUpdate.maxUnavailable`, maxUnavailable);
  atMostHundredPercent(errors, `${at}.rollingUpdate.maxSurge`, maxSurge);
}
