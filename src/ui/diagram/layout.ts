import type { Point, Rect } from './geometry.ts';

/** How much of a worker node there is room for. */
export type Tier = 'full' | 'medium' | 'compact' | 'tile';

export type Agent = 'kubelet' | 'containerd' | 'cni' | 'kube-proxy';
export const AGENTS: readonly Agent[] = ['kubelet', 'containerd', 'cni', 'kube-proxy'];

/**
 * A thing on the diagram that can be focused, selected and connected. Ids: `etcd`, `scheduler`, `controller-manager`,
 * `cloud`, `kubectl`, addresses such as `apiserver@<host>`, `etcd@<host>` and `kubelet@<node>`, `node/<machine>`,
 * `filter@<node>`, a Service's key, `users`.
 */
export interface Part {
  readonly id: string;
  readonly rect: Rect;
}

/** A machine's card and where its parts are, all in flow coordinates. */
export interface MachineBox {
  readonly name: string;
  readonly role: 'control-plane' | 'worker';
  readonly tier: Tier;
  readonly rect: Rect;
  readonly agents: Readonly<Record<Agent, Rect>>;
  readonly pods: Rect;
  /** Pods of the cluster itself, small. */
  readonly system: Rect;
  readonly meters: Rect | undefined;
  /** The port on the lower edge: the packet filter, whose rules carry the Service band's traffic. */
  readonly filter: Rect;
  /** Its name stands above its state, in a header of two lines. */
  readonly isStacked?: boolean;
}

/** How wide kubectl's pill is drawn; the rest of its card is room for what it says and hears. */
export const KUBECTL_WIDTH = 96;

export type EdgeKind = 'api' | 'cri' | 'filter' | 'service' | 'user';

export interface Edge {
  readonly id: string;
  /** Parts, see `partOf`. */
  readonly from: string;
  readonly to: string;
  readonly kind: EdgeKind;
  /** Whose hue it has. */
  readonly component: string;
  readonly points: readonly Point[];
  /** Travelled, but not drawn: among many nodes one line for each is enough. */
  readonly isHidden?: boolean;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly tier: Tier;
  /** Cards by part: `etcd`, `scheduler`, `controller-manager`, `cloud`, `kubectl`, `region`, `users`; all API servers as `apiserver`. */
  readonly cards: Readonly<Record<string, Rect>>;
  /** etcd's members, inside its card, by address. */
  readonly members: readonly Part[];
  /** The API servers side by side, by address: together they are as wide as the control plane. */
  readonly apiservers: readonly Part[];
  /** What stands in front of several API servers. */
  readonly loadBalancer: Part | undefined;
  /** Machines with nothing but an etcd member. */
  readonly etcdMachines: readonly Part[];
  readonly machines: readonly MachineBox[];
  readonly serviceRows: readonly { readonly key: string; readonly rect: Rect }[];
  readonly edges: readonly Edge[];
}

/** How much room there is between things. */
export type Spacing = 'roomy' | 'normal' | 'dense';

/** What the size of the view decides: columns, how dense and how wide; or the arrangement for a phone. */
export type Plan = WidePlan | 'narrow';

export interface WidePlan {
  /** Of workers. */
  readonly columns: number;
  readonly spacing: Spacing;
  /** Several machines of the control plane stand left of the workers, all in one row, and not above them. */
  readonly isOneRow?: boolean;
  /** Of all; more if the columns need more. */
  readonly width: number;
}
