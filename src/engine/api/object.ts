import type { ObjectMeta, OwnerReference } from './generated/types.ts';

export type { ObjectMeta, OwnerReference } from './generated/types.ts';

/** What every API object is: plain, frozen JSON with a kind and metadata. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

/** The group of an apiVersion: '' for `v1`, `apps` for `apps/v1`. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** The owner with `controller: true`, of which there is at most one. */
export function controllerOf(object: KubernetesObject): OwnerReference | undefined {
  const owners = object.metadata.ownerReferences;
  if (owners === undefined) return undefined;
  for (const owner of owners) if (owner.controller === true) return owner;
  return undefined;
}

/** Whether `owner` (by uid, never by name alone) controls `object`. */
export function isControlledBy(object: KubernetesObject, owner: KubernetesObject): boolean {
  const controller = controllerOf(object);
  return controller !== undefined && controller.uid === owner.metadata.uid;
}

/**
 * The reference that a controller puts on what it makes.
 * Source: staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/controller_ref.go
 */
export function controllerReference(owner: KubernetesObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

export function isBeingDeleted(object: KubernetesObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}
