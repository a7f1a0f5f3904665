import type { Service } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { folderAbove, folderOf } from '../api/storage-keys.ts';
import type { ApiRequest } from '../client/messages.ts';
import { defineSnapshotClass } from '../kernel/snapshot-class.ts';
import { defineTable } from '../kernel/table.ts';
import type { Address } from '../kernel/types.ts';
import type { WatchFilter } from './watch-filter.ts';
import type { Write } from './write.ts';

export interface ApiServerConfig {
  /** `--etcd-servers`: it talks to one of them at a time; by default to that of its own host. */
  readonly etcd?: readonly Address[];
  /** Others serve the same cluster: its address is among the endpoints of Service `kubernetes` while it renews a lease. */
  readonly isOneOfMany?: boolean;
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
      /** When the request came in: it has so long only. */
      readonly since: number;
      /** The deletion that a put has announced. */
      readonly deleting?: boolean;
    }
  /** Keys that a request needs as they are now; it runs again when the last of them has come. */
  | {
      readonly wait: 'read';
      readonly from: Address;
      readonly request: ApiRequest;
      readonly attempt: number;
      readonly since: number;
      readonly keys: readonly string[];
      readonly known: readonly (readonly [string, KubernetesObject | null])[];
    }
  /** The newest revision, for a list that must not miss what was written before it was asked for; or the objects of a past one. */
  | {
      readonly wait: 'list';
      readonly from: Address;
      readonly request: ApiRequest;
      readonly since: number;
      readonly past?: { readonly prefix: string; readonly revision: number };
    }
  /** A kubelet's answer. */
  | {
      readonly wait: 'kubelet';
      readonly from: Address;
      readonly request: ApiRequest;
      readonly kubelet: Address;
      readonly dial: string;
      readonly since: number;
    }
  | { readonly wait: 'cacheList' | 'cacheWatch'; readonly prefix: string }
  | {
      readonly wait:
        | 'eventLease'
        | 'bootstrap'
        | 'compact'
        | 'health'
        | 'masterLease'
        | 'masterKey'
        | 'masters'
        | 'endpoints';
    };

/** A question about the server's health. */
export interface HealthCheck {
  readonly from: Address;
  readonly request: ApiRequest;
}

/** A request that has to wait its turn, with the message that brought it. */
export interface Queued {
  readonly from: Address;
  readonly request: ApiRequest;
  readonly cause: number;
  readonly periodic: boolean;
  /** When it came in. */
  readonly since: number;
}

/** The watch cache of one resource; its objects are in the common table. */
export interface Cache {
  /** Watches cannot begin before this revision. */
  oldest: number;
  /** Changes that are still known, oldest first, from `head` on. */
  readonly changes: Change[];
  head: number;
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
  /** It has seen all up to here, from a server that was ahead of this one. */
  readonly after?: number;
  readonly bookmarks: boolean;
  /** The server ends it then; virtual ms. */
  readonly until: number;
  readonly table?: 'None' | 'Metadata' | 'Object';
  /** A table's columns travel with its first event only. */
  readonly columnsSent: boolean;
}

const newObjects = defineTable<KubernetesObject>('apiserver/objects', {
  /** `/registry/pods/default/`, `/registry/minions/`. */
  collection: (_object, key) => folderOf(key),
  /** `/registry/pods/`; what has no namespace is in its collection only. */
  resource: (object, key) => (object.metadata.namespace === undefined ? undefined : folderAbove(folderOf(key))),
  /** What Services have been given: addresses and ports. */
  allocated: (object) => (object.kind === 'Service' ? allocationsOf(object as Service) : undefined),
  node: (object) =>
    object.kind === 'Pod' ? (object as { spec?: { nodeName?: string } }).spec?.nodeName || undefined : undefined,
});
/** A Service's cluster IP, and its node ports as text. */
export function allocationsOf({ spec }: Service): string[] {
  const found: string[] = [];
  if (spec.clusterIP && spec.clusterIP !== 'None') found.push(spec.clusterIP);
  for (const { nodePort } of spec.ports ?? []) if (nodePort) found.push(String(nodePort));
  if (spec.healthCheckNodePort) found.push(String(spec.healthCheckNodePort));
  return found;
}

