/**
 * What the page and the worker say to each other: one union per direction, switched exhaustively on both sides.
 */
import type { KubernetesObject } from '../engine/api/object.ts';
import type {
  ActiveFault,
  ApplyResult,
  Caption,
  Cause,
  ClusterOptions,
  Consequences,
  EtcdCommand,
  Fault,
  FaultKind,
  Frame,
  Mark,
  MessageView,
  ObjectRef,
  Trace,
} from '../engine/door.ts';

/** Virtual milliseconds per real one, or `story`: slow while the user's causes are in flight, fast-forward else. */
export type Speed = number | 'story';

export interface Playback {
  readonly playing: boolean;
  readonly speed: Speed;
  /** What the speed is just now: 0.025 in a story, more while it skips. */
  readonly rate: number;
  /** Virtual time that Story pace skipped just now, until the next thing that matters; for "42 s skipped". */
  readonly skipped?: { readonly from: number; readonly to: number };
  /** How many times faster than the pace of a story it is told, because so much happens; absent when it is not. */
  readonly hurry?: number;
}

/** The user's acts: they replay, so each is plain data. */
export type Input =
  | { readonly act: 'apply'; readonly text: string; readonly namespace?: string; readonly title?: string }
  | { readonly act: 'delete'; readonly ref: ObjectRef; readonly gracePeriodSeconds?: number }
  | { readonly act: 'scale'; readonly ref: ObjectRef; readonly replicas: number }
  | { readonly act: 'cordon'; readonly node: string; readonly unschedulable: boolean }
  | { readonly act: 'etcd'; readonly command: EtcdCommand }
  | { readonly act: 'inject'; readonly fault: Fault }
  | { readonly act: 'heal'; readonly id?: string };

/** A question to the engine; it costs no virtual time. */
export type Query =
  | { readonly ask: 'why'; readonly target: ObjectRef | number }
  | { readonly ask: 'effects'; readonly target: ObjectRef | number }
  | { readonly ask: 'trace'; readonly target: ObjectRef | number }
  | { readonly ask: 'message'; readonly id: number }
  | { readonly ask: 'schedulingDecision'; readonly namespace: string; readonly pod: string }
  | { readonly ask: 'iptables'; readonly node: string }
  | { readonly ask: 'events'; readonly ref: ObjectRef }
  | { readonly ask: 'logs'; readonly namespace: string; readonly pod: string; readonly container?: string }
  | { readonly ask: 'faultKinds' }
  | { readonly ask: 'run' }
  | { readonly ask: 'digest' };

export interface MessageDetail {
  readonly message: MessageView;
  readonly body: unknown;
  readonly sentence: string;
}

/** Answers by question; `null` when what was asked for does not exist (any more). */
export interface QueryAnswers {
  readonly why: readonly Cause[];
  readonly effects: Consequences;
  readonly trace: Trace | null;
  readonly message: MessageDetail | null;
  readonly schedulingDecision: object | null;
  readonly iptables: string;
  readonly events: readonly KubernetesObject[];
  readonly logs: string;
  /** What can be broken, and how, by name. */
  readonly faultKinds: Readonly<Record<string, FaultKind>>;
  /** Options, seed and inputs with their times: enough to replay the run. */
  readonly run: Run;
  readonly digest: string;
}

/** An input and its place in the run: after so many messages, at that time. */
export interface RunInput {
  readonly at: number;
  readonly after: number;
  readonly input: Input;
}

export interface Run {
  readonly format: 'orrery-run';
  readonly version: 2;
  readonly name: string;
  readonly options: ClusterOptions;
  readonly inputs: readonly RunInput[];
  readonly until: { readonly at: number; readonly after: number };
  /** Of the cluster at `until`; absent when the engine could not go there any more. */
  readonly digest?: string;
}

/** One of the futures of a run. */
export interface BranchView {
  readonly id: number;
  readonly name: string;
  /** The branch that it left, and when. */
  readonly parent?: number;
  readonly forkedAt: number;
  readonly end: number;
  /** Inputs of its own. */
  readonly acts: number;
}

export interface HistoryView {
  readonly branches: readonly BranchView[];
  readonly current: number;
  /** The branch that the last act began, when it was done in the past. */
  readonly begun?: number;
  /** Moments since then are quick to reach; earlier ones take longer. */
  readonly keptFrom: number;
  /** Memory that the kept moments take, about, and at most. */
  readonly bytes: number;
  readonly limit: number;
}

