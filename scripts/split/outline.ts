import type { Variable } from './scopes.ts';
import { childrenOf, isFunction, type Node, statementsOf, walk } from './syntax.ts';
import type { TopLevel } from './top-level.ts';

/** Code that is taken out of its place and becomes a function of its own. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  /** The declaration that it is taken from. */
  readonly root: Node;
  /** What stands in its place. */
  readonly call: string;
  /** The declaration of the function. */
  readonly text: string;
}

/** Below that many characters a move costs more than it saves. */
const LEAST = 70;
/** A function that needs nothing of where it stands leaves but its name behind. */
const LEAST_WHOLE = 40;
/** With more variables than that handed over, too. */
const MOST_PARAMETERS = 8;

/** Finds in a declaration what never ran and can be taken out without a change of meaning. */
export class Outliner {
  readonly pieces: Piece[] = [];
  private readonly code: string;
  private readonly root: Node;
  private readonly names: Set<string>;
  private readonly top: TopLevel;
  private readonly variables: ReadonlyMap<number, Variable>;

  /** `names`: of all new functions and stand-ins so far; those of the pieces are added. */
  constructor(code: string, root: Node, top: TopLevel, names: Set<string>) {
    this.code = code;
    this.root = root;
    this.names = names;
    this.top = top;
    this.variables = top.variables(root);
    this.scan(root, root);
  }

  /** `within` is the function that the node's code belongs to. */
  private scan(node: Node, within: Node): void {
    if (isFunction(node)) {
      if (this.tryFunctionBody(node)) return;
      within = node;
    } else if (node.type === 'PropertyDefinition' || node.type === 'StaticBlock') within = node;
    const statements = statementsOf(node);
    if (statements !== undefined) {
      this.scanStatements(statements, within, node === within.body);
      return;
    }
    for (const child of childrenOf(node)) if (!this.tryChild(node, child, within)) this.scan(child, within);
  }

  private tryChild(node: Node, child: Node, within: Node): boolean {
    if (!this.top.isDead(child.start, child.end)) return false;
    if (node.type === 'Property' && child === node.value && node.kind === 'init' && isFunction(child))
      return this.tryWhole(child, node);
    if (child.type === 'ArrowFunctionExpression') return this.tryWhole(child, child);
    if (node.type === 'IfStatement' && child !== node.test && child.type !== 'BlockStatement')
      return this.tryRun([child], within, false);
    const isArm = node.type === 'ConditionalExpression' && child !== node.test;
    const isRight = node.type === 'LogicalExpression' && child === node.right;
    return (isArm || isRight) && this.tryExpression(child, within);
  }

  /** A function that was never called and needs nothing of where it stands. */
  private tryWhole(fn: Node, place: Node): boolean {
    if (fn.end - fn.start < LEAST_WHOLE || this.top.assigns(fn, this.root) || this.usesItsPlace(fn)) return false;
    if (place.computed) return false;
    const name = this.newName();
    let text = this.code.slice(fn.start, fn.end);
    let call = name;
    if (place !== fn) {
      if (place.method) text = `function${text}`;
      call = `${this.code.slice(place.key.start, place.key.end)}: ${name}`;
    }
    this.pieces.push({ start: place.start, end: place.end, root: this.root, call, text: `var ${name} = ${text};` });
    return true;
  }

  private newName(): string {
    const name = `$${this.names.size}`;
    this.names.add(name);
    return name;
  }

  private tryFunctionBody(fn: Node): boolean {
    const { body } = fn;
    if (!this.top.isDead(body.start, body.end) || fn.generator || fn.async) return false;
    if (body.type !== 'BlockStatement') return this.tryExpression(body, fn);
    return body.body.length > 0 && this.tryRun(body.body, fn, true);
  }

  private scanStatements(statements: readonly Node[], within: Node, isBody: boolean): void {
    for (let i = 0; i < statements.length; i++) {
      const rest = statements.slice(i);
      const alive = rest.findIndex(({ start, end }) => !this.top.isDead(start, end));
      const run = alive < 0 ? rest : rest.slice(0, alive);
      if (run.length > 0 && this.tryRun(run, within, isBody && alive < 0)) {
        i += run.length - 1;
        continue;
      }
      this.scan(statements[i] as Node, within);
    }
  }

  /** Statements in a row; `toEnd`: after them the function returns. */
  private tryRun(run: readonly Node[], within: Node, toEnd: boolean): boolean {
    const last = run.at(-1) as Node;
    if (/^(Break|Continue)Statement$/.test(last.type) && last.label === null)
      return run.length > 1 && this.tryRun(run.slice(0, -1), within, false);
    if (run.some((statement) => escapes(statement))) return false;
    const returns = run.some((statement) => hasOwnReturn(statement));
    if (returns && !toEnd && !terminates(last)) return false;
    const { start } = run[0] as Node;
    const made = this.take(start, last.end, within, (parameters) => `${parameters} {\n${RUN}\n}`);
    if (made === undefined) return false;
    this.pieces.push({ ...made, call: `${returns ? 'return ' : ''}${made.call};` });
    return true;
  }

