import { lex, type Token } from './lex.ts';
import type { Command, Op, Part, Program, Redirect, Word } from './program.ts';

const programs = new Map<string, Program>();
const PROGRAMS_MAX = 500;
/** The variable that holds the subject of the innermost `case`. */
export const CASE_SUBJECT = '%case';

/** Compiles a script once per text; a script that cannot be read gives what the shell would print. */
export function compile(source: string): Program {
  let program = programs.get(source);
  if (!program) {
    if (programs.size >= PROGRAMS_MAX) programs.clear();
    program = new Compiler(source).program();
    programs.set(source, program);
  }
  return program;
}

class ShellSyntaxError extends Error {}

interface Loop {
  readonly continueAt: number;
  readonly breaks: { to: number }[];
  readonly isFor: boolean;
}

const CLOSERS = new Set(['then', 'else', 'elif', 'fi', 'do', 'done', 'esac', '}', ')', ';;']);

class Compiler {
  private readonly ops: Op[] = [];
  private readonly loops: Loop[] = [];
  private tokens: Token[] = [];
  private at = 0;

  constructor(private readonly source: string) {}

  program(): Program {
    try {
      this.tokens = lex(this.source);
      this.list();
      if (this.at < this.tokens.length) this.unexpected();
      return this.ops;
    } catch (error) {
      if (error instanceof Error && (error instanceof ShellSyntaxError || error.name === 'ShellLexError'))
        return { error: `syntax error: ${error.message}` };
      throw error;
    }
  }

  private list(): void {
    this.skipNewlines();
    while (this.at < this.tokens.length && !this.closes()) {
      const start = this.ops.length;
      this.andOr();
      if (this.isOperator('&')) this.background(start);
      if (this.isOperator(';') || this.isOperator('&') || this.isOperator('\n')) this.at++;
      this.skipNewlines();
    }
  }

  // A background command is marked on its last instruction: only simple ones are modelled as jobs.
  private background(start: number): void {
    const last = this.ops[this.ops.length - 1];
    if (last?.op === 'run' && this.ops.length - start >= 1)
      this.ops[this.ops.length - 1] = { op: 'run', command: { ...last.command, background: true } };
  }

  private andOr(): void {
    const start = this.ops.length;
    this.pipeline();
    const ends: { to: number }[] = [];
    let isChain = false;
    while (this.isOperator('&&') || this.isOperator('||')) {
      isChain = true;
      const and = this.isOperator('&&');
      this.at++;
      this.skipNewlines();
      // Not the end of the chain: `false && a || b` still has to look at b.
      const skip = this.jump(and ? 'ifFail' : 'ifOk');
      this.pipeline();
      skip.to = this.ops.length;
      ends.push(skip);
    }
    if (isChain) this.markTested(start);
  }

  private markTested(from: number): void {
    for (let i = from; i < this.ops.length; i++) {
      const op = this.ops[i] as Op;
      if (op.op === 'run') this.ops[i] = { op: 'run', command: { ...op.command, tested: true } };
    }
  }

  private pipeline(): void {
    const negate = this.isWord('!');
    const start = this.ops.length;
    if (negate) this.at++;
    this.command();
    if (this.isOperator('|')) {
      // One side after the other: the left one's output is the right one's input.
      this.ops.splice(start, 0, { op: 'pipe' });
      this.shift(start, 1);
      while (this.isOperator('|')) {
        this.at++;
        this.skipNewlines();
        this.ops.push({ op: 'piped' });
        const more = this.ops.length;
        this.command();
        if (this.isOperator('|')) {
          this.ops.splice(more, 0, { op: 'pipe' });
          this.shift(more, 1);
        }
      }
      this.closePipes(start);
    }
    if (negate) {
      this.markTested(start);
      this.ops.push({ op: 'not' });
    }
  }

  private closePipes(start: number): void {
    let open = 0;
    for (let i = start; i < this.ops.length; i++) if ((this.ops[i] as Op).op === 'piped') open++;
    for (let i = start; i < this.ops.length; i++) if ((this.ops[i] as Op).op === 'unpipe') open--;
    for (let i = 0; i < open; i++) this.ops.push({ op: 'unpipe' });
  }

