import type { Node, Pod } from '../api/generated/types.ts';
import type { Delta } from '../client/state.ts';
import { podKeyOf } from './cache.ts';
import type { SchedulerCore } from './core.ts';
import { type ClusterEvent, hasNewLabels, isNodeEvent } from './events.ts';
import { sameRecord } from './node-changes.ts';

/** When and through which message the scheduler learned of something. */
export interface Moment {
  readonly now: number;
  readonly cause: number;
}

/**
 * Takes one change of the informers into cache and queue.
 * Source: pkg/scheduler/eventhandlers.go
 */
export function observe(core: SchedulerCore, { informer, type, object, old }: Delta, moment: Moment): void {
  switch (informer) {
    case 'nodes':
      observeNode(core, type, object as Node, old as Node | undefined, moment);
      break;
    case 'pods':
      observePod(core, type, object as Pod, old as Pod | undefined, moment);
      break;
    case 'namespaces': {
      const labels = type === 'delete' ? undefined : (object.metadata.labels ?? {});
      if (type !== 'update' || !sameRecord(labels, old?.metadata.labels)) {
        core.cache.groups.setNamespace(object.metadata.name, labels);
      }
      break;
    }
    default:
      if (type === 'delete') core.cache.workloads.delete(object);
      else core.cache.workloads.set(object);
  }
}

function observeNode(
  core: SchedulerCore,
  type: Delta['type'],
  node: Node,
  old: Node | undefined,
  moment: Moment,
): void {
  if (type === 'delete') {
    core.cache.removeNode(node.metadata.name);
    move(core, { type: 'nodeDeleted', node }, moment);
    return;
  }
  core.cache.setNode(node);
  if (old === undefined) move(core, { type: 'nodeAdded', node }, moment);
  else if (isNodeEvent(old, node)) move(core, { type: 'nodeUpdated', old, node }, moment);
}

function observePod(core: SchedulerCore, type: Delta['type'], pod: Pod, old: Pod | undefined, moment: Moment): void {
  // A pod that was deleted and made again under its name comes as one update when the watch had a gap.
  if (type === 'update' && old !== undefined && old.metadata.uid !== pod.metadata.uid) {
    removePod(core, old, moment);
    setPod(core, pod, undefined, moment);
  } else if (type === 'delete') {
    removePod(core, pod, moment);
  } else {
    setPod(core, pod, old, moment);
  }
}

function setPod(core: SchedulerCore, pod: Pod, old: Pod | undefined, moment: Moment): void {
  const { cache, queue } = core;
  const key = podKeyOf(pod);
  if (!pod.spec.nodeName) {
    if (core.profileFor(pod) === undefined || core.bindings.has(key)) return;
    if (old === undefined) queue.add(pod, moment.now, moment.cause);
    else queue.update(old, pod, moment.now, moment.cause);
    return;
  }
  const wasPlaced = !!old?.spec.nodeName;
  if (!wasPlaced) queue.delete(key);
  cache.setPod(pod);
  if (!wasPlaced) move(core, { type: 'podAdded', pod }, moment);
  else if (hasNewLabels(old, pod) || old.spec.containers !== pod.spec.containers) {
    move(core, { type: 'podUpdated', old, pod }, moment);
  }
}

function removePod(core: SchedulerCore, pod: Pod, moment: Moment): void {
  const key = podKeyOf(pod);
  core.queue.delete(key);
  core.bindings.delete(key);
  core.decisions.delete(key);
  const wasCounted = core.cache.placedPod(key) !== undefined;
  core.cache.removePod(key);
  if (wasCounted) move(core, { type: 'podDeleted', pod }, moment);
}

function move({ queue }: SchedulerCore, event: ClusterEvent, { now, cause }: Moment): void {
  queue.move(event, now, cause);
}
