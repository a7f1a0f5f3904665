import { expect, it } from 'vitest';
import type { Event } from '../../../engine/api/generated/types.ts';
import { eventRow, sortedRows } from './rows.ts';

const event = (fields: object): Event =>
  ({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'e', namespace: 'default' },
    involvedObject: { kind: 'Pod', namespace: 'default', name: 'web-1' },
    ...fields,
  }) as Event;

it('takes the newest time and count that an Event has, old style and new', () => {
  const old = eventRow(
    'a',
    event({ lastTimestamp: '2026-01-01T00:00:05Z', count: 3, source: { component: 'kubelet' } }),
  );
  expect(old).toMatchObject({ lastSeen: 5000, count: 3, source: 'kubelet', about: 'Pod/default/web-1' });
  const series = { count: 7, lastObservedTime: '2026-01-01T00:00:09.500000Z' };
  const fresh = eventRow(
    'b',
    event({ eventTime: '2026-01-01T00:00:01.000000Z', series, reportingComponent: 'default-scheduler' }),
  );
  expect(fresh).toMatchObject({ lastSeen: 9500, count: 7, source: 'default-scheduler' });
});

it('lists the newest first and filters', () => {
  const rows = [
    eventRow('a', event({ reason: 'Scheduled', type: 'Normal', eventTime: '2026-01-01T00:00:01Z' })),
    eventRow(
      'b',
      event({ reason: 'BackOff', type: 'Warning', lastTimestamp: '2026-01-01T00:00:03Z', message: 'Back-off' }),
    ),
    eventRow('c', event({ reason: 'Pulled', type: 'Normal', lastTimestamp: '2026-01-01T00:00:02Z' })),
  ];
  const keys = (text: string, warnings: boolean): string[] => sortedRows(rows, text, warnings).map(({ key }) => key);
  expect(keys('', false)).toEqual(['b', 'c', 'a']);
  expect(keys('', true)).toEqual(['b']);
  expect(keys('pulled', false)).toEqual(['c']);
  expect(keys('web-1', false)).toEqual(['b', 'c', 'a']);
});
