import type { Pod } from '../api/generated/types.ts';
import { deepEqual } from '../api/share.ts';
import { fromRFC3339 } from '../api/time.ts';
import type { RemovePodSandbox } from '../cri/messages.ts';
import { cancel } from '../kernel/types.ts';
import { admissionRefusal, release, reserve } from './admission.ts';
import {
  after,
  callRuntime,
  EMPTY_STATUS,
  type Kubelet,
  podEvent,
  relistAfter,
  syncAtRelist,
  update,
} from './kubelet.ts';
import { releaseObjects } from './pod-objects.ts';
import { stopProbes } from './probes.ts';
import { qosClass } from './resources.ts';
import { type Found, objectNames, type PodWorker, type Verdict } from './state.ts';
import { observeStored, publish, setStatus } from './status-manager.ts';
import { syncPod } from './sync-pod.ts';
import { beginTermination, syncTerminated, syncTerminating } from './termination.ts';

const NOTHING_FOUND: Found = { sandbox: null, oldSandboxes: [], runs: {}, before: {} };

/** A pod shows up on this node: admit it and give it a worker. Source: pkg/kubelet/kubelet.go (HandlePodAdditions) */
export function addPod(k: Kubelet, pod: Pod, isStatic: boolean): void {
  const { state, env } = k;
  const uid = pod.metadata.uid as string;
  const known = state.found.delete(uid);
  const mirror = isStatic
    ? (state.mirrors.get(`${pod.metadata.namespace}/${pod.metadata.name}`) as Pod | undefined)
    : pod;
  const worker: PodWorker = {
    uid,
    key: `${pod.metadata.namespace}/${pod.metadata.name}`,
    pod,
    objects: objectNames(pod),
    isStatic,
    stage: 'sync',
    gone: false,
    rejected: false,
    verdict: null,
    task: null,
    plan: null,
    again: false,
    observedAt: env.now,
    syncedAt: 0,
    endedAt: -1,
    ...(known ?? NOTHING_FOUND),
    reasons: {},
    mountFailures: 0,
    graceSeconds: -1,
    killedAt: 0,
    status: mirror?.status ?? EMPTY_STATUS,
    base: mirror ? (mirror.status ?? EMPTY_STATUS) : null,
    baseVersion: Number(mirror?.metadata.resourceVersion ?? 0),
    publishing: false,
    deleting: false,
  };
  state.pods.set(uid, worker);
  const { phase } = worker.status;
  if (phase === 'Failed' || phase === 'Succeeded') {
    // It had ended before this kubelet began: make sure that nothing of it runs.
    if (known || pod.metadata.deletionTimestamp) beginTermination(k, worker, undefined);
    else update(k, worker, { stage: 'terminated' });
    return;
  }
  if (pod.metadata.deletionTimestamp === undefined) {
    const refusal = known ? undefined : admissionRefusal(k, pod);
    if (refusal) {
      reject(k, worker, refusal);
      return;
    }
    reserve(k, pod);
    const { activeDeadlineSeconds } = pod.spec ?? {};
    if (activeDeadlineSeconds !== undefined) {
      const startedAt = worker.status.startTime ? fromRFC3339(worker.status.startTime) : env.wallNow;
      after(k, `deadline/${uid}`, Math.max(0, startedAt + activeDeadlineSeconds * 1000 - env.wallNow));
    }
    syncSoon(k, uid);
  } else {
    reserve(k, pod);
    beginTermination(k, worker, undefined);
  }
}

function reject(k: Kubelet, worker: PodWorker, { reason, message }: Verdict): void {
  podEvent(k, worker.pod, 'Warning', reason, message);
  const rejected = update(k, worker, { stage: 'terminated', rejected: true });
  const text = `Pod was rejected: ${message}`;
  setStatus(k, rejected, { ...worker.status, phase: 'Failed', reason, message: text, qosClass: qosClass(worker.pod) });
}

