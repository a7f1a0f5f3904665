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
      const [first, second] = columns;
      if (first && second && columns.length === 2) return scorePairs(first, second, slots, count, out);
      for (let i = 0; i < count; i++) {
        const slot = slots[i]!;
        const fractions: number[] = [];
        for (const column of columns) if (column.allocatable[slot] !== 0) fractions.push(fractionOf(column, slot));
        out[i] = Math.trunc((1 - deviation(fractions)) * MAX_NODE_SCORE);
      }
    },
  };
}

/** The common case, without an array per node. */
function scorePairs(
  first: ResourceColumn,
  second: ResourceColumn,
  slots: Int32Array,
  count: number,
  out: Float64Array,
): void {
  for (let i = 0; i < count; i++) {
    const slot = slots[i]!;
    const isPair = first.allocatable[slot] !== 0 && second.allocatable[slot] !== 0;
    const distance = isPair ? Math.abs((fractionOf(first, slot) - fractionOf(second, slot)) / 2) : 0;
    out[i] = Math.trunc((1 - distance) * MAX_NODE_SCORE);
  }
}

function fractionOf({ allocatable, requested, podRequest }: ResourceColumn, slot: number): number {
  const fraction = (requested[slot]! + podRequest) / allocatable[slot]!;
  return fraction > 1 ? 1 : fraction;
}

/** Population standard deviation; for two it is half their distance, computed so because the last bit counts. */
function deviation(fractions: readonly number[]): number {
  if (fractions.length < 2) return 0;
  if (fractions.length === 2) return Math.abs((fractions[0]! - fractions[1]!) / 2);
  const mean = fractions.reduce((sum, f) => sum + f, 0) / fractions.length;
  return Math.sqrt(fractions.reduce((sum, f) => sum + (f - mean) * (f - mean), 0) / fractions.length);
}
