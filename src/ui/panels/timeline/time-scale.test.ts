import { expect, it } from 'vitest';
import { binned, placeTimes, widthOf } from './time-scale.ts';

it('keeps the order of time, newest at the right', () => {
  const times = [0, 5, 5, 300, 60_000];
  const { placed } = placeTimes(times, 60_010, 1000);
  expect(placed.map(({ index }) => index)).toEqual([4, 3, 2, 1, 0]);
  const xs = placed.map(({ x }) => x);
  expect(xs).toEqual(xs.toSorted((a, b) => b - a));
  expect(xs[0]).toBeLessThan(1000);
  expect(xs[2]).toBe(xs[3]);
});

it('gives a few ms room and compresses what is quiet', () => {
  expect(widthOf(5)).toBeGreaterThan(1.5);
  expect(widthOf(60_000)).toBeLessThan(70);
  expect(widthOf(3_600_000)).toBeLessThan(100);
  expect(widthOf(-1)).toBe(0);
});

it('names quiet times of a second and more, the one before now included', () => {
  const { gaps } = placeTimes([0, 42_000], 45_000, 500);
  expect(gaps.map(({ ms }) => ms)).toEqual([3000, 42_000]);
  expect(gaps[0]?.to).toBe(500);
  expect(gaps[1]?.to).toBe(gaps[0]?.from);
});

it('stops at the left edge, however much there is', () => {
  const times = Array.from({ length: 100_000 }, (_, i) => i * 10);
  const { placed } = placeTimes(times, 1_000_000, 800);
  expect(placed.length).toBeLessThan(400);
  expect(placed.every(({ x }) => x >= 0)).toBe(true);
});

it('has nothing to place in an empty past', () => {
  expect(placeTimes([], 500, 800)).toEqual({ placed: [], gaps: [] });
});

it('joins what falls on one pixel of a lane', () => {
  const points = [
    { lane: 1, x: 10.2, failed: false },
    { lane: 1, x: 9.8, failed: true },
    { lane: 2, x: 10, failed: false },
    { lane: 1, x: 11, failed: false },
  ];
  expect(binned(points)).toEqual([
    { lane: 1, x: 10, count: 2, failed: true },
    { lane: 2, x: 10, count: 1, failed: false },
    { lane: 1, x: 11, count: 1, failed: false },
  ]);
});
