import { componentOf } from '../store/keys.ts';

const CRASHABLE = new Set([
  'apiserver',
  'etcd',
  'scheduler',
  'controller-manager',
  'coredns',
  'kindnet',
  'kube-proxy',
  'load-balancer',
]);

/** What `component-crash` can crash; containerd and the kubelet are services, which are stopped instead. */
export const canCrash = (address: string): boolean => CRASHABLE.has(componentOf(address));
