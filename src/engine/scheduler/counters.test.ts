import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PodCounter, TopologyIndex } from './counters.ts';

test('a domain table that follows its counter equals one summed up at the end', () => {
  const change = fc.tuple(fc.nat(5), fc.boolean());
  fc.assert(
    fc.property(fc.array(fc.nat(2), { minLength: 6, maxLength: 6 }), fc.array(change), (domains, changes) => {
      const slots = { slotEnd: 6, labelVersion: 1, taintVersion: 1, isLive: (slot: number) => slot !== 5 };
      const topology = new TopologyIndex('zone', 6);
      domains.forEach((domain, slot) => {
        topology.set(slot, domain === 0 ? undefined : `z${domain}`);
      });
      const counter = new PodCounter(slots, 6);
      const isEligible = (slot: number) => slot !== 4;
      const kept = counter.table('kept', topology, isEligible);
      for (const [slot, isMore] of changes) {
        if (slot === 5) continue;
        if (isMore) counter.add(slot, 1);
        else if (counter.perSlot[slot]! > 0) counter.add(slot, -1);
        expect(kept.min).toBe(counter.table(`fresh${changes.length}${slot}`, topology, isEligible).min);
      }
      const { counts, nodes, min, total, domains: known } = counter.table('end', topology, isEligible);
      expect(kept).toMatchObject({ counts, nodes, min, total, domains: known });
      expect(total).toBe([...counter.perSlot].reduce((sum, n, i) => sum + (i < 4 && domains[i] !== 0 ? n : 0), 0));
      expect(min).toBe(known === 0 ? 0 : Math.min(...counts.filter((_, id) => nodes[id]! > 0)));
    }),
    { numRuns: 200 },
  );
});
