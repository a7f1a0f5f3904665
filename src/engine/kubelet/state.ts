import type { Pod, PodStatus } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { type ClientState, type Limiter, newClient, newLimiter, newRecorder, type Recorder } from '../client/index.ts';
import type { ContainerStatus, EnvVariable, RuntimeImage } from '../cri/messages.ts';
import { defineTable, type Table } from '../kernel/table.ts';
import type { Address } from '../kernel/types.ts';
import type { MachineConfig } from '../machine/messages.ts';

/** What the kubelet reads of its machine: its configuration file, flags and /etc/kubernetes/manifests. */
export type KubeletConfig = Pick<
  MachineConfig,
  | 'name'
  | 'role'
  | 'internalIP'
  | 'zone'
  | 'region'
  | 'labels'
  | 'taints'
  | 'cpu'
  | 'memory'
  | 'ephemeralStorage'
  | 'pods'
  | 'apiServer'
  | 'manifests'
  | 'kubeletVersion'
  | 'boots'
>;

/** Newest container of a name, or the one before it, as the runtime last described it. */
export type Run = ContainerStatus;

export interface Sandbox {
  readonly id: string;
  readonly ip: string;
  readonly ready: boolean;
  readonly attempt: number;
  readonly hostNetwork: boolean;
}

/** Why a container is waiting: what upstream keeps in its reason cache. */
export interface WaitingReason {
  readonly reason: string;
  readonly message: string;
}

/** Where the one sync that runs for a pod is waiting. */
export type Task =
  | {
      readonly at: 'killing';
      readonly waiting: number;
      readonly killPod: boolean;
      /** Containers whose stop was answered before their exit was reported. */
      readonly answered?: readonly string[];
    }
  | { readonly at: 'stopping-sandbox' }
  | { readonly at: 'objects' }
  | { readonly at: 'sandbox' | 'sandbox-status' }
  | {
      readonly at: 'image' | 'pull' | 'create' | 'start' | 'post-start';
      readonly container: string;
      readonly containerId: string;
      readonly image: RuntimeImage | null;
    };

/** What is left to do in the sync that runs. */
export interface Plan {
  readonly createSandbox: boolean;
  readonly attempt: number;
  /** Names of containers to start, init containers first. */
  readonly start: readonly string[];
  /** Errors so far: the sync is tried again after 10 s. */
  readonly failed: boolean;
  /** Earliest end of a back-off that stopped a container, or 0. */
  readonly backOffUntil: number;
  /** Something was started, which the next relist will see. */
  readonly started: boolean;
}

/** What the kubelet decided about a pod as a whole: rejected, evicted, out of time. It makes the phase Failed. */
export interface Verdict {
  readonly reason: string;
  readonly message: string;
  readonly disruption?: { readonly reason: string; readonly message: string };
}

/** A pod on this node and its worker. Rows are immutable. Source: pkg/kubelet/pod_workers.go */
export interface PodWorker {
  readonly uid: string;
  /** `namespace/name`. */
  readonly key: string;
  /** For a static pod made from its file, otherwise as the API server last said. */
  readonly pod: Pod;
  /** Informers of the ConfigMaps and Secrets that it uses. */
  readonly objects: readonly string[];
  readonly isStatic: boolean;
  readonly stage: 'sync' | 'terminating' | 'terminated';
  /** The API object is gone (or it never was one). */
  readonly gone: boolean;
  readonly rejected: boolean;
  readonly verdict: Verdict | null;
  readonly task: Task | null;
  readonly plan: Plan | null;
  /** Wants another sync when this one has ended. */
  readonly again: boolean;
  readonly observedAt: number;
  readonly syncedAt: number;
  readonly endedAt: number;
  readonly sandbox: Sandbox | null;
  readonly oldSandboxes: readonly string[];
  readonly runs: Readonly<Record<string, Run>>;
  readonly before: Readonly<Record<string, Run>>;
  readonly reasons: Readonly<Record<string, WaitingReason>>;
  readonly mountFailures: number;
  /** Grace period under way, in seconds; -1 before termination. */
  readonly graceSeconds: number;
  /** When termination began. */
  readonly killedAt: number;
  /** What the status manager wants to be published, and what the API server has (of the mirror pod for a static one). */
  readonly status: PodStatus;
  readonly base: PodStatus | null;
  readonly baseVersion: number;
  readonly publishing: boolean;
  readonly deleting: boolean;
}

export interface BackOff {
  readonly delayMs: number;
  readonly at: number;
}

