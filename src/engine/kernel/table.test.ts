import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineTable } from './table.ts';

const newRows = defineTable<{ n: number }>('test/rows', { parity: ({ n }) => (n % 2 ? 'odd' : 'even') });

describe('table', () => {
  it('keeps its indexes as a scan would find them', () => {
    const operation = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd'),
      n: fc.option(fc.integer({ min: 0, max: 9 })),
    });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const table = newRows();
        const twin = new Map<string, number>();
        for (const { key, n } of operations) {
          if (n === null) {
            table.delete(key);
            twin.delete(key);
          } else {
            table.set(key, { n });
            twin.set(key, n);
          }
        }
        const odd = [...twin].filter(([, n]) => n % 2 === 1).map(([key]) => key);
        expect([...table.keysBy('parity', 'odd')].sort()).toEqual(odd.sort());
        expect([...table.keys()].sort()).toEqual([...twin.keys()].sort());
      }),
    );
  });
});
