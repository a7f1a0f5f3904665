import { describe, expect, it } from 'vitest';
import { few } from './few.ts';

const NAMES = Array.from({ length: 40 }, (_, i) => `kind-worker${i + 1}`);

describe('a long list', () => {
  it('shows its beginning, and says how much more there is', () => {
    expect(few(NAMES, [], '', 3)).toEqual({ shown: ['kind-worker1', 'kind-worker2', 'kind-worker3'], more: 37 });
    expect(few(NAMES.slice(0, 3), [], '', 3).more).toBe(0);
  });

  it('is narrowed by a part of a name', () => {
    expect(few(NAMES, [], ' Worker39')).toEqual({ shown: ['kind-worker39'], more: 0 });
    expect(few(NAMES, [], 'nothing')).toEqual({ shown: [], more: 0 });
  });

  it('keeps what is chosen, at its place', () => {
    expect(few(NAMES, ['kind-worker20'], '', 2)).toEqual({
      shown: ['kind-worker1', 'kind-worker2', 'kind-worker20'],
      more: 37,
    });
    expect(few(NAMES, ['kind-worker20'], 'worker39').shown).toEqual(['kind-worker20', 'kind-worker39']);
  });
});
