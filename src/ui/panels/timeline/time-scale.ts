/**
 * Where moments stand on the timeline. Time is drawn by what happens in it: steps between messages a few ms apart are
 * wide enough to tell them apart, and a quiet minute is not much wider than a quiet second.
 */

/** Steps shorter than this are drawn nearly to scale. */
const SOFT_MS = 20;
/** Width of a step of `SOFT_MS * (e - 1)`. */
const STEP_PX = 8;

/** Width of a time in which nothing happened. */
export function widthOf(quietMs: number): number {
  return STEP_PX * Math.log1p(Math.max(0, quietMs) / SOFT_MS);
}

export interface Placed {
  /** Index into the times that were given. */
  readonly index: number;
  readonly x: number;
}

/** A quiet time long enough to be named. */
export interface Gap {
  readonly ms: number;
  /** Virtual time at which it ended. */
  readonly until: number;
  readonly from: number;
  readonly to: number;
}

export interface Scale {
  /** Newest first; those left of 0 are left out. */
  readonly placed: readonly Placed[];
  readonly gaps: readonly Gap[];
}

/** Quiet times from this long on are named. */
export const NAMED_GAP_MS = 1000;

/** Places moments (ascending) leftwards from `now`, which stands at `right`. */
export function placeTimes(times: readonly number[], now: number, right: number): Scale {
  const placed: Placed[] = [];
  const gaps: Gap[] = [];
  let x = right;
  let after = now;
  for (let index = times.length - 1; index >= 0; index--) {
    const at = times[index] as number;
    const quiet = Math.max(0, after - at);
    const next = x - widthOf(quiet);
    if (quiet >= NAMED_GAP_MS) gaps.push({ ms: quiet, until: after, from: next, to: x });
    if (next < 0) break;
    placed.push({ index, x: next });
    x = next;
    after = Math.min(after, at);
  }
  return { placed, gaps };
}

/** A stroke in a lane: everything that falls on the same pixel. */
export interface Bin {
  readonly lane: number;
  readonly x: number;
  readonly count: number;
  readonly failed: boolean;
}

interface Point {
  readonly lane: number;
  readonly x: number;
  readonly failed: boolean;
}

/** Points as strokes, so that a thousand messages in one moment are one stroke per lane. */
export function binned(points: Iterable<Point>): readonly Bin[] {
  const bins = new Map<number, Bin>();
  for (const { lane, x, failed } of points) {
    const pixel = Math.round(x);
    const key = lane * 100_000 + pixel;
    const bin = bins.get(key);
    bins.set(key, { lane, x: pixel, count: (bin?.count ?? 0) + 1, failed: failed || bin?.failed === true });
  }
  return [...bins.values()];
}