export interface ProbeWorker {
  readonly uid: string;
  readonly container: string;
  readonly type: 'liveness' | 'readiness' | 'startup';
  readonly containerId: string;
  readonly result: 'unknown' | 'success' | 'failure';
  readonly last: 'success' | 'failure' | '';
  readonly run: number;
  readonly errors: number;
  /** Stopped until a new container shows up. */
  readonly onHold: boolean;
  readonly output: string;
  readonly probedAt: number;
  /** Its answer has not come yet. */
  readonly isOpen: boolean;
}

/** A call to the runtime that is under way. */
export interface CriCall {
  readonly op: string;
  readonly uid: string;
  readonly container: string;
  readonly detail: string;
}

export interface Pull {
  readonly uid: string;
  readonly container: string;
  readonly image: string;
  readonly queuedAt: number;
  readonly startedAt: number;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

/** A pod that the runtime runs and that no worker has taken yet. */
export type Found = Pick<PodWorker, 'sandbox' | 'oldSandboxes' | 'runs' | 'before'>;

/** A request to the kubelet's own API whose answer waits for the runtime. */
export interface Caller {
  readonly from: Address;
  readonly requestId: number;
}

export interface Sum {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly count: number;
}

export const NO_SUM: Sum = { cpuMillis: 0, memoryBytes: 0, count: 0 };

export interface NodeState {
  registered: boolean;
  registering: boolean;
  registerDelayMs: number;
  leaseUnderWay: boolean;
  /** Attempts of the present renewal that got no answer. */
  leaseFailures: number;
  renewedAt: number;
  /** When the status was last sent, and whether the present one differs from it. */
  reportedAt: number;
  statusUnderWay: boolean;
  statusAgain: boolean;
  everReady: boolean;
  startingReported: boolean;
  runtimeReady: boolean;
  /** When the runtime was last seen; 0 before the first time. */
  runtimeDownSince: number;
  networkReady: boolean;
  networkMessage: string;
  memoryPressure: boolean;
  /** When memory was last below the threshold. */
  pressureAt: number;
}

/** All that the process knows. It is changed in place; rows of its tables are not. */
export interface KubeletState {
  readonly config: KubeletConfig;
  /** Relists come at whole seconds after it. */
  startedAt: number;
  /** The same by the clock that container times are read from. */
  startedWallAt: number;
  readonly client: ClientState;
  readonly recorder: Recorder;
  /** Client-side rate limits: of calls (`api`) and of events (`events`). */
  readonly limiters: Readonly<Record<'api' | 'events', Limiter>>;
  readonly pods: Table<PodWorker>;
  /** Mirror pods by `namespace/name`. */
  readonly mirrors: Table<KubernetesObject>;
  /** The Node (`node`) and the Lease (`lease`) as the API server last answered. */
  readonly kept: Table<KubernetesObject>;
  /** What the runtime already ran when the kubelet started, by uid, until its pod shows up. */
  readonly found: Table<Found>;
  /** Pods to be synced at the next relist, with the message that asked for it. */
  readonly due: Table<number>;
  /** Pods that wait for a ConfigMap or Secret to be listed. */
  readonly waiting: Table<true>;
  /** Pods whose status could not be published. */
  readonly unpublished: Table<true>;
  readonly backOffs: Table<BackOff>;
  readonly imageBackOffs: Table<BackOff & { readonly error: string }>;
  readonly pulls: Table<Pull>;
  readonly probes: Table<ProbeWorker>;
  readonly calls: Table<CriCall>;
  readonly callers: Table<Caller>;
  readonly images: Table<RuntimeImage>;
  readonly serviceEnv: Table<readonly EnvVariable[]>;
  /** The runtime has said what it runs: workers may start. */
  ready: boolean;
  cleaned: boolean;
  readonly node: NodeState;
  /** Static pods whose mirror is being made. */
  readonly mirroring: Table<true>;
  /** Pods that are counted in `sums`: the admitted ones. */
  readonly reserved: Table<true>;
  /** Requests of the admitted pods (`node`). */
  readonly sums: Table<Sum>;
  /** Number of the last call to the runtime. */
  lastCall: number;
}

const byKey = (worker: PodWorker): string => worker.key;
const podsTable = defineTable<PodWorker>('kubelet/pods', { key: byKey, object: (worker) => worker.objects });
const objectsTable = defineTable<KubernetesObject>('kubelet/objects');
const servicesTable = defineTable<KubernetesObject>('kubelet/services', {
  namespace: (service) => service.metadata.namespace,
});
const newMirrors = defineTable<KubernetesObject>('kubelet/mirrors');
const newFound = defineTable<Found>('kubelet/found');
const newDue = defineTable<number>('kubelet/due');
const newMarks = defineTable<true>('kubelet/marks');
const newBackOffs = defineTable<BackOff>('kubelet/backoffs');
const newImageBackOffs = defineTable<BackOff & { readonly error: string }>('kubelet/image-backoffs');
const newPulls = defineTable<Pull>('kubelet/pulls');
const newProbes = defineTable<ProbeWorker>('kubelet/probes', { pod: (probe) => probe.uid });
const newCalls = defineTable<CriCall>('kubelet/calls');
const newCallers = defineTable<Caller>('kubelet/callers');
const newSums = defineTable<Sum>('kubelet/sums');
const newImages = defineTable<RuntimeImage>('kubelet/images');
const newServiceEnv = defineTable<readonly EnvVariable[]>('kubelet/service-env');

/** Table of a ConfigMap or Secret that is watched alone. */
export const newObjects = objectsTable;

const NO_NAMES: readonly string[] = [];

/**
 * Informer names of the ConfigMaps and Secrets that a pod uses: `configmaps/ns/name`. The service account's own volume
 * is not among them: its content is the same everywhere.
 */
export function objectNames({ spec, metadata }: Pod): readonly string[] {
  const found = new Set<string>();
  const add = (plural: string, name: string | undefined): void => {
    if (name) found.add(`${plural}/${metadata.namespace}/${name}`);
  };
  for (const volume of spec?.volumes ?? []) {
    if (volume.name.startsWith('kube-api-access-')) continue;
    add('configmaps', volume.configMap?.name);
    add('secrets', volume.secret?.secretName);
    for (const source of volume.projected?.sources ?? []) {
      add('configmaps', source.configMap?.name);
      add('secrets', source.secret?.name);
    }
  }
  for (const container of [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])]) {
    for (const { configMapRef, secretRef } of container.envFrom ?? []) {
      add('configmaps', configMapRef?.name);
      add('secrets', secretRef?.name);
    }
    for (const { valueFrom } of container.env ?? []) {
      add('configmaps', valueFrom?.configMapKeyRef?.name);
      add('secrets', valueFrom?.secretKeyRef?.name);
    }
  }
  return found.size === 0 ? NO_NAMES : [...found];
}

