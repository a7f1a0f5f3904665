import type { LifecycleHandler, Pod } from '../api/generated/types.ts';
import type { ExecSync, NetworkProbe, StopContainer, StopPodSandbox } from '../cri/messages.ts';
import { cancel } from '../kernel/types.ts';
import { release } from './admission.ts';
import type { Kill } from './compute-pod-actions.ts';
import { after, callRuntime, type Kubelet, podEvent, syncAtRelist, update } from './kubelet.ts';
import { networkTarget, stopProbes } from './probes.ts';
import { containerOf, initContainersOf, isSidecar } from './resources.ts';
import type { PodWorker, Run } from './state.ts';
import { publish, refreshStatus } from './status-manager.ts';
import { endSync, fail, NO_PLAN, proceed } from './sync-pod.ts';
import { removeWorker, syncSoon } from './worker.ts';

const DEFAULT_GRACE_SECONDS = 30;
/** What a container gets at least after its preStop hook. Source: kuberuntime_container.go (minimumGracePeriodInSeconds) */
const MIN_GRACE_SECONDS = 2;

/**
 * The pod is to end, and there is no way back. A second call can only shorten the grace period.
 * Source: pkg/kubelet/pod_workers.go (UpdatePod, calculateEffectiveGracePeriod)
 */
export function beginTermination(k: Kubelet, worker: PodWorker, override: number | undefined): void {
  const asked = override ?? worker.pod.metadata.deletionGracePeriodSeconds ?? graceOf(worker.pod);
  const graceSeconds = Math.max(1, asked);
  if (worker.stage !== 'sync') {
    if (worker.stage === 'terminating' && graceSeconds < worker.graceSeconds) shorten(k, worker, graceSeconds);
    return;
  }
  const { uid } = worker;
  for (const timer of ['retry', 'deadline', 'mount', 'volume']) k.out.push(cancel(`${timer}/${uid}`));
  k.state.waiting.delete(uid);
  const ending = update(k, worker, { stage: 'terminating', graceSeconds, killedAt: k.env.now });
  const at = ending.task?.at;
  // What only waits is given up; a call that changes the runtime is awaited.
  if (at === undefined || at === 'objects' || at === 'image' || at === 'pull' || at === 'post-start') {
    update(k, ending, { task: null, plan: null, again: false });
    syncSoon(k, uid);
  }
}

const graceOf = (pod: Pod): number => pod.spec?.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;

function shorten(k: Kubelet, worker: PodWorker, graceSeconds: number): void {
  const next = update(k, worker, { graceSeconds, killedAt: k.env.now });
  if (next.task?.at !== 'killing') return;
  for (const run of running(next)) stop(k, next, run, graceSeconds);
}

/** Source: pkg/kubelet/kubelet.go (SyncTerminatingPod) */
export function syncTerminating(k: Kubelet, worker: PodWorker): void {
  const fresh = refreshStatus(k, update(k, worker, { again: false, syncedAt: k.env.now, plan: NO_PLAN }));
  killContainers(k, fresh, 'all');
}

function running({ runs }: PodWorker): Run[] {
  return Object.values(runs).filter(({ state }) => state === 'RUNNING' || state === 'CREATED');
}

/**
 * Kills some containers, or all of them and then the sandbox. Sidecars end after the regular containers, in reverse
 * order. Source: pkg/kubelet/kuberuntime/kuberuntime_container.go (killContainersWithSyncResult), kuberuntime_termination_order.go
 */
