import type { Body } from '../kernel/types.ts';

/**
 * The container runtime interface between `kubelet@host` and `containerd@host`, with CRI's names. All times are virtual
 * milliseconds; all objects are plain and frozen. Source: staging/src/k8s.io/cri-api/pkg/apis/runtime/v1/api.proto
 */

// --- sandboxes ----------------------------------------------------------------------------------------------------

export interface PodSandboxConfig {
  readonly name: string;
  readonly namespace: string;
  /** Uid of the pod; for a static pod its config hash. */
  readonly uid: string;
  /** 0 for the first sandbox of a pod, one more for each later one. */
  readonly attempt: number;
  readonly hostname: string;
  readonly hostNetwork: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly portMappings: readonly PortMapping[];
  /** Name of the headless Service's zone that the pod's own name belongs to. */
  readonly domain?: string;
  /** More lines of /etc/hosts. */
  readonly hosts?: readonly string[];
  /** Without one, the cluster's DNS, or on the host's network the node's. */
  readonly dnsPolicy?: string;
  /** What the pod adds to that; all there is with `dnsPolicy: None`. */
  readonly dns?: DnsConfig;
}

export interface DnsConfig {
  readonly servers: readonly string[];
  readonly searches: readonly string[];
  readonly options: readonly string[];
}

export interface PortMapping {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly containerPort: number;
  readonly hostPort: number;
  readonly hostIP: string;
}

export interface PodSandboxStatus {
  readonly id: string;
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly attempt: number;
  /** NOTREADY: stopped, or lost when the machine went down. */
  readonly state: 'READY' | 'NOTREADY';
  readonly createdAt: number;
  readonly hostNetwork: boolean;
  /** '' for a pod on the host's network. */
  readonly ip: string;
}

/** CNI ADD and the pause container. Fails as a whole when one of them fails. */
export interface RunPodSandbox extends Body {
  readonly type: 'runPodSandbox';
  readonly requestId: number;
  readonly config: PodSandboxConfig;
}
export interface RunPodSandboxResponse extends CriResponse {
  readonly type: 'runPodSandboxResponse';
  readonly podSandboxId: string;
}

/** Asked after `RunPodSandbox` to learn the pod's IP. */
export interface PodSandboxStatusRequest extends Body {
  readonly type: 'podSandboxStatus';
  readonly requestId: number;
  readonly podSandboxId: string;
}
export interface PodSandboxStatusResponse extends CriResponse {
  readonly type: 'podSandboxStatusResponse';
  readonly status?: PodSandboxStatus;
}

/** Kills what still runs in it and calls CNI DEL; stopping twice is no error. */
export interface StopPodSandbox extends Body {
  readonly type: 'stopPodSandbox';
  readonly requestId: number;
  readonly podSandboxId: string;
}
export interface StopPodSandboxResponse extends CriResponse {
  readonly type: 'stopPodSandboxResponse';
}

/** Also removes its containers and their logs. */
export interface RemovePodSandbox extends Body {
  readonly type: 'removePodSandbox';
  readonly requestId: number;
  readonly podSandboxId: string;
}
export interface RemovePodSandboxResponse extends CriResponse {
  readonly type: 'removePodSandboxResponse';
}

// --- images -------------------------------------------------------------------------------------------------------

export interface ImageStatusRequest extends Body {
  readonly type: 'imageStatus';
  readonly requestId: number;
  readonly image: string;
}
export interface ImageStatusResponse extends CriResponse {
  readonly type: 'imageStatusResponse';
  /** Undefined when the node does not have the image. */
  readonly image?: RuntimeImage;
}
export interface RuntimeImage {
  /** Image id, `sha256:...`. */
  readonly id: string;
  /** Canonical names with tag: `docker.io/library/nginx:1.27`. */
  readonly repoTags: readonly string[];
  /** `docker.io/library/nginx@sha256:...`; the first one is the status field `imageID`. */
  readonly repoDigests: readonly string[];
  readonly sizeBytes: number;
  /** Whom its process runs as: a number or a name; none: root. */
  readonly user?: string;
}

