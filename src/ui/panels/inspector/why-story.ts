import type { Cause, CauseEnd } from '../../../engine/door.ts';
import { componentOf } from '../../store/keys.ts';

/** One line of the story of how something came to be. */
export interface Chapter {
  readonly messageId: number;
  /** Virtual ms since the beginning of the chain. */
  readonly offsetMs: number;
  /** Whose hue it takes: who did it. */
  readonly component: string;
  readonly text: string;
  /** Several messages that say the same. */
  readonly count: number;
  readonly from: string;
  readonly to: string;
  readonly objects: readonly string[];
  /** How many other messages asked for the same. */
  readonly also: number;
  /** On the last line: why nothing came before it. */
  readonly end?: CauseEnd;
  readonly everyMs?: number;
}

export interface Story {
  /** Nearest first: what has a sentence of its own, and both ends. */
  readonly short: readonly Chapter[];
  /** Nearest first: every message of the chain. */
  readonly full: readonly Chapter[];
}

/** Turns a chain of causes, nearest first, into lines to read. */
export function whyStory(causes: readonly Cause[]): Story {
  const start = causes.at(-1)?.at ?? 0;
  const full = causes.map((_, i) => chapter(causes, i, start));
  const told = full.filter((_, i) => causes[i]?.told || i === 0 || i === causes.length - 1);
  return { short: merged(told), full };
}

function chapter(causes: readonly Cause[], i: number, start: number): Chapter {
  const { messageId, at, sentence, from, to, objects = [], also = [], end, everyMs } = causes[i] as Cause;
  return {
    messageId,
    offsetMs: at - start,
    component: speakerOf(causes, i),
    text: sentence,
    count: 1,
    from,
    to,
    objects,
    also: also.length,
    ...(end && { end }),
    ...(everyMs !== undefined && { everyMs }),
  };
}

/** A sentence is about who acts, which need not be who sent the message. */
function speakerOf(causes: readonly Cause[], i: number): string {
  const { told, label, ...cause } = causes[i] as Cause;
  const [from, to] = [componentOf(cause.from), componentOf(cause.to)];
  if (!told || from === 'user') return from;
  // A write is told when etcd has it, but it was somebody's request.
  if ((from === 'etcd' && to === 'apiserver') || (from === 'apiserver' && to === 'etcd'))
    return requesterBefore(causes, i) ?? 'apiserver';
  // The load balancer only passes on.
  if (from === 'load-balancer' || to === 'load-balancer') return spokenThrough(causes, i);
  if (from === 'kubectl') return 'apiserver';
  if (from === 'apiserver' && !/^\d/.test(label)) return to;
  return from;
}

function requesterBefore(causes: readonly Cause[], i: number): string | undefined {
  const at = causes.findIndex(
    ({ from, to }, j) => j > i && componentOf(to) === 'apiserver' && componentOf(from) !== 'etcd',
  );
  if (at < 0) return undefined;
  const from = componentOf((causes[at] as Cause).from);
  return from === 'load-balancer' ? spokenThrough(causes, at) : from;
}

/** Who speaks through the load balancer: of a request who sent it, of an answer the API server, else who hears of it. */
function spokenThrough(causes: readonly Cause[], i: number): string {
  const { from, to, label } = causes[i] as Cause;
  if (/^\d/.test(label)) return 'apiserver';
  const [sender, receiver] = [componentOf(from), componentOf(to)];
  if (receiver === 'load-balancer') {
    const passedOn = causes[i - 1];
    const isWatch = sender === 'apiserver' && passedOn !== undefined && componentOf(passedOn.from) === receiver;
    return isWatch ? componentOf(passedOn.to) : sender;
  }
  if (receiver !== 'apiserver') return receiver;
  const asked = causes.find((cause, j) => j > i && componentOf(cause.to) === 'load-balancer');
  return asked === undefined ? sender : componentOf(asked.from);
}

/** Neighbours with the same sentence become one line, which is the nearest. */
function merged(chapters: readonly Chapter[]): readonly Chapter[] {
  const lines: Chapter[] = [];
  for (const next of chapters) {
    const last = lines.at(-1);
    const isSame = last?.text === next.text;
    if (isSame) lines[lines.length - 1] = { ...last, count: last.count + 1, ...(next.end && { end: next.end }) };
    else lines.push(next);
  }
  return lines;
}

/** Longer stories leave out their middle at first. */
const SHOWN_AT_ONCE = 14;
const SHOWN_NEAR = 9;
const SHOWN_FAR = 3;

/** A story in at most two pieces, with how many lines are left out between them. */
export function folded<T>(lines: readonly T[]): { near: readonly T[]; hidden: number; far: readonly T[] } {
  if (lines.length <= SHOWN_AT_ONCE) return { near: lines, hidden: 0, far: [] };
  const hidden = lines.length - SHOWN_NEAR - SHOWN_FAR;
  return { near: lines.slice(0, SHOWN_NEAR), hidden, far: lines.slice(-SHOWN_FAR) };
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
