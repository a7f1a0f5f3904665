import { type Address, type Body, type Effect, type Message, type Step, timer } from '../kernel/types.ts';
import type {
  CompactRequest,
  EtcdEvent,
  EtcdReply,
  EtcdRequest,
  EtcdWatchRequest,
  KeyValue,
  LeaseGrantRequest,
  RangeRequest,
  TxnRequest,
} from './messages.ts';
import { type EtcdState, keysBelow, type Store, type Watcher } from './state.ts';

/** A write is answered when it is on disk: one fsync of the WAL (a good disk takes 1 to 2 ms). */
const FSYNC_MS = 1.5;

/**
 * etcd with one member: MVCC store, transactions, watches, leases, compaction.
 * Source: etcd-io/etcd server/storage/mvcc and server/etcdserver at v3.6.
 */
export const step: Step<EtcdState, Body> = (state, message) => {
  const body = message.body as
    | EtcdRequest
    | { type: 'start' | 'timer' | 'connectionLost'; key?: string; peer?: Address };
  switch (body.type) {
    case 'start':
      return [...state.store.leases.entries()].map(([id, lease]) =>
        timer(`lease/${id}`, lease.ttlMs, { periodic: true }),
      );
    case 'txn':
      state.served.txn = (state.served.txn ?? 0) + 1;
      return txn(state, body, message);
    case 'range':
      state.served.range = (state.served.range ?? 0) + 1;
      return [reply(message.from, range(state.store, body))];
    case 'watch':
      return watch(state, body, message);
    case 'compact':
      return [reply(message.from, compact(state.store, body))];
    case 'leaseGrant':
      return grant(state.store, body, message);
    case 'timer':
      return expire(state, (body.key as string).slice('lease/'.length), message);
    case 'connectionLost':
      for (const [key, watcher] of state.watchers.entries()) if (watcher.peer === body.peer) state.watchers.delete(key);
      return [];
    default:
      return [];
  }
};

const reply = (to: Address, body: EtcdReply, delayMs = 0): Effect => ({ effect: 'send', to, body, delayMs });

function txn(state: EtcdState, request: TxnRequest, message: Message): Effect[] {
  const { store } = state;
  const { requestId } = request;
  if (!holds(store, request)) {
    const current = request.failure.map((key) => store.keys.get(key) ?? null);
    const answer = {
      type: 'txnResponse',
      reply: true,
      requestId,
      succeeded: false,
      revision: store.revision,
      current,
    } as const;
    return [reply(message.from, answer)];
  }
  const events: EtcdEvent[] = [];
  const revision = store.revision + 1;
  for (const operation of request.success) {
    const prev = store.keys.get(operation.key);
    if (operation.op === 'put') {
      const { key, value, lease } = operation;
      const createRevision = prev?.createRevision ?? revision;
      const version = (prev?.version ?? 0) + 1;
      const kv: KeyValue =
        lease === undefined
          ? { key, value, createRevision, modRevision: revision, version }
          : { key, value, createRevision, modRevision: revision, version, lease };
      events.push({ type: 'put', kv, prev, cause: message.id, periodic: message.periodic });
    } else if (prev !== undefined) {
      const kv: KeyValue = { ...prev, modRevision: revision };
      events.push({ type: 'delete', kv, prev, cause: message.id, periodic: message.periodic });
    }
  }
  const fanOut = events.length > 0 ? commit(state, revision, events) : [];
  const done = {
    type: 'txnResponse',
    reply: true,
    requestId,
    succeeded: true,
    revision: store.revision,
    current: [],
  } as const;
  // Watches first: who writes and watches over one connection sees its own change before the answer, as it mostly does
  // in a real cluster, and need not work from a stale copy.
  fanOut.push(reply(message.from, done, FSYNC_MS));
  return fanOut;
}

function holds(store: Store, { compare }: TxnRequest): boolean {
  for (const { key, modRevision } of compare) {
    if ((store.keys.get(key)?.modRevision ?? 0) !== modRevision) return false;
  }
  return true;
}

/** Makes the events the newest revision and tells every watch that covers one of their keys. */
function commit(state: EtcdState, revision: number, events: readonly EtcdEvent[]): Effect[] {
  const { store } = state;
  store.revision = revision;
  for (const { type, kv } of events) {
    if (type === 'put') store.keys.set(kv.key, kv);
    else store.keys.delete(kv.key);
  }
  store.log.set(String(revision), events);
  const [first] = events;
  // One event is the rule. Of several, each watch gets its own in one message, in the order of the watches.
  const concerned = events.length === 1 && first ? watchersOf(state, first.kv.key) : [...state.watchers.values()];
  const effects: Effect[] = [];
  for (const watcher of concerned) {
    const seen = events.length === 1 ? events : events.filter(({ kv }) => kv.key.startsWith(watcher.prefix));
    if (seen.length > 0) effects.push(notify(watcher, revision, seen.length === events.length ? events : seen));
  }
  return effects;
}

/** Watches whose prefix (which ends with a slash) covers the key, the widest first. */
function watchersOf({ watchers }: EtcdState, key: string): Watcher[] {
  const found: Watcher[] = [];
  for (let end = key.indexOf('/', 1); end > 0; end = key.indexOf('/', end + 1)) {
    for (const name of watchers.keysBy('prefix', key.slice(0, end + 1))) found.push(watchers.get(name) as Watcher);
  }
  return found;
}

