import type { OwnerReference } from '../../api/generated/types.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { collectionPath, type Resource, resourceOfKind } from '../../api/resources.ts';
import { type Answer, type Call, isSuccess } from '../../client/messages.ts';
import { type ControllerContext, DONE, type Outcome } from '../controller.ts';
import {
  FOREGROUND,
  type GarbageCollectorState,
  noteGone,
  ORPHAN,
  objectAt,
  placeOf,
  waitsForDependents,
} from './state.ts';

/** What an owner is to its dependent. */
type Standing = 'solid' | 'waiting' | 'absent';

/**
 * Looks at one object: deletes it when all its owners are gone, drops references to those that are gone while others
 * remain, and lets an object that waits for its dependents go once none blocks it any more.
 * Source: pkg/controller/garbagecollector/garbagecollector.go (attemptToDeleteItem)
 */
export function attemptToDelete(
  state: GarbageCollectorState,
  id: string,
  context: ControllerContext,
  verified: ReadonlyMap<string, Standing> = new Map(),
): Outcome {
  const object = objectAt(id, context);
  if (object === undefined) return DONE;
  const uid = object.metadata.uid ?? '';
  if (object.metadata.deletionTimestamp !== undefined) {
    if (!waitsForDependents(object) || state.dependents.keysBy('blocks', uid).size > 0) return DONE;
    return { calls: [withoutFinalizer(object, FOREGROUND)] };
  }
  const owners = object.metadata.ownerReferences ?? [];
  if (owners.length === 0) return DONE;
  const standings = owners.map((owner) => verified.get(owner.uid) ?? standingOf(state, owner, object, context));
  const unknown = owners.filter((_owner, i) => standings[i] === undefined);
  if (unknown.length > 0) return verify(unknown, object);
  const doomed = owners.filter((_owner, i) => standings[i] !== 'solid');
  if (doomed.length < owners.length) return doomed.length === 0 ? DONE : { calls: [withoutOwners(object, doomed)] };
  const hasDependents = state.dependents.keysBy('owner', uid).size > 0;
  if (standings.includes('waiting') && hasDependents) return { calls: [deletion(object, 'Foreground')] };
  const finalizers = object.metadata.finalizers ?? [];
  const asked = finalizers.includes(ORPHAN) ? 'Orphan' : finalizers.includes(FOREGROUND) ? 'Foreground' : 'Background';
  return { calls: [deletion(object, asked)] };
}

/** Undefined when only the API can tell. */
function standingOf(
  state: GarbageCollectorState,
  owner: OwnerReference,
  object: KubernetesObject,
  context: ControllerContext,
): Standing | undefined {
  const place = placeOf(owner, object.metadata.namespace);
  // A kind that nobody serves cannot be proved absent.
  if (place === undefined) return 'solid';
  const known = place.id === undefined ? undefined : objectAt(place.id, context);
  if (known !== undefined && known.metadata.uid === owner.uid) return waitsForDependents(known) ? 'waiting' : 'solid';
  return state.gone.has(owner.uid) ? 'absent' : undefined;
}

/** Asks the API for owners that the caches do not have: they may be newer than the caches, or gone. */
function verify(owners: readonly OwnerReference[], object: KubernetesObject): Outcome {
  const calls = owners.map((owner): Call => {
    const path = placeOf(owner, object.metadata.namespace)?.path as string;
    return { method: 'GET', path };
  });
  return { calls, progress: owners.map((owner) => owner.uid) };
}

export function takeVerified(
  state: GarbageCollectorState,
  id: string,
  uids: readonly string[],
  answers: readonly Answer[],
  context: ControllerContext,
): Outcome {
  const verified = new Map<string, Standing>();
  for (const [i, uid] of uids.entries()) {
    const answer = answers[i] as Answer;
    const found = answer.body as KubernetesObject | undefined;
    if (isSuccess(answer) && found?.metadata.uid === uid) {
      verified.set(uid, waitsForDependents(found) ? 'waiting' : 'solid');
    } else if (isSuccess(answer) || answer.status === 404) {
      noteGone(state, uid);
      verified.set(uid, 'absent');
    } else return { retry: String(answer.status) };
  }
  return attemptToDelete(state, id, context, verified);
}

/**
 * Sets the dependents of an object free, then lets it go.
 * Source: pkg/controller/garbagecollector/garbagecollector.go (attemptToOrphanWorker)
 */
export function attemptToOrphan(state: GarbageCollectorState, id: string, context: ControllerContext): Outcome {
  const object = objectAt(id, context);
  if (object?.metadata.deletionTimestamp === undefined || !object.metadata.finalizers?.includes(ORPHAN)) return DONE;
  const uid = object.metadata.uid ?? '';
  const calls: Call[] = [];
  for (const key of state.dependents.keysBy('owner', uid)) {
    const dependent = objectAt(key, context);
    const owners = dependent?.metadata.ownerReferences?.filter((owner) => owner.uid === uid) ?? [];
    if (dependent !== undefined && owners.length > 0) calls.push(withoutOwners(dependent, owners));
  }
  return calls.length > 0 ? { calls, progress: 'orphaned' } : { calls: [withoutFinalizer(object, ORPHAN)] };
}

export function afterOrphaning(id: string, answers: readonly Answer[], context: ControllerContext): Outcome {
  const failed = answers.find((answer) => !isSuccess(answer) && answer.status !== 404);
  if (failed) return { retry: String(failed.status) };
  const object = objectAt(id, context);
  return object?.metadata.finalizers?.includes(ORPHAN) ? { calls: [withoutFinalizer(object, ORPHAN)] } : DONE;
}

function selfPath(object: KubernetesObject): string {
  const resource = resourceOfKind(object.apiVersion, object.kind) as Resource;
  return `${collectionPath(resource, object.metadata.namespace)}/${object.metadata.name}`;
}

function deletion(object: KubernetesObject, propagationPolicy: 'Orphan' | 'Foreground' | 'Background'): Call {
  const preconditions = { uid: object.metadata.uid };
  const body = { kind: 'DeleteOptions', apiVersion: 'v1', preconditions, propagationPolicy };
  return { method: 'DELETE', path: selfPath(object), body };
}

function withoutOwners(object: KubernetesObject, owners: readonly OwnerReference[]): Call {
  const ownerReferences = owners.map((owner) => ({ $patch: 'delete', uid: owner.uid }));
  return {
    method: 'PATCH',
    path: selfPath(object),
    contentType: 'application/strategic-merge-patch+json',
    body: { metadata: { ownerReferences, uid: object.metadata.uid } },
  };
}

function withoutFinalizer(object: KubernetesObject, finalizer: string): Call {
  const { resourceVersion, finalizers = [] } = object.metadata;
  const left = finalizers.filter((name) => name !== finalizer);
  return {
    method: 'PATCH',
    path: selfPath(object),
    contentType: 'application/merge-patch+json',
    body: { metadata: { resourceVersion, finalizers: left.length > 0 ? left : null } },
  };
}
