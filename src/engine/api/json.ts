/** What a JSON text holds, or the sentence that Go's decoder would say about it. */
export type JsonResult =
  | { readonly value: unknown; readonly duplicates: readonly string[] }
  | { readonly error: string };

/** Nesting beyond this is refused before it can exhaust the stack. */
const MAX_DEPTH = 1000;

/**
 * Reads a JSON text as the API server does: its error sentences, and the paths of keys that occur twice.
 * Source: encoding/json of Go (scanner errors), sigs.k8s.io/json (duplicate fields)
 */
export function parseJson(text: string): JsonResult {
  const reader = new Reader(text);
  try {
    const value = reader.readDocument();
    return { value, duplicates: reader.duplicates };
  } catch (error) {
    if (error instanceof JsonError) return { error: error.message };
    throw error;
  }
}

class JsonError extends Error {}

class Reader {
  readonly duplicates: string[] = [];
  private position = 0;
  private depth = 0;

  constructor(private readonly text: string) {}

  readDocument(): unknown {
    const value = this.readValue('', 'looking for beginning of value');
    this.skipSpace();
    if (this.position < this.text.length) this.fail('after top-level value');
    return value;
  }

  private readValue(path: string, where: string): unknown {
    this.skipSpace();
    const character = this.text[this.position];
    switch (character) {
      case '{':
        return this.nested(() => this.readObject(path));
      case '[':
        return this.nested(() => this.readArray(path));
      case '"':
        return this.readString();
      case 't':
        return this.readWord('true', true);
      case 'f':
        return this.readWord('false', false);
      case 'n':
        return this.readWord('null', null);
      default:
        if (character === '-' || isDigit(character)) return this.readNumber();
        return this.fail(where);
    }
  }

  private nested<Value>(read: () => Value): Value {
    if (++this.depth > MAX_DEPTH) throw new JsonError('exceeded max depth');
    const value = read();
    this.depth--;
    return value;
  }

  private readObject(path: string): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    this.position++;
    this.skipSpace();
    if (this.take('}')) return object;
    for (;;) {
      this.skipSpace();
      if (this.text[this.position] !== '"') this.fail('looking for beginning of object key string');
      const key = this.readString();
      const keyPath = path === '' ? key : `${path}.${key}`;
      this.skipSpace();
      if (!this.take(':')) this.fail('after object key');
      if (Object.hasOwn(object, key)) this.duplicates.push(keyPath);
      const value = this.readValue(keyPath, 'looking for beginning of value');
      // An own property even for `__proto__`.
      Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
      this.skipSpace();
      if (this.take('}')) return object;
      if (!this.take(',')) this.fail('after object key:value pair');
    }
  }

  private readArray(path: string): unknown[] {
    const array: unknown[] = [];
    this.position++;
    this.skipSpace();
    if (this.take(']')) return array;
    for (;;) {
      array.push(this.readValue(`${path}[${array.length}]`, 'looking for beginning of value'));
      this.skipSpace();
      if (this.take(']')) return array;
      if (!this.take(',')) this.fail('after array element');
    }
  }

  private readString(): string {
    const start = this.position++;
    for (;;) {
      const code = this.text.charCodeAt(this.position);
      if (Number.isNaN(code) || code < 0x20) this.fail('in string literal');
      this.position++;
      if (code === 0x22) break;
      if (code === 0x5c) this.readEscape();
    }
    return JSON.parse(this.text.slice(start, this.position)) as string;
  }

  private readEscape(): void {
    const character = this.text[this.position];
    if (character === undefined || !'"\\/bfnrtu'.includes(character)) this.fail('in string escape code');
    this.position++;
    if (character !== 'u') return;
    for (let index = 0; index < 4; index++) {
      if (!/[0-9a-fA-F]/.test(this.text[this.position] ?? '')) this.fail('in \\u hexadecimal character escape');
      this.position++;
    }
  }

  private readWord<Value>(word: string, value: Value): Value {
    for (let index = 1; index < word.length; index++) {
      this.position++;
      if (this.text[this.position] !== word[index])
        this.fail(`in literal ${word} (expecting ${quoteCharacter(word[index] ?? '')})`);
    }
    this.position++;
    return value;
  }

  private readNumber(): number {
    const start = this.position;
    if (this.take('-') && !isDigit(this.text[this.position])) this.fail('in numeric literal');
    if (!this.take('0')) this.skipDigits();
    if (this.take('.')) {
      if (!isDigit(this.text[this.position])) this.fail('after decimal point in numeric literal');
      this.skipDigits();
    }
    if (this.take('e') || this.take('E')) {
      if (!this.take('+')) this.take('-');
      if (!isDigit(this.text[this.position])) this.fail('in exponent of numeric literal');
      this.skipDigits();
    }
    return Number(this.text.slice(start, this.position));
  }

  private skipDigits(): void {
    while (isDigit(this.text[this.position])) this.position++;
  }

  private skipSpace(): void {
    while (' \t\r\n'.includes(this.text[this.position] ?? 'x')) this.position++;
  }

  private take(character: string): boolean {
    if (this.text[this.position] !== character) return false;
    this.position++;
    return true;
  }

  private fail(where: string): never {
    const character = this.text[this.position];
    if (character === undefined) throw new JsonError('unexpected end of JSON input');
    throw new JsonError(`invalid character ${quoteCharacter(character)} ${where}`);
  }
}

function isDigit(character: string | undefined): boolean {
  return character !== undefined && character >= '0' && character <= '9';
}

function quoteCharacter(character: string): string {
  if (character === "'") return "'\\''";
  if (character === '"') return "'\"'";
  // A byte that begins no text is shown as its number.
  const shown = JSON.stringify(character).slice(1, -1);
  return `'${shown.replace(/[\x80-\xa0\xad]/, (byte) => `\\u00${byte.charCodeAt(0).toString(16)}`)}'`;
}
