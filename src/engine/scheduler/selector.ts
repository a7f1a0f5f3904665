import type { LabelSelector } from '../api/generated/types.ts';
import { type Labels, matches, type Requirement, selectorOf } from '../api/selectors.ts';

export type { Labels } from '../api/selectors.ts';

/** A label selector ready for matching: the requirements are ANDed, and `key` is equal for equal selectors. */
export interface Selector {
  readonly key: string;
  readonly requirements: readonly Requirement[];
}

const NO_LABELS: Labels = {};

/** A selector that is absent gives undefined, which matches nothing. */
export function compileSelector(labelSelector: LabelSelector | undefined): Selector | undefined {
  const requirements = selectorOf(labelSelector);
  return requirements === null ? undefined : fromRequirements(requirements);
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
  return matches(selector.requirements, labels);
}

function labelsAsRequirements(labels: Labels | undefined): Requirement[] {
  return Object.keys(labels ?? NO_LABELS).map((key) => ({ key, operator: 'In', values: [labels![key]!] }));
}

function fromRequirements(requirements: readonly Requirement[]): Selector {
  const keyed = requirements.map((r) => ({ text: `${r.key} ${r.operator} (${[...r.values].sort().join(',')})`, r }));
  keyed.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
  const distinct = keyed.filter(({ text }, i) => i === 0 || keyed[i - 1]!.text !== text);
  return { key: distinct.map(({ text }) => text).join(';'), requirements: distinct.map(({ r }) => r) };
}
