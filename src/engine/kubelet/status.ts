import type {
  Container,
  ContainerState,
  ContainerStatus,
  Pod,
  PodCondition,
  PodStatus,
  VolumeMountStatus,
} from '../api/generated/types.ts';
import { deepEqual, extended } from '../api/share.ts';
import { toRFC3339 } from '../api/time.ts';
import { shouldStart } from './compute-pod-actions.ts';
import { conditionOf, podConditions } from './conditions.ts';
import { containersOf, initContainersOf, isSidecar, qosClass, restartsAfter } from './resources.ts';
import type { PodWorker, Run } from './state.ts';

type Phase = NonNullable<PodStatus['phase']>;

/** What the probes have found out about a container that runs. */
export interface ProbeResults {
  result(container: string, type: 'readiness' | 'startup', containerId: string): 'unknown' | 'success' | 'failure';
}

/**
 * The status of a pod as the runtime and the probes show it. What did not change keeps its identity.
 * Source: pkg/kubelet/kubelet_pods.go (generateAPIPodStatus, convertStatusToAPIStatus)
 */
export function podStatus(worker: PodWorker, probes: ProbeResults, hostIP: string, now: number): PodStatus {
  const { pod, sandbox, verdict } = worker;
  const old = worker.status;
  const terminal = worker.stage !== 'sync';
  const hasInit = initContainersOf(pod).length > 0;
  const init = initContainersOf(pod).map((container) => containerStatus(worker, container, probes, hasInit, true));
  const regular = containersOf(pod).map((container) => containerStatus(worker, container, probes, hasInit, false));
  regular.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  let phase = podPhase(pod, init, regular, terminal && !isAnyRunning(worker));
  // A pod that has ended never begins again.
  if (old.phase === 'Failed' || old.phase === 'Succeeded') phase = old.phase;
  else if (verdict) phase = 'Failed';
  else if (worker.stage === 'terminated' && phase !== 'Succeeded') phase = 'Failed';
  const networked = sandbox?.ready === true && (sandbox.hostNetwork || sandbox.ip !== '');
  const conditions = podConditions(pod, old.conditions ?? [], phase, init, regular, networked, toRFC3339(now));
  const disruption = disruptionCondition(worker, old.conditions, now);
  if (disruption) conditions.push(disruption);
  const status: PodStatus = {
    phase,
    conditions: sameList(old.conditions, conditions),
    hostIP,
    hostIPs: old.hostIP === hostIP && old.hostIPs ? old.hostIPs : [{ ip: hostIP }],
    qosClass: old.qosClass ?? qosClass(pod),
    startTime: old.startTime ?? toRFC3339(now),
    containerStatuses: sameList(old.containerStatuses, regular),
  };
  if (pod.metadata.generation !== undefined) status.observedGeneration = pod.metadata.generation;
  if (hasInit) status.initContainerStatuses = sameList(old.initContainerStatuses, init);
  // The address stays in the status of a pod whose sandbox is gone.
  const ip = sandbox === null ? undefined : sandbox.hostNetwork ? hostIP : sandbox.ip || undefined;
  const podIP = ip ?? (terminal ? old.podIP : undefined);
  if (podIP !== undefined) {
    status.podIP = podIP;
    status.podIPs = old.podIP === podIP && old.podIPs ? old.podIPs : [{ ip: podIP }];
  }
  const reason = verdict?.reason ?? (phase === old.phase ? old.reason : undefined);
  const message = verdict?.message ?? (phase === old.phase ? old.message : undefined);
  if (reason !== undefined) status.reason = reason;
  if (message !== undefined) status.message = message;
  return status;
}

/** Whether a container of the pod runs. */
function isAnyRunning({ runs }: Pick<PodWorker, 'runs'>): boolean {
  for (const name in runs) if (runs[name]?.state === 'RUNNING') return true;
  return false;
}

function sameList<Item>(old: Item[] | undefined, list: Item[]): Item[] {
  if (old === undefined || old.length !== list.length) return list;
  for (let i = 0; i < list.length; i++) if (old[i] !== list[i]) return list;
  return old;
}

function disruptionCondition(
  { verdict, pod }: PodWorker,
  old: readonly PodCondition[] | undefined,
  now: number,
): PodCondition | undefined {
  const before = old && conditionOf(old, 'DisruptionTarget');
  if (before || !verdict?.disruption) return before;
  const { reason, message } = verdict.disruption;
  const observedGeneration = pod.metadata.generation;
  return {
    type: 'DisruptionTarget',
    status: 'True',
    lastTransitionTime: toRFC3339(now),
    ...(observedGeneration !== undefined && { observedGeneration }),
    reason,
    message,
  };
}

// --- containers ---------------------------------------------------------------------------------------------------

