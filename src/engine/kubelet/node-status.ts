import type { Node, NodeCondition, NodeStatus } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { bytes, quantityOf, subtractQuantities } from '../api/quantity.ts';
import { deepEqual } from '../api/share.ts';
import { toRFC3339 } from '../api/time.ts';
import type { Answer } from '../client/index.ts';
import type { GetContainerEvents, ListPods, RuntimeImage, RuntimeStatus, StatusRequest } from '../cri/messages.ts';
import { sha256Hex } from '../kernel/sha256.ts';
import { cancel } from '../kernel/types.ts';
import { goDuration } from './backoff.ts';
import { after, ask, callRuntime, type Kubelet, nodeEvent, PATCH_TYPE } from './kubelet.ts';
import { startLease } from './lease.ts';
import { MEMORY_THRESHOLD } from './resources.ts';
import { type KubeletConfig, NOT_READY_YET } from './state.ts';
import { ensureMirror } from './static-pods.ts';
import { syncSoon } from './worker.ts';

/** nodeStatusUpdateFrequency and nodeStatusReportFrequency. Source: pkg/kubelet/apis/config/v1beta1/defaults.go */
const UPDATE_MS = 10_000;
const REPORT_MS = 300_000;
const MAX_REGISTER_DELAY_MS = 7_000;
const MAX_IMAGES = 50;
/** How long the runtime may be silent. Source: pkg/kubelet/kubelet.go (maxWaitForContainerRuntime) */
const RUNTIME_WAIT_MS = 30_000;
const RUNTIME_POLL_MS = 5_000;
const PLEG_THRESHOLD_MS = 180_000;

export const allocatableMemory = (memory: string): string => {
  const left = subtractQuantities(memory, MEMORY_THRESHOLD);
  return bytes(left) > 0 ? left : memory;
};

const nodePath = ({ name }: Pick<KubeletConfig, 'name'>, sub = ''): string => `/api/v1/nodes/${name}${sub}`;

// --- registration -------------------------------------------------------------------------------------------------

/** Source: pkg/kubelet/kubelet_node_status.go (registerWithAPIServer) */
export function registerNode(k: Kubelet): void {
  const { node } = k.state;
  if (node.registered || node.registering) return;
  node.registering = true;
  ask(k, { method: 'POST', path: '/api/v1/nodes', body: initialNode(k) }, { to: 'node', uid: 'create' });
}

function initialNode(k: Kubelet): Node {
  const { config } = k.state;
  const { name, labels, taints, zone, region } = config;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        ...(region && { 'topology.kubernetes.io/region': region }),
        ...(zone && { 'topology.kubernetes.io/zone': zone }),
        ...labels,
      },
      annotations: { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' },
    },
    spec: {
      providerID: `kind://docker/kind/${name}`,
      ...(taints && taints.length > 0 && { taints: taints as NonNullable<Node['spec']>['taints'] }),
    },
    status: nodeStatus(k, undefined),
  };
}

export function registrationAnswered(k: Kubelet, what: string, answer: Answer): void {
  const { config, kept } = k.state;
  const { node } = k.state;
  node.registering = false;
  if (answer.status === 409 && what === 'create') {
    node.registering = true;
    ask(k, { method: 'GET', path: nodePath(config) }, { to: 'node', uid: 'get' });
    return;
  }
  if (answer.status !== 200 && answer.status !== 201) {
    after(k, 'register', node.registerDelayMs, true);
    node.registerDelayMs = Math.min(2 * node.registerDelayMs, MAX_REGISTER_DELAY_MS);
    return;
  }
  const stored = answer.body as Node;
  node.registered = true;
  kept.set('node', stored as KubernetesObject);
  nodeEvent(k, 'Normal', 'Starting', 'Starting kubelet.');
  const old = stored.status?.nodeInfo?.bootID;
  const boot = bootID(config);
  if (what === 'get' && old !== undefined && old !== boot) {
    nodeEvent(k, 'Warning', 'Rebooted', `Node ${config.name} has been rebooted, boot id: ${boot}`);
  }
  const is = (reason: string): void => nodeEvent(k, 'Normal', reason, `Node ${config.name} status is now: ${reason}`);
  is('NodeHasSufficientMemory');
  is('NodeHasNoDiskPressure');
  is('NodeHasSufficientPID');
  nodeEvent(k, 'Normal', 'NodeAllocatableEnforced', 'Updated Node Allocatable limit across pods');
  startLease(k);
  after(k, 'node-report', REPORT_MS, true);
  sendNodeStatus(k);
  for (const worker of k.state.pods.values()) if (worker.isStatic) ensureMirror(k, worker);
}

