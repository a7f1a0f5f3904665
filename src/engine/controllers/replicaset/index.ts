import type { Pod, ReplicaSet } from '../../api/generated/types.ts';
import { controllerOf, isBeingDeleted } from '../../api/object.ts';
import { objectKey } from '../../client/informer.ts';
import type { Delta } from '../../client/state.ts';
import type { Table } from '../../kernel/table.ts';
import { observeOwner, observePod } from '../claims.ts';
import type { Controller, ControllerContext } from '../controller.ts';
import { creationObserved, deletionObserved, forgetExpectations } from '../expectations.ts';
import { proceed, type Round, reconcile } from './reconcile.ts';
import { countPod, createState, observeSet, ownerKeyOf, type ReplicaSetState } from './state.ts';

/**
 * Keeps as many pods as each ReplicaSet asks for. Source: pkg/controller/replicaset/replica_set.go
 */
export const replicaSetController: Controller<ReplicaSetState> = {
  name: 'replicaset-controller',
  watches: ['replicasets', 'pods'],
  workers: 5,
  create: createState,
  observe(state, delta, context) {
    if (delta.informer === 'pods') takePod(state, delta, context);
    else takeSet(state, delta, context);
  },
  sync: reconcile,
  resume: (state, key, progress, answers, context) =>
    proceed(state, key, progress as unknown as Round, answers, context),
  view: (state) => ({ replicaSets: state.counts.size, expecting: state.expectations.byOwner.size }),
};

function takeSet(state: ReplicaSetState, delta: Delta, context: ControllerContext): void {
  const set = delta.object as ReplicaSet;
  const key = objectKey(set);
  const pods = context.store<Pod>('pods');
  if (delta.type === 'delete' || (delta.old && delta.old.metadata.uid !== set.metadata.uid)) {
    forgetExpectations(state.expectations, key);
  }
  observeSet(state, delta, pods);
  observeOwner(state.claims, delta, pods);
  context.enqueue(key);
}

function takePod(state: ReplicaSetState, delta: Delta, context: ControllerContext): void {
  const pod = delta.object as Pod;
  const sets = context.store<ReplicaSet>('replicasets');
  countPod(state, delta, sets);
  for (const key of observePod(state.claims, delta)) context.enqueue(key);
  const isGoing = delta.type === 'delete' || isBeingDeleted(pod);
  if (isGoing) deletionObserved(state.expectations, objectKey(pod));
  const owner = wake(pod, sets, context);
  if (owner !== undefined && delta.type === 'add' && !isGoing) creationObserved(state.expectations, owner);
  if (delta.old && controllerOf(delta.old)?.uid !== controllerOf(pod)?.uid) wake(delta.old as Pod, sets, context);
}

/** Puts the ReplicaSet that controls the pod into the queue; gives its key. */
function wake(pod: Pod, sets: Table<ReplicaSet>, context: ControllerContext): string | undefined {
  const key = ownerKeyOf(pod);
  if (key === undefined || sets.get(key)?.metadata.uid !== controllerOf(pod)?.uid) return undefined;
  context.enqueue(key);
  return key;
}
