import type { Pod } from '../api/generated/types.ts';
import { toRFC3339Micro } from '../api/time.ts';
import type { Call } from '../client/messages.ts';
import { defineTable, type Table } from '../kernel/table.ts';

/** An Event that was sent and may be repeated. */
interface Series {
  readonly name: string;
  readonly count: number;
  readonly lastAt: number;
  /** When the API server was last told. */
  readonly toldAt: number;
}

export interface EventRecorder {
  readonly controller: string;
  readonly instance: string;
  readonly series: Table<Series>;
  made: number;
}

export interface PodEvent {
  readonly pod: Pod;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly note: string;
}

const newSeriesTable = defineTable<Series>('scheduler/events');

/** A series that was not continued for so long is over: the next event is a new one. */
const SERIES_IDLE_MS = 360_000;
const SERIES_MAX = 4096;
/** A series that goes on is told so often, so that its Event does not expire. */
const REFRESH_MS = 1_800_000;
const NOTE_MAX = 1024;

export function newEventRecorder(controller: string, host: string): EventRecorder {
  return { controller, instance: `${controller}-${host}`, series: newSeriesTable(), made: 0 };
}

/**
 * The write that tells of an event, if one is due: the first of its kind is created, the second makes it a series, later
 * ones are only counted, and told every half an hour. The note is not compared: a series keeps the note of its first event.
 * Source: staging/src/k8s.io/client-go/tools/events/event_broadcaster.go
 */
export function eventCall(recorder: EventRecorder, event: PodEvent, now: number): Call | undefined {
  const { pod, type, reason, action } = event;
  const { namespace = 'default', name: podName, uid = '', resourceVersion } = pod.metadata;
  const events = `/api/v1/namespaces/${namespace}/events`;
  const key = `${namespace}/${podName}/${uid}/${type}/${reason}/${action}`;
  const known = recorder.series.delete(key);
  const at = toRFC3339Micro(now);
  if (known !== undefined && now - known.lastAt < SERIES_IDLE_MS) {
    const count = known.count + 1;
    const isTold = known.count === 1 || now - known.toldAt >= REFRESH_MS;
    recorder.series.set(key, { ...known, count, lastAt: now, toldAt: isTold ? now : known.toldAt });
    if (!isTold) return undefined;
    const body = { series: { count, lastObservedTime: at } };
    return {
      method: 'PATCH',
      path: `${events}/${known.name}`,
      contentType: 'application/strategic-merge-patch+json',
      body,
    };
  }
  // Upstream appends the time in nanoseconds, in hex; the counter stands for the digits below a microsecond.
  const nanos = (0x18000000000000 + Math.round(now * 1000)).toString(16);
  const name = `${podName}.${nanos}${(recorder.made++ & 0xfff).toString(16).padStart(3, '0')}`;
  recorder.series.set(key, { name, count: 1, lastAt: now, toldAt: now });
  if (recorder.series.size > SERIES_MAX) recorder.series.delete(recorder.series.firstKey()!);
  const body = {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace },
    involvedObject: { kind: 'Pod', namespace, name: podName, uid, apiVersion: 'v1', resourceVersion },
    reason,
    message: truncated(event.note),
    source: {},
    firstTimestamp: null,
    lastTimestamp: null,
    type,
    eventTime: at,
    action,
    reportingComponent: recorder.controller,
    reportingInstance: recorder.instance,
  };
  return { method: 'POST', path: events, body };
}

function truncated(note: string): string {
  return note.length <= NOTE_MAX ? note : `${note.slice(0, NOTE_MAX - 4)} ...`;
}
