import type { Container, Pod, PodAffinityTerm, PodSpec, TopologySpreadConstraint } from '../api/generated/types.ts';
import { controllerOf } from '../api/object.ts';
import { keyOfTolerations, type Placement, placementOf } from './placement.ts';
import { type PodRequests, podRequests } from './requests.ts';
import {
  bothSelectors,
  compileSelector,
  type Labels,
  type Selector,
  selectorMatches,
  selectorOfLabels,
} from './selector.ts';

export interface HostPort {
  readonly protocol: string;
  readonly ip: string;
  readonly port: number;
}

export interface SpreadConstraint {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly minDomains: number;
  readonly isHard: boolean;
  /** Undefined matches nothing; an empty one matches the pod itself but counts nobody. */
  readonly selector: Selector | undefined;
  readonly honorAffinity: boolean;
  readonly honorTaints: boolean;
  readonly matchesSelf: boolean;
}

export interface AffinityTerm {
  readonly key: string;
  readonly topologyKey: string;
  readonly selector: Selector | undefined;
  readonly namespaces: readonly string[];
  readonly namespaceSelector: Selector | undefined;
}

export interface WeightedTerm {
  readonly term: AffinityTerm;
  /** Negative for anti-affinity. */
  readonly weight: number;
}

/** Everything about a pod that decides where it may go, except its name: replicas share one shape. */
export interface PodShape {
  readonly namespace: string;
  readonly labels: Labels;
  readonly labelsKey: string;
  readonly controller: { readonly kind: string; readonly name: string; readonly uid: string } | undefined;
  readonly requests: PodRequests;
  readonly placement: Placement;
  readonly hostPorts: readonly HostPort[];
  readonly images: readonly string[];
  readonly containerCount: number;
  readonly spread: readonly SpreadConstraint[];
  readonly requiredAffinity: readonly AffinityTerm[];
  readonly requiredAntiAffinity: readonly AffinityTerm[];
  readonly preferredAffinity: readonly WeightedTerm[];
}

const SHAPES_MAX = 8192;

/** Shapes by signature, so that the work of reading a pod template is done once; a cache, never part of the state. */
export class PodShapes {
  private readonly bySignature = new Map<string, PodShape>();

  of(pod: Pod): PodShape {
    const labelsKey = keyOfLabels(pod.metadata.labels);
    const signature = signatureOf(pod, labelsKey);
    let shape = this.bySignature.get(signature);
    if (shape === undefined) {
      if (this.bySignature.size >= SHAPES_MAX) this.bySignature.delete(this.bySignature.keys().next().value!);
      shape = makeShape(pod, labelsKey);
      this.bySignature.set(signature, shape);
    }
    return shape;
  }
}

/** Written by hand rather than with JSON.stringify: it is made for every pod event. */
function signatureOf(pod: Pod, labelsKey: string): string {
  const { spec } = pod;
  let text = labelsKey;
  const controller = controllerOf(pod);
  if (controller) text += `|o${controller.uid}`;
  for (const container of spec.containers) text += keyOfContainer(container);
  for (const container of spec.initContainers ?? []) {
    text += `|i${container.restartPolicy ?? ''}${keyOfContainer(container)}`;
  }
  text += `|t${keyOfTolerations(spec.tolerations)}`;
  if (spec.nodeSelector) text += `|n${keyOfRecord(spec.nodeSelector)}`;
  if (spec.affinity) text += `|a${JSON.stringify(spec.affinity)}`;
  if (spec.topologySpreadConstraints) text += `|s${JSON.stringify(spec.topologySpreadConstraints)}`;
  if (spec.overhead) text += `|v${keyOfRecord(spec.overhead)}`;
  if (spec.resources?.requests) text += `|r${keyOfRecord(spec.resources.requests)}`;
  return `${pod.metadata.namespace ?? ''}/${text}`;
}

function keyOfContainer(container: Container): string {
  let text = `|c${container.image ?? ''}`;
  if (container.resources?.requests) text += `~${keyOfRecord(container.resources.requests)}`;
  for (const { hostPort, hostIP, protocol } of container.ports ?? []) {
    if (hostPort) text += `~${protocol ?? ''}/${hostIP ?? ''}/${hostPort}`;
  }
  return text;
}