/** The API server's object has changed. A change of the status alone is no work for the worker. */
export function updatePod(k: Kubelet, worker: PodWorker, pod: Pod): void {
  const old = worker.pod;
  const next = observeStored(k, update(k, worker, { pod }), pod);
  const { deletionTimestamp, deletionGracePeriodSeconds, generation, labels, annotations } = pod.metadata;
  if (deletionTimestamp !== undefined && worker.stage !== 'terminated') {
    const isNew = old.metadata.deletionTimestamp === undefined;
    if (isNew || deletionGracePeriodSeconds !== old.metadata.deletionGracePeriodSeconds) {
      beginTermination(k, next, deletionGracePeriodSeconds);
      return;
    }
  }
  publish(k, next);
  const isSame =
    generation === old.metadata.generation &&
    deepEqual(labels, old.metadata.labels) &&
    deepEqual(annotations, old.metadata.annotations) &&
    (pod.spec?.readinessGates === undefined || deepEqual(pod.status?.conditions, old.status?.conditions));
  if (!isSame && worker.stage === 'sync') syncSoon(k, worker.uid);
}

/** The object is gone from the API server: what still runs has to end. */
export function deletePod(k: Kubelet, worker: PodWorker): void {
  const gone = update(k, worker, { gone: true });
  if (worker.stage === 'terminated') removeWorker(k, gone);
  else beginTermination(k, gone, worker.pod.metadata.deletionGracePeriodSeconds);
}

/** Nothing is left to do for the pod: forget it, and have the runtime remove what it kept. */
export function removeWorker(k: Kubelet, worker: PodWorker): void {
  const { state } = k;
  const { uid } = worker;
  for (const podSandboxId of sandboxesOf(worker)) {
    callRuntime<RemovePodSandbox>(k, { type: 'removePodSandbox', podSandboxId }, { uid });
  }
  release(k, worker);
  stopProbes(k, uid);
  state.pods.delete(uid);
  state.due.delete(uid);
  state.waiting.delete(uid);
  state.unpublished.delete(uid);
  for (const name in worker.runs) {
    state.backOffs.delete(`${uid}/${name}`);
    state.imageBackOffs.delete(`${uid}/${name}`);
  }
  for (const timer of ['retry', 'deadline', 'mount', 'volume']) k.out.push(cancel(`${timer}/${uid}`));
  releaseObjects(k, worker);
}

export function sandboxesOf({ sandbox, oldSandboxes }: Pick<PodWorker, 'sandbox' | 'oldSandboxes'>): string[] {
  return sandbox ? [...oldSandboxes, sandbox.id] : [...oldSandboxes];
}

/**
 * Runs the pod's worker, or has it run again when it is busy. A worker that has run waits for the relist after, because
 * only that shows what it did. Source: pkg/kubelet/pod_workers.go (podWorkerLoop)
 */
export function syncSoon(k: Kubelet, uid: string): void {
  const worker = k.state.pods.get(uid);
  if (worker === undefined || !k.state.ready) return;
  if (worker.task !== null) {
    if (!worker.again) update(k, worker, { again: true });
  } else if (worker.endedAt !== -1 && relistAfter(k, worker.endedAt) > k.env.now) {
    syncAtRelist(k, uid);
  } else {
    k.state.due.delete(uid);
    runWorker(k, worker);
  }
}

function runWorker(k: Kubelet, worker: PodWorker): void {
  if (worker.stage === 'sync') syncPod(k, worker);
  else if (worker.stage === 'terminating') syncTerminating(k, worker);
  else syncTerminated(k, worker);
}

/** A relist: every pod to which something happened is synced. */
export function relist(k: Kubelet): void {
  const { due, pods } = k.state;
  const asked = [...due.entries()];
  due.clear();
  for (const [uid, cause] of asked) {
    const worker = pods.get(uid);
    if (worker === undefined) continue;
    k.cause = cause;
    if (worker.task === null) runWorker(k, worker);
    else update(k, worker, { again: true });
  }
}

/** One of the pod's timers: `retry`, `deadline`, `mount`, `volume`. */
export function workerTimer(k: Kubelet, name: string, uid: string): void {
  const worker = k.state.pods.get(uid);
  if (worker === undefined) return;
  if (name !== 'deadline') syncSoon(k, uid);
  else if (worker.stage === 'sync') endByVerdict(k, worker, DEADLINE, undefined);
}

const DEADLINE: Verdict = {
  reason: 'DeadlineExceeded',
  message: 'Pod was active on the node longer than the specified deadline',
};

/** The kubelet ends a pod by its own decision; the object stays, with phase Failed. */
export function endByVerdict(k: Kubelet, worker: PodWorker, verdict: Verdict, graceSeconds: number | undefined): void {
  const type = verdict.disruption ? 'Warning' : 'Normal';
  podEvent(k, worker.pod, type, verdict.reason, verdict.message);
  beginTermination(k, update(k, worker, { verdict }), graceSeconds);
}
