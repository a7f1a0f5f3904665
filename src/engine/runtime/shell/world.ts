import type { ShellWait } from './state.ts';

/** The container around the script. Paths are absolute; nothing here takes time. */
export interface ShellWorld {
  readonly now: number;
  /** For what prints the time. */
  readonly wallNow: number;
  readonly hostname: string;
  /** Content of a file; undefined if there is none. */
  readFile(path: string): string | undefined;
  /** False if its directory does not exist. */
  writeFile(path: string, text: string, append: boolean): boolean;
  /** Removes a file or a directory with all in it; false if there was none. */
  remove(path: string): boolean;
  /** Names in a directory; undefined if it is none. */
  list(path: string): readonly string[] | undefined;
  makeDirectory(path: string): void;
  /**
   * What a program of the image does: without `exitCode` it runs until a signal ends it, otherwise it prints its lines
   * and exits after `afterMs`. Undefined: the image has no such program.
   */
  program(argv: readonly string[]): { exitCode?: number; lines: readonly string[]; afterMs: number } | undefined;
}

/** What a name or a web address was answered with. */
export type Answer =
  /** `isLost`: no server has answered. */
  | {
      readonly for: 'lookup';
      readonly addresses: readonly string[];
      readonly name?: string;
      readonly isLost?: true;
    }
  /** Without `status` the connection failed, and `body` says why. */
  | { readonly for: 'http'; readonly status?: number; readonly body: string };

export interface Io {
  readonly world: ShellWorld;
  /** Called again after the wait that it asked for. */
  readonly resumed: boolean;
  readonly answer: Answer | undefined;
  readonly status: number;
  readonly cwd: string;
  env(): string[];
  get(name: string): string | undefined;
  set(name: string, value: string): void;
  out(text: string): void;
  err(line: string): void;
  path(path: string): string;
  input(): string;
  setInput(text: string): void;
}

export type Builtin = (argv: readonly string[], io: Io) => number | ShellWait;
