import type { Deployment, Pod, PodDisruptionBudget, ReplicaSet } from '../../api/generated/types.ts';
import { matches, selectorOf, selectorText } from '../../api/selectors.ts';
import { fromRFC3339, toRFC3339 } from '../../api/time.ts';
import { objectKey } from '../../client/informer.ts';
import type { Delta } from '../../client/state.ts';
import { type Controller, type ControllerContext, DONE, type Outcome } from '../controller.ts';
import { DELETION_TIMEOUT_MS, disruptedPods, expectationOf, healthyPods, statusOf, withCondition } from './budget.ts';

const STALE = 'stale/';

/**
 * Says in every PodDisruptionBudget how many of its pods may go. Keys are budgets, and `stale/<pod>` for pods whose
 * announced disruption may never have come. Source: pkg/controller/disruption/disruption.go
 */
export const disruptionController: Controller = {
  name: 'disruption-controller',
  eventSource: 'controllermanager',
  watches: ['poddisruptionbudgets', 'pods'],
  workers: 1,
  create: () => ({}),
  observe(_state, delta, context) {
    if (delta.informer === 'pods') observePod(delta, context);
    else if (delta.type !== 'delete') context.enqueue(objectKey(delta.object));
  },
  sync(_state, key, context) {
    if (key.startsWith(STALE)) return resetStale(key.slice(STALE.length), context);
    const budget = context.store<PodDisruptionBudget>('poddisruptionbudgets').get(key);
    return budget === undefined ? DONE : updateStatus(budget, context);
  },
};

function observePod(delta: Delta, context: ControllerContext): void {
  const pod = delta.object as Pod;
  const old = delta.type === 'update' ? (delta.old as Pod) : undefined;
  if (delta.type !== 'delete' && old?.status !== pod.status) watchForStale(old, pod, context);
  const budgets = context.store<PodDisruptionBudget>('poddisruptionbudgets');
  if (budgets.size === 0 || (old !== undefined && looksSame(old, pod))) return;
  const found: PodDisruptionBudget[] = [];
  for (const budget of budgets.by('namespace', pod.metadata.namespace ?? '')) {
    const selector = selectorOf(budget.spec.selector);
    const isSelected = matches(selector, pod.metadata.labels);
    if (isSelected) found.push(budget);
    if (isSelected || (old !== undefined && matches(selector, old.metadata.labels))) context.enqueue(objectKey(budget));
  }
  if (found.length > 1 && delta.type === 'add') {
    const { name, namespace } = pod.metadata;
    const chosen = found[0]?.metadata.name;
    const message = `Pod "${namespace}"/"${name}" matches multiple PodDisruptionBudgets.  Chose "${chosen}" arbitrarily.`;
    context.event(pod, 'Warning', 'MultiplePodDisruptionBudgets', message);
  }
}

function looksSame(old: Pod, pod: Pod): boolean {
  const isReady = (one: Pod) => one.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
  return (
    old.metadata.deletionTimestamp === pod.metadata.deletionTimestamp &&
    old.metadata.labels === pod.metadata.labels &&
    old.metadata.ownerReferences === pod.metadata.ownerReferences &&
    (old.status === pod.status || isReady(old) === isReady(pod))
  );
}

function podsOf(budget: PodDisruptionBudget, context: ControllerContext): Pod[] {
  const pods = context.store<Pod>('pods');
  const selector = selectorOf(budget.spec.selector);
  const { namespace = '' } = budget.metadata;
  const [pair] = Object.entries(budget.spec.selector?.matchLabels ?? {});
  const candidates = pair ? pods.by('label', `${namespace}/${pair[0]}=${pair[1]}`) : pods.by('namespace', namespace);
  return candidates.filter((pod) => matches(selector, pod.metadata.labels));
}

