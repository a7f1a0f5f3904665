import type { KubernetesObject } from '../api/object.ts';
import type { Address, Body } from '../kernel/types.ts';

/** One REST call, without its caller. */
export interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path without the query, for example `/api/v1/namespaces/default/pods/web/binding`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Content type of a PATCH; JSON otherwise. */
  readonly contentType?: string;
  readonly accept?: string;
  readonly body?: unknown;
}

/** An HTTP request on its way to the API server. */
export interface ApiRequest extends Body, Call {
  readonly type: 'apiRequest';
  readonly requestId: number;
  /** Whom the client certificate or token names; groups follow from it at authentication. */
  readonly user: string;
  /** The program that asks, as its User-Agent names it: default for `fieldManager`. */
  readonly agent: string;
  /** The connection is for this request alone: a command's, not a lasting client's. */
  readonly close?: true;
  /** The first on a new connection: what else comes after the end of the last one was still sent over that. */
  readonly dial?: true;
}

export interface ApiResponse extends Body {
  readonly type: 'apiResponse';
  readonly reply: true;
  readonly requestId: number;
  readonly status: number;
  /** The object, list, Table, `Status` or text. */
  readonly body: unknown;
  readonly warnings?: readonly string[];
}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  /** The object after the change (before it, for DELETED, with the revision of the deletion); a `Status` for ERROR. */
  readonly object: KubernetesObject;
}

/** Events of one watch, in order of revision. */
export interface WatchEvents extends Body {
  readonly type: 'watchEvents';
  readonly reply: true;
  /** Request id of the watch. */
  readonly watchId: number;
  readonly events: readonly WatchEvent[];
}

/** The server ended the watch in an orderly way (time-out): the client watches again from where it was. */
export interface WatchClosed extends Body {
  readonly type: 'watchClosed';
  readonly reply: true;
  readonly watchId: number;
}

/** The client closed a watch. */
export interface StopWatch extends Body {
  readonly type: 'stopWatch';
  readonly watchId: number;
}

export type ApiBody = ApiRequest | ApiResponse | WatchEvents | WatchClosed | StopWatch;

/** What came of a call. `status` 0 means that no answer came: see `error`. */
export interface Answer {
  readonly tag: unknown;
  readonly status: number;
  readonly body: unknown;
  readonly error?: 'refused' | 'timeout' | 'lost';
  /** `Warning` headers. */
  readonly warnings?: readonly string[];
  /** Message that brought the answer. */
  readonly cause: number;
  readonly periodic: boolean;
}

export const isSuccess = (answer: Answer): boolean => answer.status >= 200 && answer.status < 300;

export type { Address };

/**
 * What components accept, as upstream's do. Here it means that list items may be the server's own frozen objects, with
 * their kind, instead of copies without it as a JSON list has them.
 */
export const PROTOBUF = 'application/vnd.kubernetes.protobuf';
