import { expect, test } from 'vitest';
import { EPOCH_SECONDS, fromRFC3339, toRFC3339, toRFC3339Micro } from './time.ts';

test('time zero is the first second of 2026', () => {
  expect(toRFC3339(0)).toBe('2026-01-01T00:00:00Z');
  expect(toRFC3339(999)).toBe('2026-01-01T00:00:00Z');
  expect(toRFC3339Micro(1_234)).toBe('2026-01-01T00:00:01.234000Z');
  expect(fromRFC3339('2026-01-01T00:00:01.5Z')).toBe(1500);
  expect(fromRFC3339('2026-01-01T02:00:00+02:00')).toBe(0);
});

test('agrees with the calendar of the platform', () => {
  for (let day = -20_000; day < 40_000; day += 37) {
    const ms = day * 86_400_000 + day * 7_000;
    const expected = new Date(ms + EPOCH_SECONDS * 1000).toISOString().replace('.000Z', 'Z');
    expect(toRFC3339(ms)).toBe(expected);
    expect(fromRFC3339(expected)).toBe(ms);
  }
});

test.each([
  '',
  'today',
  '2026-01-01',
  '2026-02-29T00:00:00Z',
  '2026-01-01T24:00:00Z',
  '2026-01-01T00:00:00',
  '2026-01-01T00:00:00.Z',
])('refuses %j', (text) => {
  expect(fromRFC3339(text)).toBeNaN();
});
