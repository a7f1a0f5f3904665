import type { Node, Pod } from '../api/generated/types.ts';
import { type Answer, type Delta, EVENT_TAG, receive, startInformers } from '../client/index.ts';
import type { KubeletRequest } from '../client/kubelet-api.ts';
import type { ContainerEvent, CriResponse, MemoryNotification, PullProgress, RuntimeStatus } from '../cri/messages.ts';
import type { Body, ConnectionRefusedBody, Message, Step, TimerBody } from '../kernel/types.ts';
import { evictionDue, memoryNotified } from './eviction.ts';
import { pullProgress } from './image-pulls.ts';
import type { Kubelet, Tag } from './kubelet.ts';
import { leaseAnswered, renewLease } from './lease.ts';
import { kubeletRequested } from './logs.ts';
import {
  nodeChanged,
  nodeObserved,
  nodeStatusAnswered,
  registerNode,
  registrationAnswered,
  reportNode,
  sendNodeStatus,
} from './node-status.ts';
import { objectsAreKnown } from './pod-objects.ts';
import { probeDue } from './probes.ts';
import { containerOf } from './resources.ts';
import { cleanUp, containerEvent, runtimeAnswered, runtimeGone } from './runtime-answers.ts';
import { connectRuntime, runtimeStatus } from './runtime-link.ts';
import { postStartEnded } from './start-container.ts';
import type { KubeletState } from './state.ts';
import { ensureMirror, isMirror, mirrorAnswered, mirrorGone, mirrorObserved } from './static-pods.ts';
import { deletionAnswered, publishBatch, statusAnswered } from './status-manager.ts';
import { preStopEnded } from './termination.ts';
import { objectChanged, refreshVolumes } from './volumes.ts';
import { addPod, deletePod, relist, syncSoon, updatePod, workerTimer } from './worker.ts';

/**
 * The kubelet: registers its node, keeps its lease, and runs the pods that are bound to it through the container
 * runtime. Source: pkg/kubelet/kubelet.go
 */
export const step: Step<KubeletState, Body> = (state, message, env) => {
  const { body } = message;
  const k: Kubelet = { state, env, out: [], cause: message.id };
  if (isFromRuntime(message)) {
    fromRuntime(k, message);
    return k.out;
  }
  const received = receive(state.client, message, env);
  if (received) {
    k.out.push(...received.effects);
    for (const delta of received.deltas) observe(k, delta);
    for (const answer of received.answers) answered(k, answer);
    if (body.type === 'apiResponse') afterList(k);
    return k.out;
  }
  switch (body.type) {
    case 'start':
      state.startedAt = env.now;
      state.startedWallAt = env.wallNow;
      // Higher than all ids of an earlier kubelet: an answer to it means nothing to this one.
      state.lastCall = env.messageId;
      connectRuntime(k);
      k.out.push(...startInformers(state.client, env));
      registerNode(k);
      break;
    case 'timer':
      fire(k, (body as TimerBody).key);
      break;
    case 'kubeletRequest':
      kubeletRequested(k, message.from, body as KubeletRequest);
      break;
  }
  return k.out;
};

function isFromRuntime({ from, body }: Message): boolean {
  if (body.type === 'timer' || body.type === 'start') return false;
  return from.startsWith('containerd@') || (body as ConnectionRefusedBody).peer?.startsWith('containerd@') === true;
}

function fromRuntime(k: Kubelet, { body }: Message): void {
  switch (body.type) {
    case 'connectionRefused':
    case 'connectionLost':
      runtimeGone(k);
      break;
    case 'containerEvent':
      containerEvent(k, body as ContainerEvent);
      break;
    case 'pullProgress':
      pullProgress(k, body as PullProgress);
      break;
    case 'memoryNotification':
      memoryNotified(k, (body as MemoryNotification).availableBytes);
      break;
    case 'runtimeStatusResponse':
      if (body.requestId === 0) runtimeStatus(k, body as RuntimeStatus);
      else runtimeAnswered(k, body as CriResponse);
      break;
    default:
      runtimeAnswered(k, body as CriResponse);
  }
}

