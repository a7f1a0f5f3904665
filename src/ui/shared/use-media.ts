import { useCallback, useSyncExternalStore } from 'react';

/** Whether a media query holds now. */
export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const list = matchMedia(query);
      list.addEventListener('change', listener);
      return () => list.removeEventListener('change', listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}

/** Panels are sheets below this width. */
export const PHONE = '(max-width: 759px)';
/** The inspector's column is always there from this width on. */
export const WIDE = '(min-width: 1360px)';
/** Below this the inspector lies over the diagram; from it on it has a column while something is selected. */
export const ROOMY = '(min-width: 1100px)';
/** The guide has a column from this width on. */
export const MEDIUM = '(min-width: 1000px)';
export const REDUCED_MOTION = '(prefers-reduced-motion: reduce)';
