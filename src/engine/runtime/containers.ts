import type {
  ContainerEvent,
  ContainerStatus,
  CreateContainer,
  RemoveContainer,
  StartContainer,
  StopContainer,
} from '../cri/messages.ts';
import { plain } from '../kernel/plain.ts';
import { type Body, cancel, type Effect, type Env, type Message, send, timer } from '../kernel/types.ts';
import type { MachineConfig } from '../machine/messages.ts';
import { componentProcess } from './component-config.ts';
import { layerOf, readFile, removeTree } from './files.ts';
import { newId } from './ids.ts';
import { canonicalName, parseImageReference } from './image-reference.ts';
import { imageOf } from './images.ts';
import { dropLog, lastLines } from './logs.ts';
import { memoryEffects } from './memory.ts';
import { askNetwork } from './network.ts';
import { memoryOf, runScript, type Slice } from './processes.ts';
import { type Program, programOf } from './programs.ts';
import { endForeground, isLastCommand, signalShell, startShell } from './shell/state.ts';
import type { Answer } from './shell/world.ts';
import type { Container, ContainerdState, Sandbox } from './state.ts';

/** Work of the runtime itself, in ms. */
const CREATE_MS = 15;
const START_MS = 25;
/** First instructions of a script after the start of its process. */
const SCRIPT_START_MS = 10;
/** From the signal until a program that handles it is gone. */
const STOP_MS = 60;
/** A process over its limit dies once it has touched that much memory. */
const OOM_AFTER_MS = 400;
const KILLED = 137;

export function createContainer(
  state: ContainerdState,
  request: CreateContainer,
  message: Message,
  env: Env,
): Effect[] {
  const { requestId, podSandboxId, config } = request;
  const answer = (more: object): Effect[] => [
    send(message.from, { type: 'createContainerResponse', reply: true, requestId, containerId: '', ...more } as Body, {
      delayMs: CREATE_MS,
    }),
  ];
  const sandbox = state.sandboxes.get(podSandboxId);
  if (sandbox?.state !== 'READY')
    return answer({ code: 'NotFound', error: `failed to find sandbox id "${podSandboxId}": not found` });
  const parsed = parseImageReference(config.image);
  const image = parsed.ok ? canonicalName(parsed.reference) : config.image;
  const stored = state.images.get(image);
  if (!parsed.ok || !stored) return answer({ code: 'NotFound', error: `image "${config.image}": not found` });
  const program = withoutForeignComponent(
    state,
    programOf(imageOf(parsed.reference), config.command, config.args),
    sandbox,
  );
  const id = newId(env);
  state.containers.set(id, {
    id,
    podSandboxId,
    podUid: sandbox.config.uid,
    config,
    state: 'CREATED',
    createdAt: env.wallNow,
    startedAt: 0,
    upSince: 0,
    finishedAt: 0,
    exitCode: 0,
    reason: '',
    message: typeof program === 'string' ? program : '',
    image,
    imageRef: stored.repoDigests[0] ?? image,
    program: typeof program === 'string' ? NO_PROGRAM : program,
    waits: 0,
  });
  for (const { hostPath, files } of config.mounts) if (files) state.volumes.set(hostPath, files);
  return answer({ containerId: id });
}

// Images of the cluster's components in somebody's own pod are just programs.
function withoutForeignComponent(
  state: ContainerdState,
  program: Program | string,
  sandbox: Sandbox,
): Program | string {
  if (typeof program === 'string' || program.component === undefined) return program;
  const { namespace } = sandbox.config;
  const machine = plain(state.config) as MachineConfig;
  const isOurs = namespace === 'kube-system' && componentProcess(program.component, program.argv, machine, '');
  return isOurs ? program : { ...program, component: undefined };
}

const NO_PROGRAM: Program = {
  kind: 'exit',
  argv: [],
  ports: [],
  anyPort: false,
  http: undefined,
  docRoot: '',
  startMs: 0,
  onTerm: undefined,
  memoryBytes: 0,
  cpuMillis: 0,
  logs: [],
  component: undefined,
  exitCode: 128,
  afterMs: 0,
};

export function startContainer(state: ContainerdState, request: StartContainer, message: Message, env: Env): Effect[] {
  const { requestId, containerId } = request;
  const answer = (more: object): Effect =>
    send(message.from, { type: 'startContainerResponse', reply: true, requestId, startedAt: 0, ...more } as Body, {
      delayMs: START_MS,
    });
  const row = state.containers.get(containerId);
  if (row?.state !== 'CREATED')
    return [
      answer({ code: 'NotFound', error: `an error occurred when try to find container "${containerId}": not found` }),
    ];
  if (row.message !== '') {
    const failed: Container = { ...row, state: 'EXITED', exitCode: 128, reason: 'StartError', finishedAt: env.wallNow };
    state.containers.set(containerId, failed);
    return [answer({ error: row.message })];
  }
  const started: Container = { ...row, state: 'RUNNING', startedAt: env.wallNow, upSince: env.now };
  const effects = [answer({ startedAt: env.wallNow }), ...startProcess(state, started)];
  return [...effects, ...account(state, memoryOf(row))];
}

