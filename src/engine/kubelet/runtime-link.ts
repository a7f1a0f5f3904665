import type { GetContainerEvents, ListPods, RuntimeImage, RuntimeStatus, StatusRequest } from '../cri/messages.ts';
import { cancel } from '../kernel/types.ts';
import { after, callRuntime, type Kubelet } from './kubelet.ts';
import { PLEG_THRESHOLD_MS, RUNTIME_WAIT_MS } from './node-content.ts';
import { nodeChanged, UPDATE_MS } from './node-status.ts';
import { syncSoon } from './worker.ts';

const RUNTIME_POLL_MS = 5_000;

/** Connects to the runtime: its status, its events, and what it runs. */
export function connectRuntime(k: Kubelet): void {
  callRuntime<StatusRequest>(k, { type: 'runtimeStatus' }, { uid: '' });
}

export function runtimeStatus(k: Kubelet, status: RuntimeStatus): void {
  const { images } = k.state;
  const { node } = k.state;
  const first = !node.runtimeReady && status.runtimeReady;
  const wasReady = node.runtimeReady && node.networkReady;
  const networkCame = !node.networkReady && status.networkReady;
  node.runtimeReady = status.runtimeReady;
  node.networkReady = status.networkReady;
  const { networkReason, networkMessage } = status;
  const network = `NetworkReady=false reason:${networkReason} message:${networkMessage}`;
  node.networkMessage = status.networkReady ? '' : `container runtime network not ready: ${network}`;
  const before = images.size;
  for (const image of status.images) images.set(image.id, image);
  if (node.everReady && images.size > before) imagesDue(k);
  if (first) {
    node.runtimeDownSince = 0;
    k.out.push(cancel('runtime-down'), cancel('pleg'));
    callRuntime<GetContainerEvents>(k, { type: 'getContainerEvents' }, { uid: '' });
    callRuntime<ListPods>(k, { type: 'listPods' }, { uid: '' });
  }
  const ready = status.runtimeReady && status.networkReady;
  if (ready !== wasReady || !node.everReady) nodeChanged(k);
  if (!networkCame) return;
  for (const worker of k.state.pods.values()) if (worker.sandbox === null) syncSoon(k, worker.uid);
}

/** The runtime does not answer: asked again every 5 s. After 30 s the node is not ready, after 3 min PLEG is a reason too. */
export function runtimeLost(k: Kubelet): void {
  const { node } = k.state;
  if (node.runtimeReady || node.runtimeDownSince === 0) {
    node.runtimeDownSince = k.env.now;
    after(k, 'runtime-down', RUNTIME_WAIT_MS);
    after(k, 'pleg', PLEG_THRESHOLD_MS);
  }
  node.runtimeReady = false;
  k.state.ready = false;
  after(k, 'runtime', RUNTIME_POLL_MS, true);
}

/** An image was pulled: the node's status lists it from the next update on. */
export function imagesChanged(k: Kubelet, image: RuntimeImage): void {
  const { images } = k.state;
  const { node } = k.state;
  if (images.has(image.id)) return;
  images.set(image.id, image);
  if (node.everReady) imagesDue(k);
}

function imagesDue(k: Kubelet): void {
  const since = k.env.now - k.state.startedAt;
  after(k, 'node-images', (Math.floor(since / UPDATE_MS) + 1) * UPDATE_MS - since, true);
}
