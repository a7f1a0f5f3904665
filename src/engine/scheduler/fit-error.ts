import type { SchedulerCache } from './cache.ts';
import type { FilterStatus } from './framework.ts';

/** Why no node would do. */
export interface Diagnosis {
  readonly total: number;
  /** A plugin refused the pod before any node was looked at. */
  readonly preFilterStatus: FilterStatus | undefined;
  readonly refusedSlots: readonly number[];
  readonly refusals: readonly FilterStatus[];
  /** Holds for every node that was not looked at. */
  readonly absentStatus: FilterStatus | undefined;
}

export const NO_NODES = 'no nodes available to schedule pods';

/**
 * The text of a FailedScheduling event and of the PodScheduled condition.
 * Source: pkg/scheduler/framework/types.go (FitError)
 */
export function fitErrorMessage(diagnosis: Diagnosis, postFilter: string): string {
  const { total, preFilterStatus } = diagnosis;
  let text = `0/${total} nodes are available:`;
  if (preFilterStatus) {
    text += ` ${preFilterStatus.reasons.join(', ')}.`;
  } else {
    const histogram = histogramOf(reasonCounts(diagnosis));
    if (histogram !== '') text += ` ${histogram}.`;
  }
  return postFilter === '' ? text : `${text} ${postFilter}`;
}

function reasonCounts({ total, refusals, absentStatus }: Diagnosis): Map<string, number> {
  const counts = new Map<string, number>();
  const add = (reason: string, count: number) => counts.set(reason, (counts.get(reason) ?? 0) + count);
  for (const { reasons } of refusals) for (const reason of reasons) add(reason, 1);
  const absent = total - refusals.length;
  if (absentStatus && absent > 0) for (const reason of absentStatus.reasons) add(reason, absent);
  return counts;
}

/** Sorted as strings, so that `10 Insufficient cpu` comes before `2 Too many pods`. */
function histogramOf(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(', ');
}

export interface Preemptor {
  readonly priority: number;
  readonly preemptionPolicy: string;
}

const NO_VICTIMS = 'No preemption victims found for incoming pod';
const NOT_HELPFUL = 'Preemption is not helpful for scheduling';
const NOT_MODELLED = 'Preemption is not simulated yet';

/**
 * What the PostFilter plugins say after a failure: the place of preemption. Until it is modelled the text is upstream's
 * wherever preemption could do nothing, and says so where it could have looked for victims.
 * Source: pkg/scheduler/framework/preemption/preemption.go
 */
export function postFilterMessage(cache: SchedulerCache, diagnosis: Diagnosis, preemptor: Preemptor): string {
  const prefix = 'no new claims to deallocate, preemption:';
  if (preemptor.preemptionPolicy === 'Never') return `${prefix} not eligible due to preemptionPolicy=Never.`;
  const counts = new Map<string, number>();
  const add = (reason: string, count: number) => {
    if (count > 0) counts.set(reason, (counts.get(reason) ?? 0) + count);
  };
  const anyVictims = cache.hasPriorityBelow(preemptor.priority);
  diagnosis.refusals.forEach((status, i) => {
    if (!status.isResolvable) add(NOT_HELPFUL, 1);
    else add(anyVictims && hasVictims(cache, diagnosis.refusedSlots[i]!, preemptor) ? NOT_MODELLED : NO_VICTIMS, 1);
  });
  add(NOT_HELPFUL, diagnosis.total - diagnosis.refusals.length);
  return `${prefix} 0/${diagnosis.total} nodes are available: ${histogramOf(counts)}.`;
}

function hasVictims(cache: SchedulerCache, slot: number, { priority }: Preemptor): boolean {
  for (const pod of cache.placedPodsOn(cache.nameOf(slot))) if (pod.priority < priority) return true;
  return false;
}
