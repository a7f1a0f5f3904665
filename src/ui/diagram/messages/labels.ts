import { colour } from '../../shared/colours.ts';
import type { Point } from '../geometry.ts';
import { LABEL_FONT } from './shapes.ts';

export interface Label {
  readonly id: number;
  readonly text: string;
  /** The dot that it belongs to, on the screen. */
  readonly at: Point;
  readonly hue: string;
  /** Hovered or selected: drawn whatever it covers. */
  readonly isMarked: boolean;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const LABEL_HEIGHT = 18;
const PAD = 7;
const BESIDE = 12;
/** More would be noise. */
const MAX_LABELS = 14;

/** Labels beside their dots, none over another. A label that was drawn stays where it was as long as there is room. */
export class Labels {
  readonly #widths = new Map<string, number>();
  /** On which side each label was drawn last. */
  #sides = new Map<number, Side>();

  draw(context: CanvasRenderingContext2D, labels: readonly Label[], view: { width: number; height: number }): void {
    context.font = LABEL_FONT;
    const taken: Box[] = [];
    const sides = new Map<number, Side>();
    // Those that were there before come first, then the newest: what is being read is not taken away.
    const order = labels.toSorted(
      (a, b) =>
        Number(b.isMarked) - Number(a.isMarked) ||
        Number(this.#sides.has(b.id)) - Number(this.#sides.has(a.id)) ||
        a.id - b.id,
    );
    for (const label of order) {
      if (taken.length >= MAX_LABELS && !label.isMarked) break;
      const width = this.#width(context, label.text) + 2 * PAD;
      const found = place(label, width, taken, view, this.#sides.get(label.id));
      if (found === undefined) continue;
      taken.push(found.box);
      sides.set(label.id, found.side);
      drawLabel(context, label, found.box);
    }
    this.#sides = sides;
  }

  #width(context: CanvasRenderingContext2D, text: string): number {
    let width = this.#widths.get(text);
    if (width === undefined) {
      if (this.#widths.size > 2000) this.#widths.clear();
      width = context.measureText(text).width;
      this.#widths.set(text, width);
    }
    return width;
  }
}

type Side = 'right' | 'left';

/** Room for a label to the right or left of its dot; undefined when both are taken. */
export function place(
  { at, isMarked }: Pick<Label, 'at' | 'isMarked'>,
  width: number,
  taken: readonly Box[],
  view: { readonly width: number; readonly height: number },
  before: Side = 'right',
): { readonly box: Box; readonly side: Side } | undefined {
  const sides: readonly Side[] = before === 'right' ? ['right', 'left'] : ['left', 'right'];
  for (const side of sides) {
    const x = side === 'right' ? at.x + BESIDE : at.x - BESIDE - width;
    const box = { x, y: at.y - LABEL_HEIGHT / 2, width, height: LABEL_HEIGHT };
    const isInside = x >= 0 && x + width <= view.width;
    if (isInside && (isMarked || !taken.some((other) => overlap(box, other)))) return { box, side };
  }
  if (!isMarked) return undefined;
  const x = Math.min(Math.max(0, at.x + BESIDE), Math.max(0, view.width - width));
  return { box: { x, y: at.y + BESIDE, width, height: LABEL_HEIGHT }, side: 'right' };
}

function overlap(one: Box, other: Box): boolean {
  return (
    one.x < other.x + other.width &&
    other.x < one.x + one.width &&
    one.y < other.y + other.height + 2 &&
    other.y < one.y + one.height + 2
  );
}

function drawLabel(context: CanvasRenderingContext2D, { text, hue }: Label, { x, y, width, height }: Box): void {
  context.fillStyle = colour('var(--surface)');
  context.strokeStyle = hue;
  context.lineWidth = 1;
  context.beginPath();
  context.roundRect(x, y, width, height, 6);
  context.fill();
  context.stroke();
  context.fillStyle = hue;
  context.textAlign = 'left';
  context.textBaseline = 'middle';
  context.fillText(text, x + PAD, y + height / 2 + 0.5);
}
