import type { Container } from '../api/generated/types.ts';
import type {
  ImageStatusRequest,
  ImageStatusResponse,
  PullImage,
  PullImageResponse,
  PullProgress,
} from '../cri/messages.ts';
import { backOffEnd, goDuration, nextBackOff } from './backoff.ts';
import { callRuntime, grpcError, type Kubelet, podEvent, update } from './kubelet.ts';
import { containerOf } from './resources.ts';
import { imagesChanged } from './runtime-link.ts';
import { containerFailed, createContainer } from './start-container.ts';
import type { PodWorker } from './state.ts';
import { RETRY_MS } from './sync-pod.ts';

/**
 * Makes sure that the node has a container's image. Pulls are serialised: one at a time per node.
 * Source: pkg/kubelet/images/image_manager.go (EnsureImageExists), puller.go
 */
export function ensureImage(k: Kubelet, worker: PodWorker, container: Container): void {
  const { name, image = '' } = container;
  update(k, worker, { task: { at: 'image', container: name, containerId: '', image: null } });
  callRuntime<ImageStatusRequest>(
    k,
    { type: 'imageStatus', image: withTag(image) },
    { uid: worker.uid, container: name },
  );
}

/** An image without tag and digest means `:latest`. */
function withTag(image: string): string {
  if (image.includes('@')) return image;
  return image.lastIndexOf(':') > image.lastIndexOf('/') ? image : `${image}:latest`;
}

function pullPolicy({ imagePullPolicy, image = '' }: Container): string {
  return imagePullPolicy ?? (withTag(image).endsWith(':latest') ? 'Always' : 'IfNotPresent');
}

export function imageInspected(k: Kubelet, worker: PodWorker, container: Container, answer: ImageStatusResponse): void {
  const { name, image = '' } = container;
  const { pod, uid } = worker;
  if (answer.error !== undefined) {
    const isName = /couldn't parse image|invalid reference/.test(answer.error);
    const message = isName
      ? `Failed to apply default image tag "${image}": ${answer.error}`
      : `Failed to inspect image "${image}": ${answer.error}`;
    podEvent(k, pod, 'Warning', 'InspectFailed', message, name);
    imageFailed(k, worker, container, isName ? 'InvalidImageName' : 'ImageInspectError', message);
    return;
  }
  const policy = pullPolicy(container);
  if (answer.image && policy !== 'Always') {
    const text = `Container image "${image}" already present on machine and can be accessed by the pod`;
    podEvent(k, pod, 'Normal', 'Pulled', text, name);
    createContainer(k, worker, container, answer.image);
    return;
  }
  if (policy === 'Never') {
    const text = `Container image "${image}" is not present with pull policy of Never`;
    podEvent(k, pod, 'Warning', 'ErrImageNeverPull', text, name);
    imageFailed(k, worker, container, 'ErrImageNeverPull', text);
    return;
  }
  const backOff = k.state.imageBackOffs.get(`${uid}/${name}`);
  const end = backOff ? backOffEnd(backOff, backOff.at, k.env.now) : 0;
  if (backOff && end > 0) {
    const text = `Back-off pulling image "${image}"`;
    podEvent(k, pod, 'Normal', 'BackOff', text, name);
    // The new reason is published by the next sync, which does not wait for the end of a long back-off.
    const isNew = worker.reasons[name]?.reason !== 'ImagePullBackOff';
    const until = isNew ? Math.min(end, k.env.now + RETRY_MS) : end;
    imageFailed(k, worker, container, 'ImagePullBackOff', `${text}: ${backOff.error}`, until);
    return;
  }
  podEvent(k, pod, 'Normal', 'Pulling', `Pulling image "${image}"`, name);
  update(k, worker, { task: { at: 'pull', container: name, containerId: '', image: null } });
  const { pulls } = k.state;
  const isFirst = pulls.size === 0;
  const now = k.env.now;
  const pull = { uid, container: name, image, queuedAt: now, startedAt: 0, doneBytes: 0, totalBytes: 0 };
  pulls.set(`${uid}/${name}`, pull);
  if (isFirst) nextPull(k);
}

function nextPull(k: Kubelet): void {
  const key = k.state.pulls.firstKey();
  const pull = key === undefined ? undefined : k.state.pulls.get(key);
  if (key === undefined || pull === undefined) return;
  k.state.pulls.set(key, { ...pull, startedAt: k.env.now });
  const { uid, container, image } = pull;
  callRuntime<PullImage>(k, { type: 'pullImage', image: withTag(image) }, { uid, container });
}

/** The first in the queue is the one that runs. */
export function pullProgress(k: Kubelet, { doneBytes, totalBytes }: PullProgress): void {
  const key = k.state.pulls.firstKey();
  const pull = key === undefined ? undefined : k.state.pulls.get(key);
  if (key !== undefined && pull) k.state.pulls.set(key, { ...pull, doneBytes, totalBytes });
}

export function imagePulled(k: Kubelet, key: string, answer: PullImageResponse): void {
  const { state, env } = k;
  const pull = state.pulls.delete(key);
  nextPull(k);
  if (answer.image) imagesChanged(k, answer.image);
  const worker = pull && state.pods.get(pull.uid);
  const container = worker && containerOf(worker.pod, pull.container);
  if (!pull || !worker || !container) return;
  if (worker.task?.at !== 'pull' || worker.task.container !== pull.container) return;
  const { image } = pull;
  if (answer.error !== undefined || answer.image === undefined) {
    const error = grpcError(answer);
    podEvent(k, worker.pod, 'Warning', 'Failed', `Failed to pull image "${image}": ${error}`, pull.container);
    const old = state.imageBackOffs.get(key);
    const next = nextBackOff(old, env.now, env.now);
    state.imageBackOffs.set(key, { ...next, error: `ErrImagePull: ${error}` });
    imageFailed(k, worker, container, 'ErrImagePull', error);
    return;
  }
  const took = goDuration(Math.floor(env.now - pull.startedAt));
  const waited = goDuration(Math.floor(env.now - pull.queuedAt));
  const size = answer.image.sizeBytes;
  const text = `Successfully pulled image "${image}" in ${took} (${waited} including waiting). Image size: ${size} bytes.`;
  podEvent(k, worker.pod, 'Normal', 'Pulled', text, pull.container);
  if (answer.note !== undefined) podEvent(k, worker.pod, 'Normal', 'SimulatedImage', answer.note, pull.container);
  createContainer(k, worker, container, answer.image);
}

function imageFailed(
  k: Kubelet,
  worker: PodWorker,
  container: Container,
  reason: string,
  message: string,
  backOffUntil = 0,
): void {
  podEvent(k, worker.pod, 'Warning', 'Failed', `Error: ${reason}`, container.name);
  containerFailed(k, worker, container, reason, message, backOffUntil);
}
