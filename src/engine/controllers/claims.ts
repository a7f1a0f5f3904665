import type { LabelSelector, Pod } from '../api/generated/types.ts';
import { controllerOf, controllerReference, isBeingDeleted, type KubernetesObject } from '../api/object.ts';
import { selects } from '../api/selectors.ts';
import { deepEqual } from '../api/share.ts';
import { objectKey } from '../client/informer.ts';
import type { Call } from '../client/messages.ts';
import type { Delta } from '../client/state.ts';
import { defineTable, type Table } from '../kernel/table.ts';
import { pathOfPod } from './pod-control.ts';

interface Owner {
  readonly uid: string;
  readonly namespace: string;
  readonly selector: LabelSelector;
}

interface Candidate {
  readonly owner: string;
  readonly pod: string;
}

/**
 * Who owns which pod, by selector: pods without a controller that an owner selects are to be adopted, its own pods that
 * it no longer selects are to be released. Found when a pod or an owner changes, so that no sync has to look at all pods
 * of a namespace. Source: pkg/controller/controller_ref_manager.go
 */
export interface Claims {
  readonly kind: string;
  readonly owners: Table<Owner>;
  readonly candidates: Table<Candidate>;
}

export type OwnerObject = KubernetesObject & { readonly spec: { readonly selector: LabelSelector } };

/** An owner is found by one of the pairs that its pods must have. */
const newOwners = defineTable<Owner>('controllers/claim-owners', {
  pair: ({ namespace, selector }) => {
    for (const key in selector.matchLabels) return `${namespace}/${key}=${selector.matchLabels[key]}`;
    return `${namespace}/`;
  },
});
const newCandidates = defineTable<Candidate>('controllers/claim-candidates', {
  owner: ({ owner }) => owner,
  pod: ({ pod }) => pod,
});

export function newClaims(kind: string): Claims {
  return { kind, owners: newOwners(), candidates: newCandidates() };
}

/** Takes a change of an owner: looks through the pods of its namespace when its selector is new. */
export function observeOwner(claims: Claims, delta: Delta, pods: Table<Pod>): void {
  const owner = delta.object as OwnerObject;
  const key = objectKey(owner);
  const known = claims.owners.get(key);
  if (delta.type === 'delete') {
    claims.owners.delete(key);
    forgetCandidates(claims, 'owner', key);
    return;
  }
  const uid = owner.metadata.uid ?? '';
  const { selector } = owner.spec;
  if (known?.uid === uid && deepEqual(known.selector, selector)) return;
  const namespace = owner.metadata.namespace ?? '';
  forgetCandidates(claims, 'owner', key);
  claims.owners.set(key, { uid, namespace, selector });
  for (const pod of pods.keysBy('orphan', namespace)) {
    if (selects(selector, pods.get(pod)?.metadata.labels)) addCandidate(claims, key, pod);
  }
  for (const pod of pods.keysBy('controller', uid)) {
    if (!selects(selector, pods.get(pod)?.metadata.labels)) addCandidate(claims, key, pod);
  }
}

/** Takes a change of a pod; gives the owners who should look at it because they may adopt it or must release it. */
export function observePod(claims: Claims, delta: Delta): readonly string[] {
  const pod = delta.object;
  const key = objectKey(pod);
  const { labels, namespace } = pod.metadata;
  const controller = controllerOf(pod);
  if (claims.candidates.size > 0) forgetCandidates(claims, 'pod', key);
  if (delta.type === 'delete') return NOBODY;
  if (controller !== undefined) {
    if (controller.kind !== claims.kind) return NOBODY;
    const name = `${namespace}/${controller.name}`;
    const owner = claims.owners.get(name);
    if (owner?.uid !== controller.uid || selects(owner.selector, labels)) return NOBODY;
    addCandidate(claims, name, key);
    return [name];
  }
  const found: string[] = [];
  for (const label in labels) findOwners(claims, `${namespace}/${label}=${labels[label]}`, pod, found);
  findOwners(claims, `${namespace}/`, pod, found);
  for (const name of found) addCandidate(claims, name, key);
  return found;
}

const NOBODY: readonly string[] = [];

/** What an owner has to adopt and to release, as far as it still holds. */
export function pendingClaims(claims: Claims, key: string, owner: OwnerObject, pods: Table<Pod>): readonly Pod[] {
  if (claims.candidates.keysBy('owner', key).size === 0) return [];
  return claims.candidates.by('owner', key).flatMap(({ pod }) => {
    const object = pods.get(pod);
    if (object === undefined || isBeingDeleted(owner)) return [];
    const adopts = controllerOf(object) === undefined;
    return adopts && isBeingDeleted(object) ? [] : [object];
  });
}

/** The patch that adopts an orphan or releases a pod of this owner, with the pod's uid as precondition. */
export function claimCall(pod: Pod, owner: KubernetesObject): Call {
  const { uid } = pod.metadata;
  const reference = controllerOf(pod) ? { $patch: 'delete', uid: owner.metadata.uid } : controllerReference(owner);
  return {
    method: 'PATCH',
    path: pathOfPod(pod.metadata.namespace as string, pod.metadata.name),
    contentType: 'application/strategic-merge-patch+json',
    body: { metadata: { ownerReferences: [reference], uid } },
  };
}

function findOwners(claims: Claims, pair: string, pod: KubernetesObject, found: string[]): void {
  for (const name of claims.owners.keysBy('pair', pair)) {
    const owner = claims.owners.get(name) as Owner;
    if (selects(owner.selector, pod.metadata.labels)) found.push(name);
  }
}

function addCandidate(claims: Claims, owner: string, pod: string): void {
  claims.candidates.set(`${owner} ${pod}`, { owner, pod });
}

function forgetCandidates(claims: Claims, index: 'owner' | 'pod', value: string): void {
  for (const key of [...claims.candidates.keysBy(index, value)]) claims.candidates.delete(key);
}
