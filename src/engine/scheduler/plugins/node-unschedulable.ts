import type { Taint } from '../../api/generated/types.ts';
import { hasNewTolerations } from '../events.ts';
import type { FilterStatus, Plugin } from '../framework.ts';
import { isTolerated } from '../placement.ts';

const UNSCHEDULABLE: Taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };
const REFUSED: FilterStatus = {
  plugin: 'NodeUnschedulable',
  reasons: ['node(s) were unschedulable'],
  isResolvable: false,
};

/**
 * Keeps pods off cordoned nodes.
 * Source: pkg/scheduler/framework/plugins/nodeunschedulable/node_unschedulable.go
 */
export const nodeUnschedulable = (): Plugin => ({
  name: 'NodeUnschedulable',
  check: ({ tolerations }, { spec }) =>
    spec.unschedulable && !isTolerated(UNSCHEDULABLE, tolerations) ? REFUSED : undefined,
  hint(event, pod) {
    switch (event.type) {
      case 'nodeAdded':
        return !event.node.spec.unschedulable;
      case 'nodeUpdated':
        return !!event.old.spec.unschedulable && !event.node.spec.unschedulable;
      case 'selfUpdated':
        return hasNewTolerations(event.old, event.pod) && isTolerated(UNSCHEDULABLE, pod.spec.tolerations ?? []);
      default:
        return false;
    }
  },
});
