import type { ApiServerState, Cache, Change } from './state.ts';

/** Changes younger than this are kept for watches that begin in the past, and at least so many of each resource. */
const HISTORY_MS = 75_000;
const MIN_HISTORY = 100;
const MAX_HISTORY = 102_400;
/** The list is moved up only when so many of its places are empty. */
const SLACK = 1024;

/** Adds a change to its resource's history and lets go of what is too old. */
export function remember(state: ApiServerState, prefix: string, change: Change): void {
  const cache = state.caches.get(prefix) as Cache;
  const { changes } = cache;
  changes.push(change);
  while (changes.length - cache.head > MIN_HISTORY) {
    const last = changes[cache.head] as Change;
    if (last.at > change.at - HISTORY_MS && changes.length - cache.head <= MAX_HISTORY) break;
    cache.oldest = last.revision;
    cache.head++;
  }
  if (cache.head < SLACK || cache.head * 2 < changes.length) return;
  changes.splice(0, cache.head);
  cache.head = 0;
}

/** The cache of a resource holds everything up to this revision: it may be ahead of others whose watch lags. */
export function knownTo({ revision, seen, broken }: ApiServerState, prefix: string): number {
  const next = broken.get(prefix);
  return Math.max(revision, next === undefined ? seen : next - 1);
}

/** Changes of a resource after a revision, oldest first; undefined if they are no longer all known. */
export function changesAfter(state: ApiServerState, prefix: string, revision: number): Change[] | undefined {
  const { changes, head, oldest } = state.caches.get(prefix) as Cache;
  if (revision < oldest) return undefined;
  let from = changes.length;
  while (from > head && (changes[from - 1] as Change).revision > revision) from--;
  return changes.slice(from);
}
