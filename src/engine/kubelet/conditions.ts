import type { ContainerStatus, Pod, PodCondition, PodStatus } from '../api/generated/types.ts';
import { containersOf, initContainersOf, isSidecar } from './resources.ts';

type Partial = Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>;
type Phase = PodStatus['phase'];

/**
 * The conditions that the kubelet owns, in its order; those that did not change are the old objects.
 * Source: pkg/kubelet/status/generate.go
 */
export function podConditions(
  pod: Pod,
  old: readonly PodCondition[],
  phase: Phase,
  init: readonly ContainerStatus[],
  regular: readonly ContainerStatus[],
  sandboxHasNetwork: boolean,
  now: string,
): PodCondition[] {
  const ready = containersReady(pod, phase, init, regular);
  const wanted: Partial[] = [
    { type: 'PodReadyToStartContainers', status: sandboxHasNetwork ? 'True' : 'False' },
    initialized(pod, phase, init, regular),
    podReady(pod, ready, old),
    ready,
    { type: 'PodScheduled', status: 'True' },
  ];
  const { generation } = pod.metadata;
  return wanted.map((condition) => keepOrMake(condition, old, generation, now));
}

/** The condition of a type. */
export function conditionOf(list: readonly PodCondition[], type: string): PodCondition | undefined {
  for (const condition of list) if (condition.type === type) return condition;
  return undefined;
}

function keepOrMake(
  wanted: Partial,
  old: readonly PodCondition[],
  generation: number | undefined,
  now: string,
): PodCondition {
  const before = conditionOf(old, wanted.type);
  const same = before?.status === wanted.status;
  if (
    before !== undefined &&
    same &&
    before.reason === wanted.reason &&
    before.message === wanted.message &&
    before.observedGeneration === generation
  ) {
    return before;
  }
  const condition: PodCondition = {
    type: wanted.type,
    status: wanted.status,
    lastTransitionTime: (same && before?.lastTransitionTime) || now,
  };
  if (generation !== undefined) condition.observedGeneration = generation;
  if (wanted.reason) condition.reason = wanted.reason;
  if (wanted.message) condition.message = wanted.message;
  return condition;
}

function initialized(
  pod: Pod,
  phase: Phase,
  init: readonly ContainerStatus[],
  regular: readonly ContainerStatus[],
): Partial {
  const type = 'Initialized';
  const containers = initContainersOf(pod);
  if (phase === 'Succeeded') return { type, status: 'True', reason: 'PodCompleted' };
  if (containers.length === 0 || regular.some(hasStarted)) return { type, status: 'True' };
  const incomplete: string[] = [];
  for (const container of containers) {
    const status = init.find(({ name }) => name === container.name);
    if (isSidecar(container) ? !status?.started : !status?.ready) incomplete.push(container.name);
  }
  if (incomplete.length === 0) return { type, status: 'True' };
  if (phase === 'Failed') return { type, status: 'False', reason: 'PodFailed' };
  const message = `containers with incomplete status: [${incomplete.join(' ')}]`;
  return { type, status: 'False', reason: 'ContainersNotInitialized', message };
}

/** Whether a container runs or has run. */
function hasStarted({ started, state, lastState }: ContainerStatus): boolean {
  return started === true || state?.terminated !== undefined || lastState?.terminated !== undefined;
}

function containersReady(
  pod: Pod,
  phase: Phase,
  init: readonly ContainerStatus[],
  regular: readonly ContainerStatus[],
): Partial {
  const type = 'ContainersReady';
  if (phase === 'Succeeded') return { type, status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { type, status: 'False', reason: 'PodFailed' };
  const unknown: string[] = [];
  const unready: string[] = [];
  const look = (name: string, statuses: readonly ContainerStatus[]): void => {
    const status = statuses.find((one) => one.name === name);
    if (status === undefined) unknown.push(name);
    else if (!status.ready) unready.push(name);
  };
  for (const container of initContainersOf(pod)) if (isSidecar(container)) look(container.name, init);
  for (const { name } of containersOf(pod)) look(name, regular);
  const messages: string[] = [];
  if (unknown.length > 0) messages.push(`containers with unknown status: [${unknown.join(' ')}]`);
  if (unready.length > 0) messages.push(`containers with unready status: [${unready.join(' ')}]`);
  if (messages.length === 0) return { type, status: 'True' };
  return { type, status: 'False', reason: 'ContainersNotReady', message: messages.join(', ') };
}

function podReady(pod: Pod, ready: Partial, conditions: readonly PodCondition[]): Partial {
  if (ready.status !== 'True') return { ...ready, type: 'Ready' };
  const messages: string[] = [];
  for (const { conditionType } of pod.spec?.readinessGates ?? []) {
    const found =
      conditionOf(conditions, conditionType) ?? conditionOf(pod.status?.conditions ?? conditions, conditionType);
    if (found === undefined) {
      messages.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`);
    } else if (found.status !== 'True') {
      messages.push(`the status of pod readiness gate "${conditionType}" is not "True", but ${found.status}`);
    }
  }
  if (messages.length === 0) return { type: 'Ready', status: 'True' };
  return { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message: messages.join(', ') };
}
