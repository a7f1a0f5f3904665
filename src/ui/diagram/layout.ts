import { narrow, type Spacing, wide } from './arrange.ts';
import type { Point, Rect } from './geometry.ts';
import type { Part } from './parts.ts';
import type { Structure } from './structure.ts';

/** How much of a worker node there is room for. */
export type Tier = 'full' | 'medium' | 'compact' | 'tile';

export type Agent = 'kubelet' | 'containerd' | 'cni' | 'kube-proxy';
export const AGENTS: readonly Agent[] = ['kubelet', 'containerd', 'cni', 'kube-proxy'];

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

interface Size {
  readonly width: number;
  readonly height: number;
}

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

/** Views narrower than this get everything two by two. */
const NARROW_VIEW = 640;
/** Wider than that, lines get long and nothing gets clearer. */
const MOST_STRETCH = 1.5;
/** Widths are multiples of it, so that a view that changes by a pixel is not laid out anew. */
const WIDTH_STEP = 20;
/** The airier, the better, unless everything gets smaller by it; dense only where much is gained. */
const SPACINGS: readonly (readonly [Spacing, number])[] = [
  ['roomy', 1],
  ['normal', 1],
  ['dense', 0.95],
];
/** One row must gain this much: above the workers, the control plane's machines are easier to find. */
const ONE_ROW_WEIGHT = 0.93;
/** Narrower than this the cards have no room for their text in few lines. */
const LEAST_DENSE_WIDTH = 1120;

/** Positions of everything, for a view of this size; a pure function of the structure. */
export function layOut(structure: Structure, viewport: Size): Layout {
  return layOutBy(structure, planFor(structure, viewport));
}

export function layOutBy(structure: Structure, plan: Plan): Layout {
  return plan === 'narrow' ? narrow(structure) : wide(structure, plan);
}

/** The plan that shows everything at the largest scale. */
export function planFor(structure: Structure, viewport: Size): Plan {
  // In a view that is lower than wide (beside another diagram, in a small frame) all of it has to be in view at once.
  if (viewport.width < NARROW_VIEW && viewport.height > viewport.width) return 'narrow';
  const most = Math.max(1, structure.workers.length);
  let best: WidePlan = { columns: 1, spacing: 'normal', isOneRow: false, width: 0 };
  let bestScore = 0;
  for (let columns = Math.min(2, most); columns <= most; columns += 1) {
    for (const [spacing, isOneRow, weight] of waysFor(structure, columns)) {
      const { width: least, height } = wide(structure, { columns, spacing, isOneRow, width: 0 }, false);
      const scale = Math.min(viewport.width / least, viewport.height / height);
      const wanted = Math.min(viewport.width / scale, least * MOST_STRETCH);
      const width = Math.floor(wanted / WIDTH_STEP) * WIDTH_STEP;
      const score = scale * weight;
      if (score <= bestScore || (spacing === 'dense' && width < LEAST_DENSE_WIDTH)) continue;
      best = { columns, spacing, isOneRow, width };
      bestScore = score;
    }
  }
  return best;
}

/** Where there is little height, one row of machines makes everything larger. */
function waysFor(
  { controlPlanes, workers }: Structure,
  columns: number,
): readonly (readonly [spacing: Spacing, isOneRow: boolean, weight: number])[] {
  const above = SPACINGS.map(([spacing, weight]) => [spacing, false, weight] as const);
  if (controlPlanes.length < 2 || columns < workers.length) return above;
  return [...above, ...SPACINGS.map(([spacing, weight]) => [spacing, true, weight * ONE_ROW_WEIGHT] as const)];
}