  private tryExpression(node: Node, within: Node): boolean {
    const made = this.take(node.start, node.end, within, (parameters) => `${parameters} {\nreturn ${RUN};\n}`);
    if (made !== undefined) this.pieces.push(made);
    return made !== undefined;
  }

  private take(start: number, end: number, within: Node, wrap: (parameters: string) => string): Piece | undefined {
    if (end - start < LEAST || this.isForbidden(within, start, end)) return undefined;
    const captured = this.captured(start, end, within);
    if (captured === undefined || captured.length > MOST_PARAMETERS) return undefined;
    const [code, usesThis] = this.withoutThis(start, end, within);
    const name = this.newName();
    const parameters = `(${[...(usesThis ? ['$this'] : []), ...captured].join(', ')})`;
    const values = `(${[...(usesThis ? ['this'] : []), ...captured].join(', ')})`;
    return {
      start,
      end,
      root: this.root,
      call: name + values,
      text: `function ${name}${wrap(parameters).replace(RUN, () => code)}`,
    };
  }

  /** The variables of around that code needs, if they may be handed over by value. */
  private captured(start: number, end: number, within: Node): string[] | undefined {
    const isIn = (at: number): boolean => start <= at && at < end;
    const names = new Set<string>();
    for (const [at, variable] of this.variables) {
      const isOwn = isIn(variable.declaredAt);
      if (isIn(at) !== isOwn && isOwn) return undefined;
      if (!isIn(at) || isOwn) continue;
      const { name, uses, writes, declaredAt, isHoisted } = variable;
      if (declaredAt > start && !isHoisted) return undefined;
      if (writes.some((write) => isIn(write.at) || write.within !== within)) return undefined;
      if (writes.length > 0 && uses.some((use) => isIn(use.at) && use.within !== within)) return undefined;
      names.add(name);
    }
    return [...names];
  }

  private isForbidden(within: Node, start: number, end: number): boolean {
    for (const node of this.ownNodes(within, start, end)) {
      if (/^(Await|Yield)Expression$|^(Super|MetaProperty|LabeledStatement)$/.test(node.type)) return true;
      if (node.type === 'ForOfStatement' && node.await) return true;
      if (node.type === 'Identifier' && node.name === 'arguments') return true;
      if (node.type === 'VariableDeclaration' && node.kind === 'var') return true;
    }
    return this.nodesIn(within, start, end).some(
      (node) => node.property?.type === 'PrivateIdentifier' || this.top.assigns(node, this.root),
    );
  }

  private usesItsPlace(fn: Node): boolean {
    if (this.captured(fn.start, fn.end, fn)?.length !== 0) return true;
    return this.ownNodes(fn, fn.start, fn.end).some(
      ({ type, name }) => /^(ThisExpression|Super)$/.test(type) || (type === 'Identifier' && name === 'arguments'),
    );
  }

  private withoutThis(start: number, end: number, within: Node): [string, boolean] {
    const found = this.ownNodes(within, start, end).filter(({ type }) => type === 'ThisExpression');
    let code = '';
    let at = start;
    for (const node of found.sort((a, b) => a.start - b.start)) {
      code += `${this.code.slice(at, node.start)}$this`;
      at = node.end;
    }
    return [code + this.code.slice(at, end), found.length > 0];
  }

  private nodesIn(root: Node, start: number, end: number): Node[] {
    return walk(root, (node) => node.start < end && start < node.end).filter(
      (node) => start <= node.start && node.end <= end,
    );
  }

  /** The nodes in the range to which `this` and `return` mean the same as to `within`. */
  private ownNodes(within: Node, start: number, end: number): Node[] {
    const enters = (node: Node): boolean =>
      node === within || (node.start < end && start < node.end && !opensThis(node));
    return walk(within, enters).filter((node) => start <= node.start && node.end <= end);
  }
}

/** Stands for the code in the text of a new function. */
const RUN = '\0';

function opensThis({ type }: Node): boolean {
  return /^(FunctionDeclaration|FunctionExpression|ClassExpression|ClassDeclaration)$/.test(type);
}

function hasOwnReturn(statement: Node): boolean {
  return walk(statement, (node) => !isFunction(node)).some(({ type }) => type === 'ReturnStatement');
}

/** Whether the code after this statement is never reached. */
function terminates(statement: Node | null | undefined): boolean {
  switch (statement?.type) {
    case 'ReturnStatement':
    case 'ThrowStatement':
      return true;
    case 'BlockStatement':
      return terminates(statement.body.at(-1));
    case 'IfStatement':
      return terminates(statement.consequent) && terminates(statement.alternate);
    default:
      return false;
  }
}

/** Whether a `break` or `continue` in it leaves it. */
function escapes(statement: Node): boolean {
  const visit = (node: Node, inLoop: boolean, inSwitch: boolean): boolean => {
    if (isFunction(node)) return false;
    if (node.type === 'BreakStatement') return node.label !== null || !(inLoop || inSwitch);
    if (node.type === 'ContinueStatement') return node.label !== null || !inLoop;
    const loops = inLoop || /^(For|ForIn|ForOf|While|DoWhile)Statement$/.test(node.type);
    const switches = inSwitch || node.type === 'SwitchStatement';
    return childrenOf(node).some((child) => visit(child, loops, switches));
  };
  return visit(statement, false, false);
}
