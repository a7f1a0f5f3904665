import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';

/** Which part Tab comes to; the arrow keys move it (a roving tab stop). */
export const focus = createStore<{ readonly part: string }>(() => ({ part: 'etcd' }));

export const useIsTabStop = (part: string): boolean => useStore(focus, (state) => state.part === part);
