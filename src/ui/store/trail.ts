import { createStore } from 'zustand/vanilla';

/** From one address to another: what a message travelled. */
export interface Hop {
  readonly from: string;
  readonly to: string;
}

/** The way that a panel points out on the diagram, while the pointer or the focus is on it. */
export const trail = createStore<{ readonly hops: readonly Hop[] }>(() => ({ hops: [] }));

const NOTHING: readonly Hop[] = [];

/** Shows a way, or with nothing, none any more. */
export function pointOut(hops: readonly Hop[] = NOTHING): void {
  if (trail.getState().hops !== hops) trail.setState({ hops });
}

/** Handlers that point out a way while the pointer or the focus is on an element. */
export function pointsOut(hops: () => readonly Hop[]): {
  onPointerEnter(): void;
  onPointerLeave(): void;
  onFocus(): void;
  onBlur(): void;
} {
  const show = (): void => pointOut(hops());
  const hide = (): void => pointOut();
  return { onPointerEnter: show, onPointerLeave: hide, onFocus: show, onBlur: hide };
}
