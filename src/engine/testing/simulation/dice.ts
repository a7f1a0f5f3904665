import { draw, hash32, type Stream } from '../../kernel/random.ts';

/** A seeded stream of choices: the same seed and name give the same plan, whatever the cluster does. */
export class Dice {
  private readonly stream: Stream;

  constructor(seed: number, name: string) {
    this.stream = { position: hash32(name, seed) | 0 };
  }

  /** In [0, 1). */
  next(): number {
    return draw(this.stream);
  }

  /** From `least` to `most`, both included. */
  int(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.next() * list.length)] as T;
  }

  /** `count` different ones, in the order of the list. */
  some<T>(list: readonly T[], count: number): T[] {
    let left = Math.min(count, list.length);
    return list.filter((_, i) => {
      const taken = this.next() * (list.length - i) < left;
      if (taken) left--;
      return taken;
    });
  }

  /** Even on a logarithmic scale: as often between 1 and 10 as between 10 and 100. */
  spread(least: number, most: number): number {
    return Math.round(Math.exp(Math.log(least) + this.next() * (Math.log(most) - Math.log(least))));
  }
}
