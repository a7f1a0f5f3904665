import { cluster } from './cluster.ts';
import { mirror } from './mirror.ts';
import { isPast, playback } from './playback.ts';

/** Where the playhead was last asked to go; only one such wish is under way at a time. */
let wanted: number | undefined;
let underWay = false;
let epochThen = -1;

/** Shows another time of the branch; of many in a row the last one counts. */
export function seek(at: number): void {
  wanted = Math.max(0, Math.min(at, playback.getState().newest));
  if (!underWay) send();
}

function send(): void {
  if (wanted === undefined) return;
  underWay = true;
  epochThen = mirror.epoch;
  const { newest } = playback.getState();
  cluster().seek(wanted >= newest ? Number.MAX_VALUE : wanted);
  wanted = undefined;
}

// After the frame that a seek asked for has been drawn the next wish goes out.
playback.subscribe(() => {
  if (!underWay || mirror.epoch === epochThen) return;
  underWay = false;
  if (wanted !== undefined) requestAnimationFrame(send);
});

export function returnToNewest(): void {
  seek(Number.MAX_VALUE);
}

/** To the moment at which the last visible message before this one arrived. */
export function stepBack(): void {
  const { frameNow } = playback.getState();
  const before = mirror.record.messages.findLast(({ dueAt }) => dueAt < frameNow);
  seek(before?.dueAt ?? frameNow - 1000);
}

/** To the moment at which the next visible message after this one arrived, as far as that is known. */
export function stepOn(): void {
  const { frameNow } = playback.getState();
  const next = mirror.record.messages.find(({ dueAt }) => dueAt > frameNow);
  if (next !== undefined) seek(next.dueAt);
}

export const isInPast = (): boolean => isPast(playback.getState());
