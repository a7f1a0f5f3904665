import type { Word } from './program.ts';

/** What expansions read and write. */
export interface Scope {
  get(name: string): string | undefined;
  set(name: string, value: string): void;
  /** Texts of this command's `$(...)`, in order. */
  readonly captured: readonly string[];
  /** Names of files matching a pattern that contains `*` or `?`; none found: the pattern stays. */
  glob(pattern: string): readonly string[];
}

/** The fields that a word becomes: none, one or several. */
export function expandFields(word: Word, scope: Scope): string[] {
  const fields: string[] = [];
  let current = '';
  let present = false;
  let pattern = false;
  const finish = (): void => {
    if (present) fields.push(...(pattern ? scope.glob(current) : braces(current)));
    current = '';
    present = false;
    pattern = false;
  };
  for (const part of word) {
    if ('t' in part) {
      current += part.t;
      present = true;
      if (!part.q && /[*?]/.test(part.t)) pattern = true;
      continue;
    }
    if ('v' in part && part.v === '@' && part.q && !part.op) {
      const args = (scope.get('@') ?? '').split('\u0000');
      args.forEach((arg, i) => {
        if (i > 0) finish();
        current += arg;
        present = present || scope.get('#') !== '0';
      });
      continue;
    }
    const text = partText(part, scope);
    if ('a' in part || part.q) {
      current += text;
      present = true;
      continue;
    }
    const pieces = text.split(/[ \t\n]+/);
    pieces.forEach((piece, i) => {
      if (i > 0) finish();
      current += piece;
      if (piece !== '') present = true;
    });
  }
  finish();
  return fields;
}

/** A word as one text, without splitting: assignments, redirections, `case`. */
export function expandText(word: Word, scope: Scope): string {
  let text = '';
  for (const part of word) text += 't' in part ? part.t : partText(part, scope);
  return text;
}

/** Whether `text` matches a shell pattern with `*`, `?` and `[...]`. */
export function matchesPattern(text: string, pattern: string): boolean {
  return patternRegExp(pattern, '^', '$').test(text);
}

/** Value of an arithmetic expression; names are variables, unset ones 0. Undefined: not an expression. */
export function evaluate(expression: string, scope: Pick<Scope, 'get' | 'set'>): number | undefined {
  const tokens = expression.match(ARITHMETIC) ?? [];
  const reader = { tokens, at: 0, scope };
  if (tokens.length === 0) return 0;
  const value = assignment(reader);
  return reader.at === tokens.length && Number.isFinite(value) ? Math.trunc(value) : undefined;
}

type ValuePart = Exclude<Word[number], { readonly t: string }>;

function partText(part: ValuePart, scope: Scope): string {
  if ('c' in part) return scope.captured[part.c] ?? '';
  if ('a' in part) return String(evaluate(expandText(part.a, scope), scope) ?? 0);
  const raw = scope.get(part.v);
  const value = part.v === '@' || part.v === '*' ? raw?.replaceAll('\u0000', ' ') : raw;
  if (!part.op) return value ?? '';
  if (part.op === '#') return String((value ?? '').length);
  const argument = part.arg ? expandText(part.arg, scope) : '';
  // With the colon an empty variable counts as unset.
  const isSet = part.op.startsWith('v:') ? (value ?? '') !== '' : value !== undefined;
  switch (part.op.replace(':', '').slice(1)) {
    case '-':
      return isSet ? (value as string) : argument;
    case '=':
      if (!isSet) scope.set(part.v, argument);
      return isSet ? (value as string) : argument;
    case '+':
      return isSet ? argument : '';
    case '%':
    case '%%':
      return withoutSuffix(value ?? '', argument, part.op.endsWith('%%'));
    case '#':
    case '##':
      return withoutPrefix(value ?? '', argument, part.op.endsWith('##'));
    default:
      return value ?? '';
  }
}

function withoutSuffix(text: string, pattern: string, longest: boolean): string {
  const whole = patternRegExp(pattern, '^', '$');
  const cuts = Array.from({ length: text.length + 1 }, (_, i) => (longest ? i : text.length - i));
  const cut = cuts.find((at) => whole.test(text.slice(at)));
  return cut === undefined ? text : text.slice(0, cut);
}

function withoutPrefix(text: string, pattern: string, longest: boolean): string {
  const whole = patternRegExp(pattern, '^', '$');
  const cuts = Array.from({ length: text.length + 1 }, (_, i) => (longest ? text.length - i : i));
  const cut = cuts.find((at) => whole.test(text.slice(0, at)));
  return cut === undefined ? text : text.slice(cut);
}

