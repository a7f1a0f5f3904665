import type { Status } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { RESOURCES, type Resource } from '../api/resources.ts';
import { expired, tooLargeResourceVersion, untypedError } from '../api/status.ts';
import { folderOf, storagePrefix } from '../api/storage-keys.ts';
import { isFlagSet } from '../api/strconv.ts';
import { type ApiRequest, PROTOBUF, type WatchEvent } from '../client/messages.ts';
import { type Address, type Effect, type Env, send, timer } from '../kernel/types.ts';
import { changesAfter, knownTo } from './history.ts';
import { listOptionsProblem, versionProblem } from './list-options.ts';
import { negotiate } from './negotiation.ts';
import type { RequestInfo } from './request-info.ts';
import type { ApiServerState, Change, Watcher } from './state.ts';
import { columnsOf, rowOf } from './tables/table.ts';
import { filterOf, hasSelector, isWanted, nodeTopic, topicOf, type WatchFilter } from './watch-filter.ts';

/** Bookmarks come about once a minute. */
const BOOKMARK_MS = 60_000;
/** The server ends a watch after a random time between this and twice this. */
const MIN_WATCH_MS = 1_800_000;
/** Longer than anybody watches the watch. */
const MAX_WATCH_MS = 1e12;
export const BOOKMARKS = 'bookmarks';
const CLOSE = 'close/';
const byPrefix = new Map(RESOURCES.map((resource) => [storagePrefix(resource), resource]));

export function resourceOfPrefix(prefix: string): Resource {
  return byPrefix.get(prefix) as Resource;
}

/**
 * Opens a watch: sends what happened since the client's resourceVersion (or everything there is, as ADDED, without one)
 * and then every change. A Status means that it was refused.
 * Source: staging/src/k8s.io/apiserver/pkg/storage/cacher/cacher.go
 */
export function openWatch(
  state: ApiServerState,
  env: Env,
  from: Address,
  request: ApiRequest,
  { resource, namespace }: RequestInfo,
): Effect[] | Status {
  const query = request.query ?? {};
  const problem = listOptionsProblem(query);
  if (problem !== undefined) return problem;
  const filter = filterOf(resource, namespace, query);
  if ('kind' in filter) return filter;
  const prefix = storagePrefix(resource);
  const known = knownTo(state, prefix);
  const wanted = request.accept === PROTOBUF ? undefined : negotiate(request.accept);
  const version = query.resourceVersion ?? '';
  const unreadable = versionProblem(version);
  if (unreadable !== undefined) return untypedError(unreadable);
  // Without a beginning in the past, a watch begins with what there is, unless it says that it does not want it.
  const asked = query.sendInitialEvents;
  const withInitial = asked === undefined ? Number(version) === 0 : isFlagSet(asked);
  const seconds = Number(query.timeoutSeconds ?? 0);
  const lifeMs =
    seconds !== 0 ? Math.max(0, Math.min(seconds * 1000, MAX_WATCH_MS)) : MIN_WATCH_MS * (1 + env.random());
  const watcher: Watcher = {
    peer: from,
    watchId: request.requestId,
    prefix,
    topic: topicOf(resource, filter),
    filter,
    bookmarks: isFlagSet(query.allowWatchBookmarks),
    ...(!withInitial && Number(version) > known && { after: Number(version) }),
    until: env.now + lifeMs,
    ...(wanted === 'table' && { table: (query.includeObject as Watcher['table']) ?? 'Metadata' }),
    columnsSent: false,
  };
  const key = watcherKey(from, request.requestId);
  let events: WatchEvent[];
  if (withInitial) {
    if (Number(version) > known) {
      const object = tooLargeResourceVersion(Number(version), known);
      return [send(from, errorEvent(object, request.requestId))];
    }
    events = existing(state, resource, filter).map((object) => ({ type: 'ADDED', object }));
    if (watcher.bookmarks && wanted !== 'table')
      events.push({ type: 'BOOKMARK', object: mark(prefix, known, INITIAL_EVENTS_END) });
  } else if (Number(version) === 0) events = [];
  else {
    const changes = changesAfter(state, prefix, Number(version));
    if (changes === undefined) return [send(from, tooOld(state, prefix, version, request.requestId))];
    events = changes.flatMap((row) => eventFor(filter, row, new Map()) ?? []);
  }
  state.watchers.set(key, watcher);
  const effects = events.length > 0 ? [deliver(state, env.wallNow, key, watcher, events)] : [];
  // Ordinary watches are closed with the next bookmarks; a short one asked for its end to the second.
  if (seconds !== 0) effects.push(timer(CLOSE + key, lifeMs, { periodic: true }));
  return effects;
}

