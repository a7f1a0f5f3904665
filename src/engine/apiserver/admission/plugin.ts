import type { Status } from '../../api/generated/types.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { Handling } from '../server.ts';

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
