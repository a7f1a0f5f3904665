import type { Container, Pod } from '../api/generated/types.ts';
import { containersOf, initContainersOf, isSidecar, restartsAfter } from './resources.ts';
import type { Run, Sandbox } from './state.ts';

/** What the kubelet knows of a pod when it decides. */
export interface Observed {
  readonly pod: Pod;
  readonly sandbox: Sandbox | null;
  readonly runs: Readonly<Record<string, Run>>;
  /** Result of a liveness or startup probe for the container that runs now. */
  probe(container: string, type: 'liveness' | 'startup'): 'unknown' | 'success' | 'failure';
  /** Hash of the container's present definition. */
  hash(container: Container): string;
}

export interface Kill {
  readonly container: string;
  /** Text of the Killing event; '' for the usual one. */
  readonly message: string;
  /** The probe whose own grace period applies. */
  readonly probe?: 'liveness' | 'startup';
}

export interface PodActions {
  /** Everything in it has ended for good, or the sandbox is unusable: kill what is left. */
  readonly killPod: boolean;
  readonly createSandbox: boolean;
  readonly attempt: number;
  readonly kill: readonly Kill[];
  readonly start: readonly string[];
}

/**
 * What has to happen to a pod so that it becomes what its spec says.
 * Source: pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodActions)
 */
export function computePodActions(observed: Observed): PodActions {
  const { pod, sandbox } = observed;
  if (sandbox === null || !sandbox.ready || (!sandbox.hostNetwork && sandbox.ip === '')) {
    return inNewSandbox(observed);
  }
  const kill: Kill[] = [];
  const init: string[] = [];
  const progress = initContainers(observed, sandbox, kill, init);
  const attempt = sandbox.attempt;
  if (progress === 'failed') return { killPod: true, createSandbox: false, attempt, kill: [], start: [] };
  if (progress === 'initializing') return { killPod: false, createSandbox: false, attempt, kill, start: init };
  const start: string[] = [];
  let kept = 0;
  for (const container of containersOf(pod)) {
    const run = observed.runs[container.name];
    if (run?.state !== 'RUNNING') {
      if (shouldStart(pod, container, run)) start.push(container.name);
      continue;
    }
    const reason = whyKill(observed, container, run);
    if (reason === undefined) {
      kept++;
      continue;
    }
    const changed = reason.probe === undefined;
    const again = changed || restartsAfter(pod, container, 1);
    kill.push({ ...reason, message: again ? `${reason.message}, will be restarted` : reason.message });
    if (again) start.push(container.name);
  }
  if (kept === 0 && start.length === 0) return { killPod: true, createSandbox: false, attempt, kill: [], start: [] };
  return { killPod: false, createSandbox: false, attempt, kill, start: [...init, ...start] };
}

const NOTHING: readonly Kill[] = [];

function inNewSandbox({ pod, sandbox, runs }: Observed): PodActions {
  const attempt = sandbox === null ? 0 : sandbox.attempt + 1;
  const done: PodActions = { killPod: true, createSandbox: false, attempt, kill: NOTHING, start: [] };
  const containers = containersOf(pod);
  const hasRun = containers.some((container) => runs[container.name] !== undefined);
  if (attempt > 0 && hasRun && containers.every((container) => !mayRunAgain(pod, container, runs[container.name]))) {
    return done;
  }
  const first = initContainersOf(pod)[0];
  const start = first
    ? [first.name]
    : containers.filter((container) => shouldStart(pod, container, runs[container.name])).map(({ name }) => name);
  if (start.length === 0) return done;
  return { killPod: sandbox !== null, createSandbox: true, attempt, kill: NOTHING, start };
}

function mayRunAgain(pod: Pod, container: Container, run: Run | undefined): boolean {
  if (run === undefined) return true;
  return restartsAfter(pod, container, run.state === 'EXITED' ? run.exitCode : 1);
}

/** Source: pkg/kubelet/container/helpers.go (ShouldContainerBeRestarted) */
export function shouldStart(pod: Pod, container: Container, run: Run | undefined): boolean {
  if (pod.metadata.deletionTimestamp !== undefined) return false;
  if (run === undefined) return true;
  if (run.state === 'RUNNING') return false;
  if (run.state !== 'EXITED') return true;
  return restartsAfter(pod, container, run.exitCode);
}

function whyKill(observed: Observed, container: Container, run: Run): Kill | undefined {
  const { name } = container;
  if (run.hash !== observed.hash(container))
    return { container: name, message: `Container ${name} definition changed` };
  if (container.livenessProbe && observed.probe(name, 'liveness') === 'failure') {
    return { container: name, message: `Container ${name} failed liveness probe`, probe: 'liveness' };
  }
  if (container.startupProbe && observed.probe(name, 'startup') === 'failure') {
    return { container: name, message: `Container ${name} failed startup probe`, probe: 'startup' };
  }
  return undefined;
}

/** Whether a regular container was made in this sandbox: then every init container has done its work. */
function hasStartedRegular({ pod, runs }: Observed, sandbox: Sandbox): boolean {
  return containersOf(pod).some(({ name }) => runs[name]?.podSandboxId === sandbox.id);
}

/**
 * Init containers run one after the other; sidecars among them are kept running. From the last to the first: what comes
 * before one that exists has been done. Source: kuberuntime_container.go (computeInitContainerActions)
 */
function initContainers(
  observed: Observed,
  sandbox: Sandbox,
  kill: Kill[],
  start: string[],
): 'initialized' | 'initializing' | 'failed' {
  const { pod, runs } = observed;
  const containers = initContainersOf(pod);
  if (containers.length === 0) return 'initialized';
  let initialized = hasStartedRegular(observed, sandbox);
  let laterSeen = initialized;
  for (let i = containers.length - 1; i >= 0; i--) {
    const container = containers[i] as Container;
    const sidecar = isSidecar(container);
    const run = runs[container.name]?.podSandboxId === sandbox.id ? runs[container.name] : undefined;
    if (run === undefined) {
      if (sidecar && laterSeen) start.unshift(container.name);
      continue;
    }
    if (laterSeen && !sidecar) continue;
    const isNewest = !laterSeen;
    laterSeen = true;
    let done = false;
    if (run.state === 'RUNNING') {
      if (sidecar) {
        const reason = whyKill(observed, container, run);
        if (reason) {
          kill.push({ ...reason, message: `${reason.message}, will be restarted` });
          start.unshift(container.name);
        } else {
          done = !container.startupProbe || observed.probe(container.name, 'startup') === 'success';
        }
      }
    } else if (run.state === 'EXITED' && !sidecar && run.exitCode === 0) {
      done = true;
    } else if (run.state === 'EXITED' && !sidecar && !restartsAfter(pod, container, run.exitCode)) {
      return 'failed';
    } else {
      start.unshift(container.name);
    }
    if (!isNewest || !done) continue;
    const next = containers[i + 1];
    if (next) start.push(next.name);
    else initialized = true;
  }
  if (!laterSeen) start.push((containers[0] as Container).name);
  return initialized ? 'initialized' : 'initializing';
}
