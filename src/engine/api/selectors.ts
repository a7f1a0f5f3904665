import type { LabelSelector } from './generated/types.ts';
import { checkLabelValue, checkQualifiedName } from './names.ts';

export type Labels = Readonly<Record<string, string>>;
export type Operator = 'In' | 'NotIn' | 'Exists' | 'DoesNotExist' | 'Gt' | 'Lt';

export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
  /** How `=`, `==` and `!=` were written; they mean In and NotIn with one value. */
  readonly sign?: '=' | '==' | '!=';
}

/** All requirements have to hold; none at all matches everything, `null` matches nothing. */
export type Selector = readonly Requirement[] | null;

/** Whether labels fulfil a selector; absent labels are none. */
export function matches(selector: Selector, labels: Labels | undefined): boolean {
  if (selector === null) return false;
  for (const requirement of selector) if (!fulfils(requirement, labels)) return false;
  return true;
}

/** Whether labels have every pair of a plain map (a Service's selector, nodeSelector, matchLabels). */
export function matchesAll(wanted: Labels, labels: Labels | undefined): boolean {
  for (const key in wanted) if (labels === undefined || labels[key] !== wanted[key]) return false;
  return true;
}

const compiled = new WeakMap<LabelSelector, Selector>();

/**
 * The selector of a LabelSelector object: absent matches nothing, empty matches everything.
 * Source: staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/helpers.go (LabelSelectorAsSelector)
 */
export function selectorOf(labelSelector: LabelSelector | undefined | null): Selector {
  if (labelSelector === undefined || labelSelector === null) return null;
  let selector = compiled.get(labelSelector);
  if (selector === undefined) {
    selector = compile(labelSelector);
    compiled.set(labelSelector, selector);
  }
  return selector;
}

/** Whether labels are selected by a LabelSelector object; absent selects nothing. */
export function selects(labelSelector: LabelSelector | undefined | null, labels: Labels | undefined): boolean {
  return matches(selectorOf(labelSelector), labels);
}

/**
 * The text of a selector, as in a Scale's status: `app=web,tier in (a,b)`.
 * Source: staging/src/k8s.io/apimachinery/pkg/labels/selector.go
 */
export function selectorText(selector: Selector): string {
  return (selector ?? []).map(requirementText).join(',');
}

/** A selector from a query (`app=web,tier in (a,b),!old`), or upstream's sentence of what is wrong with it. */
export function parseSelector(text: string): { selector: Selector } | { error: string } {
  try {
    return { selector: byKey(new SelectorParser(scan(text)).parse()) };
  } catch (error) {
    if (error instanceof SelectorError) return { error: error.message };
    throw error;
  }
}

function fulfils(requirement: Requirement, labels: Labels | undefined): boolean {
  const found = labels?.[requirement.key];
  // A key such as `constructor` finds something in every object, but no text.
  return isFulfilled(requirement.operator, requirement.values, typeof found === 'string' ? found : undefined);
}

/** Whether one value fulfils what a requirement asks of it; undefined: there is none. */
export function isFulfilled(operator: Operator, values: readonly string[], value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
    case 'Lt': {
      if (value === undefined || values.length !== 1) return false;
      const have = parseInteger(value);
      const limit = parseInteger(values[0] ?? '');
      if (have === undefined || limit === undefined) return false;
      return operator === 'Gt' ? have > limit : have < limit;
    }
  }
}

function parseInteger(text: string): bigint | undefined {
  return /^[-+]?\d+$/.test(text) ? BigInt(text.replace('+', '')) : undefined;
}

function compile(labelSelector: LabelSelector): Selector {
  const requirements: Requirement[] = [];
  for (const [key, value] of Object.entries(labelSelector.matchLabels ?? {}))
    requirements.push({ key, operator: 'In', values: [value], sign: '=' });
  for (const { key, operator, values } of labelSelector.matchExpressions ?? [])
    requirements.push({ key, operator: operator as Operator, values: values ?? [] });
  return byKey(requirements);
}