function observe(k: Kubelet, { informer, type, object, old }: Delta): void {
  switch (informer) {
    case 'pods':
      observePod(k, type, object as unknown as Pod);
      break;
    case 'node':
      if (type === 'delete') k.state.kept.delete('node');
      else nodeObserved(k, object as unknown as Node, old as unknown as Node | undefined);
      break;
    case 'services':
      k.state.serviceEnv.delete(object.metadata.namespace ?? '');
      if (object.metadata.namespace === 'default' && object.metadata.name === 'kubernetes') k.state.serviceEnv.clear();
      break;
    default:
      objectChanged(k, informer);
  }
}

function observePod(k: Kubelet, type: Delta['type'], pod: Pod): void {
  if (isMirror(pod)) {
    if (type === 'delete') mirrorGone(k, pod);
    else mirrorObserved(k, pod);
    return;
  }
  const worker = k.state.pods.get(pod.metadata.uid as string);
  if (type === 'delete') {
    if (worker) deletePod(k, worker);
  } else if (worker) {
    updatePod(k, worker, pod);
  } else {
    // The same name again: what is left of the one before has to end.
    for (const other of k.state.pods.by('key', `${pod.metadata.namespace}/${pod.metadata.name}`)) {
      if (!other.isStatic) deletePod(k, other);
    }
    addPod(k, pod, false);
  }
}

function answered(k: Kubelet, answer: Answer): void {
  if (answer.tag === EVENT_TAG) return;
  const { to, uid } = answer.tag as Tag;
  switch (to) {
    case 'status':
      statusAnswered(k, uid, answer);
      break;
    case 'delete':
      deletionAnswered(k, uid, answer);
      break;
    case 'mirror':
      mirrorAnswered(k, uid, answer);
      break;
    case 'node':
      registrationAnswered(k, uid, answer);
      break;
    case 'node-status':
      nodeStatusAnswered(k, answer);
      break;
    case 'lease':
      leaseAnswered(k, uid, answer);
      break;
    case 'mirror-delete':
      break;
  }
}

/** An informer may have got its first list: pods that waited for a ConfigMap go on, and what is too much goes. */
function afterList(k: Kubelet): void {
  const { state } = k;
  if (state.waiting.size > 0) {
    for (const uid of [...state.waiting.keys()]) {
      const worker = state.pods.get(uid);
      if (worker && !objectsAreKnown(k, worker)) continue;
      state.waiting.delete(uid);
      if (worker?.task?.at !== 'objects') continue;
      state.pods.set(uid, { ...worker, task: null, endedAt: -1 });
      syncSoon(k, uid);
    }
  }
  if (k.state.cleaned || !k.state.client.informers.pods?.synced) return;
  k.state.cleaned = true;
  cleanUp(k);
  for (const worker of [...state.pods.values()]) if (worker.isStatic) ensureMirror(k, worker);
}

const PROBE = 'probe/';

function fire(k: Kubelet, key: string): void {
  const { state } = k;
  if (key.startsWith(PROBE)) {
    probeDue(k, key.slice(PROBE.length));
    return;
  }
  const [name = '', uid = '', container = ''] = key.split('/');
  const worker = uid === '' ? undefined : state.pods.get(uid);
  switch (name) {
    case 'relist':
      relist(k);
      break;
    case 'retry':
    case 'mount':
    case 'deadline':
      workerTimer(k, name, uid);
      break;
    case 'volume':
      if (worker?.stage === 'sync') refreshVolumes(k, worker);
      break;
    case 'post-start': {
      const spec = worker && containerOf(worker.pod, container);
      if (worker?.task?.at === 'post-start' && spec) postStartEnded(k, worker, spec, undefined);
      break;
    }
    case 'pre-stop':
      if (worker?.task?.at === 'killing') preStopEnded(k, worker, container, undefined);
      break;
    case 'lease':
      renewLease(k);
      break;
    case 'register':
      registerNode(k);
      break;
    case 'node-report':
      reportNode(k);
      break;
    case 'node-status':
    case 'node-images':
      sendNodeStatus(k);
      break;
    case 'runtime':
      if (!k.state.node.runtimeReady) connectRuntime(k);
      break;
    case 'runtime-down':
    case 'pleg':
      if (!k.state.node.runtimeReady) nodeChanged(k);
      break;
    case 'status-batch':
      publishBatch(k);
      break;
    case 'eviction':
      evictionDue(k);
      break;
  }
}
