import type { Container, PodDNSConfig } from '../api/generated/types.ts';
import type {
  DnsConfig,
  PodSandboxConfig,
  PodSandboxStatusRequest,
  RunPodSandbox,
  RunPodSandboxResponse,
} from '../cri/messages.ts';
import { computePodActions, type Observed, type PodActions } from './compute-pod-actions.ts';
import { hashOf } from './hash.ts';
import { after, callRuntime, grpcError, type Kubelet, podEvent, syncAtRelist, update } from './kubelet.ts';
import { objectsAreKnown } from './pod-objects.ts';
import { probeResult, startProbes } from './probes.ts';
import { containersOf, initContainersOf } from './resources.ts';
import { startContainer } from './start-container.ts';
import type { Plan, PodWorker } from './state.ts';
import { ensureMirror } from './static-pods.ts';
import { refreshStatus } from './status-manager.ts';
import { beginTermination, killContainers } from './termination.ts';
import { mountProblem } from './volumes.ts';
import { syncSoon } from './worker.ts';

/** A failed sync is tried again after this. Source: pkg/kubelet/kubelet.go (backOffPeriod) */
export const RETRY_MS = 10_000;
/** A pod in back-off is looked at when it ends, and at least this often. */
const MAX_WAIT_MS = 60_000;
/** Mounts are tried again after 500 ms, doubling to 2 min 2 s. Source: pkg/util/goroutinemap/exponentialbackoff */
const MOUNT_RETRY_MS = 500;
const MAX_MOUNT_RETRY_MS = 122_000;

export const NO_PLAN: Plan = {
  createSandbox: false,
  attempt: 0,
  start: [],
  failed: false,
  backOffUntil: 0,
  started: false,
};

/**
 * One sync of a pod: status first, then what brings it closer to its spec. Everything that this sync does is published
 * by the next one. Source: pkg/kubelet/kubelet.go (SyncPod)
 */
export function syncPod(k: Kubelet, synced: PodWorker): void {
  const { state, env } = k;
  // A kubelet that finds containers running looks at their probes before it says anything about them.
  if (synced.syncedAt === 0 && synced.sandbox !== null) startProbes(k, synced);
  let worker = refreshStatus(k, update(k, synced, { again: false, syncedAt: env.now, plan: NO_PLAN }));
  const { pod, status } = worker;
  if (status.phase === 'Failed' || status.phase === 'Succeeded') {
    beginTermination(k, worker, undefined);
    return;
  }
  const { node } = k.state;
  if (worker.sandbox === null && !pod.spec?.hostNetwork && !node.networkReady) {
    podEvent(k, pod, 'Warning', 'NetworkNotReady', `network is not ready: ${node.networkMessage}`);
    update(k, worker, { endedAt: env.now });
    return;
  }
  if (worker.isStatic) ensureMirror(k, worker);
  if (!objectsAreKnown(k, worker)) {
    state.waiting.set(worker.uid, true);
    update(k, worker, { task: { at: 'objects' } });
    return;
  }
  const problem = mountProblem(k, worker);
  if (problem !== undefined) {
    podEvent(k, pod, 'Warning', 'FailedMount', problem);
    const delay = Math.min(MOUNT_RETRY_MS * 2 ** worker.mountFailures, MAX_MOUNT_RETRY_MS);
    update(k, worker, { endedAt: env.now, mountFailures: worker.mountFailures + 1 });
    after(k, `mount/${worker.uid}`, delay);
    return;
  }
  // A wrong clock makes a new container look older than the kubelet, as if it had been ready all the time.
  if (startProbes(k, worker)) worker = refreshStatus(k, worker);
  const actions = computePodActions(observedOf(k, worker));
  const { createSandbox, attempt, start } = actions;
  worker = update(k, worker, { plan: { ...NO_PLAN, createSandbox, attempt, start } });
  carryOut(k, worker, actions);
}

function observedOf({ state }: Kubelet, worker: PodWorker): Observed {
  const { pod, sandbox, runs, uid } = worker;
  return {
    pod,
    sandbox,
    runs,
    probe: (name, type) => probeResult(state, uid, name, type, runs[name]?.id),
    hash: hashOf,
  };
}

