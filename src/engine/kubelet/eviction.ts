import { bytes, quantityOf } from '../api/quantity.ts';
import type { ListPodStats, ListPodStatsResponse } from '../cri/messages.ts';
import { after, callRuntime, type Kubelet, nodeEvent } from './kubelet.ts';
import { nodeChanged } from './node-status.ts';
import { containerOf, isCritical, MEMORY_THRESHOLD, podRequests } from './resources.ts';
import type { PodWorker, Verdict } from './state.ts';
import { endByVerdict } from './worker.ts';

/** Source: pkg/kubelet/eviction/eviction_manager.go, pkg/kubelet/apis/config/v1beta1/defaults.go */
const HOUSEKEEPING_MS = 10_000;
const PRESSURE_TRANSITION_MS = 300_000;
const MEMORY_THRESHOLD_BYTES = bytes(MEMORY_THRESHOLD);

/** The kernel says that memory is short, or is not any more. */
export function memoryNotified(k: Kubelet, availableBytes: number): void {
  const { node } = k.state;
  if (availableBytes >= MEMORY_THRESHOLD_BYTES) return;
  if (!node.memoryPressure) {
    node.memoryPressure = true;
    nodeChanged(k);
  }
  node.pressureAt = k.env.now;
  measure(k);
}

function measure(k: Kubelet): void {
  callRuntime<ListPodStats>(k, { type: 'listPodStats' }, { uid: '' }, true);
}

/** Housekeeping, as long as there is pressure. */
export function evictionDue(k: Kubelet): void {
  if (k.state.node.memoryPressure) measure(k);
}

type Usage = ListPodStatsResponse['containers'][number];

/** What the pods use: one of them is evicted, or the pressure has been over for long enough. */
export function statsMeasured(k: Kubelet, { availableBytes, containers, error }: ListPodStatsResponse): void {
  const { state, env } = k;
  const { node } = k.state;
  if (error !== undefined || !node.memoryPressure) return;
  if (availableBytes >= MEMORY_THRESHOLD_BYTES) {
    if (env.now - node.pressureAt >= PRESSURE_TRANSITION_MS) {
      node.memoryPressure = false;
      nodeChanged(k);
    } else after(k, 'eviction', HOUSEKEEPING_MS, true);
    return;
  }
  node.pressureAt = env.now;
  after(k, 'eviction', HOUSEKEEPING_MS, true);
  nodeEvent(k, 'Warning', 'EvictionThresholdMet', 'Attempting to reclaim memory');
  const used = new Map<string, Usage[]>();
  for (const usage of containers) used.set(usage.podUid, [...(used.get(usage.podUid) ?? []), usage]);
  const victim = firstVictim([...state.pods.values()], used);
  if (victim) endByVerdict(k, victim, verdict(victim, used.get(victim.uid) ?? [], availableBytes), 1);
}

const total = (usages: readonly Usage[] = []): number =>
  usages.reduce((sum, { workingSetBytes }) => sum + workingSetBytes, 0);

/**
 * Over its request first, then the lower priority, then the larger excess. Static and critical pods are spared.
 * Source: pkg/kubelet/eviction/helpers.go (rankMemoryPressure)
 */
function firstVictim(
  workers: readonly PodWorker[],
  used: ReadonlyMap<string, readonly Usage[]>,
): PodWorker | undefined {
  const excess = ({ uid, pod }: PodWorker): number => total([...(used.get(uid) ?? [])]) - podRequests(pod).memoryBytes;
  const priority = ({ pod }: PodWorker): number => pod.spec?.priority ?? 0;
  return workers
    .filter((worker) => worker.stage === 'sync' && used.has(worker.uid) && !isCritical(worker.pod))
    .sort(
      (a, b) => Number(excess(b) > 0) - Number(excess(a) > 0) || priority(a) - priority(b) || excess(b) - excess(a),
    )[0];
}

function verdict({ pod }: PodWorker, usages: readonly Usage[], availableBytes: number): Verdict {
  const available = quantityOf(availableBytes, 'BinarySI');
  let message = `The node was low on resource: memory. Threshold quantity: ${MEMORY_THRESHOLD}, available: ${available}. `;
  for (const { name, workingSetBytes } of usages) {
    const request = containerOf(pod, name)?.resources?.requests?.memory ?? '0';
    if (workingSetBytes <= bytes(request)) continue;
    const usage = quantityOf(workingSetBytes, 'BinarySI');
    message += `Container ${name} was using ${usage}, request is ${request}, has larger consumption of memory. `;
  }
  return { reason: 'Evicted', message, disruption: { reason: 'TerminationByKubelet', message } };
}