  // Jump targets behind an instruction that was put in front move with it.
  private shift(from: number, by: number): void {
    for (const op of this.ops.slice(from + by)) if ('to' in op && op.to >= from) op.to += by;
  }

  private command(): void {
    const word = this.peekPlain();
    const start = this.ops.length;
    switch (word) {
      case 'if':
        this.ifCommand();
        break;
      case 'while':
      case 'until':
        this.whileCommand(word === 'until');
        break;
      case 'for':
        this.forCommand();
        break;
      case 'case':
        this.caseCommand();
        break;
      case '{':
        this.at++;
        this.list();
        this.expectWord('}');
        break;
      default:
        if (this.isOperator('(')) this.subshell();
        else if (this.isFunction()) this.functionDefinition();
        else {
          this.simple();
          return;
        }
    }
    this.redirectCompound(start);
  }

  private redirectCompound(start: number): void {
    const redirects: Redirect[] = [];
    const captures = { count: 0 };
    const before = this.ops.length;
    while (this.tokens[this.at]?.redirect) this.redirect(redirects, captures);
    if (redirects.length === 0) return;
    const setUp = this.ops.splice(before);
    for (const op of setUp) if ('to' in op) op.to += start - before;
    setUp.push({ op: 'redirect', redirects, captures: captures.count });
    this.ops.splice(start, 0, ...setUp);
    this.shift(start, setUp.length);
    this.ops.push({ op: 'unredirect' });
  }

  private ifCommand(): void {
    const ends: { to: number }[] = [];
    this.at++;
    for (;;) {
      this.condition('then');
      const skip = this.jump('ifFail');
      this.list();
      ends.push(this.jump('jump'));
      skip.to = this.ops.length;
      if (this.isWord('elif')) {
        this.at++;
        continue;
      }
      if (this.isWord('else')) {
        this.at++;
        this.list();
      } else this.ops.push({ op: 'ok' });
      this.expectWord('fi');
      break;
    }
    for (const end of ends) end.to = this.ops.length;
  }

  private condition(closer: string): void {
    const start = this.ops.length;
    this.list();
    this.markTested(start);
    this.expectWord(closer);
  }

  private whileCommand(until: boolean): void {
    this.at++;
    const top = this.ops.length;
    this.condition('do');
    const out = this.jump(until ? 'ifOk' : 'ifFail');
    const loop: Loop = { continueAt: top, breaks: [], isFor: false };
    this.loops.push(loop);
    this.list();
    this.loops.pop();
    this.expectWord('done');
    this.ops.push({ op: 'jump', to: top });
    out.to = this.ops.length;
    for (const exit of loop.breaks) exit.to = this.ops.length;
    this.ops.push({ op: 'ok' });
  }

  private forCommand(): void {
    this.at++;
    const name = this.plainWord();
    const words: Word[] = [];
    const captures = { count: 0 };
    this.skipNewlines();
    if (this.isWord('in')) {
      this.at++;
      while (this.tokens[this.at]?.word) words.push(this.word(captures));
    } else words.push([{ v: '@', q: true }]);
    this.skipSeparators();
    this.expectWord('do');
    this.ops.push({ op: 'for', words, captures: captures.count });
    const top = this.ops.length;
    const next: Op = { op: 'next', name, to: 0 };
    this.ops.push(next);
    const loop: Loop = { continueAt: top, breaks: [], isFor: true };
    this.loops.push(loop);
    this.list();
    this.loops.pop();
    this.expectWord('done');
    this.ops.push({ op: 'jump', to: top });
    next.to = this.ops.length;
    for (const exit of loop.breaks) exit.to = this.ops.length;
    this.ops.push({ op: 'unfor' });
  }

