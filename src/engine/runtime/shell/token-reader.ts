import { lex, type Token } from './lex.ts';

export class ShellSyntaxError extends Error {}

const CLOSERS = new Set(['then', 'else', 'elif', 'fi', 'do', 'done', 'esac', '}', ')', ';;']);

/** The tokens of a script from the first to the last: what comes next, and what has to. */
export class TokenReader {
  private readonly tokens: readonly Token[];
  private at = 0;

  constructor(source: string) {
    this.tokens = lex(source);
  }

  get next(): Token | undefined {
    return this.tokens[this.at];
  }

  skip(): void {
    this.at++;
  }

  /** Whether what comes next ends the list of commands. */
  get closes(): boolean {
    return CLOSERS.has(this.next?.operator ?? this.plain ?? '');
  }

  /** The next token if it is one unquoted word without expansions. */
  get plain(): string | undefined {
    const word = this.next?.word;
    return word?.length === 1 ? firstText(word) || undefined : undefined;
  }

  plainWord(): string {
    const name = this.plain;
    if (name === undefined) this.unexpected();
    this.skip();
    return name as string;
  }

  isWord(text: string): boolean {
    return this.plain === text;
  }

  isOperator(text: string): boolean {
    return this.next?.operator === text;
  }

  /** `name ( )`. */
  isFunction(): boolean {
    const [name, open, close] = this.tokens.slice(this.at, this.at + 3);
    return name?.word !== undefined && open?.operator === '(' && close?.operator === ')';
  }

  expectWord(text: string): void {
    if (!this.isWord(text)) this.unexpected(text);
    this.skip();
  }

  expectOperator(text: string): void {
    if (!this.isOperator(text)) this.unexpected(text);
    this.skip();
  }

  skipNewlines(): void {
    while (this.isOperator('\n')) this.skip();
  }

  skipSeparators(): void {
    while (this.isOperator('\n') || this.isOperator(';')) this.skip();
  }

  unexpected(wanted?: string): never {
    const token = this.next;
    const seen = token ? (token.operator ?? token.redirect ?? firstText(token.word ?? [])) : 'end of file';
    const hint = wanted ? ` (expecting "${wanted}")` : '';
    throw new ShellSyntaxError(`unexpected ${token ? `"${seen === '\n' ? 'newline' : seen}"` : seen}${hint}`);
  }
}

/** The unquoted text that a word begins with; '' if it begins with something else. */
export function firstText(word: readonly object[]): string {
  const [part] = word as readonly { t?: string; q?: boolean }[];
  return part?.t !== undefined && !part.q ? part.t : '';
}