function keyOfRecord(record: Readonly<Record<string, string>>): string {
  let text = '';
  for (const key in record) text += `${key}=${record[key]},`;
  return text;
}

function keyOfLabels(labels: Labels | undefined): string {
  return labels === undefined ? '' : keyOfRecord(labels);
}

function makeShape(pod: Pod, labelsKey: string): PodShape {
  const { spec } = pod;
  const namespace = pod.metadata.namespace ?? '';
  const labels = pod.metadata.labels ?? {};
  const controller = controllerOf(pod);
  const affinity = spec.affinity?.podAffinity;
  const antiAffinity = spec.affinity?.podAntiAffinity;
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  const termsOf = (terms: readonly PodAffinityTerm[] | undefined) => (terms ?? []).map((t) => termOf(t, namespace));
  return {
    namespace,
    labels,
    labelsKey,
    controller: controller && { kind: controller.kind, name: controller.name, uid: controller.uid },
    requests: podRequests(spec),
    placement: placementOf(spec),
    hostPorts: hostPortsOf(spec),
    images: containers.map(({ image }) => normalizedImageName(image ?? '')),
    containerCount: containers.length,
    spread: (spec.topologySpreadConstraints ?? []).map((constraint) => spreadOf(constraint, labels)),
    requiredAffinity: termsOf(affinity?.requiredDuringSchedulingIgnoredDuringExecution),
    requiredAntiAffinity: termsOf(antiAffinity?.requiredDuringSchedulingIgnoredDuringExecution),
    preferredAffinity: [
      ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ weight, podAffinityTerm }) => ({
        weight,
        term: termOf(podAffinityTerm, namespace),
      })),
      ...(antiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ weight, podAffinityTerm }) => ({
        weight: -weight,
        term: termOf(podAffinityTerm, namespace),
      })),
    ],
  };
}

/**
 * A constraint as the plugin uses it; `matchLabelKeys` are merged into the selector, as the API server already does.
 * Source: pkg/scheduler/framework/plugins/podtopologyspread/common.go
 */
export function spreadOf(constraint: TopologySpreadConstraint, labels: Labels): SpreadConstraint {
  let selector = compileSelector(constraint.labelSelector);
  const merged: Record<string, string> = {};
  for (const key of constraint.matchLabelKeys ?? []) if (labels[key] !== undefined) merged[key] = labels[key];
  if (selector !== undefined && Object.keys(merged).length > 0) {
    selector = bothSelectors(selector, selectorOfLabels(merged));
  }
  return {
    topologyKey: constraint.topologyKey,
    maxSkew: constraint.maxSkew,
    minDomains: constraint.minDomains ?? 1,
    isHard: constraint.whenUnsatisfiable === 'DoNotSchedule',
    selector,
    honorAffinity: (constraint.nodeAffinityPolicy ?? 'Honor') === 'Honor',
    honorTaints: constraint.nodeTaintsPolicy === 'Honor',
    matchesSelf: selector !== undefined && selectorMatches(selector, labels),
  };
}

function termOf(term: PodAffinityTerm, podNamespace: string): AffinityTerm {
  const selector = compileSelector(term.labelSelector);
  const namespaceSelector = compileSelector(term.namespaceSelector);
  const named = term.namespaces ?? [];
  const namespaces = named.length === 0 && namespaceSelector === undefined ? [podNamespace] : [...named].sort();
  const where = `${namespaces.join(',')}/${namespaceSelector ? `{${namespaceSelector.key}}` : ''}`;
  return {
    key: `${where}/${selector ? selector.key : '-'}`,
    topologyKey: term.topologyKey,
    selector,
    namespaces,
    namespaceSelector,
  };
}

function hostPortsOf(spec: PodSpec): HostPort[] {
  const ports: HostPort[] = [];
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  for (const container of [...spec.containers, ...sidecars]) {
    for (const { hostPort, hostIP, protocol } of container.ports ?? []) {
      if (hostPort) ports.push({ protocol: protocol || 'TCP', ip: hostIP || '0.0.0.0', port: hostPort });
    }
  }
  return ports;
}

/** Adds `:latest` when there is no tag after the last slash; no registry is filled in. */
export function normalizedImageName(name: string): string {
  return name.lastIndexOf(':') <= name.lastIndexOf('/') ? `${name}:latest` : name;
}
