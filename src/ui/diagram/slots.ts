import type { Rect } from './geometry.ts';
import { rect } from './geometry.ts';

/** How pods are drawn in the room that they have. */
export type PodMode = 'chips' | 'icons' | 'dots' | 'density';

export interface PodGrid {
  readonly mode: PodMode;
  readonly columns: number;
  readonly cell: { readonly width: number; readonly height: number };
}

const CELLS: readonly (readonly [PodMode, number, number])[] = [
  ['chips', 58, 54],
  ['icons', 24, 24],
  ['dots', 17, 17],
  ['dots', 12, 12],
  ['dots', 9, 9],
];

/** The largest way of drawing `count` pods that fits; a density tile when none does. */
export function podGrid(area: Rect, count: number, largest: PodMode = 'chips'): PodGrid {
  const from = CELLS.findIndex(([mode]) => mode === largest);
  for (const [mode, width, height] of CELLS.slice(Math.max(from, 0))) {
    const columns = Math.floor(area.width / width);
    const rows = Math.floor(area.height / height);
    if (columns > 0 && columns * rows >= count) {
      // What is left over spaces the columns out, so that the grid fills its width.
      return { mode, columns, cell: { width: mode === 'chips' ? area.width / columns : width, height } };
    }
  }
  return { mode: 'density', columns: 1, cell: { width: area.width, height: area.height } };
}

/** Where a slot is, in the same coordinates as the area. */
export function slotRect(area: Rect, { columns, cell }: PodGrid, slot: number): Rect {
  const column = slot % columns;
  const row = Math.floor(slot / columns);
  return rect(area.x + column * cell.width, area.y + row * cell.height, cell.width, cell.height);
}

/** Who sits where: a pod keeps its slot for life, and a new one takes the first that is free. */
export type Slots = readonly (string | undefined)[];

export function assignSlots(before: Slots, keys: readonly string[]): Slots {
  const wanted = new Set(keys);
  const slots = before.map((key) => (key !== undefined && wanted.delete(key) ? key : undefined));
  let free = 0;
  for (const key of wanted) {
    while (free < slots.length && slots[free] !== undefined) free += 1;
    slots[free] = key;
  }
  while (slots.length > 0 && slots.at(-1) === undefined) slots.pop();
  return slots;
}
