import type { Deployment, IntOrString, ReplicaSet } from '../../api/generated/types.ts';

/** Annotations by which Deployment and ReplicaSets remember revisions and sizes. */
export const REVISION = 'deployment.kubernetes.io/revision';
export const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';

/** One change of a ReplicaSet's size; `to` may equal its size when only its annotations are behind. */
export interface Scaling {
  readonly name: string;
  readonly to: number;
}

export const replicasOf = (owner: Deployment | ReplicaSet): number => owner.spec.replicas ?? 1;
const availableOf = (set: ReplicaSet): number => set.status?.availableReplicas ?? 0;
const isRolling = (deployment: Deployment): boolean => deployment.spec.strategy?.type !== 'Recreate';

export function sum(sets: readonly ReplicaSet[], of: (set: ReplicaSet) => number): number {
  let total = 0;
  for (const set of sets) total += of(set);
  return total;
}

/**
 * How many pods a rolling update may have above and below the wanted number: a surge in per cent rounds up, an
 * unavailability down, and both cannot be zero. Source: pkg/controller/deployment/util/deployment_util.go (ResolveFenceposts)
 */
export function limitsOf(deployment: Deployment): { maxSurge: number; maxUnavailable: number } {
  if (!isRolling(deployment)) return { maxSurge: 0, maxUnavailable: 0 };
  const replicas = replicasOf(deployment);
  const { maxSurge, maxUnavailable } = deployment.spec.strategy?.rollingUpdate ?? {};
  const surge = resolve(maxSurge ?? '25%', replicas, Math.ceil);
  const unavailable = resolve(maxUnavailable ?? '25%', replicas, Math.floor);
  const atLeastOne = surge === 0 && unavailable === 0 ? 1 : unavailable;
  return { maxSurge: surge, maxUnavailable: Math.min(atLeastOne, replicas) };
}

function resolve(value: IntOrString, of: number, round: (value: number) => number): number {
  return typeof value === 'number' ? value : round((Number.parseInt(value, 10) * of) / 100);
}

/** Oldest first, equal seconds by name. */
export function byAge(sets: readonly ReplicaSet[]): ReplicaSet[] {
  return [...sets].sort((a, b) => compareAge(a, b));
}

