import { applyDefaults } from '../api/defaults/index.ts';
import type { Namespace, Status } from '../api/generated/types.ts';
import { groupOf, type KubernetesObject } from '../api/object.ts';
import { badRequest, conflict, type FieldError, invalidStatus, notFound, untypedError } from '../api/status.ts';
import { prepareForUpdate } from '../api/strategies/index.ts';
import { integerProblem } from '../api/strconv.ts';
import { validateUpdate } from '../api/validation/index.ts';
import type { Operation } from '../etcd/messages.ts';
import { admit, review } from './admission/index.ts';
import { chargeQuota } from './admission/resource-quota.ts';
import { allocateForUpdate } from './allocation.ts';
import { createObject, decodeBody } from './create.ts';
import { trackUpdate } from './managed-fields.ts';
import { fieldTypeOf } from './patch/field-type.ts';
import {
  answer,
  asStored,
  current,
  type Handling,
  isDryRun,
  isSameObject,
  keyOfRequest,
  type Result,
  refuse,
  unchanged,
  writerOf,
} from './server.ts';
import type { Write } from './write.ts';

/** Kinds that a PUT to a free name creates. Source: AllowCreateOnUpdate of each strategy */
const CREATED_BY_PUT: ReadonlySet<string> = new Set([
  'ClusterRole',
  'ClusterRoleBinding',
  'Event',
  'Lease',
  'LimitRange',
  'Role',
  'RoleBinding',
  'Service',
]);
/** Kinds whose PUT has to say which version it saw. Source: AllowUnconditionalUpdate of each strategy */
const NEEDS_VERSION: ReadonlySet<string> = new Set(['Lease', 'PodDisruptionBudget']);

/** PUT. Source: staging/src/k8s.io/apiserver/pkg/endpoints/handlers/update.go */
export function update(handling: Handling): Result {
  const { info, request } = handling;
  const key = keyOfRequest(handling);
  const live = current(handling, key);
  const decoded = decodeBody(handling, request.body, live);
  if ('status' in decoded) return refuse(decoded.status);
  const object = applyDefaults(decoded.object, live);
  const mismatch = nameMismatch(handling, object);
  if (mismatch !== undefined) return refuse(mismatch);
  if (live === undefined) {
    const other = checkUid(handling, key, live, object);
    if (other !== undefined) return other;
    if (CREATED_BY_PUT.has(object.kind) && info.subresource === '') return createObject(handling, object, true);
    return refuse(notFound(info.resource, info.name));
  }
  return replaceObject(handling, key, live, object, true);
}

/**
 * A body with a uid is about that object and no other of its name. The cache may not know it yet: etcd has the last word.
 * Source: staging/src/k8s.io/apiserver/pkg/storage/interfaces.go (Preconditions.Check)
 */
function checkUid(
  { info, fresh }: Handling,
  key: string,
  live: KubernetesObject | undefined,
  { metadata: { uid } }: KubernetesObject,
): Result | undefined {
  const there = live?.metadata.uid ?? '';
  if (uid === undefined || uid === '' || uid === there) return undefined;
  if (!fresh.has(key)) return { type: 'read', keys: [key] };
  const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${there}`;
  const detail = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`;
  return refuse(conflict(info.resource, info.name, detail));
}

/** A body may only be about the object that the path names. */
export function nameMismatch({ info }: Handling, object: KubernetesObject): Status | undefined {
  const { name, namespace } = object.metadata;
  if (!name) {
    return badRequest(`the name of the object (${info.name} based on URL) was undeterminable: name must be provided`);
  }
  if (name !== info.name) {
    return badRequest(`the name of the object (${name}) does not match the name on the URL (${info.name})`);
  }
  if (namespace === undefined || namespace === info.namespace) return undefined;
  return badRequest(
    `the namespace of the object (${namespace}) does not match the namespace on the request (${info.namespace})`,
  );
}

