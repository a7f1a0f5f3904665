import type { Container } from '../api/generated/types.ts';
import { bytes, cpuMillis } from '../api/quantity.ts';
import type {
  ContainerConfig,
  CreateContainer,
  CreateContainerResponse,
  ExecSync,
  NetworkProbe,
  RuntimeImage,
  StartContainer,
  StartContainerResponse,
} from '../cri/messages.ts';
import { backOffEnd, goDuration, nextBackOff } from './backoff.ts';
import { environmentOf, expand } from './env.ts';
import { hashOf } from './hash.ts';
import { ensureImage } from './image-pulls.ts';
import { after, callRuntime, type Kubelet, podEvent, syncAtRelist, update } from './kubelet.ts';
import { networkTarget } from './probes.ts';
import { containerOf, isSidecar, oomScoreAdj } from './resources.ts';
import type { PodWorker, Run, WaitingReason } from './state.ts';
import { endSync, isInit, NO_PLAN, proceed } from './sync-pod.ts';
import { killContainers } from './termination.ts';
import { mountsOf } from './volumes.ts';

/**
 * Image, container, process, postStart hook: the next container is not begun before this one is through.
 * Source: pkg/kubelet/kuberuntime/kuberuntime_container.go (startContainer)
 */
export function startContainer(k: Kubelet, worker: PodWorker, name: string): void {
  const container = containerOf(worker.pod, name);
  if (container === undefined) {
    proceed(k, worker);
    return;
  }
  const run = worker.runs[name];
  if (run?.state === 'EXITED') {
    const key = `${worker.uid}/${name}`;
    const { backOffs } = k.state;
    const end = backOffEnd(backOffs.get(key), run.finishedAt, k.env.wallNow);
    if (end > 0) {
      const { delayMs } = backOffs.get(key) ?? { delayMs: 0 };
      const { namespace, name: pod } = worker.pod.metadata;
      const about = `${pod}_${namespace}(${worker.pod.metadata.uid})`;
      const text = `Back-off restarting failed container ${name} in pod ${about}`;
      podEvent(k, worker.pod, 'Warning', 'BackOff', text, name);
      const message = `back-off ${goDuration(delayMs)} restarting failed container=${name} pod=${about}`;
      const isNew = worker.reasons[name]?.message !== message;
      containerFailed(k, worker, container, 'CrashLoopBackOff', message, end + k.env.now - k.env.wallNow);
      // The relist that sees the dead container again shows why it waits.
      if (isNew) syncAtRelist(k, worker.uid);
      return;
    }
    backOffs.set(key, nextBackOff(backOffs.get(key), run.finishedAt, k.env.wallNow));
  }
  ensureImage(k, worker, container);
}

/** A container could not be started; the others get their turn, unless they wait for this one. */
export function containerFailed(
  k: Kubelet,
  worker: PodWorker,
  container: Container,
  reason: string,
  message: string,
  backOffUntil = 0,
): void {
  const plan = worker.plan ?? NO_PLAN;
  const reasons = { ...worker.reasons, [container.name]: { reason, message } };
  const until = backOffUntil === 0 ? plan.backOffUntil : Math.min(plan.backOffUntil || backOffUntil, backOffUntil);
  const failed = plan.failed || backOffUntil === 0;
  const next = update(k, worker, { reasons, plan: { ...plan, failed, backOffUntil: until } });
  if (isInit(worker, container) && !isSidecar(container)) endSync(k, next);
  else proceed(k, next);
}

function withoutReason(reasons: Readonly<Record<string, WaitingReason>>, name: string) {
  if (reasons[name] === undefined) return reasons;
  const { [name]: _gone, ...rest } = reasons;
  return rest;
}