  private caseCommand(): void {
    this.at++;
    const captures = { count: 0 };
    const subject = this.word(captures);
    this.ops.push({ op: 'run', command: assignment(CASE_SUBJECT, subject, captures.count) });
    this.skipSeparators();
    this.expectWord('in');
    this.skipNewlines();
    const ends: { to: number }[] = [];
    while (!this.isWord('esac')) {
      if (this.at >= this.tokens.length) this.unexpected();
      if (this.isOperator('(')) this.at++;
      const patterns = [this.word(captures)];
      while (this.isOperator('|')) {
        this.at++;
        patterns.push(this.word(captures));
      }
      this.expectOperator(')');
      this.ops.push({ op: 'match', patterns, captures: 0 });
      const skip = this.jump('ifFail');
      this.list();
      ends.push(this.jump('jump'));
      skip.to = this.ops.length;
      if (this.isOperator(';;')) this.at++;
      this.skipNewlines();
    }
    this.at++;
    this.ops.push({ op: 'ok' });
    for (const end of ends) end.to = this.ops.length;
  }

  private subshell(): void {
    this.at++;
    const sub: Op = { op: 'sub', to: 0 };
    this.ops.push(sub);
    this.list();
    this.expectOperator(')');
    sub.to = this.ops.length;
    this.ops.push({ op: 'endsub' });
  }

  private isFunction(): boolean {
    const [name, open, close] = this.tokens.slice(this.at, this.at + 3);
    return name?.word !== undefined && open?.operator === '(' && close?.operator === ')';
  }

  private functionDefinition(): void {
    const name = this.plainWord();
    this.at += 2;
    this.skipNewlines();
    const definition: Op = { op: 'function', name, to: 0 };
    this.ops.push(definition);
    this.command();
    this.ops.push({ op: 'return' });
    definition.to = this.ops.length;
  }

  private simple(): void {
    const assigns: [string, Word][] = [];
    const words: Word[] = [];
    const redirects: Redirect[] = [];
    const captures = { count: 0 };
    let inTest = false;
    for (;;) {
      const token = this.tokens[this.at];
      if (!token) break;
      if (inTest && words.length > 0 && firstText(words[words.length - 1] as Word) === '=~') {
        words.push(this.regularExpression());
        continue;
      }
      if (token.redirect && inTest) {
        words.push([{ t: token.redirect }]);
        this.at++;
        continue;
      }
      if (token.redirect) {
        this.redirect(redirects, captures);
        continue;
      }
      if (!token.word) {
        // Inside [[ ]] the operators of the shell are words of the test.
        if (!inTest || !token.operator || token.operator === '\n') break;
        words.push([{ t: token.operator }]);
        this.at++;
        continue;
      }
      if (words.length === 0 && this.isWord('[[')) inTest = true;
      else if (inTest && this.isWord(']]')) inTest = false;
      const assigned: RegExpExecArray | null = words.length === 0 ? ASSIGNMENT.exec(firstText(token.word)) : null;
      const word = this.word(captures);
      if (!assigned) {
        words.push(word);
        continue;
      }
      const [head, ...rest] = word;
      const text = (head as { t: string }).t.slice(assigned[0].length);
      assigns.push([assigned[1] as string, text === '' ? rest : [{ t: text, q: true }, ...rest]]);
    }
    if (words.length === 0 && assigns.length === 0 && redirects.length === 0) this.unexpected();
    if (this.loopJump(words)) return;
    const command = {
      assigns,
      words,
      redirects,
      captures: captures.count,
      tested: false,
      background: false,
    };
    this.ops.push({ op: 'run', command });
  }

  // After =~ everything up to the closing brackets is one word, whatever it means elsewhere.
  private regularExpression(): Word {
    const parts: Part[] = [];
    while (this.at < this.tokens.length && !this.isWord(']]') && !this.isOperator('&&')) {
      const { word, operator, redirect } = this.tokens[this.at++] as Token;
      if (word) parts.push(...this.compileParts(word, { count: 0 }));
      else parts.push({ t: operator ?? redirect ?? '', q: true });
    }
    return parts.map((part) => ('t' in part ? { t: part.t, q: true } : { ...part, q: true }));
  }

