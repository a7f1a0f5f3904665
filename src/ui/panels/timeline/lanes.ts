import { componentOf } from '../../store/keys.ts';
import type { TEXT } from './messages.ts';

export interface Lane {
  readonly id: keyof typeof TEXT.lanes;
  /** Whose hue it takes. */
  readonly component: string;
}

/** From the person at the top down to the nodes, as on the diagram. */
export const LANES: readonly Lane[] = [
  { id: 'user', component: 'user' },
  { id: 'apiserver', component: 'apiserver' },
  { id: 'etcd', component: 'etcd' },
  { id: 'scheduler', component: 'scheduler' },
  { id: 'controllers', component: 'controller-manager' },
  { id: 'kubelets', component: 'kubelet' },
  { id: 'proxies', component: 'kube-proxy' },
];

const LANE_OF: Readonly<Record<string, number>> = {
  user: 0,
  kubectl: 0,
  apiserver: 1,
  etcd: 2,
  scheduler: 3,
  'controller-manager': 4,
  'cloud-controller-manager': 4,
  kubelet: 5,
  containerd: 5,
  cni: 5,
  'kube-proxy': 6,
};

/** The lane of whoever sent it; -1 for what has none. */
export const laneOf = (from: string): number => LANE_OF[componentOf(from)] ?? -1;
