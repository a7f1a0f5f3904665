import type { Frame } from '../../engine/door.ts';
import type { Playback } from '../../worker/protocol.ts';

/** From the page to the frame that draws the other cluster; only between documents of one origin. */
export type ToOther =
  | { readonly type: 'frame'; readonly frame: Frame; readonly epoch: number; readonly playback: Playback }
  | { readonly type: 'look'; readonly css: string; readonly theme: string };

/** The frame has loaded and listens. */
export interface FromOther {
  readonly type: 'ready';
}

/** Style that marks what differs, wherever a diagram shows it. */
export function markStyle(parts: readonly string[]): string {
  if (parts.length === 0) return '';
  const selectors = parts.map((part) => `[data-part="${CSS.escape(part)}"]`).join(',');
  return `${selectors}{outline:2.5px dashed var(--warn);outline-offset:2px;border-radius:var(--radius-s)}`;
}
