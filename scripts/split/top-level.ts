import { changedBy, Purity } from './purity.ts';
import { type Variable, variablesOf } from './scopes.ts';
import { assignedBy, isFunction, type Node, targetsOf, walk } from './syntax.ts';

/** The declarations of a bundle's top level, and who uses them. */
export class TopLevel {
  /** Says of a range of the code that nothing in it ran. */
  readonly isDead: (start: number, end: number) => boolean;
  private readonly declarations = new Map<string, Node>();
  private readonly locals = new Map<Node, Map<number, Variable>>();
  /** What is assigned after it was declared. */
  private readonly assigned = new Set<string>();
  /** What holds something that changes. */
  private readonly changing = new Set<string>();
  private readonly purity = new Purity(this);

  constructor(body: readonly Node[], isDead: (start: number, end: number) => boolean) {
    this.isDead = isDead;
    for (const node of body) {
      for (const name of namesOf(node)) this.declarations.set(name, node);
      this.locals.set(node, variablesOf(node));
    }
    for (const node of body) {
      for (const name of this.assignedIn(node, node)) this.assigned.add(name);
      for (const inner of walk(node)) {
        const changed = changedBy(inner);
        if (changed !== undefined && this.isOurs(changed, node)) this.changing.add(changed.name);
      }
    }
  }

  declaration(name: string): Node | undefined {
    return this.declarations.get(name);
  }

  variables(root: Node): ReadonlyMap<number, Variable> {
    return this.locals.get(root) as Map<number, Variable>;
  }

  isChanging(name: string): boolean {
    return this.assigned.has(name) || this.changing.has(name);
  }

  isAssigned(name: string): boolean {
    return this.assigned.has(name);
  }

  /** Whether something below `node` assigns to a variable of the top level. */
  assigns(node: Node, root = node): boolean {
    return this.assignedIn(node, root).length > 0;
  }

  /** Whether it makes no difference when a statement is evaluated. */
  mayMove(node: Node): boolean {
    if (namesOf(node).some((name) => this.assigned.has(name)) || this.assigns(node)) return false;
    if (functionOf(node) !== undefined) return true;
    return /^((Variable|Class)Declaration|ExpressionStatement)$/.test(node.type) && this.purity.isPure(node);
  }

  /** Whether it is a function that was not called. */
  isIdle(node: Node): boolean {
    const body = functionOf(node)?.body;
    return body !== undefined && this.isDead(body.start, body.end);
  }

  /** The names of the top level that are used below `root` where `counts` says so. */
  refs(root: Node, counts: (at: number) => boolean = () => true): Set<string> {
    const names = new Set<string>();
    for (const node of walk(root))
      if (node.type === 'Identifier' && this.isOurs(node, root) && counts(node.start)) names.add(node.name);
    return names;
  }

  private assignedIn(node: Node, root: Node): string[] {
    return walk(node)
      .flatMap((inner) => [...assignedBy(inner)])
      .filter((target) => this.isOurs(target, root))
      .map(({ name }) => name);
  }

  private isOurs({ name, start }: Node, root: Node): boolean {
    return this.declarations.has(name) && !this.variables(root).has(start);
  }
}

/** The function that a declaration is, if it is one. */
function functionOf(node: Node): Node | undefined {
  if (node.type === 'FunctionDeclaration') return node;
  if (node.type !== 'VariableDeclaration' || node.declarations.length !== 1) return undefined;
  const { id, init } = node.declarations[0];
  return id.type === 'Identifier' && isFunction(init) ? init : undefined;
}

/** The names that a statement of the top level declares. */
export function namesOf(node: Node): string[] {
  if (node.type === 'VariableDeclaration')
    return node.declarations.flatMap(({ id }: Node) => [...targetsOf(id)].map(({ name }) => name));
  return /^(Function|Class)Declaration$/.test(node.type) ? [node.id.name] : [];
}