export function closeWatch(state: ApiServerState, from: Address, watchId: number): void {
  state.watchers.delete(watcherKey(from, watchId));
}

/** A client is gone, and its watches with it. */
export function closeWatchesOf(state: ApiServerState, peer: Address): void {
  for (const key of [...state.watchers.keysBy('peer', peer)]) state.watchers.delete(key);
}

/** Ends all watches of a resource (of every resource, without a prefix): what comes now is no continuation. */
export function endWatches(state: ApiServerState, prefix?: string): Effect[] {
  const effects: Effect[] = [];
  for (const [key, { peer, watchId, prefix: own }] of [...state.watchers.entries()]) {
    if (prefix !== undefined && own !== prefix) continue;
    state.watchers.delete(key);
    effects.push(send(peer, { type: 'watchClosed', reply: true, watchId } as never));
  }
  return effects;
}

/** Objects that a filter lets pass, in the order of their keys. */
export function existing(state: ApiServerState, resource: Resource, filter: WatchFilter): KubernetesObject[] {
  const { objects } = state;
  const topic = topicOf(resource, filter);
  let keys: Iterable<string>;
  if (topic.startsWith('node ')) keys = objects.keysBy('node', topic.slice(nodeTopic('').length));
  else if (!topic.endsWith('/')) keys = objects.has(topic) ? [topic] : [];
  else keys = objects.keysBy(filter.namespace === '' && resource.namespaced ? 'resource' : 'collection', topic);
  const found: KubernetesObject[] = [];
  const select = hasSelector(filter) || filter.namespace !== '';
  for (const key of [...keys].sort()) {
    const object = objects.get(key) as KubernetesObject;
    if (!select || isWanted(filter, object)) found.push(object);
  }
  return found;
}

/** Sends a change to every watch that may see it: those of its object, node, namespace and resource. */
export function fanOut(state: ApiServerState, prefix: string, row: Change, now: number): Effect[] {
  const { watchers } = state;
  const effects: Effect[] = [];
  // Watches that see the same event share it.
  const events: Events = new Map();
  const tell = (topic: string): void => {
    for (const key of watchers.keysBy('topic', topic)) {
      const watcher = watchers.get(key) as Watcher;
      if (watcher.after !== undefined && row.revision <= watcher.after) continue;
      const event = eventFor(watcher.filter, row, events);
      if (event !== undefined) effects.push(deliver(state, now, key, watcher, event));
    }
  };
  const { key } = row;
  tell(prefix);
  const collection = folderOf(key);
  if (collection !== prefix) tell(collection);
  tell(key);
  const node = nodeNameOf(row.object);
  const before = row.old === undefined ? node : nodeNameOf(row.old);
  if (node !== undefined) tell(nodeTopic(node));
  if (before !== undefined && before !== node) tell(nodeTopic(before));
  return effects;
}

type Events = Map<WatchEvent['type'], readonly WatchEvent[]>;

/** What a change is to a watch: objects that begin or cease to match are ADDED or DELETED to it. */
function eventFor(filter: WatchFilter, row: Change, events: Events): readonly WatchEvent[] | undefined {
  const { old, object, deleted } = row;
  let before = old !== undefined;
  let after = !deleted;
  if (hasSelector(filter) || filter.namespace !== '') {
    before = old !== undefined && isWanted(filter, old);
    after = after && isWanted(filter, object);
  }
  if (!before && !after) return undefined;
  const type = !after ? 'DELETED' : before ? 'MODIFIED' : 'ADDED';
  let event = events.get(type);
  if (event === undefined) {
    // One that ceases to match is shown as it was, with the revision of the change.
    const shown = type === 'DELETED' && !deleted ? asBefore(old as KubernetesObject, row.revision) : object;
    event = [{ type, object: shown }];
    events.set(type, event);
  }
  return event;
}

