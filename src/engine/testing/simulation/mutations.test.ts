import { describe, expect, it } from 'vitest';
import { MUTATIONS } from './mutations.ts';
import { planOf } from './plan.ts';
import { runPlan } from './run.ts';

const MINUTES = 4;
/** A rule that is broken must show within so many runs. */
const SEEDS_TO_FIND = 40;

describe('a rule that is broken on purpose is found', { timeout: 600_000 }, () => {
  it.each(MUTATIONS.map((mutation) => [mutation.what, mutation] as const))('%s', (_what, { found, break: make }) => {
    const rules = new Set<string>();
    for (let seed = 1; seed <= SEEDS_TO_FIND; seed++) {
      const { failure } = runPlan(planOf(seed, 'kind', MINUTES), { definitions: make() });
      if (failure === undefined) continue;
      rules.add(failure.rule);
      if (found.test(failure.message)) return;
    }
    expect(`found only ${[...rules].join('; ')}`).toMatch(found);
  });
});
