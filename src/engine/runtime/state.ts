import type { ApiResponse } from '../client/messages.ts';
import type { CniConfig, CniResult } from '../cri/cni.ts';
import type { RuntimeFault } from '../cri/faults.ts';
import type {
  ContainerConfig,
  ContainerStatus,
  CriRequest,
  PodSandboxConfig,
  RuntimeImage,
  WriteVolume,
} from '../cri/messages.ts';
import { defineTable, type Table } from '../kernel/table.ts';
import type { Address, KernelBody } from '../kernel/types.ts';
import type { MachineConfig } from '../machine/messages.ts';
import type { NetworkBody } from '../network/messages.ts';
import { canonicalName, parseImageReference } from './image-reference.ts';
import { imageDigest, imageOf } from './images.ts';
import type { Program } from './programs.ts';
import type { ShellState, ShellWait } from './shell/state.ts';

/** A pod's shared namespaces, held by its pause container. Rows are never changed in place. */
export interface Sandbox {
  readonly id: string;
  readonly config: PodSandboxConfig;
  readonly state: 'READY' | 'NOTREADY';
  readonly createdAt: number;
  /** '' on the host's network and before CNI has answered. */
  readonly ip: string;
}

/** A container and, while it runs, its main process. */
export interface Container {
  readonly id: string;
  readonly podSandboxId: string;
  readonly podUid: string;
  readonly config: ContainerConfig;
  readonly state: ContainerStatus['state'];
  readonly createdAt: number;
  readonly startedAt: number;
  /** `startedAt`, when it is about how long it has been running. */
  readonly upSince: number;
  readonly finishedAt: number;
  readonly exitCode: number;
  readonly reason: string;
  readonly message: string;
  readonly image: string;
  readonly imageRef: string;
  readonly program: Program;
  /** The script, for programs of kind `shell`. */
  readonly shell?: ShellState;
  readonly wait?: ShellWait;
  /** How often the script has waited. */
  readonly waits: number;
  /** Long-lived program that a script runs in the foreground, and since when. */
  readonly foreground?: { readonly program: Program; readonly at: number };
  /** Calls that are answered once it has stopped. */
  readonly stopping?: readonly { readonly from: Address; readonly requestId: number }[];
}

/** A command that runs in a container beside its main process. */
export interface Exec {
  readonly containerId: string;
  readonly from: Address;
  readonly requestId: number;
  readonly shell: ShellState;
  readonly wait: ShellWait;
  readonly lines: readonly string[];
}

/** A pull under way. */
export interface Pull {
  readonly from: Address;
  readonly requestId: number;
  readonly image: string;
  /** Quarters downloaded; -1 while the registry is asked. */
  readonly quarter: number;
}

/** A file written by a process, by its path on the node; directories have no text. */
export interface FileRow {
  readonly text?: string;
}

/** Fifty lines of a container's log. */
export type LogChunk = readonly (readonly [at: number, text: string])[];

/** containerd: images, sandboxes, containers. */
export interface ContainerdState {
  readonly config: MachineConfig;
  /** Boot of the machine that the tables belong to. */
  readonly boots: number;
  /** The tables are from before the last boot, and nothing in them runs any more. */
  rebooted: boolean;
  nextId: number;
  readonly images: Table<RuntimeImage>;
  readonly sandboxes: Table<Sandbox>;
  readonly containers: Table<Container>;
  readonly execs: Table<Exec>;
  readonly pulls: Table<Pull>;
  readonly files: Table<FileRow>;
  /** What the kubelet put into volumes, by their path on the node. */
  readonly volumes: Table<Readonly<Record<string, string>>>;
  readonly logs: Table<LogChunk>;
  /** Lines written so far, by container. */
  readonly logLengths: Table<number>;
  /** What the answers of CNI and CoreDNS belong to, by request id. */
  readonly asked: Table<Asked>;
  readonly asks: Table<Ask>;
  /** Range of pod addresses from the CNI configuration; '' without one. */
  podSubnet: string;
  /** Whom container events go to; '' before somebody asked. */
  subscriber: Address;
  memoryUsedBytes: number;
  memoryPressure: boolean;
  /** Images whose pulls fail, `*` for all. */
  registryFaults: readonly string[];
  probeFaults: readonly ProbeFault[];
}

export interface ProbeFault {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly probe: string;
}

export type Asked =
  | { readonly for: 'sandbox'; readonly id: string; readonly from: Address; readonly requestId: number }
  | { readonly for: 'teardown' | 'dns'; readonly from: Address; readonly requestId: number }
  | { readonly for: 'probe'; readonly from: Address; readonly requestId: number; readonly peer: Address };

/** A script's question to the network, on its way. */
export interface Ask {
  readonly for: 'script' | 'exec';
  /** Id of the container, or key of the exec. */
  readonly key: string;
  readonly question: ShellWait & { readonly for: 'lookup' | 'http' };
  readonly stage: 'dns-route' | 'dns-find' | 'dns' | 'route' | 'find' | 'connect';
  /** Where a request goes, once its name is resolved. */
  readonly address?: string;
  /** Address of the pod that asks. */
  readonly source: string;
  readonly sandbox: string;
}

export type ContainerdBody =
  | CriRequest
  | WriteVolume
  | RuntimeFault
  | CniResult
  | CniConfig
  | NetworkBody
  | ApiResponse
  | KernelBody;

