import { folderOf } from '../api/storage-keys.ts';
import type { ApiRequest } from '../client/messages.ts';
import { defineTable, type Table } from '../kernel/table.ts';
import type { Address } from '../kernel/types.ts';
import type { EtcdEvent, EtcdWatchRequest, GroupView, KeyValue, RangeRequest } from './messages.ts';
import { foundRaft } from './raft/log.ts';
import { type Member, type Proposal, type Raft, restartRaft } from './raft/state.ts';

/** A good disk syncs in 1 to 2 ms. */
export const FSYNC_MS = 1.5;
/** The kernel's timers are on whole microseconds. */
export const ROUNDING_MS = 0.01;
/** For timers that are no news. */
export const QUIET = { periodic: true } as const;
/** Entries that stay after a snapshot for members that lag behind. Source: server/etcdserver/server.go */
const CATCH_UP_ENTRIES = 5000;

export interface EtcdConfig {
  /** Name of the member: that of its machine. */
  readonly name: string;
  /** All members that the group is founded with, this one among them; absent: it is alone. */
  readonly peers?: readonly { readonly name: string; readonly host: string }[];
  readonly catchUpEntries?: number;
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

/** What the log leads to: the same at every member that has applied as much. */
export interface Store {
  revision: number;
  compactRevision: number;
  readonly keys: Table<KeyValue>;
  /** All events of one revision, by revision, since the last compaction. */
  readonly log: Table<readonly EtcdEvent[]>;
  readonly leases: Table<Lease>;
  nextLease: number;
}

/** A client that waits for its proposal to be applied. */
export interface Waiting {
  readonly from: Address;
  readonly requestId: number;
  readonly at: number;
}

export interface Reader {
  readonly from: Address;
  /** A GET is a probe, to be told only whether it could be read. */
  readonly request: RangeRequest | EtcdWatchRequest | ApiRequest;
  readonly cause: number;
  readonly periodic: boolean;
}

/** Reads that share one question to the leader. */
export interface Reading {
  readonly context: number;
  readonly since: number;
  sentAt: number;
  /** Confirmed: they can be answered once so much is applied. */
  index: number;
  readonly readers: readonly Reader[];
}

export interface EtcdState {
  readonly config: EtcdConfig;
  store: Store;
  /** Null until a member with an empty disk has learnt of its group. */
  raft: Raft | null;
  readonly watchers: Table<Watcher>;
  /** For the inspector: how many requests of each type it has served. */
  served: Record<string, number>;
  /** By number of the proposal. */
  readonly waiting: Table<Waiting>;
  /** Proposals for which no leader is known. */
  blocked: Proposal[];
  nextProposal: number;
  reading: Reading | null;
  nextReaders: Reader[];
  /** The leader as it was last known, and since when. */
  leader: string;
  leaderSince: number;
  /** When it last lost its leader, or began. */
  leaderlessSince: number;
  /** When its timers are due; 0: they are not set. */
  tickAt: number;
  timeoutAt: number;
  retryAt: number;
  /** Time of one sync, while a fault makes the disk slow. */
  fsyncMs: number | null;
  /** Members that are not in the log here yet. */
  remotes: Record<string, Address>;
  /** Founders that have an empty disk as well. */
  greeted: Record<string, boolean>;
  /** While it asks for its group: who has not answered yet, and the newest answer. */
  unanswered: readonly string[];
  newest: GroupView | null;
  /** Rounds of asking in which those who answered did not know this one. */
  strangers: number;
  /** Clients that wait until the leader is whom they asked for, the oldest first. */
  readonly handovers: (Waiting & { readonly to: string })[];
}

/** What is in the member's data directory. */
export interface EtcdDisk {
  readonly store: Store;
  readonly raft: Raft;
}

const newKeysTable = defineTable<KeyValue>('etcd/keys', {
  /** `/registry/pods/default/`, `/registry/minions/`. */
  folder: (_kv, key) => folderOf(key),
  lease: (kv) => (kv.lease === undefined ? undefined : String(kv.lease)),
});
const newLogTable = defineTable<readonly EtcdEvent[]>('etcd/log');
const newLeaseTable = defineTable<Lease>('etcd/leases');
const newWatcherTable = defineTable<Watcher>('etcd/watchers', { prefix: ({ prefix }) => prefix });
const newWaitingTable = defineTable<Waiting>('etcd/waiting');

/** An empty data directory starts at revision 1. */
function newStore(): Store {
  return {
    revision: 1,
    compactRevision: 0,
    keys: newKeysTable(),
    log: newLogTable(),
    leases: newLeaseTable(),
    nextLease: 1,
  };
}

/** What goes into a snapshot for another member: the values are shared, the tables are not. */
export function copyStore(store: Store): Store {
  const copy = newStore();
  copy.keys.load(store.keys.dump());
  copy.log.load(store.log.dump());
  copy.leases.load(store.leases.dump());
  const { revision, compactRevision, nextLease } = store;
  return { ...copy, revision, compactRevision, nextLease };
}

/** A process that starts: from its disk, as the only member of a new group, or without knowing its group yet. */
export function createEtcd(config: EtcdConfig, disk: unknown, host: string): EtcdState {
  const kept = disk as EtcdDisk | undefined;
  const isAlone = (config.peers?.length ?? 0) <= 1;
  return {
    config,
    store: kept === undefined ? newStore() : { ...kept.store },
    raft: kept === undefined ? (isAlone ? foundGroup(config, host) : null) : restartRaft(kept.raft),
    watchers: newWatcherTable(),
    served: {},
    waiting: newWaitingTable(),
    blocked: [],
    nextProposal: 0,
    reading: null,
    nextReaders: [],
    leader: '',
    leaderSince: 0,
    leaderlessSince: 0,
    tickAt: 0,
    timeoutAt: 0,
    retryAt: 0,
    fsyncMs: null,
    remotes: {},
    greeted: {},
    unanswered: [],
    newest: null,
    strangers: 0,
    handovers: [],
  };
}

export const addressOf = (host: string): Address => `etcd@${host}`;

/** The group's first state: every founder begins with the same log, in which all of them have been added. */
export function foundGroup({ name, peers = [], catchUpEntries }: EtcdConfig, host: string): Raft {
  const founders = peers.length > 0 ? peers : [{ name, host }];
  const members = founders.map((founder): [string, Member] => {
    const address = addressOf(founder.host);
    return [founder.name, { ...founder, id: founder.name, address, learner: false, started: founders.length === 1 }];
  });
  return foundRaft(name, Object.fromEntries(members), catchUpEntries ?? CATCH_UP_ENTRIES);
}

/** All keys below a prefix that ends with a slash, in the order of no promise. */
export function keysBelow(keys: Table<KeyValue>, prefix: string): string[] {
  const found: string[] = [];
  for (const folder of keys.indexValues('folder')) {
    if (folder.startsWith(prefix)) for (const key of keys.keysBy('folder', folder)) found.push(key);
  }
  return found;
}
