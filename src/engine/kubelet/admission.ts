import type {
  Node,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  Pod,
  Taint,
  Toleration,
} from '../api/generated/types.ts';
import { bytes, cpuMillis } from '../api/quantity.ts';
import { matchesAll } from '../api/selectors.ts';
import type { Kubelet } from './kubelet.ts';
import { allocatableMemory } from './node-content.ts';
import { containersOf, isCritical, podRequests, qosClass } from './resources.ts';
import { NO_SUM, type PodWorker, type Verdict } from './state.ts';

/**
 * Why this node does not take a pod that was bound to it; undefined when it does.
 * Source: pkg/kubelet/lifecycle/predicate.go, pkg/kubelet/eviction/eviction_manager.go (Admit)
 */
export function admissionRefusal(k: Kubelet, pod: Pod): Verdict | undefined {
  const { state } = k;
  if (k.state.node.memoryPressure && !isCritical(pod) && qosClass(pod) === 'BestEffort') {
    return { reason: 'Evicted', message: 'The node had condition: [MemoryPressure]. ' };
  }
  const sysctl = pod.spec.securityContext?.sysctls?.find(({ name }) => !isSafeSysctl(name.replaceAll('/', '.')));
  if (sysctl) return { reason: 'SysctlForbidden', message: `forbidden sysctl: "${sysctl.name}" not allowlisted` };
  if ((pod.spec.os?.name ?? 'linux') !== 'linux') {
    return { reason: 'PodOSNotSupported', message: "Failed to admit pod as the OS field doesn't match node OS" };
  }
  if (pod.metadata.annotations?.['kubernetes.io/config.source'] === 'file') return undefined;
  const { config, sums } = state;
  const used = sums.get('node') ?? NO_SUM;
  const node = state.client.informers.node?.objects.get(config.name) as Node | undefined;
  const requests = podRequests(pod);
  const lacks = (resource: string, name: string, requested: number, taken: number, capacity: number) =>
    requested > 0 && taken + requested > capacity
      ? {
          reason: `OutOf${name}`,
          message: `Node didn't have enough resource: ${resource}, requested: ${requested}, used: ${taken}, capacity: ${capacity}`,
        }
      : undefined;
  const short =
    lacks('pods', 'pods', 1, used.count, Number(config.pods)) ??
    lacks('cpu', 'cpu', requests.cpuMillis, used.cpuMillis, cpuMillis(config.cpu)) ??
    lacks('memory', 'memory', requests.memoryBytes, used.memoryBytes, bytes(allocatableMemory(config.memory)));
  if (short) return short;
  if (node && !matchesNode(pod, node)) {
    return failedPredicate('NodeAffinity', "node(s) didn't match Pod's node affinity/selector");
  }
  if (hasPortConflict(k, pod)) {
    return failedPredicate('NodePorts', "node(s) didn't have free ports for the requested pod ports");
  }
  const taint = node?.spec?.taints?.find((one) => one.effect === 'NoExecute' && !isTolerated(pod, one));
  return taint && failedPredicate('TaintToleration', 'node(s) had untolerated taint(s)');
}

/** Whether a pod may set it without the kubelet's permission. Source: pkg/kubelet/sysctl/safe_sysctls.go */
function isSafeSysctl(name: string): boolean {
  if (name === 'kernel.shm_rmid_forced') return true;
  const safe =
    'ip_local_port_range tcp_syncookies ping_group_range ip_unprivileged_port_start ip_local_reserved_ports tcp_keepalive_time tcp_fin_timeout tcp_keepalive_intvl tcp_keepalive_probes tcp_rmem tcp_wmem';
  return name.startsWith('net.ipv4.') && safe.split(' ').includes(name.slice('net.ipv4.'.length));
}

const failedPredicate = (name: string, why: string): Verdict => ({
  reason: name,
  message: `Predicate ${name} failed: ${why}`,
});

function isTolerated(pod: Pod, taint: Taint): boolean {
  return (pod.spec?.tolerations ?? []).some(
    ({ key, operator, value, effect }: Toleration) =>
      (effect === undefined || effect === taint.effect) &&
      (key === undefined || key === taint.key) &&
      (operator === 'Exists' || (value ?? '') === (taint.value ?? '')),
  );
}

function matchesNode(pod: Pod, node: Node): boolean {
  const { nodeSelector, affinity } = pod.spec ?? {};
  if (nodeSelector && !matchesAll(nodeSelector, node.metadata.labels)) return false;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || required.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}

function matchesTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, node: Node): boolean {
  if (matchExpressions.length === 0 && matchFields.length === 0) return false;
  const { labels = {}, name } = node.metadata;
  return (
    matchExpressions.every((one) => fulfils(one, labels[one.key])) &&
    matchFields.every((one) => fulfils(one, one.key === 'metadata.name' ? name : undefined))
  );
}

function fulfils({ operator, values = [] }: NodeSelectorRequirement, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
  }
}

function hostPorts(pod: Pod): string[] {
  const found: string[] = [];
  for (const { ports } of containersOf(pod)) {
    for (const { hostPort, protocol = 'TCP' } of ports ?? []) if (hostPort) found.push(`${protocol}/${hostPort}`);
  }
  return found;
}

function hasPortConflict({ state }: Kubelet, pod: Pod): boolean {
  const wanted = hostPorts(pod);
  if (wanted.length === 0) return false;
  for (const other of state.pods.values()) {
    if (other.uid === pod.metadata.uid || other.stage === 'terminated') continue;
    if (hostPorts(other.pod).some((port) => wanted.includes(port))) return true;
  }
  return false;
}

/** Counts an admitted pod. */
export function reserve({ state }: Kubelet, pod: Pod): void {
  state.reserved.set(pod.metadata.uid as string, true);
  count(state, pod, 1);
}

/** What an ended pod had is free again. */
export function release({ state }: Kubelet, worker: PodWorker): void {
  if (state.reserved.delete(worker.uid)) count(state, worker.pod, -1);
}

function count({ sums }: Kubelet['state'], pod: Pod, sign: 1 | -1): void {
  const used = sums.get('node') ?? NO_SUM;
  const requests = podRequests(pod);
  const cpu = used.cpuMillis + sign * requests.cpuMillis;
  sums.set('node', {
    cpuMillis: cpu,
    memoryBytes: used.memoryBytes + sign * requests.memoryBytes,
    count: used.count + sign,
  });
}
