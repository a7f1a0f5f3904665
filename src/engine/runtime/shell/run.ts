import { builtins } from './builtins.ts';
import { CASE_SUBJECT, compile } from './compile.ts';
import { expandFields, expandText, matchesPattern } from './expand.ts';
import { Machine } from './machine.ts';
import type { Command, Op } from './program.ts';
import { isShell } from './shells.ts';
import { runSpecial } from './special-builtins.ts';
import { type Frame, type Pending, type ShellState, type ShellWait, startShell } from './state.ts';
import type { Answer, Builtin, Io, ShellWorld } from './world.ts';

export interface ShellResult {
  readonly state: ShellState;
  readonly wait: ShellWait;
  /** Complete lines written to standard output and standard error. */
  readonly lines: readonly string[];
}

/** Instructions per slice; a loop that never sleeps goes on after a pause, so that it cannot stop the clock. */
const STEPS_PER_SLICE = 2000;
/** Virtual length of such a pause. */
const BUSY_PAUSE_MS = 100;
/** Due times are rounded to microseconds: a timer may come that much before the moment that was asked for. */
const CLOCK_GRAIN_MS = 0.001;

/**
 * Runs until the script waits or ends. `answer` is what a look-up or request that it waited for brought; time that has
 * come and signals are found out from the world and the state.
 */
export function runShell(state: ShellState, world: ShellWorld, answer?: Answer): ShellResult {
  const m = new Machine(state, world);
  const wait = resume(m, answer) ?? slice(m);
  if (wait.for === 'exit') m.streams.close();
  return { state: m.state, wait, lines: m.streams.lines };
}

function slice(m: Machine): ShellWait {
  for (let steps = 0; steps < STEPS_PER_SLICE; steps++) {
    if (m.s.exitCode !== undefined) return { for: 'exit', code: m.s.exitCode };
    if (m.s.signals.length > 0) m.trap();
    const wait = step(m);
    if (wait) return wait;
  }
  return { for: 'time', until: m.world.now + BUSY_PAUSE_MS };
}

/** Goes on with the command that waited; a wait if it still does. */
function resume(m: Machine, answer: Answer | undefined): ShellWait | undefined {
  const { pending } = m.s;
  if (!pending) return undefined;
  const { wait } = pending;
  const interrupted = m.s.signals.length > 0 && pending.argv[0] === 'wait';
  const isOver =
    interrupted ||
    (wait.for === 'time' && wait.until <= m.world.now + CLOCK_GRAIN_MS) ||
    ((wait.for === 'lookup' || wait.for === 'http') && answer !== undefined);
  if (!isOver) return wait;
  m.s.pending = undefined;
  m.streams.err = pending.err;
  const outcome = interrupted ? 143 : call(m, pending.argv, true, answer);
  if (typeof outcome !== 'number') {
    m.s.pending = { ...pending, wait: outcome };
    return outcome;
  }
  finish(m, outcome, pending);
  return undefined;
}

/** One instruction; a wait if the slice ends here. */
function step(m: Machine): ShellWait | undefined {
  const { frame } = m;
  if (!frame) {
    m.exit(m.s.status);
    return undefined;
  }
  const program = compile(frame.source);
  if ('error' in program) {
    m.streams.writeError(`sh: ${program.error}`);
    m.popFrame();
    m.s.status = 2;
    return undefined;
  }
  const op = program[frame.pc];
  if (!op) {
    m.popFrame();
    return undefined;
  }
  m.goto(frame.pc + 1);
  return execute(m, op, frame);
}

function execute(m: Machine, op: Op, frame: Frame): ShellWait | undefined {
  const { s, streams } = m;
  switch (op.op) {
    case 'run':
      return command(m, op.command);
    case 'jump':
      m.goto(op.to);
      break;
    case 'ifOk':
      if (s.status === 0) m.goto(op.to);
      break;
    case 'ifFail':
      if (s.status !== 0) m.goto(op.to);
      break;
    case 'not':
      s.status = s.status === 0 ? 1 : 0;
      break;
    case 'ok':
      s.status = 0;
      break;
    case 'capture':
    case 'pipe':
      streams.capture();
      break;
    case 'captured': {
      const { capture, before } = streams.popCapture();
      s.values = [...s.values, { text: capture.replace(/\n+$/, ''), before }];
      break;
    }
    case 'piped':
      streams.pushInput(streams.popCapture().capture);
      break;
    case 'unpipe':
      streams.popInput();
      break;
    case 'redirect':
      m.takeCaptured(op.captures);
      streams.redirect(op.redirects, true);
      break;
    case 'unredirect':
      streams.popOut();
      streams.popInput();
      break;
    case 'for':
      m.takeCaptured(op.captures);
      s.fors = [...s.fors, op.words.flatMap((word) => expandFields(word, m.scope))];
      break;
    case 'next': {
      const [item, ...rest] = s.fors[s.fors.length - 1] ?? [];
      if (item === undefined) m.goto(op.to);
      else {
        s.fors = [...s.fors.slice(0, -1), rest];
        m.vars[op.name] = item;
      }
      break;
    }
    case 'unfor':
      s.fors = s.fors.slice(0, -1);
      break;
    case 'sub':
      m.startSub(op.to, false);
      break;
    case 'endsub':
      m.endSub();
      break;
    case 'match': {
      const subject = m.vars[CASE_SUBJECT] ?? '';
      s.status = op.patterns.some((word) => matchesPattern(subject, expandText(word, m.scope))) ? 0 : 1;
      break;
    }
    case 'function':
      s.functions = { ...s.functions, [op.name]: { source: frame.source, pc: frame.pc + 1 } };
      m.goto(op.to);
      break;
    case 'return':
      m.popFrame();
      break;
  }
  return undefined;
}

