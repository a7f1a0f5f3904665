import type { Mark } from '../../../engine/door.ts';
import { durationText } from '../../shared/time.ts';
import { LANES } from './lanes.ts';
import { TEXT } from './messages.ts';
import type { Bin, Gap } from './time-scale.ts';

export const LANE_HEIGHT = 12;
const AXIS_HEIGHT = 18;
export const HEIGHT = LANES.length * LANE_HEIGHT + AXIS_HEIGHT;
/** Room right of the present moment. */
export const RIGHT = 14;

/** Colours as the canvas needs them: resolved. */
export interface Palette {
  readonly lanes: readonly string[];
  readonly line: string;
  readonly ink: string;
  readonly faint: string;
  readonly bad: string;
  readonly brand: string;
  readonly surface: string;
  readonly font: string;
}

export interface Picture {
  readonly width: number;
  readonly nowX: number;
  readonly bins: readonly Bin[];
  readonly gaps: readonly (Gap & { readonly skipped?: boolean })[];
  readonly marks: readonly { readonly mark: Mark; readonly x: number }[];
  /** From the beginning to the end of each fault that lasts. */
  readonly faults: readonly (readonly [from: number, to: number])[];
  /** Under the pointer, or reached by keyboard. */
  readonly pointed?: { readonly lane: number; readonly x: number; readonly mark?: Mark };
}

/** Acts and faults stand in a row of their own, below the lanes. */
export const MARKS_LANE = LANES.length;

/** Where the text of a mark stands. */
export interface Label {
  readonly mark: Mark;
  readonly from: number;
  readonly to: number;
}

/** Returns where it has put the texts of marks. */
export function draw(context: CanvasRenderingContext2D, picture: Picture, palette: Palette): readonly Label[] {
  const { width, nowX } = picture;
  context.clearRect(0, 0, width, HEIGHT);
  context.font = palette.font;
  context.textBaseline = 'middle';
  drawLanes(context, picture, palette);
  const labels = drawMarks(context, picture, palette);
  drawGaps(context, picture, palette, labels);
  drawFaults(context, picture, palette);
  drawBins(context, picture, palette);
  drawPointed(context, picture, palette, labels);
  drawVeil(context, picture, palette);
  context.fillStyle = palette.brand;
  context.fillRect(nowX, 4, 1.5, LANES.length * LANE_HEIGHT - 2);
  context.beginPath();
  context.moveTo(nowX - 4, 0);
  context.lineTo(nowX + 5.5, 0);
  context.lineTo(nowX + 0.75, 5);
  context.fill();
  return labels;
}

const middleOf = (lane: number): number => lane * LANE_HEIGHT + LANE_HEIGHT / 2 + 1;

function drawLanes(context: CanvasRenderingContext2D, { width }: Picture, { line }: Palette): void {
  context.fillStyle = line;
  for (let lane = 0; lane < LANES.length; lane++) context.fillRect(0, middleOf(lane) - 0.5, width, 1);
}

/** So that colour is not all that tells what broke from what came back. */
const SIGNS = { act: '', fault: '⚡ ', heal: '✓ ' };

/** A mark's text is cut at this width, however much room there is. */
const LONGEST_MARK = 380;

/** A quiet time is a break in all lanes, with its length below where nothing else is written. */
function drawGaps(
  context: CanvasRenderingContext2D,
  { gaps, width, nowX }: Picture,
  { faint, surface }: Palette,
  taken: readonly Label[],
): void {
  context.textAlign = 'center';
  let free = width;
  for (const { from, to, ms, skipped } of gaps) {
    const middle = (Math.max(0, from) + to) / 2;
    context.fillStyle = surface;
    context.fillRect(middle - 3, 0, 6, LANES.length * LANE_HEIGHT);
    context.fillStyle = faint;
    for (const x of [middle - 4, middle + 3]) {
      for (let y = 1; y < LANES.length * LANE_HEIGHT; y += 4) context.fillRect(x, y, 1, 2);
    }
    const text = skipped ? TEXT.skipped(durationText(ms)) : durationText(ms);
    const half = context.measureText(text).width / 2;
    const [left, right] = [middle - half, middle + half];
    // Across the present moment it would be half veiled.
    const isAcross = left < nowX + 2 && right > nowX - 4;
    if (
      left < 0 ||
      isAcross ||
      right > free ||
      taken.some(({ from: start, to: end }) => left < end + 6 && right > start - 6)
    )
      continue;
    context.fillText(text, middle, HEIGHT - AXIS_HEIGHT / 2);
    free = left - 6;
  }
}

