import type { Node, NodeCondition, NodeStatus } from '../api/generated/types.ts';
import { bytes, subtractQuantities } from '../api/quantity.ts';
import { toRFC3339 } from '../api/time.ts';
import { sha256Hex } from '../kernel/sha256.ts';
import { goDuration } from './backoff.ts';
import type { Kubelet } from './kubelet.ts';
import { MEMORY_THRESHOLD } from './resources.ts';
import { type KubeletConfig, NOT_READY_YET } from './state.ts';

const MAX_IMAGES = 50;
/** How long the runtime may be silent. Source: pkg/kubelet/kubelet.go (maxWaitForContainerRuntime) */
export const RUNTIME_WAIT_MS = 30_000;
/** How long PLEG may not have looked at it. Source: pkg/kubelet/pleg/generic.go, kubelet.go (genericPlegRelistThreshold) */
export const PLEG_THRESHOLD_MS = 180_000;

/** What pods may use of a node's memory. */
export const allocatableMemory = (memory: string): string => {
  const left = subtractQuantities(memory, MEMORY_THRESHOLD);
  return bytes(left) > 0 ? left : memory;
};

/** The Node that a kubelet registers. */
export function initialNode(k: Kubelet): Node {
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

/** Another one after each boot of the machine. */
export const bootID = ({ name, boots = 1 }: Pick<KubeletConfig, 'name' | 'boots'>): string =>
  uuid(`boot ${name} ${boots}`);

/** A Node's status as it is now; conditions keep their times from `old`. Source: pkg/kubelet/nodestatus/setters.go */
export function nodeStatus(k: Kubelet, old: NodeStatus | undefined): NodeStatus {
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

/** A condition without its times. */
type Wanted = readonly [type: string, status: 'True' | 'False', reason: string, message: string];

export function wantedConditions(k: Kubelet): Wanted[] {
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
