import type { FilterStatus, Plugin } from '../framework.ts';

const REFUSED: FilterStatus = {
  plugin: 'NodeName',
  reasons: ["node(s) didn't match the requested node name"],
  isResolvable: false,
};

/**
 * Lets a pod with `spec.nodeName` go there only; such a pod comes through the queue only when it is asked about.
 * Source: pkg/scheduler/framework/plugins/nodename/node_name.go
 */
export const nodeName = (): Plugin => ({
  name: 'NodeName',
  preFilter: ({ pod }) => (pod.spec.nodeName ? undefined : 'skip'),
  filter: ({ pod, cache }, slot) =>
    !pod.spec.nodeName || cache.nameOf(slot) === pod.spec.nodeName ? undefined : REFUSED,
  hint: (event, pod) => event.type === 'nodeAdded' && event.node.metadata.name === pod.spec.nodeName,
});
