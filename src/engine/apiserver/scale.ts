import { decode } from '../api/decode.ts';
import type { Deployment, Scale } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { selectorOf, selectorText } from '../api/selectors.ts';
import { badRequest, conflict, invalidStatus, notFound } from '../api/status.ts';
import { validateScale } from '../api/validation/index.ts';
import { withEntries } from './managed-fields.ts';
import { difference, type FieldSet, isEmptySet } from './patch/field-set.ts';
import { fieldTypeOf } from './patch/field-type.ts';
import type { JsonObject } from './patch/json.ts';
import { applyPatch, readPatch } from './patch-request.ts';
import { answer, current, type Handling, keyOfRequest, type Result, refuse, writerOf } from './server.ts';
import { replaceObject } from './update.ts';

type Scalable = Deployment;

/** Reads or changes the replicas of a workload. Source: pkg/registry/apps/deployment/storage/storage.go (ScaleREST) */
export function scale(handling: Handling): Result {
  const { info, request } = handling;
  const key = keyOfRequest(handling);
  const live = current(handling, key) as Scalable | undefined;
  if (live === undefined) return refuse(notFound(info.resource, info.name));
  const before = scaleOf(live);
  if (info.verb === 'get') return answer(200, before);
  const endpoint = { group: 'autoscaling', version: 'v1', kind: 'Scale' };
  let body: unknown = request.body;
  if (info.verb === 'patch') {
    const type = request.contentType ?? 'application/json';
    const read = readPatch(request.body, type);
    if ('status' in read) return refuse(read.status);
    const patched = applyPatch(before as unknown as JsonObject, read.patch, type, fieldTypeOf('Scale'));
    if ('status' in patched) return refuse(patched.status);
    body = patched.value;
  }
  const decoded = decode(endpoint, body ?? '');
  if ('status' in decoded) return refuse(decoded.status);
  const after = decoded.object as Scale;
  if (after.metadata.name !== info.name) {
    return refuse(
      badRequest(`the name of the object (${after.metadata.name}) does not match the name on the URL (${info.name})`),
    );
  }
  const version = after.metadata.resourceVersion;
  if (version && version !== live.metadata.resourceVersion) return refuse(conflict(info.resource, info.name));
  const errors = validateScale(after);
  if (errors.length > 0) return refuse(invalidStatus('Scale', 'autoscaling', info.name, errors));
  const replicas = after.spec?.replicas ?? 0;
  const changed = { ...live, spec: { ...live.spec, replicas } };
  const owned = replicas === live.spec.replicas ? changed : withScaleOwner(handling, live, changed);
  const main = { ...handling, info: { ...info, subresource: '' } };
  const result = replaceObject(main, key, live, owned, false);
  if (result.type === 'answer' && result.code === 200) return answer(200, scaleOf(result.body as Scalable));
  return result.type === 'write' ? { ...result, show: 'scale' } : result;
}

/** What the scale subresource shows of a workload. */
export function scaleOf({ metadata, spec, status }: Scalable): Scale {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: spec.replicas },
    status: { replicas: status?.replicas ?? 0, selector: selectorText(selectorOf(spec.selector)) },
  } as Scale;
}

const REPLICAS: FieldSet = { 'f:spec': { 'f:replicas': {} } };

/**
 * Whoever scales owns the replicas from then on; the entry has no time.
 * Source: staging/src/k8s.io/apimachinery/pkg/util/managedfields/scalehandler.go
 */
function withScaleOwner(handling: Handling, live: KubernetesObject, changed: KubernetesObject): KubernetesObject {
  const writer = writerOf(handling);
  const rest = [];
  for (const entry of live.metadata.managedFields ?? []) {
    const fields = difference(entry.fieldsV1 as FieldSet, REPLICAS);
    if (!isEmptySet(fields)) rest.push(fields === entry.fieldsV1 ? entry : { ...entry, fieldsV1: fields });
  }
  const own = {
    manager: writer.manager,
    operation: 'Update' as const,
    apiVersion: live.apiVersion,
    fieldsType: 'FieldsV1',
    fieldsV1: REPLICAS,
    subresource: 'scale',
  };
  return withEntries(changed, [own, ...rest]);
}
