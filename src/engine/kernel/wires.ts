import { hash32, mix } from './random.ts';
import { type Address, hostOf } from './types.ts';

/** One direction between two hosts or two processes of one host: keeps order, as a TCP connection does. */
export interface Link {
  /** The one string for this address: looking it up costs less than one that was put together for a message. */
  readonly to: Address;
  readonly baseMs: number;
  /** Where its jitter's stream begins. */
  readonly hash: number;
  sent: number;
  lastDueAt: number;
}

export const roundMs = (ms: number): number => Math.round(ms * 1000) / 1000;

/** All ways between processes that anything has gone so far. */
export class Wires {
  /** By sender and receiver. */
  readonly links = new Map<Address, Map<Address, Link>>();
  private readonly seed: number;

  constructor(seed: number) {
    this.seed = seed;
  }

  /** The way between two processes; what leaves at `now` may be the first on it. */
  link(from: Address, to: Address, now: number): Link {
    return this.links.get(from)?.get(to) ?? this.connect(from, to, 0, now);
  }

  /** The way between two processes as it is before its first message, or as a snapshot has it. */
  connect(from: Address, to: Address, sent: number, lastDueAt: number): Link {
    let links = this.links.get(from);
    if (links === undefined) {
      links = new Map();
      this.links.set(from, links);
    }
    const baseMs = baseLatencyMs(hostOf(from), hostOf(to), this.seed);
    const link = { to, baseMs, hash: hash32(`${from}>${to}`, this.seed), sent, lastDueAt };
    links.set(to, link);
    return link;
  }
}

/** What the dice of a link's next message are thrown with. */
export const nextDraw = (link: Link): number => link.hash + link.sent;

/** When something that leaves then arrives; what is in line never before what left earlier. */
export function arrivalOn(link: Link, leaves: number, isInLine: boolean): number {
  const jitter = 0.2 * link.baseMs * mix(nextDraw(link));
  link.sent++;
  const due = roundMs(leaves + link.baseMs + jitter);
  if (!isInLine) return due;
  link.lastDueAt = Math.max(due, link.lastDueAt);
  return link.lastDueAt;
}

/**
 * One-way latency, handling included. Processes of one machine answer in a few milliseconds, other machines take
 * somewhat longer, and the user's own computer longer still. Fixed per pair by the seed.
 */
function baseLatencyMs(from: string, to: string, seed: number): number {
  const spread = mix(hash32(from < to ? `${from} ${to}` : `${to} ${from}`, seed));
  if (from === to) return roundMs(2 + spread);
  if (from === 'laptop' || to === 'laptop') return roundMs(12 + 6 * spread);
  return roundMs(6 + 4 * spread);
}
