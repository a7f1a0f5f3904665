import { expandText, type Scope } from './expand.ts';
import type { Redirect } from './program.ts';
import type { Mutable, Out, ShellState } from './state.ts';
import type { ShellWorld } from './world.ts';

const CAPTURE_MAX = 65_536;
/** Plain data like every other state: recognised by its empty file name. */
const STDOUT: Out = { file: '' };

/** Where what a script writes goes, and where what it reads comes from: the log, files, captures and pipes. */
export class Streams {
  /** Complete lines written to standard output and standard error. */
  readonly lines: string[] = [];
  /** Where standard error goes: '' is the log. */
  err = '';

  constructor(
    private readonly s: Mutable<ShellState>,
    private readonly world: ShellWorld,
    private readonly scope: Scope,
  ) {}

  get input(): string {
    return this.s.inputs[this.s.inputs.length - 1] ?? '';
  }

  set input(text: string) {
    if (this.s.inputs.length > 0) this.s.inputs = [...this.s.inputs.slice(0, -1), text];
  }

  write(text: string): void {
    const outs = this.s.outs;
    const top = outs[outs.length - 1];
    if (!top || ('file' in top && top.file === '')) this.log(text);
    else if ('file' in top) this.world.writeFile(top.file, text, true);
    else if ('capture' in top && top.capture.length < CAPTURE_MAX)
      this.s.outs = [...outs.slice(0, -1), { ...top, capture: top.capture + text }];
  }

  writeError(line: string): void {
    if (this.err === 'out') this.write(`${line}\n`);
    else if (this.err !== 'nowhere') this.log(`${line}\n`);
  }

  /** What the script wrote without a line end is a line too when it is over. */
  close(): void {
    if (this.s.partial === '') return;
    this.lines.push(this.s.partial);
    this.s.partial = '';
  }

  private log(text: string): void {
    const parts = (this.s.partial + text).split('\n');
    this.s.partial = parts.pop() as string;
    for (const line of parts) this.lines.push(line);
  }

  /** From here on output is kept as text, for `$(...)` or the next command of a pipeline. */
  capture(): void {
    this.s.outs = [...this.s.outs, { capture: '', before: this.s.status }];
  }

  popCapture(): { capture: string; before: number } {
    const top = this.s.outs[this.s.outs.length - 1];
    this.s.outs = this.s.outs.slice(0, -1);
    return top && 'capture' in top ? top : { capture: '', before: this.s.status };
  }

  pushInput(text: string): void {
    this.s.inputs = [...this.s.inputs, text];
  }

  popInput(): void {
    this.s.inputs = this.s.inputs.slice(0, -1);
  }

  popOut(): void {
    this.s.outs = this.s.outs.slice(0, -1);
  }

  /** True if a file could not be opened. A compound command always opens one of each, so that closing is simple. */
  redirect(redirects: readonly Redirect[], compound: boolean): boolean {
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
        if (out === undefined) {
          this.writeError(`sh: can't create ${path}: nonexistent directory`);
          return true;
        }
      } else if (op === '2>' || op === '2>>') this.err = path === '/dev/null' ? 'nowhere' : 'log';
      else if (op === '2>&1') this.err = 'out';
      else if (op === '>&2') out = undefined;
    }
    const top = this.s.outs[this.s.outs.length - 1];
    if (out) this.s.outs = [...this.s.outs, out];
    else if (compound) this.s.outs = [...this.s.outs, top ?? STDOUT];
    if (input !== undefined || compound) this.pushInput(input ?? this.input);
    return false;
  }

  /** Closes what `redirect` opened for a command that is none. */
  unredirect(redirects: readonly Redirect[]): void {
    if (redirects.some(({ op }) => op === '>' || op === '>>' || op === '&>')) this.popOut();
    if (redirects.some(({ op }) => op.startsWith('<'))) this.popInput();
    this.err = '';
  }

  private open(path: string, append: boolean): Out | undefined {
    if (path === '/dev/null') return { nowhere: true };
    if (path === '/dev/stdout' || path === '/dev/stderr' || path === '/proc/1/fd/1') return STDOUT;
    const file = this.absolute(path);
    return this.world.writeFile(file, '', append) ? { file } : undefined;
  }

  absolute(path: string): string {
    const parts: string[] = [];
    for (const part of (path.startsWith('/') ? path : `${this.s.cwd}/${path}`).split('/')) {
      if (part === '..') parts.pop();
      else if (part !== '' && part !== '.') parts.push(part);
    }
    return `/${parts.join('/')}`;
  }
}
