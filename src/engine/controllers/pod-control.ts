import type { Pod, PodCondition, PodTemplateSpec } from '../api/generated/types.ts';
import { controllerReference, type KubernetesObject } from '../api/object.ts';
import { fromRFC3339 } from '../api/time.ts';
import type { Answer, Call } from '../client/messages.ts';
import { isSuccess } from '../client/messages.ts';
import type { ControllerContext } from './controller.ts';

/** Most pods that one sync of a ReplicaSet creates or deletes (BurstReplicas). */
export const BURST_REPLICAS = 500;
/** First batch of creations; each following one is twice as big, as long as none fails. */
export const SLOW_START_BATCH = 1;

const pathOfPods = (namespace: string): string => `/api/v1/namespaces/${namespace}/pods`;
export const pathOfPod = (namespace: string, name: string): string => `/api/v1/namespaces/${namespace}/pods/${name}`;

/** The pod that an owner's template asks for. Source: pkg/controller/controller_utils.go (GetPodFromTemplate) */
export function podFromTemplate(template: PodTemplateSpec, owner: KubernetesObject): object {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${owner.metadata.name}-`,
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ...(finalizers && { finalizers }),
      ownerReferences: [controllerReference(owner)],
    },
    spec: template.spec,
  };
}

export function createPodCall(owner: KubernetesObject, body: object): Call {
  return { method: 'POST', path: pathOfPods(owner.metadata.namespace as string), body };
}

export function deletePodCall(owner: KubernetesObject, name: string): Call {
  return { method: 'DELETE', path: pathOfPod(owner.metadata.namespace as string, name) };
}

/**
 * Tells about a creation on the owner; gives the error's text when it failed. A namespace that is going away refuses
 * every creation: that is neither told nor counted as a failure, and its pods stay expected, which keeps the owner quiet.
 */
export function podCreated(answer: Answer, owner: KubernetesObject, context: ControllerContext): string | undefined {
  if (isSuccess(answer)) {
    const { name } = (answer.body as Pod).metadata;
    context.event(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${name}`);
    return undefined;
  }
  if (isNamespaceTerminating(answer)) return undefined;
  const error = errorOf(answer);
  context.event(owner, 'Warning', 'FailedCreate', `Error creating: ${error}`);
  return error;
}

/** Tells about a deletion on the owner; gives the error's text when it failed. A pod that is gone already is neither. */
export function podDeleted(
  answer: Answer,
  name: string,
  owner: KubernetesObject,
  context: ControllerContext,
): string | undefined {
  if (isSuccess(answer)) {
    context.event(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
    return undefined;
  }
  if (answer.status === 404) return undefined;
  const error = errorOf(answer);
  context.event(owner, 'Warning', 'FailedDelete', `Error deleting: ${error}`);
  return `unable to delete pods: ${error}`;
}

/** What Go's error of a failed call says. */
export function errorOf(answer: Answer): string {
  const { message } = (answer.body as { message?: string } | undefined) ?? {};
  return message ?? answer.error ?? `status ${answer.status}`;
}

export function isNamespaceTerminating(answer: Answer): boolean {
  const { details } = (answer.body as { details?: { causes?: { reason?: string }[] } } | undefined) ?? {};
  return details?.causes?.some((cause) => cause.reason === 'NamespaceTerminating') ?? false;
}

export function isFinished(pod: Pod): boolean {
  const phase = pod.status?.phase;
  return phase === 'Succeeded' || phase === 'Failed';
}

/** A pod that counts as a replica: neither finished nor being deleted. */
export function isActive(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp === undefined && !isFinished(pod);
}

function readyCondition(pod: Pod): PodCondition | undefined {
  const conditions = pod.status?.conditions;
  if (conditions) for (const condition of conditions) if (condition.type === 'Ready') return condition;
  return undefined;
}

export function isReady(pod: Pod): boolean {
  return readyCondition(pod)?.status === 'True';
}

/** Since when the pod is ready, in ms; undefined when it is not. */
export function readySince(pod: Pod): number | undefined {
  const condition = readyCondition(pod);
  if (condition?.status !== 'True') return undefined;
  return condition.lastTransitionTime === undefined ? undefined : fromRFC3339(condition.lastTransitionTime);
}

/** Ready for at least `minReadySeconds`. Source: pkg/api/v1/pod/util.go (IsPodAvailable) */
export function isAvailable(pod: Pod, minReadySeconds: number, now: number): boolean {
  if (minReadySeconds === 0) return isReady(pod);
  const since = readySince(pod);
  return since !== undefined && since + minReadySeconds * 1000 <= now;
}

/**
 * Part of a strategic merge patch that puts a condition behind the pod's others, or over the one of its type. Without an
 * order a patch puts new elements first. Source: pkg/util/pod/pod.go (PatchPodStatus)
 */
export function patchOfCondition(pod: Pod, condition: { readonly type: string }): object {
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== condition.type);
  const order = [...others, condition].map(({ type }) => ({ type }));
  return { '$setElementOrder/conditions': order, conditions: [condition] };
}
