import { narrow, wide } from './arrange.ts';
import type { Layout, Plan, Spacing, WidePlan } from './layout.ts';
import type { Structure } from './structure.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Views narrower than this get everything two by two. */
const NARROW_VIEW = 640;
/** Wider than that, lines get long and nothing gets clearer. */
const MOST_STRETCH = 1.5;
/** Widths are multiples of it, so that a view that changes by a pixel is not laid out anew. */
const WIDTH_STEP = 20;
/** The airier, the better, unless everything gets smaller by it; dense only where much is gained. */
const SPACINGS: readonly (readonly [Spacing, number])[] = [
  ['roomy', 1],
  ['normal', 1],
  ['dense', 0.95],
];
/** One row must gain this much: above the workers, the control plane's machines are easier to find. */
const ONE_ROW_WEIGHT = 0.93;
/** Narrower than this the cards have no room for their text in few lines. */
const LEAST_DENSE_WIDTH = 1120;

/** Positions of everything, for a view of this size; a pure function of the structure. */
export function layOut(structure: Structure, viewport: Size): Layout {
  return layOutBy(structure, planFor(structure, viewport));
}

export function layOutBy(structure: Structure, plan: Plan): Layout {
  return plan === 'narrow' ? narrow(structure) : wide(structure, plan);
}

/** The plan that shows everything at the largest scale. */
export function planFor(structure: Structure, viewport: Size): Plan {
  // In a view that is lower than wide (beside another diagram, in a small frame) all of it has to be in view at once.
  if (viewport.width < NARROW_VIEW && viewport.height > viewport.width) return 'narrow';
  const most = Math.max(1, structure.workers.length);
  let best: WidePlan = { columns: 1, spacing: 'normal', isOneRow: false, width: 0 };
  let bestScore = 0;
  for (let columns = Math.min(2, most); columns <= most; columns += 1) {
    for (const [spacing, isOneRow, weight] of waysFor(structure, columns)) {
      const { width: least, height } = wide(structure, { columns, spacing, isOneRow, width: 0 }, false);
      const scale = Math.min(viewport.width / least, viewport.height / height);
      const wanted = Math.min(viewport.width / scale, least * MOST_STRETCH);
      const width = Math.floor(wanted / WIDTH_STEP) * WIDTH_STEP;
      const score = scale * weight;
      if (score <= bestScore || (spacing === 'dense' && width < LEAST_DENSE_WIDTH)) continue;
      best = { columns, spacing, isOneRow, width };
      bestScore = score;
    }
  }
  return best;
}

/** Where there is little height, one row of machines makes everything larger. */
function waysFor(
  { controlPlanes, workers }: Structure,
  columns: number,
): readonly (readonly [spacing: Spacing, isOneRow: boolean, weight: number])[] {
  const above = SPACINGS.map(([spacing, weight]) => [spacing, false, weight] as const);
  if (controlPlanes.length < 2 || columns < workers.length) return above;
  return [...above, ...SPACINGS.map(([spacing, weight]) => [spacing, true, weight * ONE_ROW_WEIGHT] as const)];
}