export function killContainers(k: Kubelet, worker: PodWorker, which: readonly Kill[] | 'all'): void {
  if (which !== 'all') {
    const victims = which.filter(({ container }) => worker.runs[container]?.state === 'RUNNING');
    const killing = update(k, worker, { task: { at: 'killing', waiting: victims.length, killPod: false } });
    if (victims.length === 0) proceed(k, killing);
    for (const victim of victims) {
      const spec = containerOf(worker.pod, victim.container);
      const probe = victim.probe === 'startup' ? spec?.startupProbe : spec?.livenessProbe;
      const own = victim.probe ? probe?.terminationGracePeriodSeconds : undefined;
      kill(k, killing, worker.runs[victim.container] as Run, victim.message, own ?? graceOf(worker.pod));
    }
    return;
  }
  const sidecars = new Set(
    initContainersOf(worker.pod)
      .filter(isSidecar)
      .map(({ name }) => name),
  );
  const first = running(worker).filter(({ name }) => !sidecars.has(name));
  if (first.length === 0) {
    killNextSidecar(k, worker);
    return;
  }
  const killing = update(k, worker, { task: { at: 'killing', waiting: first.length, killPod: true } });
  for (const run of first) kill(k, killing, run, '', remaining(k, killing));
}

function killNextSidecar(k: Kubelet, worker: PodWorker): void {
  const order = initContainersOf(worker.pod);
  for (let i = order.length - 1; i >= 0; i--) {
    const run = worker.runs[order[i]?.name ?? ''];
    if (run?.state !== 'RUNNING' && run?.state !== 'CREATED') continue;
    const killing = update(k, worker, { task: { at: 'killing', waiting: 1, killPod: true } });
    kill(k, killing, run, '', remaining(k, killing));
    return;
  }
  stopSandbox(k, worker);
}

/** Seconds of the grace period that are left. */
function remaining(k: Kubelet, worker: PodWorker): number {
  if (worker.stage === 'sync') return graceOf(worker.pod);
  const passed = (k.env.now - worker.killedAt) / 1000;
  return Math.max(1, Math.ceil(worker.graceSeconds - passed));
}

function kill(k: Kubelet, worker: PodWorker, run: Run, message: string, graceSeconds: number): void {
  const { name } = run;
  if (message !== 'FailedPostStartHook') {
    podEvent(k, worker.pod, 'Normal', 'Killing', message || `Stopping container ${name}`, name);
  } else {
    podEvent(k, worker.pod, 'Normal', 'Killing', 'FailedPostStartHook', name);
  }
  const hook = containerOf(worker.pod, name)?.lifecycle?.preStop;
  if (hook && run.state === 'RUNNING') preStop(k, worker, run, hook, graceSeconds);
  else stop(k, worker, run, graceSeconds);
}

function preStop(k: Kubelet, worker: PodWorker, run: Run, hook: LifecycleHandler, graceSeconds: number): void {
  const { uid } = worker;
  const { name, id } = run;
  const about = { uid, container: name, detail: `pre-stop ${graceSeconds} ${k.env.now}` };
  // The hook runs inside the grace period; when it takes longer the container is stopped all the same.
  const until = hook.sleep ? Math.min(hook.sleep.seconds, graceSeconds) : graceSeconds;
  after(k, `pre-stop/${uid}/${name}`, until * 1000);
  if (hook.exec) {
    const command = hook.exec.command ?? [];
    callRuntime<ExecSync>(k, { type: 'execSync', containerId: id, command, timeoutSeconds: graceSeconds }, about);
  } else if (hook.httpGet || hook.tcpSocket) {
    const container = containerOf(worker.pod, name);
    if (!container) return;
    const target = networkTarget(worker, container, hook);
    callRuntime<NetworkProbe>(
      k,
      { type: 'networkProbe', containerId: id, ...target, timeoutSeconds: graceSeconds },
      about,
    );
  }
}

/** The preStop hook has ended, or its time is over. */
export function preStopEnded(k: Kubelet, worker: PodWorker, name: string, error: string | undefined): void {
  const run = worker.runs[name];
  if (error !== undefined) podEvent(k, worker.pod, 'Warning', 'FailedPreStopHook', 'PreStopHook failed', name);
  k.out.push(cancel(`pre-stop/${worker.uid}/${name}`));
  if (run?.state === 'RUNNING') stop(k, worker, run, Math.max(MIN_GRACE_SECONDS, remaining(k, worker)));
  else containerStopped(k, worker, name, undefined);
}

