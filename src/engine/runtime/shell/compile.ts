import { Code, type Jump } from './code.ts';
import type { Token } from './lex.ts';
import type { Command, Op, Part, Program, Redirect, Word } from './program.ts';
import { firstText, ShellSyntaxError, TokenReader } from './token-reader.ts';

const programs = new Map<string, Program>();
const PROGRAMS_MAX = 500;
/** The variable that holds the subject of the innermost `case`. */
export const CASE_SUBJECT = '%case';

/** Compiles a script once per text; a script that cannot be read gives what the shell would print. */
export function compile(source: string): Program {
  let program = programs.get(source);
  if (!program) {
    if (programs.size >= PROGRAMS_MAX) programs.clear();
    program = read(source);
    programs.set(source, program);
  }
  return program;
}

function read(source: string): Program {
  try {
    return new Compiler(new TokenReader(source)).program();
  } catch (error) {
    if (error instanceof Error && (error instanceof ShellSyntaxError || error.name === 'ShellLexError'))
      return { error: `syntax error: ${error.message}` };
    throw error;
  }
}

interface Loop {
  readonly continueAt: number;
  readonly breaks: Jump[];
  readonly isFor: boolean;
}

/** How many `$(...)` a command has so far. */
interface Captures {
  count: number;
}

/** The shell's grammar: reads tokens, writes instructions. */
class Compiler {
  private readonly out = new Code();
  private readonly loops: Loop[] = [];

  constructor(private readonly tokens: TokenReader) {}

  program(): readonly Op[] {
    this.list();
    if (this.tokens.next) this.tokens.unexpected();
    return this.out.ops;
  }

  private list(): void {
    const { tokens, out } = this;
    tokens.skipNewlines();
    while (tokens.next && !tokens.closes) {
      const start = out.end;
      this.andOr();
      if (tokens.isOperator('&')) out.markBackground(start);
      if (tokens.isOperator(';') || tokens.isOperator('&') || tokens.isOperator('\n')) tokens.skip();
      tokens.skipNewlines();
    }
  }

  private andOr(): void {
    const { tokens, out } = this;
    const start = out.end;
    this.pipeline();
    let isChain = false;
    while (tokens.isOperator('&&') || tokens.isOperator('||')) {
      isChain = true;
      const and = tokens.isOperator('&&');
      tokens.skip();
      tokens.skipNewlines();
      // Not the end of the chain: `false && a || b` still has to look at b.
      const skip = out.jump(and ? 'ifFail' : 'ifOk');
      this.pipeline();
      skip.to = out.end;
    }
    if (isChain) out.markTested(start);
  }

  private pipeline(): void {
    const { tokens, out } = this;
    const negate = tokens.isWord('!');
    const start = out.end;
    if (negate) tokens.skip();
    this.command();
    if (tokens.isOperator('|')) {
      // One side after the other: the left one's output is the right one's input.
      out.insert(start, [{ op: 'pipe' }]);
      while (tokens.isOperator('|')) {
        tokens.skip();
        tokens.skipNewlines();
        out.push({ op: 'piped' });
        const more = out.end;
        this.command();
        if (tokens.isOperator('|')) out.insert(more, [{ op: 'pipe' }]);
      }
      out.closePipes(start);
    }
    if (negate) {
      out.markTested(start);
      out.push({ op: 'not' });
    }
  }

