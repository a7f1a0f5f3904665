import { type KubeletState, NO_SUM, type PodWorker } from './state.ts';

/** More pods than a node takes by default. */
const MAX_ROWS = 250;

/** What the inspector shows of a kubelet. */
export function view(state: KubeletState, now: number): object {
  const { node, pulls, probes, pods } = state;
  const used = state.sums.get('node') ?? NO_SUM;
  const shown: object[] = [];
  for (const worker of pods.values()) {
    if (shown.length === MAX_ROWS) break;
    shown.push(podView(worker));
  }
  return {
    registered: node.registered,
    runtimeReady: node.runtimeReady,
    networkReady: node.networkReady,
    memoryPressure: node.memoryPressure,
    leaseAgeMs: node.renewedAt === 0 ? null : now - node.renewedAt,
    pods: shown,
    podCount: pods.size,
    pulls: [...pulls.values()]
      .slice(0, MAX_ROWS)
      .map(({ image, container, uid, startedAt, doneBytes, totalBytes }) => ({
        image,
        container,
        pod: pods.get(uid)?.key ?? uid,
        pulling: startedAt !== 0,
        doneBytes,
        totalBytes,
      })),
    probes: [...probes.values()]
      .slice(0, MAX_ROWS)
      .map(({ uid, container, type, result, last, run, output, probedAt }) => ({
        pod: pods.get(uid)?.key ?? uid,
        container,
        type,
        result,
        last,
        run,
        output: output.slice(0, 200),
        probedAt,
      })),
    requested: { cpuMillis: used.cpuMillis, memoryBytes: used.memoryBytes, pods: used.count },
  };
}

function podView({ key, stage, status, syncedAt, task, isStatic, runs, reasons }: PodWorker): object {
  return {
    key,
    phase: status.phase ?? 'Pending',
    stage,
    isStatic,
    syncedAt,
    doing: task === null ? '' : 'container' in task ? `${task.at} ${task.container}` : task.at,
    containers: Object.values(runs).map(({ name, state, attempt, exitCode }) => ({ name, state, attempt, exitCode })),
    waiting: Object.entries(reasons).map(([container, { reason }]) => ({ container, reason })),
  };
}
