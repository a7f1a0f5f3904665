import type { Container, HTTPGetAction, Probe } from '../api/generated/types.ts';
import type { ExecSync, ExecSyncResponse, NetworkProbe, NetworkProbeResponse } from '../cri/messages.ts';
import { cancel } from '../kernel/types.ts';
import { goDuration } from './backoff.ts';
import { after, callRuntime, type Kubelet, podEvent } from './kubelet.ts';
import { containerOf, containersOf, initContainersOf, isSidecar } from './resources.ts';
import type { PodWorker, ProbeWorker, Run } from './state.ts';
import type { ProbeResults } from './status.ts';
import { refreshStatus } from './status-manager.ts';
import { syncSoon } from './worker.ts';

export type ProbeType = ProbeWorker['type'];
const TYPES: readonly ProbeType[] = ['startup', 'liveness', 'readiness'];
/** An error of the probe itself (not a failure) is tried again. Source: pkg/kubelet/prober/prober.go (maxProbeRetries) */
const MAX_ERRORS = 3;

const keyOf = (uid: string, container: string, type: ProbeType): string => `${uid}/${container}/${type}`;

function specOf(container: Container | undefined, type: ProbeType): Probe | undefined {
  if (type === 'liveness') return container?.livenessProbe;
  return type === 'readiness' ? container?.readinessProbe : container?.startupProbe;
}

/** Results for the status and for the decision what to kill. */
export function probeResult(
  state: Kubelet['state'],
  uid: string,
  container: string,
  type: ProbeType,
  containerId: string | undefined,
): 'unknown' | 'success' | 'failure' {
  const probe = state.probes.get(keyOf(uid, container, type));
  return probe !== undefined && probe.containerId === containerId ? probe.result : 'unknown';
}

/** The probes of one pod as its status sees them. */
export function probeResults(state: Kubelet['state'], uid: string): ProbeResults {
  return { result: (container, type, containerId) => probeResult(state, uid, container, type, containerId) };
}

/**
 * Starts probing what runs and is not probed yet: startup first, the others when the container is started. The first
 * probe comes as soon as the kubelet has seen the container run and the initial delay is over. True if one of them is
 * over as it begins: the pod's status has changed by that.
 * Source: pkg/kubelet/prober/{prober_manager,worker}.go
 */
export function startProbes(k: Kubelet, worker: PodWorker): boolean {
  const sidecars = initContainersOf(worker.pod).filter(isSidecar);
  let isNews = false;
  for (const container of [...containersOf(worker.pod), ...sidecars]) isNews = startFor(k, worker, container) || isNews;
  return isNews;
}

function startFor(k: Kubelet, worker: PodWorker, container: Container): boolean {
  if (!container.startupProbe && !container.livenessProbe && !container.readinessProbe) return false;
  const run = worker.runs[container.name];
  if (run?.state !== 'RUNNING') return false;
  let isNews = false;
  const { state } = k;
  // Asked again for each: the startup probe of a container that has been running is over as soon as it begins.
  const isStarted = (): boolean =>
    !container.startupProbe || probeResult(state, worker.uid, container.name, 'startup', run.id) === 'success';
  for (const type of TYPES) {
    const spec = specOf(container, type);
    if (spec === undefined || (type !== 'startup' && !isStarted())) continue;
    if (worker.stage !== 'sync' && type !== 'readiness') continue;
    const key = keyOf(worker.uid, container.name, type);
    if (state.probes.get(key)?.containerId === run.id) continue;
    const probe = freshProbe(k, worker, container, type, run);
    state.probes.set(key, probe);
    isNews ||= probe.result === 'success' && type !== 'liveness';
    const delay = run.startedAt + (spec.initialDelaySeconds ?? 0) * 1000 - k.env.wallNow;
    after(k, `probe/${key}`, Math.max(0, delay), true);
  }
  return isNews;
}