export function createContainer(k: Kubelet, worker: PodWorker, container: Container, image: RuntimeImage): void {
  const { name } = container;
  const config = rootProblem(worker, container, image) ?? containerConfig(k, worker, container);
  if (typeof config === 'string') {
    podEvent(k, worker.pod, 'Warning', 'Failed', `Error: ${config}`, name);
    containerFailed(k, worker, container, 'CreateContainerConfigError', config);
    return;
  }
  const podSandboxId = worker.sandbox?.id ?? '';
  update(k, worker, { task: { at: 'create', container: name, containerId: '', image } });
  const about = { uid: worker.uid, container: name };
  callRuntime<CreateContainer>(k, { type: 'createContainer', podSandboxId, config }, about);
}

/**
 * Why `runAsNonRoot` forbids a container.
 * Source: pkg/kubelet/kuberuntime/security_context_others.go (verifyRunAsNonRoot)
 */
function rootProblem({ pod }: PodWorker, { name, securityContext }: Container, { user = '0' }: RuntimeImage) {
  const { runAsNonRoot, runAsUser } = { ...pod.spec?.securityContext, ...securityContext };
  if (!runAsNonRoot) return undefined;
  const { metadata } = pod;
  const about = `(pod: "${metadata.name}_${metadata.namespace}(${metadata.uid})", container: ${name})`;
  if (runAsUser !== undefined)
    return runAsUser === 0 ? `container's runAsUser breaks non-root policy ${about}` : undefined;
  if (user === '0') return `container has runAsNonRoot and image will run as root ${about}`;
  if (/^\d+$/.test(user)) return undefined;
  return `container has runAsNonRoot and image has non-numeric user (${user}), cannot verify user is non-root ${about}`;
}

const NO_WORDS: readonly string[] = [];

/** The container as the runtime is to make it; a text says which ConfigMap or Secret stands in the way. */
function containerConfig(k: Kubelet, worker: PodWorker, container: Container): ContainerConfig | string {
  const environment = environmentOf(k, worker, container);
  if (typeof environment === 'string') return environment;
  const { envs, value } = environment;
  const { command, args, resources, ports } = container;
  const run = worker.runs[container.name];
  return {
    name: container.name,
    attempt: run ? run.attempt + 1 : 0,
    image: container.image ?? '',
    command: command ? command.map((word) => expand(word, value)) : NO_WORDS,
    args: args ? args.map((word) => expand(word, value)) : NO_WORDS,
    workingDir: container.workingDir ?? '',
    envs,
    mounts: mountsOf(k, worker, container, value),
    ports: ports?.map(({ containerPort }) => containerPort) ?? [],
    stopSignal: container.lifecycle?.stopSignal ?? '',
    terminationMessagePath: container.terminationMessagePath ?? '/dev/termination-log',
    terminationMessagePolicy: container.terminationMessagePolicy ?? 'File',
    hash: hashOf(container),
    linux: {
      cpuRequestMillis: cpuMillis(resources?.requests?.cpu),
      cpuLimitMillis: cpuMillis(resources?.limits?.cpu),
      memoryRequestBytes: bytes(resources?.requests?.memory),
      memoryLimitBytes: bytes(resources?.limits?.memory),
      oomScoreAdj: oomScoreAdj(worker.pod, container, bytes(k.state.config.memory)),
    },
  };
}

