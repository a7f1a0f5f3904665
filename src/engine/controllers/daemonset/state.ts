import type { DaemonSet, Node, Pod } from '../../api/generated/types.ts';
import { controllerOf } from '../../api/object.ts';
import { selects } from '../../api/selectors.ts';
import { deepEqual } from '../../api/share.ts';
import { objectKey } from '../../client/informer.ts';
import type { Delta } from '../../client/state.ts';
import { defineTable, type Table } from '../../kernel/table.ts';
import { type Claims, newClaims } from '../claims.ts';
import type { ControllerContext } from '../controller.ts';
import { type Expectations, forgetExpectations, newExpectations } from '../expectations.ts';
import { isSamePlace, targetNode } from './placement.ts';
import { HASH_LABEL, templateGeneration } from './revisions.ts';
import { type Spot, spotOf } from './spot.ts';

interface DaemonPod {
  readonly owner: string;
  readonly node: string;
  readonly hash: string;
}

interface Backoff {
  readonly set: string;
  readonly generation: number;
  readonly delayMs: number;
  readonly at: number;
}

/** Sums over the spots of one DaemonSet. */
export interface Totals {
  readonly desired: number;
  readonly current: number;
  readonly misscheduled: number;
  readonly ready: number;
  readonly updated: number;
  readonly available: number;
  readonly serving: number;
}

/** What the spots of a DaemonSet were looked at with: when one of these changes, all are looked at again. */
interface Known {
  readonly uid: string;
  readonly spec: DaemonSet['spec'];
  readonly hash: string;
  readonly generation: string | undefined;
  readonly totals: Totals;
}

/**
 * One row per DaemonSet and node, kept up with every change of a node or a pod: a sync looks only at the rows whose node
 * or pods have changed, and at those where something is to be done.
 */
export interface DaemonSetState {
  readonly pods: Table<DaemonPod>;
  readonly spots: Table<Spot>;
  readonly dirty: Table<{ readonly set: string; readonly node: string }>;
  readonly known: Table<Known>;
  /** Deletions of failed pods: per DaemonSet and node, 1 s doubling to 15 min, anew with each generation. */
  readonly backoff: Table<Backoff>;
  readonly expectations: Expectations;
  readonly claims: Claims;
}

const newPods = defineTable<DaemonPod>('daemonset/pods', {
  spot: ({ owner, node }) => `${owner}/${node}`,
  owner: ({ owner }) => owner,
  hash: ({ owner, hash }) => `${owner}/${hash}`,
});
const newSpots = defineTable<Spot>('daemonset/spots', {
  set: ({ set }) => set,
  work: ({ set, hasWork }) => (hasWork ? set : undefined),
  part: ({ set, part }) => part && `${set}/${part}`,
  waiting: ({ set, availableAt }) => (availableAt === undefined ? undefined : set),
});
const newDirty = defineTable<{ readonly set: string; readonly node: string }>('daemonset/dirty', {
  set: ({ set }) => set,
});
const newKnown = defineTable<Known>('daemonset/known');
const newBackoff = defineTable<Backoff>('daemonset/backoff', { set: ({ set }) => set });

const NO_TOTALS: Totals = {
  desired: 0,
  current: 0,
  misscheduled: 0,
  ready: 0,
  updated: 0,
  available: 0,
  serving: 0,
};

export function createState(): DaemonSetState {
  return {
    pods: newPods(),
    spots: newSpots(),
    dirty: newDirty(),
    known: newKnown(),
    backoff: newBackoff(),
    expectations: newExpectations(),
    claims: newClaims('DaemonSet'),
  };
}

export function totalsOf(state: DaemonSetState, key: string): Totals {
  return state.known.get(key)?.totals ?? NO_TOTALS;
}

/** The daemon's own pods on a node. */
export function podsAt(state: DaemonSetState, set: DaemonSet, node: string, context: ControllerContext): Pod[] {
  const keys = state.pods.keysBy('spot', `${set.metadata.uid}/${node}`);
  if (keys.size === 0) return [];
  const store = context.store<Pod>('pods');
  const found: Pod[] = [];
  for (const key of keys) {
    const pod = store.get(key);
    if (pod && selects(set.spec.selector, pod.metadata.labels)) found.push(pod);
  }
  return found;
}

/** Whether some pod of the daemon, in whatever state, is of the revision. */
export function hasPodsOf(state: DaemonSetState, set: DaemonSet, hash: string): boolean {
  return state.pods.keysBy('hash', `${set.metadata.uid}/${hash}`).size > 0;
}

