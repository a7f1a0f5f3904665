import { type RefObject, useEffect, useRef } from 'react';

/** Calls back when the pointer goes down outside of an element, while `active`. */
export function useOutside(root: RefObject<HTMLElement | null>, active: boolean, callback: () => void): void {
  const latest = useRef(callback);
  latest.current = callback;
  useEffect(() => {
    if (!active) return;
    const onPointerDown = (event: PointerEvent): void => {
      if (!root.current?.contains(event.target as Node)) latest.current();
    };
    document.addEventListener('pointerdown', onPointerDown);
    return () => document.removeEventListener('pointerdown', onPointerDown);
  }, [root, active]);
}
