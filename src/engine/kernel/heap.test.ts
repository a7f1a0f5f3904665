import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DueHeap, DueQueue } from './heap.ts';

describe('heap', () => {
  it('gives items by due time, then by id', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (dues) => {
        const heap = new DueHeap<{ dueAt: number; id: number }>();
        for (const [id, dueAt] of dues.entries()) heap.push({ dueAt, id });
        const out = dues.map(() => heap.pop() as { dueAt: number; id: number });
        const sorted = dues.map((dueAt, id) => ({ dueAt, id })).sort((a, b) => a.dueAt - b.dueAt || a.id - b.id);
        expect(out).toEqual(sorted);
      }),
    );
  });

  it('gives what it was asked for by id, and keeps the order of what stays', () => {
    const item = fc.record({ dueAt: fc.integer({ min: 0, max: 20 }), periodic: fc.boolean(), isMeant: fc.boolean() });
    fc.assert(
      fc.property(fc.array(item), (given) => {
        const items = given.map((one, id) => ({ ...one, id }));
        const queue = new DueQueue<(typeof items)[number]>();
        // In another order than that of the ids.
        for (const one of items.toReversed()) queue.push(one);
        expect(queue.takeOut(({ isMeant }) => isMeant)).toEqual(items.filter(({ isMeant }) => isMeant));
        const stay = items.filter(({ isMeant }) => !isMeant);
        expect(stay.map(() => queue.pop())).toEqual(stay.sort((a, b) => a.dueAt - b.dueAt || a.id - b.id));
        expect(queue.size).toBe(0);
      }),
    );
  });
});
