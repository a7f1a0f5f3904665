import type {
  Node,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodSpec,
  Taint,
  Toleration,
} from '../api/generated/types.ts';
import { isFulfilled } from '../api/selectors.ts';

export interface PreferredTerm {
  readonly weight: number;
  readonly term: NodeSelectorTerm;
}

/**
 * The part of a pod that is held against nothing but a Node object: tolerations, node selector and node affinity.
 * Pods of different workloads share it, so verdicts on nodes are kept per placement.
 */
export interface Placement {
  readonly key: string;
  readonly affinityKey: string;
  readonly tolerationsKey: string;
  readonly tolerations: readonly Toleration[];
  readonly nodeSelector: Readonly<Record<string, string>> | undefined;
  /** Required terms, ORed; undefined when the pod has no required node affinity. */
  readonly requiredTerms: readonly NodeSelectorTerm[] | undefined;
  readonly preferredTerms: readonly PreferredTerm[];
}

const NO_TOLERATIONS: readonly Toleration[] = [];

export function placementOf(spec: PodSpec): Placement {
  const nodeAffinity = spec.affinity?.nodeAffinity;
  const tolerations = spec.tolerations ?? NO_TOLERATIONS;
  const nodeSelector = spec.nodeSelector && Object.keys(spec.nodeSelector).length > 0 ? spec.nodeSelector : undefined;
  const affinityKey =
    nodeSelector === undefined && nodeAffinity === undefined ? '' : JSON.stringify([nodeSelector ?? 0, nodeAffinity]);
  const tolerationsKey = keyOfTolerations(tolerations);
  const preferred = nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return {
    key: `${tolerationsKey}|${affinityKey}`,
    affinityKey,
    tolerationsKey,
    tolerations,
    nodeSelector,
    requiredTerms: nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms,
    preferredTerms: preferred
      .filter(({ weight, preference }) => weight !== 0 && !isEmptyTerm(preference))
      .map(({ weight, preference }) => ({ weight, term: preference })),
  };
}

export function keyOfTolerations(tolerations: readonly Toleration[] | undefined): string {
  let key = '';
  for (const t of tolerations ?? NO_TOLERATIONS) {
    key += `${t.key ?? ''}${t.operator === 'Exists' ? ':' : '='}${t.value ?? ''}:${t.effect ?? ''};`;
  }
  return key;
}

/**
 * Whether a toleration covers a taint: an empty effect covers every effect, an empty key with Exists every key.
 * Source: staging/src/k8s.io/api/core/v1/toleration.go
 */
function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  if (toleration.operator === 'Exists') return true;
  return (toleration.operator ?? 'Equal') === 'Equal' && (toleration.value ?? '') === (taint.value ?? '');
}

export function isTolerated(taint: Taint, tolerations: readonly Toleration[]): boolean {
  for (const toleration of tolerations) if (tolerates(toleration, taint)) return true;
  return false;
}

/** Whether some NoSchedule or NoExecute taint of the node is not tolerated. */
export function hasUntoleratedTaint(node: Node, tolerations: readonly Toleration[]): boolean {
  for (const taint of node.spec.taints ?? []) {
    if (taint.effect !== 'PreferNoSchedule' && !isTolerated(taint, tolerations)) return true;
  }
  return false;
}

/**
 * Whether the node has what nodeSelector and the required node affinity ask for.
 * Source: staging/src/k8s.io/component-helpers/scheduling/corev1/nodeaffinity/nodeaffinity.go
 */
export function matchesRequiredNodeAffinity(placement: Placement, node: Node): boolean {
  const labels = node.metadata.labels;
  for (const key in placement.nodeSelector) if (labels?.[key] !== placement.nodeSelector[key]) return false;
  return placement.requiredTerms === undefined || placement.requiredTerms.some((term) => matchesTerm(term, node));
}

/** A term with neither expressions nor fields matches no node. */
export function matchesTerm(term: NodeSelectorTerm, node: Node): boolean {
  if (isEmptyTerm(term)) return false;
  for (const expression of term.matchExpressions ?? []) {
    if (!matchesValue(expression, node.metadata.labels?.[expression.key])) return false;
  }
  for (const field of term.matchFields ?? []) {
    if (field.key !== 'metadata.name' || !matchesValue(field, node.metadata.name)) return false;
  }
  return true;
}

function isEmptyTerm(term: NodeSelectorTerm): boolean {
  return !term.matchExpressions?.length && !term.matchFields?.length;
}

function matchesValue({ operator, values = [] }: NodeSelectorRequirement, value: string | undefined): boolean {
  return isFulfilled(operator, values, value);
}
