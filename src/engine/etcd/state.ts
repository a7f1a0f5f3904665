import { defineTable, type Table } from '../kernel/table.ts';
import type { Address } from '../kernel/types.ts';
import type { EtcdEvent, KeyValue } from './messages.ts';

export interface EtcdConfig {
  /** Name of the member: that of its node. */
  readonly name: string;
}

interface Lease {
  readonly ttlMs: number;
}

/** One client's watch; it has been sent everything up to `store.revision`. */
export interface Watcher {
  readonly peer: Address;
  readonly requestId: number;
  readonly prefix: string;
}

/** What is in the member's data directory. */
export interface Store {
  revision: number;
  compactRevision: number;
  readonly keys: Table<KeyValue>;
  /** All events of one revision, by revision, since the last compaction. */
  readonly log: Table<readonly EtcdEvent[]>;
  readonly leases: Table<Lease>;
  nextLease: number;
}

export interface EtcdState {
  readonly config: EtcdConfig;
  readonly store: Store;
  readonly watchers: Table<Watcher>;
  /** For the inspector: how many requests of each type it has served. */
  served: Record<string, number>;
}

const newKeysTable = defineTable<KeyValue>('etcd/keys', {
  /** `/registry/pods/default/`, `/registry/minions/`. */
  folder: (_kv, key) => key.slice(0, key.lastIndexOf('/') + 1),
  lease: (kv) => (kv.lease === undefined ? undefined : String(kv.lease)),
});
const newLogTable = defineTable<readonly EtcdEvent[]>('etcd/log');
const newLeaseTable = defineTable<Lease>('etcd/leases');
const newWatcherTable = defineTable<Watcher>('etcd/watchers', { prefix: ({ prefix }) => prefix });

export function createEtcd(config: EtcdConfig, disk: unknown): EtcdState {
  // An empty data directory starts at revision 1.
  const empty: Store = {
    revision: 1,
    compactRevision: 0,
    keys: newKeysTable(),
    log: newLogTable(),
    leases: newLeaseTable(),
    nextLease: 1,
  };
  return { config, store: (disk as Store | undefined) ?? empty, watchers: newWatcherTable(), served: {} };
}

/** All keys below a prefix that ends with a slash, in the order of no promise. */
export function keysBelow(keys: Table<KeyValue>, prefix: string): string[] {
  const found: string[] = [];
  for (const folder of keys.indexValues('folder')) {
    if (folder.startsWith(prefix)) for (const key of keys.keysBy('folder', folder)) found.push(key);
  }
  return found;
}
