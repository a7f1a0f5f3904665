import { MAX_NODE_SCORE, type Plugin } from '../framework.ts';
import { CPU_AND_MEMORY, type ResourceColumn, type ResourceWeight, resourceColumn } from './node-resources.ts';

export interface BalancedAllocationArgs {
  readonly resources?: readonly ResourceWeight[];
}

/**
 * Prefers nodes where the shares of the resources in use would be alike.
 * Source: pkg/scheduler/framework/plugins/noderesources/balanced_allocation.go
 */
export function nodeResourcesBalancedAllocation({ resources }: BalancedAllocationArgs = {}): Plugin {
  const names = (resources?.length ? resources : CPU_AND_MEMORY).map(({ name }) => name);
  let columns: ResourceColumn[] = [];
  return {
    name: 'NodeResourcesBalancedAllocation',
    preScore({ cache, shape }) {
      columns = names.map((name) => resourceColumn(cache, shape, name, false)).filter((c) => c !== undefined);
      return columns.some(({ podRequest }) => podRequest > 0);
    },
    score(_cycle, { slots, count }, out) {
      const fractions: number[] = [];
      for (let i = 0; i < count; i++) {
        const slot = slots[i]!;
        fractions.length = 0;
        for (const { allocatable, requested, podRequest } of columns) {
          const capacity = allocatable[slot]!;
          if (capacity !== 0) fractions.push(Math.min(1, (requested[slot]! + podRequest) / capacity));
        }
        out[i] = Math.trunc((1 - deviation(fractions)) * MAX_NODE_SCORE);
      }
    },
  };
}

/** Population standard deviation; for two it is half their distance, computed so because the last bit counts. */
function deviation(fractions: readonly number[]): number {
  if (fractions.length < 2) return 0;
  if (fractions.length === 2) return Math.abs((fractions[0]! - fractions[1]!) / 2);
  const mean = fractions.reduce((sum, f) => sum + f, 0) / fractions.length;
  return Math.sqrt(fractions.reduce((sum, f) => sum + (f - mean) * (f - mean), 0) / fractions.length);
}
