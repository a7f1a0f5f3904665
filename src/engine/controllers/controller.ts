import type { KubernetesObject } from '../api/object.ts';
import type { Involved } from '../client/events.ts';
import type { Answer, Call } from '../client/messages.ts';
import type { Delta } from '../client/state.ts';
import type { Backoff } from '../client/workqueue.ts';
import type { Table } from '../kernel/table.ts';
import type { Address } from '../kernel/types.ts';
import type { InformerName } from './informers.ts';

/** How the kubelet's static pod starts the process. */
export interface ControllerManagerConfig {
  readonly server: Address;
  readonly identity: string;
  readonly clusterCIDR?: string;
  readonly serviceCIDR?: string;
  /** Names of controllers that are switched off, as `--controllers=-name`. */
  readonly disabled?: readonly string[];
}

/** Plain JSON that a sync leaves for its own continuation. */
export type Progress = string | number | boolean | null | readonly Progress[] | { readonly [key: string]: Progress };

/**
 * What one look at a key led to.
 * `calls` go out together; when all are answered, `resume` gets `progress` and the answers (in the order of the calls).
 * Without `resume` or `progress`, a failed call (other than 404 on DELETE and 409 AlreadyExists, which callers judge in
 * `resume`) puts the key back with its back-off. `requeueAfterMs` adds the key once more after that time.
 */
export interface Outcome {
  readonly calls?: readonly Call[];
  readonly progress?: Progress;
  readonly requeueAfterMs?: number;
  /** Give up this round and try again with back-off, for this reason. */
  readonly retry?: string;
}

export const DONE: Outcome = {};

/** What a controller may use while it looks at a key or a change. */
export interface ControllerContext {
  readonly now: number;
  /** For times in objects: see `Env.wallNow`. */
  readonly wallNow: number;
  /** How the process was started. */
  readonly config: ControllerManagerConfig;
  /** Controllers read only from the shared informers' stores. */
  store<T extends KubernetesObject = KubernetesObject>(informer: InformerName): Table<T>;
  random(): number;
  enqueue(key: string): void;
  /** One delayed add per key: a later call replaces an earlier one. */
  enqueueAfter(key: string, afterMs: number, options?: { periodic?: boolean }): void;
  /** Sets a timer of this controller; `timer` gets its name. */
  setTimer(name: string, afterMs: number, options?: { periodic?: boolean }): void;
  cancelTimer(name: string): void;
  event(about: KubernetesObject | Involved, type: 'Normal' | 'Warning', reason: string, message: string): void;
  /** A call outside any key's sync (periodic work); `answered` gets the tag. `periodic: false` for real changes. */
  call(what: Call, tag: Progress, options?: { periodic?: boolean; delayMs?: number }): void;
}

/**
 * One of the many controllers in the controller manager: its own state, its own workqueue, the shared informers.
 * `State` is plain data and tables; never keep a draft of it in an effect.
 */
export interface Controller<State extends object = object> {
  /** Name of the controller and of its workqueue, for example `replicaset-controller`. */
  readonly name: string;
  /** Service account that it asks as; `name` when absent. */
  readonly serviceAccount?: string;
  /** Client limits other than the process' 20 queries/s with a burst of 30. */
  readonly limits?: { readonly qps: number; readonly burst: number };
  /** `source.component` of its events; `name` when absent. */
  readonly eventSource?: string;
  readonly watches: readonly InformerName[];
  readonly workers: number;
  /** Back-off other than from 5 ms to 1,000 s. */
  readonly backoff?: Backoff;
  /** Retries of one key before it is dropped; without it, for ever. */
  readonly maxRetries?: number;
  create(): State;
  /** Called once when the caches have synced and the controller starts to lead. */
  start?(state: State, context: ControllerContext): void;
  observe(state: State, delta: Delta, context: ControllerContext): void;
  /** Compares desired and observed for one key. Idempotent: on an unchanged world the second run asks for nothing. */
  sync(state: State, key: string, context: ControllerContext): Outcome;
  resume?(
    state: State,
    key: string,
    progress: Progress,
    answers: readonly Answer[],
    context: ControllerContext,
  ): Outcome;
  timer?(state: State, name: string, context: ControllerContext): void;
  answered?(state: State, tag: Progress, answer: Answer, context: ControllerContext): void;
  /** Small, bounded, for the inspector. */
  view?(state: State): object;
}
