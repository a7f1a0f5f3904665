import type { Node, NodeCondition, Pod } from '../../api/generated/types.ts';
import type { Call } from '../../client/messages.ts';

/** Conditions that a silent kubelet cannot vouch for any more; NetworkUnavailable is somebody else's. */
const VOUCHED = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'] as const;

/**
 * Sets a silent node's conditions to Unknown. Undefined when its Ready condition says so already.
 * Source: pkg/controller/nodelifecycle/node_lifecycle_controller.go (tryUpdateNodeHealth)
 */
export function markUnknown(node: Node, now: string): Call | undefined {
  const conditions = [...(node.status?.conditions ?? [])];
  if (conditions.some(({ type, status }) => type === 'Ready' && status === 'Unknown')) return undefined;
  for (const type of VOUCHED) {
    const at = conditions.findIndex((condition) => condition.type === type);
    if (at < 0) conditions.push(neverPosted(type, node, now));
    else if (conditions[at]?.status !== 'Unknown') conditions[at] = stopped(conditions[at] as NodeCondition, now);
  }
  const body = { ...node, status: { ...node.status, conditions } };
  return { method: 'PUT', path: `/api/v1/nodes/${node.metadata.name}/status`, body };
}

function neverPosted(type: string, node: Node, now: string): NodeCondition {
  return {
    type,
    status: 'Unknown',
    lastHeartbeatTime: node.metadata.creationTimestamp,
    lastTransitionTime: now,
    reason: 'NodeStatusNeverUpdated',
    message: 'Kubelet never posted node status.',
  };
}

function stopped(condition: NodeCondition, now: string): NodeCondition {
  const message = 'Kubelet stopped posting node status.';
  return { ...condition, status: 'Unknown', lastTransitionTime: now, reason: 'NodeStatusUnknown', message };
}

/**
 * Sets a pod's Ready condition to False. Undefined when it is, or when it has none.
 * Source: pkg/controller/util/node/controller_utils.go (MarkPodsNotReady)
 */
export function markPodNotReady(pod: Pod, now: string): Call | undefined {
  const old = pod.status?.conditions ?? [];
  const at = old.findIndex((condition) => condition.type === 'Ready');
  const ready = old[at];
  if (ready === undefined || ready.status === 'False') return undefined;
  const conditions = [...old];
  conditions[at] = { ...ready, status: 'False', lastTransitionTime: now };
  const { namespace, name } = pod.metadata;
  const body = { ...pod, status: { ...pod.status, conditions } };
  return { method: 'PUT', path: `/api/v1/namespaces/${namespace}/pods/${name}/status`, body };
}
