import type { Container, Pod, ResourceQuota, Service } from './generated/types.ts';
import type { KubernetesObject } from './object.ts';
import { addQuantities, compareQuantities } from './quantity.ts';
import { qualifiedResource, RESOURCES, resourceOfKind } from './resources.ts';

/** Quantities by name, as in a quota's `hard` and `used`. */
export type Usage = Readonly<Record<string, string>>;

/** Kinds that a quota also counts by their bare plural. */
const PLAIN_COUNTS = new Set([
  'configmaps',
  'persistentvolumeclaims',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'services',
]);
const COMPUTE = new Set(['pods', 'cpu', 'memory', 'ephemeral-storage', 'services.nodeports', 'services.loadbalancers']);
/**
 * Kinds that are in no quota: Events upstream neither, the others because the quota controller does not watch them.
 * Source: pkg/quota/v1/install/registry.go, ignoredResources
 */
const UNCOUNTED = new Set(['Event', 'Lease', 'Role', 'RoleBinding']);
const COUNTED = new Set(
  RESOURCES.filter((resource) => resource.namespaced && !UNCOUNTED.has(resource.kind)).map(
    (resource) => `count/${qualifiedResource(resource)}`,
  ),
);

/** Whether a quota can be kept for a name: others stay without a figure. */
export function isQuotaResource(name: string): boolean {
  const isRequest = name.startsWith('requests.') || name.startsWith('limits.') || name.startsWith('hugepages-');
  return PLAIN_COUNTS.has(name) || COMPUTE.has(name) || COUNTED.has(name) || isRequest;
}

/**
 * What one object uses of every quota resource that concerns it.
 * Source: pkg/quota/v1/evaluator/core/{pods,services}.go, staging/src/k8s.io/apiserver/pkg/quota/v1/generic
 */
export function quotaUsage(object: KubernetesObject): Usage {
  const resource = resourceOfKind(object.apiVersion, object.kind);
  if (resource === undefined || !resource.namespaced || UNCOUNTED.has(resource.kind)) return {};
  const name = qualifiedResource(resource);
  const counts = { [`count/${name}`]: '1' };
  if (name === 'pods') return isCharged(object as Pod) ? { ...counts, ...podUsage(object as Pod) } : counts;
  if (name === 'services') return { ...counts, services: '1', ...serviceUsage(object as Service) };
  return PLAIN_COUNTS.has(name) ? { ...counts, [name]: '1' } : counts;
}

/** Pods that have ended use nothing but their own existence. */
function isCharged(pod: Pod): boolean {
  const phase = pod.status?.phase;
  return phase !== 'Succeeded' && phase !== 'Failed';
}

function podUsage(pod: Pod): Record<string, string> {
  const usage: Record<string, string> = { pods: '1' };
  for (const [name, quantity] of Object.entries(podTotal(pod, 'requests'))) {
    usage[`requests.${name}`] = quantity;
    if (COMPUTE.has(name) || name.startsWith('hugepages-')) usage[name] = quantity;
  }
  for (const [name, quantity] of Object.entries(podTotal(pod, 'limits'))) {
    if (COMPUTE.has(name)) usage[`limits.${name}`] = quantity;
  }
  return usage;
}

/**
 * Requests or limits of a pod as a whole: the sum of its containers, or what its start needs where that is more.
 * Source: staging/src/k8s.io/component-helpers/resource/helpers.go
 */
export function podTotal(pod: Pod, which: 'requests' | 'limits'): Record<string, string> {
  const { containers = [], initContainers = [], overhead, resources } = pod.spec ?? {};
  const total: Record<string, string> = {};
  for (const container of containers) add(total, container.resources?.[which]);
  const sidecars: Record<string, string> = {};
  const start: Record<string, string> = {};
  for (const container of initContainers as Container[]) {
    const own = { ...container.resources?.[which] };
    if (container.restartPolicy === 'Always') {
      add(total, own);
      add(sidecars, own);
      raise(start, sidecars);
    } else {
      add(own, sidecars);
      raise(start, own);
    }
  }
  raise(total, start);
  Object.assign(total, resources?.[which]);
  for (const [name, quantity] of Object.entries(overhead ?? {})) {
    if (which === 'requests' || total[name] !== undefined) add(total, { [name]: quantity });
  }
  return total;
}

function add(total: Record<string, string>, more: Usage | undefined): void {
  for (const [name, quantity] of Object.entries(more ?? {})) total[name] = addQuantities(total[name], quantity);
}

function raise(total: Record<string, string>, floor: Usage): void {
  for (const [name, quantity] of Object.entries(floor)) {
    if (compareQuantities(total[name], quantity) < 0) total[name] = quantity;
  }
}

function serviceUsage(service: Service): Record<string, string> {
  const { type, ports = [] } = service.spec;
  const isBalanced = type === 'LoadBalancer';
  const nodePorts = type === 'NodePort' ? ports.length : isBalanced ? ports.filter((port) => port.nodePort).length : 0;
  return { 'services.nodeports': String(nodePorts), 'services.loadbalancers': isBalanced ? '1' : '0' };
}

/** Whether an object counts in a quota: scopes choose among pods, and leave everything else out. */
export function quotaConcerns(quota: ResourceQuota, object: KubernetesObject): boolean {
  const { scopes, scopeSelector } = quota.spec;
  if (!scopes?.length && !scopeSelector?.matchExpressions?.length) return true;
  if (object.kind !== 'Pod') return false;
  const pod = object as Pod;
  if (scopes?.some((scope) => !inScope(scope, 'Exists', [], pod))) return false;
  return (scopeSelector?.matchExpressions ?? []).every(({ scopeName, operator, values = [] }) =>
    inScope(scopeName, operator, values, pod),
  );
}

/** Source: pkg/quota/v1/evaluator/core/pods.go (podMatchesScopeFunc) */
function inScope(scope: string, operator: string, values: readonly string[], pod: Pod): boolean {
  switch (scope) {
    case 'Terminating':
      return pod.spec?.activeDeadlineSeconds !== undefined;
    case 'NotTerminating':
      return pod.spec?.activeDeadlineSeconds === undefined;
    case 'BestEffort':
      return isBestEffort(pod);
    case 'NotBestEffort':
      return !isBestEffort(pod);
    case 'PriorityClass': {
      const name = pod.spec?.priorityClassName ?? '';
      if (operator === 'Exists') return name !== '';
      if (operator === 'DoesNotExist') return name === '';
      return values.includes(name) === (operator === 'In');
    }
    case 'CrossNamespacePodAffinity':
      return reachesOtherNamespaces(pod);
    default:
      return false;
  }
}

function isBestEffort(pod: Pod): boolean {
  const all = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  const has = (list: Usage | undefined) => list?.cpu !== undefined || list?.memory !== undefined;
  return !all.some(({ resources }) => has(resources?.requests) || has(resources?.limits));
}

function reachesOtherNamespaces(pod: Pod): boolean {
  const { podAffinity, podAntiAffinity } = pod.spec?.affinity ?? {};
  return [podAffinity, podAntiAffinity].some((affinity) => {
    const required = affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
    const preferred = affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
    const terms = [...required, ...preferred.map((term) => term.podAffinityTerm)];
    return terms.some((term) => (term.namespaces?.length ?? 0) > 0 || term.namespaceSelector !== undefined);
  });
}
