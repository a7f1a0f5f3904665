import type { Status } from './api/generated/types.ts';
import type { KubernetesObject } from './api/object.ts';
import type { Address } from './kernel/types.ts';

export type { Status } from './api/generated/types.ts';

/** `etcd`: only an etcd member runs there; `outside`: not a part of the cluster (the load balancer, a hosted control plane). */
export type MachineRole = 'control-plane' | 'worker' | 'etcd' | 'outside';

/** A machine instead of a count; see `ClusterOptions.machines`. */
export interface MachineSpec {
  readonly name: string;
  readonly role: 'control-plane' | 'worker';
  readonly internalIP?: string;
  readonly zone?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  /** Quantities, for example `8` and `16Gi`. */
  readonly cpu?: string;
  readonly memory?: string;
  readonly ephemeralStorage?: string;
  /** How many pods the kubelet accepts. */
  readonly pods?: string;
}

export interface ClusterOptions {
  readonly seed?: number;
  readonly profile?: 'kind' | 'ha' | 'cloud' | 'large';
  /** 0: the control plane is hosted outside the cluster's nodes, as managed clusters do; it has no Node. */
  readonly controlPlanes?: number;
  readonly workers?: number;
  /** 1 to 7; on control-plane nodes first, further ones on machines of their own. Default: 3 in `ha`, else one per control-plane node. */
  readonly etcdMembers?: number;
  readonly zones?: readonly string[];
  /** CoreDNS, kube-proxy and kindnet pods; default true. */
  readonly addons?: boolean;
  readonly machines?: readonly MachineSpec[];
  /** Size of every machine that `machines` does not describe; quantities. */
  readonly nodeResources?: { readonly cpu?: string; readonly memory?: string; readonly pods?: string };
  readonly podSubnet?: string;
  readonly serviceSubnet?: string;
  readonly schedulerConfig?: object;
  readonly proxyConfig?: object;
  /** True (default): already bootstrapped and settled at now = 0. */
  readonly ready?: boolean;
}

export interface Fault {
  readonly kind: string;
  readonly target?: string | readonly string[];
  readonly to?: string | readonly string[];
  readonly forMs?: number;
  readonly inMs?: number;
  readonly [option: string]: unknown;
}

/** An option of a fault. Without a default it may be left out. */
export interface FaultOption {
  readonly type: 'number' | 'boolean' | 'choice' | 'kinds';
  readonly default?: number | boolean;
  readonly min?: number;
  readonly max?: number;
  readonly choices?: readonly string[];
}

/** What can be said of all faults of one kind; every kind also takes `inMs`, and `forMs` when it lasts. */
export interface FaultKind {
  /** What it does, as on a button. */
  readonly title: string;
  /** What its target is; `sides`: machines or components, `to` the same. */
  readonly on: 'machine' | 'component' | 'etcd' | 'sides' | 'pod' | 'image' | 'cluster';
  /** What it is expected to show, in one or two plain sentences. */
  readonly expect: string;
  readonly options?: Readonly<Record<string, FaultOption>>;
  /** False: over as soon as it has happened. */
  readonly lasts: boolean;
  /** Why this version cannot do it. */
  readonly refused?: string;
}

export interface ActiveFault {
  readonly id: string;
  /** With the defaults of its options. */
  readonly fault: Fault;
  /** One plain sentence: what is broken. */
  readonly sentence: string;
  /** In the future for a planned one. */
  readonly since: number;
  readonly until?: number;
  /** Id of the fault (of kind `chaos`) that made it. */
  readonly by?: string;
  /** Message with which it was planned. */
  readonly planId?: number;
}

