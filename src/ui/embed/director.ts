import { createStore } from 'zustand/vanilla';
import type { Input, Speed } from '../../worker/protocol.ts';
import { cluster } from '../store/cluster.ts';
import { connectEngine } from '../store/connect.ts';
import { mirror } from '../store/mirror.ts';
import type { EmbedOptions } from './options.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';

interface Stage {
  /** What comes before is done, and the first picture is there. */
  readonly isSet: boolean;
  readonly problem?: string;
}

export const stage = createStore<Stage>(() => ({ isSet: false }));

/**
 * Plays one scenario. Everything happens at virtual moments that do not depend on how fast the machine is: inputs are
 * only given while time stands still, so the same seed shows the same run everywhere.
 */
export class Director {
  private readonly scenario: Scenario;
  private readonly seed: number;
  private readonly speed: Speed;
  private isConnected = false;
  private hasActed = false;
  private run = 0;

  constructor({ scenario, seed, speed }: EmbedOptions) {
    this.scenario = SCENARIOS[scenario];
    this.seed = seed;
    this.speed = speed;
  }

  /** Sets the stage, and lets time run if asked to. */
  async start(autoplay: boolean): Promise<void> {
    const run = ++this.run;
    stage.setState({ isSet: false, problem: undefined });
    this.hasActed = false;
    const options = { seed: this.seed };
    const { speed } = this;
    if (this.isConnected) cluster().create(options, { playing: false, speed });
    else connectEngine({ options, playing: false, speed });
    const isFirst = !this.isConnected;
    this.isConnected = true;
    if (isFirst) await until('now', () => mirror.ready);
    for (const input of this.scenario.before ?? []) {
      const done = this.give(input);
      cluster().runUntilIdle();
      await done;
      await until('settled', () => mirror.settled);
      if (run !== this.run) return;
    }
    stage.setState({ isSet: true });
    if (autoplay) this.play();
  }

  play(): void {
    this.act();
    cluster().play();
  }

  step(): void {
    this.act();
    cluster().step();
  }

  private act(): void {
    if (this.hasActed) return;
    this.hasActed = true;
    for (const input of this.scenario.acts(mirror)) void this.give(input);
  }

  private async give(input: Input): Promise<void> {
    const { error, results } = await cluster().input(input);
    const problem = error?.message ?? results?.find(({ verb }) => verb === 'failed')?.status?.message;
    if (problem !== undefined) stage.setState({ problem });
  }
}

function until(topic: string, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    if (holds()) {
      resolve();
      return;
    }
    const stop = mirror.subscribe(topic, () => {
      if (!holds()) return;
      stop();
      resolve();
    });
  });
}
