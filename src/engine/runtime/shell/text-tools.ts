import type { ShellWait } from './state.ts';
import type { Io } from './world.ts';

/** How often `tail -f` looks at its file. */
const FOLLOW_MS = 1000;

export function print(io: Io, lines: readonly string[]): number {
  for (const line of lines) io.out(`${line}\n`);
  return 0;
}

export function operands(argv: readonly string[]): string[] {
  return argv.slice(1).filter((arg) => !arg.startsWith('-') || arg === '-');
}

/** Content of a file, or of standard input for `-`; says so if there is none. */
export function readOr(io: Io, command: string, path: string): string | undefined {
  const text = path === '-' ? io.input() : path === '/dev/null' ? '' : io.world.readFile(io.path(path));
  if (text === undefined) io.err(`${command}: can't open '${path}': No such file or directory`);
  return text;
}

export function wc(argv: readonly string[], io: Io): number {
  const [path] = operands(argv);
  const text = readOr(io, 'wc', path ?? '-');
  if (text === undefined) return 1;
  const counts: Record<string, number> = {
    l: text.split('\n').length - 1,
    w: text.split(/\s+/).filter((word) => word !== '').length,
    c: text.length,
  };
  const flags = argv.filter((arg) => arg.startsWith('-')).join('');
  const wanted = ['l', 'w', 'c'].filter((flag) => flags === '' || flags.includes(flag));
  return print(io, [[...wanted.map((flag) => counts[flag]), ...(path ? [path] : [])].join(' ')]);
}

const SEQUENCE_MAX = 100_000;

export function seq(argv: readonly string[], io: Io): number {
  const numbers = argv.slice(1).map(Number);
  const first = numbers.length > 1 ? (numbers[0] as number) : 1;
  const step = numbers.length > 2 ? (numbers[1] as number) : 1;
  const last = numbers.at(-1) ?? 0;
  if (step === 0 || numbers.some(Number.isNaN)) return 1;
  for (let i = first, n = 0; (step > 0 ? i <= last : i >= last) && n < SEQUENCE_MAX; i += step, n++) io.out(`${i}\n`);
  return 0;
}

export function head(argv: readonly string[], io: Io): number {
  const { count, bytes, paths } = countOf(argv);
  const text = readOr(io, 'head', paths[0] ?? '-');
  if (text === undefined) return 1;
  if (bytes) io.out(text.slice(0, count));
  else print(io, linesOf(text).slice(0, count));
  return 0;
}

/** `tail`, which with `-f` goes on to print what is appended. */
export function tail(argv: readonly string[], io: Io): number | ShellWait {
  const { count, fromStart, bytes, paths } = countOf(argv);
  const path = paths[0] ?? '-';
  const follow = argv.some((arg) => /^-\w*f|^--follow/i.test(arg));
  if (io.resumed) {
    const text = io.world.readFile(io.path(path)) ?? '';
    const seen = Number(io.get(SEEN) ?? 0);
    if (text.length > seen) io.out(text.slice(seen));
    return remember(io, text.length);
  }
  // A file that is followed may come later.
  const text = follow && path !== '-' ? (io.world.readFile(io.path(path)) ?? '') : readOr(io, 'tail', path);
  if (text === undefined) return 1;
  if (bytes) io.out(text.slice(-count));
  else {
    const lines = linesOf(text);
    print(io, lines.slice(fromStart ? count - 1 : Math.max(0, lines.length - count)));
  }
  if (!follow) return 0;
  return path === '/dev/null' || path === '-' ? { for: 'signal' } : remember(io, text.length);
}

const SEEN = '%tail';

function remember(io: Io, length: number): ShellWait {
  io.set(SEEN, String(length));
  return { for: 'time', until: io.world.now + FOLLOW_MS };
}

// `-n 5`, `-n5`, `-5`, `-n +2`, `-c 10`.
function countOf(argv: readonly string[]) {
  const paths: string[] = [];
  let text = '10';
  let bytes = false;
  for (let i = 1; i < argv.length; i++) {
    const arg = argv[i] as string;
    const attached = /^-(?:([nc])(.+)|(\d+))$/.exec(arg);
    if (arg === '-n' || arg === '-c') {
      bytes = arg === '-c';
      text = argv[++i] ?? '10';
    } else if (attached) {
      bytes = attached[1] === 'c';
      text = attached[2] ?? (attached[3] as string);
    } else if (!arg.startsWith('-') || arg === '-') paths.push(arg);
  }
  return { count: Math.abs(Number(text)) || 0, fromStart: text.startsWith('+'), bytes, paths };
}

export function grep(argv: readonly string[], io: Io): number {
  const [pattern = '', path = '-'] = operands(argv);
  const flags = argv.filter((arg) => arg.startsWith('-')).join('');
  const text = readOr(io, 'grep', path);
  if (text === undefined) return 2;
  const plain = flags.includes('i') ? pattern.toLowerCase() : pattern;
  const found = linesOf(text).filter((line) => {
    const hit = (flags.includes('i') ? line.toLowerCase() : line).includes(plain);
    return hit !== flags.includes('v');
  });
  if (flags.includes('c')) print(io, [String(found.length)]);
  else if (!flags.includes('q')) print(io, found);
  return found.length > 0 ? 0 : 1;
}

function linesOf(text: string): string[] {
  if (text === '') return [];
  return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}
