import type { ContainerStatus, Pod } from '../../engine/api/generated/types.ts';

/** How a pod is drawn. Each has a shape of its own; colour only repeats it. */
export type PodLook =
  | 'pending'
  | 'pulling'
  | 'starting'
  | 'running'
  | 'not-ready'
  | 'crash-loop'
  | 'terminating'
  | 'unknown'
  | 'succeeded'
  | 'failed';

export interface PodState {
  readonly look: PodLook;
  /** What `kubectl get pods` prints in its column STATUS. */
  readonly text: string;
  readonly ready: number;
  readonly containers: number;
  readonly restarts: number;
}

/** Reasons of a waiting container that say that it was tried and went wrong. */
const FAILING = new Set([
  'CrashLoopBackOff',
  'ImagePullBackOff',
  'ErrImagePull',
  'InvalidImageName',
  'ErrImageNeverPull',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'StartError',
]);

const looks = new WeakMap<Pod, PodState>();

/**
 * What the API says of a pod, as `kubectl get pods` words it.
 * Source: pkg/printers/internalversion/printers.go, printPod
 */
export function podState(pod: Pod): PodState {
  let state = looks.get(pod);
  if (state === undefined) {
    state = compute(pod);
    looks.set(pod, state);
  }
  return state;
}

function compute(pod: Pod): PodState {
  const { status, spec, metadata } = pod;
  const statuses = status?.containerStatuses ?? [];
  const text = statusText(pod);
  return {
    look: lookOf(pod, text, statuses),
    text: metadata.deletionTimestamp === undefined ? text : status?.reason === 'NodeLost' ? 'Unknown' : 'Terminating',
    ready: statuses.filter((container) => container.ready).length,
    containers: spec?.containers.length ?? 0,
    restarts: statuses.reduce((sum, container) => sum + container.restartCount, 0),
  };
}

function statusText({ status, spec }: Pod): string {
  const inits = status?.initContainerStatuses ?? [];
  const total = spec?.initContainers?.length ?? 0;
  for (const [i, init] of inits.entries()) {
    const isSidecar = spec?.initContainers?.find(({ name }) => name === init.name)?.restartPolicy === 'Always';
    if (init.state?.terminated?.exitCode === 0 || (isSidecar && init.started === true)) continue;
    if (init.state?.terminated !== undefined) return `Init:${init.state.terminated.reason ?? 'Error'}`;
    const reason = init.state?.waiting?.reason;
    if (reason !== undefined && reason !== 'PodInitializing') return `Init:${reason}`;
    return `Init:${i}/${total}`;
  }
  let text = status?.reason ?? status?.phase ?? 'Pending';
  let hasRunning = false;
  for (const { state, ready } of (status?.containerStatuses ?? []).toReversed()) {
    if (state?.waiting?.reason) text = state.waiting.reason;
    else if (state?.terminated) {
      const { reason, signal, exitCode } = state.terminated;
      text = reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`);
    } else if (ready && state?.running) hasRunning = true;
  }
  if (text === 'Completed' && hasRunning) return isTrue(status?.conditions, 'Ready') ? 'Running' : 'NotReady';
  return text;
}

function lookOf({ status, spec, metadata }: Pod, text: string, statuses: readonly ContainerStatus[]): PodLook {
  const phase = status?.phase ?? 'Pending';
  if (phase === 'Unknown' || status?.reason === 'NodeLost') return 'unknown';
  if (phase === 'Succeeded') return 'succeeded';
  if (phase === 'Failed') return 'failed';
  if (metadata.deletionTimestamp !== undefined) return 'terminating';
  const all = [...(status?.initContainerStatuses ?? []), ...statuses];
  if (all.some(({ state }) => FAILING.has(state?.waiting?.reason ?? ''))) return 'crash-loop';
  if (phase === 'Pending')
    return spec?.nodeName === undefined ? 'pending' : text === 'Pending' ? 'pending' : 'starting';
  if (statuses.some(({ state }) => state?.terminated !== undefined && state.terminated.exitCode !== 0))
    return 'crash-loop';
  return isTrue(status?.conditions, 'Ready') ? 'running' : 'not-ready';
}

function isTrue(
  conditions: readonly { readonly type: string; readonly status: string }[] | undefined,
  type: string,
): boolean {
  return conditions?.find((condition) => condition.type === type)?.status === 'True';
}

/** `web-q2xkd` for `web-7c9f5d8b6-q2xkd`: what tells a pod from its sisters, short enough to stand under its icon. */
export function shortPodName(pod: Pod, limit = 10): string {
  const name = pod.metadata.name ?? '';
  const hash = pod.metadata.labels?.['pod-template-hash'];
  const spoken = hash === undefined ? name : name.replace(`-${hash}-`, '-');
  if (spoken.length <= limit) return spoken;
  const suffix = spoken.slice(spoken.lastIndexOf('-') + 1);
  if (suffix.length > limit - 3) return `${spoken.slice(0, limit - 1)}…`;
  return `${spoken.slice(0, limit - suffix.length - 1)}…${suffix}`;
}

/** What a pod belongs to, so that its sisters get the same colour: the workload, not each ReplicaSet of it. */
export function workloadOf(pod: Pod): string {
  const { metadata } = pod;
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined) return `Pod/${metadata.namespace}/${metadata.name}`;
  const hash = metadata.labels?.['pod-template-hash'];
  const name = hash === undefined ? owner.name : owner.name.replace(new RegExp(`-${hash}$`), '');
  return `${owner.kind}/${metadata.namespace}/${name}`;
}

/** Namespaces whose pods belong to the cluster itself. */
const SYSTEM = new Set(['kube-system', 'kube-public', 'kube-node-lease', 'local-path-storage']);

export const isSystemPodKey = (key: string): boolean => SYSTEM.has(key.slice(4, key.indexOf('/', 4)));

const OWNER_COLOURS = 8;
const colours = new Map<string, number>();

/** Pods of the cluster itself have the hue of the component that they are, by the labels that kubeadm gives them. */
const SYSTEM_HUES: Readonly<Record<string, string>> = {
  etcd: 'var(--hue-etcd)',
  'kube-apiserver': 'var(--hue-apiserver)',
  'kube-scheduler': 'var(--hue-scheduler)',
  'kube-controller-manager': 'var(--hue-controller-manager)',
  'kube-proxy': 'var(--hue-kube-proxy)',
  kindnet: 'var(--hue-cni)',
};

/** The colour of a pod: by workload, in the order in which workloads are first seen. */
export function podColour(pod: Pod): string {
  const { namespace = '', labels } = pod.metadata;
  if (SYSTEM.has(namespace))
    return SYSTEM_HUES[labels?.component ?? labels?.['k8s-app'] ?? ''] ?? 'var(--owner-system)';
  const workload = workloadOf(pod);
  let colour = colours.get(workload);
  if (colour === undefined) {
    colour = colours.size % OWNER_COLOURS;
    colours.set(workload, colour);
  }
  return `var(--owner-${colour})`;
}

/** A pod in words: its name, its status, where it is. */
export function podLabel(pod: Pod, isLost = false): string {
  const { text, ready, containers, restarts } = podState(pod);
  const { name, namespace } = pod.metadata;
  const node = pod.spec?.nodeName;
  return [
    `Pod ${name}${namespace === 'default' ? '' : ` in ${namespace}`}`,
    text,
    `${ready} of ${containers} ready`,
    restarts > 0 ? `${restarts} restarts` : '',
    node === undefined ? 'no node yet' : `on ${node}${isLost ? ', which is not heard of' : ''}`,
  ]
    .filter((part) => part !== '')
    .join(', ');
}
