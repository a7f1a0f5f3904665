import type { Pod, PodStatus } from '../api/generated/types.ts';
import { extended } from '../api/share.ts';
import { type Call, call, type Involved, involvedOf, recordEvent, reserve } from '../client/index.ts';
import type { CriRequest, CriResponse } from '../cri/messages.ts';
import { type Body, type Effect, type Env, send, timer } from '../kernel/types.ts';
import { initContainersOf } from './resources.ts';
import type { KubeletState, PodWorker } from './state.ts';

/** One step of a kubelet: its state, the time, and where its effects go. */
export interface Kubelet {
  readonly state: KubeletState;
  readonly env: Env;
  readonly out: Effect[];
  /** The message that led to what is done now. */
  cause: number;
}

/** What the answer to a call of the kubelet means. */
export interface Tag {
  readonly to: 'status' | 'delete' | 'mirror' | 'mirror-delete' | 'node' | 'node-status' | 'lease';
  readonly uid: string;
}

export const PATCH_TYPE = 'application/strategic-merge-patch+json';

/**
 * The worker with some fields changed. Written out, because that takes half the time of spreading two objects, and it is
 * done some 25 times for the start of one pod.
 */
export function update(k: Kubelet, worker: PodWorker, change: Partial<PodWorker>): PodWorker {
  const { task, plan, sandbox, verdict, base } = change;
  const next: PodWorker = {
    uid: worker.uid,
    key: worker.key,
    objects: worker.objects,
    isStatic: worker.isStatic,
    observedAt: worker.observedAt,
    pod: change.pod ?? worker.pod,
    stage: change.stage ?? worker.stage,
    gone: change.gone ?? worker.gone,
    rejected: change.rejected ?? worker.rejected,
    verdict: verdict === undefined ? worker.verdict : verdict,
    task: task === undefined ? worker.task : task,
    plan: plan === undefined ? worker.plan : plan,
    again: change.again ?? worker.again,
    syncedAt: change.syncedAt ?? worker.syncedAt,
    endedAt: change.endedAt ?? worker.endedAt,
    sandbox: sandbox === undefined ? worker.sandbox : sandbox,
    oldSandboxes: change.oldSandboxes ?? worker.oldSandboxes,
    runs: change.runs ?? worker.runs,
    before: change.before ?? worker.before,
    reasons: change.reasons ?? worker.reasons,
    mountFailures: change.mountFailures ?? worker.mountFailures,
    graceSeconds: change.graceSeconds ?? worker.graceSeconds,
    killedAt: change.killedAt ?? worker.killedAt,
    status: change.status ?? worker.status,
    base: base === undefined ? worker.base : base,
    baseVersion: change.baseVersion ?? worker.baseVersion,
    publishing: change.publishing ?? worker.publishing,
    deleting: change.deleting ?? worker.deleting,
  };
  k.state.pods.set(worker.uid, next);
  return next;
}

/** Asks the API server for something that a viewer would want to wait for. */
export function ask(k: Kubelet, what: Call, tag: Tag): void {
  const options = { delayMs: limit(k, 'api'), periodic: false, cause: k.cause };
  k.out.push(...call(k.state.client, k.env, what, tag, options));
}

function limit(k: Kubelet, key: 'api' | 'events'): number {
  return reserve(k.state.limiters[key], k.env.now);
}

/** A call to the runtime; its answer comes back with the pod and the operation. */
export function callRuntime<Request extends CriRequest>(
  k: Kubelet,
  body: Omit<Request, 'requestId'>,
  pod: { uid: string; container?: string; detail?: string },
  periodic = false,
): number {
  const requestId = ++k.state.lastCall;
  const { uid, container = '', detail = '' } = pod;
  k.state.calls.set(String(requestId), { op: body.type as string, uid, container, detail });
  const request = extended(body, { requestId }) as unknown as Body;
  k.out.push(send(`containerd@${k.env.host}`, request, { periodic, cause: k.cause }));
  return requestId;
}

export function after(k: Kubelet, key: string, afterMs: number, periodic = false): void {
  k.out.push(timer(key, afterMs, { periodic, cause: k.cause }));
}

type EventType = 'Normal' | 'Warning';

export function podEvent(k: Kubelet, pod: Pod, type: EventType, reason: string, message: string, container = ''): void {
  const isInit = container !== '' && initContainersOf(pod).some(({ name }) => name === container);
  const path = container === '' ? undefined : `spec.${isInit ? 'initContainers' : 'containers'}{${container}}`;
  event(k, involvedOf(pod, path), type, reason, message);
}

/** Upstream names the Node by its name in place of its uid. */
export function nodeEvent(k: Kubelet, type: EventType, reason: string, message: string): void {
  const { name } = k.state.config;
  event(k, { apiVersion: '', kind: 'Node', name, uid: name }, type, reason, message);
}

function event(k: Kubelet, about: Involved, type: EventType, reason: string, message: string): void {
  const options = { delayMs: limit(k, 'events'), periodic: false, cause: k.cause };
  k.out.push(...recordEvent(k.state.recorder, k.state.client, k.env, about, type, reason, message, options));
}

/** A failed call as Go prints a gRPC error. */
export const grpcError = ({ error = '', code = 'Unknown' }: Pick<CriResponse, 'error' | 'code'>): string =>
  `rpc error: code = ${code} desc = ${error}`;

/** Generic PLEG looks at the runtime once a second. Source: pkg/kubelet/kubelet.go (genericPlegRelistPeriod) */
const RELIST_MS = 1000;

/** The first relist after a time. */
export function relistAfter(k: Kubelet, time: number): number {
  const { startedAt } = k.state;
  return startedAt + (Math.floor((time - startedAt) / RELIST_MS) + 1) * RELIST_MS;
}

/** The pod's worker runs when the next relist has shown what happened. */
export function syncAtRelist(k: Kubelet, uid: string): void {
  const { due } = k.state;
  if (due.has(uid)) return;
  if (due.size === 0) after(k, 'relist', relistAfter(k, k.env.now) - k.env.now);
  due.set(uid, k.cause);
}

export const pathOf = (pod: Pod): string => `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`;

export const EMPTY_STATUS: PodStatus = {};