function carryOut(k: Kubelet, worker: PodWorker, { killPod, createSandbox, kill }: PodActions): void {
  if (killPod) {
    if (createSandbox) {
      podEvent(k, worker.pod, 'Normal', 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.');
    }
    killContainers(k, worker, 'all');
  } else if (kill.length > 0) killContainers(k, worker, kill);
  else proceed(k, worker);
}

/** The next thing of the plan: the sandbox, then one container after the other. */
export function proceed(k: Kubelet, worker: PodWorker): void {
  const plan = worker.plan ?? NO_PLAN;
  if (worker.stage !== 'sync') {
    endSync(k, worker);
    return;
  }
  if (plan.createSandbox) {
    runSandbox(k, worker);
    return;
  }
  const [next, ...rest] = plan.start;
  if (next === undefined) {
    endSync(k, worker);
    return;
  }
  startContainer(k, update(k, worker, { plan: { ...plan, start: rest } }), next);
}

function runSandbox(k: Kubelet, worker: PodWorker): void {
  update(k, worker, { task: { at: 'sandbox' } });
  callRuntime<RunPodSandbox>(
    k,
    { type: 'runPodSandbox', config: sandboxConfig(worker, k.env.host) },
    { uid: worker.uid },
  );
}

function sandboxConfig({ pod, uid, plan }: PodWorker, node: string): PodSandboxConfig {
  const { metadata, spec } = pod;
  const { hostNetwork = false, hostAliases, subdomain, dnsPolicy, dnsConfig } = spec;
  const namespace = metadata.namespace ?? 'default';
  const portMappings: PodSandboxConfig['portMappings'][number][] = [];
  for (const { ports } of containersOf(pod)) {
    for (const { protocol = 'TCP', containerPort, hostPort, hostIP = '' } of ports ?? []) {
      if (hostPort) portMappings.push({ protocol, containerPort, hostPort, hostIP });
    }
  }
  return {
    name: metadata.name,
    namespace,
    uid,
    attempt: plan?.attempt ?? 0,
    hostname: hostNetwork ? node : (spec.hostname ?? metadata.name).slice(0, 63),
    hostNetwork,
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    portMappings,
    ...(subdomain && { domain: `${subdomain}.${namespace}.svc.cluster.local` }),
    ...(hostAliases && { hosts: hostAliases.map(({ ip, hostnames = [] }) => [ip, ...hostnames].join('\t')) }),
    ...((dnsPolicy === 'None' || dnsPolicy === 'Default') && { dnsPolicy }),
    ...(dnsPolicy === 'ClusterFirstWithHostNet' && { dnsPolicy: 'ClusterFirst' }),
    ...(dnsConfig && { dns: ownDns(dnsConfig) }),
  };
}

function ownDns({ nameservers = [], searches = [], options = [] }: PodDNSConfig): DnsConfig {
  const written = options.map(({ name, value }) => (value === undefined ? `${name}` : `${name}:${value}`));
  return { servers: nameservers, searches, options: written };
}

export function sandboxCreated(k: Kubelet, worker: PodWorker, answer: RunPodSandboxResponse): void {
  if (answer.error !== undefined) {
    podEvent(k, worker.pod, 'Warning', 'FailedCreatePodSandBox', `Failed to create pod sandbox: ${grpcError(answer)}`);
    endSync(k, fail(k, worker));
    return;
  }
  const plan = worker.plan ?? NO_PLAN;
  const sandbox = {
    id: answer.podSandboxId,
    ip: '',
    ready: true,
    attempt: plan.attempt,
    hostNetwork: worker.pod.spec?.hostNetwork === true,
  };
  const oldSandboxes = worker.sandbox ? [...worker.oldSandboxes, worker.sandbox.id] : worker.oldSandboxes;
  update(k, worker, { sandbox, oldSandboxes, task: { at: 'sandbox-status' } });
  callRuntime<PodSandboxStatusRequest>(k, { type: 'podSandboxStatus', podSandboxId: sandbox.id }, { uid: worker.uid });
}

export function sandboxInspected(k: Kubelet, worker: PodWorker, ip: string): void {
  if (worker.sandbox === null) return;
  const plan = { ...(worker.plan ?? NO_PLAN), createSandbox: false, started: true };
  proceed(k, update(k, worker, { sandbox: { ...worker.sandbox, ip }, plan }));
}

/** Marks the sync as failed: it is tried again. */
export function fail(k: Kubelet, worker: PodWorker): PodWorker {
  return update(k, worker, { plan: { ...(worker.plan ?? NO_PLAN), failed: true } });
}

/** The sync has ended; decides when the next one comes. */
export function endSync(k: Kubelet, worker: PodWorker): void {
  const { env } = k;
  const { uid, again } = worker;
  const { started, failed, backOffUntil } = worker.plan ?? NO_PLAN;
  const ended = update(k, worker, { task: null, plan: null, again: false, endedAt: env.now });
  if (ended.stage !== 'sync') {
    // A pod that is to end does not wait for the relist that would show what its last sync did.
    syncSoon(k, update(k, ended, { endedAt: -1 }).uid);
    return;
  }
  if (started || again) {
    syncAtRelist(k, uid);
    return;
  }
  if (failed) after(k, `retry/${uid}`, RETRY_MS);
  else if (backOffUntil !== 0) after(k, `retry/${uid}`, Math.min(backOffUntil - env.now, MAX_WAIT_MS));
}

/** Init containers that are no sidecars stop the sync when they cannot start: the others wait for them. */
export function isInit(worker: PodWorker, container: Container): boolean {
  return initContainersOf(worker.pod).includes(container);
}
