import { useSyncExternalStore } from 'react';
import { mirror } from '../store/mirror.ts';
import { playback } from '../store/playback.ts';
import { type Selection, view } from '../store/view.ts';
import { type Act, act } from './acts.ts';

/** An act and whether it can be done now; renders again only when that changes. */
export function useAct(
  id: string,
  target?: Selection,
): { readonly act: Act; readonly isEnabled: boolean; run(): void } {
  const found = act(id);
  const currentTarget = (): Selection | null => target ?? view.getState().selection;
  const isEnabled = useSyncExternalStore(subscribe, () => found.enabled(currentTarget()));
  return { act: found, isEnabled, run: () => found.run(currentTarget()) };
}

function subscribe(listener: () => void): () => void {
  const stops = [
    view.subscribe(listener),
    playback.subscribe(listener),
    mirror.subscribe('faults', listener),
    mirror.subscribe('settled', listener),
    mirror.subscribe('components', listener),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