function patternRegExp(pattern: string, start: string, end: string): RegExp {
  // Runs of stars are one star: they would only make matching slow.
  const body = pattern
    .replace(/\*+/g, '*')
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '[^]*')
    .replaceAll('?', '[^]');
  try {
    return new RegExp(start + body + end);
  } catch {
    return /^$/;
  }
}

const BRACE_RANGE = /^([^{}]*)\{(-?\d+)\.\.(-?\d+)\}([^{}]*)$/;
const BRACE_LIST = /^([^{}]*)\{([^{}]*,[^{}]*)\}([^{}]*)$/;
const RANGE_MAX = 10_000;

function braces(text: string): string[] {
  if (!text.includes('{')) return [text];
  const range = BRACE_RANGE.exec(text);
  if (range) {
    const [, before = '', from = '', to = '', after = ''] = range;
    const step = Number(from) <= Number(to) ? 1 : -1;
    const count = Math.min(Math.abs(Number(to) - Number(from)) + 1, RANGE_MAX);
    return Array.from({ length: count }, (_, i) => `${before}${Number(from) + i * step}${after}`);
  }
  const list = BRACE_LIST.exec(text);
  if (!list) return [text];
  const [, before = '', items = '', after = ''] = list;
  return items.split(',').map((item) => before + item + after);
}

const ARITHMETIC = /\d+|[A-Za-z_]\w*|<<|>>|<=|>=|==|!=|&&|\|\||\+\+|--|[-+*/%]=|[-+*/%<>!=()?:&|^~]/g;
const LEVELS = [['||'], ['&&'], ['==', '!='], ['<', '<=', '>', '>='], ['+', '-'], ['*', '/', '%']];

interface Reader {
  readonly tokens: readonly string[];
  at: number;
  readonly scope: Pick<Scope, 'get' | 'set'>;
}

function assignment(reader: Reader): number {
  const name = reader.tokens[reader.at];
  const operator = reader.tokens[reader.at + 1];
  if (!name || !/^[A-Za-z_]/.test(name) || !operator || !/^[-+*/%]?=$/.test(operator)) return ternary(reader);
  reader.at += 2;
  const right = assignment(reader);
  const value = operator === '=' ? right : apply(operator.slice(0, -1), variable(reader, name), right);
  reader.scope.set(name, String(value));
  return value;
}

function ternary(reader: Reader): number {
  const condition = binary(reader, 0);
  if (reader.tokens[reader.at] !== '?') return condition;
  reader.at++;
  const yes = assignment(reader);
  if (reader.tokens[reader.at] === ':') reader.at++;
  const no = assignment(reader);
  return condition !== 0 ? yes : no;
}

function binary(reader: Reader, level: number): number {
  const operators = LEVELS[level];
  if (!operators) return unary(reader);
  let left = binary(reader, level + 1);
  for (;;) {
    const operator = reader.tokens[reader.at];
    if (operator === undefined || !operators.includes(operator)) return left;
    reader.at++;
    left = apply(operator, left, binary(reader, level + 1));
  }
}

function unary(reader: Reader): number {
  const token = reader.tokens[reader.at++];
  if (token === undefined) return Number.NaN;
  if (token === '-') return -unary(reader);
  if (token === '+') return unary(reader);
  if (token === '!') return unary(reader) === 0 ? 1 : 0;
  if (token === '(') {
    const value = assignment(reader);
    return reader.tokens[reader.at++] === ')' ? value : Number.NaN;
  }
  if (token === '++' || token === '--') {
    const name = reader.tokens[reader.at++] ?? '';
    const value = variable(reader, name) + (token === '++' ? 1 : -1);
    reader.scope.set(name, String(value));
    return value;
  }
  if (/^\d/.test(token)) return Number.parseInt(token, token.length > 1 && token.startsWith('0') ? 8 : 10);
  if (!/^[A-Za-z_]/.test(token)) return Number.NaN;
  const value = variable(reader, token);
  const after = reader.tokens[reader.at];
  if (after === '++' || after === '--') {
    reader.at++;
    reader.scope.set(token, String(value + (after === '++' ? 1 : -1)));
  }
  return value;
}

function variable(reader: Reader, name: string): number {
  return Number.parseInt(reader.scope.get(name) ?? '0', 10) || 0;
}

function apply(operator: string, a: number, b: number): number {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return Math.trunc(a / b);
    case '%':
      return a % b;
    case '==':
      return a === b ? 1 : 0;
    case '!=':
      return a !== b ? 1 : 0;
    case '<':
      return a < b ? 1 : 0;
    case '<=':
      return a <= b ? 1 : 0;
    case '>':
      return a > b ? 1 : 0;
    case '>=':
      return a >= b ? 1 : 0;
    case '&&':
      return a !== 0 && b !== 0 ? 1 : 0;
    default:
      return a !== 0 || b !== 0 ? 1 : 0;
  }
}
