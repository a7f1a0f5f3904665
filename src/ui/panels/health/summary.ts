import type { HealthLine } from '../../../engine/door.ts';
import { TEXT } from './messages.ts';

export interface Summary {
  readonly state: HealthLine['state'];
  readonly text: string;
}

/** All lines in one: as bad as the worst, and how many are. */
export function summaryOf(lines: readonly HealthLine[]): Summary {
  const count = (state: HealthLine['state']): number => lines.filter((line) => line.state === state).length;
  const stopped = count('stopped');
  const degraded = count('degraded');
  if (stopped + degraded === 0) return { state: 'works', text: TEXT.allWorks };
  return { state: stopped > 0 ? 'stopped' : 'degraded', text: TEXT.some(stopped, degraded) };
}

/** What there is to say aloud when the lines have changed: those that are not as before, the bad ones first. */
export function newsOf(before: readonly HealthLine[], after: readonly HealthLine[]): string {
  const changed = after.filter(({ id, state }) => before.find((line) => line.id === id)?.state !== state);
  const order = { stopped: 0, degraded: 1, works: 2 };
  return changed
    .toSorted((a, b) => order[a.state] - order[b.state])
    .map(({ title, state, text }) => `${title} ${TEXT.states[state]}: ${text}`)
    .join(' ');
}
