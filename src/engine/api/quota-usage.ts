import type { Pod, ResourceQuota, Service } from './generated/types.ts';
import type { KubernetesObject } from './object.ts';
import { addQuantities } from './quantity.ts';
import { type Resource, resourceOfKind } from './resources.ts';

/** Amounts by the names that a ResourceQuota uses: `pods`, `requests.cpu`, `count/deployments.apps`. */
export type Usage = Readonly<Record<string, string>>;

/** Kinds that a quota also counts under their plural alone. Source: pkg/quota/v1/evaluator/core/registry.go */
const COUNTED_BY_PLURAL: ReadonlySet<string> = new Set([
  'configmaps',
  'persistentvolumeclaims',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'services',
]);

/**
 * What one object uses up of its namespace's quotas; nothing for pods that have ended.
 * Source: pkg/quota/v1/evaluator/core/{pods,services}.go and pkg/quota/v1/generic/evaluator.go
 */
export function quotaUsage(object: KubernetesObject): Usage {
  const resource = resourceOfKind(object.apiVersion, object.kind);
  if (resource === undefined) return {};
  const usage: Record<string, string> = { [countName(resource)]: '1' };
  if (COUNTED_BY_PLURAL.has(resource.plural)) usage[resource.plural] = '1';
  if (object.kind === 'Pod') addPod(usage, object as Pod);
  if (object.kind === 'Service') addService(usage, object as Service);
  return usage;
}

/** Whether a quota with scopes counts an object at all: only pods have scopes. */
export function isInScope(quota: ResourceQuota, object: KubernetesObject): boolean {
  const requirements = [
    ...(quota.spec?.scopes ?? []).map((scopeName) => ({
      scopeName: scopeName as string,
      operator: 'Exists',
      values: [] as string[],
    })),
    ...(quota.spec?.scopeSelector?.matchExpressions ?? []).map(({ scopeName, operator, values = [] }) => ({
      scopeName: scopeName as string,
      operator: operator as string,
      values,
    })),
  ];
  if (requirements.length === 0) return true;
  if (object.kind !== 'Pod') return false;
  return requirements.every(({ scopeName, operator, values }) => hasScope(object as Pod, scopeName, operator, values));
}

function countName({ group, plural }: Resource): string {
  return group === '' ? `count/${plural}` : `count/${plural}.${group}`;
}

function addPod(usage: Record<string, string>, { spec, status, metadata }: Pod): void {
  const ended = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  if (ended) return;
  const isLate = metadata.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds === 0;
  if (isLate) return;
  usage.pods = '1';
  for (const [part, prefix] of [
    ['requests', 'requests.'],
    ['limits', 'limits.'],
  ] as const) {
    const total: Record<string, string> = {};
    for (const { resources } of spec.containers) {
      for (const [name, amount] of Object.entries(resources?.[part] ?? {})) {
        total[name] = total[name] === undefined ? amount : addQuantities(total[name], amount);
      }
    }
    for (const name in total) {
      usage[prefix + name] = total[name] as string;
      if (part === 'requests' && (name === 'cpu' || name === 'memory' || name === 'ephemeral-storage')) {
        usage[name] = total[name] as string;
      }
    }
  }
}

function addService(usage: Record<string, string>, { spec }: Service): void {
  const ports = String(spec.ports?.length ?? 0);
  if (spec.type === 'NodePort') usage['services.nodeports'] = ports;
  if (spec.type !== 'LoadBalancer') return;
  usage['services.loadbalancers'] = '1';
  if (spec.allocateLoadBalancerNodePorts !== false) usage['services.nodeports'] = ports;
}

function hasScope(pod: Pod, scope: string, operator: string, values: readonly string[]): boolean {
  switch (scope) {
    case 'Terminating':
      return pod.spec.activeDeadlineSeconds !== undefined;
    case 'NotTerminating':
      return pod.spec.activeDeadlineSeconds === undefined;
    case 'BestEffort':
      return pod.status?.qosClass === 'BestEffort';
    case 'NotBestEffort':
      return pod.status?.qosClass !== 'BestEffort';
    case 'PriorityClass': {
      const name = pod.spec.priorityClassName ?? '';
      if (operator === 'Exists') return name !== '';
      if (operator === 'DoesNotExist') return name === '';
      return (operator === 'In') === values.includes(name);
    }
    default:
      return false;
  }
}
