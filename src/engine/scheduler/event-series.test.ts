import { expect, it } from 'vitest';
import type { Pod } from '../api/generated/types.ts';
import { eventCall, newEventRecorder, type PodEvent } from './event-series.ts';

it('creates an Event, makes it a series, and then tells every half an hour how far it has come', () => {
  const recorder = newEventRecorder('default-scheduler', 'cp');
  const pod = { metadata: { name: 'p', namespace: 'default', uid: 'u' } } as Pod;
  const event: PodEvent = { pod, type: 'Warning', reason: 'FailedScheduling', action: 'Scheduling', note: 'no' };
  const told: unknown[] = [];
  for (let minute = 0; minute <= 90; minute += 5) {
    const call = eventCall(recorder, event, minute * 60_000);
    if (call) told.push([minute, call.method, (call.body as { series?: { count: number } }).series?.count]);
  }
  expect(told).toEqual([
    [0, 'POST', undefined],
    [5, 'PATCH', 2],
    [35, 'PATCH', 8],
    [65, 'PATCH', 14],
  ]);
});
