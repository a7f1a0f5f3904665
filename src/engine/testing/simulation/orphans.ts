import type { OwnerReference } from '../../api/generated/types.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { collectionPath, type Resource, resourceOfBareKind, resourceOfKind } from '../../api/resources.ts';
import { storageKey } from '../../api/storage-keys.ts';
import { garbageCollector } from '../../controllers/garbage-collector/index.ts';
import type { GarbageCollectorState } from '../../controllers/garbage-collector/state.ts';
import type { ControllerManagerState } from '../../controllers/state.ts';
import type { SimulatedCluster } from '../../index.ts';
import type { Act } from './acts.ts';
import { remove } from './workload.ts';

/** An object, and an owner of it that is gone. */
interface Orphan {
  readonly object: KubernetesObject;
  readonly owner: OwnerReference;
}

const OWNED_KINDS = ['Pod', 'ReplicaSet', 'EndpointSlice', 'ControllerRevision'];

/** All that names an owner that does not exist (any more). */
export function* orphans(cluster: SimulatedCluster): Generator<Orphan> {
  for (const object of OWNED_KINDS.flatMap((kind) => cluster.list(kind))) {
    for (const owner of object.metadata.ownerReferences ?? []) {
      const resource = resourceOfKind(owner.apiVersion, owner.kind);
      const key = resource && storageKey(resource, object.metadata.namespace, owner.name);
      const there = key === undefined ? undefined : cluster.store()?.keys.get(key)?.value;
      if (there?.metadata.uid !== owner.uid) yield { object, owner };
    }
  }
}

/**
 * Deletes, as a user does, what the garbage collector does not know to be left over: its owner was deleted and made anew
 * between two lists. To an informer that is one update, so nobody tells of the old owner's end. Source:
 * pkg/controller/garbagecollector/graph_builder.go (processGraphChanges)
 */
export function deleteForgotten(cluster: SimulatedCluster): Act[] {
  const forgotten = [...orphans(cluster)].filter(({ owner }) => !isKnownToBeGone(cluster, owner.uid));
  return forgotten.map(({ object: { kind, metadata } }) => {
    const collection = collectionPath(resourceOfBareKind(kind) as Resource, metadata.namespace);
    return remove(`${collection}/${metadata.name}`, 'Background');
  });
}

/** The garbage collector that works has heard of its end: then what it owned is to be deleted by it. */
function isKnownToBeGone({ kernel }: SimulatedCluster, uid: string): boolean {
  return [...kernel.processes.values()].some(({ component, state }) => {
    if (component !== 'controller-manager') return false;
    const { running, controllers } = (state as ControllerManagerState).manager;
    const collector = controllers[garbageCollector.name]?.own as GarbageCollectorState;
    return running && collector.gone.has(uid);
  });
}
