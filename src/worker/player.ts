import type { Message } from '../engine/index.ts';
import type { History } from './history.ts';
import { StoryPace, skipOf } from './pace.ts';
import type { Playback, Speed } from './protocol.ts';

/** How far a step looks for the next visible message. */
const STEP_LIMIT_MS = 600_000;

/** How virtual time goes on: at Story pace or a speed, in steps, or as fast as it can until nothing is to happen. */
export class Player {
  playing = false;
  speed: Speed = 'story';
  /** Until the cluster is settled. */
  rushing = false;
  private rate = 0;
  private readonly story = new StoryPace(0);
  /** While a step is made: where it began. */
  private steppedFrom: number | undefined;

  get isGoing(): boolean {
    return this.playing || this.rushing;
  }

  halt(): void {
    this.playing = false;
    this.rushing = false;
  }

  pause(): void {
    this.halt();
    this.rate = 0;
  }

  /** The user did something, or the shown time has jumped: a new story begins. */
  begin(now: number): void {
    this.story.begin(now);
  }

  /** Moves on by what belongs to so much real time; `overBudget` says when the processor has had enough. */
  advance(history: History, realMs: number, overBudget: () => boolean): void {
    const { cluster } = history;
    if (this.rushing) {
      this.rate = Number.MAX_SAFE_INTEGER;
      history.advanceTo(cluster.now + STEP_LIMIT_MS, () => cluster.settled || overBudget());
      if (cluster.settled) this.rushing = false;
      return;
    }
    if (this.speed !== 'story') {
      this.rate = this.speed;
      history.advanceTo(cluster.now + realMs * this.speed, overBudget);
      return;
    }
    const { story } = this;
    story.tick(cluster, realMs, overBudget, (target, stop) => {
      this.rate = story.rate;
      history.advanceTo(target, stop);
    });
  }

  /** To the moment after the next message that a viewer can see (of that component) has arrived. */
  step(history: History, component: string | undefined): void {
    const { now } = history.cluster;
    const isOf = (address: string): boolean => address === component || address.startsWith(`${component}@`);
    const shows = ({ periodic, from, to }: Message): boolean =>
      !periodic && from !== to && (component === undefined || isOf(from) || isOf(to));
    this.rate = 0;
    this.steppedFrom = now;
    history.advanceTo(now + STEP_LIMIT_MS, shows);
    this.steppedFrom = undefined;
    this.begin(history.cluster.now);
  }

  /** What the page is told with a frame of that time. */
  playback(now: number): Playback {
    const { playing, speed, rate, story, steppedFrom } = this;
    const skipped = steppedFrom === undefined ? story.takeSkip() : skipOf(steppedFrom, now);
    const hurries = speed === 'story' && rate > 0 && story.hurry > 1;
    return { playing, speed, rate, ...(skipped && { skipped }), ...(hurries && { hurry: story.hurry }) };
  }
}
