import { applyDefaults } from '../api/defaults/index.ts';
import type { Status } from '../api/generated/types.ts';
import { parseJson } from '../api/json.ts';
import type { KubernetesObject } from '../api/object.ts';
import { describe } from '../api/scalars.ts';
import {
  applyConflict,
  badRequest,
  conflict,
  invalidStatus,
  notFound,
  unprocessable,
  unsupportedPatchType,
} from '../api/status.ts';
import { createObject, decodeBody, fromYaml, namespaceMismatch } from './create.ts';
import { type FieldType, fieldTypeOf } from './patch/field-type.ts';
import { isObject, type JsonObject } from './patch/json.ts';
import { applyJsonPatch, JsonPatchError, MAX_JSON_PATCH_OPERATIONS } from './patch/json-patch.ts';
import { applyMergePatch } from './patch/merge-patch.ts';
import { applyConfiguration } from './patch/server-side-apply.ts';
import { applyStrategicMergePatch, StrategicMergeError } from './patch/strategic-merge-patch.ts';
import { answer, current, type Handling, keyOfRequest, type Result, refuse, writerOf } from './server.ts';
import { nameMismatch, replaceObject } from './update.ts';

const APPLY = 'application/apply-patch+yaml';

/**
 * PATCH of an object or its status: the patch is carried out on the live object, and again if another write was faster.
 * Source: staging/src/k8s.io/apiserver/pkg/endpoints/handlers/patch.go
 */
export function patch(handling: Handling): Result {
  const { info, request } = handling;
  const type = request.contentType ?? 'application/json';
  if (type === APPLY) return apply(handling);
  const key = keyOfRequest(handling);
  const live = current(handling, key);
  const read = readPatch(request.body, type);
  if ('status' in read) return refuse(read.status);
  if (live === undefined) return refuse(notFound(info.resource, info.name));
  const patched = applyPatch(live as unknown as JsonObject, read.patch, type, fieldTypeOf(info.resource.kind));
  if ('status' in patched) return refuse(patched.status);
  const decoded = decodeBody(handling, patched.value, live);
  if ('status' in decoded) return refuse(decoded.status);
  const mismatch = nameMismatch(handling, decoded.object);
  if (mismatch !== undefined) return refuse(mismatch);
  return replaceObject(handling, key, live, applyDefaults(decoded.object, live), true);
}

/** The patch as JSON, or what is wrong with it. */
export function readPatch(body: unknown, type: string): { patch: unknown } | { status: Status } {
  if (!PATCH_TYPES.has(type)) return { status: unsupportedPatchType() };
  if (typeof body !== 'string') return { patch: body };
  const read = parseJson(body);
  return 'error' in read ? { status: badRequest(`error decoding patch: ${read.error}`) } : { patch: read.value };
}

const PATCH_TYPES: ReadonlySet<string> = new Set([
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
]);

/** Carries out a patch; a Status where it cannot be. */
export function applyPatch(
  live: JsonObject,
  change: unknown,
  type: string,
  fields: FieldType,
): { value: unknown } | { status: Status } {
  try {
    switch (type) {
      case 'application/json-patch+json':
        if (!Array.isArray(change)) return { status: wrongPatch(change, '[]interface {}') };
        if (change.length > MAX_JSON_PATCH_OPERATIONS) return { status: tooManyOperations(change.length) };
        return { value: applyJsonPatch(live, change) };
      case 'application/merge-patch+json':
        if (!isObject(change)) return { status: wrongPatch(change, 'map[string]interface {}') };
        return { value: applyMergePatch(live, change) };
      default:
        if (!isObject(change)) return { status: wrongPatch(change, 'map[string]interface {}') };
        return { value: applyStrategicMergePatch(live, change, fields) };
    }
  } catch (error) {
    if (error instanceof JsonPatchError) return { status: unprocessable() };
    if (error instanceof StrategicMergeError) return { status: badRequest(error.message) };
    throw error;
  }
}

/** What Go's decoder says of a patch that is something else altogether. */
function wrongPatch(change: unknown, type: string): Status {
  return badRequest(`error decoding patch: json: cannot unmarshal ${describe(change)} into Go value of type ${type}`);
}

function tooManyOperations(count: number): Status {
  const message = `The allowed maximum operations in a JSON patch is ${MAX_JSON_PATCH_OPERATIONS}, got ${count}`;
  return { ...badRequest(message), reason: 'RequestEntityTooLarge', code: 413 };
}

/** Server-side apply: creates what is not there. */
function apply(handling: Handling): Result {
  const { info, request } = handling;
  const manager = request.query?.fieldManager ?? '';
  if (manager === '') return refuse(needsManager());
  const read = readConfiguration(request.body);
  if ('status' in read) return refuse(read.status);
  const { configuration } = read;
  if (configuration.metadata?.managedFields !== undefined) {
    return refuse(badRequest('metadata.managedFields must be nil'));
  }
  const { apiVersion = '' } = configuration;
  if (apiVersion !== info.resource.apiVersion) {
    const detail = `Specified patch version: ${apiVersion}, expected: ${info.resource.apiVersion}`;
    return refuse(badRequest(`incorrect version specified in apply patch. ${detail}`));
  }
  const key = keyOfRequest(handling);
  const live = current(handling, key);
  const checked = decodeBody(handling, configuration);
  if ('status' in checked) return refuse(checked.status);
  const named = checked.object.metadata.name
    ? configuration
    : { ...configuration, metadata: { ...configuration.metadata, name: info.name } };
  const mismatch = nameMismatch(handling, named);
  if (mismatch !== undefined) return refuse(mismatch);
  if (live === undefined) {
    if (info.subresource !== '') return refuse(notFound(info.resource, info.name));
    if (configuration.metadata?.uid) {
      const detail = `uid mismatch: the provided object specified uid ${configuration.metadata.uid}, and no existing object was found`;
      return refuse(conflict(info.resource, info.name, detail));
    }
    const unmatched = namespaceMismatch(handling, named);
    if (unmatched !== undefined) return refuse(unmatched);
  }
  const version = named.metadata.resourceVersion;
  if (version && version !== live?.metadata.resourceVersion) return refuse(conflict(info.resource, info.name));
  const force = request.query?.force === 'true';
  const type = fieldTypeOf(info.resource.kind);
  const applied = applyConfiguration(live, named, type, writerOf(handling, 'Apply'), force);
  if ('conflicts' in applied) {
    const causes = applied.conflicts.map(({ message, field }) => ({ reason: 'FieldManagerConflict', message, field }));
    return refuse(applyConflict(applied.message, causes));
  }
  if (applied.object === live) return answer(200, live);
  const decoded = decodeBody(handling, applied.object, live);
  if ('status' in decoded) return refuse(decoded.status);
  const object = applyDefaults(decoded.object, live);
  return live === undefined ? createObject(handling, object, false) : replaceObject(handling, key, live, object, false);
}

function readConfiguration(body: unknown): { configuration: KubernetesObject } | { status: Status } {
  let value = body;
  if (typeof body === 'string') {
    const read = fromYaml(body);
    if ('status' in read) return read;
    value = read.value;
  }
  if (!isObject(value)) return { status: badRequest('error decoding YAML: the body is not an object') };
  return { configuration: value as unknown as KubernetesObject };
}

function needsManager(): Status {
  return invalidStatus('PatchOptions', 'meta.k8s.io', '', [
    { type: 'Required', field: 'fieldManager', detail: 'is required for apply patch' },
  ]);
}
