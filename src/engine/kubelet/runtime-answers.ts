import type {
  ContainerEvent,
  CreateContainerResponse,
  CriReply,
  CriResponse,
  ExecSyncResponse,
  ImageStatusResponse,
  ListPodStatsResponse,
  ListPodsResponse,
  NetworkProbeResponse,
  PodSandboxStatusResponse,
  PullImageResponse,
  ReadLogsResponse,
  RemovePodSandbox,
  RunPodSandboxResponse,
  RuntimeStatus,
  StartContainerResponse,
  StopPodSandbox,
} from '../cri/messages.ts';
import { statsMeasured } from './eviction.ts';
import { imageInspected, imagePulled } from './image-pulls.ts';
import { callRuntime, type Kubelet, syncAtRelist, update } from './kubelet.ts';
import { callerAnswered } from './logs.ts';
import { probeAnswered } from './probes.ts';
import { containerOf } from './resources.ts';
import { runtimeLost, runtimeStatus } from './runtime-link.ts';
import { containerCreated, containerStarted, postStartEnded } from './start-container.ts';
import type { CriCall, Found, PodWorker, Run, Sandbox } from './state.ts';
import { addStaticPods } from './static-pods.ts';
import { sandboxCreated, sandboxInspected } from './sync-pod.ts';
import { containerStopped, preStopAnswered, sandboxStopped } from './termination.ts';
import { sandboxesOf, syncSoon } from './worker.ts';

/** The runtime has answered a call. */
export function runtimeAnswered(k: Kubelet, body: CriResponse): void {
  if (body.type === 'runtimeStatusResponse' && !body.error) {
    k.state.calls.delete(String(body.requestId));
    runtimeStatus(k, body as unknown as RuntimeStatus);
    return;
  }
  const call = k.state.calls.delete(String(body.requestId));
  if (call === undefined) return;
  if (call.op === 'runtimeStatus') runtimeLost(k);
  else if (call.op === 'listPods') listed(k, body as ListPodsResponse);
  else if (call.op === 'listPodStats') statsMeasured(k, body as ListPodStatsResponse);
  else if (call.op === 'readLogs' || call.detail === 'exec') {
    callerAnswered(k, body as ReadLogsResponse | ExecSyncResponse);
  } else if (call.op === 'pullImage') imagePulled(k, `${call.uid}/${call.container}`, body as PullImageResponse);
  else if (call.detail.startsWith('probe ')) {
    probeAnswered(k, call.detail.slice('probe '.length), body as ExecSyncResponse | NetworkProbeResponse);
  } else {
    const worker = k.state.pods.get(call.uid);
    if (worker) workerAnswered(k, worker, call, body as CriReply);
  }
}

/** The answer that a pod's worker waits for. An answer to what it has given up is for nobody. */
function workerAnswered(k: Kubelet, worker: PodWorker, call: CriCall, body: CriReply): void {
  const { task } = worker;
  const container = containerOf(worker.pod, call.container);
  const isAwaited =
    task !== null && 'container' in task && task.container === call.container && container !== undefined;
  switch (call.op) {
    case 'runPodSandbox':
      if (task?.at === 'sandbox') sandboxCreated(k, worker, body as RunPodSandboxResponse);
      return;
    case 'podSandboxStatus':
      if (task?.at === 'sandbox-status')
        sandboxInspected(k, worker, (body as PodSandboxStatusResponse).status?.ip ?? '');
      return;
    case 'imageStatus':
      if (isAwaited && task.at === 'image') imageInspected(k, worker, container, body as ImageStatusResponse);
      return;
    case 'createContainer':
      if (isAwaited && task.at === 'create') containerCreated(k, worker, container, body as CreateContainerResponse);
      return;
    case 'startContainer':
      if (isAwaited && task.at === 'start') containerStarted(k, worker, container, body as StartContainerResponse);
      return;
    case 'stopContainer':
      containerStopped(k, worker, call.container, body.error);
      return;
    case 'stopPodSandbox':
      if (task?.at === 'stopping-sandbox') sandboxStopped(k, worker);
      return;
    case 'execSync':
    case 'networkProbe': {
      const error = hookError(body as ExecSyncResponse | NetworkProbeResponse);
      if (call.detail.startsWith('pre-stop')) {
        if (task?.at === 'killing') preStopAnswered(k, worker, call.container, call.detail, error);
      } else if (isAwaited && task.at === 'post-start') postStartEnded(k, worker, container, error);
      return;
    }
  }
}

function hookError(body: ExecSyncResponse | NetworkProbeResponse): string | undefined {
  if (body.error !== undefined) return body.error;
  if (body.type === 'execSyncResponse') {
    if (body.timedOut) return 'context deadline exceeded';
    return body.exitCode === 0 ? undefined : `command exited with ${body.exitCode}: ${body.stderr}`;
  }
  if (body.outcome !== 'connected') return `connection ${body.outcome}`;
  return (body.statusCode ?? 200) < 400 ? undefined : `HTTP response ${body.statusCode}`;
}

