import type { ExecSync } from '../cri/messages.ts';
import { type Body, cancel, type Effect, type Env, type Message, send, timer } from '../kernel/types.ts';
import { terminate } from './containers.ts';
import { imageNamed } from './images.ts';
import { askNetwork } from './network.ts';
import { isFaulty } from './probes.ts';
import { waitTimer, worldOf } from './processes.ts';
import { imageProgram, notFound } from './programs.ts';
import { builtins } from './shell/builtins.ts';
import { runShell } from './shell/run.ts';
import { isShell } from './shell/shells.ts';
import { startShell } from './shell/state.ts';
import type { Answer } from './shell/world.ts';
import type { Container, ContainerdState, Exec } from './state.ts';

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
