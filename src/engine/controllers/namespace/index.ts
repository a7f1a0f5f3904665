import type { Namespace, Pod } from '../../api/generated/types.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { collectionPath, RESOURCES, type Resource } from '../../api/resources.ts';
import { toRFC3339 } from '../../api/time.ts';
import { type Answer, type Call, isSuccess, PROTOBUF } from '../../client/messages.ts';
import { type Controller, type ControllerContext, DONE, type Outcome } from '../controller.ts';
import { conditionsFor, NOTHING_LEFT, type Remains } from './conditions.ts';

/** Time for other API servers to see that the namespace ends. */
const GRACE_MS = 5_000;
/** What a finalizer is taken to need. */
const FINALIZER_ESTIMATE_SECONDS = 15;
const FINALIZER = 'kubernetes';

const isContent = (resource: Resource) => resource.namespaced && resource.verbs.includes('deletecollection');
const CONTENT = RESOURCES.filter(isContent);
const PODS = CONTENT.filter((resource) => resource.plural === 'pods');
const REST = CONTENT.filter((resource) => resource.plural !== 'pods');

/** Where an ending stands: the resources that were just deleted or listed. */
type Stage = 'pods deleted' | 'pods listed' | 'rest deleted' | 'rest listed' | 'status' | 'finalized';
interface Progress {
  readonly [key: string]: string | number;
  readonly stage: Stage;
  /** Seconds until it may be over; 0 when nothing is left. */
  readonly estimate: number;
}

/**
 * Empties a namespace that ends, pods before all else, and then lets it go. Keys are namespaces.
 * Source: pkg/controller/namespace/deletion/namespaced_resources_deleter.go
 */
export const namespaceController: Controller = {
  name: 'namespace-controller',
  watches: ['namespaces'],
  workers: 10,
  backoff: [5, 60_000],
  // It asks for every resource of a namespace, and so it may ask more often than others.
  limits: { qps: 400, burst: 3000 },
  create: () => ({}),
  observe(_state, { type, object }, context) {
    if (type === 'delete') return;
    if (isEnding(object as Namespace)) context.enqueueAfter(object.metadata.name, GRACE_MS, { periodic: false });
  },
  sync(_state, key, context) {
    const namespace = context.store<Namespace>('namespaces').get(key);
    if (namespace === undefined || !isEnding(namespace)) return DONE;
    return stage(deletions(PODS, key), 'pods deleted', estimateOf(key, context));
  },
  resume(_state, key, progress, answers, context) {
    const { stage: reached, estimate } = progress as Progress;
    const namespace = context.store<Namespace>('namespaces').get(key);
    if (namespace === undefined) return DONE;
    switch (reached) {
      case 'pods deleted':
      case 'rest deleted': {
        const of = reached === 'pods deleted' ? PODS : REST;
        const failures = failuresOf(answers);
        if (failures.length > 0) return conclude(namespace, { ...NOTHING_LEFT, failures }, 0, context);
        return stage(lists(of, key), reached === 'pods deleted' ? 'pods listed' : 'rest listed', estimate);
      }
      case 'pods listed': {
        const remains = remainsOf(PODS, answers);
        if (isEmpty(remains)) return stage(deletions(REST, key), 'rest deleted', 0);
        return conclude(namespace, remains, estimate, context);
      }
      case 'rest listed':
        return conclude(namespace, remainsOf(REST, answers), estimate, context);
      case 'status': {
        const [answer] = answers as [Answer];
        if (!isSuccess(answer)) return answer.status === 404 ? DONE : { retry: String(answer.status) };
        return estimate === 0 ? finalize(answer.body as Namespace) : { requeueAfterMs: waitMs(estimate) };
      }
      case 'finalized': {
        const [answer] = answers as [Answer];
        return isSuccess(answer) || answer.status === 404 ? DONE : { retry: String(answer.status) };
      }
    }
  },
};

function isEnding(namespace: Namespace): boolean {
  return (
    namespace.metadata.deletionTimestamp !== undefined && (namespace.spec.finalizers?.includes(FINALIZER) ?? false)
  );
}

/** The longest grace that a pod of the namespace may take. */
function estimateOf(namespace: string, context: ControllerContext): number {
  let seconds = 0;
  for (const pod of context.store<Pod>('pods').by('namespace', namespace)) {
    const { phase } = pod.status ?? {};
    if (phase === 'Succeeded' || phase === 'Failed') continue;
    seconds = Math.max(seconds, pod.spec?.terminationGracePeriodSeconds ?? 0);
  }
  return seconds;
}

function stage(calls: Call[], next: Stage, estimate: number): Outcome {
  const progress: Progress = { stage: next, estimate };
  return { calls, progress };
}

function deletions(resources: readonly Resource[], namespace: string): Call[] {
  const body = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' };
  return resources.map((resource) => ({ method: 'DELETE', path: collectionPath(resource, namespace), body }));
}

function lists(resources: readonly Resource[], namespace: string): Call[] {
  return resources.map((resource) => ({ method: 'GET', path: collectionPath(resource, namespace), accept: PROTOBUF }));
}

function failuresOf(answers: readonly Answer[]): string[] {
  const failed = answers.filter((answer) => !isSuccess(answer) && answer.status !== 404 && answer.status !== 405);
  return failed.map(
    (answer) => (answer.body as { message?: string } | undefined)?.message ?? answer.error ?? String(answer.status),
  );
}

function remainsOf(resources: readonly Resource[], answers: readonly Answer[]): Remains {
  const left = new Map<string, number>();
  const finalizers = new Map<string, number>();
  resources.forEach((resource, i) => {
    const { items = [] } = (answers[i]?.body ?? {}) as { items?: KubernetesObject[] };
    if (items.length > 0) left.set(`${resource.plural}.${resource.group}`, items.length);
    for (const { metadata } of items) {
      for (const finalizer of metadata.finalizers ?? [])
        finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
    }
  });
  return { resources: left, finalizers, failures: failuresOf(answers) };
}

function isEmpty(remains: Remains): boolean {
  return remains.resources.size === 0 && remains.failures.length === 0;
}

/** Says in the status what is left; comes back later, or lets the namespace go. */
function conclude(namespace: Namespace, remains: Remains, grace: number, context: ControllerContext): Outcome {
  const estimate = isEmpty(remains) ? 0 : grace || FINALIZER_ESTIMATE_SECONDS;
  const conditions = conditionsFor(namespace, remains, toRFC3339(context.wallNow));
  if (conditions === undefined) return estimate === 0 ? finalize(namespace) : { requeueAfterMs: waitMs(estimate) };
  const body = { ...namespace, status: { ...namespace.status, phase: 'Terminating', conditions } };
  const path = `/api/v1/namespaces/${namespace.metadata.name}/status`;
  return stage([{ method: 'PUT', path, body }], 'status', estimate);
}

function waitMs(estimate: number): number {
  return (Math.floor(estimate / 2) + 1) * 1000;
}

function finalize(namespace: Namespace): Outcome {
  const finalizers = namespace.spec.finalizers?.filter((name) => name !== FINALIZER) ?? [];
  const body = { ...namespace, spec: { ...namespace.spec, finalizers } };
  const path = `/api/v1/namespaces/${namespace.metadata.name}/finalize`;
  return stage([{ method: 'PUT', path, body }], 'finalized', 0);
}