export interface PullImage extends Body {
  readonly type: 'pullImage';
  readonly requestId: number;
  readonly image: string;
}
/** How far a pull has come; sent a few times while it runs. Not in CRI: the real kubelet does not learn it. */
export interface PullProgress extends Body {
  readonly type: 'pullProgress';
  readonly reply: true;
  readonly requestId: number;
  readonly image: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
}
export interface PullImageResponse extends CriResponse {
  readonly type: 'pullImageResponse';
  readonly image?: RuntimeImage;
  /** What this model does not know of the image and stands in for, as a sentence. Not in CRI. */
  readonly note?: string;
}

// --- containers ---------------------------------------------------------------------------------------------------

export interface ContainerConfig {
  readonly name: string;
  /** Restart count: number of earlier containers of this name in the pod. */
  readonly attempt: number;
  readonly image: string;
  /** Overrides of entrypoint and cmd, with `$(VAR)` expanded; empty for the image's own. */
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly workingDir: string;
  readonly envs: readonly EnvVariable[];
  readonly mounts: readonly Mount[];
  readonly ports: readonly number[];
  readonly stopSignal: string;
  readonly terminationMessagePath: string;
  readonly terminationMessagePolicy: 'File' | 'FallbackToLogsOnError';
  /** Hash of the container's spec: tells after a kubelet restart whether the definition changed. */
  readonly hash: string;
  readonly linux: {
    readonly cpuRequestMillis: number;
    /** 0: no limit. */
    readonly cpuLimitMillis: number;
    readonly memoryRequestBytes: number;
    /** 0: no limit. */
    readonly memoryLimitBytes: number;
    readonly oomScoreAdj: number;
  };
}

export interface EnvVariable {
  readonly key: string;
  readonly value: string;
}

export interface Mount {
  readonly containerPath: string;
  /**
   * Directory (or file) of the node. Mounts with the same path share what is in it: emptyDir is
   * `/var/lib/kubelet/pods/<uid>/volumes/kubernetes.io~empty-dir/<name>` and goes with the pod.
   */
  readonly hostPath: string;
  readonly readonly: boolean;
  /** What the kubelet has written there (ConfigMap, Secret, downward API, projected), by path below `hostPath`. */
  readonly files?: Readonly<Record<string, string>>;
}

export interface CreateContainer extends Body {
  readonly type: 'createContainer';
  readonly requestId: number;
  readonly podSandboxId: string;
  readonly config: ContainerConfig;
}
export interface CreateContainerResponse extends CriResponse {
  readonly type: 'createContainerResponse';
  readonly containerId: string;
}

export interface StartContainer extends Body {
  readonly type: 'startContainer';
  readonly requestId: number;
  readonly containerId: string;
}
export interface StartContainerResponse extends CriResponse {
  readonly type: 'startContainerResponse';
  /** When the process began to run. */
  readonly startedAt: number;
}

/** Stop signal, then SIGKILL after the timeout; 0 is SIGKILL at once. The answer comes when it has stopped. */
export interface StopContainer extends Body {
  readonly type: 'stopContainer';
  readonly requestId: number;
  readonly containerId: string;
  readonly timeoutSeconds: number;
}
export interface StopContainerResponse extends CriResponse {
  readonly type: 'stopContainerResponse';
}

/** A dead container that is not needed any more, with its log. */
export interface RemoveContainer extends Body {
  readonly type: 'removeContainer';
  readonly requestId: number;
  readonly containerId: string;
}
export interface RemoveContainerResponse extends CriResponse {
  readonly type: 'removeContainerResponse';
}