  private loopJump(words: readonly Word[]): boolean {
    const [name, count] = words.map((word) => firstText(word));
    if ((name !== 'break' && name !== 'continue') || this.loops.length === 0) return false;
    const depth = Math.min(this.loops.length, Number(count ?? 1) || 1);
    for (let i = 1; i < depth; i++)
      if ((this.loops[this.loops.length - i] as Loop).isFor) this.ops.push({ op: 'unfor' });
    const loop = this.loops[this.loops.length - depth] as Loop;
    const jump = this.jump('jump');
    if (name === 'continue') jump.to = loop.continueAt;
    else loop.breaks.push(jump);
    return true;
  }

  private redirect(into: Redirect[], captures: { count: number }): void {
    const op = (this.tokens[this.at] as Token).redirect as string;
    this.at++;
    if (op === '2>&1' || op === '>&2') {
      into.push({ op, to: [] });
      return;
    }
    if (!this.tokens[this.at]?.word) this.unexpected();
    into.push({ op, to: this.word(captures) });
  }

  // Takes one word; the commands inside its $(...) are compiled in front of the command that uses them.
  private word(captures: { count: number }): Word {
    const token = this.tokens[this.at];
    if (!token?.word) this.unexpected();
    this.at++;
    return this.compileParts((token as Token).word as readonly LexPart[], captures);
  }

  private compileParts(parts: readonly LexPart[], captures: { count: number }): Word {
    return parts.map((part): Part => {
      if ('s' in part) {
        const inner = new Compiler(part.s).program();
        if ('error' in inner) throw new ShellSyntaxError(inner.error);
        this.ops.push({ op: 'capture' });
        const base = this.ops.length;
        for (const op of inner) this.ops.push('to' in op ? { ...op, to: op.to + base } : op);
        this.ops.push({ op: 'captured' });
        return { c: captures.count++, ...(part.q ? { q: true } : {}) };
      }
      if ('a' in part) return { a: this.compileParts(part.a, captures) };
      if ('v' in part && part.arg) return { ...part, arg: this.compileParts(part.arg, captures) } as Part;
      return part as Part;
    });
  }

  private jump(op: 'jump' | 'ifOk' | 'ifFail'): { to: number } {
    const jump = { op, to: 0 };
    this.ops.push(jump);
    return jump;
  }

  private closes(): boolean {
    const token = this.tokens[this.at];
    if (token?.operator) return CLOSERS.has(token.operator);
    return CLOSERS.has(this.peekPlain() ?? '');
  }

  private peekPlain(): string | undefined {
    const word = this.tokens[this.at]?.word;
    if (word?.length !== 1) return undefined;
    const [part] = word;
    return part && 't' in part && !part.q ? part.t : undefined;
  }

  private plainWord(): string {
    const name = this.peekPlain();
    if (name === undefined) this.unexpected();
    this.at++;
    return name as string;
  }

  private isWord(text: string): boolean {
    return this.peekPlain() === text;
  }

  private isOperator(text: string): boolean {
    return this.tokens[this.at]?.operator === text;
  }

  private expectWord(text: string): void {
    if (!this.isWord(text)) this.unexpected(text);
    this.at++;
  }

  private expectOperator(text: string): void {
    if (!this.isOperator(text)) this.unexpected(text);
    this.at++;
  }

  private skipNewlines(): void {
    while (this.isOperator('\n')) this.at++;
  }

  private skipSeparators(): void {
    while (this.isOperator('\n') || this.isOperator(';')) this.at++;
  }

  private unexpected(wanted?: string): never {
    const token = this.tokens[this.at];
    const seen = token ? (token.operator ?? token.redirect ?? firstText(token.word ?? [])) : 'end of file';
    const hint = wanted ? ` (expecting "${wanted}")` : '';
    throw new ShellSyntaxError(`unexpected ${token ? `"${seen === '\n' ? 'newline' : seen}"` : seen}${hint}`);
  }
}

type LexPart = NonNullable<Token['word']>[number];

const ASSIGNMENT = /^([A-Za-z_]\w*)=/;

function firstText(word: readonly (LexPart | Part)[]): string {
  const [part] = word;
  return part && 't' in part && !part.q ? part.t : '';
}

function assignment(name: string, value: Word, captures: number): Command {
  return { assigns: [[name, value]], words: [], redirects: [], captures, tested: true, background: false };
}
