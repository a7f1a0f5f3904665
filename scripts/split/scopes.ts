import { assignedBy, childrenOf, isFunction, type Node, targetsOf } from './syntax.ts';

/** Where a variable is read or written, and in which function that is. */
interface Use {
  readonly at: number;
  readonly within: Node;
}

/** A variable that is declared inside a declaration of the top level. */
export interface Variable {
  readonly name: string;
  readonly declaredAt: number;
  /** Whether it can be used before it is declared. */
  readonly isHoisted: boolean;
  readonly isParameter: boolean;
  readonly uses: Use[];
  readonly writes: Use[];
}

type Scope = Map<string, Variable>;

/** Every identifier below `root` that stands for a variable declared below `root`, by where it stands. */
export function variablesOf(root: Node): Map<number, Variable> {
  const found = new Map<number, Variable>();
  const visit = (node: Node, scopes: readonly Scope[], within: Node): void => {
    const own = declaredIn(node);
    const inner = own.size > 0 ? [...scopes, own] : scopes;
    const resolve = (name: string): Variable | undefined => inner.findLast((scope) => scope.has(name))?.get(name);
    const function_ = isFunction(node) ? node : within;
    if (node.type === 'Identifier') {
      const variable = resolve(node.name);
      variable?.uses.push({ at: node.start, within });
      if (variable !== undefined) found.set(node.start, variable);
    }
    for (const { name, start } of assignedBy(node)) resolve(name)?.writes.push({ at: start, within });
    for (const child of childrenOf(node)) visit(child, inner, function_);
  };
  visit(root, [], root);
  return found;
}

/** What the scope that this node opens declares. */
function declaredIn(node: Node): Scope {
  const scope: Scope = new Map();
  const add = (identifier: Node | null, isHoisted: boolean, isParameter = false): void => {
    if (identifier === null) return;
    const { name, start } = identifier;
    if (!scope.has(name)) scope.set(name, { name, declaredAt: start, isHoisted, isParameter, uses: [], writes: [] });
  };
  const addDeclarations = (statements: readonly Node[]): void => {
    for (const statement of statements) {
      if (statement.type === 'FunctionDeclaration' || statement.type === 'ClassDeclaration')
        add(statement.id, statement.type === 'FunctionDeclaration');
      else if (statement.type === 'VariableDeclaration')
        for (const { id } of statement.declarations) for (const target of targetsOf(id)) add(target, false);
    }
  };
  if (isFunction(node)) {
    if (node.type === 'FunctionExpression') add(node.id, true);
    for (const parameter of node.params) for (const target of targetsOf(parameter)) add(target, true, true);
    // A `var` belongs to the function, wherever it stands.
    addVars(node.body, (target) => add(target, true));
  } else if (node.type === 'ClassExpression') add(node.id, true);
  else if (node.type === 'BlockStatement') addDeclarations(node.body);
  else if (node.type === 'SwitchStatement') addDeclarations(node.cases.flatMap(({ consequent }: Node) => consequent));
  else if (node.type === 'ForStatement') addDeclarations(node.init === null ? [] : [node.init]);
  else if (/^For(In|Of)Statement$/.test(node.type)) addDeclarations([node.left]);
  else if (node.type === 'CatchClause') for (const target of targetsOf(node.param)) add(target, true);
  return scope;
}

function addVars(node: Node, add: (target: Node) => void): void {
  if (isFunction(node)) return;
  if (node.type === 'VariableDeclaration' && node.kind === 'var')
    for (const { id } of node.declarations) for (const target of targetsOf(id)) add(target);
  for (const child of childrenOf(node)) addVars(child, add);
}
