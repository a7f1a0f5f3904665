import { useCallback, useSyncExternalStore } from 'react';
import type { EndpointSlice } from '../../engine/api/generated/types.ts';
import { keyOf, splitKey } from '../store/keys.ts';
import { type Mirror, mirror } from '../store/mirror.ts';
import { Topics } from '../store/topics.ts';
import { type Selection, view } from '../store/view.ts';

/** Pods that belong to what is selected: those behind a Service, those that a workload made. */
export function podsRelatedTo(selection: Selection | null, from: Mirror): ReadonlySet<string> {
  if (selection?.type !== 'object') return NONE;
  const { kind, namespace, name } = splitKey(selection.key);
  if (kind === 'Service') return endpointPods(from, from.slicesOfService(namespace, name));
  if (kind === 'EndpointSlice') return endpointPods(from, [selection.key]);
  const uid = kind === 'Pod' ? undefined : from.object(selection.key)?.metadata.uid;
  return uid === undefined ? NONE : podsOwnedBy(from, uid);
}

const NONE: ReadonlySet<string> = new Set();

function endpointPods(from: Mirror, slices: readonly string[]): ReadonlySet<string> {
  const pods = new Set<string>();
  for (const key of slices) {
    for (const { targetRef } of from.object<EndpointSlice>(key)?.endpoints ?? []) {
      if (targetRef?.kind === 'Pod') pods.add(keyOf('Pod', targetRef.namespace, targetRef.name ?? ''));
    }
  }
  return pods;
}

/** Also what is owned by what is owned: a Deployment has its pods through ReplicaSets. */
function podsOwnedBy(from: Mirror, uid: string): ReadonlySet<string> {
  const pods = new Set<string>();
  const uids = new Set([uid]);
  // A set may grow while it is walked.
  for (const owner of uids) {
    for (const key of from.ownedBy(owner)) {
      if (key.startsWith('Pod/')) pods.add(key);
      else uids.add(from.object(key)?.metadata.uid ?? '');
    }
  }
  return pods;
}

const topics = new Topics();
let related = NONE;

function update(): void {
  const now = podsRelatedTo(view.getState().selection, mirror);
  for (const key of related) if (!now.has(key)) topics.changed(key);
  for (const key of now) if (!related.has(key)) topics.changed(key);
  related = now;
  topics.tell();
}

view.subscribe((state, before) => {
  if (state.selection !== before.selection) update();
});
for (const kind of ['Pod', 'ReplicaSet', 'EndpointSlice']) {
  mirror.subscribe(`kind:${kind}`, () => {
    if (view.getState().selection?.type === 'object') update();
  });
}

/** Whether a pod belongs to what is selected. */
export function useIsRelated(key: string): boolean {
  const subscribe = useCallback((listener: () => void) => topics.subscribe(key, listener), [key]);
  return useSyncExternalStore(subscribe, () => related.has(key));
}
