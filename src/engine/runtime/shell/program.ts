/** A script as instructions: plain data, compiled once per text. */

/** A word of a command: literal text and what gets expanded, in order. */
export type Word = readonly Part[];
export type Part =
  | { readonly t: string; readonly q?: boolean }
  /** `$name` or `${name op arg}`. */
  | { readonly v: string; readonly q?: boolean; readonly op?: string; readonly arg?: Word }
  /** `$((...))`. */
  | { readonly a: Word }
  /** `$(...)`: the n-th text captured for this command. */
  | { readonly c: number; readonly q?: boolean };

export interface Redirect {
  /** `>`, `>>`, `<`, `2>`, `2>>`, `&>`, `>&2`, `2>&1`, `<<` (the word is the text). */
  readonly op: string;
  readonly to: Word;
}

export interface Command {
  readonly assigns: readonly (readonly [string, Word])[];
  readonly words: readonly Word[];
  readonly redirects: readonly Redirect[];
  /** How many captured texts it takes from the stack. */
  readonly captures: number;
  /** Its failure is looked at, so `set -e` does not apply. */
  readonly tested: boolean;
  readonly background: boolean;
}

/** One instruction; jumps hold the index of their target. */
export type Op =
  | { readonly op: 'run'; readonly command: Command }
  | { readonly op: 'jump' | 'ifOk' | 'ifFail'; to: number }
  | { readonly op: 'not' | 'ok' | 'capture' | 'captured' | 'pipe' | 'piped' | 'unpipe' | 'unredirect' }
  | { readonly op: 'unfor' | 'endsub' | 'return' }
  | { readonly op: 'redirect'; readonly redirects: readonly Redirect[]; readonly captures: number }
  | { readonly op: 'for'; readonly words: readonly Word[]; readonly captures: number }
  | { readonly op: 'next'; readonly name: string; to: number }
  | { readonly op: 'sub'; to: number }
  | { readonly op: 'match'; readonly patterns: readonly Word[]; readonly captures: number }
  | { readonly op: 'function'; readonly name: string; to: number };

export type Program = readonly Op[] | { readonly error: string };
