import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runScale } from './run-scale.ts';

test('gives what happens closely together more room than quiet times', () => {
  const busy = Array.from({ length: 50 }, (_, i) => 1_800_000 + i * 10);
  const { xOf } = runScale(busy, 0, 3_600_000, 1000);
  expect(xOf(0)).toBe(0);
  expect(xOf(3_600_000)).toBeCloseTo(1000, 6);
  expect(xOf(1_800_490) - xOf(1_800_000)).toBeGreaterThan(400);
});

test('leads from a time to its place and back', () => {
  const times = fc.array(fc.nat(1_000_000), { maxLength: 40 }).map((list) => list.toSorted((a, b) => a - b));
  fc.assert(
    fc.property(times, fc.nat(1_000_000), fc.nat(1_000_000), (list, at, other) => {
      const { xOf, timeAt } = runScale(list, 0, 1_000_000, 600);
      expect(timeAt(xOf(at))).toBeCloseTo(at, 3);
      if (at < other) expect(xOf(at)).toBeLessThanOrEqual(xOf(other));
    }),
  );
});

test('survives a run that has not begun', () => {
  const { xOf, timeAt } = runScale([], 0, 0, 600);
  expect([xOf(0), xOf(5), timeAt(300)]).toEqual([0, 0, 0]);
});
