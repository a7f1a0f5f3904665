import type { KubernetesObject } from '../api/object.ts';
import { toRFC3339 } from '../api/time.ts';
import { defineTable, type Table } from '../kernel/table.ts';
import type { Effect, Env } from '../kernel/types.ts';
import { type CallOptions, call } from './client.ts';
import type { Call } from './messages.ts';
import type { ClientState } from './state.ts';

/** What an event is about. */
export interface Involved {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly fieldPath?: string;
}

interface Seen {
  readonly name: string;
  readonly count: number;
  readonly firstTimestamp: string;
  readonly lastAt: number;
}

interface Similar {
  readonly messages: readonly string[];
  readonly lastAt: number;
}

/**
 * Sends Events and counts repeated ones up, as client-go's recorder with its correlator.
 * Source: staging/src/k8s.io/client-go/tools/record/events_cache.go
 */
export interface Recorder {
  readonly component: string;
  readonly host?: string;
  readonly seen: Table<Seen>;
  /** Different messages of one object, type and reason within the last ten minutes. */
  readonly similar: Table<Similar>;
  /** Tokens of the spam filter per source and object: `tokens@at`. */
  readonly spam: Table<{ readonly tokens: number; readonly at: number }>;
  made: number;
}

const newSeenTable = defineTable<Seen>('events/seen');
const newSimilarTable = defineTable<Similar>('events/similar');
const newSpamTable = defineTable<{ readonly tokens: number; readonly at: number }>('events/spam');

/** Upstream's correlator caches; the oldest go first. */
const MAX_SEEN = 4096;
/** So many different messages of one reason are told one by one; then they share one Event. */
const MAX_SIMILAR = 10;
const SIMILAR_MS = 600_000;
const SPAM_BURST = 25;
const SPAM_REFILL_MS = 300_000;

export function newRecorder(component: string, host?: string): Recorder {
  return { component, host, seen: newSeenTable(), similar: newSimilarTable(), spam: newSpamTable(), made: 0 };
}

export function involvedOf(object: KubernetesObject, fieldPath?: string): Involved {
  const { namespace, name, uid, resourceVersion } = object.metadata;
  const { apiVersion, kind } = object as { apiVersion: string; kind: string };
  return { kind, namespace, name: name as string, uid, apiVersion, resourceVersion, ...(fieldPath && { fieldPath }) };
}

/** Tag of the answers to event writes: nobody acts on them. */
export const EVENT_TAG = 'event';

export function recordEvent(
  recorder: Recorder,
  client: ClientState,
  env: Env,
  about: Involved,
  type: 'Normal' | 'Warning',
  reason: string,
  text: string,
  options?: CallOptions,
): Effect[] {
  const spamKey = `${about.namespace ?? ''}/${about.kind}/${about.uid ?? about.name}`;
  const reasonKey = `${spamKey}/${type}/${reason}`;
  const isFolded = isOneOfMany(recorder, reasonKey, text, env.now);
  const message = isFolded ? `(combined from similar events): ${text}` : text;
  const key = isFolded ? reasonKey : `${spamKey}/${about.fieldPath ?? ''}/${type}/${reason}/${text}`;
  const isSpam = !takeSpamToken(recorder, spamKey, env.now);
  const seen = recorder.seen.get(key);
  if (isSpam && seen === undefined) return [];
  // Events of cluster-scoped objects live in the default namespace.
  const namespace = about.namespace ?? 'default';
  const events = `/api/v1/namespaces/${namespace}/events`;
  const at = toRFC3339(env.wallNow);
  const count = (seen?.count ?? 0) + 1;
  // Upstream appends the time in nanoseconds, in hex; the counter stands for the digits below a microsecond.
  const name =
    seen?.name ??
    `${about.name}.${(0x18000000000000 + Math.round(env.wallNow * 1000)).toString(16)}${(recorder.made++ & 0xfff).toString(16).padStart(3, '0')}`;
  const firstTimestamp = seen?.firstTimestamp ?? at;
  recorder.seen.delete(key);
  recorder.seen.set(key, { name, count, firstTimestamp, lastAt: env.now });
  if (isSpam) return [];
  if (recorder.seen.size > MAX_SEEN) recorder.seen.delete(recorder.seen.firstKey() as string);
  const body = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace },
    involvedObject: about,
    reason,
    message,
    source: recorder.host ? { component: recorder.component, host: recorder.host } : { component: recorder.component },
    firstTimestamp,
    lastTimestamp: at,
    count,
    type,
    eventTime: null,
    reportingComponent: recorder.component,
    reportingInstance: recorder.host ?? '',
  };
  const create: Call = { method: 'POST', path: events, body };
  if (seen === undefined) return call(client, env, create, EVENT_TAG, options);
  const patch: Call = {
    method: 'PATCH',
    path: `${events}/${name}`,
    contentType: 'application/strategic-merge-patch+json',
    body: { count, lastTimestamp: at, ...(isFolded && { message }) },
  };
  // It may have expired, or never have come: then it is made anew.
  return call(client, env, patch, EVENT_TAG, { ...options, ifMissing: create });
}

/** The tenth different message of a reason, and every one after it. */
function isOneOfMany(recorder: Recorder, key: string, message: string, now: number): boolean {
  const last = recorder.similar.get(key);
  const isOld = last === undefined || now - last.lastAt > SIMILAR_MS;
  const before = isOld ? [] : last.messages;
  const messages = before.includes(message) ? before : [...before, message];
  const isMany = messages.length >= MAX_SIMILAR;
  recorder.similar.delete(key);
  recorder.similar.set(key, { messages: isMany ? messages.slice(1) : messages, lastAt: now });
  if (recorder.similar.size > MAX_SEEN) recorder.similar.delete(recorder.similar.firstKey() as string);
  return isMany;
}

function takeSpamToken(recorder: Recorder, key: string, now: number): boolean {
  const last = recorder.spam.get(key);
  const tokens = last ? Math.min(SPAM_BURST, last.tokens + (now - last.at) / SPAM_REFILL_MS) : SPAM_BURST;
  if (tokens < 1) return false;
  recorder.spam.delete(key);
  recorder.spam.set(key, { tokens: tokens - 1, at: now });
  if (recorder.spam.size > MAX_SEEN) recorder.spam.delete(recorder.spam.firstKey() as string);
  return true;
}