export interface ContainerStatus {
  readonly id: string;
  readonly podSandboxId: string;
  readonly podUid: string;
  readonly name: string;
  readonly attempt: number;
  readonly state: 'CREATED' | 'RUNNING' | 'EXITED' | 'UNKNOWN';
  readonly createdAt: number;
  /** 0 while it has not happened. */
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly exitCode: number;
  /** `Completed`, `Error`, `OOMKilled`, `StartError`, `Unknown`; '' while it runs. */
  readonly reason: string;
  /** Termination message, or why it could not start. */
  readonly message: string;
  /** Name of the image, as the status shows it: `docker.io/library/nginx:1.27`. */
  readonly image: string;
  /** `docker.io/library/nginx@sha256:...`. */
  readonly imageRef: string;
  readonly hash: string;
}

// --- what there is ------------------------------------------------------------------------------------------------

/** ListPodSandbox and ListContainers with their statuses in one call: asked when the kubelet starts. */
export interface ListPods extends Body {
  readonly type: 'listPods';
  readonly requestId: number;
}
export interface ListPodsResponse extends CriResponse {
  readonly type: 'listPodsResponse';
  readonly sandboxes: readonly PodSandboxStatus[];
  /** Of each container name of a sandbox the newest one and, while it is kept, the one before. */
  readonly containers: readonly ContainerStatus[];
}

/** Opens the stream of `ContainerEvent` and `RuntimeStatus` messages to the caller, until either side ends. */
export interface GetContainerEvents extends Body {
  readonly type: 'getContainerEvents';
  readonly requestId: number;
}
export interface GetContainerEventsResponse extends CriResponse {
  readonly type: 'getContainerEventsResponse';
}

/**
 * A container has exited or a sandbox has stopped, by itself or because it was asked to; sent before the answer to
 * `StopContainer` or `StopPodSandbox`. Starts are not reported: the answer to `StartContainer` says it.
 */
export interface ContainerEvent extends Body {
  readonly type: 'containerEvent';
  readonly reply: true;
  readonly event: 'CONTAINER_STOPPED_EVENT' | 'CONTAINER_DELETED_EVENT' | 'SANDBOX_STOPPED_EVENT';
  readonly podUid: string;
  readonly podSandboxId: string;
  /** For containers: its status after the event. */
  readonly container?: ContainerStatus;
}

/** Runtime and network conditions; asked once, then sent by the runtime when they change. */
export interface StatusRequest extends Body {
  readonly type: 'runtimeStatus';
  readonly requestId: number;
}
export interface RuntimeStatus extends Body {
  readonly type: 'runtimeStatusResponse';
  readonly reply: true;
  /** 0 when nobody asked. */
  readonly requestId: number;
  readonly error?: string;
  readonly runtimeReady: boolean;
  readonly networkReady: boolean;
  /** Of the network condition when it is not ready: `NetworkPluginNotReady`. */
  readonly networkReason: string;
  readonly networkMessage: string;
  /** Images on the node, for `node.status.images`. */
  readonly images: readonly RuntimeImage[];
}

/** Memory of the node is below or again above the kubelet's threshold: stands for the kernel's cgroup notification. */
export interface MemoryNotification extends Body {
  readonly type: 'memoryNotification';
  readonly reply: true;
  readonly availableBytes: number;
}

export interface ListPodStats extends Body {
  readonly type: 'listPodStats';
  readonly requestId: number;
}
export interface ListPodStatsResponse extends CriResponse {
  readonly type: 'listPodStatsResponse';
  readonly availableBytes: number;
  readonly containers: readonly {
    readonly podUid: string;
    readonly name: string;
    readonly workingSetBytes: number;
    readonly cpuMillis: number;
  }[];
}

// --- inside a container -------------------------------------------------------------------------------------------

/** Runs a command in a running container: probes, lifecycle hooks, `kubectl exec`. */
export interface ExecSync extends Body {
  readonly type: 'execSync';
  readonly requestId: number;
  readonly containerId: string;
  readonly command: readonly string[];
  /** 0: no limit. */
  readonly timeoutSeconds: number;
  /** What it is for, when it is a probe: a fault can make the application fail it. */
  readonly probe?: ProbeKind;
}
export type ProbeKind = 'liveness' | 'readiness' | 'startup';
export interface ExecSyncResponse extends CriResponse {
  readonly type: 'execSyncResponse';
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** It did not end in time and was killed. */
  readonly timedOut?: boolean;
}

