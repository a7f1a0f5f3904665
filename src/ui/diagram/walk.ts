import { centre } from './geometry.ts';
import type { Part } from './layout.ts';

export type Direction = 'ArrowUp' | 'ArrowDown' | 'ArrowLeft' | 'ArrowRight';

/** How much a detour counts against distance ahead: to the left and right one stays on the level that one is on. */
const DETOUR = { vertical: 2.5, horizontal: 60 };

/** The nearest part in a direction; undefined at the edge of the diagram. */
export function neighbour(parts: readonly Part[], from: string, direction: Direction): string | undefined {
  const start = parts.find(({ id }) => id === from);
  if (start === undefined) return parts[0]?.id;
  const vertical = direction === 'ArrowUp' || direction === 'ArrowDown';
  const sign = direction === 'ArrowUp' || direction === 'ArrowLeft' ? -1 : 1;
  let best: string | undefined;
  let bestCost = Number.POSITIVE_INFINITY;
  for (const part of parts) {
    if (part === start) continue;
    const ahead =
      sign * (vertical ? centre(part.rect).y - centre(start.rect).y : centre(part.rect).x - centre(start.rect).x);
    if (ahead < 2) continue;
    const aside = vertical
      ? gap(start.rect.x, start.rect.width, part.rect.x, part.rect.width)
      : gap(start.rect.y, start.rect.height, part.rect.y, part.rect.height);
    if (!vertical && aside > 24) continue;
    const cost = ahead + aside * (vertical ? DETOUR.vertical : DETOUR.horizontal);
    if (cost < bestCost) {
      best = part.id;
      bestCost = cost;
    }
  }
  return best;
}

/** Distance between two intervals; 0 when they overlap. */
function gap(a: number, aLength: number, b: number, bLength: number): number {
  return Math.max(0, Math.max(a, b) - Math.min(a + aLength, b + bLength));
}
