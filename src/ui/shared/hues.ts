const HUES = new Set([
  'apiserver',
  'etcd',
  'scheduler',
  'controller-manager',
  'cloud-controller-manager',
  'kubelet',
  'containerd',
  'cni',
  'kube-proxy',
  'machine',
]);

/** A component's colour, as a value for CSS: one hue per component, the same everywhere. */
export function hueOf(component: string): string {
  if (component === 'load-balancer') return 'var(--hue-machine)';
  // The node's part of the pod network and the plugin that it installs are one part of the diagram.
  if (component === 'kindnet') return 'var(--hue-cni)';
  return HUES.has(component) ? `var(--hue-${component})` : 'var(--hue-user)';
}

const NAMES: Record<string, string> = {
  apiserver: 'API server',
  etcd: 'etcd',
  scheduler: 'Scheduler',
  'controller-manager': 'Controller manager',
  'cloud-controller-manager': 'Cloud controller manager',
  kubelet: 'kubelet',
  containerd: 'containerd',
  cni: 'CNI plugin',
  coredns: 'CoreDNS',
  'kube-proxy': 'kube-proxy',
  machine: 'Machine',
  'load-balancer': 'Load balancer',
  kubectl: 'kubectl',
  user: 'You',
  users: 'Users',
};

/** A component's name as sentences spell it. */
export function componentName(component: string): string {
  return NAMES[component] ?? component;
}
