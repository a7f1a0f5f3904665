import type { MessageView } from '../../../engine/door.ts';
import { colour } from '../../shared/colours.ts';
import type { Point } from '../geometry.ts';

export type Shape = 'disc' | 'ring' | 'diamond' | 'square' | 'cross';

/** What kind of message it is, without colour. */
export function shapeOf({ traffic, failed }: Pick<MessageView, 'traffic' | 'failed'>): Shape {
  if (failed === true) return 'cross';
  if (traffic === 'response') return 'ring';
  if (traffic === 'watch') return 'diamond';
  if (traffic === 'etcd') return 'square';
  return 'disc';
}

export function drawShape(
  context: CanvasRenderingContext2D,
  shape: Shape,
  { x, y }: Point,
  r: number,
  hue: string,
  isFaint: boolean,
): void {
  context.fillStyle = hue;
  context.strokeStyle = hue;
  if (!isFaint) {
    context.globalAlpha = 0.2;
    context.beginPath();
    context.arc(x, y, r * 1.85, 0, 7);
    context.fill();
  }
  context.globalAlpha = isFaint ? 0.45 : 1;
  context.beginPath();
  switch (shape) {
    case 'disc':
      context.arc(x, y, r, 0, 7);
      context.fill();
      break;
    case 'ring':
      context.fillStyle = colour('var(--surface)');
      context.lineWidth = r * 0.45;
      context.arc(x, y, r * 0.8, 0, 7);
      context.fill();
      context.stroke();
      break;
    case 'diamond':
      context.moveTo(x, y - r * 1.25);
      context.lineTo(x + r * 1.25, y);
      context.lineTo(x, y + r * 1.25);
      context.lineTo(x - r * 1.25, y);
      context.fill();
      break;
    case 'square':
      context.fillRect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
      break;
    case 'cross':
      context.strokeStyle = colour('var(--bad)');
      context.lineWidth = r * 0.6;
      context.lineCap = 'round';
      context.moveTo(x - r, y - r);
      context.lineTo(x + r, y + r);
      context.moveTo(x + r, y - r);
      context.lineTo(x - r, y + r);
      context.stroke();
      break;
  }
  context.globalAlpha = 1;
}

/** A pod in flight: as it will stand on its node, still dashed and hollow. */
export function drawPodBox(context: CanvasRenderingContext2D, { x, y }: Point, half: number, hue: string): void {
  context.fillStyle = colour('var(--surface)');
  context.strokeStyle = hue;
  context.lineWidth = 2;
  context.shadowColor = hue;
  context.shadowBlur = 8;
  context.beginPath();
  context.roundRect(x - half, y - half, 2 * half, 2 * half, half * 0.55);
  context.fill();
  context.shadowBlur = 0;
  context.setLineDash([4, 3]);
  context.stroke();
  context.setLineDash([]);
  context.beginPath();
  context.arc(x, y, half * 0.38, 0, 7);
  context.stroke();
}

export const LABEL_FONT = '500 10.5px "JetBrains Mono", monospace';

/** A count on an edge. */
export function drawPill(context: CanvasRenderingContext2D, text: string, { x, y }: Point, hue: string): void {
  context.font = LABEL_FONT;
  const width = context.measureText(text).width + 12;
  context.fillStyle = colour('var(--surface)');
  context.strokeStyle = hue;
  context.lineWidth = 1.2;
  context.beginPath();
  context.roundRect(x - width / 2, y - 9, width, 18, 9);
  context.fill();
  context.stroke();
  context.fillStyle = hue;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(text, x, y + 0.5);
}
