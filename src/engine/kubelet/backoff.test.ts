import { expect, it } from 'vitest';
import { backOffEnd, goDuration, nextBackOff } from './backoff.ts';
import type { BackOff } from './state.ts';

it('waits 0, 10, 20, 40, 80, 160, 300, 300 s, counted from the end of the container', () => {
  let backOff: BackOff | undefined;
  let now = 0;
  const waits: number[] = [];
  for (let i = 0; i < 8; i++) {
    const failedAt = now;
    const end = backOffEnd(backOff, failedAt, now);
    waits.push(end === 0 ? 0 : (end - failedAt) / 1000);
    now = Math.max(now, end);
    backOff = nextBackOff(backOff, failedAt, now);
    now += 100;
  }
  expect(waits).toEqual([0, 10, 20, 40, 80, 160, 300, 300]);
});

it('starts anew after ten minutes without a failure', () => {
  const old = { delayMs: 300_000, at: 0 };
  expect(backOffEnd(old, 600_001, 600_001)).toBe(0);
  expect(nextBackOff(old, 600_001, 600_001)).toEqual({ delayMs: 10_000, at: 600_001 });
});

it.each([
  [10_000, '10s'],
  [80_000, '1m20s'],
  [300_000, '5m0s'],
  [354, '354ms'],
  [3118, '3.118s'],
  [3_661_000, '1h1m1s'],
])('prints %d ms as Go does', (ms, text) => {
  expect(goDuration(ms)).toBe(text);
});
