import type { Body } from '../kernel/types.ts';

/**
 * The container network interface: containerd runs the plugin named in /etc/cni/net.d for each sandbox, and kindnet
 * writes that file. Source: containernetworking/cni SPEC.md, kubernetes-sigs/kind images/kindnetd.
 */
/** CNI_COMMAND=ADD: a veth pair, an address from the node's range, routes. */
export interface CniAdd extends Body {
  readonly type: 'cniAdd';
  readonly requestId: number;
  /** Id of the sandbox (CNI_CONTAINERID). */
  readonly containerId: string;
  readonly ifName: string;
  readonly namespace: string;
  readonly pod: string;
  /** Range in the configuration, which is the node's podCIDR. */
  readonly subnet: string;
}

/** CNI_COMMAND=DEL: must succeed when there is nothing left to undo. */
export interface CniDel extends Body {
  readonly type: 'cniDel';
  readonly requestId: number;
  readonly containerId: string;
}

export interface CniResult extends Body {
  readonly type: 'cniResult';
  readonly reply: true;
  readonly requestId: number;
  /** Address given by ADD. */
  readonly ip?: string;
  readonly gateway?: string;
  readonly error?: string;
}

/** kindnet has written /etc/cni/net.d/10-kindnet.conflist; containerd watches the directory. */
export interface CniConfig extends Body {
  readonly type: 'cniConfig';
  readonly subnet: string;
}
