import type { Pod, ReplicaSet } from '../../api/generated/types.ts';
import { controllerOf, type KubernetesObject } from '../../api/object.ts';
import { matchesAll, selects } from '../../api/selectors.ts';
import { deepEqual } from '../../api/share.ts';
import { objectKey } from '../../client/informer.ts';
import type { Delta } from '../../client/state.ts';
import { defineTable, type Table } from '../../kernel/table.ts';
import { type Claims, newClaims } from '../claims.ts';
import { type Expectations, newExpectations } from '../expectations.ts';
import { isActive, isFinished, isReady, readySince } from '../pod-control.ts';

/** What a ReplicaSet's pods come to. Kept up with every change of a pod, so that a sync need not look at the pods. */
export interface Counts {
  readonly uid: string;
  readonly active: number;
  readonly labeled: number;
  readonly ready: number;
  readonly terminating: number;
  /** When the last of its pods became ready, in ms: with minReadySeconds, nothing is waiting some time after that. */
  readonly lastReadyAt: number;
}

export interface ReplicaSetState {
  readonly counts: Table<Counts>;
  readonly expectations: Expectations;
  readonly claims: Claims;
}

const newCountsTable = defineTable<Counts>('replicaset/counts');

export function createState(): ReplicaSetState {
  return { counts: newCountsTable(), expectations: newExpectations(), claims: newClaims('ReplicaSet') };
}

/** Key of the ReplicaSet that controls the object, by name; its uid must still be compared. */
export function ownerKeyOf(object: KubernetesObject): string | undefined {
  const controller = controllerOf(object);
  return controller?.kind === 'ReplicaSet' ? `${object.metadata.namespace}/${controller.name}` : undefined;
}

/** Pods that the ReplicaSet controls and selects. */
export function claimedPods(set: ReplicaSet, pods: Table<Pod>): Pod[] {
  return pods.by('controller', set.metadata.uid ?? '').filter((pod) => selects(set.spec.selector, pod.metadata.labels));
}

/** Takes a change of a ReplicaSet: counts its pods anew when it is new or counts differently now. */
export function observeSet(state: ReplicaSetState, delta: Delta, pods: Table<Pod>): void {
  const set = delta.object as ReplicaSet;
  const key = objectKey(set);
  if (delta.type === 'delete') {
    state.counts.delete(key);
    return;
  }
  const { uid = '' } = set.metadata;
  const old = delta.old as ReplicaSet | undefined;
  const known = state.counts.get(key);
  const sameLabels = deepEqual(old?.spec.template?.metadata?.labels, set.spec.template?.metadata?.labels);
  if (known?.uid === uid && old && sameLabels && deepEqual(old.spec.selector, set.spec.selector)) return;
  let counts: Counts = { uid, active: 0, labeled: 0, ready: 0, terminating: 0, lastReadyAt: 0 };
  for (const pod of pods.by('controller', uid)) counts = add(counts, set, pod, 1);
  state.counts.set(key, counts);
}

/** Takes a change of one pod into the counts of the ReplicaSet that controlled it and of the one that does now. */
export function countPod(state: ReplicaSetState, delta: Delta, sets: Table<ReplicaSet>): void {
  const before = delta.old as Pod | undefined;
  const after = delta.type === 'delete' ? undefined : (delta.object as Pod);
  if (before) addTo(state, sets, before, -1);
  if (after) addTo(state, sets, after, 1);
}

function addTo(state: ReplicaSetState, sets: Table<ReplicaSet>, pod: Pod, sign: 1 | -1): void {
  const key = ownerKeyOf(pod);
  const counts = key === undefined ? undefined : state.counts.get(key);
  if (key === undefined || counts === undefined || counts.uid !== controllerOf(pod)?.uid) return;
  const next = add(counts, sets.get(key) as ReplicaSet, pod, sign);
  if (next !== counts) state.counts.set(key, next);
}

function add(counts: Counts, set: ReplicaSet, pod: Pod, sign: 1 | -1): Counts {
  const { labels } = pod.metadata;
  if (!selects(set.spec.selector, labels)) return counts;
  if (!isActive(pod)) return isFinished(pod) ? counts : { ...counts, terminating: counts.terminating + sign };
  const readyAt = sign > 0 ? (readySince(pod) ?? counts.lastReadyAt) : counts.lastReadyAt;
  return {
    uid: counts.uid,
    active: counts.active + sign,
    labeled: counts.labeled + (matchesAll(set.spec.template?.metadata?.labels ?? {}, labels) ? sign : 0),
    ready: counts.ready + (isReady(pod) ? sign : 0),
    terminating: counts.terminating,
    lastReadyAt: readyAt > counts.lastReadyAt ? readyAt : counts.lastReadyAt,
  };
}