/**
 * A connection from the node to a port: the kubelet's HTTP, TCP and gRPC probes and HTTP hooks. In a real node it is a
 * packet and not a CRI call; here the runtime has the processes that listen.
 */
export interface NetworkProbe extends Body {
  readonly type: 'networkProbe';
  readonly requestId: number;
  /** The container that is probed; the address may be another one's. */
  readonly containerId: string;
  readonly host: string;
  readonly port: number;
  readonly handler:
    | { readonly kind: 'tcp' }
    | { readonly kind: 'grpc'; readonly service: string }
    | {
        readonly kind: 'http';
        readonly scheme: 'HTTP' | 'HTTPS';
        readonly path: string;
        readonly headers: Readonly<Record<string, string>>;
      };
  readonly timeoutSeconds: number;
  /** What it is for, when it is a probe: a fault can make the application fail it. */
  readonly probe?: ProbeKind;
}
export interface NetworkProbeResponse extends CriResponse {
  readonly type: 'networkProbeResponse';
  /**
   * `connected`: TCP is open, HTTP gave `statusCode`, gRPC gave `grpcStatus`. `refused`: nobody listens. `timeout`: it
   * listens (or the packets are lost) and nothing came back.
   */
  readonly outcome: 'connected' | 'refused' | 'timeout';
  readonly statusCode?: number;
  readonly grpcStatus?: 'SERVING' | 'NOT_SERVING' | 'UNIMPLEMENTED' | 'NOT_FOUND';
  readonly body?: string;
}

/** The log file of a container; the kubelet reads it from disk. */
export interface ReadLogs extends Body {
  readonly type: 'readLogs';
  readonly requestId: number;
  readonly containerId: string;
  /** The last so many lines; all when undefined. */
  readonly tailLines?: number;
  /** Only lines that are not older. */
  readonly since?: number;
  readonly timestamps?: boolean;
}
export interface ReadLogsResponse extends CriResponse {
  readonly type: 'readLogsResponse';
  readonly text: string;
}

/** The kubelet writes new content of a ConfigMap, Secret or downward API volume. Not CRI: it stands for the disk. */
export interface WriteVolume extends Body {
  readonly type: 'writeVolume';
  readonly hostPath: string;
  readonly files: Readonly<Record<string, string>>;
}

// --- unions -------------------------------------------------------------------------------------------------------

export interface CriResponse extends Body {
  readonly reply: true;
  readonly requestId: number;
  /** Set when the call failed: the text after `rpc error: code = CODE desc = `, as containerd words it. */
  readonly error?: string;
  /** gRPC status code of the error: `NotFound`, `Unavailable`, ...; `Unknown` when not given. */
  readonly code?: string;
}

export type CriRequest =
  | RunPodSandbox
  | PodSandboxStatusRequest
  | StopPodSandbox
  | RemovePodSandbox
  | ImageStatusRequest
  | PullImage
  | CreateContainer
  | StartContainer
  | StopContainer
  | RemoveContainer
  | ListPods
  | GetContainerEvents
  | StatusRequest
  | ListPodStats
  | ExecSync
  | NetworkProbe
  | ReadLogs;

export type CriReply =
  | RunPodSandboxResponse
  | PodSandboxStatusResponse
  | StopPodSandboxResponse
  | RemovePodSandboxResponse
  | ImageStatusResponse
  | PullImageResponse
  | CreateContainerResponse
  | StartContainerResponse
  | StopContainerResponse
  | RemoveContainerResponse
  | ListPodsResponse
  | GetContainerEventsResponse
  | RuntimeStatus
  | ListPodStatsResponse
  | ExecSyncResponse
  | NetworkProbeResponse
  | ReadLogsResponse;
