import { utf8Length } from '../base64.ts';
import type { ObjectMeta, OwnerReference } from '../generated/types.ts';
import { type Complaints, checkLabel, checkLabel1035, checkQualifiedName, checkSubdomain } from '../names.ts';
import type { KubernetesObject } from '../object.ts';
import { resourceOfKind } from '../resources.ts';
import { deepEqual } from '../share.ts';
import { complain, type Errors, forbidden, IMMUTABLE, invalid, required, tooLong } from './field.ts';
import { validateLabels } from './labels.ts';

const ANNOTATION_BYTES = 262_144;

/** What names a kind allows; kinds that are not listed take subdomains. */
const NAME_CHECKS: Readonly<Record<string, (name: string) => Complaints>> = {
  Service: checkLabel1035,
  Namespace: checkLabel,
  Role: checkPathSegment,
  RoleBinding: checkPathSegment,
  ClusterRole: checkPathSegment,
  ClusterRoleBinding: checkPathSegment,
};

/** Finalizers without a domain that the system itself uses. */
const STANDARD_FINALIZERS: ReadonlySet<string> = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/**
 * Metadata of a new object.
 * Source: staging/src/k8s.io/apimachinery/pkg/api/validation/objectmeta.go (ValidateObjectMetaAccessor)
 */
export function validateMetadata(errors: Errors, object: KubernetesObject): void {
  const { metadata } = object;
  const check = NAME_CHECKS[object.kind] ?? checkSubdomain;
  const { name, generateName, namespace } = metadata;
  if (generateName !== undefined)
    complain(errors, 'metadata.generateName', generateName, check(maskTrailingDash(generateName)));
  if (name === undefined || name === '') required(errors, 'metadata.name', 'name or generateName is required');
  else complain(errors, 'metadata.name', name, check(name));
  if (resourceOfKind(object.apiVersion, object.kind)?.namespaced !== false) {
    if (namespace === undefined || namespace === '') required(errors, 'metadata.namespace');
    else complain(errors, 'metadata.namespace', namespace, checkLabel(namespace));
  } else if (namespace !== undefined) forbidden(errors, 'metadata.namespace', 'not allowed on this type');
  validateLabels(errors, 'metadata.labels', metadata.labels);
  validateAnnotations(errors, 'metadata.annotations', metadata.annotations);
  validateOwners(errors, metadata.ownerReferences);
  validateFinalizers(errors, metadata.finalizers);
}

/**
 * What may not change in metadata.
 * Source: staging/src/k8s.io/apimachinery/pkg/api/validation/objectmeta.go (ValidateObjectMetaAccessorUpdate)
 */
export function validateMetadataUpdate(errors: Errors, metadata: ObjectMeta, old: ObjectMeta): void {
  if (metadata === old) return;
  if (old.deletionTimestamp !== undefined) validateNoNewFinalizers(errors, metadata.finalizers, old.finalizers);
  for (const key of IMMUTABLE_FIELDS)
    if (metadata[key] !== old[key]) invalid(errors, `metadata.${key}`, metadata[key] ?? '', IMMUTABLE);
  if (metadata.resourceVersion === undefined)
    invalid(errors, 'metadata.resourceVersion', 0, 'must be specified for an update');
  if (metadata.labels !== old.labels) validateLabels(errors, 'metadata.labels', metadata.labels);
  if (metadata.annotations !== old.annotations)
    validateAnnotations(errors, 'metadata.annotations', metadata.annotations);
  if (metadata.ownerReferences !== old.ownerReferences) validateOwners(errors, metadata.ownerReferences);
  if (metadata.finalizers !== old.finalizers) validateFinalizers(errors, metadata.finalizers);
}

const IMMUTABLE_FIELDS = [
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const satisfies readonly (keyof ObjectMeta)[];

export function validateAnnotations(
  errors: Errors,
  field: string,
  annotations: Record<string, string> | undefined,
): void {
  let characters = 0;
  for (const key in annotations) {
    complain(errors, field, key, checkQualifiedName(key.toLowerCase()));
    characters += key.length + (annotations[key] as string).length;
  }
  // A character has at most three bytes for each unit of its text.
  if (characters * 3 <= ANNOTATION_BYTES) return;
  let bytes = 0;
  for (const key in annotations) bytes += utf8Length(key) + utf8Length(annotations[key] as string);
  if (bytes > ANNOTATION_BYTES) tooLong(errors, field, ANNOTATION_BYTES);
}

function validateOwners(errors: Errors, owners: readonly OwnerReference[] | undefined): void {
  if (owners === undefined) return;
  const field = 'metadata.ownerReferences';
  let controller: string | undefined;
  for (const owner of owners) {
    if (owner.apiVersion === '') invalid(errors, `${field}.apiVersion`, owner.apiVersion, 'version must not be empty');
    for (const key of ['kind', 'name', 'uid'] as const)
      if (owner[key] === '') invalid(errors, `${field}.${key}`, owner[key], 'must not be empty');
    if (owner.kind === 'Event' && owner.apiVersion === 'v1')
      invalid(errors, field, owner, '/v1, Kind=Event is disallowed from being an owner');
    if (owner.controller !== true) continue;
    if (controller !== undefined)
      invalid(
        errors,
        field,
        owners,
        `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${owner.name}`,
      );
    controller ??= owner.name;
  }
}

function validateFinalizers(errors: Errors, finalizers: readonly string[] | undefined): void {
  if (finalizers === undefined) return;
  for (const finalizer of finalizers) complain(errors, 'metadata.finalizers', finalizer, checkQualifiedName(finalizer));
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion'))
    invalid(errors, 'metadata.finalizers', finalizers, 'finalizer orphan and foregroundDeletion cannot be both set');
  for (const [index, finalizer] of finalizers.entries())
    if (!finalizer.includes('/') && !STANDARD_FINALIZERS.has(finalizer))
      invalid(
        errors,
        `metadata.finalizers[${index}]`,
        finalizer,
        'name is neither a standard finalizer name nor is it fully qualified',
      );
}

function validateNoNewFinalizers(errors: Errors, now: readonly string[] = [], before: readonly string[] = []): void {
  if (deepEqual(now, before)) return;
  const added = now.filter((finalizer) => !before.includes(finalizer));
  if (added.length === 0) return;
  const list = added.map((finalizer) => JSON.stringify(finalizer)).join(', ');
  forbidden(
    errors,
    'metadata.finalizers',
    `no new finalizers can be added if the object is being deleted, found new finalizers []string{${list}}`,
  );
}

/** A generated name goes on after the dash, so the dash itself is no fault. */
function maskTrailingDash(name: string): string {
  return name.length > 1 && name.endsWith('-') ? `${name.slice(0, -2)}a` : name;
}

function checkPathSegment(name: string): Complaints {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  const found: string[] = [];
  for (const character of ['/', '%']) if (name.includes(character)) found.push(`may not contain '${character}'`);
  return found;
}
