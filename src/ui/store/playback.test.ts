import { expect, it } from 'vitest';
import { MAX_EXTRAPOLATION_WALL_MS, playback, virtualNow } from './playback.ts';

const state = { ...playback.getState(), playing: true, rate: 2, frameWallMs: 1000, frameNow: 500 };

it('goes on from the newest frame at the playback rate', () => {
  expect(virtualNow(state, 1000)).toBe(500);
  expect(virtualNow(state, 1010)).toBe(520);
});

it('never runs far ahead of the engine, nor backwards', () => {
  expect(virtualNow(state, 9000)).toBe(500 + 2 * MAX_EXTRAPOLATION_WALL_MS);
  expect(virtualNow(state, 900)).toBe(500);
});

it('stands still when paused', () => {
  expect(virtualNow({ ...state, playing: false }, 1010)).toBe(500);
});
