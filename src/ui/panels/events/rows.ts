import type { Event } from '../../../engine/api/generated/types.ts';
import { keyOf } from '../../store/keys.ts';
import { virtualTime } from '../inspector/api-time.ts';

/** One Event as the table shows it. */
export interface EventRow {
  readonly key: string;
  readonly lastSeen: number;
  readonly isWarning: boolean;
  readonly reason: string;
  /** Key of the object that it is about. */
  readonly about: string;
  readonly message: string;
  readonly source: string;
  readonly count: number;
}

export function eventRow(key: string, event: Event): EventRow {
  const { involvedObject: about, series, count } = event;
  const seen = series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp;
  return {
    key,
    lastSeen: virtualTime(seen) ?? 0,
    isWarning: event.type === 'Warning',
    reason: event.reason ?? '',
    about: keyOf(about?.kind ?? '', about?.namespace, about?.name ?? ''),
    message: event.message ?? '',
    source: event.reportingComponent || event.source?.component || '',
    count: series?.count ?? count ?? 1,
  };
}

/** Newest first; the text may stand anywhere. */
export function sortedRows(rows: readonly EventRow[], text: string, warningsOnly: boolean): readonly EventRow[] {
  const wanted = text.toLowerCase();
  return rows
    .filter(
      (row) =>
        (!warningsOnly || row.isWarning) &&
        (wanted === '' || `${row.reason} ${row.about} ${row.message} ${row.source}`.toLowerCase().includes(wanted)),
    )
    .sort((a, b) => b.lastSeen - a.lastSeen || (a.key < b.key ? 1 : -1));
}
