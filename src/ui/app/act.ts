import { isConnected } from '../store/cluster.ts';
import { playback } from '../store/playback.ts';
import type { Selection } from '../store/view.ts';

/** One act of the user: what button, shortcut, palette and context menu all read. */
export interface Act {
  readonly id: string;
  readonly label: string;
  /** `KeyboardEvent.key` values, with `Ctrl+`, `Shift+` or `Alt+` before them; the first is shown. */
  readonly keys?: readonly string[];
  readonly group: 'time' | 'view' | 'cluster' | 'object' | 'fault';
  /** Acts on something: offered in its context menu and, for what is selected, in the inspector. */
  readonly needsTarget?: boolean;
  /** Without a target the selection is meant. */
  enabled(target: Selection | null): boolean;
  run(target: Selection | null): void;
}

/** Whether there is an engine that still runs: without one nothing can be done to the cluster. */
export const connected = (): boolean => isConnected() && playback.getState().stopped === undefined;
