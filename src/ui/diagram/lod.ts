import { type ReactFlowState, useStore } from '@xyflow/react';

/** How much of each part is drawn: names and numbers, shapes, or tiles only. */
export type Lod = 'near' | 'mid' | 'far';

function lodOf(zoom: number): Lod {
  if (zoom >= 0.6) return 'near';
  return zoom >= 0.34 ? 'mid' : 'far';
}

const read = (state: ReactFlowState): Lod => lodOf(state.transform[2]);

/** The level of detail at the current zoom; renders only when it changes. */
export const useLod = (): Lod => useStore(read);
