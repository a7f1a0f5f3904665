/**
 * What a component and the kernel say to each other. Components import only types from here.
 */

/** `<component>@<host>`, for example `kubelet@kind-worker` or `apiserver@kind-control-plane`. */
export type Address = string;

/** What a message carries. Every component declares its own bodies as a union of interfaces with a `type`. */
export interface Body {
  readonly type: string;
  /** Set on requests: a request that reaches a closed port is answered with `connectionRefused`. */
  readonly requestId?: number;
  readonly reply?: boolean;
}

/** Something on its way from one component to another; the diagram draws it at `(now - sentAt) / (dueAt - sentAt)`. */
export interface Message<B extends Body = Body> {
  readonly id: number;
  readonly from: Address;
  readonly to: Address;
  readonly sentAt: number;
  readonly dueAt: number;
  /** Id of the message that made its sender send this one; 0 for the start of a chain (see `Cause`). */
  readonly cause: number;
  /** Heartbeats, probes, resyncs and what they cause without changing anything a viewer can see. */
  readonly periodic: boolean;
  readonly body: B;
  /** Nobody answered it at first: when it was first sent. */
  readonly dialledAt?: number;
}

/** A timer is a message to oneself. */
export interface TimerBody extends Body {
  readonly type: 'timer';
  readonly key: string;
}

/** First message of every process. */
export interface StartBody extends Body {
  readonly type: 'start';
}

/**
 * The host answered that nobody listens, or has no power and did not answer at all for 30 s: the request was not seen by
 * anyone.
 */
export interface ConnectionRefusedBody extends Body {
  readonly type: 'connectionRefused';
  readonly requestId: number;
  readonly peer: Address;
}

/**
 * A long-lived connection to `peer` is gone, because its process died (at once) or its host did not answer pings (after
 * 45 s, or when the process starts anew before that), without power or behind a cut wire.
 */
export interface ConnectionLostBody extends Body {
  readonly type: 'connectionLost';
  readonly peer: Address;
  /** When the wire was cut: this is void when it heals before. */
  readonly since?: number;
  /** The peer's host lost its power: nobody sent this, the connection was given up when nothing answered. */
  readonly silent?: true;
}

/** A process that this component started has ended by itself or was killed by a fault. */
export interface ProcessExitedBody extends Body {
  readonly type: 'processExited';
  readonly address: Address;
  readonly tag: string;
  readonly exitCode: number;
}

export type KernelBody = TimerBody | StartBody | ConnectionRefusedBody | ConnectionLostBody | ProcessExitedBody;

/** What a step asks for. The kernel gives each a due time; equal times run in the order in which they were made. */
export type Effect =
  | {
      readonly effect: 'send';
      readonly to: Address;
      readonly body: Body;
      /** Wait before sending (client-side rate limit, work that takes time), in ms. */
      readonly delayMs?: number;
      readonly periodic?: boolean;
      readonly cause?: number;
      /** Further messages that asked for the same: they change nothing, but `why` tells of them. */
      readonly also?: readonly number[];
    }
  | {
      readonly effect: 'timer';
      readonly key: string;
      readonly afterMs: number;
      readonly periodic?: boolean;
      readonly cause?: number;
    }
  | { readonly effect: 'cancel'; readonly key: string }
  /** A line for the reader of the run: not seen by any component. */
  | { readonly effect: 'trace'; readonly text: string }
  /** Start a process on this component's own host; `processExited` comes back with the same tag when it ends. */
  | { readonly effect: 'startProcess'; readonly component: string; readonly config: object; readonly tag: string }
  | { readonly effect: 'stopProcess'; readonly component: string }
  /** The process ends itself; nothing after this effect is performed. */
  | { readonly effect: 'exit'; readonly exitCode: number };

/** What a step knows besides its state and the message. */
export interface Env {
  /** Virtual milliseconds since 2026-01-01T00:00:00Z: the monotonic clock, for how long something takes. */
  readonly now: number;
  /** What the host's clock says, right or wrong: for times that are written down for others to read. */
  readonly wallNow: number;
  readonly self: Address;
  readonly host: string;
  /** Id of the message being handled: the default cause of every effect. */
  readonly messageId: number;
  readonly periodic: boolean;
  /** Next number of this component's own stream, in [0, 1). */
  random(): number;
}

export type Step<State, B extends Body = Body> = (state: State, message: Message<B>, env: Env) => Effect[];

/** One row of `engine/components.ts`: everything that the kernel knows of a component. */
export interface ComponentDefinition<State = unknown, B extends Body = Body, Config = object> {
  /** First part of its address. */
  readonly component: string;
  /**
   * The step changes its state in place instead of through an immer draft: for components that handle so many messages
   * that making a draft for each would be a third of the whole run (docs/decisions/0003).
   */
  readonly inPlace?: boolean;
  /** State of a fresh process; `disk` is what `save` kept when the last one on this host ended. */
  create(config: Config, disk: unknown, host: string): State;
  readonly step: Step<State, B>;
  /** Types of the messages to it that a bad wire loses silently; all others travel over TCP. */
  readonly datagrams?: readonly string[];
  /** What survives on the machine's disk when the process ends, however it ends. */
  save?(state: State): unknown;
  /** Peers with an open connection, who are told when this process ends. */
  peers?(state: State): Address[];
  /** What the inspector shows: small, bounded, plain JSON. */
  view?(state: State, now: number): object;
}

export const send = (
  to: Address,
  body: Body,
  options?: { delayMs?: number; periodic?: boolean; cause?: number; also?: readonly number[] },
): Effect => (options === undefined ? { effect: 'send', to, body } : { effect: 'send', to, body, ...options });

/** The same key replaces: a component has at most one timer of a key. */
export const timer = (key: string, afterMs: number, options?: { periodic?: boolean; cause?: number }): Effect =>
  options === undefined ? { effect: 'timer', key, afterMs } : { effect: 'timer', key, afterMs, ...options };

export const cancel = (key: string): Effect => ({ effect: 'cancel', key });
export const trace = (text: string): Effect => ({ effect: 'trace', text });

/** A request for which a connection may have to be made first. */
export const isRequest = (body: Body): body is Body & { readonly requestId: number } =>
  body.requestId !== undefined && !body.reply && body.type !== 'connectionRefused';

export const hostOf = (address: Address): string => address.slice(address.indexOf('@') + 1);
export const componentOf = (address: Address): string => address.slice(0, address.indexOf('@'));

export function assert(condition: unknown, text: string): asserts condition {
  if (!condition) throw new EngineError(text);
}

/** We are wrong: the engine stops, and the page offers the run to copy. */
export class EngineError extends Error {
  override name = 'EngineError';
}
