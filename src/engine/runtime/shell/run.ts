import { type Answer, type Builtin, builtins, type ShellWorld } from './builtins.ts';
import { CASE_SUBJECT, compile } from './compile.ts';
import { expandFields, expandText, matchesPattern, type Scope } from './expand.ts';
import type { Command, Op, Redirect } from './program.ts';
import { isShell } from './shells.ts';
import {
  type Captured,
  type Frame,
  type Out,
  type Pending,
  type ShellState,
  type ShellWait,
  type Sub,
  startShell,
} from './state.ts';

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
const CAPTURE_MAX = 65_536;
const FRAMES_MAX = 200;

/**
 * Runs until the script waits or ends. `answer` is what a look-up or request that it waited for brought; time that has
 * come and signals are found out from the world and the state.
 */
export function runShell(state: ShellState, world: ShellWorld, answer?: Answer): ShellResult {
  return new Machine(state, world).run(answer);
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

class Machine {
  private readonly s: Mutable<ShellState>;
  private readonly lines: string[] = [];
  private vars: Record<string, string>;
  private captured: readonly Captured[] = [];
  private err = '';

  constructor(
    state: ShellState,
    private readonly world: ShellWorld,
  ) {
    this.vars = { ...state.vars };
    this.s = { ...state, vars: this.vars };
  }

  run(answer: Answer | undefined): ShellResult {
    const waiting = this.resume(answer);
    if (waiting) return this.result(waiting);
    for (let steps = 0; steps < STEPS_PER_SLICE; steps++) {
      if (this.s.exitCode !== undefined) return this.result({ for: 'exit', code: this.s.exitCode });
      if (this.s.signals.length > 0) this.trap();
      const wait = this.step();
      if (wait) return this.result(wait);
    }
    return this.result({ for: 'time', until: this.world.now + BUSY_PAUSE_MS });
  }

  private result(wait: ShellWait): ShellResult {
    if (wait.for === 'exit' && this.s.partial !== '') {
      this.lines.push(this.s.partial);
      this.s.partial = '';
    }
    return { state: { ...this.s, vars: this.vars }, wait, lines: this.lines };
  }

  private resume(answer: Answer | undefined): ShellWait | undefined {
    const { pending } = this.s;
    if (!pending) return undefined;
    const { wait } = pending;
    const interrupted = this.s.signals.length > 0 && pending.argv[0] === 'wait';
    const isOver =
      interrupted ||
      (wait.for === 'time' && wait.until <= this.world.now + CLOCK_GRAIN_MS) ||
      ((wait.for === 'lookup' || wait.for === 'http') && answer !== undefined);
    if (!isOver) return wait;
    this.s.pending = undefined;
    this.err = pending.err;
    const outcome = interrupted ? 143 : this.call(pending.argv, true, answer);
    if (typeof outcome !== 'number') {
      this.s.pending = { ...pending, wait: outcome };
      return outcome;
    }
    this.finish(outcome, pending);
    return undefined;
  }

  // One instruction; a wait if the slice ends here.
  private step(): ShellWait | undefined {
    const frame = this.s.frames[this.s.frames.length - 1];
    if (!frame) {
      this.exit(this.s.status);
      return undefined;
    }
    const program = compile(frame.source);
    if ('error' in program) {
      this.writeError(`sh: ${program.error}`);
      this.popFrame();
      this.s.status = 2;
      return undefined;
    }
    const op = program[frame.pc];
    if (!op) {
      this.popFrame();
      return undefined;
    }
    this.goto(frame.pc + 1);
    return this.execute(op, frame);
  }

  private execute(op: Op, frame: Frame): ShellWait | undefined {
    const s = this.s;
    switch (op.op) {
      case 'run':
        return this.command(op.command);
      case 'jump':
        this.goto(op.to);
        break;
      case 'ifOk':
        if (s.status === 0) this.goto(op.to);
        break;
      case 'ifFail':
        if (s.status !== 0) this.goto(op.to);
        break;
      case 'not':
        s.status = s.status === 0 ? 1 : 0;
        break;
      case 'ok':
        s.status = 0;
        break;
      case 'capture':
      case 'pipe':
        s.outs = [...s.outs, { capture: '', before: s.status }];
        break;
      case 'captured':
        s.values = [...s.values, withoutNewlines(this.popCapture())];
        break;
      case 'piped':
        s.inputs = [...s.inputs, this.popCapture().capture];
        break;
      case 'unpipe':
        s.inputs = s.inputs.slice(0, -1);
        break;
      case 'redirect':
        this.takeCaptured(op.captures);
        this.redirect(op.redirects, true);
        break;
      case 'unredirect':
        s.outs = s.outs.slice(0, -1);
        s.inputs = s.inputs.slice(0, -1);
        break;
      case 'for':
        this.takeCaptured(op.captures);
        s.fors = [...s.fors, op.words.flatMap((word) => expandFields(word, this.scope))];
        break;
      case 'next': {
        const [item, ...rest] = s.fors[s.fors.length - 1] ?? [];
        if (item === undefined) this.goto(op.to);
        else {
          s.fors = [...s.fors.slice(0, -1), rest];
          this.vars[op.name] = item;
        }
        break;
      }
      case 'unfor':
        s.fors = s.fors.slice(0, -1);
        break;
      case 'sub':
        this.startSub(op.to, false);
        break;
      case 'endsub':
        this.endSub();
        break;
      case 'match': {
        const subject = this.vars[CASE_SUBJECT] ?? '';
        s.status = op.patterns.some((word) => matchesPattern(subject, expandText(word, this.scope))) ? 0 : 1;
        break;
      }
      case 'function':
        s.functions = { ...s.functions, [op.name]: { source: frame.source, pc: frame.pc + 1 } };
        this.goto(op.to);
        break;
      case 'return':
        this.popFrame();
        break;
    }
    return undefined;
  }

  private command(command: Command): ShellWait | undefined {
    this.takeCaptured(command.captures);
    const argv = command.words.flatMap((word) => expandFields(word, this.scope));
    for (const [name, value] of command.assigns) this.vars[name] = expandText(value, this.scope);
    if (this.s.xtrace && argv.length > 0) this.writeError(`+ ${argv.join(' ')}`);
    if (argv.length === 0) {
      this.redirect(command.redirects, false);
      this.popRedirects(command.redirects);
      // The status of `x=$(cmd)` is that of cmd.
      if (command.captures === 0) this.s.status = 0;
      return undefined;
    }
    if (command.background && argv[0] === 'sleep') {
      const wait = builtins.sleep?.(argv, this.io(false, undefined));
      if (wait && typeof wait === 'object' && wait.for === 'time') this.s.jobs = [...this.s.jobs, wait.until];
      this.s.status = 0;
      return undefined;
    }
    const outs = this.s.outs.length;
    const inputs = this.s.inputs.length;
    const refused = this.redirect(command.redirects, false);
    const plan = { outs, inputs, err: this.err, tested: command.tested, exits: argv[0] === 'exec' };
    const outcome = refused ? 1 : this.call(argv, false, undefined);
    if (typeof outcome === 'number') {
      this.finish(outcome, plan);
      return undefined;
    }
    if (command.background) {
      // Whatever else runs in the background has no effect that is modelled.
      this.finish(0, plan);
      return undefined;
    }
    this.s.pending = { argv, wait: outcome, ...plan };
    return outcome;
  }

  private finish(status: number, plan: Omit<Pending, 'argv' | 'wait'>): void {
    // A capture or file that the command itself opened is closed; what it wrote is already there.
    this.s.outs = this.s.outs.slice(0, plan.outs);
    this.s.inputs = this.s.inputs.slice(0, plan.inputs);
    this.err = '';
    this.s.status = status;
    if (plan.exits && this.s.exitCode === undefined && this.execReplaces) this.exit(status);
    else if (status !== 0 && this.s.errexit && !plan.tested && this.s.exitCode === undefined) this.exit(status);
  }

  private execReplaces = true;

  private call(argv: readonly string[], resumed: boolean, answer: Answer | undefined): number | ShellWait {
    const [first = '', ...rest] = argv;
    this.execReplaces = !(first === 'exec' && rest.length === 0);
    if (first === 'exec') return rest.length === 0 ? 0 : this.call(rest, resumed, answer);
    const own = Object.hasOwn(this.s.functions, first) ? this.s.functions[first] : undefined;
    if (own) {
      this.pushFrame({ source: own.source, pc: own.pc, args: rest, kind: 'function' });
      return this.s.status;
    }
    const special = this.special(first, rest);
    if (special !== undefined) return special;
    const name = first.slice(first.lastIndexOf('/') + 1);
    const builtin: Builtin | undefined = Object.hasOwn(builtins, name) ? builtins[name] : undefined;
    const image = this.world.program(argv);
    if (image) return this.program(argv, image, resumed);
    if (builtin) return builtin([name, ...rest], this.io(resumed, answer));
    if (isShell(first)) return this.nested(argv);
    this.writeError(`sh: ${first}: not found`);
    return 127;
  }

  private program(
    argv: readonly string[],
    image: NonNullable<ReturnType<ShellWorld['program']>>,
    resumed: boolean,
  ): number | ShellWait {
    if (image.exitCode === undefined) return { for: 'signal', program: argv };
    if (image.afterMs > 0 && !resumed) return { for: 'time', until: this.world.now + image.afterMs };
    for (const line of image.lines) this.write(`${line}\n`);
    return image.exitCode;
  }

  private nested(argv: readonly string[]): number {
    const inner = startShell(argv, {});
    const [frame] = inner.frames;
    const caller = this.s.frames[this.s.frames.length - 1];
    if (!frame || !caller) return 0;
    this.startSub(caller.pc - 1, true);
    this.pushFrame(frame);
    return 0;
  }

  // What changes the machine itself. Undefined: not one of these.
  private special(name: string, args: readonly string[]): number | ShellWait | undefined {
    const s = this.s;
    switch (name) {
      case 'exit':
        this.exit(args[0] === undefined ? s.status : Number(args[0]) & 255);
        return s.status;
      case 'exit-status':
        return Number(args[0]);
      case 'return': {
        const code = args[0] === undefined ? s.status : Number(args[0]);
        while (s.frames.length > 1 && s.frames[s.frames.length - 1]?.kind !== 'function') this.popFrame();
        this.popFrame();
        return code;
      }
      case 'eval':
        this.pushFrame({ source: args.join(' '), pc: 0, args: [], kind: 'eval' });
        return 0;
      case 'trap':
        for (const signal of args.slice(1)) {
          const key = signal.replace(/^SIG/, '').replace(/^15$/, 'TERM').replace(/^2$/, 'INT').replace(/^0$/, 'EXIT');
          s.traps = { ...s.traps, [key]: args[0] as string };
        }
        return 0;
      case 'set':
        for (const arg of args) this.option(arg);
        return 0;
      case 'shift':
        this.setArgs((frame) => frame.args.slice(Number(args[0] ?? 1)));
        return 0;
      case 'export':
      case 'readonly':
      case 'local':
        for (const arg of args) {
          const equals = arg.indexOf('=');
          const key = equals < 0 ? arg : arg.slice(0, equals);
          if (equals >= 0) this.vars[key] = arg.slice(equals + 1);
          if (name === 'export' && !s.exported.includes(key)) s.exported = [...s.exported, key];
        }
        return 0;
      case 'unset':
        for (const arg of args) delete this.vars[arg];
        return 0;
      case 'cd':
        s.cwd = this.absolute(args[0] ?? '/root');
        return 0;
      case 'wait': {
        const until = Math.max(0, ...s.jobs);
        if (until > this.world.now) return { for: 'time', until };
        s.jobs = [];
        return 0;
      }
      default:
        return undefined;
    }
  }

  private option(arg: string): void {
    if (!/^[-+][a-z]+$/i.test(arg)) return;
    const on = arg.startsWith('-');
    if (arg.includes('e')) this.s.errexit = on;
    if (arg.includes('x')) this.s.xtrace = on;
  }

  private trap(): void {
    const [signal, ...rest] = this.s.signals;
    this.s.signals = rest;
    const source = this.s.traps[signal as string];
    if (source) this.pushFrame({ source, pc: 0, args: [], kind: 'trap' });
  }

  private exit(code: number): void {
    const s = this.s;
    if (s.subs.length > 0) {
      s.status = code;
      this.endSub();
      return;
    }
    const last = s.traps.EXIT;
    if (last) {
      s.traps = { ...s.traps, EXIT: '' };
      s.errexit = false;
      s.frames = [{ source: `${last}\nexit ${code}`, pc: 0, args: [], kind: 'trap' }];
      return;
    }
    s.frames = [];
    s.status = code;
    s.exitCode = code;
  }

  private startSub(to: number, nested: boolean): void {
    const { outs, inputs, fors, frames, cwd } = this.s;
    const lengths = { frames: frames.length, outs: outs.length, inputs: inputs.length, fors: fors.length };
    const sub: Sub = { vars: { ...this.vars }, cwd, to, ...(nested ? { nested } : {}), ...lengths };
    this.s.subs = [...this.s.subs, sub];
  }

  private endSub(): void {
    const s = this.s;
    const sub = s.subs[s.subs.length - 1];
    if (!sub) return;
    s.subs = s.subs.slice(0, -1);
    this.vars = sub.vars;
    s.cwd = sub.cwd;
    s.frames = s.frames.slice(0, sub.frames);
    s.outs = s.outs.slice(0, sub.outs);
    s.inputs = s.inputs.slice(0, sub.inputs);
    s.fors = s.fors.slice(0, sub.fors);
    this.goto(sub.to + 1);
  }

  private goto(pc: number): void {
    const frames = this.s.frames;
    const top = frames[frames.length - 1] as Frame;
    this.s.frames = frames.length === 1 ? [{ ...top, pc }] : [...frames.slice(0, -1), { ...top, pc }];
  }

  private pushFrame(frame: Frame): void {
    if (this.s.frames.length >= FRAMES_MAX) {
      this.writeError('sh: maximum recursion depth exceeded');
      this.exit(2);
      return;
    }
    this.s.frames = [...this.s.frames, frame];
  }

  private popFrame(): void {
    this.s.frames = this.s.frames.slice(0, -1);
    const sub = this.s.subs[this.s.subs.length - 1];
    if (sub?.nested && sub.frames === this.s.frames.length) this.endSub();
  }

  private setArgs(change: (frame: Frame) => readonly string[]): void {
    const frames = this.s.frames;
    const top = frames[frames.length - 1] as Frame;
    this.s.frames = [...frames.slice(0, -1), { ...top, args: change(top) }];
  }

  private takeCaptured(count: number): void {
    const values = this.s.values;
    this.captured = count === 0 ? [] : values.slice(values.length - count);
    if (count > 0) this.s.values = values.slice(0, values.length - count);
  }

  private popCapture(): { capture: string; before: number } {
    const top = this.s.outs[this.s.outs.length - 1];
    this.s.outs = this.s.outs.slice(0, -1);
    return top && 'capture' in top ? top : { capture: '', before: this.s.status };
  }

  // True if a file could not be opened. A compound command always opens one of each, so that closing is simple.
  private redirect(redirects: readonly Redirect[], compound: boolean): boolean {
    let out: Out | undefined;
    let input: string | undefined;
    for (const { op, to } of redirects) {
      const path = to.length > 0 ? expandText(to, this.scope) : '';
      if (op === '<<') input = path;
      else if (op === '<') {
        input = this.world.readFile(this.absolute(path));
        if (input === undefined) {
          this.writeError(`sh: can't open ${path}: no such file`);
          return true;
        }
      } else if (op === '>' || op === '>>' || op === '&>') {
        out = this.open(path, op === '>>');
        if (op === '&>') this.err = path === '/dev/null' ? 'nowhere' : 'out';
      } else if (op === '2>' || op === '2>>') this.err = path === '/dev/null' ? 'nowhere' : 'log';
      else if (op === '2>&1') this.err = 'out';
      else if (op === '>&2') out = undefined;
      if (out === FAILED) {
        this.writeError(`sh: can't create ${path}: nonexistent directory`);
        return true;
      }
    }
    const top = this.s.outs[this.s.outs.length - 1];
    if (out) this.s.outs = [...this.s.outs, out];
    else if (compound) this.s.outs = [...this.s.outs, top ?? STDOUT];
    if (input !== undefined) this.s.inputs = [...this.s.inputs, input];
    else if (compound) this.s.inputs = [...this.s.inputs, this.s.inputs[this.s.inputs.length - 1] ?? ''];
    return false;
  }

  private popRedirects(redirects: readonly Redirect[]): void {
    if (redirects.some(({ op }) => op === '>' || op === '>>' || op === '&>')) this.s.outs = this.s.outs.slice(0, -1);
    if (redirects.some(({ op }) => op.startsWith('<'))) this.s.inputs = this.s.inputs.slice(0, -1);
    this.err = '';
  }

  private open(path: string, append: boolean): Out {
    if (path === '/dev/null') return { nowhere: true };
    if (path === '/dev/stdout' || path === '/dev/stderr' || path === '/proc/1/fd/1') return STDOUT;
    const file = this.absolute(path);
    return this.world.writeFile(file, '', append) ? { file } : FAILED;
  }

  private write(text: string): void {
    const outs = this.s.outs;
    const top = outs[outs.length - 1];
    if (!top || top === STDOUT || ('file' in top && top.file === '')) this.log(text);
    else if ('file' in top) this.world.writeFile(top.file, text, true);
    else if ('capture' in top && top.capture.length < CAPTURE_MAX)
      this.s.outs = [...outs.slice(0, -1), { ...top, capture: top.capture + text }];
  }

  private writeError(line: string): void {
    if (this.err === 'out') this.write(`${line}\n`);
    else if (this.err !== 'nowhere') this.log(`${line}\n`);
  }

  private log(text: string): void {
    const parts = (this.s.partial + text).split('\n');
    this.s.partial = parts.pop() as string;
    for (const line of parts) this.lines.push(line);
  }

  private absolute(path: string): string {
    const parts: string[] = [];
    for (const part of (path.startsWith('/') ? path : `${this.s.cwd}/${path}`).split('/')) {
      if (part === '..') parts.pop();
      else if (part !== '' && part !== '.') parts.push(part);
    }
    return `/${parts.join('/')}`;
  }

  private io(resumed: boolean, answer: Answer | undefined) {
    return {
      world: this.world,
      resumed,
      answer,
      status: this.s.status,
      env: (): string[] => this.s.exported.filter((n) => n in this.vars).map((n) => `${n}=${this.vars[n]}`),
      get: (name: string) => this.scope.get(name),
      set: (name: string, value: string) => this.scope.set(name, value),
      out: (text: string) => this.write(text),
      err: (line: string) => this.writeError(line),
      path: (path: string) => this.absolute(path),
      cwd: this.s.cwd,
      input: (): string => this.s.inputs[this.s.inputs.length - 1] ?? '',
      setInput: (text: string): void => {
        if (this.s.inputs.length > 0) this.s.inputs = [...this.s.inputs.slice(0, -1), text];
      },
    };
  }

  private readonly scope: Scope = ((machine: Machine) => ({
    get captured() {
      return machine.captured.map(({ text }) => text);
    },
    get: (name: string) => machine.variable(name),
    set: (name: string, value: string) => {
      machine.vars[name] = value;
    },
    glob: (pattern: string) => machine.glob(pattern),
  }))(this);

  private variable(name: string): string | undefined {
    const args = (): readonly string[] =>
      this.s.frames.findLast(({ kind }) => kind === 'main' || kind === 'function')?.args ?? [];
    if (name === '?') return String(this.captured[0]?.before ?? this.s.status);
    if (name === '0') return this.s.frames.findLast((frame) => frame.name)?.name;
    if (name === '$') return '1';
    if (name === '!') return '7';
    if (name === '#') return String(args().length);
    if (name === '@' || name === '*') return args().join('\u0000');
    if (name === '-') return '';
    if (name === 'RANDOM') return String((this.world.now * 7919) % 32768);
    if (name === 'HOSTNAME' && !('HOSTNAME' in this.vars)) return this.world.hostname;
    if (name === 'SECONDS') return String(Math.floor(this.world.now / 1000));
    if (/^[1-9]$/.test(name)) return args()[Number(name) - 1];
    return Object.hasOwn(this.vars, name) ? this.vars[name] : undefined;
  }

  private glob(pattern: string): readonly string[] {
    const slash = pattern.lastIndexOf('/');
    const directory = slash < 0 ? this.s.cwd : this.absolute(pattern.slice(0, slash + 1));
    const names = this.world.list(directory) ?? [];
    const found = names.filter((name) => !name.startsWith('.') && matchesPattern(name, pattern.slice(slash + 1)));
    return found.length === 0 ? [pattern] : found.sort().map((name) => pattern.slice(0, slash + 1) + name);
  }
}

function withoutNewlines({ capture, before }: { capture: string; before: number }): Captured {
  return { text: capture.replace(/\n+$/, ''), before };
}

// Plain data like every other state: recognised by its empty file name after a snapshot.
const STDOUT: Out = { file: '' };
const FAILED: Out = { nowhere: true };
