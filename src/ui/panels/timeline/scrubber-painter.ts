import type { BranchView } from '../../../worker/protocol.ts';
import { mirror } from '../../store/mirror.ts';
import { past } from '../../store/past.ts';
import { playback } from '../../store/playback.ts';
import { resolveColours } from './palette.ts';
import { type RunScale, runScale } from './run-scale.ts';
import { Strip } from './strip.ts';

/** Height of the run itself, and of each other branch below it. */
const RUN_HEIGHT = 24;
const BRANCH_HEIGHT = 7;
/** More branches than this are in the menu only. */
const MAX_DRAWN = 5;
/** Room for the knob at both ends. */
const EDGE = 8;
const COLOURS = {
  line: '--line-strong',
  faint: '--ink-faint',
  soft: '--ink-soft',
  bad: '--bad',
  brand: '--brand',
  surface: '--surface',
} as const;

/** Draws the whole run as a strip with the playhead, and the other branches as lines that leave it. */
export class ScrubberPainter extends Strip {
  #colours: Record<keyof typeof COLOURS, string> | undefined;
  #scale: RunScale = runScale([], 0, 0, 0);
  /** While the playhead is dragged nothing moves under the pointer. */
  #held = false;

  override start(): () => void {
    return super.start((redraw) => past.subscribe(redraw));
  }

  /** It walks over the whole run, in which little moves unless the playhead is dragged. */
  protected override get everyMs(): number {
    return this.#held ? super.everyMs : 100;
  }

  protected override forgetColours(): void {
    this.#colours = undefined;
  }

  timeAt(x: number): number {
    return this.#scale.timeAt(x - EDGE);
  }

  hold(held: boolean): void {
    this.#held = held;
    this.ask();
  }

  protected override paint(): void {
    const { newest } = playback.getState();
    const { view } = past.getState();
    const others = otherBranches(view?.branches ?? [], view?.current);
    const height = RUN_HEIGHT + others.length * BRANCH_HEIGHT;
    const context = this.fit(height);
    if (context === null) return;
    this.canvas.style.height = `${height}px`;
    this.#colours ??= resolveColours(this.canvas, COLOURS);
    const { messages, marks } = mirror.record;
    if (!this.#held) {
      const end = Math.max(newest, ...others.map((branch) => branch.end));
      const times = [...messages.map(({ dueAt }) => dueAt), ...marks.map(({ at }) => at)].sort((a, b) => a - b);
      this.#scale = runScale(times, 0, end, this.width - 2 * EDGE);
    }
    const xOf = (at: number): number => EDGE + this.#scale.xOf(at);
    const colours = this.#colours;
    const middle = RUN_HEIGHT / 2;
    const now = xOf(mirror.now);
    context.clearRect(0, 0, this.width, height);
    context.fillStyle = colours.line;
    context.fillRect(EDGE, middle - 1, xOf(newest) - EDGE, 2);
    const counts = new Map<number, number>();
    for (const { dueAt } of messages) {
      const x = Math.round(xOf(dueAt));
      counts.set(x, (counts.get(x) ?? 0) + 1);
    }
    for (const [x, count] of counts) {
      const half = Math.min(7, 2 + count);
      context.fillStyle = x <= now ? colours.soft : colours.line;
      context.fillRect(x, middle - half, 1, 2 * half);
    }
    for (const { at, kind } of marks) {
      context.fillStyle = kind === 'fault' ? colours.bad : kind === 'heal' ? colours.faint : colours.brand;
      context.beginPath();
      context.moveTo(xOf(at) - 3.5, 0);
      context.lineTo(xOf(at) + 3.5, 0);
      context.lineTo(xOf(at), 6);
      context.fill();
    }
    others.forEach((branch, row) => {
      const y = RUN_HEIGHT + row * BRANCH_HEIGHT + 2;
      const from = xOf(branch.leaves);
      context.strokeStyle = colours.faint;
      context.lineWidth = 1.5;
      context.beginPath();
      context.moveTo(from, middle);
      context.lineTo(from, y - 3);
      context.quadraticCurveTo(from, y, from + 3, y);
      context.lineTo(Math.max(from + 6, xOf(branch.end)), y);
      context.stroke();
      context.fillStyle = colours.faint;
      context.beginPath();
      context.arc(Math.max(from + 6, xOf(branch.end)), y, 2.5, 0, 7);
      context.fill();
    });
    context.fillStyle = colours.brand;
    context.fillRect(EDGE, middle - 1, now - EDGE, 2);
    context.beginPath();
    context.arc(now, middle, 6, 0, 7);
    context.fill();
    context.strokeStyle = colours.surface;
    context.lineWidth = 2;
    context.stroke();
  }
}

interface Drawn {
  readonly leaves: number;
  readonly end: number;
}

/** The other branches, and when each has left (or was left by) the way to the one that is shown. */
function otherBranches(branches: readonly BranchView[], current: number | undefined): readonly Drawn[] {
  const byId = new Map(branches.map((branch) => [branch.id, branch]));
  const wayTo = (id: number | undefined): BranchView[] => {
    const branch = id === undefined ? undefined : byId.get(id);
    return branch === undefined ? [] : [...wayTo(branch.parent), branch];
  };
  const shown = wayTo(current);
  const drawn = branches
    .filter(({ id }) => id !== current)
    .map((branch): Drawn => {
      const way = wayTo(branch.id);
      let common = 0;
      while (common < way.length && way[common] === shown[common]) common++;
      // From the last branch that both came through, the earlier turn-off counts.
      const turns = [way[common]?.forkedAt, shown[common]?.forkedAt].filter((at) => at !== undefined);
      return { leaves: Math.min(branch.end, ...turns), end: branch.end };
    });
  return drawn.slice(-MAX_DRAWN);
}