function freshProbe(k: Kubelet, worker: PodWorker, container: Container, type: ProbeType, run: Run): ProbeWorker {
  // A container that ran before this kubelet keeps what the API server says of it.
  const isOlder = run.startedAt < k.state.startedWallAt;
  const known = isOlder ? statusOf(worker, container.name) : undefined;
  const held = type === 'liveness' || (type === 'readiness' ? known?.ready : known?.started);
  const id = `containerd://${run.id}`;
  // Of a static pod the API server has only the mirror, which the kubelet may not have seen yet.
  const isUnseen = isOlder && worker.isStatic && worker.base === null;
  const isKept = isUnseen || (held && (type === 'liveness' || known?.containerID === id));
  const result = isKept ? 'success' : 'unknown';
  return {
    uid: worker.uid,
    container: container.name,
    type,
    containerId: run.id,
    result,
    last: '',
    run: 0,
    errors: 0,
    onHold: false,
    output: '',
    probedAt: 0,
    isOpen: false,
  };
}

function statusOf(worker: PodWorker, name: string) {
  const { containerStatuses = [], initContainerStatuses = [] } = worker.status;
  return [...containerStatuses, ...initContainerStatuses].find((status) => status.name === name);
}

/** A probe's period has come round. */
export function probeDue(k: Kubelet, key: string): void {
  const { state, env } = k;
  const live = liveProbe(k, key);
  if (live === undefined) return;
  const { probe, worker, container, spec } = live;
  if (worker.stage !== 'sync' && probe.type !== 'readiness') return;
  if (probe.type === 'startup' && probe.result === 'success') return;
  after(k, `probe/${key}`, (spec.periodSeconds ?? 10) * 1000, true);
  // One at a time: while an answer may still come, the next has to wait.
  if (probe.isOpen && env.now - probe.probedAt < (spec.timeoutSeconds ?? 1) * 1000) return;
  const sent = changed(probe, { probedAt: env.now, isOpen: true });
  state.probes.set(key, sent);
  sendProbe(k, worker, container, spec, sent, key);
}

interface LiveProbe {
  readonly probe: ProbeWorker;
  readonly worker: PodWorker;
  readonly container: Container;
  readonly spec: Probe;
}

/** A probe with what it is about; undefined if its container runs no more, or is about to be killed. */
function liveProbe({ state }: Kubelet, key: string): LiveProbe | undefined {
  const probe = state.probes.get(key);
  const worker = probe && state.pods.get(probe.uid);
  if (probe === undefined || worker === undefined) return undefined;
  const container = containerOf(worker.pod, probe.container);
  const spec = specOf(container, probe.type);
  const run = worker.runs[probe.container];
  if (!container || !spec || run?.id !== probe.containerId || run.state !== 'RUNNING' || probe.onHold) return undefined;
  return { probe, worker, container, spec };
}

function sendProbe(
  k: Kubelet,
  worker: PodWorker,
  container: Container,
  spec: Probe,
  probe: ProbeWorker,
  key: string,
): void {
  const about = { uid: worker.uid, container: probe.container, detail: `probe ${key}` };
  const common = { containerId: probe.containerId, timeoutSeconds: spec.timeoutSeconds ?? 1, probe: probe.type };
  if (spec.exec) {
    const command = spec.exec.command ?? [];
    callRuntime<ExecSync>(k, { type: 'execSync', command, ...common }, about, true);
    return;
  }
  const target = networkTarget(worker, container, spec);
  const { port } = spec.httpGet ?? spec.tcpSocket ?? target;
  // Without a port of that name nothing is asked.
  if (target.port === 0) probeErrored(k, worker, probe, key, `strconv.Atoi: parsing "${port}": invalid syntax`);
  else callRuntime<NetworkProbe>(k, { type: 'networkProbe', ...target, ...common }, about, true);
}

