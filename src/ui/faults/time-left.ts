import type { ActiveFault } from '../../engine/door.ts';
import { durationText } from '../shared/time.ts';
import { TEXT } from './messages.ts';

/** `heals in 12 s`; of a fault without an end how long it has been. */
export function timeLeft({ since, until }: ActiveFault, now: number): string {
  return until === undefined ? TEXT.since(wholeSeconds(now - since)) : TEXT.healsIn(wholeSeconds(until - now));
}

export const wholeSeconds = (ms: number): string => durationText(Math.max(0, Math.ceil(ms / 1000)) * 1000);
