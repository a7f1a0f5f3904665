import { matchesPattern, type Scope } from './expand.ts';
import type { Captured, Frame, Mutable, ShellState, Sub } from './state.ts';
import { Streams } from './streams.ts';
import type { ShellWorld } from './world.ts';

const FRAMES_MAX = 200;

/** A script at work: its variables, what it is in the middle of, and its streams. It knows no command. */
export class Machine {
  readonly s: Mutable<ShellState>;
  vars: Record<string, string>;
  readonly scope: Scope;
  readonly streams: Streams;
  private captured: readonly Captured[] = [];

  constructor(
    state: ShellState,
    readonly world: ShellWorld,
  ) {
    this.vars = { ...state.vars };
    this.s = { ...state, vars: this.vars };
    this.scope = scopeOf(this);
    this.streams = new Streams(this.s, world, this.scope);
  }

  /** As it is now, to go on from later. */
  get state(): ShellState {
    return { ...this.s, vars: this.vars };
  }

  // --- where it is ---------------------------------------------------------------------------------------------------

  get frame(): Frame | undefined {
    return this.s.frames[this.s.frames.length - 1];
  }

  goto(pc: number): void {
    this.replaceFrame({ ...(this.frame as Frame), pc });
  }

  replaceFrame(frame: Frame): void {
    const { frames } = this.s;
    this.s.frames = frames.length === 1 ? [frame] : [...frames.slice(0, -1), frame];
  }

  pushFrame(frame: Frame): void {
    if (this.s.frames.length >= FRAMES_MAX) {
      this.streams.writeError('sh: maximum recursion depth exceeded');
      this.exit(2);
      return;
    }
    this.s.frames = [...this.s.frames, frame];
  }

  popFrame(): void {
    this.s.frames = this.s.frames.slice(0, -1);
    const sub = this.s.subs[this.s.subs.length - 1];
    if (sub?.nested && sub.frames === this.s.frames.length) this.endSub();
  }

  /** What a subshell changes is as before when it ends; `nested` is another `sh -c`. */
  startSub(to: number, nested: boolean): void {
    const { outs, inputs, fors, frames, cwd } = this.s;
    const lengths = { frames: frames.length, outs: outs.length, inputs: inputs.length, fors: fors.length };
    const sub: Sub = { vars: { ...this.vars }, cwd, to, ...(nested ? { nested } : {}), ...lengths };
    this.s.subs = [...this.s.subs, sub];
  }

  endSub(): void {
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

  /** Runs what was asked for at the next signal. */
  trap(): void {
    const [signal, ...rest] = this.s.signals;
    this.s.signals = rest;
    const source = this.s.traps[signal as string];
    if (source) this.pushFrame({ source, pc: 0, args: [], kind: 'trap' });
  }

  /** Ends the subshell, or the script once its trap for EXIT has run. */
  exit(code: number): void {
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

  // --- what words become ---------------------------------------------------------------------------------------------

  /** The texts of the `$(...)` of the next command, which has so many. */
  takeCaptured(count: number): void {
    const values = this.s.values;
    this.captured = count === 0 ? [] : values.slice(values.length - count);
    if (count > 0) this.s.values = values.slice(0, values.length - count);
  }

  get texts(): readonly string[] {
    return this.captured.map(({ text }) => text);
  }

  variable(name: string): string | undefined {
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

  glob(pattern: string): readonly string[] {
    const slash = pattern.lastIndexOf('/');
    const directory = slash < 0 ? this.s.cwd : this.streams.absolute(pattern.slice(0, slash + 1));
    const names = this.world.list(directory) ?? [];
    const found = names.filter((name) => !name.startsWith('.') && matchesPattern(name, pattern.slice(slash + 1)));
    return found.length === 0 ? [pattern] : found.sort().map((name) => pattern.slice(0, slash + 1) + name);
  }
}

function scopeOf(machine: Machine): Scope {
  return {
    get captured() {
      return machine.texts;
    },
    get: (name) => machine.variable(name),
    set: (name, value) => {
      machine.vars[name] = value;
    },
    glob: (pattern) => machine.glob(pattern),
  };
}