/** The probe itself went wrong: that says nothing of the container. */
function probeErrored(k: Kubelet, worker: PodWorker, probe: ProbeWorker, key: string, why: string | undefined): void {
  const text = `${kindOf(probe)} probe errored and resulted in unknown state: ${why}`;
  podEvent(k, worker.pod, 'Warning', 'Unhealthy', text, probe.container);
  k.state.probes.set(key, changed(probe, { errors: 0, isOpen: false }));
}

/** Host, port and protocol of an HTTP, TCP or gRPC probe or hook. */
export function networkTarget(
  worker: PodWorker,
  container: Container,
  { httpGet, tcpSocket, grpc }: Pick<Probe, 'httpGet' | 'tcpSocket' | 'grpc'>,
): Pick<NetworkProbe, 'host' | 'port' | 'handler'> {
  const podIP = worker.sandbox?.hostNetwork ? (worker.status.hostIP ?? '') : (worker.sandbox?.ip ?? '');
  if (httpGet) {
    return { host: httpGet.host || podIP, port: portOf(container, httpGet.port), handler: handlerOf(httpGet) };
  }
  if (tcpSocket)
    return { host: tcpSocket.host || podIP, port: portOf(container, tcpSocket.port), handler: { kind: 'tcp' } };
  return { host: podIP, port: grpc?.port ?? 0, handler: { kind: 'grpc', service: grpc?.service ?? '' } };
}

const handlers = new WeakMap<HTTPGetAction, NetworkProbe['handler']>();

/** What is asked of a web server, made once for all its probes. */
function handlerOf(httpGet: HTTPGetAction): NetworkProbe['handler'] {
  let handler = handlers.get(httpGet);
  if (handler === undefined) {
    const { path = '/', scheme = 'HTTP', httpHeaders = [] } = httpGet;
    const headers = Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value]));
    handler = { kind: 'http', scheme, path: path.startsWith('/') ? path : `/${path}`, headers };
    handlers.set(httpGet, handler);
  }
  return handler;
}

function portOf(container: Container, port: number | string): number {
  if (typeof port === 'number') return port;
  return container.ports?.find(({ name }) => name === port)?.containerPort ?? (Number(port) || 0);
}

type Outcome = { readonly result: 'success' | 'failure'; readonly output: string };

/** The text that the Unhealthy event carries. Source: pkg/probe/{http,tcp,grpc,exec} */
function outcomeOf(
  spec: Probe,
  target: Pick<NetworkProbe, 'host' | 'port' | 'handler'> | undefined,
  answer: ExecSyncResponse | NetworkProbeResponse,
): Outcome | undefined {
  const timeout = (): string => goDuration((spec.timeoutSeconds ?? 1) * 1000);
  if (answer.type === 'execSyncResponse') {
    if (answer.error) return undefined;
    if (answer.timedOut) {
      const command = (spec.exec?.command ?? []).join(' ');
      return { result: 'failure', output: `command timed out: "${command}" timed out after ${timeout()}` };
    }
    return { result: answer.exitCode === 0 ? 'success' : 'failure', output: answer.stdout + answer.stderr };
  }
  if (target === undefined) return undefined;
  const { host, port, handler } = target;
  const { outcome } = answer;
  if (handler.kind === 'tcp') {
    if (outcome === 'connected') return { result: 'success', output: '' };
    const why = outcome === 'refused' ? 'connect: connection refused' : 'i/o timeout';
    return { result: 'failure', output: `dial tcp ${host}:${port}: ${why}` };
  }
  if (handler.kind === 'grpc') {
    if (outcome !== 'connected') {
      const output = `timeout: failed to connect service "${host}:${port}" within ${timeout()}: context deadline exceeded`;
      return { result: 'failure', output };
    }
    if (answer.grpcStatus === 'SERVING') return { result: 'success', output: '' };
    return { result: 'failure', output: `service unhealthy (responded with "${answer.grpcStatus ?? 'UNKNOWN'}")` };
  }
  const code = answer.statusCode ?? 0;
  if (outcome === 'connected' && code >= 200 && code < 400) return { result: 'success', output: answer.body ?? '' };
  const url = `${handler.scheme.toLowerCase()}://${host}:${port}${handler.path}`;
  if (outcome === 'refused') {
    return { result: 'failure', output: `Get "${url}": dial tcp ${host}:${port}: connect: connection refused` };
  }
  if (outcome === 'timeout') {
    const why = 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';
    return { result: 'failure', output: `Get "${url}": ${why}` };
  }
  return { result: 'failure', output: `HTTP probe failed with statuscode: ${code}` };
}

