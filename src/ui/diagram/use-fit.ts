import { useReactFlow } from '@xyflow/react';
import { useCallback, useEffect, useRef } from 'react';
import { REDUCED_MOTION } from '../shared/use-media.ts';
import type { Layout } from './layout.ts';

const PADDING = 12;
/** On a wall the diagram may grow, but no further than type that is three times as large. */
const MAX_FIT_ZOOM = 3;
/** Below this nothing can be read: a small screen shows a part, and the rest by panning. */
const MIN_FIT_ZOOM = 0.3;
/** Large enough to read on a phone. */
const NARROW_ZOOM = 0.8;
const FIT_MS = 300;

interface Size {
  readonly width: number;
  readonly height: number;
}

interface Viewport {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

/** Keeps the whole diagram in view until the user moves it; `fit` goes back to that. */
export function useFit(layout: Layout, size: Size): { onMove(event: unknown, viewport: Viewport): void; fit(): void } {
  const flow = useReactFlow();
  const hasMoved = useRef(false);
  const isFirst = useRef(true);
  const wanted = viewportFor(layout, size);
  const showAll = useCallback(
    (isSmooth: boolean) => {
      const smooth = isSmooth && !matchMedia(REDUCED_MOTION).matches;
      void flow.setViewport(viewportFor(layout, size), { duration: smooth ? FIT_MS : 0 });
    },
    [flow, layout, size],
  );
  useEffect(() => {
    if (!hasMoved.current) showAll(!isFirst.current);
    isFirst.current = false;
  }, [showAll]);
  return {
    // Moves that we make ourselves have no event, and a mere click moves nothing.
    onMove: (event, viewport) => {
      if (event !== null && isElsewhere(viewport, wanted)) hasMoved.current = true;
    },
    fit: () => {
      hasMoved.current = false;
      showAll(true);
    },
  };
}

function isElsewhere(one: Viewport, other: Viewport): boolean {
  return Math.abs(one.x - other.x) > 3 || Math.abs(one.y - other.y) > 3 || Math.abs(one.zoom / other.zoom - 1) > 0.01;
}

/** Zoom and offset that show all of a layout in the middle of a view, or its top left where it does not fit. */
export function viewportFor(layout: Size, view: Size): { x: number; y: number; zoom: number } {
  const fits = Math.min((view.width - 2 * PADDING) / layout.width, (view.height - 2 * PADDING) / layout.height);
  // On a narrow view the width counts: one scrolls down, as in any page.
  const byWidth = view.width < view.height ? Math.min((view.width - 2 * PADDING) / layout.width, NARROW_ZOOM) : 0;
  const zoom = Math.min(Math.max(fits, byWidth, MIN_FIT_ZOOM), MAX_FIT_ZOOM);
  const offset = (room: number, needed: number): number => Math.max(PADDING, (room - needed * zoom) / 2);
  return { x: offset(view.width, layout.width), y: offset(view.height, layout.height), zoom };
}
