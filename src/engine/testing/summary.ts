import type { DaemonSet, Deployment, EndpointSlice, Node, Pod, ReplicaSet } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';

/** The facts of an object that a story is about, each as `name=value`; a transcript shows those that changed. */
function factsOf(object: KubernetesObject): Map<string, string> {
  const facts = new Map<string, string>();
  const put = (name: string, value: unknown): void => {
    if (value !== undefined && value !== null && value !== '') facts.set(name, String(value));
  };
  if (object.metadata.deletionTimestamp !== undefined)
    put('deleting', `${object.metadata.deletionGracePeriodSeconds ?? 0}s`);
  const { finalizers } = object.metadata;
  if (finalizers?.length) put('finalizers', finalizers.join(','));
  switch (object.kind) {
    case 'Pod':
      podFacts(object as Pod, put);
      break;
    case 'Node':
      nodeFacts(object as Node, put);
      break;
    case 'Deployment':
    case 'ReplicaSet': {
      const { spec, status } = object as Deployment | ReplicaSet;
      put('replicas', spec?.replicas);
      put('now', status?.replicas ?? 0);
      put('ready', status?.readyReplicas ?? 0);
      put('available', status?.availableReplicas ?? 0);
      if (object.kind === 'Deployment') put('updated', (status as Deployment['status'])?.updatedReplicas ?? 0);
      break;
    }
    case 'DaemonSet': {
      const { status } = object as DaemonSet;
      put('desired', status?.desiredNumberScheduled);
      put('current', status?.currentNumberScheduled);
      put('ready', status?.numberReady);
      break;
    }
    case 'EndpointSlice': {
      const endpoints = (object as EndpointSlice).endpoints ?? [];
      put('endpoints', endpoints.length);
      put('ready', endpoints.filter(({ conditions }) => conditions?.ready !== false).length);
      break;
    }
    case 'Namespace':
      put('phase', (object as { status?: { phase?: string } }).status?.phase);
      break;
    default:
  }
  return facts;
}

type Put = (name: string, value: unknown) => void;

function podFacts({ spec, status }: Pod, put: Put): void {
  put('node', spec?.nodeName);
  put('phase', status?.phase);
  put('ip', status?.podIP);
  const condition = (type: string) => status?.conditions?.find((entry) => entry.type === type);
  put('Ready', condition('Ready')?.status);
  if (condition('PodScheduled')?.status === 'False') put('PodScheduled', condition('PodScheduled')?.reason);
  for (const container of [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]) {
    const { state, name, restartCount } = container;
    const how =
      state?.waiting?.reason ??
      (state?.terminated ? `${state.terminated.reason}:${state.terminated.exitCode}` : undefined);
    put(name, how ?? (state?.running ? 'running' : undefined));
    if (restartCount > 0) put(`${name}.restarts`, restartCount);
  }
}

function nodeFacts({ spec, status }: Node, put: Put): void {
  put('Ready', status?.conditions?.find(({ type }) => type === 'Ready')?.status);
  if (spec?.unschedulable) put('unschedulable', true);
  const taints = spec?.taints?.map(({ key, effect }) => `${key.replace('node.kubernetes.io/', '')}:${effect}`);
  if (taints?.length) put('taints', taints.join(','));
  put('podCIDR', spec?.podCIDR);
}

/** What changed between two states of an object, as one line; '' for nothing that a story is about. */
export function changeBetween(before: KubernetesObject | undefined, after: KubernetesObject): string {
  const [old, now] = [before ? factsOf(before) : new Map<string, string>(), factsOf(after)];
  const changes: string[] = [];
  for (const [name, value] of now) if (old.get(name) !== value) changes.push(`${name}=${value}`);
  for (const name of old.keys()) if (!now.has(name)) changes.push(`-${name}`);
  return changes.join(' ');
}
