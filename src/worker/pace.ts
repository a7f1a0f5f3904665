import type { Message, SimulatedCluster } from '../engine/index.ts';

/** Story pace while something that a user or a fault caused is on its way: virtual per real time. */
export const STORY_RATE = 1 / 40;
/** So many messages at a time can be followed; with more on their way time runs faster by as much. */
const FOLLOWED = 16;
/** Real time for which a story is told without hurry; then it becomes twice as fast every `DOUBLES_MS`. */
const PATIENCE_MS = 20_000;
const DOUBLES_MS = 10_000;
/** The fastest that anything is told: real time. */
const FASTEST = 1;
/** A wait longer than this is skipped; shorter ones are part of the story. */
export const SKIP_OVER_MS = 40;
/** Real time that a skip takes, so that the eye can follow the clock: a short one, and one of a second or more. */
const SKIP_REAL_MS = [200, 700] as const;
/** A skip stops short of the moment that matters by this much, to show it coming. */
const LEAD_MS = 2;
/** After a wait as long as this a new story begins, told without hurry. */
const NEW_STORY_MS = 5_000;
/** Real time for which what was just done, or has just broken, is there to be read before anything is skipped. */
const LINGER_MS = 1_200;
/** After a fault, how long (virtual) to look ahead for what follows before calling the cluster at rest. */
const LOOK_AHEAD_MS = 900_000;
const LOOK_AHEAD_RATE = 40;
const NEVER = Number.POSITIVE_INFINITY;
/** Whoever does what is done to the cluster. */
const OUTSIDE = 'user@outside';

/** Virtual time that was skipped. */
export interface Skip {
  readonly from: number;
  readonly to: number;
}

/** Undefined for a time so short that nobody would call it skipped. */
export const skipOf = (from: number, to: number): Skip | undefined =>
  to - from > SKIP_OVER_MS / 2 ? { from, to } : undefined;

type Move = (target: number, stop: (message: Message) => boolean) => void;

/**
 * Story pace: slow while messages are in flight that a user, a fault or their consequences caused; quick through the
 * waits between them and before a planned fault or the end of one, which are announced; at the pace of a clock when the
 * cluster is at rest. A skip stops at the first message that is no heartbeat, so nothing that changes an object is ever
 * skipped.
 */
export class StoryPace {
  /** What the speed is just now. */
  rate = 0;
  /** How much faster than the pace of a story it is told, because there is so much of it; 1 for no hurry. */
  hurry = 1;
  private lastNewsAt: number;
  /** Real time for which this story has been told. */
  private toldMs = 0;
  private lingerMs = 0;
  private skipping: { readonly from: number; readonly rate: number } | undefined;
  private skipped: Skip | undefined;

  constructor(now: number) {
    this.lastNewsAt = now;
  }

  /** The user did something, or moved time: a new story begins. */
  begin(now: number): void {
    this.lastNewsAt = now;
    this.toldMs = 0;
    this.lingerMs = LINGER_MS;
    this.skipping = undefined;
  }

  /** The last skip, once it is over; each is handed out once. */
  takeSkip(): Skip | undefined {
    const { skipped } = this;
    this.skipped = undefined;
    return skipped;
  }

  /** Moves on by what belongs to so much real time. */
  tick(cluster: SimulatedCluster, realMs: number, overBudget: () => boolean, move: Move): void {
    const { kernel, now } = cluster;
    const inFlight = kernel.agenda.newsInFlight(now);
    const pendingAt = kernel.agenda.nextPendingAt();
    if (pendingAt !== undefined) this.lastNewsAt = now;
    const next = Math.min(pendingAt ?? NEVER, cluster.nextDeedAt ?? NEVER);
    const isOver = ({ from }: Message): boolean => {
      if (from === OUTSIDE) this.lingerMs = LINGER_MS;
      return overBudget();
    };
    const isAtRest = next === NEVER && (cluster.faults.length === 0 || now - this.lastNewsAt >= LOOK_AHEAD_MS);
    if (inFlight > 0 || next - now <= SKIP_OVER_MS || (this.lingerMs > 0 && !isAtRest)) {
      this.endSkip(now);
      this.toldMs += realMs;
      this.lingerMs -= realMs;
      const haste = 2 ** Math.max(0, (this.toldMs - PATIENCE_MS) / DOUBLES_MS);
      this.hurry = Math.min(FASTEST / STORY_RATE, Math.max(1, inFlight / FOLLOWED, haste));
      this.rate = STORY_RATE * this.hurry;
      // What is told now must not run into the wait after it.
      move(now + realMs * this.rate, isOver);
      return;
    }
    this.hurry = 1;
    const { pending } = kernel;
    // News is also what a heartbeat or its absence sets off; that other things wait (a toleration, say) is none.
    const stop = (message: Message): boolean => isOver(message) || !message.periodic || kernel.pending > pending;
    if (isAtRest) {
      this.endSkip(now);
      this.toldMs = 0;
      this.rate = 1;
      move(now + realMs, stop);
      return;
    }
    const until = next - LEAD_MS;
    this.skipping ??= { from: now, rate: next === NEVER ? LOOK_AHEAD_RATE : rateOfSkip(until - now) };
    this.rate = this.skipping.rate;
    move(Math.min(until, now + realMs * this.rate), stop);
    if (cluster.now >= until || kernel.agenda.newsInFlight(cluster.now) > 0) this.endSkip(cluster.now);
  }

  private endSkip(now: number): void {
    const { skipping } = this;
    if (skipping === undefined) return;
    this.skipping = undefined;
    const length = now - skipping.from;
    if (length >= NEW_STORY_MS) this.toldMs = 0;
    this.skipped = skipOf(skipping.from, now) ?? this.skipped;
  }
}

const rateOfSkip = (length: number): number => Math.max(length / SKIP_REAL_MS[length < 1000 ? 0 : 1], STORY_RATE);