export interface ObjectRef {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

export interface ApplyResult {
  readonly object?: KubernetesObject;
  readonly verb: 'created' | 'configured' | 'unchanged' | 'failed';
  readonly status?: Status;
  readonly warnings?: readonly string[];
}

/** One link of a chain of causes, nearest first. */
export interface Cause {
  readonly messageId: number;
  readonly at: number;
  /** When it arrived. */
  readonly dueAt: number;
  /** Component, or `user@outside` for an act or fault. */
  readonly from: Address;
  readonly to: Address;
  /** Who in the component, for example `deployment-controller`. */
  readonly actor?: string;
  /** What it was, as on the diagram: `POST pods`. */
  readonly label: string;
  /** The same as a plain sentence. */
  readonly sentence: string;
  /** Whether the sentence is worth reading by itself: a caption, an act, a fault. */
  readonly told: boolean;
  /** Keys (`Kind/namespace/name`) of the objects that it is about. */
  readonly objects?: readonly string[];
  /** Messages that asked for the same before this one was acted upon, at most three. */
  readonly also?: readonly number[];
  /** On the last link only: why the chain ends with it. */
  readonly end?: CauseEnd;
  /** Of a timer that repeats itself: after how long. */
  readonly everyMs?: number;
}

/**
 * Where chains end: with what the user did, a fault, a machine that was switched on or a process that it was made with,
 * a timer that repeats itself, or what is older than the kept history.
 */
export type CauseEnd = 'act' | 'fault' | 'boot' | 'timer' | 'forgotten';

/** Something that a message, an object's changes or an act led to. */
export interface Consequence extends Cause {
  /** How many told ones lie between it and the beginning. */
  readonly depth: number;
  /** Place in the list of the one that it follows from; -1 for the beginning. */
  readonly parent: number;
}

/** What followed, in the order of time; the oldest when there is too much. */
export interface Consequences {
  readonly list: readonly Consequence[];
  /** How many more there are than the list holds. */
  readonly more: number;
}

/** Who spent how long on what: a piece of time of one process. */
export interface Span {
  readonly id: number;
  /** 0 for the beginning. */
  readonly parent: number;
  readonly messageId: number;
  readonly kind: 'act' | 'request' | 'serve' | 'message' | 'wait';
  readonly service: Address;
  readonly actor?: string;
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly failed?: boolean;
  readonly objects?: readonly string[];
  /** Whether it lies on the way from the beginning to what was asked about. */
  readonly onPath: boolean;
  /** Spans that asked for the same. */
  readonly links?: readonly number[];
}

/** All that followed from the beginning of a chain of causes, as spans in the order of time. */
export interface Trace {
  readonly title: string;
  readonly spans: readonly Span[];
  /** Messages that are not in it, because there were too many. */
  readonly dropped: number;
}

/** What kind of traffic a message is; the diagram chooses edge and colour by it. */
export type Traffic = 'request' | 'response' | 'watch' | 'etcd' | 'cri' | 'cni' | 'packet-filter' | 'user' | 'signal';

/** A message as the page sees it. */
export interface MessageView {
  readonly id: number;
  readonly from: Address;
  readonly to: Address;
  readonly sentAt: number;
  readonly dueAt: number;
  readonly cause: number;
  readonly periodic: boolean;
  readonly traffic: Traffic;
  /** Short, monospaced on the diagram: `POST pods/web-q2x/binding`, `WATCH ADDED pod/web-q2x`, `200`. */
  readonly label: string;
  /** `deployment-controller`, when a controller inside the controller manager speaks or is spoken to. */
  readonly actor?: string;
  /** Keys (`Kind/namespace/name`) of the objects that it is about. */
  readonly objects?: readonly string[];
  /** True for an answer that says no. */
  readonly failed?: boolean;
}

/** One or two plain sentences on what just happened and why, made from the message that it describes. */
export interface Caption {
  readonly at: number;
  readonly messageId: number;
  /** Component whose hue it takes. */
  readonly component: string;
  readonly text: string;
  readonly objects: readonly string[];
}

/** A user's act or a fault, for the timeline. */
export interface Mark {
  readonly at: number;
  readonly kind: 'act' | 'fault' | 'heal';
  readonly text: string;
  /** What it began with: ask `why` or `effects` of it. */
  readonly messageId?: number;
  /** Id of the fault that began or healed. */
  readonly fault?: string;
}

export interface MachineView {
  readonly name: string;
  readonly role: MachineRole;
  readonly powered: boolean;
  readonly boots: number;
  readonly internalIP: string;
  readonly zone?: string;
  /** Components that have a running process on it. */
  readonly running: readonly string[];
  /** Millicores and bytes; used = requested by bound pods is computed by the page, this is the machine's size. */
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}

/** What a component shows in the inspector; its fields depend on the component (each documents its own `view`). */
export interface ComponentView {
  readonly address: Address;
  readonly component: string;
  readonly host: string;
  readonly running: boolean;
  readonly startedAt: number;
  readonly view: object;
}

/** A change of who is in etcd's group, as with etcdctl. Without a name, `add` takes a new machine. */
export interface EtcdCommand {
  readonly do: 'add' | 'promote' | 'remove' | 'lead';
  readonly member?: string;
  readonly learner?: boolean;
}

/** One thing that a cluster does for its users: does it, now? Derived from what the parts have seen. */
export interface HealthLine {
  readonly id: string;
  readonly title: string;
  readonly state: 'works' | 'degraded' | 'stopped';
  /** One plain sentence. */
  readonly text: string;
  /** When it last worked, as far as anybody saw; absent while it works. Virtual ms. */
  readonly lastAt?: number;
}

/** Everything that changed since the last frame; applying all frames in order rebuilds the cluster's visible state. */
export interface Frame {
  readonly now: number;
  /** True: forget what you have, this is all there is. */
  readonly full: boolean;
  /** Objects as the API server's store has them, by `Kind/namespace/name`; null: deleted. Each key once. */
  readonly objects: readonly (readonly [key: string, object: KubernetesObject | null])[];
  readonly machines: readonly MachineView[];
  readonly components: readonly ComponentView[];
  /** Messages on their way now, periodic ones included (flagged); at most 600, non-periodic first. */
  readonly inFlight: readonly MessageView[];
  /** Non-periodic messages delivered since the last frame, oldest first; at most 400, then the newest. */
  readonly happened: readonly MessageView[];
  readonly captions: readonly Caption[];
  readonly marks: readonly Mark[];
  readonly faults: readonly ActiveFault[];
  /** Faults that will start later (`inMs`), at `since`. */
  readonly planned: readonly ActiveFault[];
  /** True when only periodic traffic is left. */
  readonly settled: boolean;
  /** Virtual time of the next thing that matters (not periodic), when known. */
  readonly nextAt?: number;
  readonly etcdRevision: number;
  /** What works now; absent: as in the last frame. */
  readonly health?: readonly HealthLine[];
}
