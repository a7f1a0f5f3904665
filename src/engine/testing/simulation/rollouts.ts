import type { Deployment, ReplicaSet } from '../../api/generated/types.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { DESIRED_REPLICAS, numberIn } from '../../controllers/deployment/arithmetic.ts';
import { isSameTemplate } from '../../controllers/deployment/revisions.ts';
import { fail } from './violation.ts';

/** What a Deployment allowed, as of a write. */
interface Bounds {
  readonly at: number;
  readonly most: number;
  readonly least: number;
}

interface Wanted {
  readonly createdAt: number;
  set: ReplicaSet;
  replicas: number;
  /** The most that it was asked for, and said that it had available, since the controller's round may have begun. */
  asked: number;
  available: number;
}

interface Rollout {
  deployment: Deployment;
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
    if (object.kind === 'Deployment') this.deploymentWritten(object as Deployment, prev, now);
    else this.replicaSetWritten(object as ReplicaSet, prev as ReplicaSet | undefined, now);
  }

  removed(object: KubernetesObject): void {
    if (object.kind === 'Deployment') this.rollouts.delete(object.metadata.uid as string);
    else this.want(object as ReplicaSet, 0, 0).rollout?.wanted.delete(object.metadata.uid as string);
  }

  private deploymentWritten(deployment: Deployment, prev: KubernetesObject | undefined, at: number): void {
    const uid = deployment.metadata.uid as string;
    const { replicas = 1, strategy } = deployment.spec ?? {};
    const isRolling = strategy?.type !== 'Recreate';
    const surge = isRolling ? partOf(strategy?.rollingUpdate?.maxSurge ?? '25%', replicas, Math.ceil) : 0;
    const down = isRolling ? partOf(strategy?.rollingUpdate?.maxUnavailable ?? '25%', replicas, Math.floor) : replicas;
    const bounds = { at, most: replicas + surge, least: replicas - Math.max(down, surge === 0 ? 1 : 0) };
    const known = this.rollouts.get(uid);
    const last = known?.bounds.at(-1);
    if (known === undefined) {
      this.rollouts.set(uid, { deployment, bounds: [bounds], wanted: new Map(), total: 0 });
      return;
    }
    known.deployment = deployment;
    // A status is the last that a round writes.
    if (deployment.metadata.generation === prev?.metadata.generation) beginRound(known);
    if (last?.most !== bounds.most || last.least !== bounds.least) known.bounds.push(bounds);
  }

  private replicaSetWritten(set: ReplicaSet, prev: ReplicaSet | undefined, now: number): void {
    const { rollout, before } = this.want(set, set.spec?.replicas ?? 1, now);
    // One that is adopted comes with the pods that it has.
    const isScaled = set.spec?.replicas !== (prev?.spec ?? { replicas: 0 }).replicas;
    if (rollout === undefined || !isScaled) return;
    this.scaled(rollout, set, prev, before, now);
    // Sized for another number of replicas: such a round does nothing else. Source: sync.go (scale)
    if (prev !== undefined && numberIn(prev, DESIRED_REPLICAS) !== numberIn(set, DESIRED_REPLICAS)) beginRound(rollout);
  }

  private scaled(rollout: Rollout, set: ReplicaSet, prev: ReplicaSet | undefined, before: number, now: number): void {
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
    if (!isEnough && total < least - countedTwice(rollout))
      fail('a rollout keeps within maxUnavailable', `${name}: ${total} of at least ${least}`);
  }

  private want(set: ReplicaSet, replicas: number, now: number): { rollout?: Rollout; before: number } {
    const owner = set.metadata.ownerReferences?.find(({ controller }) => controller)?.uid;
    const rollout = owner === undefined ? undefined : this.rollouts.get(owner);
    if (rollout === undefined) return { before: 0 };
    const uid = set.metadata.uid as string;
    const before = rollout.total;
    const one = rollout.wanted.get(uid) ?? { createdAt: now, set, replicas: 0, asked: 0, available: 0 };
    rollout.total += replicas - one.replicas;
    one.set = set;
    one.replicas = replicas;
    one.asked = Math.max(one.asked, replicas);
    one.available = Math.max(one.available, availableOf(set));
    rollout.wanted.set(uid, one);
    return { rollout, before };
  }
}

const availableOf = (set: ReplicaSet): number => set.status?.availableReplicas ?? 0;

function beginRound({ wanted }: Rollout): void {
  for (const one of wanted.values()) {
    one.asked = one.replicas;
    one.available = availableOf(one.set);
  }
}

/**
 * Pods that an earlier round has given up, and that their ReplicaSet still reports as available: the next round takes
 * as many others for spare. It looks at the old ReplicaSets that are not empty, and at the new one.
 * Source: rolling.go, scaleDownOldReplicaSetsForRollingUpdate
 */
function countedTwice({ deployment, wanted }: Rollout): number {
  let pods = 0;
  for (const { set, asked, available } of wanted.values()) {
    const isLookedAt = asked > 0 || isSameTemplate(set.spec?.template, deployment.spec?.template);
    if (isLookedAt) pods += Math.max(0, available - asked);
  }
  return pods;
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