// --- status -------------------------------------------------------------------------------------------------------

const bootIDs = new Map<string, string>();

function uuid(text: string): string {
  let id = bootIDs.get(text);
  if (id === undefined) {
    const hex = sha256Hex(text);
    id = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
    bootIDs.set(text, id);
  }
  return id;
}

const bootID = ({ name, boots = 1 }: Pick<KubeletConfig, 'name' | 'boots'>): string => uuid(`boot ${name} ${boots}`);

/** Source: pkg/kubelet/nodestatus/setters.go */
function nodeStatus(k: Kubelet, old: NodeStatus | undefined): NodeStatus {
  const { name, internalIP, cpu, memory, ephemeralStorage, pods, kubeletVersion, boots } = k.state.config;
  const capacity = {
    cpu,
    'ephemeral-storage': ephemeralStorage,
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    memory,
    pods,
  };
  return {
    capacity,
    allocatable: { ...capacity, memory: allocatableMemory(memory) },
    conditions: nodeConditions(k, old?.conditions ?? []),
    addresses: [
      { type: 'InternalIP', address: internalIP },
      { type: 'Hostname', address: name },
    ],
    daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
    nodeInfo: {
      machineID: uuid(`machine ${name}`).replaceAll('-', ''),
      systemUUID: uuid(`system ${name}`),
      bootID: bootID({ name, boots }),
      kernelVersion: '6.8.0-52-generic',
      osImage: 'Debian GNU/Linux 12 (bookworm)',
      containerRuntimeVersion: 'containerd://2.2.0',
      kubeletVersion,
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: 'amd64',
    },
    images: imageList(k),
  };
}

function imageList(k: Kubelet): NonNullable<NodeStatus['images']> {
  const images = [...k.state.images.values()].sort((a, b) => b.sizeBytes - a.sizeBytes || (a.id < b.id ? -1 : 1));
  return images.slice(0, MAX_IMAGES).map(({ repoDigests, repoTags, sizeBytes }) => ({
    names: [...repoDigests, ...repoTags],
    sizeBytes,
  }));
}

type Wanted = readonly [type: string, status: 'True' | 'False', reason: string, message: string];

function wantedConditions(k: Kubelet): Wanted[] {
  const { memoryPressure } = k.state.node;
  const problem = whyNotReady(k);
  return [
    memoryPressure
      ? ['MemoryPressure', 'True', 'KubeletHasInsufficientMemory', 'kubelet has insufficient memory available']
      : ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
    ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
    ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
    problem === undefined
      ? ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status']
      : ['Ready', 'False', 'KubeletNotReady', problem],
  ];
}

