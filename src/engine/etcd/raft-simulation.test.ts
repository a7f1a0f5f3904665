import { describe, expect, it } from 'vitest';
import { RAFT_MUTATIONS } from '../testing/raft-mutations.ts';
import { playRaft } from '../testing/raft-simulation.ts';

const SEEDS = 60;
const MUTANT_SEEDS = 300;

describe('a group of etcd members in which everything breaks', () => {
  it(`keeps the rules of Raft, and agrees when all is healed (${SEEDS} seeds)`, () => {
    let elections = 0;
    let operations = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const played = playRaft({ seed, ms: 25_000 });
      elections += played.elections;
      operations += played.operations;
    }
    expect(elections).toBeGreaterThan(SEEDS);
    expect(operations).toBeGreaterThan(20 * SEEDS);
  }, 120_000);

  it('plays the same again for the same seed', () => {
    expect(playRaft({ seed: 3, ms: 10_000 })).toEqual(playRaft({ seed: 3, ms: 10_000 }));
  });
});

describe('these tests notice that', () => {
  it.each(Object.entries(RAFT_MUTATIONS))(
    '%s',
    (_what, definition) => {
      const play = (): void => {
        for (let seed = 1; seed <= MUTANT_SEEDS; seed++)
          playRaft({ seed, ms: 25_000, size: 3 + (seed % 3), definition });
      };
      expect(play).toThrow(/seed \d+: .*(does not hold that|has no order|has not caught up)/);
    },
    120_000,
  );
});
