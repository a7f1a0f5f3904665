import { decode, type FieldValidation } from '../api/decode.ts';
import { applyDefaults } from '../api/defaults/index.ts';
import type { ManagedFieldsEntry, Pod, Status } from '../api/generated/types.ts';
import { generateName, hexText } from '../api/names.ts';
import { groupOf, type KubernetesObject, type ObjectMeta } from '../api/object.ts';
import { extended, without } from '../api/share.ts';
import { alreadyExists, badRequest, invalidStatus, methodNotAllowed, untypedError } from '../api/status.ts';
import { storageKey } from '../api/storage-keys.ts';
import { prepareForCreate } from '../api/strategies/index.ts';
import { toRFC3339 } from '../api/time.ts';
import { validateCreate } from '../api/validation/index.ts';
import { parseYaml } from '../api/yaml.ts';
import type { Compare, Operation } from '../etcd/messages.ts';
import type { Env } from '../kernel/types.ts';
import { admit, review } from './admission/index.ts';
import type { Admission } from './admission/plugin.ts';
import { chargeQuota } from './admission/resource-quota.ts';
import { allocateForCreate } from './allocation.ts';
import { entriesForCreate } from './managed-fields.ts';
import { fieldTypeOf } from './patch/field-type.ts';
import { answer, asStored, current, type Handling, isDryRun, type Result, refuse, writerOf } from './server.ts';

/** POST to a collection. Source: staging/src/k8s.io/apiserver/pkg/endpoints/handlers/create.go */
export function create(handling: Handling): Result {
  const { info, request } = handling;
  if (info.name !== '') return refuse(methodNotAllowed());
  const decoded = decodeBody(handling, request.body);
  if ('status' in decoded) return refuse(decoded.status);
  const object = applyDefaults(decoded.object);
  const mismatch = namespaceMismatch(handling, object);
  if (mismatch !== undefined) return refuse(mismatch);
  return createObject(handling, object, true);
}

/** Reads a body as the resource's kind; warnings of unknown fields go to the answer. */
export function decodeBody(
  { info, request, warnings }: Handling,
  body: unknown,
  prior?: KubernetesObject,
): { object: KubernetesObject } | { status: Status } {
  const fieldValidation = request.query?.fieldValidation as FieldValidation | undefined;
  const read = typeof body === 'string' && request.contentType?.includes('yaml') ? fromYaml(body) : { value: body };
  if ('status' in read) return read;
  const decoded = decode(info.resource, read.value ?? '', {
    ...(fieldValidation && { fieldValidation }),
    ...(prior && { prior }),
  });
  if ('object' in decoded) warnings.push(...decoded.warnings);
  return decoded;
}

/** A body in YAML as a value; a Status if it cannot be read. */
export function fromYaml(text: string): { value: unknown } | { status: Status } {
  const { documents, errors } = parseYaml(text);
  const [error] = errors;
  if (error !== undefined) return { status: badRequest(`error decoding YAML: ${error.message}`) };
  return { value: documents[0]?.value };
}

/** Source: staging/src/k8s.io/apiserver/pkg/registry/rest/meta.go EnsureObjectNamespaceMatchesRequestNamespace */
export function namespaceMismatch({ info }: Handling, object: KubernetesObject): Status | undefined {
  const { namespace } = object.metadata;
  if (namespace === undefined || namespace === info.namespace) return undefined;
  return badRequest('the namespace of the provided object does not match the namespace sent on the request');
}

/**
 * A decoded, defaulted object on its way into etcd: managed fields, admission, system fields, allocation, validation,
 * quota. `track` is false where server-side apply has done the books.
 * Source: staging/src/k8s.io/apiserver/pkg/registry/generic/registry/store.go (create)
 */