/** What has happened so far in a run that was loaded. */
export interface RunRecord {
  readonly messages: readonly MessageView[];
  readonly captions: readonly Caption[];
  readonly marks: readonly Mark[];
}

/** What the shown cluster is compared with: another future, or the same acts done to a cluster with one difference. */
export type CompareWith =
  | { readonly with: 'branch'; readonly branch: number }
  | { readonly with: 'etcdMembers' | 'maxSurge' | 'seed'; readonly value: number };

/** Something that two clusters do not have in common. */
export interface Difference {
  readonly kind: 'object' | 'machine' | 'component' | 'fault';
  /** `Pod/default/web-1`, a machine's name, an address, a fault's sentence. */
  readonly key: string;
  /** Only in the shown cluster, only in the other one, or in both but not the same. */
  readonly what: 'here' | 'there' | 'differs';
  /** For `differs`: paths with both values as text, at most four. */
  readonly fields: readonly (readonly [path: string, here: string, there: string])[];
}

/** Where in which run a frame is. */
export interface Place {
  /** Grows with every new or loaded cluster. */
  readonly run: number;
  readonly branch: number;
  /** The newest moment of the branch; later than the frame's time when that is in the past. */
  readonly newest: number;
  /** What this frame tells of happened for the first time: it is no replay. */
  readonly fresh: boolean;
}

export type ToWorker =
  | { readonly type: 'create'; readonly options: ClusterOptions; readonly playing: boolean; readonly speed: Speed }
  | { readonly type: 'input'; readonly id: number; readonly input: Input }
  | { readonly type: 'play' }
  | { readonly type: 'pause' }
  | { readonly type: 'speed'; readonly speed: Speed }
  /** Deliver up to the next visible message, or up to the next one from or to that component. */
  | { readonly type: 'step'; readonly component?: string }
  /** Run, as fast as it goes, until only periodic traffic is left. */
  | { readonly type: 'runUntilIdle' }
  /** The page was hidden or shown: hidden stops the clock. */
  | { readonly type: 'visible'; readonly visible: boolean }
  /** Show another time of a branch (the shown one, when none is named); it goes on from there when it plays. */
  | { readonly type: 'seek'; readonly at: number; readonly branch?: number }
  | { readonly type: 'renameBranch'; readonly branch: number; readonly name: string }
  /** The branch that is shown cannot be deleted. */
  | { readonly type: 'deleteBranch'; readonly branch: number }
  /** Replays a run from its beginning and shows its end; what runs now goes on until that has succeeded. */
  | { readonly type: 'load'; readonly run: Run }
  /** Put another cluster beside the shown one, on the same clock; null ends it. */
  | { readonly type: 'compare'; readonly what: CompareWith | null }
  | { readonly type: 'query'; readonly id: number; readonly query: Query };

export type FromWorker =
  | {
      readonly type: 'frame';
      /** Another one after a seek, in another branch, and for another cluster. */
      readonly epoch: number;
      readonly frame: Frame;
      readonly playback: Playback;
      readonly place: Place;
      /** With the first frame of a loaded run. */
      readonly record?: RunRecord;
    }
  /** Of the other cluster of a comparison. */
  | { readonly type: 'otherFrame'; readonly epoch: number; readonly frame: Frame }
  | {
      readonly type: 'compared';
      readonly at?: number;
      readonly list?: readonly Difference[];
      readonly more?: number;
      /** The other cluster is still on its way to this time; 0 to 1. */
      readonly catchingUp?: number;
      readonly error?: string;
    }
  | { readonly type: 'history'; readonly history: HistoryView }
  /** How far a run is loaded (0 to 1), or what came of it. */
  | { readonly type: 'loading'; readonly done: number }
  | { readonly type: 'loaded'; readonly name: string; readonly differsAt?: number; readonly error?: string }
  /** What came of an input: results of an apply, the fault's id, or a sentence that says what was wrong. */
  | {
      readonly type: 'inputDone';
      readonly id: number;
      readonly results?: readonly ApplyResult[];
      /** For each result, the line of the text (from 1) that it is about. */
      readonly lines?: readonly number[];
      readonly fault?: ActiveFault;
      /** Where in the text it is wrong (1-based), when it is. */
      readonly error?: { readonly message: string; readonly line?: number; readonly column?: number };
    }
  | { readonly type: 'answer'; readonly id: number; readonly answer: QueryAnswers[keyof QueryAnswers] }
  /** The engine failed an assertion and stopped; `run` reproduces it. */
  | { readonly type: 'stopped'; readonly message: string; readonly run: Run };