function compareAge(a: ReplicaSet, b: ReplicaSet): number {
  const [timeA, timeB] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  if (timeA !== timeB) return timeA < timeB ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

export const isActiveSet = (set: ReplicaSet): boolean => replicasOf(set) > 0;

/** Size of the new ReplicaSet as far as the surge allows. Source: deployment_util.go (NewRSNewReplicas) */
export function newSetSize(deployment: Deployment, all: readonly ReplicaSet[], current: number): number {
  const wanted = replicasOf(deployment);
  if (!isRolling(deployment)) return wanted;
  const room = wanted + limitsOf(deployment).maxSurge - sum(all, replicasOf);
  return room <= 0 ? current : current + Math.min(room, wanted - current);
}

/** First half of a rolling update: the new ReplicaSet grows. Source: pkg/controller/deployment/rolling.go */
export function scaleUpNew(deployment: Deployment, newSet: ReplicaSet, all: readonly ReplicaSet[]): Scaling[] {
  const current = replicasOf(newSet);
  const wanted = replicasOf(deployment);
  if (current === wanted) return [];
  const to = current > wanted ? wanted : newSetSize(deployment, all, current);
  return to === current ? [] : [{ name: newSet.metadata.name, to }];
}

/**
 * Second half: old ReplicaSets shrink, first by pods that are not available anyway, then by available ones that are
 * above the minimum. An old ReplicaSet that still reports more available pods than it should have ends the round with
 * an error: its status is behind, and would let too many go. Source: pkg/controller/deployment/rolling.go
 */
export function scaleDownOld(
  deployment: Deployment,
  newSet: ReplicaSet,
  old: readonly ReplicaSet[],
): { readonly scalings: readonly Scaling[]; readonly error?: string } {
  const active = byAge(old.filter(isActiveSet));
  const minAvailable = replicasOf(deployment) - limitsOf(deployment).maxUnavailable;
  const newUnavailable = replicasOf(newSet) - availableOf(newSet);
  const maxDown = sum(old, replicasOf) + replicasOf(newSet) - minAvailable - newUnavailable;
  if (active.length === 0 || maxDown <= 0) return { scalings: [] };
  const scalings: Scaling[] = [];
  const sizes = new Map<string, number>();
  let left = maxDown;
  for (const set of active) {
    const { name, namespace } = set.metadata;
    const size = replicasOf(set);
    const by = Math.min(left, size - availableOf(set));
    if (left <= 0) break;
    if (by < 0) {
      const what = `${namespace}/${name} ${size} -> ${size - by}`;
      return { scalings, error: `when cleaning up unhealthy replicas, got invalid request to scale down ${what}` };
    }
    if (by === 0) continue;
    left -= by;
    sizes.set(name, size - by);
    scalings.push({ name, to: size - by });
  }
  left = sum(active, availableOf) + availableOf(newSet) - minAvailable;
  for (const set of active) {
    const { name } = set.metadata;
    const size = sizes.get(name) ?? replicasOf(set);
    if (left <= 0) break;
    if (size === 0) continue;
    const by = Math.min(left, size);
    left -= by;
    scalings.push({ name, to: size - by });
  }
  return { scalings };
}

/**
 * What a change of spec.replicas means outside a step of the rollout: the only active ReplicaSet takes it all; in the
 * middle of a rollout every one grows or shrinks in proportion. Source: pkg/controller/deployment/sync.go (scale)
 */
export function scaleAll(
  deployment: Deployment,
  newSet: ReplicaSet | undefined,
  old: readonly ReplicaSet[],
): Scaling[] {
  const wanted = replicasOf(deployment);
  const all = newSet ? [...old, newSet] : old;
  const active = all.filter(isActiveSet);
  if (active.length <= 1) {
    const only = active[0] ?? newSet ?? byAge(old).at(-1);
    return only && replicasOf(only) !== wanted ? [{ name: only.metadata.name, to: wanted }] : [];
  }
  if (newSet && isSaturated(newSet, wanted)) {
    return old.filter(isActiveSet).map((set) => ({ name: set.metadata.name, to: 0 }));
  }
  return isRolling(deployment) ? scaleInProportion(deployment, active) : [];
}

function isSaturated(newSet: ReplicaSet, wanted: number): boolean {
  const desired = numberIn(newSet, DESIRED_REPLICAS);
  return replicasOf(newSet) === wanted && desired === wanted && availableOf(newSet) === wanted;
}

function scaleInProportion(deployment: Deployment, active: readonly ReplicaSet[]): Scaling[] {
  const wanted = replicasOf(deployment);
  const allowed = wanted > 0 ? wanted + limitsOf(deployment).maxSurge : 0;
  const toAdd = allowed - sum(active, replicasOf);
  const younger = toAdd > 0 ? -1 : 1;
  const order = [...active].sort((a, b) => replicasOf(b) - replicasOf(a) || younger * compareAge(a, b));
  let added = 0;
  const sizes = order.map((set) => {
    const size = replicasOf(set);
    if (toAdd === 0 || toAdd === added) return size;
    const share = shareOf(deployment, set);
    const part = toAdd > 0 ? Math.min(share, toAdd - added) : Math.max(share, toAdd - added);
    added += part;
    return size + part;
  });
  // What rounding left over goes to the largest.
  if (toAdd !== 0) sizes[0] = Math.max(0, (sizes[0] as number) + toAdd - added);
  return order.map((set, i) => ({ name: set.metadata.name, to: sizes[i] as number }));
}

/** How much a ReplicaSet changes so that its part of the whole stays the same. */
function shareOf(deployment: Deployment, set: ReplicaSet): number {
  const size = replicasOf(set);
  const wanted = replicasOf(deployment);
  if (wanted === 0) return -size;
  const before = numberIn(set, MAX_REPLICAS) || (deployment.status?.replicas ?? 0);
  if (before === 0) return 0;
  return Math.round((size * (wanted + limitsOf(deployment).maxSurge)) / before) - size;
}

/** The number in an annotation; undefined when it is absent or none. */
export function numberIn(set: ReplicaSet, annotation: string): number | undefined {
  const text = set.metadata.annotations?.[annotation];
  return text !== undefined && /^-?[0-9]+$/.test(text) ? Number(text) : undefined;
}

/** A ReplicaSet was sized for another number of replicas. Source: sync.go (isScalingEvent) */
export function isScalingEvent(deployment: Deployment, sets: readonly ReplicaSet[]): boolean {
  const wanted = replicasOf(deployment);
  return sets.some((set) => {
    const desired = isActiveSet(set) ? numberIn(set, DESIRED_REPLICAS) : undefined;
    return desired !== undefined && desired !== wanted;
  });
}