/** Source: pkg/kubelet/kubelet_pods.go (convertToAPIContainerStatuses) and pkg/kubelet/prober/prober_manager.go */
function containerStatus(
  worker: PodWorker,
  container: Container,
  probes: ProbeResults,
  hasInit: boolean,
  isInit: boolean,
): ContainerStatus {
  const { pod, runs, before, reasons } = worker;
  const { name } = container;
  const run = runs[name];
  const list = isInit ? worker.status.initContainerStatuses : worker.status.containerStatuses;
  const old = list?.find((status) => status.name === name);
  let state: ContainerState;
  let lastState: ContainerState = old?.lastState ?? NO_STATE;
  if (run === undefined) {
    state = old?.state?.terminated
      ? old.state
      : { waiting: { reason: hasInit ? 'PodInitializing' : 'ContainerCreating' } };
  } else {
    state = stateOf(run, hasInit);
    const previous = before[name];
    if (previous?.state === 'EXITED') lastState = stateOf(previous, hasInit);
  }
  const reason = reasons[name];
  const ended = isInit && !isSidecar(container) && run?.state === 'EXITED' && run.exitCode === 0;
  if (reason !== undefined && !ended && worker.stage === 'sync' && shouldStart(pod, container, run)) {
    if (state.terminated) lastState = state;
    state = { waiting: { message: reason.message, reason: reason.reason } };
    if (!reason.message) state = { waiting: { reason: reason.reason } };
  }
  const running = state.running !== undefined && run !== undefined;
  const sidecar = isInit && isSidecar(container);
  let started = false;
  let ready = false;
  if (running && (!isInit || sidecar)) {
    started = !container.startupProbe || probes.result(name, 'startup', run.id) === 'success';
    ready = started && (!container.readinessProbe || probes.result(name, 'readiness', run.id) === 'success');
  } else if (isInit && !sidecar) {
    ready = state.terminated?.exitCode === 0;
  }
  const status: ContainerStatus = {
    name,
    state: same(old?.state, state),
    lastState: same(old?.lastState, lastState),
    ready,
    restartCount: run?.attempt ?? old?.restartCount ?? 0,
    image: run?.image || old?.image || (container.image ?? ''),
    imageID: run?.imageRef ?? old?.imageID ?? '',
    started,
  };
  if (run !== undefined) {
    status.containerID = `containerd://${run.id}`;
    const { resources } = container;
    if (resources?.requests) status.allocatedResources = resources.requests;
    status.resources = resources ?? NO_RESOURCES;
    if (run.state === 'RUNNING') status.user = ROOT;
  } else if (old?.containerID) status.containerID = old.containerID;
  const volumeMounts = old?.volumeMounts ?? mountStatuses(container);
  if (volumeMounts) status.volumeMounts = volumeMounts;
  return old !== undefined && deepEqual(old, status) ? old : status;
}

const NO_STATE: ContainerState = {};
const NO_RESOURCES = {};
const ROOT = { linux: { gid: 0, supplementalGroups: [0], uid: 0 } };

const same = <Value>(old: Value | undefined, value: Value): Value => (deepEqual(old, value) ? (old as Value) : value);

function mountStatuses({ volumeMounts }: Container): VolumeMountStatus[] | undefined {
  return volumeMounts?.map(({ mountPath, name, readOnly }) =>
    readOnly ? { mountPath, name, readOnly: true, recursiveReadOnly: 'Disabled' } : { mountPath, name },
  );
}

function stateOf(run: Run, hasInit: boolean): ContainerState {
  if (run.state === 'RUNNING') return { running: { startedAt: toRFC3339(run.startedAt) } };
  if (run.state === 'CREATED') return { waiting: { reason: hasInit ? 'PodInitializing' : 'ContainerCreating' } };
  return {
    terminated: {
      exitCode: run.exitCode,
      reason: run.reason || (run.exitCode === 0 ? 'Completed' : 'Error'),
      ...(run.message && { message: run.message }),
      startedAt: toRFC3339(run.startedAt),
      finishedAt: toRFC3339(run.finishedAt),
      containerID: `containerd://${run.id}`,
    },
  };
}

// --- phase --------------------------------------------------------------------------------------------------------

/**
 * The phase that the containers' states add up to; `isEnding` when the kubelet has killed the pod for good.
 * Source: pkg/kubelet/kubelet_pods.go (getPhase)
 */
