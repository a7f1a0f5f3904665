import type { ContainerState, ContainerStatus, Pod } from '../../api/generated/types.ts';
import { fromRFC3339 } from '../../api/time.ts';
import { age, humanDuration } from './age.ts';
import type { Cell } from './cell.ts';

const NONE = '<none>';

/**
 * Cells of one pod: its STATUS sums up phase, init containers, containers and deletion.
 * Source: pkg/printers/internalversion/printers.go printPod
 */
export function podCells(pod: Pod, now: number): Cell[] {
  const { ready, total, status, restarts, lastRestart } = summarize(pod);
  const restartText =
    restarts === 0 || Number.isNaN(lastRestart)
      ? `${restarts}`
      : `${restarts} (${humanDuration(now - lastRestart)} ago)`;
  return [
    pod.metadata.name,
    `${ready}/${total}`,
    status,
    restartText,
    age(pod.metadata.creationTimestamp, now),
    pod.status?.podIPs?.[0]?.ip || NONE,
    pod.spec.nodeName || NONE,
    pod.status?.nominatedNodeName || NONE,
    readinessGates(pod),
  ];
}

interface Summary {
  readonly ready: number;
  readonly total: number;
  readonly status: string;
  readonly restarts: number;
  /** NaN if no container ended before. */
  readonly lastRestart: number;
}

function summarize(pod: Pod): Summary {
  const status = pod.status ?? {};
  const sidecars = new Set<string>();
  for (const container of pod.spec.initContainers ?? []) {
    if (container.restartPolicy === 'Always') sidecars.add(container.name);
  }
  let text: string = status.reason || status.phase || '';
  for (const condition of status.conditions ?? []) {
    if (condition.type === 'PodScheduled' && condition.reason === 'SchedulingGated') text = 'SchedulingGated';
  }

  let ready = 0;
  const all = new Restarts();
  const ofSidecars = new Restarts();
  let initializing = false;
  for (const [i, container] of (status.initContainerStatuses ?? []).entries()) {
    all.count(container);
    const isSidecar = sidecars.has(container.name);
    if (isSidecar) ofSidecars.count(container);
    if (container.state?.terminated?.exitCode === 0) continue;
    if (isSidecar && container.started) {
      if (container.ready) ready++;
      continue;
    }
    text = `Init:${initText(container, i, pod.spec.initContainers?.length ?? 0)}`;
    initializing = true;
    break;
  }

  let restarts = all;
  if (!initializing || isTrue(pod, 'Initialized')) {
    restarts = ofSidecars;
    let running = false;
    let failure: string | undefined;
    for (const container of [...(status.containerStatuses ?? [])].reverse()) {
      restarts.count(container);
      const state = container.state;
      if (state?.waiting?.reason) text = state.waiting.reason;
      else if (state?.terminated) {
        text = terminatedText(state.terminated);
        if (state.terminated.exitCode !== 0) failure = text;
      } else if (container.ready && state?.running) {
        running = true;
        ready++;
      }
    }
    if (text === 'Completed' && running) text = isTrue(pod, 'Ready') ? 'Running' : (failure ?? 'NotReady');
  }
  if (pod.metadata.deletionTimestamp !== undefined) {
    if (status.reason === 'NodeLost') text = 'Unknown';
    else if (status.phase !== 'Succeeded' && status.phase !== 'Failed') text = 'Terminating';
  }
  const total = pod.spec.containers.length + sidecars.size;
  return { ready, total, status: text, restarts: restarts.total, lastRestart: restarts.last };
}

class Restarts {
  total = 0;
  last = Number.NaN;

  count(container: ContainerStatus): void {
    this.total += container.restartCount;
    const finishedAt = container.lastState?.terminated?.finishedAt;
    if (finishedAt === undefined) return;
    const at = fromRFC3339(finishedAt);
    if (!(at <= this.last)) this.last = at;
  }
}

function initText(container: ContainerStatus, index: number, total: number): string {
  const { terminated, waiting } = container.state ?? {};
  if (terminated) return terminatedText(terminated);
  if (waiting?.reason && waiting.reason !== 'PodInitializing') return waiting.reason;
  return `${index}/${total}`;
}

function terminatedText(terminated: NonNullable<ContainerState['terminated']>): string {
  if (terminated.reason) return terminated.reason;
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
}

function readinessGates(pod: Pod): string {
  const gates = pod.spec.readinessGates ?? [];
  if (gates.length === 0) return NONE;
  return `${gates.filter((gate) => isTrue(pod, gate.conditionType)).length}/${gates.length}`;
}

function isTrue(pod: Pod, type: string): boolean {
  return pod.status?.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
}
