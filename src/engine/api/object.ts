import type { ObjectMeta, OwnerReference } from './generated/types.ts';

export type { ObjectMeta, OwnerReference } from './generated/types.ts';

/** What every API object is: plain, frozen JSON with a kind and metadata. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

/** The name of one object in the whole cluster: `Pod/default/web-1`, `Node//kind-worker`. */
export function keyOf(kind: string, namespace: string | null | undefined, name: string): string {
  return `${kind}/${namespace ?? ''}/${name}`;
}

export function keyOfObject(object: KubernetesObject): string {
  return keyOf(object.kind, object.metadata.namespace, object.metadata.name);
}

/** The undoing of `keyOf`; names cannot contain a slash. */
export function splitKey(key: string): { kind: string; namespace: string; name: string } {
  const first = key.indexOf('/');
  const second = key.indexOf('/', first + 1);
  return { kind: key.slice(0, first), namespace: key.slice(first + 1, second), name: key.slice(second + 1) };
}

/** The group of an apiVersion: '' for `v1`, `apps` for `apps/v1`. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** The uid of a stored object; an object that was never stored has none and gives ''. */
export function uidOf(object: KubernetesObject): string {
  return object.metadata.uid ?? '';
}

/** The namespace of an object; '' for a cluster-scoped one. */
export function namespaceOf(object: KubernetesObject): string {
  return object.metadata.namespace ?? '';
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
    uid: uidOf(owner),
    controller: true,
    blockOwnerDeletion: true,
  };
}

export function isBeingDeleted(object: KubernetesObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}
