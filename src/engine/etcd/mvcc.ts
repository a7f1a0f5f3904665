import { extended } from '../api/share.ts';
import type { Address, Effect } from '../kernel/types.ts';
import type {
  CompactRequest,
  EtcdEvent,
  EtcdReply,
  EtcdWatchRequest,
  EtcdWatchResponse,
  KeyValue,
  RangeRequest,
  RangeResponse,
  TxnRequest,
} from './messages.ts';
import { type EtcdState, keysBelow, type Store, type Watcher } from './state.ts';

/** Whose doing a change is, and when those who watch hear of it. */
export interface Origin {
  readonly cause: number;
  readonly periodic: boolean;
  readonly delayMs: number;
}

/** The answer to what could not be done. */
export const failed = (requestId: number, error: string): EtcdReply => {
  return { type: 'etcdError', reply: true, requestId, error };
};

export const reply = (to: Address, body: EtcdReply, origin?: Partial<Origin>): Effect =>
  origin === undefined ? { effect: 'send', to, body } : { effect: 'send', to, body, ...origin };

/** Carries out a transaction; what watchers have to hear goes into `effects`. Source: etcd-io/etcd server/etcdserver/txn */
export function txn(state: EtcdState, request: TxnRequest, origin: Origin, effects: Effect[]): EtcdReply {
  const { store } = state;
  const { requestId } = request;
  const type = 'txnResponse';
  if (!holds(store, request)) {
    const current = request.failure.map((key) => store.keys.get(key) ?? null);
    return { type, reply: true, requestId, succeeded: false, revision: store.revision, current };
  }
  const { cause, periodic } = origin;
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
      events.push({ type: 'put', kv, prev, cause, periodic });
    } else if (prev !== undefined) {
      const kv: KeyValue = { ...prev, modRevision: revision };
      events.push({ type: 'delete', kv, prev, cause, periodic });
    }
  }
  if (events.length > 0) commit(state, revision, events, origin, effects);
  return { type, reply: true, requestId, succeeded: true, revision: store.revision, current: [] };
}

function holds(store: Store, { compare }: TxnRequest): boolean {
  for (const { key, modRevision } of compare) {
    if ((store.keys.get(key)?.modRevision ?? 0) !== modRevision) return false;
  }
  return true;
}

/** Makes the events the newest revision and tells every watch that covers one of their keys. */
function commit(
  state: EtcdState,
  revision: number,
  events: readonly EtcdEvent[],
  origin: Origin,
  effects: Effect[],
): void {
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
  for (const watcher of concerned) {
    const seen = events.length === 1 ? events : events.filter(({ kv }) => kv.key.startsWith(watcher.prefix));
    if (seen.length > 0) effects.push(notify(watcher, revision, seen.length === events.length ? events : seen, origin));
  }
}

/** Watches whose prefix (which ends with a slash) covers the key, the widest first. */
function watchersOf({ watchers }: EtcdState, key: string): Watcher[] {
  const found: Watcher[] = [];
  for (let end = key.indexOf('/', 1); end > 0; end = key.indexOf('/', end + 1)) {
    for (const name of watchers.keysBy('prefix', key.slice(0, end + 1))) found.push(watchers.get(name) as Watcher);
  }
  return found;
}

function notify(
  { peer, requestId }: Watcher,
  revision: number,
  events: readonly EtcdEvent[],
  origin?: Partial<Origin>,
): Effect {
  return reply(peer, { type: 'watchResponse', reply: true, requestId, revision, events }, origin);
}

/** Reads a key or a prefix, now or as of a revision. Source: server/storage/mvcc/kvstore_txn.go */
export function range(store: Store, request: RangeRequest): EtcdReply {
  const { requestId, key, revision = 0 } = request;
  const answer = (kvs: readonly KeyValue[], count: number): RangeResponse => {
    return { type: 'rangeResponse', reply: true, requestId, revision: store.revision, kvs, count };
  };
  if (revision > 0 && revision < store.compactRevision) {
    const error = 'etcdserver: mvcc: required revision has been compacted';
    return extended(answer([], 0), { error });
  }
  if (revision > store.revision) {
    return extended(answer([], 0), { error: 'etcdserver: mvcc: required revision is a future revision' });
  }
  if (request.countOnly && !request.prefix) return answer([], store.keys.has(key) ? 1 : 0);
  const past = revision > 0 && revision < store.revision ? changesSince(store, revision) : undefined;
  const at = (name: string): KeyValue | undefined => (past?.has(name) ? past.get(name) : store.keys.get(name));
  if (!request.prefix) {
    const found = at(key);
    return found ? answer([found], 1) : answer([], 0);
  }
  const names = new Set<string>();
  for (const name of keysBelow(store.keys, key)) names.add(name);
  for (const name of past?.keys() ?? []) if (name.startsWith(key)) names.add(name);
  const kvs = [...names].sort().flatMap((name) => at(name) ?? []);
  const count = kvs.length;
  if (request.countOnly) return answer([], count);
  return answer(request.limit ? kvs.slice(0, request.limit) : kvs, count);
}

