import type { Pod } from '../../api/generated/types.ts';

/**
 * Why a pod may not enter the active queue yet; undefined when nothing holds it.
 * Source: pkg/scheduler/framework/plugins/schedulinggates/scheduling_gates.go
 */
export function gateMessage(pod: Pod): string | undefined {
  const gates = pod.spec.schedulingGates;
  if (!gates?.length) return undefined;
  return `waiting for scheduling gates: [${gates.map(({ name }) => name).join(' ')}]`;
}
