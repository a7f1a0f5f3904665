import type { Node, Pod } from '../../api/generated/types.ts';
import { toRFC3339 } from '../../api/time.ts';
import { objectKey } from '../../client/informer.ts';
import { type Answer, type Call, isSuccess } from '../../client/messages.ts';
import { defineTable, type Table } from '../../kernel/table.ts';
import { type Controller, type ControllerContext, DONE, type Outcome } from '../controller.ts';
import { patchOfCondition } from '../pod-control.ts';

interface PodGcState {
  /** Pods that have ended, by `namespace/name`. */
  readonly ended: Table<true>;
  /** Pods that are being deleted and were never bound. */
  readonly unbound: Table<true>;
  /** Nodes with the out-of-service taint. */
  readonly outOfService: Table<true>;
  /** Nodes that pods name but that do not exist, and since when they are in quarantine (-1: not yet). */
  readonly missing: Table<number>;
}

const newFlags = defineTable<true>('pod-gc/flags');
const newTimes = defineTable<number>('pod-gc/times');

const PERIOD_MS = 20_000;
const QUARANTINE_MS = 40_000;
/** `--terminated-pod-gc-threshold`. */
const MAX_ENDED = 12_500;
const OUT_OF_SERVICE = 'node.kubernetes.io/out-of-service';

/**
 * Every 20 s takes away pods that nobody else does: too many ended ones, those of nodes that are gone, those that end on
 * a node out of service, and those that end without ever having been bound. It keeps candidates and never looks at all
 * pods. Keys are `node/<node>` (is it really gone?), `orphan/<pod>` and `pod/<pod>`.
 * Source: pkg/controller/podgc/gc_controller.go
 */
export const podGc: Controller<PodGcState> = {
  name: 'pod-garbage-collector-controller',
  serviceAccount: 'pod-garbage-collector',
  watches: ['pods', 'nodes'],
  workers: 1,
  create: () => ({ ended: newFlags(), unbound: newFlags(), outOfService: newFlags(), missing: newTimes() }),
  start: (_state, context) => context.setTimer('collect', PERIOD_MS, { periodic: true }),
  observe(state, { informer, type, object }, context) {
    if (informer === 'nodes') observeNode(state, object as Node, type === 'delete', context);
    else observePod(state, object as Pod, type === 'delete', context);
  },
  timer: collect,
  sync(_state, key, context) {
    const slash = key.indexOf('/');
    const name = key.slice(slash + 1);
    if (key.startsWith('node/')) {
      const isBack = context.store('nodes').has(name);
      return isBack ? DONE : { calls: [{ method: 'GET', path: `/api/v1/nodes/${name}` }], progress: 'looked' };
    }
    const pod = context.store<Pod>('pods').get(name);
    if (pod === undefined) return DONE;
    const fail = failing(pod, key.startsWith('orphan/'), context);
    return fail ? { calls: [fail], progress: 'failed' } : { calls: [deletion(name)], progress: 'deleted' };
  },
  resume: (state, key, progress, [answer], context) =>
    advance(state, key, progress as string, answer as Answer, context),
  view: (state) => ({ ended: state.ended.size, missing: [...state.missing.entries()].slice(0, 10) }),
};

function observeNode(state: PodGcState, node: Node, isGone: boolean, context: ControllerContext): void {
  const { name } = node.metadata;
  if (isGone) {
    state.outOfService.delete(name);
    if (context.store('pods').keysBy('node', name).size > 0) state.missing.set(name, -1);
    return;
  }
  state.missing.delete(name);
  if (node.spec.taints?.some((taint) => taint.key === OUT_OF_SERVICE)) state.outOfService.set(name, true);
  else state.outOfService.delete(name);
}

function observePod(state: PodGcState, pod: Pod, isGone: boolean, context: ControllerContext): void {
  const phase = pod.status?.phase;
  const node = pod.spec?.nodeName;
  const isEnding = pod.metadata.deletionTimestamp !== undefined;
  const hasEnded = phase === 'Succeeded' || phase === 'Failed';
  // Most changes concern pods that live on a known node.
  if (!isGone && !hasEnded && node !== undefined && !isEnding && context.store('nodes').has(node)) return;
  const key = objectKey(pod);
  mark(state.ended, key, !isGone && hasEnded);
  mark(state.unbound, key, !isGone && isEnding && node === undefined);
  if (!isGone && node !== undefined && !context.store('nodes').has(node) && !state.missing.has(node))
    state.missing.set(node, -1);
}