/** A container or sandbox has ended: the next relist sees it. */
export function containerEvent(k: Kubelet, { podUid, podSandboxId, container }: ContainerEvent): void {
  const worker = k.state.pods.get(podUid);
  if (worker === undefined) {
    foundChanged(k, podUid, podSandboxId, container);
    return;
  }
  if (container === undefined) {
    if (worker.sandbox?.id !== podSandboxId || !worker.sandbox.ready) return;
    update(k, worker, { sandbox: { ...worker.sandbox, ready: false } });
  } else {
    const { name, id } = container;
    if (worker.runs[name]?.id !== id) return;
    const next = update(k, worker, { runs: { ...worker.runs, [name]: container } });
    if (next.task?.at === 'killing' && next.task.answered?.includes(name)) containerStopped(k, next, name, undefined);
  }
  if (worker.stage === 'sync') syncAtRelist(k, podUid);
}

/** A pod of which the API server has not told yet, after a start of the kubelet: what was listed of it is no longer so. */
function foundChanged(k: Kubelet, uid: string, sandboxId: string, container: ContainerEvent['container']): void {
  const found = k.state.found.get(uid);
  if (found === undefined) return;
  const { sandbox, runs } = found;
  if (container === undefined) {
    if (sandbox?.id === sandboxId) k.state.found.set(uid, { ...found, sandbox: { ...sandbox, ready: false } });
  } else if (runs[container.name]?.id === container.id)
    k.state.found.set(uid, { ...found, runs: { ...runs, [container.name]: container } });
}

// --- what the runtime runs ----------------------------------------------------------------------------------------

function listed(k: Kubelet, { sandboxes, containers, error }: ListPodsResponse): void {
  const { state } = k;
  if (error !== undefined) {
    runtimeLost(k);
    return;
  }
  const all = collect(sandboxes, containers);
  for (const [uid, found] of all) {
    const worker = state.pods.get(uid);
    if (worker) update(k, worker, { ...found, oldSandboxes: found.oldSandboxes });
    else state.found.set(uid, found);
  }
  for (const worker of [...state.pods.values()]) {
    if (!all.has(worker.uid) && worker.sandbox) update(k, worker, { sandbox: { ...worker.sandbox, ready: false } });
  }
  for (const { uid, task } of [...state.pods.values()]) {
    // What was to be stopped has ended while nobody told of it.
    for (const name of (task?.at === 'killing' && task.answered) || []) {
      const worker = state.pods.get(uid);
      if (worker?.runs[name]?.state !== 'RUNNING') containerStopped(k, worker as PodWorker, name, undefined);
    }
  }
  k.state.ready = true;
  addStaticPods(k);
  for (const uid of [...state.pods.keys()]) syncSoon(k, uid);
  cleanUp(k);
}

function collect(
  sandboxes: ListPodsResponse['sandboxes'],
  containers: ListPodsResponse['containers'],
): Map<string, Found> {
  const all = new Map<
    string,
    { sandbox: Sandbox | null; oldSandboxes: string[]; runs: Record<string, Run>; before: Record<string, Run> }
  >();
  const of = (uid: string) => {
    let found = all.get(uid);
    if (found === undefined) {
      found = { sandbox: null, oldSandboxes: [], runs: {}, before: {} };
      all.set(uid, found);
    }
    return found;
  };
  for (const { id, uid, ip, state, attempt, hostNetwork } of [...sandboxes].sort((a, b) => a.attempt - b.attempt)) {
    const found = of(uid);
    if (found.sandbox) found.oldSandboxes.push(found.sandbox.id);
    found.sandbox = { id, ip, ready: state === 'READY', attempt, hostNetwork };
  }
  for (const run of [...containers].sort((a, b) => a.attempt - b.attempt)) {
    const found = of(run.podUid);
    const old = found.runs[run.name];
    if (old) found.before[run.name] = old;
    found.runs[run.name] = run;
  }
  return all;
}

/**
 * Ends what the runtime runs for pods that nobody wants any more; only when every source of pods has been heard.
 * Source: pkg/kubelet/kubelet_pods.go (HandlePodCleanups)
 */
export function cleanUp(k: Kubelet): void {
  const { state } = k;
  if (!k.state.ready || !k.state.client.informers.pods?.synced) return;
  for (const [uid, found] of [...state.found.entries()]) {
    state.found.delete(uid);
    for (const podSandboxId of sandboxesOf(found)) {
      callRuntime<StopPodSandbox>(k, { type: 'stopPodSandbox', podSandboxId }, { uid });
      callRuntime<RemovePodSandbox>(k, { type: 'removePodSandbox', podSandboxId }, { uid });
    }
  }
}

/** The connection to the runtime broke: nothing that was asked will be answered. */
export function runtimeGone(k: Kubelet): void {
  const { state } = k;
  state.calls.clear();
  state.callers.clear();
  state.pulls.clear();
  runtimeLost(k);
  for (const worker of [...state.pods.values()]) {
    if (worker.task !== null) update(k, worker, { task: null, plan: null, again: false, endedAt: k.env.now });
  }
}
