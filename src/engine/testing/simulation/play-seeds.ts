import { expect, it } from 'vitest';
import { type Profile, planOf } from './plan.ts';
import { runPlan } from './run.ts';

/** Shorter than what `npm run sim` plays by default: most of what is found is found early. */
const MINUTES = 1;
/** Every so many seeds a copy of the cluster, from a snapshot, lives the same to be compared. */
const COMPARE_EVERY = 16;

/** A test that plays random runs; each file of tests has a part of them, so that they run beside each other. */
export function playSeeds(profile: Profile, from: number, to: number): void {
  it(`seeds ${from} to ${to} of ${profile} hold what must hold, and heal`, { timeout: 600_000 }, () => {
    const failures: string[] = [];
    for (let seed = from; seed <= to; seed++) {
      const { failure } = runPlan(planOf(seed, profile, MINUTES), { compare: seed % COMPARE_EVERY === 0 });
      const command = `npm run sim -- --profile ${profile} --minutes ${MINUTES} --seeds 1 --from ${seed}`;
      if (failure !== undefined) failures.push(`${command}: ${failure.message}`);
    }
    expect(failures).toEqual([]);
  });
}
