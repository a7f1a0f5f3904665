import type {
  Affinity,
  DaemonSet,
  Node,
  NodeSelectorTerm,
  Pod,
  PodTemplateSpec,
  Toleration,
} from '../../api/generated/types.ts';
import { matches, matchesAll, type Operator } from '../../api/selectors.ts';
import { tolerates } from '../taint-eviction/tolerations.ts';

/** Whether a node should get a pod, and whether one that is there may stay. */
export interface Fit {
  readonly shouldRun: boolean;
  readonly shouldContinue: boolean;
}

const NO: Fit = { shouldRun: false, shouldContinue: false };
const STAY: Fit = { shouldRun: false, shouldContinue: true };
const YES: Fit = { shouldRun: true, shouldContinue: true };

/** Tolerations that every daemon pod gets. Source: pkg/controller/daemon/util/daemonset_util.go */
const ADDED: readonly Toleration[] = [
  { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute' },
  { key: 'node.kubernetes.io/disk-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/memory-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/pid-pressure', operator: 'Exists', effect: 'NoSchedule' },
  { key: 'node.kubernetes.io/unschedulable', operator: 'Exists', effect: 'NoSchedule' },
];
const ADDED_ON_HOST_NETWORK: Toleration = {
  key: 'node.kubernetes.io/network-unavailable',
  operator: 'Exists',
  effect: 'NoSchedule',
};

const tolerations = new WeakMap<PodTemplateSpec, readonly Toleration[]>();

/** The template's tolerations with those that every daemon pod gets. */
export function daemonTolerations(template: PodTemplateSpec): readonly Toleration[] {
  const known = tolerations.get(template);
  if (known) return known;
  const added = template.spec?.hostNetwork ? [...ADDED, ADDED_ON_HOST_NETWORK] : ADDED;
  const isAdded = (one: Toleration) =>
    added.some(({ key, effect }) => one.key === key && one.effect === effect && one.operator === 'Exists');
  const all = [...(template.spec?.tolerations ?? []).filter((one) => !isAdded(one)), ...added];
  tolerations.set(template, all);
  return all;
}

/**
 * Whether a daemon's pod belongs on the node: name, selector and affinity, taints. Resources are the scheduler's affair.
 * Source: pkg/controller/daemon/daemon_controller.go (NodeShouldRunDaemonPod)
 */
export function fitOf(set: DaemonSet, node: Node): Fit {
  const { template } = set.spec;
  const { nodeName, nodeSelector, affinity } = template.spec ?? {};
  if (nodeName && nodeName !== node.metadata.name) return NO;
  if (nodeSelector && !matchesAll(nodeSelector, node.metadata.labels)) return NO;
  const terms = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  if (terms && !terms.some((term) => matchesTerm(term, node))) return NO;
  const tolerated = daemonTolerations(template);
  let fit = YES;
  for (const taint of node.spec.taints ?? []) {
    if (taint.effect === 'PreferNoSchedule' || tolerated.some((one) => tolerates(one, taint))) continue;
    if (taint.effect === 'NoExecute') return NO;
    fit = STAY;
  }
  return fit;
}

/** A term that says nothing matches no node. */
function matchesTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, node: Node): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  const fields = { 'metadata.name': node.metadata.name };
  const all = (requirements: typeof matchFields, labels: Record<string, string> | undefined) =>
    requirements.every(({ key, operator, values = [] }) =>
      matches([{ key, operator: operator as Operator, values }], labels),
    );
  return all(matchExpressions, node.metadata.labels) && all(matchFields, fields);
}

/** Whether an update of a node can change what belongs on it: heartbeats cannot. */
export function isSamePlace(a: Node, b: Node): boolean {
  return isSameTaints(a, b) && isSameLabels(a.metadata.labels, b.metadata.labels);
}

function isSameTaints(a: Node, b: Node): boolean {
  const [left, right] = [a.spec.taints, b.spec.taints];
  if (left === right) return true;
  if (left?.length !== right?.length) return false;
  return (
    left?.every(({ key, value, effect }, i) => {
      const other = right?.[i];
      return key === other?.key && value === other.value && effect === other.effect;
    }) ?? true
  );
}

function isSameLabels(a: Record<string, string> = {}, b: Record<string, string> = {}): boolean {
  if (a === b) return true;
  let count = 0;
  for (const key in a) {
    if (a[key] !== b[key]) return false;
    count++;
  }
  for (const _key in b) count--;
  return count === 0;
}

/** The template's affinity, with its required node terms replaced by the one node. */
export function affinityTo(affinity: Affinity | undefined, node: string): Affinity {
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [node] }];
  const required = { nodeSelectorTerms: [{ matchFields }] };
  const nodeAffinity = { ...affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: required };
  return { ...affinity, nodeAffinity } as Affinity;
}

/** The node a daemon pod runs on or was made for. */
export function targetNode(pod: Pod): string | undefined {
  if (pod.spec.nodeName) return pod.spec.nodeName;
  const required = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  for (const { matchFields } of required?.nodeSelectorTerms ?? []) {
    for (const { key, operator, values } of matchFields ?? []) {
      if (key === 'metadata.name' && operator === 'In' && values?.length === 1) return values[0];
    }
  }
  return undefined;
}
