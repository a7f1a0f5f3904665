import type { ExecSync, NetworkProbe, NetworkProbeResponse, ProbeKind } from '../cri/messages.ts';
import { type Body, cancel, type Effect, type Env, type Message, send, timer } from '../kernel/types.ts';
import { terminate } from './containers.ts';
import { imageNamed } from './images.ts';
import { answerHttp, askNetwork } from './network.ts';
import { listens, waitTimer, worldOf } from './processes.ts';
import { imageProgram, notFound } from './programs.ts';
import type { Answer } from './shell/builtins.ts';
import { builtins } from './shell/builtins.ts';
import { runShell } from './shell/run.ts';
import { isShell, startShell } from './shell/state.ts';
import type { Asked, Container, ContainerdState, Exec } from './state.ts';

/** Starting a process beside the main one, in ms. */
const EXEC_MS = 20;

/** Source: containerd internal/cri/server/container_execsync.go. */
export function execSync(state: ContainerdState, request: ExecSync, message: Message, env: Env): Effect[] {
  const { requestId, containerId, command, timeoutSeconds, probe } = request;
  const answer = (more: object): Effect[] => [
    send(
      message.from,
      { type: 'execSyncResponse', reply: true, requestId, exitCode: 0, stdout: '', stderr: '', ...more } as Body,
      { delayMs: EXEC_MS },
    ),
  ];
  const row = state.containers.get(containerId);
  if (row?.state !== 'RUNNING')
    return answer({ code: 'NotFound', error: `failed to exec in container: container is not running` });
  if (isFaulty(state, row, probe)) return answer({ exitCode: 1, stdout: 'the application does not answer\n' });
  const missing = missingProgram(row, command[0] ?? '');
  if (missing) return answer({ error: missing, exitCode: 126 });
  const environment: Record<string, string> = {};
  for (const { key, value } of row.config.envs) environment[key] = value;
  const shell = startShell(command, environment);
  const key = String(state.nextId++);
  const exec: Exec = {
    containerId,
    from: message.from,
    requestId,
    shell: row.config.workingDir ? { ...shell, cwd: row.config.workingDir } : shell,
    wait: { for: 'time', until: env.now },
    lines: [],
  };
  const effects = runExec(state, key, exec, row, env, undefined);
  if (state.execs.has(key) && timeoutSeconds > 0) effects.push(timer(`exec-timeout/${key}`, timeoutSeconds * 1000));
  return effects;
}

function missingProgram(row: Container, program: string): string | undefined {
  const image = imageNamed(row.config.image);
  const name = program.replace(/.*\//, '');
  if (!image.known) return undefined;
  if (image.hasShell && (isShell(name) || Object.hasOwn(builtins, name) || !program.startsWith('/'))) return undefined;
  if (imageProgram(image, [program])) return undefined;
  const why = notFound(program);
  return `failed to exec in container: failed to start exec: OCI runtime exec failed: exec failed: unable to start container process: ${why.slice(why.indexOf('exec: "'))}`;
}

/** A command goes on: its sleep is over, or what it asked for has come. */
export function resumeExec(state: ContainerdState, key: string, env: Env, answer?: Answer): Effect[] {
  const exec = state.execs.get(key);
  const row = exec && state.containers.get(exec.containerId);
  return exec && row ? runExec(state, key, exec, row, env, answer) : [];
}

export function execTimeout(state: ContainerdState, key: string): Effect[] {
  const exec = state.execs.delete(key);
  if (!exec) return [];
  return [cancel(`exec/${key}`), reply(exec, { exitCode: 137, timedOut: true, stdout: text(exec.lines) })];
}

function runExec(
  state: ContainerdState,
  key: string,
  exec: Exec,
  row: Container,
  env: Env,
  answer: Answer | undefined,
): Effect[] {
  let signalled = false;
  const world = worldOf(state, row, env, () => {
    signalled = true;
  });
  const result = runShell(exec.shell, world, answer);
  const next: Exec = { ...exec, shell: result.state, wait: result.wait, lines: [...exec.lines, ...result.lines] };
  const effects: Effect[] = [];
  const { wait } = result;
  if (wait.for === 'exit') {
    state.execs.delete(key);
    effects.push(reply(next, { exitCode: wait.code, stdout: text(next.lines) }), cancel(`exec-timeout/${key}`));
  } else {
    state.execs.set(key, next);
    if (wait.for === 'time') effects.push(waitTimer(`exec/${key}`, wait, 0, env));
    if (wait.for === 'lookup' || wait.for === 'http')
      effects.push(...askNetwork(state, row, wait, { for: 'exec', key }, env));
  }
  const main = state.containers.get(row.id);
  if (signalled && main?.state === 'RUNNING') effects.push(...terminate(state, main, env));
  return effects;
}

function reply({ from, requestId }: Exec, more: object): Effect {
  const body = { type: 'execSyncResponse', reply: true, requestId, exitCode: 0, stdout: '', stderr: '', ...more };
  return send(from, body as Body, { delayMs: EXEC_MS });
}

function text(lines: readonly string[]): string {
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

/** A probe's or hook's connection from the node to the pod. */
export function networkProbe(state: ContainerdState, request: NetworkProbe, message: Message, env: Env): Effect[] {
  const { requestId, handler } = request;
  const isFaulted = state.probeFaults.length > 0;
  if (!isFaulted && handler.kind === 'http' && isApiServer(state, request)) {
    // The API server itself knows how it is.
    const id = state.nextId++;
    state.asked.set(String(id), { for: 'probe', from: message.from, requestId });
    const question = { method: 'GET', path: handler.path, user: '', agent: 'kube-probe' };
    return [send(`apiserver@${env.host}`, { type: 'apiRequest', requestId: id, ...question } as Body)];
  }
  const result = probeResult(state, request, env.now);
  return [send(message.from, { type: 'networkProbeResponse', reply: true, requestId, ...result } as Body)];
}

function isApiServer(state: ContainerdState, { containerId }: NetworkProbe): boolean {
  const row = state.containers.get(containerId);
  return row?.state === 'RUNNING' && row.program.component === 'kube-apiserver';
}

/** What the API server said to a probe, or that nobody listens there. */
export function probeAnswered(asked: Asked, status: number | undefined, body: unknown): Effect[] {
  const result = status === undefined ? { outcome: 'refused' } : { outcome: 'connected', statusCode: status, body };
  const { from, requestId } = asked;
  return [send(from, { type: 'networkProbeResponse', reply: true, requestId, ...result } as Body)];
}

/** The API server ended with probes open. */
export function endProbes(state: ContainerdState): Effect[] {
  const open = [...state.asked.entries()].filter(([, asked]) => asked.for === 'probe');
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

function isFaulty(state: ContainerdState, row: Container, probe: ProbeKind | undefined): boolean {
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
