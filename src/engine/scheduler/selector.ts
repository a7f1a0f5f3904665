import type { LabelSelector } from '../api/generated/types.ts';

export type Labels = Readonly<Record<string, string>>;

interface Requirement {
  readonly key: string;
  readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  readonly values: readonly string[];
}

/** A label selector ready for matching: the requirements are ANDed, and `key` is equal for equal selectors. */
export interface Selector {
  readonly key: string;
  readonly requirements: readonly Requirement[];
}

const NO_LABELS: Labels = {};

/** Requirements of a selector in a fixed order; a selector that is absent gives undefined, which matches nothing. */
export function compileSelector(selector: LabelSelector | undefined): Selector | undefined {
  if (selector === undefined) return undefined;
  const requirements = labelsAsRequirements(selector.matchLabels);
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    requirements.push({ key, operator: operator as Requirement['operator'], values: [...(values ?? [])].sort() });
  }
  return fromRequirements(requirements);
}

/** The selector that asks for all of these labels. */
export function selectorOfLabels(labels: Labels | undefined): Selector {
  return fromRequirements(labelsAsRequirements(labels));
}

/** The selector that asks for everything that both ask for. */
export function bothSelectors(a: Selector, b: Selector): Selector {
  return fromRequirements([...a.requirements, ...b.requirements]);
}

export function selectorMatches(selector: Selector, labels: Labels | undefined): boolean {
  for (const requirement of selector.requirements) if (!requirementMatches(requirement, labels)) return false;
  return true;
}

function requirementMatches({ key, operator, values }: Requirement, labels: Labels = NO_LABELS): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

function labelsAsRequirements(labels: Labels | undefined): Requirement[] {
  return Object.keys(labels ?? NO_LABELS).map((key) => ({ key, operator: 'In', values: [labels![key]!] }));
}

function fromRequirements(requirements: readonly Requirement[]): Selector {
  const keyed = requirements.map((r) => ({ text: `${r.key} ${r.operator} (${r.values.join(',')})`, r }));
  keyed.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
  const distinct = keyed.filter(({ text }, i) => i === 0 || keyed[i - 1]!.text !== text);
  return { key: distinct.map(({ text }) => text).join(';'), requirements: distinct.map(({ r }) => r) };
}
