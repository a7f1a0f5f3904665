/** Flow coordinates: one unit is one CSS pixel at zoom 1. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Rect extends Point {
  readonly width: number;
  readonly height: number;
}

export const rect = (x: number, y: number, width: number, height: number): Rect => ({ x, y, width, height });

export const centre = ({ x, y, width, height }: Rect): Point => ({ x: x + width / 2, y: y + height / 2 });

export const right = ({ x, width }: Rect): number => x + width;
export const bottom = ({ y, height }: Rect): number => y + height;

/** A line of straight pieces, measured once, so that dots can be put on it every frame. */
export interface Path {
  readonly points: readonly Point[];
  /** Length from the start to each point. */
  readonly lengths: readonly number[];
  readonly length: number;
}

export function pathOf(points: readonly Point[]): Path {
  const lengths: number[] = [0];
  let length = 0;
  for (let i = 1; i < points.length; i += 1) {
    const from = points[i - 1]!;
    const to = points[i]!;
    length += Math.hypot(to.x - from.x, to.y - from.y);
    lengths.push(length);
  }
  return { points, lengths, length };
}

/**
 * The point at a fraction of the path's length; the ends outside [0, 1]. With a `lane`, that far to the right of the
 * line as one travels it, so that what goes one way does not run into what comes the other way.
 */
export function pointAt({ points, lengths, length }: Path, fraction: number, lane = 0): Point {
  const wanted = Math.min(Math.max(fraction, 0), 1) * length;
  for (let i = 1; i < points.length; i += 1) {
    const end = lengths[i]!;
    if (wanted > end && i < points.length - 1) continue;
    const start = lengths[i - 1]!;
    const share = end === start ? 0 : (wanted - start) / (end - start);
    const from = points[i - 1]!;
    const to = points[i]!;
    const width = end === start ? 0 : lane / (end - start);
    return {
      x: from.x + (to.x - from.x) * share - (to.y - from.y) * width,
      y: from.y + (to.y - from.y) * share + (to.x - from.x) * width,
    };
  }
  return points[0] ?? { x: 0, y: 0 };
}

/** The same line for SVG, its corners rounded. */
export function svgPath(points: readonly Point[], radius = 8): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  const commands = [`M${first.x} ${first.y}`];
  for (const [i, corner] of rest.entries()) {
    const next = rest[i + 1];
    const before = i === 0 ? first : rest[i - 1]!;
    if (next === undefined) {
      commands.push(`L${corner.x} ${corner.y}`);
      continue;
    }
    const start = towards(corner, before, radius);
    const end = towards(corner, next, radius);
    commands.push(`L${start.x} ${start.y}`, `Q${corner.x} ${corner.y} ${end.x} ${end.y}`);
  }
  return commands.join(' ');
}

/** The point at most `distance` from `from` on the way to `to`, never past the middle. */
function towards(from: Point, to: Point, distance: number): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const share = length === 0 ? 0 : Math.min(distance, length / 2) / length;
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

/** How far a place is from a line of straight pieces. */
export function distanceTo(points: readonly Point[], at: Point): number {
  let least = Number.POSITIVE_INFINITY;
  for (const [i, to] of points.entries()) {
    const from = points[i - 1] ?? to;
    const [width, height] = [to.x - from.x, to.y - from.y];
    const square = width * width + height * height;
    const share = square === 0 ? 0 : ((at.x - from.x) * width + (at.y - from.y) * height) / square;
    const along = Math.min(1, Math.max(0, share));
    least = Math.min(least, Math.hypot(at.x - from.x - width * along, at.y - from.y - height * along));
  }
  return least;
}
