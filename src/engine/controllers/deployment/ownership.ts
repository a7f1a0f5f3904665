import type { Deployment, Pod, ReplicaSet } from '../../api/generated/types.ts';
import { controllerOf, controllerReference, isBeingDeleted, type KubernetesObject } from '../../api/object.ts';
import { selects } from '../../api/selectors.ts';
import { deepEqual } from '../../api/share.ts';
import { objectKey } from '../../client/informer.ts';
import type { Call } from '../../client/messages.ts';
import type { Delta } from '../../client/state.ts';
import type { Table } from '../../kernel/table.ts';
import type { ControllerContext } from '../controller.ts';
import { isFinished } from '../pod-control.ts';

/** ReplicaSets that the Deployment controls. */
export function ownedSets(deployment: Deployment, context: ControllerContext): ReplicaSet[] {
  return context.store<ReplicaSet>('replicasets').by('controller', deployment.metadata.uid ?? '');
}

/** ReplicaSets to adopt (selected, without a controller) and to release (its own, but no longer selected). */
export function claimsOf(
  deployment: Deployment,
  owned: readonly ReplicaSet[],
  context: ControllerContext,
): ReplicaSet[] {
  if (isBeingDeleted(deployment)) return [];
  const { selector } = deployment.spec;
  const released = owned.filter((set) => !selects(selector, set.metadata.labels));
  const store = context.store<ReplicaSet>('replicasets');
  const orphans = store.keysBy('orphan', deployment.metadata.namespace ?? '');
  for (const key of orphans) {
    const set = store.get(key) as ReplicaSet;
    if (!isBeingDeleted(set) && selects(selector, set.metadata.labels)) released.push(set);
  }
  return released;
}

/** The patch that adopts an orphan, or releases a ReplicaSet of this Deployment. */
export function claimSet(deployment: Deployment, set: ReplicaSet): Call {
  const { uid } = set.metadata;
  const reference = controllerOf(set)
    ? { $patch: 'delete', uid: deployment.metadata.uid }
    : controllerReference(deployment);
  return {
    method: 'PATCH',
    path: pathOfSet(set),
    contentType: 'application/strategic-merge-patch+json',
    body: { metadata: { ownerReferences: [reference], uid } },
  };
}

/** Wakes the Deployment of a ReplicaSet; of an orphan, every one that might adopt it. */
export function takeSet(delta: Delta, context: ControllerContext): void {
  const set = delta.object as ReplicaSet;
  const deployments = context.store<Deployment>('deployments');
  const old = delta.old && controllerOf(delta.old);
  const current = controllerOf(set);
  if (old && old.uid !== current?.uid) wake(delta.old as KubernetesObject, deployments, context);
  if (current) {
    wake(set, deployments, context);
    return;
  }
  const isSame = delta.old && !old && deepEqual(delta.old.metadata.labels, set.metadata.labels);
  if (delta.type === 'delete' || isSame) return;
  for (const key of deployments.keysBy('namespace', set.metadata.namespace ?? '')) {
    if (selects(deployments.get(key)?.spec.selector, set.metadata.labels)) context.enqueue(key);
  }
}

function wake(
  set: KubernetesObject,
  deployments: Table<Deployment>,
  context: ControllerContext,
): Deployment | undefined {
  const deployment = deploymentOf(set, deployments);
  if (deployment) context.enqueue(objectKey(deployment));
  return deployment;
}

function deploymentOf(set: KubernetesObject, deployments: Table<Deployment>): Deployment | undefined {
  const owner = controllerOf(set);
  if (owner?.kind !== 'Deployment') return undefined;
  const deployment = deployments.get(`${set.metadata.namespace}/${owner.name}`);
  return deployment?.metadata.uid === owner.uid ? deployment : undefined;
}

/** Recreate goes on when the last pod is gone. */
export function takeDeletedPod(pod: Pod, context: ControllerContext): void {
  const owner = controllerOf(pod);
  if (owner?.kind !== 'ReplicaSet') return;
  const set = context.store<ReplicaSet>('replicasets').get(`${pod.metadata.namespace}/${owner.name}`);
  const deployment = set && deploymentOf(set, context.store<Deployment>('deployments'));
  if (deployment?.spec.strategy?.type !== 'Recreate') return;
  const pods = context.store<Pod>('pods');
  const isEmpty = ownedSets(deployment, context).every(({ metadata }) => {
    return pods.keysBy('controller', metadata.uid ?? '').size === 0;
  });
  if (isEmpty) context.enqueue(objectKey(deployment));
}

/** Whether a pod of another ReplicaSet than the new one has not finished yet, be it terminating. */
export function hasRunningPods(
  deployment: Deployment,
  sets: readonly ReplicaSet[],
  newSet: ReplicaSet | undefined,
  context: ControllerContext,
): boolean {
  const pods = context.store<Pod>('pods');
  return sets.some((set) => {
    if (set === newSet) return false;
    for (const key of pods.keysBy('controller', set.metadata.uid ?? '')) {
      const pod = pods.get(key) as Pod;
      if (!isFinished(pod) && selects(deployment.spec.selector, pod.metadata.labels)) return true;
    }
    return false;
  });
}

export function pathOfSet(set: ReplicaSet): string {
  return `/apis/apps/v1/namespaces/${set.metadata.namespace}/replicasets/${set.metadata.name}`;
}
