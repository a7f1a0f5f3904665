import { definition as apiserver } from './apiserver/index.ts';
import { definition as cni } from './cni/index.ts';
import { definition as controllerManager } from './controllers/index.ts';
import { definition as coredns } from './coredns/index.ts';
import { definition as etcd } from './etcd/index.ts';
import { definition as etcdctl } from './etcdctl/index.ts';
import type { Definitions } from './kernel/kernel.ts';
import { definition as kindnet } from './kindnet/index.ts';
import { definition as kubeProxy } from './kube-proxy/index.ts';
import { definition as kubeadm } from './kubeadm/index.ts';
import { definition as kubectl } from './kubectl/index.ts';
import { definition as kubelet } from './kubelet/index.ts';
import { definition as loadBalancer } from './load-balancer/index.ts';
import { definition as machine } from './machine/index.ts';
import { definition as containerd } from './runtime/index.ts';
import { definition as scheduler } from './scheduler/index.ts';

const all = [
  apiserver,
  cni,
  containerd,
  controllerManager,
  coredns,
  etcd,
  etcdctl,
  kindnet,
  kubeadm,
  kubeProxy,
  kubectl,
  kubelet,
  loadBalancer,
  machine,
  scheduler,
];

/** Every component that the kernel can run: the one place where it learns of them. */
export const definitions = Object.fromEntries(
  all.map((definition) => [definition.component, definition]),
) as unknown as Definitions;
