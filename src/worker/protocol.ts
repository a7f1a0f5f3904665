/**
 * What the page and the worker say to each other: one union per direction, switched exhaustively on both sides.
 */
import type { KubernetesObject } from '../engine/api/object.ts';
import type {
  ActiveFault,
  ApplyResult,
  Cause,
  ClusterOptions,
  Consequences,
  Fault,
  Frame,
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
  /** Virtual ms that Story pace skipped just now, until the next thing that matters; for "42 s skipped". */
  readonly skippedMs?: number;
}

/** The user's acts: they replay, so each is plain data. */
export type Input =
  | { readonly act: 'apply'; readonly text: string; readonly namespace?: string; readonly title?: string }
  | { readonly act: 'delete'; readonly ref: ObjectRef; readonly gracePeriodSeconds?: number }
  | { readonly act: 'scale'; readonly ref: ObjectRef; readonly replicas: number }
  | { readonly act: 'cordon'; readonly node: string; readonly unschedulable: boolean }
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
  /** Options, seed and inputs with their times: enough to replay the run. */
  readonly run: Run;
  readonly digest: string;
}

export interface Run {
  readonly version: 1;
  readonly options: ClusterOptions;
  readonly inputs: readonly { readonly at: number; readonly input: Input }[];
  readonly until: number;
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
  | { readonly type: 'query'; readonly id: number; readonly query: Query };

export type FromWorker =
  | { readonly type: 'frame'; readonly epoch: number; readonly frame: Frame; readonly playback: Playback }
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
