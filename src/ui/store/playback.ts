import { createStore } from 'zustand/vanilla';
import type { Playback } from '../../worker/protocol.ts';

export interface PlaybackState extends Playback {
  /** Wall time at which the newest frame arrived, and its virtual time: what `virtualNow` extrapolates from. */
  readonly frameWallMs: number;
  readonly frameNow: number;
  /** The newest moment of the branch that is shown. */
  readonly newest: number;
  /** What Story pace has skipped, oldest first. */
  readonly skips: readonly { readonly from: number; readonly to: number }[];
  /** Why the engine runs in the page's own thread; undefined when it has a worker. */
  readonly fallback: string | undefined;
  /** The engine failed an assertion and stopped. */
  readonly stopped: string | undefined;
}

export const playback = createStore<PlaybackState>(() => ({
  playing: false,
  speed: 'story',
  rate: 0,
  frameWallMs: 0,
  frameNow: 0,
  newest: 0,
  skips: [],
  fallback: undefined,
  stopped: undefined,
}));

/** More are not kept. */
export const KEPT_SKIPS = 300;

/** Between frames the page guesses on; never further than this, lest dots run ahead of a busy engine. */
export const MAX_EXTRAPOLATION_WALL_MS = 50;

/** Whether what is shown is not the newest moment. */
export const isPast = ({ frameNow, newest }: PlaybackState): boolean => frameNow < newest;

/** Virtual time at a moment between two frames. */
export function virtualNow(state: PlaybackState, wallMs: number): number {
  if (!state.playing) return state.frameNow;
  const elapsed = Math.min(Math.max(wallMs - state.frameWallMs, 0), MAX_EXTRAPOLATION_WALL_MS);
  return state.frameNow + elapsed * state.rate;
}