function command(
  m: Machine,
  { words, assigns, redirects, captures, background, tested }: Command,
): ShellWait | undefined {
  const { s, streams } = m;
  m.takeCaptured(captures);
  const argv = words.flatMap((word) => expandFields(word, m.scope));
  for (const [name, value] of assigns) m.vars[name] = expandText(value, m.scope);
  if (s.xtrace && argv.length > 0) streams.writeError(`+ ${argv.join(' ')}`);
  if (argv.length === 0) {
    streams.redirect(redirects, false);
    streams.unredirect(redirects);
    // The status of `x=$(cmd)` is that of cmd.
    if (captures === 0) s.status = 0;
    return undefined;
  }
  if (background && argv[0] === 'sleep') {
    const wait = builtins.sleep?.(argv, ioOf(m, false, undefined));
    if (wait && typeof wait === 'object' && wait.for === 'time') s.jobs = [...s.jobs, wait.until];
    s.status = 0;
    return undefined;
  }
  const outs = s.outs.length;
  const inputs = s.inputs.length;
  const refused = streams.redirect(redirects, false);
  // `exec` with nothing but redirections does not replace the shell.
  const exits = argv[0] === 'exec' && (refused || argv.some((word) => word !== 'exec'));
  const plan = { outs, inputs, err: streams.err, tested, exits };
  const outcome = refused ? 1 : call(m, argv, false, undefined);
  if (typeof outcome === 'number') {
    finish(m, outcome, plan);
    return undefined;
  }
  if (background) {
    // Whatever else runs in the background has no effect that is modelled.
    finish(m, 0, plan);
    return undefined;
  }
  s.pending = { argv, wait: outcome, ...plan };
  return outcome;
}

function finish(m: Machine, status: number, plan: Omit<Pending, 'argv' | 'wait'>): void {
  const { s } = m;
  // A capture or file that the command itself opened is closed; what it wrote is already there.
  s.outs = s.outs.slice(0, plan.outs);
  s.inputs = s.inputs.slice(0, plan.inputs);
  m.streams.err = '';
  s.status = status;
  if (s.exitCode === undefined && (plan.exits || (status !== 0 && s.errexit && !plan.tested))) m.exit(status);
}

/** Finds what a command's name stands for and runs it: its exit code, or what it waits for. */
function call(m: Machine, argv: readonly string[], resumed: boolean, answer: Answer | undefined): number | ShellWait {
  const [first = '', ...rest] = argv;
  if (first === 'exec') return rest.length === 0 ? 0 : call(m, rest, resumed, answer);
  const own = Object.hasOwn(m.s.functions, first) ? m.s.functions[first] : undefined;
  if (own) {
    m.pushFrame({ source: own.source, pc: own.pc, args: rest, kind: 'function' });
    return m.s.status;
  }
  const special = runSpecial(m, first, rest);
  if (special !== undefined) return special;
  const name = first.slice(first.lastIndexOf('/') + 1);
  const builtin: Builtin | undefined = Object.hasOwn(builtins, name) ? builtins[name] : undefined;
  const image = m.world.program(argv);
  if (image) {
    if (image.exitCode === undefined) return { for: 'signal', program: argv };
    if (image.afterMs > 0 && !resumed) return { for: 'time', until: m.world.now + image.afterMs };
    for (const line of image.lines) m.streams.write(`${line}\n`);
    return image.exitCode;
  }
  if (builtin) return builtin([name, ...rest], ioOf(m, resumed, answer));
  if (isShell(first)) return nested(m, argv);
  m.streams.writeError(`sh: ${first}: not found`);
  return 127;
}

function nested(m: Machine, argv: readonly string[]): number {
  const inner = startShell(argv, {}).frames[0];
  const caller = m.frame;
  if (!inner || !caller) return 0;
  m.startSub(caller.pc - 1, true);
  m.pushFrame(inner);
  return 0;
}

function ioOf({ s, vars, scope, streams, world }: Machine, resumed: boolean, answer: Answer | undefined): Io {
  return {
    world,
    resumed,
    answer,
    status: s.status,
    env: () => s.exported.filter((name) => name in vars).map((name) => `${name}=${vars[name]}`),
    get: (name) => scope.get(name),
    set: (name, value) => scope.set(name, value),
    out: (text) => streams.write(text),
    err: (line) => streams.writeError(line),
    path: (path) => streams.absolute(path),
    cwd: s.cwd,
    input: () => streams.input,
    setInput: (text) => {
      streams.input = text;
    },
  };
}