const newImages = defineTable<RuntimeImage>('containerd/images');
const newSandboxes = defineTable<Sandbox>('containerd/sandboxes', {
  pod: ({ config }) => `${config.namespace}/${config.name}`,
  ip: ({ ip, state }) => (state === 'READY' && ip !== '' ? ip : undefined),
  ready: ({ state }) => (state === 'READY' ? 'yes' : undefined),
});
const newContainers = defineTable<Container>('containerd/containers', {
  sandbox: ({ podSandboxId }) => podSandboxId,
  running: ({ state }) => (state === 'RUNNING' ? 'yes' : undefined),
  component: ({ state, program }) => (state === 'RUNNING' ? program.component : undefined),
});
const newExecs = defineTable<Exec>('containerd/execs', { container: ({ containerId }) => containerId });
const newPulls = defineTable<Pull>('containerd/pulls');
const newFiles = defineTable<FileRow>('containerd/files', {
  directory: (_row, path) => path.slice(0, path.lastIndexOf('/')),
});
const newVolumes = defineTable<Readonly<Record<string, string>>>('containerd/volumes');
const newLogs = defineTable<LogChunk>('containerd/logs');
const newLogLengths = defineTable<number>('containerd/log-lengths');
const newAsked = defineTable<Asked>('containerd/asked');
const newAsks = defineTable<Ask>('containerd/asks');

/** What is on the machine's disk: everything, as the shims keep running when containerd is stopped. */
export interface ContainerdDisk {
  readonly boots: number;
  readonly nextId: number;
  readonly images: Table<RuntimeImage>;
  readonly sandboxes: Table<Sandbox>;
  readonly containers: Table<Container>;
  readonly files: Table<FileRow>;
  readonly volumes: Table<Readonly<Record<string, string>>>;
  readonly logs: Table<LogChunk>;
  readonly logLengths: Table<number>;
  readonly podSubnet: string;
  readonly memoryUsedBytes: number;
}

/** What a node uses without any container. */
const SYSTEM_MEMORY_BYTES = 400 * 1_048_576;

export function createContainerd(config: MachineConfig, disk: ContainerdDisk | undefined): ContainerdState {
  const boots = config.boots ?? 1;
  const rebooted = disk !== undefined && disk.boots !== boots;
  const images = disk?.images ?? newImages();
  if (!disk) for (const name of preloadedImages(config.kubeletVersion)) storeImage(images, name);
  return {
    config,
    boots,
    rebooted,
    nextId: disk?.nextId ?? 1,
    images,
    sandboxes: disk?.sandboxes ?? newSandboxes(),
    containers: disk?.containers ?? newContainers(),
    execs: newExecs(),
    pulls: newPulls(),
    files: disk?.files ?? newFiles(),
    volumes: disk?.volumes ?? newVolumes(),
    logs: disk?.logs ?? newLogs(),
    logLengths: disk?.logLengths ?? newLogLengths(),
    asked: newAsked(),
    asks: newAsks(),
    podSubnet: disk?.podSubnet ?? '',
    subscriber: '',
    memoryUsedBytes: disk && !rebooted ? disk.memoryUsedBytes : SYSTEM_MEMORY_BYTES,
    memoryPressure: false,
    registryFaults: [],
    probeFaults: [],
  };
}

export function saveContainerd(state: ContainerdState): ContainerdDisk {
  const { boots, nextId, images, sandboxes, containers, files, volumes, logs, logLengths, podSubnet } = state;
  const { memoryUsedBytes } = state;
  return { boots, nextId, images, sandboxes, containers, files, volumes, logs, logLengths, podSubnet, memoryUsedBytes };
}

/**
 * Nothing runs after a reboot: containerd finds its containers without a process, and reports exit code 255.
 * Source: containerd internal/cri/server/restart.go (loadContainer, unknown exit status).
 */
export function forgetProcesses(state: ContainerdState, now: number): void {
  for (const [key, row] of [...state.containers.entries()]) {
    if (row.state === 'EXITED') continue;
    const { shell: _shell, wait: _wait, foreground: _foreground, stopping: _stopping, ...rest } = row;
    state.containers.set(key, { ...rest, state: 'EXITED', exitCode: 255, reason: 'Unknown', finishedAt: now });
  }
  for (const [key, row] of [...state.sandboxes.entries()])
    if (row.state === 'READY') state.sandboxes.set(key, { ...row, state: 'NOTREADY' });
  state.rebooted = false;
}

/** Adds an image under its full name; the text must be a valid reference. */
export function storeImage(images: Table<RuntimeImage>, name: string): RuntimeImage | undefined {
  const parsed = parseImageReference(name);
  if (!parsed.ok) return undefined;
  const { reference } = parsed;
  const full = canonicalName(reference);
  const known = images.get(full);
  if (known) return known;
  const digest = imageDigest(reference);
  const { sizeBytes, user } = imageOf(reference);
  const image: RuntimeImage = {
    // The digests of an image's configuration and of its manifest differ; ours are the same, rotated.
    id: `sha256:${digest.slice(8)}${digest[7] ?? '0'}`,
    repoTags: reference.tag === '' ? [] : [full],
    repoDigests: [`${reference.domain}/${reference.path}@${digest}`],
    sizeBytes,
    ...(user !== undefined && { user }),
  };
  images.set(full, image);
  return image;
}

/** What kind puts into its node image, so that a cluster comes up without any registry. */
function preloadedImages(version: string): string[] {
  const parts = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kube-proxy'];
  return [
    ...parts.map((name) => `registry.k8s.io/${name}:${version}`),
    'registry.k8s.io/etcd:3.6.6-0',
    'registry.k8s.io/coredns/coredns:v1.13.1',
    'registry.k8s.io/pause:3.10.1',
    'docker.io/kindest/kindnetd:v20250512-df8de77b',
    'docker.io/kindest/local-path-provisioner:v20250214-acbabc1a',
  ];
}
