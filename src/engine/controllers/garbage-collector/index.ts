import type { OwnerReference } from '../../api/generated/types.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { objectKey } from '../../client/informer.ts';
import type { Delta } from '../../client/state.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { afterOrphaning, attemptToDelete, attemptToOrphan, takeVerified } from './collect.ts';
import {
  createState,
  type GarbageCollectorState,
  noteGone,
  ORPHAN,
  objectAt,
  placeOf,
  waitsForDependents,
} from './state.ts';

const DELETE = 'delete|';
const ORPHAN_KEY = 'orphan|';

/**
 * Deletes what has lost all its owners, and carries out foreground and orphaning deletions. Its graph holds only objects
 * that have owners; whether an owner exists is looked up in the caches, and asked of the API when they do not know it.
 * Keys are `delete|<informer>|<namespace/name>` and `orphan|...`.
 * Source: pkg/controller/garbagecollector/{garbagecollector,graph_builder}.go
 */
export const garbageCollector: Controller<GarbageCollectorState> = {
  name: 'garbage-collector-controller',
  serviceAccount: 'generic-garbage-collector',
  // Not Leases: those of nodes go with their node, and renewals are many.
  watches: [
    'pods',
    'replicasets',
    'deployments',
    'daemonsets',
    'controllerrevisions',
    'services',
    'endpointslices',
    'configmaps',
    'secrets',
    'serviceaccounts',
    'nodes',
    'poddisruptionbudgets',
    'resourcequotas',
    'limitranges',
  ],
  workers: 20,
  create: createState,
  observe(state, delta, context) {
    if (delta.type === 'delete') return forget(state, delta, context);
    const { metadata } = delta.object;
    const old = delta.old?.metadata;
    if (old === undefined && metadata.ownerReferences === undefined && metadata.deletionTimestamp === undefined) return;
    const isSameOwners = old !== undefined && sameOwners(old.ownerReferences, metadata.ownerReferences);
    if (!isSameOwners) relate(state, delta, context);
    const isSameDeletion =
      old !== undefined &&
      old.deletionTimestamp === metadata.deletionTimestamp &&
      old.finalizers === metadata.finalizers;
    if (!isSameDeletion && metadata.deletionTimestamp !== undefined) beginDeletion(state, delta, context);
  },
  sync(state, key, context) {
    const id = key.slice(DELETE.length);
    return key.startsWith(DELETE) ? attemptToDelete(state, id, context) : attemptToOrphan(state, id, context);
  },
  resume(state, key, progress, answers, context) {
    const id = key.slice(DELETE.length);
    if (key.startsWith(ORPHAN_KEY)) return afterOrphaning(id, answers, context);
    return takeVerified(state, id, progress as readonly string[], answers, context);
  },
  view: (state) => ({ dependents: state.dependents.size }),
};

function idOf(delta: Delta): string {
  return `${delta.informer}|${objectKey(delta.object)}`;
}

function sameOwners(a: readonly OwnerReference[] | undefined, b: readonly OwnerReference[] | undefined): boolean {
  if (a === b) return true;
  if (a?.length !== b?.length) return false;
  return (a ?? []).every(
    (owner, i) => owner.uid === b?.[i]?.uid && owner.blockOwnerDeletion === b?.[i]?.blockOwnerDeletion,
  );
}

/** Takes over an object's owners, and looks closer when one of them is not there or on its way out. */
function relate(state: GarbageCollectorState, delta: Delta, context: ControllerContext): void {
  const { uid = '', namespace, ownerReferences: owners = [] } = delta.object.metadata;
  const id = idOf(delta);
  if (owners.length > 0) state.dependents.set(id, { uid, owners });
  else state.dependents.delete(id);
  for (const owner of owners) {
    const found = ownerIn(owner, namespace, context);
    if (found?.metadata.uid !== owner.uid || waitsForDependents(found)) context.enqueue(DELETE + id);
  }
  releaseOwners(delta.old?.metadata.ownerReferences, namespace, context);
}

function ownerIn(
  owner: OwnerReference,
  namespace: string | undefined,
  context: ControllerContext,
): KubernetesObject | undefined {
  const id = placeOf(owner, namespace)?.id;
  return id === undefined ? undefined : objectAt(id, context);
}

/** Owners that wait for their dependents may be able to go now. */
function releaseOwners(
  owners: readonly OwnerReference[] | undefined,
  namespace: string | undefined,
  context: ControllerContext,
): void {
  for (const owner of owners ?? []) {
    const id = placeOf(owner, namespace)?.id;
    if (id !== undefined && waitsForDependents(objectAt(id, context))) context.enqueue(DELETE + id);
  }
}

function beginDeletion(state: GarbageCollectorState, delta: Delta, context: ControllerContext): void {
  const { object, old } = delta;
  const id = idOf(delta);
  if (object.metadata.finalizers?.includes(ORPHAN)) context.enqueue(ORPHAN_KEY + id);
  if (!waitsForDependents(object) || waitsForDependents(old)) return;
  for (const dependent of state.dependents.keysBy('owner', object.metadata.uid ?? ''))
    context.enqueue(DELETE + dependent);
  context.enqueue(DELETE + id);
}

function forget(state: GarbageCollectorState, delta: Delta, context: ControllerContext): void {
  const { uid = '', name, namespace, ownerReferences } = delta.object.metadata;
  state.dependents.delete(idOf(delta));
  const dependents = state.dependents.keysBy('owner', uid);
  if (dependents.size > 0) noteGone(state, uid);
  for (const dependent of dependents) context.enqueue(DELETE + dependent);
  if (delta.informer === 'nodes' && context.store('leases').has(`kube-node-lease/${name}`)) {
    noteGone(state, uid);
    context.enqueue(`${DELETE}leases|kube-node-lease/${name}`);
  }
  releaseOwners(ownerReferences, namespace, context);
}
