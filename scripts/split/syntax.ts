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
export function childrenOf(node: Node): Node[] {
  const found: Node[] = [];
  for (const key in node) {
    const value = node[key];
    if (typeof value !== 'object' || value === null || isItsOwnName(node, key)) continue;
    if (!Array.isArray(value)) {
      if (typeof value.type === 'string') found.push(value);
    } else for (const item of value) if (typeof item?.type === 'string') found.push(item);
  }
  return found;
}

function isItsOwnName(node: Node, key: string): boolean {
  if (key === 'label' || key === 'meta') return true;
  if (node.computed) return false;
  return (key === 'property' && node.type === 'MemberExpression') || (key === 'key' && 'value' in node);
}

/** Every node of the tree, the root included; not below a node of which `enters` says no. */
export function walk(root: Node, enters: (node: Node) => boolean = () => true): Node[] {
  const found = [root];
  // The list grows while it is read.
  for (const node of found) if (enters(node)) found.push(...childrenOf(node));
  return found;
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
