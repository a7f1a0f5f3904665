import { parseSync } from 'vite';

/** A node of the syntax tree; trees are walked here, not understood, so only what every node has is typed. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  // biome-ignore lint/suspicious/noExplicitAny: what else a node has depends on its type.
  readonly [key: string]: any;
}

export function parse(code: string): Node[] {
  return parseSync('bundle.js', code).program.body as unknown as Node[];
}

/** The nodes directly below, names that stand for themselves (keys, members, labels) left out. */
export function* childrenOf(node: Node): Generator<Node> {
  for (const key in node) {
    if (
      !node.computed &&
      ((key === 'property' && node.type === 'MemberExpression') || (key === 'key' && 'value' in node))
    )
      continue;
    if (key === 'label' || key === 'meta') continue;
    const value = node[key];
    if (Array.isArray(value)) for (const item of value) yield* nodesOf(item);
    else yield* nodesOf(value);
  }
}

function* nodesOf(value: unknown): Generator<Node> {
  if (typeof (value as Node | null)?.type === 'string') yield value as Node;
}

/** Every node of the tree, the root included; not below a node of which `enters` says no. */
export function* walk(node: Node, enters: (node: Node) => boolean = () => true): Generator<Node> {
  yield node;
  if (enters(node)) for (const child of childrenOf(node)) yield* walk(child, enters);
}

export function isFunction(node: Node | null | undefined): boolean {
  return /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node?.type ?? '');
}

/** The identifiers that a pattern declares or assigns to. */
export function* targetsOf(pattern: Node | null): Generator<Node> {
  switch (pattern?.type) {
    case 'Identifier':
      yield pattern;
      break;
    case 'ObjectPattern':
      for (const property of pattern.properties) yield* targetsOf(property.value ?? property);
      break;
    case 'ArrayPattern':
      for (const element of pattern.elements) yield* targetsOf(element);
      break;
    case 'AssignmentPattern':
      yield* targetsOf(pattern.left);
      break;
    case 'RestElement':
      yield* targetsOf(pattern.argument);
      break;
  }
}

/** The identifiers that this node itself (not those below it) assigns to. */
export function* assignedBy(node: Node): Generator<Node> {
  if (node.type === 'AssignmentExpression') yield* targetsOf(node.left);
  else if (node.type === 'UpdateExpression') yield* targetsOf(node.argument);
  else if (/^For(In|Of)Statement$/.test(node.type) && node.left.type !== 'VariableDeclaration')
    yield* targetsOf(node.left);
}

/** The statements that a node lists. */
export function statementsOf(node: Node): readonly Node[] | undefined {
  if (node.type === 'BlockStatement') return node.body;
  return node.type === 'SwitchCase' ? node.consequent : undefined;
}
