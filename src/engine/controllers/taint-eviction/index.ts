import type { Node, Pod, Taint } from '../../api/generated/types.ts';
import { toRFC3339 } from '../../api/time.ts';
import { objectKey } from '../../client/informer.ts';
import { isSuccess } from '../../client/messages.ts';
import { defineTable, type Table } from '../../kernel/table.ts';
import { type Controller, type ControllerContext, DONE } from '../controller.ts';
import { patchOfCondition } from '../pod-control.ts';
import { tolerationMs } from './tolerations.ts';

interface TaintEvictionState {
  /** NoExecute taints by node. */
  readonly tainted: Table<readonly Taint[]>;
  /** Pods whose toleration runs out, by `namespace/name`: when. */
  readonly scheduled: Table<number>;
}

const newTainted = defineTable<readonly Taint[]>('taint-eviction/tainted');
const newScheduled = defineTable<number>('taint-eviction/scheduled');
const MAX_TRIES = 5;

/**
 * Deletes pods that do not tolerate a NoExecute taint of their node, once the time that they tolerate it is over.
 * A timer that runs is kept however the taints change, until they are gone. Its keys are pods whose time has come.
 * Source: pkg/controller/tainteviction/taint_eviction.go
 */
export const taintEvictionController: Controller<TaintEvictionState> = {
  name: 'taint-eviction-controller',
  serviceAccount: 'node-controller',
  watches: ['nodes', 'pods'],
  workers: 8,
  maxRetries: MAX_TRIES,
  create: () => ({ tainted: newTainted(), scheduled: newScheduled() }),
  observe(state, delta, context) {
    if (delta.informer === 'nodes')
      return observeNode(
        state,
        delta.type === 'delete' ? undefined : (delta.object as Node),
        delta.object.metadata.name,
        context,
      );
    const pod = delta.object as Pod;
    const key = objectKey(pod);
    if (delta.type === 'delete') {
      if (state.scheduled.size > 0) cancel(state, key, pod, context, false);
      return;
    }
    const node = pod.spec?.nodeName;
    const taints = node === undefined || state.tainted.size === 0 ? undefined : state.tainted.get(node);
    if (taints === undefined) return;
    const old = delta.old as Pod | undefined;
    if (old === undefined || old.spec?.nodeName !== node || old.spec?.tolerations !== pod.spec?.tolerations) {
      weigh(state, key, pod, taints, context);
    }
  },
  timer(state, key, context) {
    state.scheduled.delete(key);
    context.enqueue(key);
  },
  sync(_state, key, context) {
    const pod = context.store<Pod>('pods').get(key);
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined) return DONE;
    context.event(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${key}`);
    const { namespace, name, uid, generation } = pod.metadata;
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      ...(generation !== undefined && { observedGeneration: generation }),
      lastTransitionTime: toRFC3339(context.wallNow),
      reason: 'DeletionByTaintManager',
      message: 'Taint manager: deleting due to NoExecute taint',
    };
    const patch = {
      method: 'PATCH' as const,
      path: `/api/v1/namespaces/${namespace}/pods/${name}/status`,
      contentType: 'application/strategic-merge-patch+json',
      body: { metadata: { uid }, status: patchOfCondition(pod, condition) },
    };
    return { calls: [patch], progress: 'marked' };
  },
  resume(_state, key, progress, [answer]) {
    if (answer === undefined || answer.status === 404) return DONE;
    if (!isSuccess(answer)) return { retry: String(answer.status) };
    if (progress === 'deleted') return DONE;
    const slash = key.indexOf('/');
    const path = `/api/v1/namespaces/${key.slice(0, slash)}/pods/${key.slice(slash + 1)}`;
    return { calls: [{ method: 'DELETE', path }], progress: 'deleted' };
  },
  view: (state) => ({
    tainted: [...state.tainted.keys()].slice(0, 20),
    scheduled: state.scheduled.size,
    next: [...state.scheduled.entries()].slice(0, 5),
  }),
};

function observeNode(
  state: TaintEvictionState,
  node: Node | undefined,
  name: string,
  context: ControllerContext,
): void {
  const before = state.tainted.get(name);
  const taints = node?.spec.taints?.filter((taint) => taint.effect === 'NoExecute') ?? [];
  if (before === undefined && taints.length === 0) return;
  if (before !== undefined && isSame(before, taints)) return;
  if (taints.length > 0) state.tainted.set(name, taints);
  else state.tainted.delete(name);
  if (node === undefined) return;
  for (const pod of context.store<Pod>('pods').by('node', name)) {
    const key = objectKey(pod);
    if (taints.length > 0) weigh(state, key, pod, taints, context);
    else cancel(state, key, pod, context, true);
  }
}

function isSame(a: readonly Taint[], b: readonly Taint[]): boolean {
  return a.length === b.length && a.every((taint, i) => taint.key === b[i]?.key && taint.value === b[i]?.value);
}

/** Decides what a pod's tolerations are worth under its node's taints. */
function weigh(
  state: TaintEvictionState,
  key: string,
  pod: Pod,
  taints: readonly Taint[],
  context: ControllerContext,
): void {
  const afterMs = tolerationMs(pod, taints);
  if (afterMs === 0) {
    cancel(state, key, pod, context, false);
    context.enqueue(key);
  } else if (afterMs === Number.POSITIVE_INFINITY) {
    cancel(state, key, pod, context, true);
  } else if (!state.scheduled.has(key)) {
    state.scheduled.set(key, context.now + afterMs);
    context.setTimer(key, afterMs, { periodic: false });
  }
}

function cancel(state: TaintEvictionState, key: string, pod: Pod, context: ControllerContext, isSpared: boolean): void {
  if (state.scheduled.delete(key) === undefined) return;
  context.cancelTimer(key);
  if (isSpared) context.event(pod, 'Normal', 'TaintManagerEviction', `Cancelling deletion of Pod ${key}`);
}
