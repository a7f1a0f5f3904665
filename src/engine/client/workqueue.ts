import { defineTable, type Table } from '../kernel/table.ts';
import { type Effect, timer } from '../kernel/types.ts';

/** Why a key is in the queue: the message that put it there first. */
export interface Queued {
  readonly cause: number;
  readonly periodic: boolean;
  /** Messages that asked for the same after it, at most three: the key is worked on once for all of them. */
  readonly also?: readonly number[];
}

/**
 * client-go's rate-limited workqueue: a key is queued once, worked on by one worker at a time, and queued again when it
 * is added while being worked on. Source: staging/src/k8s.io/client-go/util/workqueue/{queue,default_rate_limiters}.go
 */
export interface Workqueue {
  readonly name: string;
  readonly queued: Table<Queued>;
  readonly processing: Table<Queued>;
  /** Added again while being processed. */
  readonly dirty: Table<Queued>;
  readonly failures: Table<number>;
}

const newQueuedTable = defineTable<Queued>('workqueue/queued');
const newFailuresTable = defineTable<number>('workqueue/failures');

const MAX_ALSO = 3;
/** First and longest delay of a key that failed. */
export type Backoff = readonly [firstMs: number, mostMs: number];
const BACKOFF: Backoff = [5, 1_000_000];

export function newWorkqueue(name: string): Workqueue {
  return {
    name,
    queued: newQueuedTable(),
    processing: newQueuedTable(),
    dirty: newQueuedTable(),
    failures: newFailuresTable(),
  };
}

export function add(queue: Workqueue, key: string, cause: Queued): void {
  const target = queue.processing.has(key) ? queue.dirty : queue.queued;
  const there = target.get(key);
  // What a user did outweighs a resync that came first.
  if (there === undefined || (there.periodic && !cause.periodic)) target.set(key, cause);
  else if (!cause.periodic) alsoFor(target, key, there, cause.cause);
}

function alsoFor(target: Table<Queued>, key: string, there: Queued, cause: number): void {
  const { also = [] } = there;
  if (cause === there.cause || also.length === MAX_ALSO || also.at(-1) === cause) return;
  target.set(key, { ...there, also: [...also, cause] });
}

/** Takes the next key to work on; the caller must call `done` for it later. */
export function take(queue: Workqueue): { key: string; cause: Queued } | undefined {
  const key = queue.queued.firstKey();
  if (key === undefined) return undefined;
  const cause = queue.queued.delete(key) as Queued;
  queue.processing.set(key, cause);
  return { key, cause };
}

export function done(queue: Workqueue, key: string): void {
  queue.processing.delete(key);
  const again = queue.dirty.delete(key);
  if (again !== undefined) queue.queued.set(key, again);
}

/** Timer key of a delayed add: the component hands timers of this form to `addDue`. */
export const delayedKey = (queue: Workqueue, key: string): string => `workqueue/${queue.name}/${key}`;

/** Adds the key after a while. An earlier delayed add of the same key is replaced. */
export function addAfter(queue: Workqueue, key: string, afterMs: number, periodic?: boolean, cause?: number): Effect {
  return timer(delayedKey(queue, key), afterMs, { periodic, cause });
}

/** Adds the key after its back-off, which doubles with every failure: from 5 ms to 1,000 s, unless told otherwise. */
export function addRateLimited(
  queue: Workqueue,
  key: string,
  cause: Queued,
  [firstMs, mostMs]: Backoff = BACKOFF,
): Effect {
  const failures = queue.failures.get(key) ?? 0;
  queue.failures.set(key, failures + 1);
  const afterMs = Math.min(firstMs * 2 ** failures, mostMs);
  return addAfter(queue, key, afterMs, cause.periodic, cause.cause);
}

export function forget(queue: Workqueue, key: string): void {
  queue.failures.delete(key);
}

export function failuresOf(queue: Workqueue, key: string): number {
  return queue.failures.get(key) ?? 0;
}
