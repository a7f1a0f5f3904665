import type { NetworkProbe, NetworkProbeResponse, ProbeKind } from '../cri/messages.ts';
import { type Address, type Body, type Effect, type Env, type Message, send } from '../kernel/types.ts';
import { answerHttp } from './http-answers.ts';
import { listens } from './processes.ts';
import type { Asked, Container, ContainerdState } from './state.ts';

/** A probe's or hook's connection from the node to the pod. */
export function networkProbe(state: ContainerdState, request: NetworkProbe, message: Message, env: Env): Effect[] {
  const { requestId, handler } = request;
  const isFaulted = state.probeFaults.length > 0;
  const asked = isFaulted || handler.kind !== 'http' ? undefined : processOf(state, request);
  if (asked !== undefined && handler.kind === 'http') {
    // The process itself knows how it is.
    const id = state.nextId++;
    const peer = `${asked}@${env.host}`;
    state.asked.set(String(id), { for: 'probe', from: message.from, requestId, peer });
    const question = { method: 'GET', path: handler.path, user: '', agent: 'kube-probe' };
    return [send(peer, { type: 'apiRequest', requestId: id, ...question } as Body)];
  }
  const result = probeResult(state, request, env.now);
  return [send(message.from, { type: 'networkProbeResponse', reply: true, requestId, ...result } as Body)];
}

/** The process of the engine behind a container, if it answers probes itself. */
function processOf(state: ContainerdState, { containerId }: NetworkProbe): string | undefined {
  const row = state.containers.get(containerId);
  return row?.state === 'RUNNING' ? SELF_AWARE[row.program.component ?? ''] : undefined;
}

const SELF_AWARE: Record<string, string> = { 'kube-apiserver': 'apiserver', etcd: 'etcd' };

/** What the process said to a probe, or that nobody listens there. */
export function probeAnswered(
  asked: Pick<Asked, 'from' | 'requestId'>,
  status: number | undefined,
  body: unknown,
): Effect[] {
  const result = status === undefined ? { outcome: 'refused' } : { outcome: 'connected', statusCode: status, body };
  const { from, requestId } = asked;
  return [send(from, { type: 'networkProbeResponse', reply: true, requestId, ...result } as Body)];
}

/** The process ended with probes open. */
export function endProbes(state: ContainerdState, peer: Address): Effect[] {
  const open = [...state.asked.entries()].filter(([, asked]) => asked.for === 'probe' && asked.peer === peer);
  return open.flatMap(([id, asked]) => {
    state.asked.delete(id);
    return probeAnswered(asked, undefined, '');
  });
}

type ProbeResult = Omit<NetworkProbeResponse, 'type' | 'reply' | 'requestId'>;

function probeResult(state: ContainerdState, request: NetworkProbe, now: number): ProbeResult {
  const { containerId, port, handler, probe, host } = request;
  const probed = state.containers.get(containerId);
  if (!probed) return { outcome: 'timeout' };
  if (isFaulty(state, probed, probe)) {
    if (handler.kind === 'http') return { outcome: 'connected', statusCode: 500, body: 'internal error' };
    return handler.kind === 'grpc' ? { outcome: 'connected', grpcStatus: 'NOT_SERVING' } : { outcome: 'refused' };
  }
  const row = state.containers.by('sandbox', probed.podSandboxId).find((container) => listens(container, port, now));
  if (!row) return { outcome: 'refused' };
  if (handler.kind === 'tcp') return { outcome: 'connected' };
  if (handler.kind === 'grpc') return { outcome: 'connected', grpcStatus: 'SERVING' };
  const { status, body } = answerHttp(state, row, { host, path: handler.path, headers: handler.headers }, now);
  return { outcome: 'connected', statusCode: status, body };
}

/** Whether a fault makes this probe of the container fail. */
export function isFaulty(state: ContainerdState, row: Container, probe: ProbeKind | undefined): boolean {
  if (state.probeFaults.length === 0) return false;
  const sandbox = state.sandboxes.get(row.podSandboxId);
  return state.probeFaults.some(
    (fault) =>
      fault.namespace === sandbox?.config.namespace &&
      fault.pod === sandbox.config.name &&
      (fault.container === '' || fault.container === row.config.name) &&
      (fault.probe === '' || probe === undefined || fault.probe === probe),
  );
}