function drawBins(context: CanvasRenderingContext2D, { bins }: Picture, { lanes, bad }: Palette): void {
  for (const { lane, x, count, failed } of bins) {
    const half = Math.min(LANE_HEIGHT / 2 - 0.5, 3 + count * 0.5);
    context.fillStyle = failed ? bad : (lanes[lane] as string);
    context.fillRect(x - 1, middleOf(lane) - half, 2, 2 * half);
  }
}

/** What the user did, and faults: a line through all lanes; its text below where there is room, the newest first. */
function drawMarks(
  context: CanvasRenderingContext2D,
  { marks, width, nowX }: Picture,
  { faint, bad, ink }: Palette,
): readonly Label[] {
  context.textAlign = 'left';
  const labels: Label[] = [];
  let free = width;
  let isNewest = true;
  for (const { mark, x } of marks) {
    context.fillStyle = mark.kind === 'fault' ? bad : mark.kind === 'heal' ? faint : ink;
    const dash = mark.kind === 'act' ? 4 : 2;
    for (let y = 0; y < LANES.length * LANE_HEIGHT + 3; y += 4) context.fillRect(x, y, 1.5, dash);
    const whole = `${SIGNS[mark.kind]}${mark.text}`;
    // What was just done stands at the present moment: its text is moved to the left of that, so that it can be read.
    const isMoved = isNewest && x <= nowX;
    if (isMoved) isNewest = false;
    const text = fitted(context, whole, Math.min(LONGEST_MARK, isMoved ? nowX : free - x - 6));
    if (text === '') continue;
    const length = context.measureText(text).width;
    const from = isMoved ? Math.max(0, Math.min(x, nowX - length)) : x;
    context.fillText(text, from, HEIGHT - AXIS_HEIGHT / 2);
    labels.push({ mark, from, to: from + length });
    free = from;
  }
  return labels;
}

/** A bar along the lanes' lower edge for as long as something is broken. */
function drawFaults(context: CanvasRenderingContext2D, { faults }: Picture, { bad }: Palette): void {
  context.fillStyle = bad;
  for (const [from, to] of faults)
    context.fillRect(from, LANES.length * LANE_HEIGHT + 0.5, Math.max(2, to - from), 2.5);
}

/** Less of a text says nothing. */
const SHORTEST_TEXT = 14;

function fitted(context: CanvasRenderingContext2D, text: string, room: number): string {
  if (context.measureText(text).width <= room) return text;
  let end = text.length;
  while (end > SHORTEST_TEXT && context.measureText(`${text.slice(0, end)}…`).width > room)
    end = Math.min(end - 1, Math.floor(end * 0.9));
  return end <= SHORTEST_TEXT ? '' : `${text.slice(0, end)}…`;
}

/** What comes after the moment that is shown has not happened yet. */
function drawVeil(context: CanvasRenderingContext2D, { nowX, width }: Picture, { surface }: Palette): void {
  context.globalAlpha = 0.6;
  context.fillStyle = surface;
  context.fillRect(nowX + 1, 0, width - nowX, HEIGHT);
  context.globalAlpha = 1;
}

function drawPointed(
  context: CanvasRenderingContext2D,
  { pointed }: Picture,
  { ink }: Palette,
  labels: readonly Label[],
): void {
  if (pointed === undefined) return;
  context.strokeStyle = ink;
  context.lineWidth = 1.5;
  const { lane, x, mark } = pointed;
  const { from = x, to = x } = labels.find((label) => label.mark === mark) ?? {};
  const height = lane === MARKS_LANE ? AXIS_HEIGHT - 3 : LANE_HEIGHT;
  context.strokeRect(from - 3, middleOf(lane) - LANE_HEIGHT / 2, to - from + 6.5, height);
}
