import type { Status } from '../../api/generated/types.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { Compare, Operation } from '../../etcd/messages.ts';
import type { Handling } from '../server.ts';

export interface Charge {
  readonly compare: readonly Compare[];
  readonly operations: readonly Operation[];
}
const FREE: Charge = { compare: [], operations: [] };

export function chargeQuota(
  _handling: Handling,
  _object: KubernetesObject,
  _old?: KubernetesObject,
): Charge | { readonly status: Status } {
  return FREE;
}