/** Memory of a fresh kubelet: it remembers nothing of the one before. */
export function initialState(config: KubeletConfig): KubeletState {
  const { name } = config;
  const only = { fieldSelector: `metadata.name=${name}` };
  const client = newClient(config.apiServer, `system:node:${name}`, 'kubelet', {
    pods: { path: '/api/v1/pods', query: { fieldSelector: `spec.nodeName=${name}` }, table: objectsTable },
    node: { path: '/api/v1/nodes', query: only, table: objectsTable },
    services: { path: '/api/v1/services', table: servicesTable },
  });
  // kubeAPIQPS and eventRecordQPS are 50, their bursts 100.
  return {
    config,
    startedAt: 0,
    startedWallAt: 0,
    client,
    recorder: newRecorder('kubelet', name),
    limiters: { api: newLimiter(50, 100), events: newLimiter(50, 100) },
    pods: podsTable(),
    mirrors: newMirrors(),
    kept: newMirrors(),
    found: newFound(),
    due: newDue(),
    waiting: newMarks(),
    unpublished: newMarks(),
    backOffs: newBackOffs(),
    imageBackOffs: newImageBackOffs(),
    pulls: newPulls(),
    probes: newProbes(),
    calls: newCalls(),
    callers: newCallers(),
    images: newImages(),
    serviceEnv: newServiceEnv(),
    ready: false,
    cleaned: false,
    node: {
      registered: false,
      registering: false,
      registerDelayMs: 100,
      leaseUnderWay: false,
      leaseFailures: 0,
      renewedAt: 0,
      reportedAt: 0,
      statusUnderWay: false,
      statusAgain: false,
      everReady: false,
      startingReported: false,
      runtimeReady: false,
      runtimeDownSince: 0,
      networkReady: false,
      networkMessage: NOT_READY_YET,
      memoryPressure: false,
      pressureAt: 0,
    },
    mirroring: newMarks(),
    reserved: newMarks(),
    sums: newSums(),
    lastCall: 0,
  };
}

export const NOT_READY_YET = 'container runtime status check may not have completed yet';