/** Takes a change of a pod: its node has to be looked at again. */
export function trackPod(state: DaemonSetState, delta: Delta): void {
  const pod = delta.object as Pod;
  const key = objectKey(pod);
  const owner = controllerOf(pod);
  const before = state.pods.get(key);
  const isDaemon = delta.type !== 'delete' && owner?.kind === 'DaemonSet';
  const node = isDaemon ? (targetNode(pod) ?? '') : '';
  const hash = pod.metadata.labels?.[HASH_LABEL] ?? '';
  if (isDaemon && (before?.owner !== owner.uid || before.node !== node || before.hash !== hash)) {
    state.pods.set(key, { owner: owner.uid, node, hash });
  } else if (!isDaemon && before) {
    state.pods.delete(key);
  }
  const old = delta.old && controllerOf(delta.old);
  if (before && old) markDirty(state, `${pod.metadata.namespace}/${old.name}`, before.node);
  if (isDaemon && before?.node !== node) markDirty(state, `${pod.metadata.namespace}/${owner.name}`, node);
}

/** Takes a change of a node: gives the DaemonSets that have to look at it. A heartbeat concerns none. */
export function trackNode(state: DaemonSetState, delta: Delta): readonly string[] {
  if (delta.type === 'update' && isSamePlace(delta.old as Node, delta.object as Node)) return [];
  const sets = [...state.known.keys()];
  for (const set of sets) markDirty(state, set, delta.object.metadata.name);
  return sets;
}

/** Takes the end of a DaemonSet. */
export function forgetSet(state: DaemonSetState, key: string): void {
  state.known.delete(key);
  forgetExpectations(state.expectations, key);
  for (const index of [state.spots, state.dirty, state.backoff] as readonly Table<unknown>[]) {
    for (const row of [...index.keysBy('set', key)]) index.delete(row);
  }
}

function markDirty(state: DaemonSetState, set: string, node: string): void {
  if (state.known.has(set)) state.dirty.set(`${set} ${node}`, { set, node });
}

/** Looks again at the nodes that have changed since the last time, or at all when the DaemonSet itself has. */
export function refresh(
  state: DaemonSetState,
  key: string,
  set: DaemonSet,
  hash: string,
  context: ControllerContext,
): void {
  const known = state.known.get(key);
  const generation = templateGeneration(set);
  const { uid = '' } = set.metadata;
  const isSame = known?.uid === uid && known.hash === hash && known.generation === generation;
  if (!isSame || !deepEqual(known.spec, set.spec)) {
    for (const row of [...state.spots.keysBy('set', key)]) state.spots.delete(row);
    const totals = look(state, key, set, hash, everyNode(state, uid, context), NO_TOTALS, context);
    state.known.set(key, { uid, spec: set.spec, hash, generation, totals });
    for (const row of [...state.dirty.keysBy('set', key)]) state.dirty.delete(row);
    return;
  }
  const nodes: string[] = [];
  for (const row of [...state.dirty.keysBy('set', key)]) nodes.push((state.dirty.delete(row) as { node: string }).node);
  for (const row of state.spots.keysBy('waiting', key)) {
    const spot = state.spots.get(row) as Spot;
    if ((spot.availableAt as number) <= context.wallNow) nodes.push(spot.node);
  }
  if (nodes.length === 0) return;
  const totals = look(state, key, set, hash, nodes, known.totals, context);
  state.known.set(key, { ...known, totals });
}

/** All nodes, and those that are gone while pods for them are left. */
function everyNode(state: DaemonSetState, uid: string, context: ControllerContext): Set<string> {
  const names = new Set(context.store<Node>('nodes').keys());
  for (const pod of state.pods.keysBy('owner', uid)) names.add((state.pods.get(pod) as DaemonPod).node);
  return names;
}

function look(
  state: DaemonSetState,
  key: string,
  set: DaemonSet,
  hash: string,
  names: Iterable<string>,
  from: Totals,
  context: ControllerContext,
): Totals {
  const nodes = context.store<Node>('nodes');
  const totals = { ...from };
  for (const name of names) {
    const row = `${key} ${name}`;
    const before = state.spots.get(row);
    if (before) count(totals, before, -1);
    const node = nodes.get(name);
    const pods = podsAt(state, set, name, context);
    if (node === undefined && pods.length === 0) {
      if (before) state.spots.delete(row);
      continue;
    }
    const spot = spotOf(set, key, name, node, pods, hash, context.wallNow);
    count(totals, spot, 1);
    state.spots.set(row, spot);
  }
  return totals;
}

function count(totals: { -readonly [Field in keyof Totals]: number }, spot: Spot, sign: 1 | -1): void {
  if (spot.shouldRun) totals.desired += sign;
  if (spot.shouldRun && spot.scheduled) totals.current += sign;
  if (!spot.shouldRun && spot.scheduled) totals.misscheduled += sign;
  if (spot.ready) totals.ready += sign;
  if (spot.available) totals.available += sign;
  if (spot.updated) totals.updated += sign;
  if (spot.serves) totals.serving += sign;
}
