import { expect, it } from 'vitest';
import { viewportFor } from './use-fit.ts';

it('shows all of it, in the middle', () => {
  const { x, y, zoom } = viewportFor({ width: 1000, height: 500 }, { width: 1024, height: 1024 });
  expect(zoom).toBe(1);
  expect([x, y]).toEqual([12, 262]);
});

it('keeps it legible on a phone, from the top', () => {
  const { y, zoom } = viewportFor({ width: 470, height: 1500 }, { width: 390, height: 690 });
  expect(zoom).toBeGreaterThan(0.7);
  expect(y).toBe(12);
});