  private command(): void {
    const { tokens } = this;
    const word = tokens.plain;
    const start = this.out.end;
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
        tokens.skip();
        this.list();
        tokens.expectWord('}');
        break;
      default:
        if (tokens.isOperator('(')) this.subshell();
        else if (tokens.isFunction()) this.functionDefinition();
        else {
          this.simple();
          return;
        }
    }
    this.redirectCompound(start);
  }

  private redirectCompound(start: number): void {
    const { tokens, out } = this;
    const redirects: Redirect[] = [];
    const captures = { count: 0 };
    const before = out.end;
    while (tokens.next?.redirect) this.redirect(redirects, captures);
    if (redirects.length === 0) return;
    const setUp = out.takeFrom(before, start);
    out.insert(start, [...setUp, { op: 'redirect', redirects, captures: captures.count }]);
    out.push({ op: 'unredirect' });
  }

  private ifCommand(): void {
    const { tokens, out } = this;
    const ends: Jump[] = [];
    tokens.skip();
    for (;;) {
      this.condition('then');
      const skip = out.jump('ifFail');
      this.list();
      ends.push(out.jump('jump'));
      skip.to = out.end;
      if (tokens.isWord('elif')) {
        tokens.skip();
        continue;
      }
      if (tokens.isWord('else')) {
        tokens.skip();
        this.list();
      } else out.push({ op: 'ok' });
      tokens.expectWord('fi');
      break;
    }
    out.land(ends);
  }

  private condition(closer: string): void {
    const start = this.out.end;
    this.list();
    this.out.markTested(start);
    this.tokens.expectWord(closer);
  }

  private whileCommand(until: boolean): void {
    const { tokens, out } = this;
    tokens.skip();
    const top = out.end;
    this.condition('do');
    const exit = out.jump(until ? 'ifOk' : 'ifFail');
    this.loop({ continueAt: top, breaks: [exit], isFor: false });
    out.push({ op: 'ok' });
  }

  private forCommand(): void {
    const { tokens, out } = this;
    tokens.skip();
    const name = tokens.plainWord();
    const words: Word[] = [];
    const captures = { count: 0 };
    tokens.skipNewlines();
    if (tokens.isWord('in')) {
      tokens.skip();
      while (tokens.next?.word) words.push(this.word(captures));
    } else words.push([{ v: '@', q: true }]);
    tokens.skipSeparators();
    tokens.expectWord('do');
    out.push({ op: 'for', words, captures: captures.count });
    const continueAt = out.end;
    const next: Op = { op: 'next', name, to: 0 };
    out.push(next);
    this.loop({ continueAt, breaks: [next], isFor: true });
    out.push({ op: 'unfor' });
  }

  /** From the body of a loop to behind its `done`. */
  private loop(loop: Loop): void {
    this.loops.push(loop);
    this.list();
    this.loops.pop();
    this.tokens.expectWord('done');
    this.out.push({ op: 'jump', to: loop.continueAt });
    this.out.land(loop.breaks);
  }

  private caseCommand(): void {
    const { tokens, out } = this;
    tokens.skip();
    const captures = { count: 0 };
    const subject = this.word(captures);
    out.push({ op: 'run', command: assignment(CASE_SUBJECT, subject, captures.count) });
    tokens.skipSeparators();
    tokens.expectWord('in');
    tokens.skipNewlines();
    const ends: Jump[] = [];
    while (!tokens.isWord('esac')) {
      if (!tokens.next) tokens.unexpected();
      if (tokens.isOperator('(')) tokens.skip();
      const patterns = [this.word(captures)];
      while (tokens.isOperator('|')) {
        tokens.skip();
        patterns.push(this.word(captures));
      }
      tokens.expectOperator(')');
      out.push({ op: 'match', patterns, captures: 0 });
      const skip = out.jump('ifFail');
      this.list();
      ends.push(out.jump('jump'));
      skip.to = out.end;
      if (tokens.isOperator(';;')) tokens.skip();
      tokens.skipNewlines();
    }
    tokens.skip();
    out.push({ op: 'ok' });
    out.land(ends);
  }

  private subshell(): void {
    const { tokens, out } = this;
    tokens.skip();
    const sub: Op = { op: 'sub', to: 0 };
    out.push(sub);
    this.list();
    tokens.expectOperator(')');
    sub.to = out.end;
    out.push({ op: 'endsub' });
  }

  private functionDefinition(): void {
    const { tokens, out } = this;
    const name = tokens.plainWord();
    tokens.skip();
    tokens.skip();
    tokens.skipNewlines();
    const definition: Op = { op: 'function', name, to: 0 };
    out.push(definition);
    this.command();
    out.push({ op: 'return' });
    definition.to = out.end;
  }

  private simple(): void {
    const { tokens } = this;
    const assigns: [string, Word][] = [];
    const words: Word[] = [];
    const redirects: Redirect[] = [];
    const captures = { count: 0 };
    let inTest = false;
    for (;;) {
      const token = tokens.next;
      if (!token) break;
      if (inTest && words.length > 0 && firstText(words[words.length - 1] as Word) === '=~') {
        words.push(this.regularExpression());
        continue;
      }
      if (token.redirect && inTest) {
        words.push([{ t: token.redirect }]);
        tokens.skip();
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
        tokens.skip();
        continue;
      }
      if (words.length === 0 && tokens.isWord('[[')) inTest = true;
      else if (inTest && tokens.isWord(']]')) inTest = false;
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
    if (words.length === 0 && assigns.length === 0 && redirects.length === 0) tokens.unexpected();
    if (this.loopJump(words)) return;
    const command = { assigns, words, redirects, captures: captures.count, tested: false, background: false };
    this.out.push({ op: 'run', command });
  }

  /** After =~ everything up to the closing brackets is one word, whatever it means elsewhere. */
  private regularExpression(): Word {
    const { tokens } = this;
    const parts: Part[] = [];
    for (let token = tokens.next; token && !tokens.isWord(']]') && !tokens.isOperator('&&'); token = tokens.next) {
      tokens.skip();
      if (token.word) parts.push(...this.compileParts(token.word, { count: 0 }));
      else parts.push({ t: token.operator ?? token.redirect ?? '', q: true });
    }
    return parts.map((part) => ('t' in part ? { t: part.t, q: true } : { ...part, q: true }));
  }

  private loopJump(words: readonly Word[]): boolean {
    const { loops, out } = this;
    const [name, count] = words.map(firstText);
    if ((name !== 'break' && name !== 'continue') || loops.length === 0) return false;
    const depth = Math.min(loops.length, Number(count ?? 1) || 1);
    for (let i = 1; i < depth; i++) if ((loops[loops.length - i] as Loop).isFor) out.push({ op: 'unfor' });
    const loop = loops[loops.length - depth] as Loop;
    const jump = out.jump('jump');
    if (name === 'continue') jump.to = loop.continueAt;
    else loop.breaks.push(jump);
    return true;
  }

  private redirect(into: Redirect[], captures: Captures): void {
    const op = this.tokens.next?.redirect as string;
    this.tokens.skip();
    into.push({ op, to: op === '2>&1' || op === '>&2' ? [] : this.word(captures) });
  }

  /** Takes one word; the commands inside its $(...) are compiled in front of the command that uses them. */
  private word(captures: Captures): Word {
    const word = this.tokens.next?.word;
    if (!word) this.tokens.unexpected();
    this.tokens.skip();
    return this.compileParts(word as readonly LexPart[], captures);
  }

  private compileParts(parts: readonly LexPart[], captures: Captures): Word {
    return parts.map((part): Part => {
      if ('s' in part) {
        const inner = read(part.s);
        if ('error' in inner) throw new ShellSyntaxError(inner.error);
        this.out.push({ op: 'capture' });
        this.out.append(inner);
        this.out.push({ op: 'captured' });
        return { c: captures.count++, ...(part.q ? { q: true } : {}) };
      }
      if ('a' in part) return { a: this.compileParts(part.a, captures) };
      if ('v' in part && part.arg) return { ...part, arg: this.compileParts(part.arg, captures) } as Part;
      return part as Part;
    });
  }
}

type LexPart = NonNullable<Token['word']>[number];

const ASSIGNMENT = /^([A-Za-z_]\w*)=/;

function assignment(name: string, value: Word, captures: number): Command {
  return { assigns: [[name, value]], words: [], redirects: [], captures, tested: true, background: false };
}
