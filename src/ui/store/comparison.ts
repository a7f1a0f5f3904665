import { createStore } from 'zustand/vanilla';
import type { Frame } from '../../engine/door.ts';
import type { CompareWith, Difference } from '../../worker/protocol.ts';

export interface Comparison {
  /** Null when nothing is compared. */
  readonly what: CompareWith | null;
  readonly title: string;
  /** Time at which the list was made; undefined before the first. */
  readonly at: number | undefined;
  readonly list: readonly Difference[];
  readonly more: number;
  /** The other cluster is on its way to this time; 0 to 1. */
  readonly catchingUp: number | undefined;
  readonly error: string | undefined;
}

const NOTHING: Comparison = {
  what: null,
  title: '',
  at: undefined,
  list: [],
  more: 0,
  catchingUp: undefined,
  error: undefined,
};

export const comparison = createStore<Comparison>(() => NOTHING);

type Listener = (frame: Frame, epoch: number) => void;

/** The other cluster's frames since its last full one, for a diagram that is still loading. */
let frames: { readonly frame: Frame; readonly epoch: number }[] = [];
let listener: Listener | undefined;
/** Whether frames went to a diagram that is gone by now. */
let isIncomplete = false;

export function beginComparison(what: CompareWith, title: string): void {
  frames = [];
  isIncomplete = false;
  comparison.setState({ ...NOTHING, what, title });
}

export function endComparison(): void {
  frames = [];
  comparison.setState(NOTHING);
}

export function tellOther(frame: Frame, epoch: number): void {
  listener?.(frame, epoch);
  if (frame.full) frames = [];
  isIncomplete = listener !== undefined && !frame.full;
  if (!isIncomplete) frames.push({ frame, epoch });
}

/** Gives the other cluster's frames to the diagram that shows it; false when some are missing: compare anew then. */
export function listenToOther(told: Listener): boolean {
  listener = told;
  if (isIncomplete) return false;
  for (const { frame, epoch } of frames) told(frame, epoch);
  return true;
}

export function stopListening(): void {
  listener = undefined;
}
