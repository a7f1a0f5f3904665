import { useCallback, useSyncExternalStore } from 'react';
import type { ComponentView } from '../../../engine/door.ts';
import { mirror } from '../../store/mirror.ts';

/** Figures that change faster than this can only flicker. */
const EVERY_MS = 200;

/** As `useMirror`, but renders at most five times a second; the last change is never lost. */
export function useSlowMirror<T>(topic: string, read: () => T): T {
  const subscribe = useCallback((listener: () => void) => subscribeSlowly(topic, listener), [topic]);
  return useSyncExternalStore(subscribe, read);
}

function subscribeSlowly(topic: string, listener: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let toldAt = 0;
  const tell = (): void => {
    timer = undefined;
    toldAt = performance.now();
    listener();
  };
  const stop = mirror.subscribe(topic, () => {
    if (timer !== undefined) return;
    const wait = toldAt + EVERY_MS - performance.now();
    if (wait <= 0) tell();
    else timer = setTimeout(tell, wait);
  });
  return () => {
    clearTimeout(timer);
    stop();
  };
}

export const useSlowComponent = (address: string): ComponentView | undefined =>
  useSlowMirror(`component:${address}`, () => mirror.component(address));

/** Virtual time in whole seconds, for ages. */
export const useSecond = (): number => useSlowMirror('now', () => Math.floor(mirror.now / 1000) * 1000);
