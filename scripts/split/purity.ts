import type { Variable } from './scopes.ts';
import { assignedBy, isFunction, type Node, walk } from './syntax.ts';

/** What has to be known of a bundle to judge what its code does. */
export interface Surroundings {
  /** The declaration of a name of the top level. */
  declaration(name: string): Node | undefined;
  /** Whether a variable of the top level, or what it holds, changes after it was declared. */
  isChanging(name: string): boolean;
  /** The variables that are declared below a declaration of the top level, by where they are named. */
  variables(root: Node): ReadonlyMap<number, Variable>;
  isDead(start: number, end: number): boolean;
}

const READS =
  /^(at|bind|charAt|charCodeAt|concat|create|endsWith|entries|every|filter|find|flat|flatMap|freeze|from|fromEntries|get|has|includes|indexOf|join|keys|map|raw|repeat|replace|replaceAll|slice|some|split|startsWith|substring|test|toLowerCase|toUpperCase|trim|values)$/;
const WRITES = /^(add|assign|clear|delete|fill|forEach|pop|push|reverse|set|shift|sort|splice|unshift)$/;
const CLASSES = /^(Error|Map|RegExp|Set|WeakMap|WeakSet)$/;
/** js-yaml's calls its tags, which only read. */
const TRUSTED_CLASSES = /^Schema$/;

/**
 * Whether the value of a constant may as well be made later: making it changes nothing that others see, and what it is
 * made of does not change. Only what ran is looked at.
 */
export class Purity {
  private readonly of: Surroundings;
  private readonly known = new Map<Node, boolean>();

  constructor(of: Surroundings) {
    this.of = of;
  }

  /** `declaration` is one of the top level. */
  isPure(declaration: Node): boolean {
    const handedOver = new Set(walk(declaration).flatMap((node) => node.arguments ?? []));
    // A function that is only made does nothing; one that is handed to a call is taken to be called.
    const nodes = walk(declaration, (node) => !isFunction(node) || handedOver.has(node));
    return nodes.every((node) => this.isHarmless(node, declaration));
  }

  private isHarmless(node: Node, root: Node): boolean {
    if (this.of.isDead(node.start, node.end)) return true;
    const locals = this.of.variables(root);
    for (const { start } of assignedBy(node)) if (!locals.has(start)) return false;
    switch (node.type) {
      case 'Identifier':
        return locals.has(node.start) || !this.of.isChanging(node.name);
      case 'AssignmentExpression':
        return node.left.type !== 'MemberExpression' || this.isOwn(node.left, root);
      case 'UpdateExpression':
        return node.argument.type !== 'MemberExpression' || this.isOwn(node.argument, root);
      case 'UnaryExpression':
        return node.operator !== 'delete';
      case 'CallExpression':
      case 'NewExpression':
      case 'TaggedTemplateExpression':
        return this.isPureCall(node, root);
      default:
        return !/^(AwaitExpression|YieldExpression|ImportExpression|StaticBlock)$/.test(node.type);
    }
  }

  private isPureCall(node: Node, root: Node): boolean {
    const callee = node.callee ?? node.tag;
    const isLocal = ({ start }: Node): boolean => this.of.variables(root).has(start);
    for (const value of node.arguments ?? []) {
      const handed = value.type === 'Identifier' && !isLocal(value) ? this.of.declaration(value.name) : undefined;
      if (isFunction(codeOf(handed)) && !this.isPureFunction(handed as Node)) return false;
    }
    if (callee.type === 'MemberExpression') {
      if (callee.computed || node.type === 'NewExpression') return false;
      if (READS.test(callee.property.name)) return true;
      return WRITES.test(callee.property.name) && this.isOwn(callee, root);
    }
    if (callee.type !== 'Identifier' || isLocal(callee)) return false;
    const declaration = this.of.declaration(callee.name);
    if (node.type === 'NewExpression' && TRUSTED_CLASSES.test(callee.name)) return true;
    if (declaration !== undefined) return this.isPureFunction(declaration);
    return node.type === 'NewExpression' ? CLASSES.test(callee.name) : /^(Number|String|Symbol)$/.test(callee.name);
  }

  /** A function or class of the top level. */
  private isPureFunction(declaration: Node): boolean {
    const known = this.known.get(declaration);
    if (known !== undefined) return known;
    // One that calls itself is as pure as the rest of it.
    this.known.set(declaration, true);
    const value = codeOf(declaration);
    const isCode = isFunction(value) || isClass(value);
    const pure = isCode && walk(value as Node).every((node) => this.isHarmless(node, declaration));
    this.known.set(declaration, pure);
    return pure;
  }

  /** Whether what a member belongs to was made by the code in question: an object in a variable, a new one, `this` of a class. */
  private isOwn(member: Node, root: Node): boolean {
    const object = rootOf(member);
    if (object.type === 'ThisExpression') return isClass(codeOf(root));
    if (object.type !== 'Identifier') return /^(Call|New|Array|Object)Expression$/.test(object.type);
    const variable = this.of.variables(root).get(object.start);
    return variable === undefined ? object.name === 'Object' : !variable.isParameter;
  }
}

/** The identifier whose value (not that of its variable) a node may change. */
export function changedBy(node: Node): Node | undefined {
  const { left, argument, callee, type } = node;
  const member = [left, argument].find((side) => side?.type === 'MemberExpression') ?? callee;
  if (!/^(Assignment|Update|Unary|Call)Expression$/.test(type) || member?.type !== 'MemberExpression') return undefined;
  if (type === 'UnaryExpression' && node.operator !== 'delete') return undefined;
  if (type === 'CallExpression' && !WRITES.test(member.property.name ?? '')) return undefined;
  const object = rootOf(member);
  return object.type === 'Identifier' ? object : undefined;
}

function rootOf(member: Node): Node {
  let { object } = member;
  while (object.type === 'MemberExpression') object = object.object;
  return object;
}

function codeOf(declaration: Node | undefined): Node | undefined {
  return declaration?.type === 'VariableDeclaration' ? declaration.declarations[0].init : declaration;
}

function isClass(node: Node | undefined): boolean {
  return /^Class(Declaration|Expression)$/.test(node?.type ?? '');
}
