import { useEffect } from 'react';
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';

/** A part of every diagram. */
const HOME = 'etcd';

/** Which part Tab comes to; the arrow keys move it (a roving tab stop). */
export const focus = createStore<{ readonly part: string }>(() => ({ part: HOME }));

/** Whether Tab comes to this part. When the one that it came to goes, it comes to one that is always there. */
export function useIsTabStop(part: string): boolean {
  useEffect(
    () => () => {
      if (focus.getState().part === part) focus.setState({ part: HOME });
    },
    [part],
  );
  return useStore(focus, (state) => state.part === part);
}
