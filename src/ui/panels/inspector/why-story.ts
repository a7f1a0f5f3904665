import type { Cause } from '../../../engine/door.ts';
import { componentOf } from '../../store/keys.ts';

/** One line of the story of how something came to be. */
export interface Chapter {
  readonly messageId: number;
  /** Virtual ms since the first line of the whole chain. */
  readonly offsetMs: number;
  /** Whose hue it takes: who did it. */
  readonly component: string;
  readonly text: string;
  /** Several messages that say the same. */
  readonly count: number;
}

export interface Story {
  /** Oldest first: only what has a sentence of its own, and both ends. */
  readonly short: readonly Chapter[];
  /** Oldest first: every message of the chain. */
  readonly full: readonly Chapter[];
}

/** Turns a chain of causes, nearest first, into a story, oldest first. */
export function whyStory(causes: readonly Cause[]): Story {
  const chain = causes.toReversed();
  const start = chain[0]?.at ?? 0;
  const full = chain.map((cause) => chapter(cause, start));
  const isEnd = (i: number): boolean => i === 0 || i === chain.length - 1;
  const told = chain.flatMap((cause, i) => (isTold(cause) || isEnd(i) ? [full[i] as Chapter] : []));
  return { short: merged(told), full };
}

/** Without a sentence the engine repeats the label. */
const isTold = ({ sentence, label }: Cause): boolean => sentence !== '' && sentence !== label;

function chapter(cause: Cause, start: number): Chapter {
  const { messageId, at, from, to, sentence, label } = cause;
  const text = isTold(cause) ? sentence : from === to ? label : `${label} → ${componentOf(to)}`;
  return { messageId, offsetMs: at - start, component: componentOf(from), text, count: 1 };
}

/** Neighbours with the same sentence become one line, at the time of the first. */
function merged(chapters: readonly Chapter[]): readonly Chapter[] {
  const lines: Chapter[] = [];
  for (const next of chapters) {
    const last = lines.at(-1);
    if (last?.text === next.text) lines[lines.length - 1] = { ...last, count: last.count + 1 };
    else lines.push(next);
  }
  return lines;
}

/** `+0`, `+3 ms`, `+50.1 s`, `+5:50.2`: short enough for a column. */
export function offsetText(ms: number): string {
  if (ms < 1) return '+0';
  if (ms < 1000) return `+${Math.round(ms)} ms`;
  const tenths = Math.round(ms / 100);
  if (tenths < 600) return `+${(tenths / 10).toFixed(1)} s`;
  const seconds = ((tenths % 600) / 10).toFixed(1).padStart(4, '0');
  const minutes = Math.floor(tenths / 600);
  if (minutes < 60) return `+${minutes}:${seconds}`;
  return `+${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${seconds.slice(0, 2)}`;
}