const newWatchers = defineTable<Watcher>('apiserver/watchers', {
  topic: (watcher) => watcher.topic,
  peer: (watcher) => watcher.peer,
});
/**
 * All that the process knows. A class, so that immer leaves it alone: drafts of it would cost more than a small request.
 * It is changed in place; objects, changes and what waits are never changed themselves.
 */
export class ApiServerState {
  readonly config: ApiServerConfig;
  phase: 'loading' | 'bootstrapping' | 'ready' = 'loading';
  nextRequestId = 1;
  /** All caches hold everything up to this revision. */
  revision = 0;
  /** The newest revision that any watch has told of. */
  seen = 0;
  /** Grows with every change of a role or binding. */
  policyVersion = 0;
  objects = newObjects();
  watchers = newWatchers();
  /** By the prefix of the resource. */
  caches = new Map<string, Cache>();
  /** Written objects whose watch event has not come back yet; null for a deleted one. */
  written = new Map<string, KubernetesObject | null>();
  /** By the id of the request to etcd or to a kubelet. */
  waiting = new Map<number, Waiting>();
  /** Requests that wait for a lease for events. */
  forLease: Queued[] = [];
  /** Lease that new Events are stored with; 0 before there is one. */
  eventLease = 0;
  eventLeaseUntil = 0;
  eventLeaseUses = 0;
  /** Revision seen one compaction interval ago. */
  compactAt = 0;
  /** Nobody answers at etcd: what is to be asked waits in `waiting` until somebody does. */
  etcdLost = false;
  /** etcd was away: what it has may not be what it had. */
  isDoubtful = false;
  /** Which of the etcd servers it talks to. */
  endpoint = 0;
  /** Resources whose watch etcd has ended, and the revision from which each goes on. */
  broken = new Map<string, number>();
  /** Tries to watch again since etcd said that it has no leader, and when that was. */
  rewatches = 0;
  noLeaderSince: number | null = null;
  /** When the caches were given up, until they have been read anew. */
  staleSince: number | null = null;
  /** etcd's last word on its health, and who asked since. */
  healthy = false;
  healthAt = -1e9;
  healthChecks: HealthCheck[] = [];
  /** When etcd last answered, and when it last took a write. */
  answeredAt = -1e9;
  writtenAt = -1e9;
  /** A timer for the first request whose time will be up is set. */
  hasDeadline = false;
  served = 0;

  constructor(config: ApiServerConfig) {
    this.config = config;
  }

  /** The request that an answer belongs to; it waits no longer. */
  take(requestId: number): Waiting | undefined {
    const waiting = this.waiting.get(requestId);
    this.waiting.delete(requestId);
    return waiting;
  }
}

type Dump = Omit<ApiServerState, 'take' | 'caches' | 'written' | 'waiting' | 'broken'> & {
  readonly caches: readonly (readonly [string, Cache])[];
  readonly written: readonly (readonly [string, KubernetesObject | null])[];
  readonly waiting: readonly (readonly [number, Waiting])[];
  readonly broken: readonly (readonly [string, number])[];
};

defineSnapshotClass<ApiServerState, Dump>(
  'apiserver',
  ApiServerState,
  (state) => ({
    ...state,
    caches: [...state.caches].map(([prefix, cache]) => [
      prefix,
      { oldest: cache.oldest, changes: cache.changes.slice(cache.head), head: 0 },
    ]),
    written: [...state.written],
    waiting: [...state.waiting],
    broken: [...state.broken],
  }),
  (dump) =>
    Object.assign(new ApiServerState(dump.config), dump, {
      caches: new Map(dump.caches),
      written: new Map(dump.written),
      waiting: new Map(dump.waiting),
      broken: new Map(dump.broken),
    }),
);

/** What the kernel keeps of the process. */
export interface ApiServerProcess {
  readonly server: ApiServerState;
}

export function createApiServer(config: ApiServerConfig): ApiServerProcess {
  return { server: new ApiServerState(config) };
}
