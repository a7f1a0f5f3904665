import type { Deployment, ReplicaSet } from '../../api/generated/types.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { fail } from './violation.ts';

/** What a Deployment allowed, as of a write. */
interface Bounds {
  readonly at: number;
  readonly most: number;
  readonly least: number;
}

interface Wanted {
  readonly createdAt: number;
  readonly replicas: number;
}

interface Rollout {
  /** The last one stands; earlier ones count while a controller may not have heard of it. */
  readonly bounds: Bounds[];
  /** By ReplicaSet. */
  readonly wanted: Map<string, Wanted>;
  total: number;
}

/** So long a controller may act on an older version of a Deployment: its watch may hang until it is given up. */
const STALE_MS = 60_000;

/**
 * While a Deployment rolls, its controller asks for at most `replicas + maxSurge` pods and, once it has taken that many,
 * for no fewer than `replicas - maxUnavailable`.
 */
export class Rollouts {
  private readonly rollouts = new Map<string, Rollout>();

  written(object: KubernetesObject, prev: KubernetesObject | undefined, now: number): void {
    if (object.kind === 'Deployment') this.deploymentWritten(object as Deployment, now);
    else this.replicaSetWritten(object as ReplicaSet, prev as ReplicaSet | undefined, now);
  }

  removed(object: KubernetesObject): void {
    if (object.kind === 'Deployment') this.rollouts.delete(object.metadata.uid as string);
    else this.want(object as ReplicaSet, 0, 0);
  }

  private deploymentWritten(deployment: Deployment, at: number): void {
    const uid = deployment.metadata.uid as string;
    const { replicas = 1, strategy } = deployment.spec ?? {};
    const isRolling = strategy?.type !== 'Recreate';
    const surge = isRolling ? partOf(strategy?.rollingUpdate?.maxSurge ?? '25%', replicas, Math.ceil) : 0;
    const down = isRolling ? partOf(strategy?.rollingUpdate?.maxUnavailable ?? '25%', replicas, Math.floor) : replicas;
    const bounds = { at, most: replicas + surge, least: replicas - Math.max(down, surge === 0 ? 1 : 0) };
    const known = this.rollouts.get(uid);
    const last = known?.bounds.at(-1);
    if (known === undefined) this.rollouts.set(uid, { bounds: [bounds], wanted: new Map(), total: 0 });
    else if (last?.most !== bounds.most || last.least !== bounds.least) known.bounds.push(bounds);
  }

  private replicaSetWritten(set: ReplicaSet, prev: ReplicaSet | undefined, now: number): void {
    const { rollout, before } = this.want(set, set.spec?.replicas ?? 1, now);
    // One that is adopted comes with the pods that it has.
    const isScaled = set.spec?.replicas !== (prev?.spec ?? { replicas: 0 }).replicas;
    if (rollout === undefined || !isScaled) return;
    const inForce = rollout.bounds.filter((_, i) => (rollout.bounds[i + 1]?.at ?? now) > now - STALE_MS);
    inForce.push(rollout.bounds.at(-1) as Bounds);
    const most = Math.max(...inForce.map((one) => one.most));
    const least = Math.min(...inForce.map((one) => one.least));
    const { name } = set.metadata;
    const { total } = rollout;
    // The controller may make one without having heard of another that it has just made: its answer was lost.
    const known = prev === undefined ? total - justMade(rollout, set, now) : total;
    if (total >= before && known > most)
      fail('a rollout keeps within maxSurge', `${name}: ${total} of at most ${most}`);
    // Pods that are not available are cleaned up beyond that. Source: rolling.go, cleanupUnhealthyReplicas
    const onlyUnhealthy = (set.status?.availableReplicas ?? 0) <= (set.spec?.replicas ?? 1);
    const isEnough = total > before || total >= least || before < least || onlyUnhealthy;
    if (!isEnough) fail('a rollout keeps within maxUnavailable', `${name}: ${total} of at least ${least}`);
  }

  private want(set: ReplicaSet, replicas: number, now: number): { rollout?: Rollout; before: number } {
    const owner = set.metadata.ownerReferences?.find(({ controller }) => controller)?.uid;
    const rollout = owner === undefined ? undefined : this.rollouts.get(owner);
    if (rollout === undefined) return { before: 0 };
    const uid = set.metadata.uid as string;
    const before = rollout.total;
    const last = rollout.wanted.get(uid);
    rollout.total += replicas - (last?.replicas ?? 0);
    rollout.wanted.set(uid, { createdAt: last?.createdAt ?? now, replicas });
    return { rollout, before };
  }
}

/** Replicas of the other ReplicaSets that are so new that a controller may not know them. */
function justMade({ wanted }: Rollout, { metadata }: ReplicaSet, now: number): number {
  let replicas = 0;
  for (const [uid, one] of wanted) if (uid !== metadata.uid && one.createdAt > now - STALE_MS) replicas += one.replicas;
  return replicas;
}

function partOf(value: number | string, of: number, round: (n: number) => number): number {
  return typeof value === 'number' ? value : round((Number.parseInt(value, 10) * of) / 100);
}
