import type { KubernetesObject } from '../../api/object.ts';
import { matches } from '../../api/selectors.ts';
import type { ApiServerProcess, Watcher } from '../../apiserver/state.ts';
import type { ApiRequest, WatchEvent, WatchEvents } from '../../client/messages.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Message } from '../../kernel/types.ts';
import type { Change, History } from './history.ts';
import { fail } from './violation.ts';

interface Watch {
  readonly client: string;
  readonly prefix: string;
  readonly filter: Watcher['filter'];
  /** Revision of the last event or bookmark. */
  seen: number;
  /** How many of the prefix's changes are behind it. */
  passed: number;
}

/** Every watch of the API: its events come in order, each change that it is about comes, and none twice. */
export class Watches {
  private readonly kernel: Kernel;
  private readonly history: History;
  private readonly open = new Map<string, Watch>();
  private readonly since: number;

  constructor(kernel: Kernel, history: History) {
    this.kernel = kernel;
    this.since = kernel.now;
    this.history = history;
  }

  /** Called after the server has handled the request. */
  opened({ from, to, body }: Message): void {
    const { query, requestId } = body as unknown as ApiRequest;
    if (query?.watch !== 'true') return;
    const since = Number(query.resourceVersion ?? 0);
    const row = this.rowOf(to, from, requestId);
    if (row === undefined || since === 0) this.open.delete(`${from} ${requestId}`);
    else this.note(from, requestId, row, since);
  }

  told(message: Message): void {
    const { watchId, events } = message.body as unknown as WatchEvents;
    const key = `${message.to} ${watchId}`;
    let watch = this.open.get(key);
    if (watch === undefined) {
      // What was for the process before it is not for this one.
      if ((this.kernel.processes.get(message.to)?.startedAt ?? 0) > this.since) return;
      // Opened before the run began: what it has seen by now is not known.
      const row = this.rowOf(message.from, message.to, watchId);
      const first = revisionOf(events[0]);
      if (row === undefined || row.table !== undefined || Number.isNaN(first)) return;
      watch = this.note(message.to, watchId, row, Math.max(first - 1, this.history.base));
    }
    for (const event of events) {
      if (event.type === 'ERROR') this.open.delete(key);
      else this.advance(watch, event);
    }
  }

  /** A process that starts anew has no watches. */
  forget(client: string): void {
    for (const [key, watch] of this.open) if (watch.client === client) this.open.delete(key);
  }

  private advance(watch: Watch, event: WatchEvent): void {
    const revision = revisionOf(event);
    if (Number.isNaN(revision)) return;
    const isBookmark = event.type === 'BOOKMARK';
    const { seen } = watch;
    const what = (): string => `${watch.client} ${watch.prefix} ${event.type} ${revision} after ${seen}`;
    // An expired lease deletes several objects at one revision.
    if (revision < seen) fail('watch events come in order', what());
    const changes = this.history.below(watch.prefix);
    for (; watch.passed < changes.length; watch.passed++) {
      const change = changes[watch.passed] as Change;
      const isWanted = isAbout(watch.filter, change);
      if (change.revision > revision || (!isBookmark && change.revision === revision && isWanted)) break;
      if (isWanted && change.revision > seen)
        fail('a watch has no gap', `${what()} without ${change.event.kv.key} at ${change.revision}`);
    }
    watch.seen = revision;
    if (isBookmark || revision <= this.history.base) return;
    const change = changes[watch.passed];
    const { namespace, name } = event.object.metadata;
    const isIt = change?.revision === revision && change.event.kv.key.endsWith(`/${name}`);
    if (!isIt || !isAbout(watch.filter, change))
      fail('a watch tells of what happened', `${what()} ${namespace}/${name}`);
    watch.passed++;
  }

  private note(client: string, watchId: number, { prefix, filter }: Watcher, since: number): Watch {
    const watch = { client, prefix, filter, seen: since, passed: firstAfter(this.history.below(prefix), since) };
    this.open.set(`${client} ${watchId}`, watch);
    return watch;
  }

  private rowOf(server: string, client: string, watchId: number): Watcher | undefined {
    return this.kernel.state<ApiServerProcess>(server)?.server?.watchers.get(`${client} ${watchId}`);
  }
}

const revisionOf = (event: WatchEvent | undefined): number => Number(event?.object.metadata?.resourceVersion ?? NaN);

function firstAfter(changes: readonly Change[], revision: number): number {
  let i = changes.length;
  while (i > 0 && (changes[i - 1] as Change).revision > revision) i--;
  return i;
}

/** Whether the watch should hear of it: the object was or is one of those that it wants to see. */
function isAbout(filter: Watcher['filter'], { event }: Change): boolean {
  const { type, kv, prev } = event;
  return (type === 'put' && selects(filter, kv.value)) || (prev !== undefined && selects(filter, prev.value));
}

function selects({ namespace, labels, fields }: Watcher['filter'], object: KubernetesObject): boolean {
  if (namespace !== '' && object.metadata.namespace !== namespace) return false;
  if (labels.length > 0 && !matches(labels, object.metadata.labels)) return false;
  return fields.every(({ field, value, isEqual }) => (String(at(object, field) ?? '') === value) === isEqual);
}

function at(object: unknown, path: string): unknown {
  let value = object;
  for (const name of path.split('.')) value = (value as Record<string, unknown> | undefined)?.[name];
  return value;
}