/** A probe was answered. Only a change of the result is work for the pod's worker. */
export function probeAnswered(k: Kubelet, key: string, answer: ExecSyncResponse | NetworkProbeResponse): void {
  const { state } = k;
  const live = liveProbe(k, key);
  if (live === undefined) return;
  const { probe, worker, container, spec } = live;
  const target = spec.exec ? undefined : networkTarget(worker, container, spec);
  const outcome = outcomeOf(spec, target, answer);
  if (outcome === undefined) {
    const errors = probe.errors + 1;
    if (errors < MAX_ERRORS) {
      state.probes.set(key, changed(probe, { errors }));
      sendProbe(k, worker, container, spec, probe, key);
      return;
    }
    probeErrored(k, worker, probe, key, answer.error);
    return;
  }
  if (outcome.result === 'failure') {
    podEvent(
      k,
      worker.pod,
      'Warning',
      'Unhealthy',
      `${kindOf(probe)} probe failed: ${outcome.output}`,
      probe.container,
    );
  }
  const next = countResult(probe, spec, outcome);
  state.probes.set(key, next);
  if (next.result !== probe.result) resultChanged(k, worker, next);
}

const kindOf = ({ type }: ProbeWorker): string => `${type[0]?.toUpperCase()}${type.slice(1)}`;

/** A result counts only after enough of the same kind in a row. */
function countResult(probe: ProbeWorker, spec: Probe, { result, output }: Outcome): ProbeWorker {
  const run = probe.last === result ? probe.run + 1 : 1;
  const threshold = result === 'success' ? (spec.successThreshold ?? 1) : (spec.failureThreshold ?? 3);
  const counts = run >= threshold;
  // A container that is about to be killed is not probed any more.
  const onHold = counts ? result === 'failure' && probe.type !== 'readiness' : probe.onHold;
  return changed(probe, {
    result: counts ? result : probe.result,
    last: result,
    run: counts && onHold ? 0 : run,
    errors: 0,
    onHold,
    output,
    isOpen: false,
  });
}

/** The probe with some fields changed; written out, as it is done twice for every probe. */
function changed(probe: ProbeWorker, change: Partial<ProbeWorker>): ProbeWorker {
  return {
    uid: probe.uid,
    container: probe.container,
    type: probe.type,
    containerId: probe.containerId,
    result: change.result ?? probe.result,
    last: change.last ?? probe.last,
    run: change.run ?? probe.run,
    errors: change.errors ?? probe.errors,
    onHold: change.onHold ?? probe.onHold,
    output: change.output ?? probe.output,
    probedAt: change.probedAt ?? probe.probedAt,
    isOpen: change.isOpen ?? probe.isOpen,
  };
}

function resultChanged(k: Kubelet, worker: PodWorker, probe: ProbeWorker): void {
  if (probe.type === 'readiness') {
    // The status manager hears of readiness at once, the worker does not have to run.
    refreshStatus(k, worker);
    return;
  }
  if (probe.type === 'startup' && probe.result === 'success') {
    startProbes(k, worker);
    refreshStatus(k, worker);
  }
  syncSoon(k, worker.uid);
}

/** Forgets the probes of a pod that is gone. */
export function stopProbes(k: Kubelet, uid: string): void {
  const keys = [...k.state.probes.keysBy('pod', uid)];
  for (const key of keys) {
    k.state.probes.delete(key);
    k.out.push(cancel(`probe/${key}`));
  }
}
