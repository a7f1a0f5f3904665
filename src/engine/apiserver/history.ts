import type { Env } from '../kernel/types.ts';
import type { ApiServerState, Cache, Change } from './state.ts';

/** Changes younger than this are kept for watches that begin in the past, and at least so many of each resource. */
const HISTORY_MS = 75_000;
const MIN_HISTORY = 100;
const MAX_HISTORY = 102_400;

/** Adds a change to its resource's history and lets go of what is too old. */
export function remember(state: ApiServerState, env: Env, prefix: string, row: Change): void {
  const cache = state.caches.get(prefix) as Cache;
  let { first, oldest } = cache;
  const next = cache.next + 1;
  state.history.set(historyKey(prefix, cache.next), row);
  while (next - first > MIN_HISTORY) {
    const key = historyKey(prefix, first);
    const last = state.history.get(key) as Change;
    if (last.at > env.now - HISTORY_MS && next - first <= MAX_HISTORY) break;
    state.history.delete(key);
    oldest = last.revision;
    first++;
  }
  state.caches.set(prefix, { watchId: cache.watchId, oldest, first, next });
}

function historyKey(prefix: string, number: number): string {
  return `${prefix}${number}`;
}

/** Changes of a resource after a revision, oldest first; undefined if they are no longer all known. */
export function changesAfter(state: ApiServerState, prefix: string, revision: number): Change[] | undefined {
  const cache = state.caches.get(prefix) as Cache;
  if (revision < cache.oldest) return undefined;
  const changes: Change[] = [];
  for (let number = cache.next - 1; number >= cache.first; number--) {
    const row = state.history.get(historyKey(prefix, number)) as Change;
    if (row.revision <= revision) break;
    changes.push(row);
  }
  return changes.reverse();
}
