import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bottom, rect, right } from './geometry.ts';
import { assignSlots, podGrid, slotRect } from './slots.ts';

describe('slots', () => {
  it('keeps pods where they are and fills the gaps first', () => {
    expect(assignSlots(['a', 'b', 'c'], ['a', 'c', 'd', 'e'])).toEqual(['a', 'd', 'c', 'e']);
    expect(assignSlots(['a', 'b'], ['a'])).toEqual(['a']);
  });

  it('seats everyone exactly once', () => {
    const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'));
    fc.assert(
      fc.property(names, names, (before, after) => {
        const slots = assignSlots(assignSlots([], before), after);
        expect(slots.filter((key) => key !== undefined).toSorted()).toEqual(after.toSorted());
      }),
    );
  });
});

describe('the grid of pods', () => {
  const area = rect(10, 20, 240, 110);

  it('shows less of each pod the more there are', () => {
    expect([4, 20, 100, 500].map((count) => podGrid(area, count).mode)).toEqual(['chips', 'icons', 'dots', 'density']);
  });

  it('has room for all of them', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), (count) => {
        const grid = podGrid(area, count);
        const last = slotRect(area, grid, grid.mode === 'density' ? 0 : count - 1);
        expect(right(last)).toBeLessThanOrEqual(right(area) + 0.01);
        expect(bottom(last)).toBeLessThanOrEqual(bottom(area) + 0.01);
      }),
    );
  });
});