export function createObject(handling: Handling, sent: KubernetesObject, track: boolean): Result {
  const { info, env, state } = handling;
  const { resource } = info;
  const type = fieldTypeOf(resource.kind);
  const entries = track ? entriesForCreate(sent, type, writerOf(handling)) : (sent.metadata.managedFields ?? []);
  let object = withSystemFields(sent, info.namespace, entries, env);
  const admission: Admission = admit(handling, 'create', object, undefined);
  if ('status' in admission) return refuse(admission.status);
  if ('keys' in admission) return { type: 'read', keys: admission.keys };
  const sentVersion = sent.metadata.resourceVersion;
  object = withTimes(prepareForCreate(withName(admission.object, env)), env);
  const allocated = allocateForCreate(state, env, object);
  if ('status' in allocated) return refuse(allocated.status);
  object = allocated.object;
  const errors = validateCreate(object);
  const { name } = object.metadata;
  if (errors.length > 0) {
    return refuse(invalidStatus(resource.kind, groupOf(object.apiVersion), name ?? '', errors));
  }
  if (sentVersion && info.verb === 'create') {
    return refuse(untypedError('resourceVersion should not be set on objects to be created'));
  }
  const refused = review(handling, 'create', object, undefined);
  if (refused !== undefined) return refuse(refused);
  const quota = chargeQuota(handling, object);
  if ('status' in quota) return refuse(quota.status);
  const key = storageKey(resource, object.metadata.namespace, name);
  if (isDryRun(handling)) {
    const there = current(handling, key);
    return there === undefined ? answer(201, object) : refuse(exists(handling, there));
  }
  const there = handling.fresh.get(key);
  // The comparison failed because of this key, not of a quota's: the name is taken.
  if (there !== undefined && there !== null && !canRename(handling, sent)) return refuse(exists(handling, there));
  const stored = asStored(object);
  const put: Operation = { op: 'put', key, value: stored };
  const compare: Compare[] = [{ key, modRevision: 0 }, ...quota.compare];
  return {
    type: 'write',
    code: 201,
    compare,
    operations: [put, ...quota.operations],
    object: stored,
    ...(resource.kind === 'Event' && { expires: true }),
  };
}

/** Retries of a create whose generated name was taken. */
const MAX_NAME_ATTEMPTS = 8;

function canRename({ attempt }: Handling, sent: KubernetesObject): boolean {
  return !sent.metadata.name && sent.metadata.generateName !== undefined && attempt < MAX_NAME_ATTEMPTS;
}

function exists({ info }: Handling, there: KubernetesObject): Status {
  const status = alreadyExists(info.resource, there.metadata.name);
  if (there.metadata.deletionTimestamp === undefined) return status;
  return { ...status, message: `object is being deleted: ${status.message}` };
}

/** The object with what the server says of it: namespace, uid, creation time, and who set what. */
function withSystemFields(
  object: KubernetesObject,
  namespace: string,
  entries: readonly ManagedFieldsEntry[],
  env: Env,
): KubernetesObject {
  const given = { uid: newUid(env), creationTimestamp: toRFC3339(env.wallNow) };
  let metadata: ObjectMeta = extended(object.metadata, given);
  if (namespace !== '') metadata.namespace = namespace;
  if (entries.length > 0) metadata.managedFields = entries as ManagedFieldsEntry[];
  else if (metadata.managedFields !== undefined) metadata = without(metadata, 'managedFields');
  if (metadata.resourceVersion !== undefined) metadata = without(metadata, 'resourceVersion');
  return extended(object, { metadata });
}

/** A name for an object that only brought its beginning. */
function withName(object: KubernetesObject, env: Env): KubernetesObject {
  const { name: given, generateName: base } = object.metadata;
  if (given || !base) return object;
  const name = generateName(base, () => env.random());
  return extended(object, { metadata: extended(object.metadata, { name }) });
}

/** Conditions that a new pod begins with have begun now. */
function withTimes(object: KubernetesObject, env: Env): KubernetesObject {
  if (object.kind !== 'Pod') return object;
  const pod = object as Pod;
  const { conditions } = pod.status ?? {};
  if (conditions === undefined || conditions.length === 0) return object;
  const lastTransitionTime = toRFC3339(env.wallNow);
  return {
    ...pod,
    status: { ...pod.status, conditions: conditions.map((entry) => ({ ...entry, lastTransitionTime })) },
  } as Pod;
}

/** A random UUID, version 4. */
export function newUid(env: Env): string {
  const words = [0, 0x4000, 0x80000000, 0].map((fixed, i) => {
    const word = Math.floor(env.random() * 4_294_967_296);
    return (word & (KEPT[i] as number)) | fixed;
  });
  return hexText(words, true);
}

/** Bits of a UUID's words that are random: the others are its version and its variant. */
const KEPT = [-1, ~0xf000, 0x3fffffff, -1];
