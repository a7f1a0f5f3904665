import type { KubernetesObject } from '../api/object.ts';
import type { Table } from '../kernel/table.ts';
import type { Address, Effect } from '../kernel/types.ts';
import type { Answer, Call } from './messages.ts';

/** A component's connection to the API server: its calls under way and its informers. */
export interface ClientState {
  server: Address;
  readonly user: string;
  readonly agent: string;
  /** Every call has its own connection, as every command of kubectl has. */
  readonly close?: true;
  /** The request that opened the present connection; 0: the next one opens one. */
  dialled: number;
  /** 0 before the first request. */
  nextRequestId: number;
  readonly pending: Table<Pending>;
  /** The least deadline of the calls under way, or one before it: then the timer rings. */
  expiresAt: number;
  readonly informers: Record<string, InformerState>;
}

/** A call under way. */
export interface Pending {
  readonly tag: unknown;
  readonly deadline: number;
  readonly ifMissing?: Call;
}

/** What an informer lists and watches, and the table that it keeps (rows by `namespace/name`, or by name). */
export interface InformerSpec {
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly table: () => Table<KubernetesObject>;
}

/** A reflector and its store: a copy of one resource, as fresh as the watch. */
export interface InformerState {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** `stopped` before `startInformers`; `waiting` for the next try after a failure. */
  phase: 'stopped' | 'listing' | 'watching' | 'waiting';
  /** Request id of the list or watch under way. */
  requestId: number;
  resourceVersion: string;
  synced: boolean;
  failures: number;
  readonly objects: Table<KubernetesObject>;
}

/** One change of an informer's store. `old` is undefined for `add`, `object` is the last known one for `delete`. */
export interface Delta {
  readonly informer: string;
  readonly type: 'add' | 'update' | 'delete';
  readonly object: KubernetesObject;
  readonly old?: KubernetesObject;
}

/** What messages meant for the component whose client took them. */
export interface Received {
  readonly answers: Answer[];
  readonly deltas: Delta[];
  readonly effects: Effect[];
}
