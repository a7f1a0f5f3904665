import { expect, it } from 'vitest';
import { binned, placeAround, placeTimes, widthOf } from './time-scale.ts';

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

it('moments around one in the past stand on both sides of it, the newest first', () => {
  const times = [0, 10, 20, 5_000, 5_010, 9_000];
  const { nowX, placed, gaps } = placeAround(times, 5_000, 500);
  expect(placed.map(({ index }) => index)).toEqual([5, 4, 3, 2, 1, 0]);
  expect(placed.find(({ index }) => index === 3)?.x).toBe(nowX);
  expect(placed[0]?.x).toBeCloseTo(500, 6);
  expect(gaps.map(({ ms, until }) => [ms, until])).toEqual([
    [3_990, 9_000],
    [4_980, 5_000],
  ]);
});

it('moments before the newest one are as ever', () => {
  const times = [0, 10, 700];
  const { nowX, placed, gaps } = placeAround(times, 700, 500);
  expect(nowX).toBe(500);
  expect({ placed, gaps }).toEqual(placeTimes(times, 700, 500));
});