function updateStatus(budget: PodDisruptionBudget, context: ControllerContext): Outcome {
  const { wallNow: now } = context;
  const pods = podsOf(budget, context);
  if (pods.length === 0) context.event(budget, 'Normal', 'NoPods', 'No matching pods found');
  const owners = {
    replicaSets: context.store<ReplicaSet>('replicasets'),
    deployments: context.store<Deployment>('deployments'),
  };
  const expectation = expectationOf(budget, pods, owners);
  if (typeof expectation === 'string') return failSafe(budget, expectation, context);
  if (expectation.hasUnmanaged) {
    const selector = selectorText(selectorOf(budget.spec.selector));
    const message = `Pods selected by this PodDisruptionBudget (selector: ${selector}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`;
    context.event(budget, 'Warning', 'UnmanagedPods', message);
  }
  const disrupted = disruptedPods(budget, pods, now);
  const { namespace, name } = budget.metadata;
  for (const pod of disrupted.late) {
    const message = `Pod was expected by PDB ${namespace}/${name} to be deleted but it wasn't`;
    context.event(pod, 'Warning', 'NotDeleted', message);
  }
  const currentHealthy = healthyPods(pods, disrupted.pods);
  const figures = { currentHealthy, desiredHealthy: expectation.desired, expectedPods: expectation.expected };
  const status = statusOf(budget, figures, disrupted.pods, now);
  const later = disrupted.recheckMs === undefined ? {} : { requeueAfterMs: disrupted.recheckMs };
  return status === undefined ? later : { calls: [write(budget, status)], ...later };
}

/** Nothing may go while the figures cannot be worked out. */
function failSafe(budget: PodDisruptionBudget, error: string, context: ControllerContext): Outcome {
  const message = `Failed to calculate the number of expected pods: ${error}`;
  context.event(budget, 'Warning', 'CalculateExpectedPodCountFailed', message);
  const old = budget.status ?? { currentHealthy: 0, desiredHealthy: 0, expectedPods: 0, disruptionsAllowed: 0 };
  const known = old.conditions?.find(({ type }) => type === 'DisruptionAllowed');
  if (known?.reason === 'SyncFailed' && known.message === error && old.disruptionsAllowed === 0)
    return { retry: error };
  const conditions = withCondition(budget, 'False', 'SyncFailed', error, context.wallNow);
  return { calls: [write(budget, { ...old, disruptionsAllowed: 0, conditions })] };
}

function write(budget: PodDisruptionBudget, status: PodDisruptionBudget['status']) {
  const { namespace, name } = budget.metadata;
  const path = `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets/${name}/status`;
  return { method: 'PUT' as const, path, body: { ...budget, status } };
}

/** When the pod was to be disrupted, if it still lives in spite of it; a kubelet may take its time. */
function announcedAt(pod: Pod): number | undefined {
  const phase = pod.status?.phase;
  if (pod.metadata.deletionTimestamp !== undefined || phase === 'Succeeded' || phase === 'Failed') return undefined;
  const condition = pod.status?.conditions?.find(({ type }) => type === 'DisruptionTarget');
  if (condition?.status !== 'True' || condition.reason === 'TerminationByKubelet') return undefined;
  return fromRFC3339(condition.lastTransitionTime ?? '');
}

function watchForStale(old: Pod | undefined, pod: Pod, context: ControllerContext): void {
  const at = announcedAt(pod);
  if (at === undefined || (old && at === announcedAt(old))) return;
  const leftMs = Math.max(0, at + DELETION_TIMEOUT_MS - context.wallNow);
  context.enqueueAfter(STALE + objectKey(pod), leftMs, { periodic: false });
}

function resetStale(key: string, context: ControllerContext): Outcome {
  const pod = context.store<Pod>('pods').get(key);
  const at = pod && announcedAt(pod);
  if (pod === undefined || at === undefined) return DONE;
  const leftMs = at + DELETION_TIMEOUT_MS - context.wallNow;
  if (leftMs > 0) return { requeueAfterMs: leftMs };
  const { namespace, name, uid } = pod.metadata;
  const condition = { type: 'DisruptionTarget', status: 'False', lastTransitionTime: toRFC3339(context.wallNow) };
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/status`;
  const body = { metadata: { uid }, status: { conditions: [condition] } };
  return { calls: [{ method: 'PATCH', path, contentType: 'application/strategic-merge-patch+json', body }] };
}
