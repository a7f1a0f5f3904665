import type { NodeAffinity as NodeAffinitySpec, NodeSelectorTerm } from '../../api/generated/types.ts';
import { defaultNormalize, type FilterStatus, type Plugin, type PreFilterResult } from '../framework.ts';
import { matchesRequiredNodeAffinity, matchesTerm } from '../placement.ts';

const REFUSED: FilterStatus = {
  plugin: 'NodeAffinity',
  reasons: ["node(s) didn't match Pod's node affinity/selector"],
  isResolvable: false,
};
const REFUSED_BY_SCHEDULER: FilterStatus = {
  plugin: 'NodeAffinity',
  reasons: ["node(s) didn't match scheduler-enforced node affinity"],
  isResolvable: false,
};
const CONFLICT: FilterStatus = {
  plugin: 'NodeAffinity',
  reasons: ['pod affinity terms conflict'],
  isResolvable: false,
};

export interface NodeAffinityArgs {
  /** Node affinity that the profile adds to every pod. */
  readonly addedAffinity?: NodeAffinitySpec;
}

/**
 * nodeSelector and node affinity; terms on metadata.name limit the cycle to the named nodes.
 * Source: pkg/scheduler/framework/plugins/nodeaffinity/node_affinity.go
 */
export function nodeAffinity({ addedAffinity }: NodeAffinityArgs = {}): Plugin {
  const addedTerms = addedAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const addedPreferred = addedAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [];
  return {
    name: 'NodeAffinity',
    check(placement, node) {
      if (addedTerms !== undefined && !addedTerms.some((term) => matchesTerm(term, node))) return REFUSED_BY_SCHEDULER;
      return matchesRequiredNodeAffinity(placement, node) ? undefined : REFUSED;
    },
    preFilter({ shape: { placement } }) {
      // A skip would not spare anything: the verdict of `check` is kept per placement.
      return namedNodes(placement.requiredTerms);
    },
    preScore: ({ shape: { placement } }) => placement.preferredTerms.length > 0 || addedPreferred.length > 0,
    weigh(placement, node) {
      let sum = 0;
      for (const { weight, term } of placement.preferredTerms) if (matchesTerm(term, node)) sum += weight;
      for (const { weight, preference } of addedPreferred) if (matchesTerm(preference, node)) sum += weight;
      return sum;
    },
    normalize: (_cycle, { count }, scores) => defaultNormalize(scores, count, false),
    hint(event, _pod, { placement }) {
      if (event.type === 'nodeAdded') return matchesRequiredNodeAffinity(placement, event.node);
      if (event.type !== 'nodeUpdated') return false;
      return !matchesRequiredNodeAffinity(placement, event.old) && matchesRequiredNodeAffinity(placement, event.node);
    },
  };
}

/** The nodes that terms of the form `metadata.name In [...]` leave; undefined as soon as one term names none. */
function namedNodes(terms: readonly NodeSelectorTerm[] | undefined): PreFilterResult {
  if (terms === undefined || terms.length === 0) return undefined;
  const named = new Set<string>();
  for (const { matchFields } of terms) {
    let ofTerm: string[] | undefined;
    for (const { key, operator, values = [] } of matchFields ?? []) {
      if (key !== 'metadata.name' || operator !== 'In') continue;
      ofTerm = ofTerm === undefined ? values : ofTerm.filter((name) => values.includes(name));
    }
    if (ofTerm === undefined) return undefined;
    for (const name of ofTerm) named.add(name);
  }
  return named.size === 0 ? { status: CONFLICT } : { nodeNames: named };
}
