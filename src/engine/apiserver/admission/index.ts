import type { Status } from '../../api/generated/types.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { Handling } from '../server.ts';
import { defaultTolerationSeconds } from './default-toleration-seconds.ts';
import { limitRanger } from './limit-ranger.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';
import { nodeRestriction } from './node-restriction.ts';
import { podSecurity } from './pod-security.ts';
import { priority } from './priority.ts';
import { serviceAccount } from './service-account.ts';
import { taintNodesByCondition } from './taint-nodes-by-condition.ts';

/** What admission makes of an object: the object (changed or not), a refusal, or keys that it has to know first. */
export type Admission =
  | { readonly object: KubernetesObject }
  | { readonly status: Status }
  | { readonly keys: readonly string[] };

export type Verb = 'create' | 'update';

/** One plugin. `old` is undefined for a create. */
export type Plugin = (
  handling: Handling,
  verb: Verb,
  object: KubernetesObject,
  old: KubernetesObject | undefined,
) => Admission;

/**
 * The plugins in the order in which they run; ResourceQuota comes at the very end, after validation.
 * Source: pkg/kubeapiserver/options/plugins.go, and NodeRestriction, which kubeadm turns on
 */
const PLUGINS: readonly Plugin[] = [
  namespaceLifecycle,
  limitRanger,
  serviceAccount,
  nodeRestriction,
  taintNodesByCondition,
  podSecurity,
  priority,
  defaultTolerationSeconds,
];

/** Runs every plugin on an object that is created or replaced. */
export function admit(
  handling: Handling,
  verb: Verb,
  object: KubernetesObject,
  old: KubernetesObject | undefined,
): Admission {
  let admitted = object;
  for (const plugin of PLUGINS) {
    const result = plugin(handling, verb, admitted, old);
    if (!('object' in result)) return result;
    admitted = result.object;
  }
  return admitted === object ? { object } : { object: admitted };
}
