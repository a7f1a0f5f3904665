import type { ActiveFault, Mark, MessageView } from '../../../engine/door.ts';
import { mirror } from '../../store/mirror.ts';
import { playback } from '../../store/playback.ts';
import { draw, HEIGHT, LANE_HEIGHT, type Label, MARKS_LANE, type Palette, RIGHT } from './draw.ts';
import { laneOf } from './lanes.ts';
import { resolveColours } from './palette.ts';
import { Strip } from './strip.ts';
import { binned, type Gap, placeAround } from './time-scale.ts';

/** A message or a mark, and where it stands. */
export interface Shown {
  readonly id: string;
  /** Undefined for a mark. */
  readonly message?: MessageView;
  readonly mark?: Mark;
  readonly lane: number;
  readonly x: number;
  /** Of the whole strip. */
  readonly width: number;
}

/** So near must the pointer be. */
const REACH_PX = 6;
const MARK_REACH_PX = 3;

/** Draws the mirror's messages and marks on a canvas when they change; keeps only what is visible. */
export class Painter extends Strip {
  readonly #probes: HTMLElement;
  #palette: Palette | undefined;
  #shown: readonly Shown[] = [];
  #labels: readonly Label[] = [];
  #pointed: string | undefined;
  #merged: Past | undefined;

  /** The lanes' labels also say which colours the theme gives. */
  constructor(canvas: HTMLCanvasElement, probes: HTMLElement) {
    super(canvas);
    this.#probes = probes;
  }

  protected override forgetColours(): void {
    this.#palette = undefined;
  }

  /** What stands at a place of the strip. */
  at(x: number, y: number): Shown | undefined {
    const lane = Math.min(Math.floor(y / LANE_HEIGHT), MARKS_LANE);
    let best: Shown | undefined;
    for (const shown of this.#shown) {
      if (shown.lane !== lane || Math.abs(shown.x - x) > REACH_PX) continue;
      if (best === undefined || Math.abs(shown.x - x) < Math.abs(best.x - x)) best = shown;
    }
    if (best !== undefined) return best;
    // The line of a mark goes through all lanes; its text is below them.
    const label = lane === MARKS_LANE ? this.#labels.find(({ from, to }) => x >= from && x <= to) : undefined;
    const isMeant = ({ mark, x: at }: Shown): boolean =>
      mark !== undefined && (mark === label?.mark || Math.abs(at - x) <= MARK_REACH_PX);
    return this.#shown.find(isMeant);
  }

  /** Undefined when it has gone out at the left. */
  shown(id: string): Shown | undefined {
    return this.#shown.find((shown) => shown.id === id);
  }

  /** What is on the strip, oldest first. */
  visible(): readonly Shown[] {
    return this.#shown.toReversed();
  }

  point(id: string | undefined): void {
    if (this.#pointed === id) return;
    this.#pointed = id;
    this.ask();
  }

  protected override paint(): void {
    const context = this.fit(HEIGHT);
    if (context === null) return;
    this.#palette ??= this.#readPalette();
    const { items, times } = this.#past();
    const { nowX, placed, gaps } = placeAround(times, mirror.now, this.width - RIGHT);
    const shown: Shown[] = [];
    const marks: { mark: Mark; x: number }[] = [];
    for (const { index, x } of placed) {
      const { message, mark } = items[index] as Item;
      const lane = mark === undefined ? laneOf(message?.from ?? '') : MARKS_LANE;
      if (mark !== undefined) marks.push({ mark, x });
      if (lane >= 0) shown.push({ id: idOf({ message, mark }), message, mark, lane, x, width: this.width });
    }
    this.#shown = shown;
    const ofMessages = shown.filter(({ mark }) => mark === undefined);
    const bins = binned(ofMessages.map(({ lane, x, message }) => ({ lane, x, failed: message?.failed === true })));
    const pointed = this.#pointed === undefined ? undefined : this.shown(this.#pointed);
    // A quiet time of which Story pace has left out the most.
    const { skips } = playback.getState();
    const isSkipped = ({ until, ms }: Gap): boolean =>
      skips.some(({ from, to }) => from < until && to > until - ms && to - from > ms / 2);
    const named = gaps.map((gap) => ({ ...gap, skipped: isSkipped(gap) }));
    const faults = faultSpans(marks, mirror.faults, nowX);
    const picture = { width: this.width, nowX, bins, gaps: named, marks, faults, pointed };
    this.#labels = draw(context, picture, this.#palette);
  }

  /** Messages and marks in the order of time; made anew when there are others. */
  #past(): Past {
    const { messages, marks } = mirror.record;
    if (this.#merged?.messages !== messages || this.#merged.marks !== marks) {
      const items = merge(messages, marks);
      this.#merged = { messages, marks, items, times: items.map(({ at }) => at) };
    }
    return this.#merged;
  }

  #readPalette(): Palette {
    const lanes = [...this.#probes.querySelectorAll('i')].map((hue) => getComputedStyle(hue).backgroundColor);
    const font = `10px ${getComputedStyle(document.documentElement).getPropertyValue('--mono')}`;
    return { lanes, font, ...resolveColours(this.canvas, COLOURS) };
  }
}

/** Stays the same when messages and marks come anew. */
const idOf = ({ message, mark }: Pick<Shown, 'message' | 'mark'>): string =>
  mark === undefined ? String(message?.id) : `${mark.at} ${mark.text}`;

const COLOURS = {
  line: '--line',
  ink: '--ink-soft',
  faint: '--ink-faint',
  bad: '--bad',
  brand: '--brand',
  surface: '--surface',
} as const;

/** From where to where each fault lasts that has an end on the strip or is active; from the left edge when it began before. */
export function faultSpans(
  marks: readonly { readonly mark: Mark; readonly x: number }[],
  active: readonly ActiveFault[],
  nowX: number,
): readonly (readonly [from: number, to: number])[] {
  const starts = new Map<string, number>();
  const ends = new Map<string, number>(active.map(({ id }) => [id, nowX]));
  for (const { mark, x } of marks) {
    if (mark.fault !== undefined) (mark.kind === 'fault' ? starts : ends).set(mark.fault, x);
  }
  return [...ends].map(([id, to]) => [Math.max(0, starts.get(id) ?? 0), to]);
}

interface Item {
  readonly at: number;
  readonly message?: MessageView;
  readonly mark?: Mark;
}

interface Past {
  readonly messages: readonly MessageView[];
  readonly marks: readonly Mark[];
  readonly items: readonly Item[];
  readonly times: readonly number[];
}

/** Messages come nearly sorted. */
function merge(messages: readonly MessageView[], marks: readonly Mark[]): readonly Item[] {
  const items: Item[] = messages.map((message) => ({ at: message.sentAt, message }));
  for (const mark of marks) items.push({ at: mark.at, mark });
  return items.sort((a, b) => a.at - b.at);
}
