import type { Cause, Mark } from '../../../engine/door.ts';
import { componentName } from '../../shared/hues.ts';
import { componentOf } from '../../store/keys.ts';
import { SPOKEN, TEXT } from './messages.ts';

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
  /** Virtual time of the first line of `short`. */
  readonly start: number;
  /** Oldest first: only what has a sentence of its own, and both ends. */
  readonly short: readonly Chapter[];
  /** Oldest first: every message of the chain. */
  readonly full: readonly Chapter[];
}

/** Turns a chain of causes, nearest first, into a story, oldest first. */
export function whyStory(causes: readonly Cause[]): Story {
  const chain = causes.toReversed();
  const from = beginning(chain);
  const start = chain[from]?.at ?? 0;
  const full = chain.map((_, i) => chapter(chain, i, start));
  const isEnd = (i: number): boolean => i === from || i === chain.length - 1;
  const told = full.filter((_, i) => i >= from && (isTold(chain[i] as Cause) || isEnd(i)));
  return { start, short: merged(told), full };
}

/**
 * Where a reader wants to begin: with the user's act; or, when what happened goes back to the start of a component, with
 * the last time that one of its timers made it look.
 */
function beginning(chain: readonly Cause[]): number {
  if (chain[0] === undefined || isUser(chain[0].from)) return 0;
  return Math.max(0, chain.findLastIndex(isTimer));
}

const isUser = (address: string): boolean => componentOf(address) === 'user';
const isTimer = ({ from, to, label }: Cause): boolean => from === to && label === 'Timer';

/** A caption, an act, a fault; other links say what a reader of the whole chain wants to know. */
const isTold = ({ told }: Cause): boolean => told;

function chapter(chain: readonly Cause[], i: number, start: number): Chapter {
  const cause = chain[i] as Cause;
  const { messageId, at } = cause;
  return { messageId, offsetMs: at - start, component: speakerOf(chain, i), text: textOf(cause), count: 1 };
}

function textOf(cause: Cause): string {
  const { from, to, label, sentence } = cause;
  if (isTold(cause)) return sentence;
  const component = componentOf(to);
  if (isUser(from)) return TEXT.youDid(label);
  if (isTimer(cause)) return TEXT.timer(SPOKEN[component] ?? component);
  return from === to ? `${componentName(component)}: ${label}` : `${label} → ${componentName(component)}`;
}

/** A sentence is about who acts, which need not be who sent the message. */
function speakerOf(chain: readonly Cause[], i: number): string {
  const cause = chain[i] as Cause;
  const [from, to] = [componentOf(cause.from), componentOf(cause.to)];
  if (!isTold(cause)) return from;
  // A write is told when etcd has it, but it was somebody's request.
  if (from === 'etcd') return requesterBefore(chain, i) ?? 'apiserver';
  if (from === 'kubectl') return 'apiserver';
  if (from === 'apiserver' && !/^\d/.test(cause.label)) return to;
  return from;
}

function requesterBefore(chain: readonly Cause[], i: number): string | undefined {
  const request = chain
    .slice(0, i)
    .findLast(({ from, to }) => componentOf(to) === 'apiserver' && componentOf(from) !== 'etcd');
  return request && componentOf(request.from);
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

/**
 * The fault behind a story that nobody's act began. A silence causes no message, so the chain cannot lead to it: it is the
 * last fault before the end of the story on a machine that the story speaks of, unless something was healed since.
 */
export function faultBehind(story: Story, marks: readonly Mark[], machines: readonly string[]): Mark | undefined {
  const { short, start } = story;
  const [first, last] = [short[0], short.at(-1)];
  if (first === undefined || last === undefined || first.component === 'user') return undefined;
  const until = start + last.offsetMs;
  const past = marks.filter(({ at, kind }) => at <= until && kind !== 'act');
  const newest = past.at(-1);
  if (newest?.kind !== 'fault') return undefined;
  const named = machines.filter((name) => speaksOf(newest.text, name));
  return named.some((name) => short.some(({ text }) => speaksOf(text, name))) ? newest : undefined;
}

/** `kind-worker` is not spoken of by `kind-worker2`. */
function speaksOf(text: string, name: string): boolean {
  const at = text.indexOf(name);
  return at >= 0 && !/[\w-]/.test(text[at + name.length] ?? '');
}

/** `+0`, `+3 ms`, `+50.1 s`, `+5:50.2`: short enough for a column. */
export function offsetText(ms: number): string {
  if (ms < 0) return `−${offsetText(-ms).slice(1)}`;
  if (ms < 1) return '+0';
  if (ms < 1000) return `+${Math.round(ms)} ms`;
  const tenths = Math.round(ms / 100);
  if (tenths < 600) return `+${(tenths / 10).toFixed(1)} s`;
  const seconds = ((tenths % 600) / 10).toFixed(1).padStart(4, '0');
  const minutes = Math.floor(tenths / 600);
  if (minutes < 60) return `+${minutes}:${seconds}`;
  return `+${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${seconds.slice(0, 2)}`;
}
