import { describe, expect, it } from 'vitest';
import { pathOf, pointAt, svgPath } from './geometry.ts';

const corner = pathOf([
  { x: 0, y: 0 },
  { x: 0, y: 10 },
  { x: 30, y: 10 },
]);

describe('a path', () => {
  it('is walked at an even pace round its corners', () => {
    expect(pointAt(corner, 0)).toEqual({ x: 0, y: 0 });
    expect(pointAt(corner, 0.25)).toEqual({ x: 0, y: 10 });
    expect(pointAt(corner, 0.5)).toEqual({ x: 10, y: 10 });
    expect(pointAt(corner, 1)).toEqual({ x: 30, y: 10 });
  });

  it('stays at its ends before the start and after the end', () => {
    expect(pointAt(corner, -1)).toEqual({ x: 0, y: 0 });
    expect(pointAt(corner, 7)).toEqual({ x: 30, y: 10 });
  });

  it('has a lane on the right of the way one goes', () => {
    const down = pathOf([
      { x: 5, y: 0 },
      { x: 5, y: 10 },
    ]);
    const up = pathOf([
      { x: 5, y: 10 },
      { x: 5, y: 0 },
    ]);
    expect(pointAt(down, 0.5, 2)).toEqual({ x: 3, y: 5 });
    expect(pointAt(up, 0.5, 2)).toEqual({ x: 7, y: 5 });
  });

  it('is a rounded line in SVG', () => {
    expect(svgPath(corner.points, 4)).toBe('M0 0 L0 6 Q0 10 4 10 L30 10');
  });
});
