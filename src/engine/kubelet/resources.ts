import type { Container, Pod, PodSpec } from '../api/generated/types.ts';
import { bytes, compareQuantities, cpuMillis } from '../api/quantity.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/** Hard eviction threshold of memory, which allocatable leaves out. Source: pkg/kubelet/apis/config/v1beta1/defaults.go */
export const MEMORY_THRESHOLD = '100Mi';

const NO_CONTAINERS: readonly Container[] = [];

export const initContainersOf = (pod: Pod): readonly Container[] => pod.spec?.initContainers ?? NO_CONTAINERS;
export const containersOf = (pod: Pod): readonly Container[] => pod.spec?.containers ?? NO_CONTAINERS;

/** An init container with `restartPolicy: Always` runs beside the regular ones. */
export const isSidecar = (container: Container): boolean => container.restartPolicy === 'Always';

export function containerOf(pod: Pod, name: string): Container | undefined {
  for (const container of containersOf(pod)) if (container.name === name) return container;
  for (const container of initContainersOf(pod)) if (container.name === name) return container;
  return undefined;
}

/**
 * QoS class of a pod from the cpu and memory of its containers, or of the pod as a whole.
 * Source: pkg/apis/core/v1/helper/qos/qos.go
 */
export function qosClass(pod: Pod): QosClass {
  return pod.status?.qosClass ?? (pod.spec ? computeQos(pod.spec) : 'BestEffort');
}

function computeQos(spec: PodSpec): QosClass {
  const holders = spec.resources ? [spec] : [...(spec.initContainers ?? []), ...spec.containers];
  let any = false;
  let guaranteed = true;
  for (const { resources } of holders) {
    for (const name of ['cpu', 'memory']) {
      const request = resources?.requests?.[name];
      const limit = resources?.limits?.[name];
      const asked = (request !== undefined && compareQuantities(request, '0') > 0) || compareQuantities(limit, '0') > 0;
      any ||= asked;
      if (limit === undefined || compareQuantities(limit, '0') <= 0) guaranteed = false;
      else if (request !== undefined && compareQuantities(request, limit) !== 0) guaranteed = false;
    }
  }
  return any ? (guaranteed ? 'Guaranteed' : 'Burstable') : 'BestEffort';
}

export interface Requests {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}

/**
 * What a pod takes of its node: regular containers and sidecars together, or an init container with the sidecars before
 * it where that is more, plus overhead. Source: staging/src/k8s.io/component-helpers/resource/helpers.go
 */
export function podRequests(pod: Pod): Requests {
  const { overhead, resources } = pod.spec ?? {};
  const of = (name: 'cpu' | 'memory', amount: (text: string | undefined) => number): number => {
    const own = resources?.requests?.[name];
    if (own !== undefined) return amount(own) + amount(overhead?.[name]);
    let sidecars = 0;
    let starting = 0;
    for (const container of initContainersOf(pod)) {
      const request = amount(container.resources?.requests?.[name]);
      if (isSidecar(container)) sidecars += request;
      starting = Math.max(starting, isSidecar(container) ? sidecars : sidecars + request);
    }
    let running = sidecars;
    for (const container of containersOf(pod)) running += amount(container.resources?.requests?.[name]);
    return Math.max(running, starting) + amount(overhead?.[name]);
  };
  return { cpuMillis: of('cpu', cpuMillis), memoryBytes: of('memory', bytes) };
}

/** Who is killed first when memory runs out. Source: pkg/kubelet/qos/policy.go */
export function oomScoreAdj(pod: Pod, container: Container, capacityBytes: number): number {
  if (isCritical(pod)) return -997;
  const qos = qosClass(pod);
  if (qos === 'Guaranteed') return -997;
  if (qos === 'BestEffort') return 1000;
  const request = bytes(container.resources?.requests?.memory);
  const score = 1000 - Math.floor((1000 * request) / Math.max(1, capacityBytes));
  return Math.min(999, Math.max(3, score));
}

const CRITICAL_PRIORITY = 2_000_000_000;

/** Node-critical and static pods are not evicted and not refused under pressure. Source: pkg/kubelet/types/pod_update.go */
export function isCritical(pod: Pod): boolean {
  return (
    pod.metadata.annotations?.['kubernetes.io/config.source'] === 'file' ||
    (pod.spec?.priority ?? 0) >= CRITICAL_PRIORITY
  );
}

/**
 * Whether a container that ended with this code is started again: its own rules and policy come before the pod's.
 * Source: pkg/api/v1/pod/util.go (ContainerShouldRestart)
 */
export function restartsAfter(pod: Pod, container: Container, exitCode: number): boolean {
  for (const { action, exitCodes } of container.restartPolicyRules ?? []) {
    const listed = exitCodes?.values?.includes(exitCode) ?? false;
    if (action === 'Restart' && listed === (exitCodes?.operator === 'In')) return true;
  }
  const policy = container.restartPolicy ?? pod.spec?.restartPolicy ?? 'Always';
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}
