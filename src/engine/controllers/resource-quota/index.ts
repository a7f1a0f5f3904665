import type { ResourceQuota } from '../../api/generated/types.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { addQuantities, compareQuantities, subtractQuantities } from '../../api/quantity.ts';
import { isQuotaResource, quotaConcerns, quotaUsage, type Usage } from '../../api/quota.ts';
import { objectKey } from '../../client/informer.ts';
import type { Delta } from '../../client/state.ts';
import { defineTable, type Table } from '../../kernel/table.ts';
import { type Controller, type ControllerContext, DONE } from '../controller.ts';
import type { InformerName } from '../informers.ts';

interface Tally {
  readonly namespace: string;
  /** Undefined until the namespace has been counted. */
  readonly used?: Usage;
}

interface ResourceQuotaState {
  /** By quota; kept up to date with every object of its namespace, so that only a new quota has to count. */
  readonly tallies: Table<Tally>;
}

const newTallies = defineTable<Tally>('resource-quota/tallies', { namespace: (tally) => tally.namespace });
/** `--resource-quota-sync-period`. */
const RESYNC_MS = 300_000;

const COUNTED = [
  'pods',
  'services',
  'configmaps',
  'secrets',
  'serviceaccounts',
  'endpointslices',
  'deployments',
  'replicasets',
  'daemonsets',
  'controllerrevisions',
  'limitranges',
  'poddisruptionbudgets',
  'resourcequotas',
] as const satisfies readonly InformerName[];

/**
 * Writes into a quota's status what its namespace uses: when the quota is new or changed, when objects go (admission has
 * charged those that came), and every 5 minutes. Keys are quotas.
 * Source: pkg/controller/resourcequota/resource_quota_controller.go
 */
export const resourceQuotaController: Controller<ResourceQuotaState> = {
  name: 'resourcequota-controller',
  watches: COUNTED,
  workers: 5,
  create: () => ({ tallies: newTallies() }),
  start: (_state, context) => context.setTimer('resync', RESYNC_MS, { periodic: true }),
  timer(state, _name, context) {
    context.setTimer('resync', RESYNC_MS, { periodic: true });
    for (const key of state.tallies.keys()) context.enqueue(key);
  },
  observe(state, delta, context) {
    if (delta.informer === 'resourcequotas') observeQuota(state, delta, context);
    if (state.tallies.size > 0) keepTally(state, delta, context);
  },
  sync(state, key, context) {
    const quota = context.store<ResourceQuota>('resourcequotas').get(key);
    const tally = state.tallies.get(key);
    if (quota === undefined || tally === undefined) return DONE;
    const used = tally.used ?? count(quota, context);
    if (tally.used === undefined) state.tallies.set(key, { ...tally, used });
    const hard = quota.spec.hard ?? {};
    if (sameUsage(quota.status?.hard, hard) && sameUsage(quota.status?.used, used)) return DONE;
    const path = `/api/v1/namespaces/${tally.namespace}/resourcequotas/${quota.metadata.name}/status`;
    return { calls: [{ method: 'PUT', path, body: { ...quota, status: { hard, used } } }] };
  },
  view: (state) => ({ quotas: state.tallies.size }),
};

function observeQuota(state: ResourceQuotaState, delta: Delta, context: ControllerContext): void {
  const quota = delta.object as ResourceQuota;
  const key = objectKey(quota);
  if (delta.type === 'delete') {
    state.tallies.delete(key);
    return;
  }
  const old = delta.old as ResourceQuota | undefined;
  if (old !== undefined && (old.spec === quota.spec || JSON.stringify(old.spec) === JSON.stringify(quota.spec))) return;
  state.tallies.set(key, { namespace: quota.metadata.namespace as string });
  context.enqueue(key);
}

const NOTHING: Usage = {};

/** Adds what came and takes off what went. */
function keepTally(state: ResourceQuotaState, delta: Delta, context: ControllerContext): void {
  const { object, old, type } = delta;
  const keys = state.tallies.keysBy('namespace', object.metadata.namespace ?? '');
  if (keys.size === 0) return;
  const had = old === undefined ? NOTHING : quotaUsage(old);
  const has = type === 'delete' ? NOTHING : quotaUsage(object);
  const isSame = sameUsage(had, has);
  for (const key of [...keys]) {
    const quota = context.store<ResourceQuota>('resourcequotas').get(key);
    const tally = state.tallies.get(key);
    if (quota === undefined || tally?.used === undefined) continue;
    // A change may take a pod from the scope of one quota into that of another.
    const before = old !== undefined && quotaConcerns(quota, old) ? had : NOTHING;
    const after = quotaConcerns(quota, object) ? has : NOTHING;
    if (isSame && (before === NOTHING) === (after === NOTHING)) continue;
    const used: Record<string, string> = { ...tally.used };
    let isLess = false;
    for (const name in used) {
      const change = compareQuantities(after[name] ?? '0', before[name] ?? '0');
      if (change === 0) continue;
      used[name] = subtractQuantities(addQuantities(used[name], after[name]), before[name]);
      isLess ||= change < 0;
    }
    state.tallies.set(key, { ...tally, used });
    if (isLess) context.enqueue(key);
  }
}

/** Counts a namespace: once for a quota, and when what it asks for changes. */
function count(quota: ResourceQuota, context: ControllerContext): Usage {
  const used: Record<string, string> = {};
  for (const name in quota.spec.hard) if (isQuotaResource(name)) used[name] = '0';
  for (const informer of COUNTED) {
    for (const object of context.store<KubernetesObject>(informer).by('namespace', quota.metadata.namespace ?? '')) {
      if (!quotaConcerns(quota, object)) continue;
      const usage = quotaUsage(object);
      for (const name in used) if (usage[name] !== undefined) used[name] = addQuantities(used[name], usage[name]);
    }
  }
  return used;
}

function sameUsage(a: Usage | undefined, b: Usage): boolean {
  if (a === undefined || Object.keys(a).length !== Object.keys(b).length) return false;
  for (const name in b) if (a[name] === undefined || compareQuantities(a[name], b[name]) !== 0) return false;
  return true;
}
