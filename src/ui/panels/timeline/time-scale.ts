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
const NAMED_GAP_MS = 1000;

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

/** Where the present stands at most, of the whole width, as long as there is so much to come. */
const NOW_AT = 0.7;

/**
 * Places moments (ascending) around `now`: at the right end when it is the newest, further left when there is more to
 * come. `placed` is again newest first.
 */
export function placeAround(times: readonly number[], now: number, right: number): Scale & { readonly nowX: number } {
  let split = times.length;
  while (split > 0 && (times[split - 1] as number) > now) split--;
  const room = right * (1 - NOW_AT);
  // The future, seen from its other side.
  const mirrored = placeTimes(times.slice(split).reverse().map(negative), -now, room);
  const reach = mirrored.placed.reduce((most, { x }) => Math.max(most, room - x), 0);
  const nowX = right - reach;
  const past = placeTimes(times.slice(0, split), now, nowX);
  const ahead = mirrored.placed.map(({ index, x }) => ({ index: times.length - 1 - index, x: nowX + room - x }));
  const gaps = mirrored.gaps.map(
    ({ ms, until, from, to }): Gap => ({
      ms,
      until: ms - until,
      from: nowX + room - to,
      to: nowX + room - from,
    }),
  );
  return { nowX, placed: [...ahead.reverse(), ...past.placed], gaps: [...gaps.reverse(), ...past.gaps] };
}

const negative = (time: number): number => -time;

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
