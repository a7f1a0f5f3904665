import type {
  Container,
  LabelSelector,
  LabelSelectorRequirement,
  Pod,
  PodAffinityTerm,
  PodCondition,
  PodSpec,
  PodStatus,
} from '../generated/types.ts';
import { parseQuantity } from '../quantity.ts';
import { deepEqual, extended, mapField, mapShared, put } from '../share.ts';

/**
 * A new Pod: status starts over, generation at 1, gates become a condition.
 * Source: pkg/registry/core/pod/strategy.go (podStrategy.PrepareForCreate)
 */
export function preparePodForCreate(pod: Pod): Pod {
  const spec = withMatchLabelKeys(pod.spec, pod.metadata.labels);
  const status: PodStatus = { phase: 'Pending', qosClass: qosClassOf(spec) };
  if (spec.schedulingGates !== undefined && spec.schedulingGates.length > 0) status.conditions = [GATED];
  return extended(pod, { metadata: extended(pod.metadata, { generation: 1 }), spec, status });
}

/** The main resource: the status stays, a changed spec raises the generation. */
export function preparePodForUpdate(pod: Pod, old: Pod): Pod {
  let out = pod.status === old.status ? pod : put(pod, 'status', old.status);
  if (out.spec !== old.spec && !deepEqual(out.spec, old.spec))
    out = put(out, 'metadata', { ...out.metadata, generation: (old.metadata.generation ?? 0) + 1 });
  return out;
}

/** pods/status: only the status moves; old kubelets would spoil the owners. */
export function preparePodForStatusUpdate(pod: Pod, old: Pod): Pod {
  let out = put(pod, 'spec', old.spec);
  if (out.metadata !== old.metadata)
    out = put(out, 'metadata', put(out.metadata, 'ownerReferences', old.metadata.ownerReferences));
  const status = withBothPodIPs(out.status);
  if (status !== out.status) out = put(out, 'status', status);
  if (status !== undefined && status.qosClass === undefined && old.status?.qosClass !== undefined)
    out = put(out, 'status', { ...status, qosClass: old.status.qosClass });
  return out;
}

/** `podIP` is the first of `podIPs`, kept twice for old readers. */
function withBothPodIPs(status: PodStatus | undefined): PodStatus | undefined {
  if (status === undefined) return status;
  const { podIP, podIPs } = status;
  if (podIP !== undefined && podIPs === undefined) return { ...status, podIPs: [{ ip: podIP }] };
  return podIP === undefined && podIPs?.[0] !== undefined ? { ...status, podIP: podIPs[0].ip } : status;
}

/**
 * pods/ephemeralcontainers: nothing but the list of debug containers moves.
 * Source: pkg/registry/core/pod/strategy.go (podEphemeralContainersStrategy)
 */
export function preparePodForDebug(pod: Pod, old: Pod): Pod {
  const ephemeralContainers = pod.spec.ephemeralContainers;
  const moved = put(put(pod, 'status', old.status), 'spec', put(old.spec, 'ephemeralContainers', ephemeralContainers));
  return preparePodForUpdate(moved, old);
}

/** The condition of a Pod that waits for its scheduling gates to go. */
const GATED: PodCondition = Object.freeze({
  type: 'PodScheduled',
  status: 'False',
  reason: 'SchedulingGated',
  message: 'Scheduling is blocked due to non-empty scheduling gates',
  lastProbeTime: null,
  lastTransitionTime: null as unknown as string,
});

const QOS_RESOURCES = ['cpu', 'memory'] as const;

/**
 * Guaranteed when every container has equal requests and limits of CPU and memory, BestEffort when none has any.
 * Source: pkg/apis/core/v1/helper/qos/qos.go
 */
export function qosClassOf(spec: PodSpec): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  let hasAny = false;
  let isGuaranteed = true;
  const look = (container: Pick<Container, 'resources'>) => {
    const { limits, requests } = container.resources ?? {};
    for (const resource of QOS_RESOURCES) {
      const limit = isPositive(limits?.[resource]) ? limits?.[resource] : undefined;
      const request = isPositive(requests?.[resource]) ? requests?.[resource] : undefined;
      if (limit !== undefined || request !== undefined) hasAny = true;
      if (limit === undefined || (request !== undefined && request !== limit)) isGuaranteed = false;
    }
  };
  if (spec.resources?.limits !== undefined || spec.resources?.requests !== undefined) look(spec);
  else {
    for (const container of spec.containers) look(container);
    for (const container of spec.initContainers ?? []) look(container);
  }
  if (!hasAny) return 'BestEffort';
  return isGuaranteed ? 'Guaranteed' : 'Burstable';
}

function isPositive(text: string | undefined): boolean {
  if (text === undefined) return false;
  const quantity = parseQuantity(text);
  return typeof quantity === 'object' && quantity.nanos > 0n;
}

type Labels = Record<string, string> | undefined;

/** `matchLabelKeys` become requirements on the Pod's own labels. */
function withMatchLabelKeys(spec: PodSpec, labels: Labels): PodSpec {
  let out = spec;
  if (spec.topologySpreadConstraints !== undefined)
    out = mapField(out, 'topologySpreadConstraints', (list) =>
      mapShared(list, (constraint) =>
        constraint.matchLabelKeys === undefined || constraint.labelSelector === undefined
          ? constraint
          : put(
              constraint,
              'labelSelector',
              narrowed(constraint.labelSelector, constraint.matchLabelKeys, 'In', labels),
            ),
      ),
    );
  if (spec.affinity === undefined) return out;
  const term = (given: PodAffinityTerm) => narrowedTerm(given, labels);
  return mapField(out, 'affinity', (affinity) => {
    let next = affinity;
    for (const side of ['podAffinity', 'podAntiAffinity'] as const)
      next = mapField(next, side, (rules) => {
        const required = mapField(rules, 'requiredDuringSchedulingIgnoredDuringExecution', (list) =>
          mapShared(list, term),
        );
        return mapField(required, 'preferredDuringSchedulingIgnoredDuringExecution', (list) =>
          mapShared(list, (weighted) => put(weighted, 'podAffinityTerm', term(weighted.podAffinityTerm))),
        );
      });
    return next;
  });
}

function narrowedTerm(term: PodAffinityTerm, labels: Labels): PodAffinityTerm {
  if (term.labelSelector === undefined) return term;
  let selector = term.labelSelector;
  if (term.matchLabelKeys !== undefined) selector = narrowed(selector, term.matchLabelKeys, 'In', labels);
  if (term.mismatchLabelKeys !== undefined) selector = narrowed(selector, term.mismatchLabelKeys, 'NotIn', labels);
  return put(term, 'labelSelector', selector);
}

function narrowed(selector: LabelSelector, keys: string[], operator: 'In' | 'NotIn', labels: Labels): LabelSelector {
  const added: LabelSelectorRequirement[] = [];
  for (const key of keys) {
    const value = labels?.[key];
    if (typeof value === 'string') added.push({ key, operator, values: [value] });
  }
  if (added.length === 0) return selector;
  return { ...selector, matchExpressions: [...(selector.matchExpressions ?? []), ...added] };
}