/** A hook of a container that is killed but whose pod lives counts its time from the kill. */
export function preStopAnswered(k: Kubelet, worker: PodWorker, name: string, detail: string, error?: string): void {
  if (worker.stage !== 'sync') {
    preStopEnded(k, worker, name, error);
    return;
  }
  const [, grace = '0', since = '0'] = detail.split(' ');
  if (error !== undefined) podEvent(k, worker.pod, 'Warning', 'FailedPreStopHook', 'PreStopHook failed', name);
  k.out.push(cancel(`pre-stop/${worker.uid}/${name}`));
  const left = Math.ceil(Number(grace) - (k.env.now - Number(since)) / 1000);
  const run = worker.runs[name];
  if (run?.state === 'RUNNING') stop(k, worker, run, Math.max(MIN_GRACE_SECONDS, left));
  else containerStopped(k, worker, name, undefined);
}

function stop(k: Kubelet, worker: PodWorker, run: Run, timeoutSeconds: number): void {
  const about = { uid: worker.uid, container: run.name };
  callRuntime<StopContainer>(k, { type: 'stopContainer', containerId: run.id, timeoutSeconds }, about);
}

export function containerStopped(k: Kubelet, worker: PodWorker, name: string, error: string | undefined): void {
  const { task } = worker;
  if (task?.at !== 'killing') return;
  let next = worker;
  if (error !== undefined) {
    podEvent(k, worker.pod, 'Warning', 'FailedKillPod', `error killing pod: ${error}`);
    next = fail(k, worker);
  }
  const run = next.runs[name];
  if (run?.state === 'RUNNING' && error === undefined) {
    // How it ended comes with the event.
    update(k, next, { task: { ...task, answered: [...(task.answered ?? []), name] } });
    return;
  }
  if (run?.state === 'CREATED') {
    const exited: Run = { ...run, state: 'EXITED', finishedAt: k.env.wallNow, exitCode: 137, reason: 'Error' };
    next = update(k, next, { runs: { ...next.runs, [name]: exited } });
  }
  const waiting = Math.max(0, task.waiting - 1);
  const killPod = task.killPod || next.stage === 'terminating';
  next = update(k, next, { task: { ...task, waiting, killPod } });
  if (waiting > 0) return;
  if (error !== undefined) {
    after(k, `retry/${worker.uid}`, 10_000);
    update(k, next, { task: null, endedAt: k.env.now });
  } else if (next.stage === 'terminating' || killPod) killContainersLeft(k, next);
  else proceed(k, next);
}

function killContainersLeft(k: Kubelet, worker: PodWorker): void {
  if (running(worker).length > 0) killContainers(k, worker, 'all');
  else stopSandbox(k, worker);
}

function stopSandbox(k: Kubelet, worker: PodWorker): void {
  if (worker.sandbox === null || !worker.sandbox.ready) {
    sandboxStopped(k, worker);
    return;
  }
  update(k, worker, { task: { at: 'stopping-sandbox' } });
  const podSandboxId = worker.sandbox.id;
  callRuntime<StopPodSandbox>(k, { type: 'stopPodSandbox', podSandboxId }, { uid: worker.uid });
}

export function sandboxStopped(k: Kubelet, worker: PodWorker): void {
  const sandbox = worker.sandbox && { ...worker.sandbox, ready: false };
  const stopped = update(k, worker, { sandbox });
  if (stopped.stage === 'sync') {
    if (stopped.plan?.createSandbox) proceed(k, stopped);
    else endSync(k, stopped);
    return;
  }
  stopProbes(k, worker.uid);
  refreshStatus(
    k,
    update(k, stopped, { task: null, plan: null, again: false, endedAt: k.env.now, stage: 'terminated' }),
  );
  // The worker confirms after the next relist that nothing of the pod is left.
  syncAtRelist(k, worker.uid);
}

/** Nothing of the pod runs any more: final status, and the end of a deleted object. Source: SyncTerminatedPod */
export function syncTerminated(k: Kubelet, worker: PodWorker): void {
  release(k, worker);
  if (worker.gone) {
    removeWorker(k, worker);
    return;
  }
  const finished = worker.rejected
    ? worker
    : refreshStatus(k, update(k, worker, { endedAt: k.env.now, syncedAt: k.env.now }));
  publish(k, finished);
}