function asBefore(old: KubernetesObject, revision: number): KubernetesObject {
  return { ...old, metadata: { ...old.metadata, resourceVersion: String(revision) } };
}

function deliver(
  state: ApiServerState,
  now: number,
  key: string,
  watcher: Watcher,
  events: readonly WatchEvent[],
): Effect {
  const { peer, watchId, table } = watcher;
  let shown = events;
  if (table !== undefined) {
    shown = events.map((event, i) => asTable(event, table, now, !watcher.columnsSent && i === 0));
    if (!watcher.columnsSent) state.watchers.set(key, { ...watcher, columnsSent: true });
  }
  return send(peer, { type: 'watchEvents', reply: true, watchId, events: shown } as never);
}

function asTable(event: WatchEvent, include: NonNullable<Watcher['table']>, now: number, columns: boolean): WatchEvent {
  const { object } = event;
  const table = {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: { resourceVersion: object.metadata.resourceVersion },
    ...(columns && { columnDefinitions: columnsOf(object.kind) }),
    rows: [rowOf(object, now, include)],
  };
  return { type: event.type, object: table as unknown as KubernetesObject };
}

/** Once a minute: tells quiet watches how far they have seen, and ends those whose time is up. */
export function bookmark(state: ApiServerState, env: Env): Effect[] {
  const effects: Effect[] = [timer(BOOKMARKS, BOOKMARK_MS, { periodic: true })];
  const ended: string[] = [];
  const marks = new Map<string, readonly WatchEvent[]>();
  for (const [key, watcher] of state.watchers.entries()) {
    const { peer, watchId, prefix, table } = watcher;
    if (watcher.until <= env.now) {
      ended.push(key);
      effects.push(send(peer, { type: 'watchClosed', reply: true, watchId } as never, { periodic: true }));
    } else if (watcher.bookmarks && table === undefined && (watcher.after ?? 0) <= knownTo(state, prefix)) {
      let events = marks.get(prefix);
      if (events === undefined) {
        events = [{ type: 'BOOKMARK', object: mark(prefix, knownTo(state, prefix)) }];
        marks.set(prefix, events);
      }
      effects.push(send(peer, { type: 'watchEvents', reply: true, watchId, events } as never, { periodic: true }));
    }
  }
  for (const key of ended) state.watchers.delete(key);
  return effects;
}

/** The end of a watch that asked for one. */
export function watchTimer(state: ApiServerState, timerKey: string): Effect[] {
  if (!timerKey.startsWith(CLOSE)) return [];
  const watcher = state.watchers.delete(timerKey.slice(CLOSE.length));
  if (watcher === undefined) return [];
  const { peer, watchId } = watcher;
  return [send(peer, { type: 'watchClosed', reply: true, watchId } as never, { periodic: true })];
}

export const FIRST_BOOKMARK = timer(BOOKMARKS, BOOKMARK_MS, { periodic: true });

const INITIAL_EVENTS_END = { annotations: { 'k8s.io/initial-events-end': 'true' } };

function mark(prefix: string, revision: number, more?: object): KubernetesObject {
  const { kind, apiVersion } = resourceOfPrefix(prefix);
  return { kind, apiVersion, metadata: { resourceVersion: String(revision), ...more } } as KubernetesObject;
}

/** Source: staging/src/k8s.io/apiserver/pkg/storage/cacher/watch_cache.go */
function tooOld(state: ApiServerState, prefix: string, version: string, watchId: number): never {
  const oldest = state.caches.get(prefix)?.oldest ?? 0;
  return errorEvent(expired(`too old resource version: ${version} (${oldest})`), watchId);
}

function errorEvent(object: Status, watchId: number): never {
  return { type: 'watchEvents', reply: true, watchId, events: [{ type: 'ERROR', object }] } as never;
}

function watcherKey(peer: Address, watchId: number): string {
  return `${peer} ${watchId}`;
}

function nodeNameOf(object: KubernetesObject): string | undefined {
  return object.kind === 'Pod' ? (object as { spec?: { nodeName?: string } }).spec?.nodeName || undefined : undefined;
}
