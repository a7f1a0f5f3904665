import type { PodCounter } from './counters.ts';
import type { AffinityTerm, PodShape } from './pod-shape.ts';
import { type Labels, selectorMatches } from './selector.ts';

/** Which sort of term a pod on a node holds towards pods that come later. */
export type TermKind = 'requiredAffinity' | 'requiredAntiAffinity' | 'preferred';

/** All placed pods that hold one and the same affinity term. */
export interface TermGroup {
  readonly key: string;
  readonly kind: TermKind;
  readonly weight: number;
  readonly term: AffinityTerm;
  readonly holders: PodCounter;
  size: number;
}

/** A placed pod, as far as counting goes. */
export interface CountedPod {
  readonly shape: PodShape;
  readonly isTerminating: boolean;
  readonly slot: number;
}

/** All placed pods of one namespace with the same labels. */
interface LabelGroup {
  readonly key: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly pods: Set<CountedPod>;
  counters: SelectorCounter[];
  counterVersion: number;
}

interface SelectorCounter {
  readonly counter: PodCounter;
  readonly countsTerminating: boolean;
  readonly matches: (namespace: string, labels: Labels) => boolean;
}

const COUNTERS_MAX = 512;

/**
 * Who matches whom, kept as pods come and go: pods per selector and node for the incoming pod's terms, and holders per
 * term and node for the terms of pods already placed. The cost of one pod does not grow with the number of pods.
 */
export class LabelGroups {
  private readonly groups = new Map<string, LabelGroup>();
  private readonly counters = new Map<string, SelectorCounter>();
  private readonly terms = new Map<string, TermGroup>();
  private readonly termsOfShape = new WeakMap<PodShape, readonly Omit<TermGroup, 'holders' | 'size'>[]>();
  private readonly namespaceLabels = new Map<string, Labels>();
  private matched = new WeakMap<PodShape, { readonly version: number; readonly terms: readonly TermGroup[] }>();
  private counterVersion = 0;
  private termVersion = 0;
  private readonly newCounter: () => PodCounter;

  constructor(newCounter: () => PodCounter) {
    this.newCounter = newCounter;
  }

  add(pod: CountedPod): void {
    const group = this.groupOf(pod.shape);
    group.pods.add(pod);
    this.count(group, pod, 1);
    for (const { key, kind, weight, term } of this.heldTerms(pod.shape)) {
      let held = this.terms.get(key);
      if (held === undefined) {
        held = { key, kind, weight, term, holders: this.newCounter(), size: 0 };
        this.terms.set(key, held);
        this.termVersion++;
      }
      held.size++;
      held.holders.add(pod.slot, 1);
    }
  }

  remove(pod: CountedPod): void {
    const group = this.groupOf(pod.shape);
    group.pods.delete(pod);
    this.count(group, pod, -1);
    if (group.pods.size === 0) this.groups.delete(group.key);
    for (const { key } of this.heldTerms(pod.shape)) {
      const held = this.terms.get(key)!;
      held.holders.add(pod.slot, -1);
      if (--held.size === 0) {
        this.terms.delete(key);
        this.termVersion++;
      }
    }
  }

  setNamespace(name: string, labels: Labels | undefined): void {
    if (labels === undefined) this.namespaceLabels.delete(name);
    else this.namespaceLabels.set(name, labels);
    this.termVersion++;
    this.counters.clear();
    this.counterVersion++;
  }

  /** Pods that match all of these terms, terminating ones included. */
  matchingAll(terms: readonly AffinityTerm[]): PodCounter {
    const key = `a/${terms.map((term) => term.key).join('&')}`;
    return this.counterOf(key, true, (namespace, labels) =>
      terms.every((term) => this.termMatches(term, namespace, labels)),
    );
  }

  /** Pods of one namespace that match and are not terminating; an empty selector counts nobody. */
  matchingInNamespace(namespace: string, selector: { key: string; requirements: readonly unknown[] }): PodCounter {
    const chosen = selector as Parameters<typeof selectorMatches>[0];
    return this.counterOf(
      `s/${namespace}/${selector.key}`,
      false,
      (other, labels) => other === namespace && chosen.requirements.length > 0 && selectorMatches(chosen, labels),
    );
  }

  /** Terms of placed pods that match a pod of this shape. */
  termsMatching(shape: PodShape): readonly TermGroup[] {
    const known = this.matched.get(shape);
    if (known?.version === this.termVersion) return known.terms;
    const terms = [...this.terms.values()].filter(({ term }) => this.termMatches(term, shape.namespace, shape.labels));
    this.matched.set(shape, { version: this.termVersion, terms });
    return terms;
  }

  termMatches(term: AffinityTerm, namespace: string, labels: Labels): boolean {
    if (term.selector === undefined || !selectorMatches(term.selector, labels)) return false;
    if (term.namespaces.includes(namespace)) return true;
    const { namespaceSelector } = term;
    return namespaceSelector !== undefined && selectorMatches(namespaceSelector, this.namespaceLabels.get(namespace));
  }

  grow(capacity: number): void {
    for (const { counter } of this.counters.values()) counter.grow(capacity);
    for (const { holders } of this.terms.values()) holders.grow(capacity);
  }

  private count(group: LabelGroup, pod: CountedPod, delta: 1 | -1): void {
    if (group.counterVersion !== this.counterVersion) {
      group.counters = [...this.counters.values()].filter((c) => c.matches(group.namespace, group.labels));
      group.counterVersion = this.counterVersion;
    }
    for (const { counter, countsTerminating } of group.counters) {
      if (countsTerminating || !pod.isTerminating) counter.add(pod.slot, delta);
    }
  }

  private groupOf(shape: PodShape): LabelGroup {
    const key = `${shape.namespace}/${shape.labelsKey}`;
    let group = this.groups.get(key);
    if (group === undefined) {
      const { namespace, labels } = shape;
      group = { key, namespace, labels, pods: new Set(), counters: [], counterVersion: -1 };
      this.groups.set(key, group);
    }
    return group;
  }

  private counterOf(
    key: string,
    countsTerminating: boolean,
    matches: (namespace: string, labels: Labels) => boolean,
  ): PodCounter {
    const known = this.counters.get(key);
    if (known !== undefined) return known.counter;
    if (this.counters.size >= COUNTERS_MAX) this.counters.delete(this.counters.keys().next().value!);
    const counter = this.newCounter();
    for (const group of this.groups.values()) {
      if (!matches(group.namespace, group.labels)) continue;
      for (const pod of group.pods) if (countsTerminating || !pod.isTerminating) counter.add(pod.slot, 1);
    }
    this.counters.set(key, { counter, countsTerminating, matches });
    this.counterVersion++;
    return counter;
  }

  private heldTerms(shape: PodShape): readonly Omit<TermGroup, 'holders' | 'size'>[] {
    let held = this.termsOfShape.get(shape);
    if (held === undefined) {
      const make = (kind: TermKind, term: AffinityTerm, weight: number) => ({
        key: `${kind}/${weight}/${term.topologyKey}/${term.key}`,
        kind,
        weight,
        term,
      });
      held = [
        ...shape.requiredAffinity.map((term) => make('requiredAffinity', term, 1)),
        ...shape.requiredAntiAffinity.map((term) => make('requiredAntiAffinity', term, 1)),
        ...shape.preferredAffinity.map(({ term, weight }) => make('preferred', term, weight)),
      ];
      this.termsOfShape.set(shape, held);
    }
    return held;
  }
}
