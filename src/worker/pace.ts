import type { SimulatedCluster } from '../engine/index.ts';

/** Story pace while something that the user caused is on its way. */
export const STORY_RATE = 1 / 40;
/** A wait longer than this is skipped; shorter ones are part of the story. */
const SKIP_OVER_MS = 300;
/** Real time that a skip takes, so that the eye can follow the clock. */
const SKIP_REAL_MS = 700;
/** Story pace stops short of the moment that matters by this much, to show it coming. */
const LEAD_MS = 2;
/** After a fault, how long (virtual) to look ahead for what follows before calling the cluster at rest. */
const LOOK_AHEAD_MS = 900_000;
const LOOK_AHEAD_RATE = 40;

/** How far to move next, and what to tell the viewer about it. */
export interface Stride {
  readonly rate: number;
  /** Stop at the first message that is not periodic. */
  readonly untilNews: boolean;
  /** Length of the wait that is being skipped. */
  readonly skippingMs?: number;
}

/**
 * Story pace: slow while messages are in flight that a user, a fault or their consequences caused; quick through the
 * waits between them; at the pace of a clock when the cluster is at rest.
 */
export function storyStride(cluster: SimulatedCluster, lastNewsAt: number): Stride {
  const { kernel } = cluster;
  const next = kernel.nextPendingAt();
  if (next === undefined) {
    const expecting = cluster.faults.length > 0 && cluster.now - lastNewsAt < LOOK_AHEAD_MS;
    return expecting ? { rate: LOOK_AHEAD_RATE, untilNews: true } : { rate: 1, untilNews: true };
  }
  const gap = next - cluster.now;
  const inFlight = kernel.newsInFlight() > 0;
  if (inFlight || gap <= SKIP_OVER_MS) return { rate: STORY_RATE, untilNews: false };
  const rate = Math.max((gap - LEAD_MS) / SKIP_REAL_MS, STORY_RATE);
  return { rate, untilNews: true, skippingMs: gap };
}