function notify(watcher: Watcher, revision: number, events: readonly EtcdEvent[]): Effect {
  const body = { type: 'watchResponse', reply: true, requestId: watcher.requestId, revision, events } as const;
  return reply(watcher.peer, body, FSYNC_MS);
}

function range(store: Store, request: RangeRequest): EtcdReply {
  const { requestId, key, revision = 0 } = request;
  const answer = { type: 'rangeResponse', reply: true, requestId, revision: store.revision } as const;
  if (revision > 0 && revision < store.compactRevision) {
    const error = 'etcdserver: mvcc: required revision has been compacted';
    return { ...answer, kvs: [], count: 0, error };
  }
  if (revision > store.revision) {
    return { ...answer, kvs: [], count: 0, error: 'etcdserver: mvcc: required revision is a future revision' };
  }
  if (request.countOnly && !request.prefix) return { ...answer, kvs: [], count: store.keys.has(key) ? 1 : 0 };
  const past = revision > 0 && revision < store.revision ? changesSince(store, revision) : undefined;
  const at = (name: string): KeyValue | undefined => (past?.has(name) ? past.get(name) : store.keys.get(name));
  if (!request.prefix) {
    const found = at(key);
    return { ...answer, kvs: found ? [found] : [], count: found ? 1 : 0 };
  }
  const names = new Set<string>();
  for (const name of keysBelow(store.keys, key)) names.add(name);
  for (const name of past?.keys() ?? []) if (name.startsWith(key)) names.add(name);
  const kvs = [...names].sort().flatMap((name) => at(name) ?? []);
  const count = kvs.length;
  if (request.countOnly) return { ...answer, kvs: [], count };
  return { ...answer, kvs: request.limit ? kvs.slice(0, request.limit) : kvs, count };
}

/** Value that each key changed after the revision had at the revision. */
function changesSince(store: Store, revision: number): Map<string, KeyValue | undefined> {
  const past = new Map<string, KeyValue | undefined>();
  for (let r = revision + 1; r <= store.revision; r++) {
    for (const { kv, prev } of store.log.get(String(r)) ?? []) if (!past.has(kv.key)) past.set(kv.key, prev);
  }
  return past;
}

function watch(state: EtcdState, request: EtcdWatchRequest, message: Message): Effect[] {
  const { store } = state;
  const { requestId, prefix, startRevision } = request;
  const response = { type: 'watchResponse', reply: true, requestId, revision: store.revision } as const;
  if (startRevision > 0 && startRevision <= store.compactRevision) {
    return [reply(message.from, { ...response, events: [], compactRevision: store.compactRevision })];
  }
  state.watchers.set(`${message.from} ${requestId}`, { peer: message.from, requestId, prefix });
  const missed: EtcdEvent[] = [];
  for (let r = startRevision; startRevision > 0 && r <= store.revision; r++) {
    for (const event of store.log.get(String(r)) ?? []) if (event.kv.key.startsWith(prefix)) missed.push(event);
  }
  return [reply(message.from, { ...response, events: missed })];
}

function compact(store: Store, request: CompactRequest): EtcdReply {
  const { requestId, revision } = request;
  const answer = { type: 'compactResponse', reply: true, requestId } as const;
  if (revision <= store.compactRevision) {
    return { ...answer, error: 'etcdserver: mvcc: required revision has been compacted' };
  }
  if (revision > store.revision) {
    return { ...answer, error: 'etcdserver: mvcc: required revision is a future revision' };
  }
  for (let r = store.compactRevision; r <= revision; r++) store.log.delete(String(r));
  store.compactRevision = revision;
  return answer;
}

function grant(store: Store, request: LeaseGrantRequest, message: Message): Effect[] {
  const lease = store.nextLease++;
  const ttlMs = request.ttlSeconds * 1000;
  store.leases.set(String(lease), { ttlMs });
  const answer = { type: 'leaseGrantResponse', reply: true, requestId: request.requestId, lease } as const;
  return [reply(message.from, answer, FSYNC_MS), timer(`lease/${lease}`, ttlMs, { periodic: true })];
}

/** An expired lease takes its keys with it, in one revision. */
function expire(state: EtcdState, lease: string, message: Message): Effect[] {
  const { store } = state;
  store.leases.delete(lease);
  const keys = store.keys.by('lease', lease);
  if (keys.length === 0) return [];
  const revision = store.revision + 1;
  const events = keys.map((prev): EtcdEvent => {
    return {
      type: 'delete',
      kv: { ...prev, modRevision: revision },
      prev,
      cause: message.id,
      periodic: message.periodic,
    };
  });
  return commit(state, revision, events);
}

/** What stays in the data directory when the process ends. */
export function save(state: EtcdState): Store {
  return state.store;
}

export function peers(state: EtcdState): Address[] {
  return [...new Set([...state.watchers.values()].map((watcher) => watcher.peer))];
}

/** For the inspector: the member, its revision, and how much it holds. */
export function view(state: EtcdState, _now: number): object {
  const { store } = state;
  return {
    members: [{ name: state.config.name, role: 'leader', match: store.revision }],
    term: 2,
    revision: store.revision,
    compactRevision: store.compactRevision,
    keys: store.keys.size,
    log: store.log.size,
    watchers: state.watchers.size,
    served: state.served,
  };
}
