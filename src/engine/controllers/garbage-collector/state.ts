import type { OwnerReference } from '../../api/generated/types.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { collectionPath, resourceOfKind } from '../../api/resources.ts';
import { defineTable, type Table } from '../../kernel/table.ts';
import type { ControllerContext } from '../controller.ts';
import { type InformerName, sharedInformers } from '../informers.ts';

export const FOREGROUND = 'foregroundDeletion';
export const ORPHAN = 'orphan';

/** An object with owners. Its key is `<informer>|<namespace/name>`, as everywhere in the graph. */
export interface Dependent {
  readonly uid: string;
  readonly owners: readonly OwnerReference[];
}

export interface GarbageCollectorState {
  readonly dependents: Table<Dependent>;
  /** Uids of owners that are known to be gone; the oldest are forgotten first. */
  readonly gone: Table<true>;
}

const newDependents = defineTable<Dependent>('garbage-collector/dependents', {
  owner: ({ owners }) => owners.map((owner) => owner.uid),
  // Owners that may not go in the foreground before this object.
  blocks: ({ owners }) => owners.filter((owner) => owner.blockOwnerDeletion).map((owner) => owner.uid),
});
const newGone = defineTable<true>('garbage-collector/gone');
const MAX_GONE = 500;

export function createState(): GarbageCollectorState {
  return { dependents: newDependents(), gone: newGone() };
}

export function noteGone(state: GarbageCollectorState, uid: string): void {
  state.gone.set(uid, true);
  if (state.gone.size > MAX_GONE) state.gone.delete(state.gone.firstKey() as string);
}

/** Whether an object goes in the foreground: it waits for its dependents. */
export function waitsForDependents(object: KubernetesObject | undefined): boolean {
  return (
    object?.metadata.deletionTimestamp !== undefined && (object.metadata.finalizers?.includes(FOREGROUND) ?? false)
  );
}

/** Where the owner of an object in a namespace is: its key in the graph if an informer knows its kind, and its path. */
export interface Place {
  readonly id?: string;
  readonly path: string;
}

/** Undefined for a kind that is not served, and for a namespaced owner of an object without a namespace. */
export function placeOf(owner: OwnerReference, namespace: string | undefined): Place | undefined {
  const resource = resourceOfKind(owner.apiVersion, owner.kind);
  if (resource === undefined || (resource.namespaced && namespace === undefined)) return undefined;
  const key = resource.namespaced ? `${namespace}/${owner.name}` : owner.name;
  const path = `${collectionPath(resource, namespace)}/${owner.name}`;
  return resource.plural in sharedInformers ? { id: `${resource.plural}|${key}`, path } : { path };
}

export function objectAt(id: string, context: ControllerContext): KubernetesObject | undefined {
  const bar = id.indexOf('|');
  return context.store(id.slice(0, bar) as InformerName).get(id.slice(bar + 1));
}
