import type { DaemonSet, IntOrString, Node, Pod } from '../../api/generated/types.ts';
import { isAvailable, isFinished, isReady, readySince } from '../pod-control.ts';
import { fitOf } from './placement.ts';
import { HASH_LABEL, isUpdated, templateGeneration } from './revisions.ts';

/** What one DaemonSet has on one node, and what it has to do there. */
export interface Spot {
  readonly set: string;
  readonly node: string;
  readonly shouldRun: boolean;
  readonly scheduled: boolean;
  readonly ready: boolean;
  readonly available: boolean;
  readonly updated: boolean;
  /** A pod is missing here, or one has to go. */
  readonly hasWork: boolean;
  readonly part: Part | undefined;
  /** Counts as available for a rolling update with surge. */
  readonly serves: boolean;
  /** When a pod here will have been ready for minReadySeconds, in ms. */
  readonly availableAt?: number;
}

/**
 * Part of a node in a rolling update: `unavailable` (it counts against the limit), `replace` (old and unavailable: goes
 * at once), `candidate` (old and available), `surging` (the new pod beside the old is not available yet), `addNew` (gets
 * a new pod at once), `dropOld` (the old pod is not needed any more), `sunset` (an old available pod where none belongs).
 */
export type Part = 'unavailable' | 'replace' | 'candidate' | 'surging' | 'addNew' | 'dropOld' | 'sunset';

/** What has to be done on one node. */
export interface Work {
  readonly create: boolean;
  readonly remove: readonly Pod[];
  readonly failed: readonly Pod[];
  readonly succeeded: readonly Pod[];
}

const NOTHING: Work = { create: false, remove: [], failed: [], succeeded: [] };

function allowsSurge(set: DaemonSet): boolean {
  return limitsOf(set, 1).maxSurge > 0;
}

/** Both round up. Source: pkg/controller/daemon/update.go (updatedDesiredNodeCounts) */
export function limitsOf(set: DaemonSet, desired: number): { maxSurge: number; maxUnavailable: number } {
  const { type, rollingUpdate } = set.spec.updateStrategy ?? {};
  if (type === 'OnDelete') return { maxSurge: 0, maxUnavailable: 0 };
  const maxSurge = resolve(rollingUpdate?.maxSurge ?? 0, desired);
  const maxUnavailable = resolve(rollingUpdate?.maxUnavailable ?? 1, desired);
  return { maxSurge, maxUnavailable: desired > 0 && maxSurge === 0 && maxUnavailable === 0 ? 1 : maxUnavailable };
}

function resolve(value: IntOrString, of: number): number {
  return typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) * of) / 100);
}

/** Pods that are finished and being deleted do not count: nothing more is to be done with them. */
const isThere = (pod: Pod): boolean => !(isFinished(pod) && pod.metadata.deletionTimestamp !== undefined);
const isStaying = (pod: Pod): boolean => pod.metadata.deletionTimestamp === undefined;

/** Looks at one node. `node` is undefined when it is gone; `pods` are the daemon's own on it. */
export function spotOf(
  set: DaemonSet,
  key: string,
  name: string,
  node: Node | undefined,
  pods: readonly Pod[],
  hash: string,
  now: number,
): Spot {
  const there = inOrder(pods.filter(isThere));
  const { shouldRun } = node ? fitOf(set, node) : { shouldRun: false };
  const minReadySeconds = set.spec.minReadySeconds ?? 0;
  const [first] = there;
  const { create, remove, failed, succeeded } = workOn(set, node, there, hash, now);
  const isOne = shouldRun && first !== undefined;
  const availableAt = nextAvailability(there, minReadySeconds, now);
  return {
    set: key,
    node: name,
    shouldRun,
    scheduled: node !== undefined && first !== undefined,
    ready: isOne && isReady(first),
    available: isOne && isAvailable(first, minReadySeconds, now),
    updated: isOne && isUpdated(first, hash, templateGeneration(set)),
    hasWork: create || remove.length + failed.length + succeeded.length > 0,
    ...partOf(set, shouldRun, there, hash, now),
    ...(availableAt !== undefined && { availableAt }),
  };
}

/** Those with a node first, then the oldest. Source: daemon_controller.go (podByCreationTimestampAndPhase) */
function inOrder(pods: Pod[]): Pod[] {
  if (pods.length < 2) return pods;
  return pods.sort((a, b) => {
    const assigned = Number(!a.spec.nodeName) - Number(!b.spec.nodeName);
    if (assigned !== 0) return assigned;
    const [timeA, timeB] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
    if (timeA !== timeB) return timeA < timeB ? -1 : 1;
    return a.metadata.name < b.metadata.name ? -1 : 1;
  });
}

