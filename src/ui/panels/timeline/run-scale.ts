import { widthOf } from './time-scale.ts';

/** A whole run on a strip: like the timeline, wide where much happens; every time has its place. */
export interface RunScale {
  xOf(at: number): number;
  timeAt(x: number): number;
}

/** `times` ascend; `start` and `end` are the ends of the strip. */
export function runScale(times: readonly number[], start: number, end: number, width: number): RunScale {
  const at: number[] = [start];
  const x: number[] = [0];
  const add = (time: number): void => {
    const last = at[at.length - 1] as number;
    if (time <= last) return;
    x.push((x[x.length - 1] as number) + widthOf(time - last));
    at.push(time);
  };
  for (const time of times) if (time < end) add(time);
  add(end);
  const scale = width / Math.max(1, x[x.length - 1] as number);
  for (let i = 0; i < x.length; i++) x[i] = (x[i] as number) * scale;
  return { xOf: (time) => between(at, x, time), timeAt: (place) => between(x, at, place) };
}

/** Where `value` stands among `from`, told in `to`. */
function between(from: readonly number[], to: readonly number[], value: number): number {
  let [low, high] = [0, from.length - 1];
  if (value <= (from[0] as number)) return to[0] as number;
  if (value >= (from[high] as number)) return to[high] as number;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((from[middle] as number) <= value) low = middle;
    else high = middle;
  }
  const [a, b] = [from[low] as number, from[high] as number];
  const [c, d] = [to[low] as number, to[high] as number];
  return b === a ? c : c + ((value - a) / (b - a)) * (d - c);
}
