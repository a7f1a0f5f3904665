import type { Container, Pod, ResourceQuota, Status } from '../../api/generated/types.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { addQuantities, compareQuantities, subtractQuantities } from '../../api/quantity.ts';
import { quotaConcerns, quotaUsage, type Usage } from '../../api/quota.ts';
import { forbidden } from '../../api/status.ts';
import { storageKeyOf } from '../../api/storage-keys.ts';
import type { Compare, Operation } from '../../etcd/messages.ts';
import { asStored, current, type Handling, isDryRun, unchanged } from '../server.ts';

const QUOTAS = '/registry/resourcequotas/';

/** Writes that have to succeed together with that of the object: its quotas, charged. */
export interface Charge {
  readonly compare: readonly Compare[];
  readonly operations: readonly Operation[];
}

const FREE: Charge = { compare: [], operations: [] };

/**
 * Charges the namespace's quotas for what an object adds, last of all; a Status if one of them has no room.
 * Source: staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota/controller.go
 */
export function chargeQuota(
  handling: Handling,
  object: KubernetesObject,
  old?: KubernetesObject,
): Charge | { readonly status: Status } {
  const { state, info } = handling;
  // Only pods and services can grow by an update.
  const grows = old === undefined || info.resource.kind === 'Pod' || info.resource.kind === 'Service';
  if (!info.resource.namespaced || info.subresource !== '' || !grows) return FREE;
  const keys = state.objects.keysBy('collection', `${QUOTAS}${info.namespace}/`);
  if (keys.size === 0) return FREE;
  const added = withoutOld(quotaUsage(object), old);
  const compare: Compare[] = [];
  const operations: Operation[] = [];
  const missing: string[] = [];
  for (const key of keys) {
    const quota = current(handling, key) as ResourceQuota | undefined;
    if (quota === undefined || !quotaConcerns(quota, object)) continue;
    const { hard = {}, used } = quota.status ?? {};
    const limited = Object.keys(quota.spec?.hard ?? {}).filter((name) => added[name] !== undefined);
    if (object.kind === 'Pod' && old === undefined) collectMissing(object as Pod, quota, missing);
    if (missing.length > 0) {
      const detail = `failed quota: ${quota.metadata.name}: must specify ${missing.join('; ')}`;
      return { status: forbidden(info.resource, object.metadata.name, detail) };
    }
    if (limited.length === 0) continue;
    const unknown = limited.filter((name) => used?.[name] === undefined);
    if (unknown.length > 0) {
      const detail = `status unknown for quota: ${quota.metadata.name}, resources: ${unknown.sort().join(',')}`;
      return { status: forbidden(info.resource, object.metadata.name, detail) };
    }
    const after: Record<string, string> = { ...used };
    const exceeded: string[] = [];
    for (const name of limited) {
      after[name] = addQuantities(after[name], added[name]);
      if (hard[name] !== undefined && compareQuantities(after[name], hard[name]) > 0 && isMore(added[name])) {
        exceeded.push(name);
      }
    }
    if (exceeded.length > 0) {
      const show = (amounts: Usage): string =>
        exceeded
          .sort()
          .map((name) => `${name}=${amounts[name]}`)
          .join(',');
      const detail = `exceeded quota: ${quota.metadata.name}, requested: ${show(added)}, used: ${show(used ?? {})}, limited: ${show(hard)}`;
      return { status: forbidden(info.resource, object.metadata.name, detail) };
    }
    compare.push(unchanged(key, quota));
    const charged = { ...quota, status: { ...quota.status, used: after } };
    operations.push({ op: 'put', key: storageKeyOf(quota) as string, value: asStored(charged) });
  }
  return operations.length === 0 || isDryRun(handling) ? FREE : { compare, operations };
}

function withoutOld(usage: Usage, old: KubernetesObject | undefined): Usage {
  if (old === undefined) return usage;
  const before = quotaUsage(old);
  const added: Record<string, string> = {};
  for (const name in usage) {
    const delta = before[name] === undefined ? usage[name] : subtractQuantities(usage[name], before[name]);
    if (isMore(delta)) added[name] = delta as string;
  }
  return added;
}

function isMore(amount: string | undefined): boolean {
  return compareQuantities(amount, '0') > 0;
}

const COMPUTE = ['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory'];

/** A pod has to say what it needs of everything that is limited. Source: pkg/quota/v1/evaluator/core/pods.go */
function collectMissing(pod: Pod, quota: ResourceQuota, into: string[]): void {
  for (const name of Object.keys(quota.spec?.hard ?? {}).sort()) {
    if (!COMPUTE.includes(name)) continue;
    const part = name.startsWith('limits.') ? 'limits' : 'requests';
    const bare = name.slice(name.indexOf('.') + 1);
    const without = pod.spec.containers.filter(
      (container: Container) => container.resources?.[part]?.[bare] === undefined,
    );
    if (without.length > 0) into.push(`${name} for: ${without.map((container) => container.name).join(',')}`);
  }
}