function podPhase(
  pod: Pod,
  init: readonly ContainerStatus[],
  regular: readonly ContainerStatus[],
  isEnding: boolean,
): Phase {
  let pendingInit = 0;
  let failedInit = 0;
  let lostInit = 0;
  let running = 0;
  let waiting = 0;
  let stopped = 0;
  let succeeded = 0;
  const isInitialized = regular.some(
    ({ state, lastState }) => state?.running || state?.terminated || lastState?.terminated,
  );
  for (const container of initContainersOf(pod)) {
    const status = init.find(({ name }) => name === container.name);
    const { state, lastState } = status ?? {};
    if (isSidecar(container)) {
      if (state?.running) {
        running++;
        if (!status?.started && !isInitialized) pendingInit++;
      } else if (!state?.terminated && !lastState?.terminated) {
        waiting++;
      }
      continue;
    }
    const last = state?.terminated ?? (state?.waiting ? lastState?.terminated : undefined);
    if (last === undefined) pendingInit++;
    else if (last.exitCode !== 0) {
      failedInit++;
      if (!restartsAfter(pod, container, last.exitCode)) lostInit++;
    }
  }
  for (const { state, lastState } of regular) {
    if (state?.running) running++;
    else if (state?.terminated) {
      stopped++;
      if (state.terminated.exitCode === 0) succeeded++;
    } else if (lastState?.terminated) stopped++;
    else waiting++;
  }
  if (lostInit > 0) return 'Failed';
  if ((pendingInit > 0 || failedInit > 0) && !isInitialized) return 'Pending';
  if (waiting > 0) return 'Pending';
  if (running > 0) return 'Running';
  if (stopped === 0) return 'Pending';
  if (isEnding) return stopped === succeeded ? 'Succeeded' : 'Failed';
  const willRestart = containersOf(pod).some((container) => {
    const last = regular.find(({ name }) => name === container.name);
    const exit = last?.state?.terminated ?? last?.lastState?.terminated;
    return exit !== undefined && restartsAfter(pod, container, exit.exitCode);
  });
  if (willRestart) return 'Running';
  return stopped === succeeded ? 'Succeeded' : 'Failed';
}

// --- what to send -------------------------------------------------------------------------------------------------

const FIELDS = [
  'phase',
  'hostIP',
  'podIP',
  'qosClass',
  'startTime',
  'reason',
  'message',
  'observedGeneration',
  'containerStatuses',
  'initContainerStatuses',
] as const;

/**
 * The strategic merge patch that makes the stored status this one; undefined when they say the same. Conditions of
 * others are left alone. Source: pkg/kubelet/util/status/status.go, pkg/kubelet/status/status_manager.go (mergePodStatus)
 */
export function statusPatch(base: PodStatus, wanted: PodStatus): Record<string, unknown> | undefined {
  if (base === wanted || knownEqual.get(wanted) === base) return undefined;
  const patch = patchBetween(base, wanted);
  if (patch === undefined) knownEqual.set(wanted, base);
  return patch;
}

/** What was found to say the same: it is asked again with every message about the pod. */
const knownEqual = new WeakMap<PodStatus, PodStatus>();

function patchBetween(base: PodStatus, wanted: PodStatus): Record<string, unknown> | undefined {
  const patch: Record<string, unknown> = {};
  for (const field of FIELDS) if (!deepEqual(base[field], wanted[field])) patch[field] = wanted[field] ?? null;
  patchAddresses(patch, 'hostIPs', base.hostIPs, wanted.hostIPs);
  patchAddresses(patch, 'podIPs', base.podIPs, wanted.podIPs);
  patchConditions(patch, base.conditions ?? NO_CONDITIONS, wanted.conditions ?? NO_CONDITIONS);
  for (const _ in patch) return patch;
  return undefined;
}

function patchAddresses(
  patch: Record<string, unknown>,
  field: 'hostIPs' | 'podIPs',
  base: readonly { ip: string }[] | undefined,
  wanted: readonly { ip: string }[] | undefined,
): void {
  if (wanted === undefined || deepEqual(base, wanted)) return;
  patch[`$setElementOrder/${field}`] = wanted;
  const gone = base?.filter(({ ip }) => !wanted.some((one) => one.ip === ip)) ?? [];
  patch[field] = [...wanted, ...gone.map(({ ip }) => ({ $patch: 'delete', ip }))];
}

const NO_CONDITIONS: readonly PodCondition[] = [];

function patchConditions(
  patch: Record<string, unknown>,
  base: readonly PodCondition[],
  wanted: readonly PodCondition[],
): void {
  const changed: object[] = [];
  for (const condition of wanted) {
    const there = conditionOf(base, condition.type);
    if (there === undefined) changed.push(condition);
    else if (there !== condition && !isSameCondition(there, condition)) changed.push(conditionPatch(there, condition));
  }
  if (changed.length === 0) return;
  const order: object[] = [];
  for (const { type } of base) if (conditionOf(wanted, type) === undefined) order.push({ type });
  for (const { type } of wanted) order.push({ type });
  patch['$setElementOrder/conditions'] = order;
  patch.conditions = changed;
}

function conditionPatch(there: PodCondition, wanted: PodCondition): object {
  const patch = extended<object, Record<string, unknown>>(wanted, {});
  if (there.reason && !wanted.reason) patch.reason = null;
  if (there.message && !wanted.message) patch.message = null;
  return patch;
}

function isSameCondition(a: PodCondition, b: PodCondition): boolean {
  return (
    a.status === b.status &&
    a.reason === b.reason &&
    a.message === b.message &&
    a.lastTransitionTime === b.lastTransitionTime &&
    a.observedGeneration === b.observedGeneration
  );
}
