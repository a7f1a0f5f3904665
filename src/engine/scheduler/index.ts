import type { ComponentDefinition } from '../kernel/types.ts';
import { describeDecision, type SchedulingDecision } from './decision.ts';
import type { QueuedPod } from './queue.ts';
import { createScheduler, type SchedulerConfig, type SchedulerState } from './state.ts';
import { step } from './step.ts';

export const definition: ComponentDefinition<SchedulerState, never, SchedulerConfig> = {
  component: 'scheduler',
  inPlace: true,
  create: createScheduler,
  step,
  peers: (state) => [state.client.server],
  view,
};

const LISTED_MAX = 20;
const NODES_MAX = 50;

/** The last attempt to place the pod; undefined when there was none, or its pod is gone. */
export function schedulingDecision(
  state: SchedulerState,
  namespace: string,
  pod: string,
): SchedulingDecision | undefined {
  const decision = state.core.decisions.get(`${namespace}/${pod}`);
  return decision && describeDecision(decision, state.client.informers.nodes!.objects.keys());
}

/** For the inspector: who leads, who waits where and for what, and the last decision. */
function view({ core, election, client }: SchedulerState, now: number): object {
  const { queue, bindings } = core;
  const { latest } = core.decisions;
  const last = latest && describeDecision(latest, client.informers.nodes!.objects.keys());
  const waiting = ({ key, attempts, refusedBy, gate, priority }: QueuedPod) => ({
    pod: key,
    priority,
    attempts,
    ...(refusedBy.length > 0 && { refusedBy }),
    ...(gate !== undefined && { gate }),
  });
  const backingOff = (item: QueuedPod) => ({
    ...waiting(item),
    endsInMs: Math.max(0, queue.backoffEnd(item) - now),
  });
  const { active, backoff, errorBackoff, unschedulable } = queue.counts();
  return {
    leading: election.leading,
    counts: { active, backoff: backoff + errorBackoff, unschedulable, binding: bindings.size },
    active: queue.listed('active', LISTED_MAX).map(waiting),
    backoff: [...queue.listed('backoff', LISTED_MAX), ...queue.listed('errorBackoff', LISTED_MAX)].map(backingOff),
    unschedulable: queue.listed('unschedulable', LISTED_MAX).map(waiting),
    binding: [...bindings.values()]
      .slice(0, LISTED_MAX)
      .map(({ item, nodeName }) => ({ pod: item.key, node: nodeName })),
    lastDecision: last && { ...last, nodes: last.nodes.slice(0, NODES_MAX) },
  };
}

export type { SchedulingDecision } from './decision.ts';
export type { SchedulerConfig, SchedulerState } from './state.ts';