/** Value that each key changed after the revision had at the revision. */
function changesSince(store: Store, revision: number): Map<string, KeyValue | undefined> {
  const past = new Map<string, KeyValue | undefined>();
  for (let r = revision + 1; r <= store.revision; r++) {
    for (const { kv, prev } of store.log.get(String(r)) ?? []) if (!past.has(kv.key)) past.set(kv.key, prev);
  }
  return past;
}

/** Opens a watch at this member: what it missed first, in one message. */
export function watch(state: EtcdState, request: EtcdWatchRequest, from: Address): Effect {
  const { requestId, prefix, startRevision } = request;
  const watcher = { peer: from, requestId, prefix };
  if (startRevision > 0 && startRevision <= state.store.compactRevision) return cancelCompacted(state, watcher);
  state.watchers.set(`${from} ${requestId}`, watcher);
  return notify(watcher, state.store.revision, startRevision > 0 ? eventsFrom(state.store, prefix, startRevision) : []);
}

function eventsFrom(store: Store, prefix: string, revision: number): EtcdEvent[] {
  const missed: EtcdEvent[] = [];
  for (let r = revision; r <= store.revision; r++) {
    for (const event of store.log.get(String(r)) ?? []) if (event.kv.key.startsWith(prefix)) missed.push(event);
  }
  return missed;
}

function cancelCompacted({ store }: EtcdState, { peer, requestId }: Watcher): Effect {
  const { revision, compactRevision } = store;
  return reply(peer, { type: 'watchResponse', reply: true, requestId, revision, events: [], compactRevision });
}

/** Watches that had been told everything up to a revision hear the rest, after a snapshot took the store's place. */
export function catchUp(state: EtcdState, toldUpTo: number): Effect[] {
  const effects: Effect[] = [];
  for (const [key, watcher] of [...state.watchers.entries()]) {
    if (toldUpTo < state.store.compactRevision) {
      state.watchers.delete(key);
      effects.push(cancelCompacted(state, watcher));
      continue;
    }
    const missed = eventsFrom(state.store, watcher.prefix, toldUpTo + 1);
    if (missed.length > 0) effects.push(notify(watcher, state.store.revision, missed));
  }
  return effects;
}

/** Ends every watch: its stream demands a leader. Source: server/etcdserver/api/v3rpc/interceptor.go, monitorLeader */
export function cancelWatches(state: EtcdState, canceled: string): Effect[] {
  const { revision } = state.store;
  const effects = [...state.watchers.values()].map(({ peer, requestId }) => {
    const response: EtcdWatchResponse = {
      type: 'watchResponse',
      reply: true,
      requestId,
      revision,
      events: [],
      canceled,
    };
    // It is news, though a look at the clock brings it.
    return reply(peer, response, { periodic: false });
  });
  state.watchers.clear();
  return effects;
}

/** Forgets what was superseded up to a revision. */
export function compact(store: Store, { requestId, revision }: CompactRequest): EtcdReply {
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

/** A lease that ends takes its keys with it, in one revision. */
export function revoke(state: EtcdState, lease: string, origin: Origin, effects: Effect[]): void {
  const { store } = state;
  store.leases.delete(lease);
  const keys = store.keys.by('lease', lease);
  if (keys.length === 0) return;
  const { cause, periodic } = origin;
  const revision = store.revision + 1;
  const events = keys.map((prev): EtcdEvent => {
    return { type: 'delete', kv: { ...prev, modRevision: revision }, prev, cause, periodic };
  });
  commit(state, revision, events, origin, effects);
}
