import type { Pod } from '../../../engine/api/generated/types.ts';
import { colour } from '../../shared/colours.ts';
import { mirror } from '../../store/mirror.ts';
import { type PodLook, podColour, podState } from '../pod-status.ts';
import type { PodGrid, Slots } from '../slots.ts';

interface Dots {
  readonly slots: Slots;
  readonly grid: PodGrid;
  /** The API does not know how their node is. */
  readonly isLost: boolean;
}

/** Draws pods as small shapes, a shape per status. */
export function drawDots(canvas: HTMLCanvasElement, { slots, grid, isLost }: Dots, scale: number): void {
  const context = canvas.getContext('2d');
  if (context === null) return;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  const radius = Math.min(grid.cell.width, grid.cell.height) / 2 - 1.5;
  for (const [slot, key] of slots.entries()) {
    const pod = key === undefined ? undefined : mirror.object<Pod>(key);
    if (pod === undefined) continue;
    const x = ((slot % grid.columns) + 0.5) * grid.cell.width;
    const y = (Math.floor(slot / grid.columns) + 0.5) * grid.cell.height;
    const { look } = podState(pod);
    drawDot(context, isLost && look !== 'terminating' ? 'unknown' : look, x, y, radius, colour(podColour(pod)));
  }
}

function drawDot(context: CanvasRenderingContext2D, look: PodLook, x: number, y: number, r: number, hue: string): void {
  context.fillStyle = hue;
  context.strokeStyle = hue;
  context.lineWidth = Math.max(1.2, r * 0.35);
  context.globalAlpha = look === 'terminating' ? 0.5 : 1;
  context.beginPath();
  switch (look) {
    case 'running':
      context.arc(x, y, r, 0, 7);
      context.fill();
      break;
    case 'pending':
    case 'starting':
    case 'pulling':
      context.arc(x, y, r - 0.8, 0, 7);
      context.stroke();
      break;
    case 'not-ready':
      context.arc(x, y, r - 0.8, 0, 7);
      context.stroke();
      context.beginPath();
      context.arc(x, y, r - 0.8, Math.PI / 2, (3 * Math.PI) / 2);
      context.fill();
      break;
    case 'crash-loop':
    case 'failed':
      context.fillStyle = colour('var(--bad)');
      context.moveTo(x, y - r - 0.8);
      context.lineTo(x + r + 0.8, y);
      context.lineTo(x, y + r + 0.8);
      context.lineTo(x - r - 0.8, y);
      context.fill();
      break;
    case 'terminating':
      context.arc(x, y, r - 1, 0, 7);
      context.fill();
      context.strokeStyle = colour('var(--ink-soft)');
      context.beginPath();
      context.moveTo(x - r, y + r);
      context.lineTo(x + r, y - r);
      context.stroke();
      break;
    case 'unknown':
      context.strokeStyle = colour('var(--unknown)');
      context.setLineDash([1.5, 1.5]);
      context.strokeRect(x - r + 1, y - r + 1, 2 * r - 2, 2 * r - 2);
      context.setLineDash([]);
      break;
    case 'succeeded':
      context.strokeStyle = colour('var(--pod-done)');
      context.moveTo(x - r + 1, y);
      context.lineTo(x - r / 4, y + r - 1.5);
      context.lineTo(x + r - 0.5, y - r + 1.5);
      context.stroke();
      break;
  }
  context.globalAlpha = 1;
}
