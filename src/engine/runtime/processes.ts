import { type Effect, type Env, timer } from '../kernel/types.ts';
import { listDirectory, makeDirectory, readFile, removePath, writeFile } from './files.ts';
import { imageNamed } from './images.ts';
import { appendLog } from './logs.ts';
import { imageProgram, type Program } from './programs.ts';
import { runShell } from './shell/run.ts';
import type { ShellWait } from './shell/state.ts';
import type { Answer, ShellWorld } from './shell/world.ts';
import type { Container, ContainerdState } from './state.ts';

/** Waits of a script that count as something happening; a loop that goes on longer counts as background. */
const WAITS_THAT_MATTER = 20;
const LONG_WAIT_MS = 600_000;

/** The process that the network and probes meet: what a script runs in the foreground, else the container's own. */
export function serving(container: Container): { program: Program; since: number } | undefined {
  if (container.state !== 'RUNNING') return undefined;
  if (container.foreground) return { program: container.foreground.program, since: container.foreground.at };
  if (container.program.kind !== 'serve') return undefined;
  return { program: container.program, since: container.upSince };
}

/** Whether the container's process listens on the port by now. */
export function listens(container: Container, port: number, now: number): boolean {
  const found = serving(container);
  if (!found || now < found.since + found.program.startMs) return false;
  return found.program.anyPort || found.program.ports.includes(port);
}

export function memoryOf(container: Container): number {
  return (container.foreground?.program ?? container.program).memoryBytes;
}

/** What a script's step led to: its new row, and either effects or its end. */
export interface Slice {
  readonly row: Container;
  readonly effects: Effect[];
  readonly exitCode?: number;
}

/** Runs the container's script until it waits or ends. The caller stores the row and acts on the end. */
export function runScript(state: ContainerdState, container: Container, env: Env, answer?: Answer): Slice {
  if (!container.shell) return { row: container, effects: [] };
  const result = runShell(container.shell, worldOf(state, container, env), answer);
  if (result.lines.length > 0) appendLog(state, container.id, env.wallNow, result.lines);
  const { wait } = result;
  const { foreground: _old, ...rest } = container;
  const row: Container = { ...rest, shell: result.state, wait, waits: container.waits + 1 };
  if (wait.for === 'exit') return { row, effects: [], exitCode: wait.code };
  if (wait.for === 'time') return { row, effects: [waitTimer(`run/${container.id}`, wait, row.waits, env)] };
  const program = wait.for === 'signal' && wait.program ? ownProgram(container, wait.program) : undefined;
  return { row: program ? { ...row, foreground: { program, at: env.now } } : row, effects: [] };
}

/** Timer for a script that sleeps: the first waits may lead to something, endless loops only to more of the same. */
export function waitTimer(key: string, wait: ShellWait & { for: 'time' }, waits: number, env: Env): Effect {
  const afterMs = Math.max(0, wait.until - env.now);
  return timer(key, afterMs, { periodic: waits > WAITS_THAT_MATTER || afterMs > LONG_WAIT_MS });
}

/** The container as its scripts see it. `onSignal` is told when a command signals the main process. */
export function worldOf(
  state: ContainerdState,
  container: Container,
  env: Env,
  onSignal: () => void = () => {},
): ShellWorld {
  return {
    now: env.now,
    wallNow: env.wallNow,
    hostname: state.sandboxes.get(container.podSandboxId)?.config.hostname ?? '',
    readFile: (path) => readFile(state, container, path),
    writeFile: (path, text, append) => writeFile(state, container, path, text, append),
    remove: (path) => removePath(state, container, path),
    list: (path) => listDirectory(state, container, path),
    makeDirectory: (path) => makeDirectory(state, container, path),
    program: (argv) => {
      const name = (argv[0] ?? '').replace(/.*\//, '');
      if (SIGNALS.has(name) || (name === 'nginx' && argv[1] === '-s')) {
        if (!argv.includes('-0')) onSignal();
        return { exitCode: 0, lines: [], afterMs: 0 };
      }
      const client = CLIENTS[name];
      if (client !== undefined) {
        const found = serving(container);
        const isUp = found !== undefined && env.now >= found.since + found.program.startMs;
        return isUp ? { exitCode: 0, lines: client, afterMs: 0 } : { exitCode: 1, lines: REFUSED, afterMs: 0 };
      }
      const program = ownProgram(container, argv);
      if (!program || program.kind === 'shell') return undefined;
      if (program.kind === 'serve') return { lines: [], afterMs: 0 };
      return { exitCode: program.exitCode, lines: program.logs, afterMs: program.afterMs };
    },
  };
}

const SIGNALS = new Set(['kill', 'killall', 'pkill']);
const REFUSED = ['Could not connect: Connection refused'];
/** Client programs of databases, which documented probes run: they work when the server does. */
const CLIENTS: Readonly<Record<string, readonly string[]>> = {
  'redis-cli': ['PONG'],
  mysqladmin: ['mysqld is alive'],
  mysql: [],
  mariadb: [],
  pg_isready: ['/var/run/postgresql:5432 - accepting connections'],
  psql: [],
  mongosh: ['{ ok: 1 }'],
  mongo: ['{ ok: 1 }'],
  cqlsh: [],
  nodetool: ['UN  127.0.0.1'],
  'rabbitmq-diagnostics': ['Ping succeeded'],
  'zookeeper-ready': [],
  etcdctl: ['127.0.0.1:2379 is healthy'],
};

function ownProgram(container: Container, argv: readonly string[]): Program | undefined {
  return imageProgram(imageNamed(container.config.image), argv);
}
