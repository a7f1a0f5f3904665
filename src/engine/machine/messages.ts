import type { Pod } from '../api/generated/types.ts';
import type { MachineRole } from '../door.ts';
import type { Address, Body } from '../kernel/types.ts';
import type { RuleChange } from '../network/packet-filter.ts';

/** A computer of the cluster, as its boot parameters and /etc describe it. Shared with containerd and the kubelet. */
export interface MachineConfig {
  readonly name: string;
  readonly role: MachineRole;
  readonly internalIP: string;
  readonly zone?: string;
  readonly region?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  /** Quantities. */
  readonly cpu: string;
  readonly memory: string;
  readonly ephemeralStorage: string;
  readonly pods: string;
  /** Where this node finds the API server: the load balancer, if there is one. */
  readonly apiServer: Address;
  /** Machines by their address: /etc/hosts, and who answers on the nodes' own network. */
  readonly hosts?: Readonly<Record<string, string>>;
  /** Files in /etc/kubernetes/manifests: the kubelet's static pods. */
  readonly manifests: readonly Pod[];
  readonly kubeletVersion: string;
  /** So many nodes that kindnet does not watch all of them. */
  readonly manyNodes?: boolean;
  readonly podSubnet: string;
  readonly serviceSubnet: string;
  /** KubeProxyConfiguration, which kubeadm puts into a ConfigMap. */
  readonly proxyConfig?: object;
  readonly schedulerConfig?: object;
  /** What runs as services of the machine instead of as pods: node agents of clusters without addons, and what is no node. */
  readonly agents?: readonly { readonly component: string; readonly config: object }[];
  /** How often it has been started, this time included. */
  readonly boots?: number;
}

const SERVICES = ['containerd', 'kubelet'] as const;
export type Service = (typeof SERVICES)[number];

/** `systemctl stop|start SERVICE` on the machine. */
export interface ServiceRequest extends Body {
  readonly type: 'systemctl';
  readonly action: 'stop' | 'start';
  readonly service: Service;
}

/** kube-proxy hands over the node's rules, or what changed in them. */
export interface IptablesRestore extends Body {
  readonly type: 'iptablesRestore';
  readonly requestId: number;
  readonly rules: RuleChange;
}

export interface IptablesRestored extends Body {
  readonly type: 'iptablesRestored';
  readonly reply: true;
  readonly requestId: number;
}
