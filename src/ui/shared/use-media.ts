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
/** The inspector has a column of its own from this width on; below it lies over the diagram. */
export const WIDE = '(min-width: 1360px)';
/** The guide has a column from this width on. */
export const MEDIUM = '(min-width: 1000px)';
export const REDUCED_MOTION = '(prefers-reduced-motion: reduce)';
