import type { ControllerRevision, DaemonSet, Pod, PodTemplateSpec } from '../../api/generated/types.ts';
import { controllerReference } from '../../api/object.ts';
import { deepEqual } from '../../api/share.ts';
import { computeHash } from '../hash.ts';
import { daemonTolerations } from './placement.ts';

export const HASH_LABEL = 'controller-revision-hash';
const GENERATION_LABEL = 'pod-template-generation';
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

/** The template as a revision keeps it: a patch that puts it in place of another. */
interface RevisionData {
  readonly spec: { readonly template: PodTemplateSpec & { readonly $patch: 'replace' } };
}

/** Revisions by whether they hold the present template: the highest that does, and all others. */
export interface History {
  readonly current: ControllerRevision | undefined;
  readonly old: readonly ControllerRevision[];
  /** What the current one's number has to be. */
  readonly revision: number;
}

/** Source: pkg/controller/daemon/update.go (constructHistory) */
export function historyOf(set: DaemonSet, revisions: readonly ControllerRevision[]): History {
  let current: ControllerRevision | undefined;
  const old: ControllerRevision[] = [];
  let highest = 0;
  for (const revision of revisions) {
    if (!isOf(set, revision)) {
      old.push(revision);
      highest = Math.max(highest, revision.revision);
    } else if (current === undefined || revision.revision > current.revision) {
      current = revision;
    }
  }
  return { current, old, revision: highest + 1 };
}

export function isOf(set: DaemonSet, revision: ControllerRevision): boolean {
  const { $patch: _patch, ...template } = (revision.data as unknown as RevisionData)?.spec?.template ?? {};
  return deepEqual(template, set.spec.template);
}

export function newRevision(set: DaemonSet, revision: number): ControllerRevision {
  const { template } = set.spec;
  const hash = computeHash(template, set.status?.collisionCount);
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${set.metadata.name}-${hash}`,
      namespace: set.metadata.namespace as string,
      labels: { ...template.metadata?.labels, [HASH_LABEL]: hash },
      ...(set.metadata.annotations && { annotations: set.metadata.annotations }),
      ownerReferences: [controllerReference(set)],
    },
    data: { spec: { template: { ...template, $patch: 'replace' } } } as never,
    revision,
  };
}

/** Revisions beyond the history limit that no pod has, lowest first. */
export function expiredRevisions(
  set: DaemonSet,
  old: readonly ControllerRevision[],
  isLive: (hash: string) => boolean,
): ControllerRevision[] {
  const excess = old.length - (set.spec.revisionHistoryLimit ?? 10);
  if (excess <= 0) return [];
  const unused = old.filter(({ metadata }) => !isLive(metadata.labels?.[HASH_LABEL] ?? ''));
  return unused.sort((a, b) => a.revision - b.revision).slice(0, excess);
}

/** Counts changes of the template; kept in an annotation since apps/v1 has no field for it. */
export function templateGeneration(set: DaemonSet): string | undefined {
  return set.metadata.annotations?.[TEMPLATE_GENERATION];
}

/** Whether the pod has the present template. Source: pkg/controller/daemon/util/daemonset_util.go (IsPodUpdated) */
export function isUpdated(pod: Pod, hash: string, generation: string | undefined): boolean {
  const { labels } = pod.metadata;
  if (hash !== '' && labels?.[HASH_LABEL] === hash) return true;
  return generation !== undefined && labels?.[GENERATION_LABEL] === generation;
}

/** The template of the pods of one revision, for any node. */
export function podTemplate(set: DaemonSet, hash: string): PodTemplateSpec {
  const { template } = set.spec;
  const generation = templateGeneration(set);
  const labels = {
    ...template.metadata?.labels,
    ...(generation !== undefined && { [GENERATION_LABEL]: generation }),
    [HASH_LABEL]: hash,
  };
  return {
    metadata: { ...template.metadata, labels },
    spec: { ...template.spec, tolerations: [...daemonTolerations(template)] } as PodTemplateSpec['spec'] & object,
  };
}