function byKey(requirements: Requirement[]): Requirement[] {
  return requirements.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

function requirementText({ key, operator, values, sign }: Requirement): string {
  if (sign !== undefined) return `${key}${sign}${values[0]}`;
  switch (operator) {
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
    case 'Gt':
      return `${key}>${values[0]}`;
    case 'Lt':
      return `${key}<${values[0]}`;
    default:
      return `${key} ${operator === 'In' ? 'in' : 'notin'} (${[...values].sort().join(',')})`;
  }
}

class SelectorError extends Error {}

interface Token {
  readonly kind:
    | 'end'
    | 'identifier'
    | 'error'
    | 'in'
    | 'notin'
    | '('
    | ')'
    | ','
    | '!'
    | '='
    | '=='
    | '!='
    | '>'
    | '<';
  readonly text: string;
}

const SYMBOLS = ['!=', '==', '=', '!', '(', ')', ',', '>', '<'] as const;
const SPECIAL = '=!(),><';
const SPACE = ' \t\r\n';

function scan(text: string): Token[] {
  const tokens: Token[] = [];
  let position = 0;
  while (position < text.length) {
    if (SPACE.includes(text.charAt(position))) {
      position++;
      continue;
    }
    const symbol = SYMBOLS.find((candidate) => text.startsWith(candidate, position));
    if (symbol !== undefined) {
      tokens.push({ kind: symbol, text: symbol });
      position += symbol.length;
      continue;
    }
    const start = position;
    while (position < text.length && !SPECIAL.includes(text.charAt(position)) && !SPACE.includes(text.charAt(position)))
      position++;
    const word = text.slice(start, position);
    tokens.push({ kind: word === 'in' || word === 'notin' ? word : 'identifier', text: word });
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
}

/** Source: staging/src/k8s.io/apimachinery/pkg/labels/selector.go (Parser) */
class SelectorParser {
  private position = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    for (;;) {
      const next = this.look();
      if (next.kind === 'end') return requirements;
      if (!isWord(next) && next.kind !== '!')
        throw new SelectorError(`found '${next.text}', expected: !, identifier, or 'end of string'`);
      requirements.push(this.parseRequirement());
      const after = this.take();
      if (after.kind === 'end') return requirements;
      if (after.kind !== ',') throw new SelectorError(`found '${after.text}', expected: ',' or 'end of string'`);
      const following = this.look();
      if (!isWord(following) && following.kind !== '!')
        throw new SelectorError(`found '${following.text}', expected: identifier after ','`);
    }
  }

  private parseRequirement(): Requirement {
    let key = this.take();
    const isNegated = key.kind === '!';
    if (isNegated) key = this.take();
    if (!isWord(key)) fail(`found '${key.text}', expected: identifier`);
    const complaints = checkQualifiedName(key.text);
    if (complaints.length > 0) fail(`<nil>: Invalid value: ${JSON.stringify(key.text)}: ${complaints.join('; ')}`);
    const next = this.look();
    if (isNegated) return { key: key.text, operator: 'DoesNotExist', values: [] };
    if (next.kind === 'end' || next.kind === ',') return { key: key.text, operator: 'Exists', values: [] };
    const operator = this.take();
    switch (operator.kind) {
      case 'in':
        return checked({ key: key.text, operator: 'In', values: this.parseValues() });
      case 'notin':
        return checked({ key: key.text, operator: 'NotIn', values: this.parseValues() });
      case '=':
      case '==':
        return checked({ key: key.text, operator: 'In', values: [this.parseValue()], sign: operator.kind });
      case '!=':
        return checked({ key: key.text, operator: 'NotIn', values: [this.parseValue()], sign: '!=' });
      case '>':
        return checked({ key: key.text, operator: 'Gt', values: [this.parseValue()] });
      case '<':
        return checked({ key: key.text, operator: 'Lt', values: [this.parseValue()] });
      default:
        return fail(`found '${operator.text}', expected: in, notin, =, ==, !=, gt, lt`);
    }
  }

  private parseValue(): string {
    const next = this.look();
    if (next.kind === 'end' || next.kind === ',') return '';
    const value = this.take();
    return isWord(value) ? value.text : fail(`found '${value.text}', expected: identifier`);
  }

  private parseValues(): string[] {
    const open = this.take();
    if (open.kind !== '(') fail(`found '${open.text}' expected: '('`);
    const first = this.look();
    if (first.kind === ')') {
      this.take();
      return [''];
    }
    if (!isWord(first) && first.kind !== ',') fail(`found '${first.text}', expected: ',', ')' or identifier`);
    const values = new Set<string>();
    for (;;) {
      const token = this.take();
      if (isWord(token)) {
        values.add(token.text);
        const after = this.look();
        if (after.kind === ')') break;
        if (after.kind !== ',') fail(`found '${after.text}', expected: ',' or ')'`);
      } else if (token.kind === ',') {
        const after = this.look();
        if (values.size === 0) values.add('');
        if (after.kind === ')') {
          values.add('');
          break;
        }
        if (after.kind === ',') {
          this.take();
          values.add('');
        }
      } else {
        fail(`found '${token.text}', expected: ',', or identifier`);
      }
    }
    this.take();
    return [...values].sort();
  }

  private look(): Token {
    return this.tokens[this.position] ?? END;
  }

  private take(): Token {
    const token = this.look();
    this.position++;
    return token;
  }
}

const END: Token = { kind: 'end', text: '' };

/** `in` and `notin` are names too, except where an operator stands. */
function isWord(token: Token): boolean {
  return token.kind === 'identifier' || token.kind === 'in' || token.kind === 'notin';
}

function checked(requirement: Requirement): Requirement {
  for (const [index, value] of requirement.values.entries()) {
    if ((requirement.operator === 'Gt' || requirement.operator === 'Lt') && parseInteger(value) === undefined)
      fail(
        `values[${index}]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
      );
    const complaints = checkLabelValue(value);
    if (complaints.length > 0)
      fail(`values[${index}][${requirement.key}]: Invalid value: ${JSON.stringify(value)}: ${complaints.join('; ')}`);
  }
  return requirement;
}

function fail(sentence: string): never {
  throw new SelectorError(`unable to parse requirement: ${sentence}`);
}
