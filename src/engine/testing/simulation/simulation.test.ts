import { expect, it } from 'vitest';
import { type Profile, planOf } from './plan.ts';
import { runPlan } from './run.ts';

/** Seeds of each profile; `npm run sim` plays as many as one likes. */
const SEEDS: readonly (readonly [Profile, number])[] = [
  ['kind', 40],
  ['ha', 10],
];
const MINUTES = 3;

it.each(SEEDS)('random runs of %s hold what must hold, and heal (%i seeds)', { timeout: 600_000 }, (profile, seeds) => {
  const failures: string[] = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const { failure } = runPlan(planOf(seed, profile, MINUTES), { compare: seed % 16 === 0 });
    if (failure === undefined) continue;
    failures.push(
      `npm run sim -- --profile ${profile} --minutes ${MINUTES} --seeds 1 --from ${seed}: ${failure.message}`,
    );
  }
  expect(failures).toEqual([]);
});
