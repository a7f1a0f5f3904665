import { hasNewTolerations } from '../events.ts';
import { defaultNormalize, type FilterStatus, type Plugin } from '../framework.ts';
import { hasUntoleratedTaint, isTolerated } from '../placement.ts';

const REFUSED: FilterStatus = {
  plugin: 'TaintToleration',
  reasons: ['node(s) had untolerated taint(s)'],
  isResolvable: false,
};

/**
 * Refuses nodes with a taint that the pod does not tolerate; prefers nodes with fewer untolerated PreferNoSchedule taints.
 * Source: pkg/scheduler/framework/plugins/tainttoleration/taint_toleration.go
 */
export const taintToleration = (): Plugin => ({
  name: 'TaintToleration',
  check: ({ tolerations }, node) => (hasUntoleratedTaint(node, tolerations) ? REFUSED : undefined),
  weigh({ tolerations }, { spec }) {
    let untolerated = 0;
    for (const taint of spec.taints ?? []) {
      if (taint.effect === 'PreferNoSchedule' && !isTolerated(taint, tolerations)) untolerated++;
    }
    return untolerated;
  },
  normalize: (_cycle, { count }, scores) => defaultNormalize(scores, count, true),
  hint(event, pod) {
    const tolerations = pod.spec.tolerations ?? [];
    switch (event.type) {
      case 'nodeAdded':
        return !hasUntoleratedTaint(event.node, tolerations);
      case 'nodeUpdated':
        return hasUntoleratedTaint(event.old, tolerations) && !hasUntoleratedTaint(event.node, tolerations);
      case 'selfUpdated':
        return hasNewTolerations(event.old, event.pod);
      default:
        return false;
    }
  },
});
