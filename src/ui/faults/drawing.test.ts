import { expect, it } from 'vitest';
import { press, putOn, sideOf } from './drawing.ts';
import { NOTHING } from './form.ts';

it('puts what is pressed on a side, moves it to the other, and takes it off again', () => {
  const one = press(NOTHING, ['kind-worker'], 'a');
  const two = press(one, ['scheduler@x', 'scheduler@y'], 'a');
  expect(two.a).toEqual(['kind-worker', 'scheduler@x', 'scheduler@y']);
  const moved = press(two, ['kind-worker'], 'b');
  expect([moved.a, moved.b]).toEqual([['scheduler@x', 'scheduler@y'], ['kind-worker']]);
  expect(press(moved, ['kind-worker'], 'b').b).toEqual([]);
  // Half of it was there: now all of it is.
  expect(press({ ...NOTHING, a: ['scheduler@x'] }, ['scheduler@x', 'scheduler@y'], 'a').a).toHaveLength(2);
  expect(putOn({ a: ['m'], b: [] }, ['m'], '')).toEqual({ a: [], b: [] });
});

it('knows the side of a machine and of what runs on it, unless that has a side of its own', () => {
  const sides = { a: ['m1', 'etcd@m2'], b: ['kubelet@m1'] };
  expect(sideOf(sides, ['m1'])).toBe('a');
  expect(sideOf(sides, ['apiserver@m1'])).toBe('a');
  expect(sideOf(sides, ['kubelet@m1'])).toBe('b');
  expect(sideOf(sides, ['m2'])).toBeUndefined();
  expect(sideOf(sides, ['scheduler@m1', 'scheduler@m3'])).toBeUndefined();
  expect(sideOf(sides, [])).toBeUndefined();
});
