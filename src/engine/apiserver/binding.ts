import { decode } from '../api/decode.ts';
import type { Binding, Pod, PodCondition } from '../api/generated/types.ts';
import { extended } from '../api/share.ts';
import { badRequest, conflict, invalidStatus, notFound, success } from '../api/status.ts';
import { storageKey } from '../api/storage-keys.ts';
import { toRFC3339 } from '../api/time.ts';
import { validatePodBinding } from '../api/validation/index.ts';
import {
  answer,
  asStored,
  current,
  type Handling,
  isDryRun,
  keyOfRequest,
  type Result,
  refuse,
  unchanged,
} from './server.ts';

const BINDING = { group: '', version: 'v1', kind: 'Binding' };

/** Gives a pod its node. Source: pkg/registry/core/pod/storage/storage.go (BindingREST) */
export function bind(handling: Handling): Result {
  const { info, request, env } = handling;
  const { namespace, name } = info;
  const key = keyOfRequest(handling);
  const decoded = decode(BINDING, request.body ?? '');
  if ('status' in decoded) return refuse(decoded.status);
  const body = decoded.object as Binding;
  if (body.metadata?.name !== name) return refuse(badRequest('name in URL does not match name in Binding object'));
  const node = body.target?.name ?? '';
  const pod = current(handling, key) as Pod | undefined;
  if (pod === undefined) {
    if (!handling.fresh.has(key)) return { type: 'read', keys: [key] };
    return refuse(notFound(info.resource, name));
  }
  const errors = validatePodBinding(body);
  if (errors.length > 0) return refuse(invalidStatus('Binding', '', name, errors));
  const refuseBinding = (detail: string): Result =>
    refuse(conflict({ group: '', plural: 'pods/binding' }, name, detail));
  const expected = body.metadata?.uid;
  if (expected && expected !== pod.metadata.uid) {
    return refuseBinding(
      `Precondition failed: UID in precondition: ${expected}, UID in object meta: ${pod.metadata.uid}`,
    );
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    return refuseBinding(`pod ${name} is being deleted, cannot be assigned to a host`);
  }
  if (pod.spec.nodeName) {
    // Another binding may have come first; etcd says which.
    return refuseBinding(`pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`);
  }
  if ((pod.spec.schedulingGates ?? []).length > 0)
    return refuseBinding(`pod ${name} has non-empty .spec.schedulingGates`);
  const scheduled: PodCondition = {
    type: 'PodScheduled',
    status: 'True',
    lastProbeTime: null as never,
    lastTransitionTime: toRFC3339(env.wallNow),
  };
  const conditions = withCondition(pod.status?.conditions ?? [], scheduled);
  const bound = extended(pod, {
    spec: extended(pod.spec, { nodeName: node }),
    status: extended(pod.status ?? {}, { conditions }),
  });
  if (isDryRun(handling)) return answer(201, success(201));
  return {
    type: 'write',
    code: 201,
    compare: [unchanged(storageKey(info.resource, namespace, name), pod)],
    operations: [{ op: 'put', key, value: asStored(bound) }],
    body: success(201),
  };
}

/** The conditions with this one in its place; it keeps its time if its status is the same. */
export function withCondition(conditions: readonly PodCondition[], next: PodCondition): PodCondition[] {
  const at = conditions.findIndex((condition) => condition.type === next.type);
  if (at < 0) return [...conditions, next];
  const before = conditions[at] as PodCondition;
  const time = before.status === next.status ? before.lastTransitionTime : next.lastTransitionTime;
  return conditions.map((condition, i) => (i === at ? { ...next, lastTransitionTime: time } : condition));
}
