import type { Pod, PodStatus } from '../api/generated/types.ts';
import type { Answer } from '../client/index.ts';
import { after, ask, EMPTY_STATUS, type Kubelet, PATCH_TYPE, pathOf, update } from './kubelet.ts';
import { probeResults } from './probes.ts';
import type { PodWorker } from './state.ts';
import { podStatus, statusPatch } from './status.ts';
import { removeWorker } from './worker.ts';

/** What could not be sent is tried again with the full batch. Source: pkg/kubelet/status/status_manager.go */
const BATCH_MS = 10_000;

/** Computes the pod's status and has it published. */
export function refreshStatus(k: Kubelet, worker: PodWorker): PodWorker {
  const { state, env } = k;
  const status = podStatus(worker, probeResults(state, worker.uid), state.config.internalIP, env.wallNow);
  return publish(k, update(k, worker, { status }));
}

export function setStatus(k: Kubelet, worker: PodWorker, status: PodStatus): PodWorker {
  return publish(k, update(k, worker, { status }));
}

/** Sends what differs from what the API server has, one PATCH at a time; deletes the object of a pod that is done. */
export function publish(k: Kubelet, worker: PodWorker): PodWorker {
  if (worker.publishing || worker.gone) return worker;
  const target = worker.isStatic ? (k.state.mirrors.get(worker.key) as Pod | undefined) : worker.pod;
  if (target === undefined || worker.base === null) return worker;
  const status = statusPatch(worker.base, worker.status);
  if (status === undefined) return finishDeletion(k, worker, target);
  const body = { metadata: { uid: target.metadata.uid }, status };
  const path = `${pathOf(target)}/status`;
  ask(k, { method: 'PATCH', path, contentType: PATCH_TYPE, body }, { to: 'status', uid: worker.uid });
  return update(k, worker, { publishing: true });
}

function finishDeletion(k: Kubelet, worker: PodWorker, pod: Pod): PodWorker {
  if (worker.stage !== 'terminated' || worker.deleting || worker.isStatic) return worker;
  if (pod.metadata.deletionTimestamp === undefined) return worker;
  const body = {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    gracePeriodSeconds: 0,
    preconditions: { uid: pod.metadata.uid },
  };
  ask(k, { method: 'DELETE', path: pathOf(pod), body }, { to: 'delete', uid: worker.uid });
  return update(k, worker, { deleting: true });
}

/** Takes the API server's object as what is published, if it is newer than the last one. */
export function observeStored(k: Kubelet, worker: PodWorker, stored: Pod): PodWorker {
  const version = Number(stored.metadata.resourceVersion);
  if (worker.base !== null && version <= worker.baseVersion) return worker;
  return update(k, worker, { base: stored.status ?? EMPTY_STATUS, baseVersion: version });
}

export function statusAnswered(k: Kubelet, uid: string, answer: Answer): void {
  const worker = k.state.pods.get(uid);
  if (worker === undefined) return;
  const sent = update(k, worker, { publishing: false });
  if (answer.status === 200) {
    publish(k, observeStored(k, sent, answer.body as Pod));
  } else if (answer.status !== 404) {
    retryLater(k, uid);
  }
}

export function deletionAnswered(k: Kubelet, uid: string, answer: Answer): void {
  const worker = k.state.pods.get(uid);
  if (worker === undefined) return;
  const isGone = answer.status === 404 || answer.status === 409;
  if (isGone) removeWorker(k, worker);
  else if (answer.status !== 200) {
    update(k, worker, { deleting: false });
    retryLater(k, uid);
  }
}

function retryLater(k: Kubelet, uid: string): void {
  if (k.state.unpublished.size === 0) after(k, 'status-batch', BATCH_MS, true);
  k.state.unpublished.set(uid, true);
}

export function publishBatch(k: Kubelet): void {
  const uids = [...k.state.unpublished.keys()];
  k.state.unpublished.clear();
  for (const uid of uids) {
    const worker = k.state.pods.get(uid);
    if (worker) publish(k, worker);
  }
}
