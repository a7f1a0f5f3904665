import type { DaemonSet, Pod } from '../../api/generated/types.ts';
import { controllerOf, isBeingDeleted, type KubernetesObject } from '../../api/object.ts';
import { objectKey } from '../../client/informer.ts';
import type { Delta } from '../../client/state.ts';
import { observeOwner, observePod } from '../claims.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { creationObserved, deletionObserved } from '../expectations.ts';
import { proceed, type Round, reconcile } from './reconcile.ts';
import { createState, type DaemonSetState, forgetSet, trackNode, trackPod } from './state.ts';

/**
 * Keeps one pod of each DaemonSet on every node that it belongs on. Source: pkg/controller/daemon/daemon_controller.go
 */
export const daemonSetController: Controller<DaemonSetState> = {
  name: 'daemon-set-controller',
  eventSource: 'daemonset-controller',
  watches: ['daemonsets', 'controllerrevisions', 'pods', 'nodes'],
  workers: 2,
  create: createState,
  observe(state, delta, context) {
    switch (delta.informer) {
      case 'daemonsets':
        takeSet(state, delta, context);
        return;
      case 'pods':
        takePod(state, delta, context);
        return;
      case 'nodes':
        for (const key of trackNode(state, delta)) context.enqueue(key);
        return;
      default:
        wake(delta.object, context);
    }
  },
  sync: reconcile,
  resume: (state, key, progress, answers, context) =>
    proceed(state, key, progress as unknown as Round, answers, context),
  view: (state) => ({ daemonSets: state.known.size, spots: state.spots.size }),
};

function takeSet(state: DaemonSetState, delta: Delta, context: ControllerContext): void {
  const set = delta.object as DaemonSet;
  const key = objectKey(set);
  if (delta.type === 'delete' || (delta.old && delta.old.metadata.uid !== set.metadata.uid)) forgetSet(state, key);
  observeOwner(state.claims, delta, context.store<Pod>('pods'));
  context.enqueue(key);
}

function takePod(state: DaemonSetState, delta: Delta, context: ControllerContext): void {
  const pod = delta.object as Pod;
  for (const key of observePod(state.claims, delta)) context.enqueue(key);
  const isGoing = delta.type === 'delete' || isBeingDeleted(pod);
  if (isGoing) deletionObserved(state.expectations, objectKey(pod));
  trackPod(state, delta);
  const owner = wake(pod, context);
  if (owner !== undefined && delta.type === 'add' && !isGoing) creationObserved(state.expectations, owner);
  if (delta.old && controllerOf(delta.old)?.uid !== controllerOf(pod)?.uid) wake(delta.old, context);
}

/** Puts the DaemonSet that controls the object into the queue; gives its key. */
function wake(object: KubernetesObject, context: ControllerContext): string | undefined {
  const owner = controllerOf(object);
  if (owner?.kind !== 'DaemonSet') return undefined;
  const key = `${object.metadata.namespace}/${owner.name}`;
  if (context.store<DaemonSet>('daemonsets').get(key)?.metadata.uid !== owner.uid) return undefined;
  context.enqueue(key);
  return key;
}
