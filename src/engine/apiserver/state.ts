import type { KubernetesObject } from '../api/object.ts';
import type { ApiRequest } from '../client/messages.ts';
import { defineTable, type Table } from '../kernel/table.ts';
import type { Address } from '../kernel/types.ts';
import type { Write } from './server.ts';
import type { WatchFilter } from './watch-filter.ts';

export interface ApiServerConfig {
  /** Where its etcd member listens; on its own host by default. */
  readonly etcd?: Address;
  /** Address that it puts into the endpoints of Service `kubernetes`. */
  readonly internalIP?: string;
  readonly serviceSubnet?: string;
}

/** What the server does when etcd has answered. All plain data: a snapshot may be taken in between. */
export type Waiting =
  /** A write. A failed comparison runs the request again, with what etcd has. */
  | {
      readonly wait: 'txn';
      readonly from: Address;
      readonly request: ApiRequest;
      readonly attempt: number;
      readonly write: Write;
      /** Keys whose current values come back if the comparison fails. */
      readonly read: readonly string[];
      readonly warnings: readonly string[];
      /** The deletion that a put has announced. */
      readonly deleting?: boolean;
    }
  /** Keys that a request needs as they are now; it runs again when the last of them has come. */
  | {
      readonly wait: 'read';
      readonly from: Address;
      readonly request: ApiRequest;
      readonly attempt: number;
      readonly keys: readonly string[];
      readonly known: readonly (readonly [string, KubernetesObject | null])[];
    }
  /** The newest revision, for a list that must not miss what was written before it was asked for. */
  | { readonly wait: 'list'; readonly from: Address; readonly request: ApiRequest }
  /** A kubelet's answer. */
  | { readonly wait: 'kubelet'; readonly from: Address; readonly request: ApiRequest }
  | { readonly wait: 'cacheList' | 'cacheWatch'; readonly prefix: string }
  | { readonly wait: 'eventLease' | 'bootstrap' | 'compact' };

/** The watch cache of one resource; its objects are in the common table. */
export interface Cache {
  /** Request id of its watch at etcd; 0 while there is none. */
  readonly watchId: number;
  /** Watches cannot begin before this revision. */
  readonly oldest: number;
  /** Its part of the history: numbers of its first and next change. */
  readonly first: number;
  readonly next: number;
}

/** A change that a watch may still ask for. */
export interface Change {
  readonly revision: number;
  readonly at: number;
  readonly key: string;
  readonly object: KubernetesObject;
  /** The object before; undefined for a new one. */
  readonly old?: KubernetesObject;
  readonly deleted: boolean;
}

export interface Watcher {
  readonly peer: Address;
  readonly watchId: number;
  readonly prefix: string;
  /** The narrowest thing whose changes it may see: a resource, a namespace's part of it, a node's pods, one object. */
  readonly topic: string;
  readonly filter: WatchFilter;
  readonly bookmarks: boolean;
  /** The server ends it then; virtual ms. */
  readonly until: number;
  readonly table?: 'None' | 'Metadata' | 'Object';
  /** A table's columns travel with its first event only. */
  readonly columnsSent: boolean;
}

export interface ApiServerState {
  readonly config: ApiServerConfig;
  phase: 'loading' | 'bootstrapping' | 'ready';
  nextRequestId: number;
  /** All caches hold everything up to this revision. */
  revision: number;
  /** Grows with every change of a role or binding. */
  policyVersion: number;
  readonly objects: Table<KubernetesObject>;
  readonly caches: Table<Cache>;
  readonly history: Table<Change>;
  /** Written objects whose watch event has not come back yet. */
  readonly written: Table<KubernetesObject | null>;
  readonly waiting: Table<Waiting>;
  readonly watchers: Table<Watcher>;
  /** Requests that wait for a lease for events. */
  readonly forLease: Table<{ readonly from: Address; readonly request: ApiRequest }>;
  /** Lease that new Events are stored with. */
  eventLease: number;
  eventLeaseUntil: number;
  eventLeaseUses: number;
  /** Revision seen one compaction interval ago. */
  compactAt: number;
  etcdLost: boolean;
  served: number;
}

const newObjects = defineTable<KubernetesObject>('apiserver/objects', {
  /** `/registry/pods/default/`, `/registry/minions/`. */
  collection: (_object, key) => key.slice(0, key.lastIndexOf('/') + 1),
  /** `/registry/pods/`; what has no namespace is in its collection only. */
  resource: (object, key) => {
    const { namespace } = object.metadata;
    return namespace === undefined ? undefined : key.slice(0, key.lastIndexOf('/') - namespace.length);
  },
  node: (object) =>
    object.kind === 'Pod' ? (object as { spec?: { nodeName?: string } }).spec?.nodeName || undefined : undefined,
});
const newCaches = defineTable<Cache>('apiserver/caches');
const newHistory = defineTable<Change>('apiserver/history');
const newWritten = defineTable<KubernetesObject | null>('apiserver/written');
const newWaiting = defineTable<Waiting>('apiserver/waiting');
const newWatchers = defineTable<Watcher>('apiserver/watchers', {
  topic: (watcher) => watcher.topic,
  peer: (watcher) => watcher.peer,
});
const newForLease = defineTable<{ readonly from: Address; readonly request: ApiRequest }>('apiserver/for-lease');

export function createApiServer(config: ApiServerConfig): ApiServerState {
  return {
    config,
    phase: 'loading',
    nextRequestId: 1,
    revision: 0,
    policyVersion: 0,
    objects: newObjects(),
    caches: newCaches(),
    history: newHistory(),
    written: newWritten(),
    waiting: newWaiting(),
    watchers: newWatchers(),
    forLease: newForLease(),
    eventLease: 0,
    eventLeaseUntil: 0,
    eventLeaseUses: 0,
    compactAt: 0,
    etcdLost: false,
    served: 0,
  };
}
