import type { SchedulerCache } from '../cache.ts';
import type { PodShape } from '../pod-shape.ts';

export interface ResourceWeight {
  readonly name: string;
  readonly weight: number;
}

export const CPU_AND_MEMORY: readonly ResourceWeight[] = [
  { name: 'cpu', weight: 1 },
  { name: 'memory', weight: 1 },
];

/** One resource over all node slots, and what the incoming pod adds to it. */
export interface ResourceColumn {
  readonly allocatable: ArrayLike<number>;
  readonly requested: ArrayLike<number>;
  readonly podRequest: number;
}

/**
 * The column of a resource; undefined when it does not take part: an extended resource that the pod does not ask for.
 * Source: pkg/scheduler/framework/plugins/noderesources/resource_allocation.go
 */
export function resourceColumn(
  cache: SchedulerCache,
  { requests }: PodShape,
  name: string,
  useNonZero: boolean,
): ResourceColumn | undefined {
  const { actual, nonZeroCpu, nonZeroMemory } = requests;
  switch (name) {
    case 'cpu':
      return useNonZero
        ? { allocatable: cache.allocatableCpu, requested: cache.nonZeroCpu, podRequest: nonZeroCpu }
        : { allocatable: cache.allocatableCpu, requested: cache.requestedCpu, podRequest: actual.cpu };
    case 'memory':
      return useNonZero
        ? { allocatable: cache.allocatableMemory, requested: cache.nonZeroMemory, podRequest: nonZeroMemory }
        : { allocatable: cache.allocatableMemory, requested: cache.requestedMemory, podRequest: actual.memory };
    case 'ephemeral-storage':
      return {
        allocatable: cache.allocatableEphemeral,
        requested: cache.requestedEphemeral,
        podRequest: actual.ephemeralStorage,
      };
    default: {
      const podRequest = actual.scalars?.get(name) ?? 0;
      if (podRequest === 0) return undefined;
      const column = (maps: readonly (ReadonlyMap<string, number> | undefined)[]) =>
        Array.from({ length: cache.slotEnd }, (_, slot) => maps[slot]?.get(name) ?? 0);
      return { allocatable: column(cache.allocatableScalars), requested: column(cache.requestedScalars), podRequest };
    }
  }
}
