import type { ImageStatusRequest, PullImage, PullProgress, RuntimeStatus } from '../cri/messages.ts';
import { type Address, type Body, type Effect, type Message, send, timer } from '../kernel/types.ts';
import { canonicalName, parseImageReference } from './image-reference.ts';
import { imageOf, pullError, registryDown } from './images.ts';
import { type ContainerdState, type Pull, storeImage } from './state.ts';

/** Time to ask the registry what a tag means. */
const RESOLVE_MS = 350;
/** Download and unpacking together: about 30 MB a second. */
const BYTES_PER_MS = 30_000;
const QUARTERS = 4;

export function imageStatus(
  state: ContainerdState,
  { requestId, image }: ImageStatusRequest,
  message: Message,
): Effect[] {
  const parsed = parseImageReference(image);
  const found = parsed.ok ? state.images.get(canonicalName(parsed.reference)) : undefined;
  const wrong = parsed.ok ? undefined : `couldn't parse image name "${image}": ${parsed.error}`;
  const body = {
    type: 'imageStatusResponse',
    reply: true,
    requestId,
    ...(found && { image: found }),
    ...(wrong && { code: 'InvalidArgument', error: wrong }),
  };
  return [send(message.from, body as Body)];
}

/** Starts a pull; the answer comes when the image is unpacked or the registry has refused. */
export function pullImage(state: ContainerdState, { requestId, image }: PullImage, message: Message): Effect[] {
  const key = String(state.nextId++);
  state.pulls.set(key, { from: message.from, requestId, image, quarter: -1 });
  return [timer(`pull/${key}`, RESOLVE_MS, { periodic: false })];
}

export function pullTimer(state: ContainerdState, key: string): Effect[] {
  const pull = state.pulls.get(key);
  if (!pull) return [];
  const parsed = parseImageReference(pull.image);
  if (!parsed.ok) {
    const error = `failed to parse image reference "${pull.image}": ${parsed.error}`;
    return end(state, key, pull, { code: 'InvalidArgument', error });
  }
  const { reference } = parsed;
  const full = canonicalName(reference);
  if (pull.quarter < 0) {
    const down = state.registryFaults.some((fault) => fault === '*' || fault === full);
    const refused = down ? registryDown(reference) : pullError(reference);
    if (refused) return end(state, key, pull, { code: refused.code, error: refused.message });
    const present = state.images.get(full);
    if (present) return end(state, key, pull, { image: present });
  }
  const { sizeBytes: total, known } = imageOf(reference);
  const quarter = pull.quarter + 1;
  if (quarter === QUARTERS) {
    const image = storeImage(state.images, pull.image);
    return [...end(state, key, pull, known ? { image } : { image, note: noteOf(pull.image) }), ...statusEffects(state)];
  }
  state.pulls.set(key, { ...pull, quarter });
  const next = timer(`pull/${key}`, total / BYTES_PER_MS / QUARTERS, { periodic: false });
  if (quarter === 0) return [next];
  const progress: PullProgress = {
    type: 'pullProgress',
    reply: true,
    requestId: pull.requestId,
    image: pull.image,
    doneBytes: Math.round((total * quarter) / QUARTERS),
    totalBytes: total,
  };
  return [send(pull.from, progress), next];
}

const noteOf = (image: string): string =>
  `Image "${image}" is not in the model's catalogue: a plain server that starts, listens and runs until it is stopped stands in for it.`;

function end(state: ContainerdState, key: string, { from, requestId }: Pull, result: object): Effect[] {
  state.pulls.delete(key);
  return [send(from, { type: 'pullImageResponse', reply: true, requestId, ...result } as Body)];
}

/** Conditions and images of the runtime, to whoever listens. */
export function statusEffects(state: ContainerdState): Effect[] {
  return state.subscriber === '' ? [] : [send(state.subscriber, runtimeStatus(state, 0))];
}

export function answerStatus(state: ContainerdState, requestId: number, to: Address): Effect[] {
  return [send(to, runtimeStatus(state, requestId))];
}

function runtimeStatus(state: ContainerdState, requestId: number): RuntimeStatus {
  const networkReady = state.podSubnet !== '';
  return {
    type: 'runtimeStatusResponse',
    reply: true,
    requestId,
    runtimeReady: true,
    networkReady,
    networkReason: networkReady ? '' : 'NetworkPluginNotReady',
    networkMessage: networkReady ? '' : 'Network plugin returns error: cni plugin not initialized',
    images: [...state.images.values()],
  };
}
