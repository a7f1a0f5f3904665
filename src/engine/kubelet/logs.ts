import { fromRFC3339 } from '../api/time.ts';
import type { KubeletRequest, KubeletResponse } from '../client/kubelet-api.ts';
import type { ExecSync, ExecSyncResponse, ReadLogs, ReadLogsResponse } from '../cri/messages.ts';
import { type Address, type Body, send } from '../kernel/types.ts';
import { callRuntime, type Kubelet } from './kubelet.ts';
import { containerOf, containersOf } from './resources.ts';
import type { Caller, PodWorker, Run } from './state.ts';

/** The kubelet's own API on port 10250. Source: pkg/kubelet/server/server.go, kubelet_pods.go (validateContainerLogStatus) */
export function kubeletRequested(k: Kubelet, from: Address, request: KubeletRequest): void {
  const { op, namespace, pod, requestId } = request;
  const caller = { from, requestId };
  const worker = k.state.pods.by('key', `${namespace}/${pod}`)[0];
  if (worker === undefined) {
    reply(k, caller, 404, `pods "${pod}" not found`);
    return;
  }
  const container = request.container || (containersOf(worker.pod)[0]?.name ?? '');
  if (containerOf(worker.pod, container) === undefined) {
    reply(k, caller, op === 'exec' ? 404 : 400, `container ${container} is not valid for pod ${pod}`);
    return;
  }
  if (op === 'logs') readLogs(k, worker, container, request, caller);
  else execute(k, worker, container, request, caller);
}

function readLogs(k: Kubelet, worker: PodWorker, name: string, request: KubeletRequest, caller: Caller): void {
  const { previous, tailLines, timestamps } = request;
  const { pod } = worker;
  const run = logOf(worker, name, previous === true);
  if (run === undefined) {
    const about = `container "${name}" in pod "${pod.metadata.name}"`;
    if (previous) reply(k, caller, 400, `previous terminated ${about} not found`);
    else reply(k, caller, 400, `${about} is waiting to start: ${waitingReason(worker, name)}`);
    return;
  }
  const about = { uid: worker.uid, container: name, detail: 'logs' };
  const since = sinceOf(k, request);
  const question = { type: 'readLogs' as const, containerId: run.id, tailLines, timestamps };
  const id = callRuntime<ReadLogs>(k, since === undefined ? question : { ...question, since }, about);
  k.state.callers.set(String(id), caller);
}

function sinceOf({ env }: Kubelet, { sinceSeconds, sinceTime }: KubeletRequest): number | undefined {
  if (sinceSeconds !== undefined) return env.wallNow - sinceSeconds * 1000;
  return sinceTime === undefined ? undefined : fromRFC3339(sinceTime);
}

/** A container that waits for its restart shows the log of the run that has ended, also as the previous one. */
function logOf({ runs, before, reasons }: PodWorker, name: string, previous: boolean): Run | undefined {
  const run = runs[name];
  if (!previous) return run?.state === 'CREATED' ? before[name] : run;
  return run?.state === 'EXITED' && reasons[name] !== undefined ? run : before[name];
}

function waitingReason({ status }: PodWorker, name: string): string {
  const all = [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])];
  return all.find((one) => one.name === name)?.state?.waiting?.reason ?? 'ContainerCreating';
}

function execute(k: Kubelet, worker: PodWorker, name: string, request: KubeletRequest, caller: Caller): void {
  const run = worker.runs[name];
  if (run?.state !== 'RUNNING') {
    reply(k, caller, 404, `container not found ("${name}")`);
    return;
  }
  const command = request.command ?? [];
  const about = { uid: worker.uid, container: name, detail: 'exec' };
  const id = callRuntime<ExecSync>(k, { type: 'execSync', containerId: run.id, command, timeoutSeconds: 0 }, about);
  k.state.callers.set(String(id), caller);
}

/** The runtime has answered what somebody asked the kubelet for. */
export function callerAnswered(k: Kubelet, body: ReadLogsResponse | ExecSyncResponse): void {
  const caller = k.state.callers.delete(String(body.requestId));
  if (caller === undefined) return;
  if (body.error !== undefined) reply(k, caller, 500, body.error);
  else if (body.type === 'readLogsResponse') reply(k, caller, 200, body.text);
  else reply(k, caller, 200, { stdout: body.stdout, stderr: body.stderr, exitCode: body.exitCode });
}

function reply(k: Kubelet, { from, requestId }: Caller, status: number, body: unknown): void {
  const answer: KubeletResponse = { type: 'kubeletResponse', reply: true, requestId, status, body };
  k.out.push(send(from, answer as Body));
}