export function containerCreated(
  k: Kubelet,
  worker: PodWorker,
  container: Container,
  { error, containerId }: CreateContainerResponse,
): void {
  const { name } = container;
  if (error !== undefined) {
    podEvent(k, worker.pod, 'Warning', 'Failed', `Error: ${error}`, name);
    containerFailed(k, worker, container, 'CreateContainerError', error);
    return;
  }
  podEvent(k, worker.pod, 'Normal', 'Created', 'Container created', name);
  const image = worker.task && 'image' in worker.task ? worker.task.image : null;
  const old = worker.runs[name];
  const run: Run = {
    id: containerId,
    podSandboxId: worker.sandbox?.id ?? '',
    podUid: worker.uid,
    name,
    attempt: old ? old.attempt + 1 : 0,
    state: 'CREATED',
    createdAt: k.env.wallNow,
    startedAt: 0,
    finishedAt: 0,
    exitCode: 0,
    reason: '',
    message: '',
    image: image?.repoTags[0] ?? container.image ?? '',
    imageRef: image?.repoDigests[0] ?? image?.id ?? '',
    hash: hashOf(container),
  };
  const before = old ? { ...worker.before, [name]: old } : worker.before;
  const task = { at: 'start' as const, container: name, containerId, image };
  update(k, worker, { runs: { ...worker.runs, [name]: run }, before, task });
  callRuntime<StartContainer>(k, { type: 'startContainer', containerId }, { uid: worker.uid, container: name });
}

export function containerStarted(
  k: Kubelet,
  worker: PodWorker,
  container: Container,
  { error, startedAt }: StartContainerResponse,
): void {
  const { name } = container;
  const created = worker.runs[name] as Run;
  if (error !== undefined) {
    podEvent(k, worker.pod, 'Warning', 'Failed', `Error: ${error}`, name);
    // The runtime reports a container that could not start as one that has exited with 128.
    const run: Run =
      created.state === 'EXITED'
        ? created
        : {
            ...created,
            state: 'EXITED',
            exitCode: 128,
            reason: 'StartError',
            message: error,
            startedAt: 0,
            finishedAt: k.env.wallNow,
          };
    const failed = update(k, worker, { runs: { ...worker.runs, [name]: run } });
    containerFailed(k, failed, container, 'RunContainerError', error);
    return;
  }
  podEvent(k, worker.pod, 'Normal', 'Started', 'Container started', name);
  // A process that ends at once may have been reported before the answer came.
  const run: Run = created.state === 'EXITED' ? created : { ...created, state: 'RUNNING', startedAt };
  const plan = { ...(worker.plan ?? NO_PLAN), started: true };
  const reasons = withoutReason(worker.reasons, name);
  const next = update(k, worker, { runs: { ...worker.runs, [name]: run }, reasons, plan });
  if (container.lifecycle?.postStart && run.state === 'RUNNING') runPostStart(k, next, container, run);
  else proceed(k, next);
}

function runPostStart(k: Kubelet, worker: PodWorker, container: Container, run: Run): void {
  const { name } = container;
  const { exec, httpGet, tcpSocket, sleep } = container.lifecycle?.postStart ?? {};
  const task = { at: 'post-start' as const, container: name, containerId: run.id, image: null };
  const waiting = update(k, worker, { task });
  const about = { uid: worker.uid, container: name, detail: 'post-start' };
  if (sleep) after(k, `post-start/${worker.uid}/${name}`, sleep.seconds * 1000);
  else if (exec) {
    const command = exec.command ?? [];
    callRuntime<ExecSync>(k, { type: 'execSync', containerId: run.id, command, timeoutSeconds: 0 }, about);
  } else {
    const target = networkTarget(waiting, container, { httpGet, tcpSocket });
    callRuntime<NetworkProbe>(k, { type: 'networkProbe', containerId: run.id, ...target, timeoutSeconds: 30 }, about);
  }
}

/** The postStart hook has ended; `error` is what the status says when it failed. */
export function postStartEnded(k: Kubelet, worker: PodWorker, container: Container, error: string | undefined): void {
  if (error === undefined) {
    proceed(k, worker);
    return;
  }
  const { name } = container;
  podEvent(k, worker.pod, 'Warning', 'FailedPostStartHook', `PostStartHook failed`, name);
  const plan = { ...(worker.plan ?? NO_PLAN), failed: true };
  const reasons = { ...worker.reasons, [name]: { reason: 'PostStartHookError', message: error } };
  const failed = update(k, worker, { plan, reasons });
  killContainers(k, failed, [{ container: name, message: 'FailedPostStartHook' }]);
}
