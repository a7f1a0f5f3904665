import { compile } from './compile.ts';
import { isShell } from './shells.ts';

/** What a script waits for when its slice ends. */
export type ShellWait =
  | { readonly for: 'time'; readonly until: number }
  /** Until a signal; with `program`, it runs this long-lived program of the image in the foreground. */
  | { readonly for: 'signal'; readonly program?: readonly string[] }
  | { readonly for: 'lookup'; readonly name: string }
  | { readonly for: 'http'; readonly url: string }
  | { readonly for: 'exit'; readonly code: number };

export interface Frame {
  readonly source: string;
  readonly pc: number;
  readonly args: readonly string[];
  readonly kind: 'main' | 'function' | 'eval' | 'trap';
  /** `$0`. */
  readonly name?: string;
}

/** For the one who makes the next state, before it is anybody's. */
export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A script in the middle of its work: plain data, replaced and never changed in place. */
export interface ShellState {
  readonly frames: readonly Frame[];
  readonly vars: Readonly<Record<string, string>>;
  readonly exported: readonly string[];
  readonly functions: Readonly<Record<string, { readonly source: string; readonly pc: number }>>;
  readonly status: number;
  readonly values: readonly Captured[];
  readonly outs: readonly Out[];
  readonly inputs: readonly string[];
  readonly fors: readonly (readonly string[])[];
  readonly subs: readonly Sub[];
  readonly errexit: boolean;
  readonly xtrace: boolean;
  readonly traps: Readonly<Record<string, string>>;
  readonly signals: readonly string[];
  readonly pending: Pending | undefined;
  /** Output after the last line end. */
  readonly partial: string;
  readonly cwd: string;
  /** When each background job is over. */
  readonly jobs: readonly number[];
  readonly exitCode: number | undefined;
}

export interface Captured {
  readonly text: string;
  /** `$?` before the substitution ran. */
  readonly before: number;
}

export type Out =
  | { readonly capture: string; readonly before: number }
  | { readonly file: string }
  | { readonly nowhere: true };

export interface Sub {
  readonly vars: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly to: number;
  /** It is another `sh -c`, and ends with its frame. */
  readonly nested?: boolean;
  readonly frames: number;
  readonly outs: number;
  readonly inputs: number;
  readonly fors: number;
}

export interface Pending {
  readonly argv: readonly string[];
  readonly wait: ShellWait;
  readonly outs: number;
  readonly inputs: number;
  readonly err: string;
  readonly tested: boolean;
  readonly exits: boolean;
}

/**
 * A process from its argument list: `sh -c SCRIPT [name args...]` runs the script, anything else is one command.
 * Nothing runs yet.
 */
export function startShell(argv: readonly string[], env: Readonly<Record<string, string>>): ShellState {
  const shell = isShell(argv[0] ?? '');
  let at = 1;
  let flags = '';
  while (shell && /^[-+][a-z]+$/i.test(argv[at] ?? '')) {
    flags += argv[at];
    at++;
    if ((argv[at - 1] as string).includes('c')) break;
  }
  const hasScript = shell && flags.includes('c');
  const source = hasScript ? (argv[at] ?? '') : shell ? argv.slice(at).join(' ') : argv.map(quote).join(' ');
  const args = hasScript ? argv.slice(at + 1) : [];
  return {
    frames: [{ source, pc: 0, args: args.slice(1), kind: 'main', name: args[0] ?? argv[0] ?? 'sh' }],
    vars: { PATH: DEFAULT_PATH, ...env },
    exported: ['PATH', ...Object.keys(env).filter((name) => name !== 'PATH')],
    functions: {},
    status: 0,
    values: [],
    outs: [],
    inputs: [],
    fors: [],
    subs: [],
    errexit: flags.includes('e'),
    xtrace: flags.includes('x'),
    traps: {},
    signals: [],
    pending: undefined,
    partial: '',
    cwd: '/',
    jobs: [],
    exitCode: undefined,
  };
}

/** Delivers a signal: a trap runs once the command in the foreground is over; without a trap nothing happens. */
export function signalShell(state: ShellState, signal: string): ShellState {
  if (state.traps[signal] === undefined) return state;
  return { ...state, signals: [...state.signals, signal] };
}

/** Ends the program that the script runs in the foreground, with its exit code. */
export function endForeground(state: ShellState, code: number): ShellState {
  if (!state.pending) return state;
  return {
    ...state,
    pending: { ...state.pending, argv: ['exit-status', String(code)], wait: { for: 'time', until: 0 } },
  };
}

/** Whether nothing follows the command in the foreground, so that shells run it in their own place. */
export function isLastCommand(state: ShellState): boolean {
  const [frame] = state.frames;
  if (state.frames.length !== 1 || !frame || state.pending?.exits) return state.pending?.exits ?? false;
  const program = compile(frame.source);
  return 'error' in program || frame.pc >= program.length;
}

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function quote(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`;
}
