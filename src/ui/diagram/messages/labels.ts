import { colour } from '../../shared/colours.ts';
import type { Point } from '../geometry.ts';
import { LABEL_FONT } from './shapes.ts';

export interface Label {
  readonly id: number;
  readonly text: string;
  /** The dot that it belongs to, on the screen. */
  readonly at: Point;
  readonly hue: string;
  /** It stays inside of this if there is room for it on one side of its dot. */
  readonly card?: Span;
  /** Hovered or selected: drawn whatever it covers. */
  readonly isMarked: boolean;
}

/** From where to where on the screen, from left to right. */
export interface Span {
  readonly from: number;
  readonly to: number;
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

  draw(context: CanvasRenderingContext2D, labels: readonly Label[], view: Span): void {
    context.font = LABEL_FONT;
    const taken: Box[] = [];
    const sides = new Map<number, Side>();
    // Those that were there before come first, then the oldest: what is being read is not taken away.
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
  { at, card, isMarked }: Pick<Label, 'at' | 'card' | 'isMarked'>,
  width: number,
  taken: readonly Box[],
  view: Span,
  before: Side = 'right',
): { readonly box: Box; readonly side: Side } | undefined {
  const sides: readonly Side[] = before === 'right' ? ['right', 'left'] : ['left', 'right'];
  const xOn = (side: Side): number => (side === 'right' ? at.x + BESIDE : at.x - BESIDE - width);
  const fitting = ({ from, to }: Span): readonly Side[] =>
    sides.filter((side) => xOn(side) >= from && xOn(side) + width <= to);
  const inCard = card === undefined ? [] : fitting(card);
  for (const side of inCard.length > 0 ? inCard : fitting(view)) {
    const box = { x: xOn(side), y: at.y - LABEL_HEIGHT / 2, width, height: LABEL_HEIGHT };
    if (isMarked || !taken.some((other) => overlap(box, other))) return { box, side };
  }
  if (!isMarked) return undefined;
  const x = Math.max(view.from, Math.min(at.x + BESIDE, view.to - width));
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