/** Source: pkg/kubelet/runtime.go (runtimeErrors, networkErrors) */
function whyNotReady({ state, env }: Kubelet): string | undefined {
  const { runtimeReady, runtimeDownSince, networkReady, networkMessage } = state.node;
  const problems: string[] = [];
  if (!runtimeReady) {
    if (runtimeDownSince === 0) problems.push(NOT_READY_YET);
    else if (env.now - runtimeDownSince >= RUNTIME_WAIT_MS) {
      problems.push('container runtime is down');
      const silent = env.now - runtimeDownSince;
      if (silent >= PLEG_THRESHOLD_MS) {
        const text = `PLEG is not healthy: pleg was last seen active ${goDuration(silent)} ago`;
        problems.push(`${text}; threshold is ${goDuration(PLEG_THRESHOLD_MS)}`);
      }
    }
  }
  if (!networkReady && networkMessage !== NOT_READY_YET) problems.push(networkMessage);
  if (problems.length === 0) return undefined;
  return problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`;
}

function nodeConditions(k: Kubelet, old: readonly NodeCondition[]): NodeCondition[] {
  const now = toRFC3339(k.env.wallNow);
  return wantedConditions(k).map(([type, status, reason, message]) => {
    const before = old.find((condition) => condition.type === type);
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : now;
    return { type, status, lastHeartbeatTime: now, lastTransitionTime, reason, message };
  });
}

/**
 * The node's status differs, or may differ, from what was sent: it goes out with the next update, or at once while the
 * node has never been ready.
 */
export function nodeChanged(k: Kubelet): void {
  const { startedAt } = k.state;
  const { node } = k.state;
  if (!node.registered) return;
  if (!node.everReady) {
    sendNodeStatus(k);
    return;
  }
  const since = k.env.now - startedAt;
  const next = (Math.floor(since / UPDATE_MS) + 1) * UPDATE_MS - since;
  after(k, 'node-status', next);
}

export function sendNodeStatus(k: Kubelet): void {
  const { state, env } = k;
  const { kept, config } = state;
  const { node } = k.state;
  const stored = kept.get('node') as Node | undefined;
  if (!node.registered || stored === undefined) return;
  if (node.statusUnderWay) {
    node.statusAgain = true;
    return;
  }
  const wanted = nodeStatus(k, stored.status);
  const old = stored.status?.conditions ?? [];
  const isSame =
    (wanted.conditions ?? []).every(({ type, status, reason, message }) =>
      old.some((one) => one.type === type && one.status === status && one.reason === reason && one.message === message),
    ) &&
    deepEqual(stored.status?.images ?? [], wanted.images) &&
    deepEqual(stored.status?.nodeInfo, wanted.nodeInfo) &&
    deepEqual(stored.status?.capacity, wanted.capacity);
  if (isSame && env.now - node.reportedAt < REPORT_MS && node.reportedAt !== 0) return;
  const { conditions = [], images, ...rest } = wanted;
  const others = old.filter(({ type }) => !conditions.some((one) => one.type === type));
  const status: Record<string, unknown> = {
    '$setElementOrder/conditions': [...others, ...conditions].map(({ type }) => ({ type })),
    conditions,
  };
  if (!deepEqual(stored.status?.images ?? [], images)) status.images = images;
  for (const [field, value] of Object.entries(rest)) {
    if (field !== 'addresses' && !deepEqual(stored.status?.[field as keyof NodeStatus], value)) status[field] = value;
  }
  node.statusUnderWay = true;
  node.reportedAt = env.now;
  conditionEvents(k, old, conditions);
  const path = nodePath(config, '/status');
  ask(k, { method: 'PATCH', path, contentType: PATCH_TYPE, body: { status } }, { to: 'node-status', uid: '' });
}

function conditionEvents(k: Kubelet, old: readonly NodeCondition[], conditions: readonly NodeCondition[]): void {
  const { config } = k.state;
  const { node } = k.state;
  for (const { type, status, reason = '' } of conditions) {
    const before = old.find((one) => one.type === type)?.status;
    if (before === status) continue;
    const word =
      type === 'Ready' ? (status === 'True' ? 'NodeReady' : 'NodeNotReady') : reason.replace('Kubelet', 'Node');
    nodeEvent(k, 'Normal', word, `Node ${config.name} status is now: ${word}`);
    if (word === 'NodeReady') node.everReady = true;
  }
  if (conditions.some(({ type, status }) => type === 'Ready' && status === 'True')) node.everReady = true;
}

export function nodeStatusAnswered(k: Kubelet, answer: Answer): void {
  const { node } = k.state;
  node.statusUnderWay = false;
  if (answer.status === 200) {
    keepNode(k, answer.body as Node);
    if (node.statusAgain) {
      node.statusAgain = false;
      sendNodeStatus(k);
    }
  } else if (answer.status !== 404) {
    after(k, 'node-status', UPDATE_MS, true);
  }
}

/** The periodic report, so that the controllers know that the kubelet means what it said. */
export function reportNode(k: Kubelet): void {
  after(k, 'node-report', REPORT_MS, true);
  sendNodeStatus(k);
}

function keepNode(k: Kubelet, node: Node): void {
  const { kept } = k.state;
  const old = kept.get('node');
  const isSame = old?.metadata.uid === node.metadata.uid;
  if (isSame && Number(node.metadata.resourceVersion) < Number(old?.metadata.resourceVersion)) return;
  kept.set('node', node as KubernetesObject);
}

/** The Node was changed, by this kubelet or by somebody else. */
export function nodeObserved(k: Kubelet, node: Node, old: Node | undefined): void {
  if (!k.state.node.registered) return;
  keepNode(k, node);
  const { name } = k.state.config;
  const was = old?.spec?.unschedulable === true;
  const is = node.spec?.unschedulable === true;
  if (old && was !== is) {
    const word = is ? 'NodeNotSchedulable' : 'NodeSchedulable';
    nodeEvent(k, 'Normal', word, `Node ${name} status is now: ${word}`);
  }
  if (k.state.node.statusUnderWay || node.status === old?.status) return;
  const wanted = wantedConditions(k);
  const differs = (node.status?.conditions ?? []).some(({ type, status }) =>
    wanted.some(([wantedType, wantedStatus]) => wantedType === type && wantedStatus !== status),
  );
  if (differs) nodeChanged(k);
}

// --- the runtime --------------------------------------------------------------------------------------------------

/** Connects to the runtime: its status, its events, and what it runs. */
export function connectRuntime(k: Kubelet): void {
  callRuntime<StatusRequest>(k, { type: 'runtimeStatus' }, { uid: '' });
}

export function runtimeStatus(k: Kubelet, status: RuntimeStatus): void {
  const { images } = k.state;
  const { node } = k.state;
  const first = !node.runtimeReady && status.runtimeReady;
  const wasReady = node.runtimeReady && node.networkReady;
  const networkCame = !node.networkReady && status.networkReady;
  node.runtimeReady = status.runtimeReady;
  node.networkReady = status.networkReady;
  const { networkReason, networkMessage } = status;
  const network = `NetworkReady=false reason:${networkReason} message:${networkMessage}`;
  node.networkMessage = status.networkReady ? '' : `container runtime network not ready: ${network}`;
  const before = images.size;
  for (const image of status.images) images.set(image.id, image);
  if (node.everReady && images.size > before) imagesDue(k);
  if (first) {
    node.runtimeDownSince = 0;
    k.out.push(cancel('runtime-down'));
    callRuntime<GetContainerEvents>(k, { type: 'getContainerEvents' }, { uid: '' });
    callRuntime<ListPods>(k, { type: 'listPods' }, { uid: '' });
  }
  const ready = status.runtimeReady && status.networkReady;
  if (ready !== wasReady || !node.everReady) nodeChanged(k);
  if (!networkCame) return;
  for (const worker of k.state.pods.values()) if (worker.sandbox === null) syncSoon(k, worker.uid);
}

/** The runtime does not answer: asked again every 5 s, and after 30 s the node is not ready. */
export function runtimeLost(k: Kubelet): void {
  const { node } = k.state;
  if (node.runtimeReady || node.runtimeDownSince === 0) {
    node.runtimeDownSince = k.env.now;
    after(k, 'runtime-down', RUNTIME_WAIT_MS);
  }
  node.runtimeReady = false;
  k.state.ready = false;
  after(k, 'runtime', RUNTIME_POLL_MS, true);
}

/** An image was pulled: the node's status lists it from the next update on. */
export function imagesChanged(k: Kubelet, image: RuntimeImage): void {
  const { images } = k.state;
  const { node } = k.state;
  if (images.has(image.id)) return;
  images.set(image.id, image);
  if (node.everReady) imagesDue(k);
}

function imagesDue(k: Kubelet): void {
  const since = k.env.now - k.state.startedAt;
  after(k, 'node-images', (Math.floor(since / UPDATE_MS) + 1) * UPDATE_MS - since, true);
}

export const availableText = (amount: number): string => quantityOf(amount, 'BinarySI');