function startProcess(state: ContainerdState, row: Container): Effect[] {
  const { id, program, config } = row;
  const limit = config.linux.memoryLimitBytes;
  const effects: Effect[] = [];
  if (limit > 0 && program.memoryBytes > limit) effects.push(timer(`oom/${id}`, OOM_AFTER_MS, { periodic: false }));
  if (program.kind === 'shell') {
    const environment: Record<string, string> = {};
    for (const { key, value } of config.envs) environment[key] = value;
    environment.HOSTNAME ??= state.sandboxes.get(row.podSandboxId)?.config.hostname ?? '';
    const shell = startShell(program.argv, environment);
    state.containers.set(id, { ...row, shell: config.workingDir ? { ...shell, cwd: config.workingDir } : shell });
    effects.push(timer(`run/${id}`, SCRIPT_START_MS, { periodic: false }));
    return effects;
  }
  state.containers.set(id, row);
  if (program.kind === 'exit') effects.push(timer(`end/${id}`, program.afterMs, { periodic: false }));
  const component = componentOf(state, row);
  // CoreDNS is the one that may have two replicas on a node: they share one process here.
  if (component && state.containers.keysBy('component', row.program.component as string).size === 1)
    effects.push(
      { effect: 'stopProcess', component: component.component },
      {
        effect: 'startProcess',
        ...component,
        tag: id,
      },
    );
  return effects;
}

function componentOf(state: ContainerdState, row: Container) {
  if (row.program.component === undefined) return undefined;
  const machine = plain(state.config) as MachineConfig;
  return componentProcess(row.program.component, row.program.argv, machine, row.id);
}

/** Timers of containers: a script goes on, a program ends, memory runs out, grace is over. */
export function containerTimer(state: ContainerdState, kind: string, id: string, env: Env): Effect[] {
  const row = state.containers.get(id);
  if (row?.state !== 'RUNNING') return [];
  switch (kind) {
    case 'run':
      return advance(state, row, env);
    case 'end':
      return finish(state, row, row.program.exitCode, env);
    case 'oom':
      return finish(state, row, KILLED, env, 'OOMKilled');
    case 'stop':
      return finish(state, row, (row.foreground?.program ?? row.program).onTerm ?? KILLED, env);
    default:
      return finish(state, row, KILLED, env);
  }
}

/** Lets the container's script run on, with the answer that it waited for if it did. */
export function advance(state: ContainerdState, row: Container, env: Env, answer?: Answer): Effect[] {
  return settleSlice(state, row, runScript(state, row, env, answer), env);
}

function settleSlice(state: ContainerdState, before: Container, slice: Slice, env: Env): Effect[] {
  if (slice.exitCode !== undefined) return finish(state, slice.row, slice.exitCode, env, undefined, memoryOf(before));
  state.containers.set(slice.row.id, slice.row);
  const effects = [...slice.effects];
  const { wait, config, id } = slice.row;
  if (wait?.for === 'lookup' || wait?.for === 'http')
    effects.push(...askNetwork(state, slice.row, wait, { for: 'script', containerId: id }, env));
  const grown = memoryOf(slice.row) - memoryOf(before);
  if (grown !== 0) effects.push(...account(state, grown));
  const limit = config.linux.memoryLimitBytes;
  if (grown > 0 && limit > 0 && memoryOf(slice.row) > limit)
    effects.push(timer(`oom/${id}`, OOM_AFTER_MS, { periodic: false }));
  return effects;
}

/** The main process is gone: status, answers to those who stopped it, and the event. */
export function finish(
  state: ContainerdState,
  row: Container,
  exitCode: number,
  env: Env,
  reason?: string,
  memory = memoryOf(row),
): Effect[] {
  const { shell: _shell, wait: _wait, foreground: _foreground, stopping = [], ...rest } = row;
  const done: Container = {
    ...rest,
    state: 'EXITED',
    finishedAt: env.wallNow,
    exitCode,
    reason: reason ?? (exitCode === 0 ? 'Completed' : 'Error'),
    message: terminationMessage(state, row, exitCode),
  };
  const component = row.program.component === undefined ? undefined : row.program.component;
  state.containers.set(row.id, done);
  const effects: Effect[] = ['run', 'end', 'oom', 'stop', 'kill'].map((kind) => cancel(`${kind}/${row.id}`));
  if (component !== undefined && state.containers.keysBy('component', component).size === 0) {
    const process = componentOf(state, row);
    if (process) effects.push({ effect: 'stopProcess', component: process.component });
  }
  effects.push(...endExecs(state, row.id));
  // The event first: who stopped it knows how it ended when the call returns.
  effects.push(...containerEvent(state, done, 'CONTAINER_STOPPED_EVENT'), ...account(state, -memory));
  for (const { from, requestId } of stopping)
    effects.push(send(from, { type: 'stopContainerResponse', reply: true, requestId } as Body, { periodic: false }));
  return effects;
}

