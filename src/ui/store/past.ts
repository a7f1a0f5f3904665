import { createStore } from 'zustand/vanilla';
import type { Loading } from '../../worker/client.ts';
import type { HistoryView } from '../../worker/protocol.ts';

export interface Past {
  readonly view: HistoryView | undefined;
  /** A branch that an act in the past has just begun, until the notice is closed. */
  readonly begun: number | undefined;
  /** How far a run is loaded, 0 to 1. */
  readonly loading: number | undefined;
  readonly loaded: Extract<Loading, { type: 'loaded' }> | undefined;
}

/** Branches of the run, and what is known of its past beside the records. */
export const past = createStore<Past>(() => ({
  view: undefined,
  begun: undefined,
  loading: undefined,
  loaded: undefined,
}));
