import type { Deployment, PodTemplateSpec, ReplicaSet } from '../../api/generated/types.ts';
import { controllerReference, isBeingDeleted } from '../../api/object.ts';
import { deepEqual } from '../../api/share.ts';
import { computeHash } from '../hash.ts';
import {
  byAge,
  DESIRED_REPLICAS,
  limitsOf,
  MAX_REPLICAS,
  newSetSize,
  numberIn,
  REVISION,
  REVISION_HISTORY,
  replicasOf,
} from './arithmetic.ts';

const HASH_LABEL = 'pod-template-hash';

type Annotations = Record<string, string>;

/** Longest list of earlier revisions that a ReplicaSet remembers, in characters. */
const MAX_HISTORY = 2000;
/** Annotations of a Deployment that its ReplicaSets do not get. */
const NOT_COPIED = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  'deprecated.deployment.rollback.to',
]);

/** Whether two templates say the same but for the hash label. Source: deployment_util.go (EqualIgnoreHash) */
export function isSameTemplate(a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean {
  if (!deepEqual(a?.spec, b?.spec)) return false;
  return deepEqual(withoutHash(a), withoutHash(b));
}

function withoutHash(template: PodTemplateSpec | undefined): object {
  const { labels = {}, ...rest } = template?.metadata ?? {};
  const { [HASH_LABEL]: _hash, ...others } = labels;
  return { ...rest, labels: others };
}

/** The oldest ReplicaSet with the Deployment's template: a rollback finds the one it rolled out before. */
export function findNewSet(deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined {
  const same = sets.filter((set) => isSameTemplate(set.spec.template, deployment.spec.template));
  return same.length > 1 ? byAge(same)[0] : same[0];
}

/** One more than the highest revision among the old ReplicaSets. */
function nextRevision(old: readonly ReplicaSet[]): number {
  let highest = 0;
  for (const set of old) highest = Math.max(highest, numberIn(set, REVISION) ?? 0);
  return highest + 1;
}

/** The new ReplicaSet as it is to be created. Source: pkg/controller/deployment/sync.go (getNewReplicaSet) */
export function newReplicaSet(deployment: Deployment, old: readonly ReplicaSet[]): ReplicaSet {
  const { template, selector, minReadySeconds } = deployment.spec;
  const hash = computeHash(template, deployment.status?.collisionCount);
  const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash };
  const annotations = {
    ...copiedAnnotations(deployment),
    [REVISION]: String(nextRevision(old)),
    ...sizeAnnotations(deployment),
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      // Always the same name for the same template: a second creation finds the first.
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace as string,
      labels,
      annotations,
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas: newSetSize(deployment, old, 0),
      ...(minReadySeconds !== undefined && minReadySeconds > 0 && { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  };
}

/**
 * The new ReplicaSet with the annotations that it must have: the Deployment's own, and the next revision. One that gets
 * a new revision, because of a rollback, keeps its earlier ones in its history. Gives the same object when nothing is
 * missing. Source: deployment_util.go (SetNewReplicaSetAnnotations)
 */
export function withRevision(deployment: Deployment, set: ReplicaSet, old: readonly ReplicaSet[]): ReplicaSet {
  const current: Annotations = set.metadata.annotations ?? {};
  const annotations = {
    ...current,
    ...copiedAnnotations(deployment),
    ...revisionAnnotations(current, nextRevision(old)),
  };
  const minReadySeconds = deployment.spec.minReadySeconds ?? 0;
  const sameReadiness = (set.spec.minReadySeconds ?? 0) === minReadySeconds;
  if (sameReadiness && deepEqual(current, annotations)) return set;
  const spec = sameReadiness ? set.spec : { ...set.spec, minReadySeconds };
  return { ...set, metadata: { ...set.metadata, annotations }, spec };
}

function revisionAnnotations(current: Annotations, next: number): Annotations {
  const revision = current[REVISION];
  if (revision !== undefined && revision !== '' && !(Number(revision) < next)) return {};
  if (revision === undefined || revision === '') return { [REVISION]: String(next) };
  const history = current[REVISION_HISTORY] ? current[REVISION_HISTORY].split(',') : [];
  history.push(revision);
  while (history.join(',').length > MAX_HISTORY) history.shift();
  return { [REVISION]: String(next), [REVISION_HISTORY]: history.join(',') };
}

function copiedAnnotations(deployment: Deployment): Annotations {
  const { annotations = {} } = deployment.metadata;
  return Object.fromEntries(Object.entries(annotations).filter(([name]) => !NOT_COPIED.has(name)));
}

function sizeAnnotations(deployment: Deployment): Annotations {
  const replicas = replicasOf(deployment);
  return { [DESIRED_REPLICAS]: String(replicas), [MAX_REPLICAS]: String(replicas + limitsOf(deployment).maxSurge) };
}

/** The ReplicaSet with another size, and with what that was reckoned from; the same object when all is so already. */
export function withSize(deployment: Deployment, set: ReplicaSet, replicas: number): ReplicaSet {
  const current: Annotations = set.metadata.annotations ?? {};
  const sizes = sizeAnnotations(deployment);
  const sameSizes =
    current[DESIRED_REPLICAS] === sizes[DESIRED_REPLICAS] && current[MAX_REPLICAS] === sizes[MAX_REPLICAS];
  if (sameSizes && replicasOf(set) === replicas) return set;
  const metadata = sameSizes ? set.metadata : { ...set.metadata, annotations: { ...current, ...sizes } };
  return { ...set, metadata, spec: { ...set.spec, replicas } };
}

/** Old ReplicaSets beyond the history limit, without pods: they can go, lowest revision first. */
export function expiredSets(deployment: Deployment, old: readonly ReplicaSet[]): ReplicaSet[] {
  const limit = deployment.spec.revisionHistoryLimit ?? 10;
  const alive = old.filter((set) => !isBeingDeleted(set));
  if (alive.length <= limit) return [];
  alive.sort((a, b) => (numberIn(a, REVISION) ?? 0) - (numberIn(b, REVISION) ?? 0));
  return alive.slice(0, alive.length - limit).filter((set) => {
    const isObserved = (set.metadata.generation ?? 0) <= (set.status?.observedGeneration ?? 0);
    return replicasOf(set) === 0 && (set.status?.replicas ?? 0) === 0 && isObserved;
  });
}