// Commands beside the main process die with it: they share its process namespace.
function endExecs(state: ContainerdState, containerId: string): Effect[] {
  const effects: Effect[] = [];
  for (const key of [...state.execs.keysBy('container', containerId)]) {
    const exec = state.execs.delete(key);
    if (!exec) continue;
    const { from, requestId, lines } = exec;
    const stdout = lines.map((line) => `${line}\n`).join('');
    const body = { type: 'execSyncResponse', reply: true, requestId, exitCode: KILLED, stdout, stderr: '' };
    effects.push(cancel(`exec/${key}`), cancel(`exec-timeout/${key}`), send(from, body as Body, { periodic: false }));
  }
  return effects;
}

function terminationMessage(state: ContainerdState, row: Container, exitCode: number): string {
  const written =
    row.config.terminationMessagePath === '' ? '' : readFile(state, row, row.config.terminationMessagePath);
  if (written) return written.slice(0, MESSAGE_MAX);
  if (exitCode !== 0 && row.config.terminationMessagePolicy === 'FallbackToLogsOnError') return lastLines(state, row);
  return '';
}

/** Bytes of a termination message. Source: kubernetes/pkg/kubelet/kuberuntime (MaxContainerTerminationMessageLength). */
const MESSAGE_MAX = 4096;

function containerEvent(state: ContainerdState, row: Container, event: ContainerEvent['event']): Effect[] {
  if (state.subscriber === '') return [];
  const body: ContainerEvent = {
    type: 'containerEvent',
    reply: true,
    event,
    podUid: row.podUid,
    podSandboxId: row.podSandboxId,
    container: statusOf(row),
  };
  // An exit is news, whatever made the process exit.
  return [send(state.subscriber, body, { periodic: false })];
}

export function stopContainer(state: ContainerdState, request: StopContainer, message: Message, env: Env): Effect[] {
  const { requestId, containerId, timeoutSeconds } = request;
  const row = state.containers.get(containerId);
  if (row?.state !== 'RUNNING')
    return [send(message.from, { type: 'stopContainerResponse', reply: true, requestId } as Body)];
  const stopping: Container = { ...row, stopping: [...(row.stopping ?? []), { from: message.from, requestId }] };
  state.containers.set(containerId, stopping);
  if (timeoutSeconds <= 0) return finish(state, stopping, KILLED, env);
  const kill = timer(`kill/${containerId}`, timeoutSeconds * 1000, { periodic: false });
  // The cluster's own processes get the signal as a message; the scheduler gives its Lease back.
  const component = componentOf(state, row)?.component;
  const signal = component ? [send(`${component}@${env.host}`, { type: 'terminate' } as Body)] : [];
  return [kill, ...signal, ...terminate(state, stopping, env)];
}

/** Sends the stop signal to the main process. */
export function terminate(state: ContainerdState, row: Container, env: Env): Effect[] {
  const { program, foreground, shell, id, wait } = row;
  const target = foreground?.program ?? program;
  const stops = timer(`stop/${id}`, STOP_MS, { periodic: false });
  if (!shell) return target.onTerm === undefined ? [] : [stops];
  if (foreground && isLastCommand(shell)) {
    if (target.onTerm === undefined) return [];
    const ended = endForeground(shell, target.onTerm);
    return advance(state, { ...row, shell: ended }, env);
  }
  const signalled = signalShell(shell, row.config.stopSignal.replace(/^SIG/, '') || 'TERM');
  // Without a trap process 1 ignores the signal.
  if (signalled === shell) return [];
  const next: Container = { ...row, shell: signalled };
  state.containers.set(id, next);
  const interruptible = wait?.for === 'time' && shell.pending?.argv[0] === 'wait';
  return interruptible ? advance(state, next, env) : [];
}

export function removeContainer(state: ContainerdState, request: RemoveContainer, message: Message): Effect[] {
  const { requestId, containerId } = request;
  const row = state.containers.get(containerId);
  const effects = row && row.state !== 'RUNNING' ? forget(state, row) : [];
  return [...effects, send(message.from, { type: 'removeContainerResponse', reply: true, requestId } as Body)];
}

/** Removes a dead container with its log and its own layer. */
export function forget(state: ContainerdState, row: Container): Effect[] {
  state.containers.delete(row.id);
  dropLog(state, row.id);
  removeTree(state, layerOf(row.id));
  return [];
}

export function statusOf(row: Container): ContainerStatus {
  const { id, podSandboxId, podUid, config, state, createdAt, startedAt, finishedAt, exitCode, reason, message } = row;
  const { name, attempt, hash } = config;
  const times = { createdAt, startedAt, finishedAt };
  const shown = state === 'EXITED' ? message : '';
  const { image, imageRef } = row;
  return {
    id,
    podSandboxId,
    podUid,
    name,
    attempt,
    state,
    ...times,
    exitCode,
    reason,
    message: shown,
    image,
    imageRef,
    hash,
  };
}

function account(state: ContainerdState, bytes: number): Effect[] {
  state.memoryUsedBytes += bytes;
  return memoryEffects(state);
}
