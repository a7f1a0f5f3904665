/** A token: exactly one of the three. */
export interface Token {
  readonly word?: readonly LexPart[];
  readonly operator?: string;
  readonly redirect?: string;
}

/** As in compile.ts, but the script of a `$(...)` is still text. */
export type LexPart =
  | { readonly t: string; readonly q?: boolean }
  | { readonly v: string; readonly q?: boolean; readonly op?: string; readonly arg?: readonly LexPart[] }
  | { readonly a: readonly LexPart[] }
  | { readonly s: string; readonly q?: boolean };

const OPERATORS = ['&&', '||', ';;', ';', '|', '&', '(', ')', '\n'];
const REDIRECTS = ['2>&1', '1>&2', '>&2', '2>>', '&>', '2>', '1>', '>>', '<<', '>', '<'];
const BLANK = ' \t\r';
const WORD_END = ' \t\r\n;&|()<>';
const NAME = /^(?:[A-Za-z_]\w*|[0-9@*#?$!-])/;
const BRACE = /^(#?)([A-Za-z_]\w*|[0-9@*#?$!])(?:\[(\w+)\])?(:?[-=+?]|%%?|##?)?/;

/** Splits a script into words, operators and redirections. Throws an error named ShellLexError when quotes do not end. */
export function lex(source: string): Token[] {
  return new Lexer(source).tokens();
}

class Lexer {
  private at = 0;
  private readonly out: Token[] = [];
  private readonly heredocs: { token: number; end: string; quoted: boolean; strip: boolean }[] = [];

  constructor(private readonly source: string) {}

  tokens(): Token[] {
    while (this.at < this.source.length) {
      const c = this.source[this.at] as string;
      if (BLANK.includes(c)) this.at++;
      else if (c === '\\' && this.source[this.at + 1] === '\n') this.at += 2;
      else if (c === '#') this.comment();
      else if (!this.redirect() && !this.operator()) this.out.push({ word: this.word(WORD_END) });
    }
    this.readHeredocs();
    return this.out;
  }

  private comment(): void {
    while (this.at < this.source.length && this.source[this.at] !== '\n') this.at++;
  }

  private operator(): boolean {
    const found = OPERATORS.find((operator) => this.source.startsWith(operator, this.at));
    if (!found) return false;
    this.at += found.length;
    this.out.push({ operator: found });
    if (found === '\n') this.readHeredocs();
    return true;
  }

  private redirect(): boolean {
    const found = REDIRECTS.find((redirect) => this.source.startsWith(redirect, this.at));
    if (!found) return false;
    this.at += found.length;
    if (found === '<<') this.heredoc();
    else this.out.push({ redirect: found === '1>&2' ? '>&2' : found === '1>' ? '>' : found });
    return true;
  }

  private heredoc(): void {
    const strip = this.source[this.at] === '-';
    if (strip) this.at++;
    while (BLANK.includes(this.source[this.at] ?? '\n')) this.at++;
    const word = this.word(WORD_END);
    const end = word.map((part) => ('t' in part ? part.t : '')).join('');
    const quoted = word.some((part) => 't' in part && part.q === true);
    this.heredocs.push({ token: this.out.length + 1, end, quoted, strip });
    this.out.push({ redirect: '<<' }, { word: [] });
  }

  private readHeredocs(): void {
    for (const { token, end, quoted, strip } of this.heredocs.splice(0)) {
      let text = '';
      while (this.at < this.source.length) {
        const newline = this.source.indexOf('\n', this.at);
        const stop = newline < 0 ? this.source.length : newline;
        let line = this.source.slice(this.at, stop);
        this.at = Math.min(stop + 1, this.source.length);
        if (strip) line = line.replace(/^\t+/, '');
        if (line === end) break;
        text += `${line}\n`;
      }
      this.out[token] = { word: quoted ? [{ t: text, q: true }] : new Lexer(text).quotedText() };
    }
  }

  quotedText(): LexPart[] {
    const parts: LexPart[] = [];
    this.doubleQuoted(parts, '');
    return parts;
  }

  private word(ends: string): LexPart[] {
    const parts: LexPart[] = [];
    let plain = '';
    const flush = (): void => {
      if (plain !== '') parts.push({ t: plain });
      plain = '';
    };
    while (this.at < this.source.length) {
      const c = this.source[this.at] as string;
      if (ends.includes(c)) break;
      if (c === '\\') {
        flush();
        const next = this.source[this.at + 1] ?? '';
        if (next !== '\n') parts.push({ t: next, q: true });
        this.at += 2;
      } else if (c === "'") {
        flush();
        const close = this.source.indexOf("'", this.at + 1);
        if (close < 0) throw lexError('unterminated quoted string');
        parts.push({ t: this.source.slice(this.at + 1, close), q: true });
        this.at = close + 1;
      } else if (c === '"') {
        flush();
        this.at++;
        parts.push({ t: '', q: true });
        this.doubleQuoted(parts, '"');
      } else if (c === '$') {
        flush();
        parts.push(this.dollar(false));
      } else if (c === '`') {
        flush();
        parts.push({ s: this.backquoted() });
      } else {
        plain += c;
        this.at++;
      }
    }
    flush();
    return parts;
  }

  private doubleQuoted(parts: LexPart[], end: string): void {
    let text = '';
    const flush = (): void => {
      if (text !== '') parts.push({ t: text, q: true });
      text = '';
    };
    for (;;) {
      const c = this.source[this.at];
      if (c === undefined) {
        if (end !== '') throw lexError('unterminated quoted string');
        break;
      }
      if (c === end) {
        this.at++;
        break;
      }
      if (c === '\\' && '$`"\\\n'.includes(this.source[this.at + 1] ?? ' ')) {
        const next = this.source[this.at + 1] as string;
        if (next !== '\n') text += next;
        this.at += 2;
      } else if (c === '$') {
        flush();
        parts.push(this.dollar(true));
      } else if (c === '`') {
        flush();
        parts.push({ s: this.backquoted(), q: true });
      } else {
        text += c;
        this.at++;
      }
    }
    flush();
  }

  private dollar(q: boolean): LexPart {
    const quoted = q ? { q: true } : {};
    if (this.source.startsWith('$((', this.at)) {
      this.at += 3;
      const inner = this.until('))');
      return { a: new Lexer(inner).quotedText() };
    }
    if (this.source.startsWith('$(', this.at)) {
      this.at += 2;
      return { s: this.until(')'), ...quoted };
    }
    if (this.source.startsWith('${', this.at)) {
      this.at += 2;
      return { ...this.braced(), ...quoted } as LexPart;
    }
    const name = NAME.exec(this.source.slice(this.at + 1, this.at + 100))?.[0];
    this.at += 1 + (name?.length ?? 0);
    return name ? { v: name, ...quoted } : { t: '$', q: true };
  }

  private braced(): LexPart {
    const inner = this.until('}');
    const match = BRACE.exec(inner);
    if (!match) throw lexError('bad substitution');
    const [all, length, name, index, op] = match;
    const v = index === undefined ? (name as string) : `${name}[${index}]`;
    if (length) return { v, op: '#' };
    if (!op) return { v };
    return { v, op: `v${op}`, arg: new Lexer(inner.slice(all.length)).quotedText() };
  }

  // Text up to the closing mark, with nested brackets and quotes left alone.
  private until(close: string): string {
    const start = this.at;
    let depth = 0;
    while (this.at < this.source.length) {
      const c = this.source[this.at] as string;
      if (depth === 0 && this.source.startsWith(close, this.at)) {
        const inner = this.source.slice(start, this.at);
        this.at += close.length;
        return inner;
      }
      if (c === '\\') this.at++;
      else if (c === "'" && close !== '))') {
        const end = this.source.indexOf("'", this.at + 1);
        if (end > 0) this.at = end;
      } else if (c === '(' || c === '{') depth++;
      else if (c === ')' || c === '}') depth--;
      this.at++;
    }
    throw lexError('unterminated substitution');
  }

  private backquoted(): string {
    const close = this.source.indexOf('`', this.at + 1);
    if (close < 0) throw lexError('unterminated backquote');
    const inner = this.source.slice(this.at + 1, close);
    this.at = close + 1;
    return inner;
  }
}

function lexError(message: string): Error {
  const error = new Error(message);
  error.name = 'ShellLexError';
  return error;
}