function nextAvailability(pods: readonly Pod[], minReadySeconds: number, now: number): number | undefined {
  if (minReadySeconds === 0) return undefined;
  let next: number | undefined;
  for (const pod of pods) {
    const at = (readySince(pod) ?? Number.NaN) + minReadySeconds * 1000;
    if (at > now && (next === undefined || at < next)) next = at;
  }
  return next;
}

/** What is missing or too much on a node. Source: daemon_controller.go (podsShouldBeOnNode) */
export function workOn(set: DaemonSet, node: Node | undefined, pods: readonly Pod[], hash: string, now: number): Work {
  const staying = pods.filter((pod) => isStaying(pod) && isThere(pod));
  if (node === undefined) {
    // Never to be scheduled and out of the pod garbage collector's sight.
    return { ...NOTHING, remove: staying.filter((pod) => !pod.spec.nodeName) };
  }
  const { shouldRun, shouldContinue } = fitOf(set, node);
  if (shouldRun && !pods.some(isThere)) return { ...NOTHING, create: true };
  if (!shouldContinue) return staying.length > 0 ? { ...NOTHING, remove: staying } : NOTHING;
  const failed = staying.filter((pod) => pod.status?.phase === 'Failed');
  const succeeded = staying.filter((pod) => pod.status?.phase === 'Succeeded');
  const running = inOrder(staying.filter((pod) => !isFinished(pod)));
  if (!allowsSurge(set)) return { create: false, remove: running.slice(1), failed, succeeded };
  if (running.length <= 1) return { create: running.length === 0 && shouldRun, remove: [], failed, succeeded };
  return { create: false, remove: surplusOf(set, running, hash, now), failed, succeeded };
}

/** With surge, one old pod may stay beside the new one, as long as it is ready and the new one is not available. */
function surplusOf(set: DaemonSet, running: readonly Pod[], hash: string, now: number): Pod[] {
  const isNew = (pod: Pod) => pod.metadata.labels?.[HASH_LABEL] === hash;
  const newest = running.find(isNew);
  const old = running.find((pod) => !isNew(pod));
  const surplus = running.filter((pod) => pod !== newest && pod !== old);
  if (newest && old && (!isReady(old) || isAvailable(newest, set.spec.minReadySeconds ?? 0, now))) surplus.push(old);
  return surplus;
}

/** Source: pkg/controller/daemon/update.go (rollingUpdate, findUpdatedPodsOnNode) */
function partOf(
  set: DaemonSet,
  shouldRun: boolean,
  pods: readonly Pod[],
  hash: string,
  now: number,
): { readonly part: Part | undefined; readonly serves: boolean } {
  const generation = templateGeneration(set);
  const isPodAvailable = (pod: Pod | undefined) =>
    pod !== undefined && isAvailable(pod, set.spec.minReadySeconds ?? 0, now);
  const staying = pods.filter(isStaying);
  const fresh = staying.filter((pod) => isUpdated(pod, hash, generation));
  const stale = staying.filter((pod) => !isUpdated(pod, hash, generation));
  const isCrowded = fresh.length > 1 || stale.length > 1;
  const [newPod] = fresh;
  const [oldPod] = stale;
  const serves = !isCrowded && isPodAvailable(oldPod ?? newPod);
  if (allowsSurge(set)) {
    if (isCrowded) return { part: 'surging', serves };
    if (oldPod === undefined) return { part: undefined, serves };
    if (newPod !== undefined) return { part: isPodAvailable(newPod) ? 'dropOld' : 'surging', serves };
    if (!shouldRun) return { part: isPodAvailable(oldPod) ? 'sunset' : 'dropOld', serves };
    return { part: isPodAvailable(oldPod) ? 'candidate' : 'addNew', serves };
  }
  if (pods.length === 0) return { part: undefined, serves };
  const isOne = !isCrowded && fresh.length + stale.length === 1;
  if (!isOne) return { part: 'unavailable', serves };
  if (newPod !== undefined) return { part: isPodAvailable(newPod) ? undefined : 'unavailable', serves };
  return { part: isPodAvailable(oldPod) ? 'candidate' : 'replace', serves };
}
