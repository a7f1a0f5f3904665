import { bytes } from '../api/quantity.ts';
import type { ListPodStats, ListPodStatsResponse, MemoryNotification } from '../cri/messages.ts';
import { type Effect, type Message, send } from '../kernel/types.ts';
import { memoryOf } from './processes.ts';
import type { ContainerdState } from './state.ts';

/** The kubelet's hard eviction threshold `memory.available<100Mi`. */
const THRESHOLD_BYTES = 100 * 1_048_576;

function availableBytes(state: ContainerdState): number {
  return Math.max(0, bytes(state.config.memory) - state.memoryUsedBytes);
}

/** Tells the kubelet when the node's memory crosses the threshold, in either direction. */
export function memoryEffects(state: ContainerdState): Effect[] {
  const available = availableBytes(state);
  const pressure = available < THRESHOLD_BYTES;
  if (pressure === state.memoryPressure) return [];
  state.memoryPressure = pressure;
  if (state.subscriber === '') return [];
  const body: MemoryNotification = { type: 'memoryNotification', reply: true, availableBytes: available };
  return [send(state.subscriber, body, { periodic: false })];
}

export function listPodStats(state: ContainerdState, { requestId }: ListPodStats, message: Message): Effect[] {
  const containers = state.containers.by('running', 'yes').map((row) => ({
    podUid: row.podUid,
    name: row.config.name,
    workingSetBytes: memoryOf(row),
    cpuMillis: (row.foreground?.program ?? row.program).cpuMillis,
  }));
  const body: ListPodStatsResponse = {
    type: 'listPodStatsResponse',
    reply: true,
    requestId,
    availableBytes: availableBytes(state),
    containers,
  };
  return [send(message.from, body)];
}