function mark(table: Table<true>, key: string, isIn: boolean): void {
  if (!isIn) table.delete(key);
  else if (!table.has(key)) table.set(key, true);
}

function collect(state: PodGcState, _name: string, context: ControllerContext): void {
  context.setTimer('collect', PERIOD_MS, { periodic: true });
  if (state.ended.size > MAX_ENDED) for (const key of surplus(state, context)) context.enqueue(`pod/${key}`);
  for (const [name, since] of [...state.missing.entries()]) {
    if (context.store('nodes').has(name) || context.store('pods').keysBy('node', name).size === 0)
      state.missing.delete(name);
    else if (since < 0) state.missing.set(name, context.now);
    else if (context.now - since >= QUARANTINE_MS) context.enqueue(`node/${name}`);
  }
  for (const name of state.outOfService.keys()) {
    const node = context.store<Node>('nodes').get(name);
    const ready = node?.status?.conditions?.find((condition) => condition.type === 'Ready');
    if (ready?.status === 'True') continue;
    for (const pod of context.store<Pod>('pods').by('node', name)) {
      if (pod.metadata.deletionTimestamp !== undefined) context.enqueue(`pod/${objectKey(pod)}`);
    }
  }
  for (const key of state.unbound.keys()) context.enqueue(`pod/${key}`);
}

/** Evicted pods first, then the oldest. */
function surplus(state: PodGcState, context: ControllerContext): string[] {
  const pods = [...state.ended.keys()].map((key) => context.store<Pod>('pods').get(key) as Pod);
  const rank = (pod: Pod) =>
    `${pod.status?.reason === 'Evicted' ? 0 : 1}${pod.metadata.creationTimestamp}${objectKey(pod)}`;
  const ranked = pods.map((pod) => ({ key: objectKey(pod), rank: rank(pod) }));
  ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1));
  return ranked.slice(0, ranked.length - MAX_ENDED).map(({ key }) => key);
}

function advance(
  state: PodGcState,
  key: string,
  progress: string,
  answer: Answer,
  context: ControllerContext,
): Outcome {
  const name = key.slice(key.indexOf('/') + 1);
  if (progress === 'looked') {
    if (isSuccess(answer)) state.missing.delete(name);
    else if (answer.status !== 404) return DONE;
    else for (const pod of context.store('pods').keysBy('node', name)) context.enqueue(`orphan/${pod}`);
    return DONE;
  }
  // The next pass tries again.
  if (!isSuccess(answer) || progress === 'deleted') return DONE;
  return { calls: [deletion(name)], progress: 'deleted' };
}

/** A pod that has not ended by itself has failed; why is told of those whose node is gone. */
function failing(pod: Pod, isOrphan: boolean, context: ControllerContext): Call | undefined {
  const { name, namespace, uid, generation } = pod.metadata;
  const phase = pod.status?.phase;
  if (phase === 'Succeeded' || phase === 'Failed') return undefined;
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    ...(generation !== undefined && { observedGeneration: generation }),
    lastTransitionTime: toRFC3339(context.wallNow),
    reason: 'DeletionByPodGC',
    message: 'PodGC: node no longer exists',
  };
  return {
    method: 'PATCH',
    path: `/api/v1/namespaces/${namespace}/pods/${name}/status`,
    contentType: 'application/strategic-merge-patch+json',
    body: { metadata: { uid }, status: { phase: 'Failed', ...(isOrphan && patchOfCondition(pod, condition)) } },
  };
}

function deletion(key: string): Call {
  const slash = key.indexOf('/');
  const path = `/api/v1/namespaces/${key.slice(0, slash)}/pods/${key.slice(slash + 1)}`;
  return { method: 'DELETE', path, body: { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 } };
}
