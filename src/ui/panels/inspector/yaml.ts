/** Longer texts are cut: nobody reads them, and the page must stay quick. */
export const MAX_YAML_LINES = 3000;

interface YamlOptions {
  /** Keys from a to z, as `kubectl get -o yaml` prints objects. */
  readonly sortKeys?: boolean;
}

/** Plain JSON data as YAML in block style, to be read by people; read back, it gives the same data. */
export function toYaml(value: unknown, { sortKeys = true }: YamlOptions = {}): string {
  const lines: string[] = [];
  if (isBranch(value)) put(value, 0, lines, sortKeys);
  else lines.push(scalar(value, 0));
  if (lines.length > MAX_YAML_LINES) {
    const left = lines.length - MAX_YAML_LINES;
    lines.length = MAX_YAML_LINES;
    lines.push(`# ${left} more lines`);
  }
  return `${lines.join('\n')}\n`;
}

type Branch = readonly unknown[] | Readonly<Record<string, unknown>>;

const isBranch = (value: unknown): value is Branch =>
  typeof value === 'object' && value !== null && (Array.isArray(value) ? value.length : keysOf(value).length) > 0;

// What is undefined is not there, as in JSON.
const keysOf = (value: object): string[] =>
  Object.keys(value).filter((key) => (value as Record<string, unknown>)[key] !== undefined);

function put(value: Branch, depth: number, lines: string[], sortKeys: boolean): void {
  const indent = '  '.repeat(depth);
  if (Array.isArray(value)) {
    for (const item of value as readonly unknown[]) putItem(item, depth, lines, sortKeys);
    return;
  }
  const record = value as Readonly<Record<string, unknown>>;
  const keys = keysOf(record);
  if (sortKeys) keys.sort();
  for (const key of keys) {
    const entry = record[key];
    const name = `${indent}${keyText(key)}:`;
    if (!isBranch(entry)) lines.push(`${name} ${scalar(entry, depth + 1)}`);
    else {
      lines.push(name);
      // A list under a key is not indented further, as kubectl prints it.
      put(entry, Array.isArray(entry) ? depth : depth + 1, lines, sortKeys);
    }
    if (lines.length > 2 * MAX_YAML_LINES) return;
  }
}

/** The first line of an item stands beside its dash. */
function putItem(item: unknown, depth: number, lines: string[], sortKeys: boolean): void {
  const indent = '  '.repeat(depth);
  if (!isBranch(item)) {
    lines.push(`${indent}- ${scalar(item, depth + 1)}`);
    return;
  }
  const first = lines.length;
  put(item, depth + 1, lines, sortKeys);
  lines[first] = `${indent}- ${(lines[first] as string).slice(indent.length + 2)}`;
}

function scalar(value: unknown, depth: number): string {
  if (typeof value === 'string') return stringText(value, depth);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return '[]';
  if (value !== null && typeof value === 'object') return '{}';
  return 'null';
}

/** Text that YAML 1.1 or 1.2 would read as something else: words, numbers, times, base 60. */
const RESERVED = /^(?:~|null|true|false|yes|no|on|off|y|n|[-+]?\.(?:inf|nan))$/i;
const NUMBER = /^[-+]?(?:[\d_]+\.?[\d_]*(?:e[-+]?\d*)?|\.[\d_]+(?:e[-+]?\d*)?|0[xob][\da-f_]*)$/i;
const TIME = /^(?:\d{4}-\d|[-+]?\d[\d_]*(?::\d+)+(?:\.\d*)?$)/;
/** Text that needs no quotes: begins harmlessly and has nothing in it that means something. */
const BEGINS_PLAIN = /^(?:[A-Za-z0-9_/$(+]|\.(?!\.))/;
const UNSAFE = /: |:$| #| $/;
/** Invisible characters; line breaks among them. */
const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}\u00a0\ufeff]/u;

const isPlain = (text: string): boolean =>
  BEGINS_PLAIN.test(text) &&
  !UNSAFE.test(text) &&
  !CONTROL.test(text) &&
  !RESERVED.test(text) &&
  !NUMBER.test(text) &&
  !TIME.test(text);

function keyText(key: string): string {
  return isPlain(key) && !key.includes(':') ? key : JSON.stringify(key);
}

function stringText(text: string, depth: number): string {
  if (isPlain(text)) return text;
  // JSON's quoted strings are YAML's; a block is far easier to read for scripts and configuration files.
  if (!text.includes('\n') || CONTROL.test(text.replaceAll('\n', '')) || /^[\n ]/.test(text))
    return JSON.stringify(text);
  const body = text.replace(/\n+$/, '');
  const newlines = text.length - body.length;
  const keep = newlines === 0 ? '-' : newlines === 1 ? '' : '+';
  const indent = '  '.repeat(Math.max(1, depth));
  const lines = body.split('\n').map((line) => (line === '' ? '' : indent + line));
  const blanks = newlines > 1 ? '\n'.repeat(newlines - 1) : '';
  return `|${keep}\n${lines.join('\n')}${blanks}`;
}
