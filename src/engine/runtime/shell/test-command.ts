import { matchesPattern } from './expand.ts';
import type { Io } from './world.ts';

/** `test EXPRESSION`: 0 true, 1 false, 2 not an expression. Knows the operators of `[` and of bash's `[[`. */
export function runTest(args: readonly string[], io: Io): number {
  const reader = { args, at: 0, io, bad: false };
  if (args.length === 0) return 1;
  const value = or(reader);
  if (reader.bad || reader.at < args.length) {
    io.err(`sh: ${args[Math.min(reader.at, args.length - 1)]}: unknown operand`);
    return 2;
  }
  return value ? 0 : 1;
}

interface Reader {
  readonly args: readonly string[];
  at: number;
  readonly io: Io;
  bad: boolean;
}

const BINARY = new Set(['=', '==', '!=', '=~', '<', '>', '-eq', '-ne', '-lt', '-le', '-gt', '-ge', '-nt', '-ot']);

function or(reader: Reader): boolean {
  let value = and(reader);
  while (reader.args[reader.at] === '-o' || reader.args[reader.at] === '||') {
    reader.at++;
    const right = and(reader);
    value = value || right;
  }
  return value;
}

function and(reader: Reader): boolean {
  let value = not(reader);
  while (reader.args[reader.at] === '-a' || reader.args[reader.at] === '&&') {
    reader.at++;
    const right = not(reader);
    value = value && right;
  }
  return value;
}

function not(reader: Reader): boolean {
  if (reader.args[reader.at] !== '!' || reader.at === reader.args.length - 1) return primary(reader);
  reader.at++;
  return !not(reader);
}

function primary(reader: Reader): boolean {
  const { args } = reader;
  const first = args[reader.at];
  if (first === undefined) {
    reader.bad = true;
    return false;
  }
  const operator = args[reader.at + 1];
  if (operator !== undefined && BINARY.has(operator) && args[reader.at + 2] !== undefined) {
    const right = args[reader.at + 2] as string;
    reader.at += 3;
    return compare(first, operator, right, reader);
  }
  if (first === '(') {
    reader.at++;
    const value = or(reader);
    if (args[reader.at++] !== ')') reader.bad = true;
    return value;
  }
  if (/^-[a-zA-Z]$/.test(first) && operator !== undefined) {
    reader.at += 2;
    return unary(first, operator, reader.io);
  }
  reader.at++;
  return first !== '';
}

function unary(operator: string, value: string, { world, path }: Io): boolean {
  const file = (): string | undefined => world.readFile(path(value));
  switch (operator) {
    case '-n':
      return value !== '';
    case '-z':
      return value === '';
    case '-d':
      return world.list(path(value)) !== undefined;
    case '-s':
      return (file() ?? '') !== '';
    case '-f':
      return file() !== undefined;
    default:
      return file() !== undefined || world.list(path(value)) !== undefined;
  }
}

function compare(left: string, operator: string, right: string, reader: Reader): boolean {
  switch (operator) {
    case '=':
    case '==':
      return left === right || matchesPattern(left, right);
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '>':
      return left > right;
    case '=~':
      return matches(left, right, reader.io);
    default:
      return compareNumbers(left, operator, right, reader);
  }
}

function compareNumbers(left: string, operator: string, right: string, reader: Reader): boolean {
  const a = Number(left);
  const b = Number(right);
  if (left.trim() === '' || right.trim() === '' || Number.isNaN(a) || Number.isNaN(b)) {
    reader.bad = true;
    return false;
  }
  switch (operator) {
    case '-eq':
      return a === b;
    case '-ne':
      return a !== b;
    case '-lt':
      return a < b;
    case '-le':
      return a <= b;
    case '-gt':
      return a > b;
    default:
      return a >= b;
  }
}

const PATTERN_MAX = 200;
const NESTED_REPEAT = /[+*}]\)?[+*{]|\([^)]*[+*][^)]*\)[+*{]/;

function matches(text: string, pattern: string, io: Io): boolean {
  // Patterns come from manifests: those that could take for ever to match do not match.
  if (pattern.length > PATTERN_MAX || NESTED_REPEAT.test(pattern)) return false;
  try {
    const found = new RegExp(pattern).exec(text);
    found?.forEach((group, i) => {
      io.set(`BASH_REMATCH[${i}]`, group ?? '');
    });
    return found !== null;
  } catch {
    return false;
  }
}