/**
 * Puts a decoded, defaulted object in the place of the live one: version check, managed fields, admission, strategy,
 * validation. `track` is false where the books are done already.
 * Source: staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go (Update)
 */
export function replaceObject(
  handling: Handling,
  key: string,
  live: KubernetesObject,
  sent: KubernetesObject,
  track: boolean,
): Result {
  const { info, state, env, fresh } = handling;
  const { resource, subresource } = info;
  const other = checkUid(handling, key, live, sent);
  if (other !== undefined) return other;
  let object = sent;
  const version = object.metadata.resourceVersion;
  const liveVersion = live.metadata.resourceVersion as string;
  if (!version) {
    if (NEEDS_VERSION.has(object.kind) && subresource === '') return refuse(needsVersion(object));
    object = { ...object, metadata: { ...object.metadata, resourceVersion: liveVersion } };
  } else if (version !== liveVersion) {
    const problem = integerProblem(version, false);
    if (problem !== undefined) return refuse(untypedError(problem));
    // The client may know more than the watch cache: ask etcd before refusing.
    if (Number(version) > Number(liveVersion) && !fresh.has(key)) return { type: 'read', keys: [key] };
    return refuse(conflict(resource, info.name));
  }
  if (resource.namespaced && object.metadata.namespace === undefined) {
    object = { ...object, metadata: { ...object.metadata, namespace: live.metadata.namespace } };
  }
  if (track) object = trackUpdate(live, object, fieldTypeOf(resource.kind), writerOf(handling));
  const admission = admit(handling, 'update', object, live);
  if ('status' in admission) return refuse(admission.status);
  if ('keys' in admission) return { type: 'read', keys: admission.keys };
  object = prepareForUpdate(admission.object, live, subresource);
  if (resource.kind === 'Service' && subresource === '') {
    const allocated = allocateForUpdate(state, env, object, live);
    if ('status' in allocated) return refuse(allocated.status);
    object = allocated.object;
  }
  const errors = validateUpdate(object, live, subresource);
  if (errors.length > 0) {
    return refuse(invalidStatus(resource.kind, groupOf(object.apiVersion), info.name, errors));
  }
  if (isSameObject(live, object)) return answer(200, live);
  const refused = review(handling, 'update', object, live);
  if (refused !== undefined) return refuse(refused);
  const quota = chargeQuota(handling, object, live);
  if ('status' in quota) return refuse(quota.status);
  if (isDryRun(handling)) return answer(200, object);
  if (isReadyToGo(object)) return removal(key, live, object);
  const stored = asStored(object);
  const put: Operation = { op: 'put', key, value: stored };
  return {
    type: 'write',
    code: 200,
    compare: [unchanged(key, live), ...quota.compare],
    operations: [put, ...quota.operations],
    object: stored,
    ...(resource.kind === 'Event' && { expires: true }),
  };
}

function needsVersion(object: KubernetesObject): Status {
  const error: FieldError = {
    type: 'Invalid',
    field: 'metadata.resourceVersion',
    value: 0,
    detail: 'must be specified for an update',
  };
  return invalidStatus(object.kind, groupOf(object.apiVersion), object.metadata.name, [error]);
}

/**
 * A terminating object that has lost its last finalizer.
 * Source: store.go ShouldDeleteDuringUpdate, pkg/registry/core/namespace/storage/storage.go
 */
function isReadyToGo(object: KubernetesObject): boolean {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, finalizers = [] } = object.metadata;
  if (deletionTimestamp === undefined || finalizers.length > 0 || deletionGracePeriodSeconds > 0) return false;
  return object.kind !== 'Namespace' || ((object as Namespace).spec.finalizers ?? []).length === 0;
}

function removal(key: string, live: KubernetesObject, object: KubernetesObject): Write {
  return {
    type: 'write',
    code: 200,
    compare: [unchanged(key, live)],
    operations: [{ op: 'delete', key }],
    body: object,
  };
}
