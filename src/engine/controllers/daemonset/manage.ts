import type { DaemonSet, Node } from '../../api/generated/types.ts';
import type { ControllerContext } from '../controller.ts';
import { isUpdated } from './revisions.ts';
import { limitsOf, type Part, type Spot, workOn } from './spot.ts';
import { type DaemonSetState, podsAt, totalsOf } from './state.ts';

/** Most pods that one sync creates, and most that it deletes. */
const BURST = 250;
const FIRST_BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 900_000;

/** Nodes that get a pod, and names of pods to delete. */
export interface Plan {
  readonly create: readonly string[];
  readonly remove: readonly string[];
  /** When a failed pod that has to wait for its back-off can be deleted, in ms of the wall clock. */
  readonly againAt?: number;
}

/** Pods that are missing or too many, node by node. Source: pkg/controller/daemon/daemon_controller.go (manage) */
export function planManage(
  state: DaemonSetState,
  key: string,
  set: DaemonSet,
  hash: string,
  context: ControllerContext,
): Plan {
  const create: string[] = [];
  const remove: string[] = [];
  const nodes = context.store<Node>('nodes');
  let againAt: number | undefined;
  for (const row of state.spots.keysBy('work', key)) {
    if (create.length >= BURST && remove.length >= BURST) break;
    const { node: name } = state.spots.get(row) as Spot;
    const work = workOn(set, nodes.get(name), podsAt(state, set, name, context), hash, context.wallNow);
    if (work.create && create.length < BURST) create.push(name);
    if (remove.length >= BURST) continue;
    for (const pod of work.failed) {
      const waitUntil = backOff(state, key, set, name, context.now);
      if (waitUntil !== undefined) {
        againAt = Math.min(againAt ?? Number.POSITIVE_INFINITY, waitUntil - context.now + context.wallNow);
        continue;
      }
      const what = `Found failed daemon pod ${pod.metadata.namespace}/${pod.metadata.name} on node ${name}`;
      context.event(set, 'Warning', 'FailedDaemonPod', `${what}, will try to kill it`);
      remove.push(pod.metadata.name);
    }
    for (const pod of work.succeeded) {
      const what = `Found succeeded daemon pod ${pod.metadata.namespace}/${pod.metadata.name} on node ${name}`;
      context.event(set, 'Normal', 'SucceededDaemonPod', `${what}, will try to delete it`);
      remove.push(pod.metadata.name);
    }
    for (const pod of work.remove) remove.push(pod.metadata.name);
  }
  return { create, remove: remove.slice(0, BURST), ...(againAt !== undefined && { againAt }) };
}

/** When a failed pod may be killed; undefined for now, which starts the next, longer back-off. */
function backOff(state: DaemonSetState, key: string, set: DaemonSet, node: string, now: number): number | undefined {
  const row = `${key} ${node}`;
  const generation = set.status?.observedGeneration ?? 0;
  const known = state.backoff.get(row);
  const last = known?.generation === generation ? known : undefined;
  if (last && now - last.at < last.delayMs) return last.at + last.delayMs;
  const isForgotten = !last || now - last.at > 2 * MAX_BACKOFF_MS;
  const delayMs = isForgotten ? FIRST_BACKOFF_MS : Math.min(last.delayMs * 2, MAX_BACKOFF_MS);
  state.backoff.set(row, { set: key, generation, delayMs, at: now });
  return undefined;
}

/**
 * The next pods of a rolling update, within maxUnavailable or maxSurge. Which nodes come first is no promise of
 * upstream's; here it is the order in which they became candidates. Source: pkg/controller/daemon/update.go
 */
export function planRollout(state: DaemonSetState, key: string, set: DaemonSet, context: ControllerContext): Plan {
  if (set.spec.updateStrategy?.type === 'OnDelete') return { create: [], remove: [] };
  const totals = totalsOf(state, key);
  const { maxSurge, maxUnavailable } = limitsOf(set, totals.desired);
  const size = (part: Part) => state.spots.keysBy('part', `${key}/${part}`).size;
  const nodesOf = (part: Part, most = BURST) => first(state, `${key}/${part}`, most);
  const oldPods = (nodes: readonly string[]) => nodes.flatMap((node) => oldPodAt(state, key, set, node, context));
  if (maxSurge === 0) {
    const room = Math.max(0, maxUnavailable - size('unavailable') - size('replace'));
    return { create: [], remove: oldPods([...nodesOf('replace'), ...nodesOf('candidate', room)]).slice(0, BURST) };
  }
  const room = Math.max(0, maxSurge - size('surging'));
  // Where none belongs any more, an available pod goes only when enough others are available.
  const spare = Math.max(0, totals.serving - totals.desired);
  return {
    create: [...nodesOf('addNew'), ...nodesOf('candidate', room)].slice(0, BURST),
    remove: oldPods([...nodesOf('dropOld'), ...nodesOf('sunset', spare)]).slice(0, BURST),
  };
}

function first(state: DaemonSetState, part: string, most: number): string[] {
  const nodes: string[] = [];
  for (const row of state.spots.keysBy('part', part)) {
    if (nodes.length >= most) break;
    nodes.push((state.spots.get(row) as Spot).node);
  }
  return nodes;
}

function oldPodAt(
  state: DaemonSetState,
  key: string,
  set: DaemonSet,
  node: string,
  context: ControllerContext,
): string[] {
  const known = state.known.get(key);
  const pods = podsAt(state, set, node, context).filter((pod) => pod.metadata.deletionTimestamp === undefined);
  return pods.filter((pod) => !isUpdated(pod, known?.hash ?? '', known?.generation)).map((pod) => pod.metadata.name);
}
