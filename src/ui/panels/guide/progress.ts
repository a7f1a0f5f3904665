import { createStore } from 'zustand/vanilla';
import { mirror } from '../../store/mirror.ts';
import { advance, NO_PROGRESS, type Progress } from './journey.ts';

interface GuideState {
  readonly progress: Progress;
  /** What the viewer predicted. */
  readonly answer?: string;
  /** An act of the guide was refused: why. */
  readonly problem?: string;
  /** An act of the guide is on its way, and nothing of it is to be seen yet. */
  readonly isAsked?: boolean;
}

export const guide = createStore<GuideState>(() => ({ progress: NO_PROGRESS }));

let isFollowing = false;

/** Watches the mirror from now on, also while the guide is closed. */
export function followMirror(): void {
  if (isFollowing) return;
  isFollowing = true;
  const look = (): void => {
    const { progress } = guide.getState();
    const next = advance(progress, mirror);
    if (next === progress) return;
    const isNew = next.run !== progress.run;
    guide.setState({ progress: next, isAsked: false, ...(isNew && { answer: undefined, problem: undefined }) });
  };
  mirror.subscribe('now', look);
  // Also while time stands still.
  mirror.subscribe('any-machine', look);
  look();
}
