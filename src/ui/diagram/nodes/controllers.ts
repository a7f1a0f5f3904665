interface ControllerChip {
  readonly label: string;
  /** The controller's name, and the service account under which it speaks when that is another. */
  readonly names: readonly string[];
}

/** The controllers that have a chip of their own, in the order in which a Deployment meets them. */
export const CONTROLLERS: readonly ControllerChip[] = [
  { label: 'Deployment', names: ['deployment-controller'] },
  { label: 'ReplicaSet', names: ['replicaset-controller'] },
  { label: 'DaemonSet', names: ['daemon-set-controller'] },
  { label: 'EndpointSlice', names: ['endpointslice-controller'] },
  { label: 'Node lifecycle', names: ['node-lifecycle-controller', 'node-controller'] },
  { label: 'Taint eviction', names: ['taint-eviction-controller'] },
  { label: 'Garbage collector', names: ['garbage-collector-controller', 'generic-garbage-collector'] },
  { label: 'Namespace', names: ['namespace-controller'] },
  { label: 'Node IPAM', names: ['node-ipam-controller'] },
  { label: 'ServiceAccount', names: ['serviceaccount-controller', 'service-account-controller'] },
  { label: 'Quota', names: ['resourcequota-controller'] },
  { label: 'Pod GC', names: ['pod-garbage-collector-controller', 'pod-garbage-collector'] },
];

/** What lights a chip, see activity.ts; always two, so that hooks can be called for each. */
export function controllerParts([one = '', other = one]: readonly string[]): readonly [string, string] {
  return [`controller/${one}`, `controller/${other}`];
}
