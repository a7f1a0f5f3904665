import type { Status } from '../../api/generated/types.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { Handling } from '../server.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { limitRangerChecks, limitRangerDefaults } from './limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction.ts';
import type { Admission, Plugin, Verb } from './plugin.ts';
import { podSecurity } from './pod-security.ts';
import { priority } from './priority.ts';
import { runtimeClass } from './runtime-class.ts';
import { serviceAccount } from './service-account.ts';
import { taintNodesByCondition } from './taint-nodes-by-condition.ts';

/**
 * Plugins that may change an object, in the order in which they run.
 * Source: pkg/kubeapiserver/options/plugins.go, and NodeRestriction, which kubeadm turns on
 */
const MUTATING: readonly Plugin[] = [
  namespaceLifecycle,
  nodeRestriction,
  limitRangerDefaults,
  serviceAccount,
  taintNodesByCondition,
  priority,
  defaultTolerationSeconds,
  runtimeClass,
];

/** Plugins that look at the object as it would be stored; ResourceQuota comes after them, with the write. */
const VALIDATING: readonly Plugin[] = [limitRangerChecks, podSecurity];

/** Runs every mutating plugin on an object that is created or replaced. */
export function admit(
  handling: Handling,
  verb: Verb,
  object: KubernetesObject,
  old: KubernetesObject | undefined,
): Admission {
  let admitted = object;
  for (const plugin of MUTATING) {
    const result = plugin(handling, verb, admitted, old);
    if (!('object' in result)) return result;
    admitted = result.object;
  }
  return { object: admitted };
}

/** What a validating plugin has against the finished object. */
export function review(
  handling: Handling,
  verb: Verb,
  object: KubernetesObject,
  old: KubernetesObject | undefined,
): Status | undefined {
  for (const plugin of VALIDATING) {
    const result = plugin(handling, verb, object, old);
    if ('status' in result) return result.status;
  }
  return undefined;
}
