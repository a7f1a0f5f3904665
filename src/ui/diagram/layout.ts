import { bottom, centre, type Point, type Rect, rect, right } from './geometry.ts';
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
  readonly row: number;
}

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
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly tier: Tier;
  /** Cards by part: `apiserver`, `etcd`, `scheduler`, `controller-manager`, `cloud`, `kubectl`, `region`, `services`, `users`. */
  readonly cards: Readonly<Record<string, Rect>>;
  readonly machines: readonly MachineBox[];
  readonly serviceRows: readonly { readonly key: string; readonly rect: Rect }[];
  readonly edges: readonly Edge[];
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const MARGIN = 16;
const GAP = 14;
const CLIENTS_HEIGHT = 30;
const CARD_HEIGHT = 132;
const BAR_HEIGHT = 42;
/** Between the API server and the nodes: room for messages and their labels. */
const HANG = 58;
const ROW_GAP = 46;
/** How far from a column its lines to rows further down run: control on the left of it, traffic on the right. */
const RISER = 4.5;
const SERVICE_ROW = 36;
const CONTROL_PLANE_WIDTH = 172;

const CARDS: Readonly<Record<Tier, Size>> = {
  full: { width: 264, height: 218 },
  medium: { width: 216, height: 176 },
  compact: { width: 172, height: 116 },
  tile: { width: 118, height: 78 },
};

/** Positions of everything, for a view of this size; a pure function of the structure. */
export function layOut(structure: Structure, viewport: Size): Layout {
  const tier = tierOf(structure.workers.length);
  let best: Layout | undefined;
  let bestScale = 0;
  const most = Math.max(1, structure.workers.length);
  for (let columns = Math.min(2, most); columns <= most; columns += 1) {
    const layout = withColumns(structure, tier, columns);
    const scale = Math.min(viewport.width / layout.width, viewport.height / layout.height);
    // A little more width than needed is better than one node alone in the last row.
    if (best === undefined || scale > bestScale * 1.001) {
      best = layout;
      bestScale = scale;
    }
  }
  return best ?? withColumns(structure, tier, 1);
}

export function tierOf(workers: number): Tier {
  if (workers <= 5) return 'full';
  if (workers <= 12) return 'medium';
  if (workers <= 30) return 'compact';
  return 'tile';
}

function withColumns(structure: Structure, tier: Tier, columns: number): Layout {
  const card = CARDS[tier];
  const hasControlPlane = structure.controlPlanes.length > 0;
  const left = MARGIN + (hasControlPlane ? CONTROL_PLANE_WIDTH + GAP : 0);
  const width = Math.max(left + columns * (card.width + GAP) - GAP + MARGIN, 900);
  // The control plane is never narrower than its parts: cards take what is left over.
  const cardWidth = Math.min((width - left - MARGIN + GAP) / columns - GAP, card.width * 1.6);
  const cards: Record<string, Rect> = { ...controlPlane(structure, width) };
  const bar = cards.apiserver!;
  const nodesTop = bottom(bar) + 12 + HANG;

  const machines: MachineBox[] = [];
  for (const [i, name] of structure.workers.entries()) {
    const row = Math.floor(i / columns);
    const x = left + (i % columns) * (cardWidth + GAP);
    const y = nodesTop + row * (card.height + ROW_GAP);
    machines.push(workerBox(name, tier, rect(x, y, cardWidth, card.height), row));
  }
  const height = Math.max(CARDS.full.height, card.height);
  for (const [i, name] of structure.controlPlanes.entries()) {
    machines.push(
      controlPlaneBox(name, rect(MARGIN, nodesTop + i * (height + ROW_GAP), CONTROL_PLANE_WIDTH, height), i),
    );
  }
  const nodesBottom = Math.max(nodesTop, ...machines.map((machine) => bottom(machine.rect)));

  const serviceRows = serviceBand(structure, nodesBottom + ROW_GAP, width - 2 * MARGIN);
  const bandBottom = serviceRows.length > 0 ? bottom(serviceRows.at(-1)!.rect) : nodesBottom;
  cards.users = rect(MARGIN, bandBottom + 26, width - 2 * MARGIN, CLIENTS_HEIGHT);
  const layout = { width, height: bottom(cards.users) + 10, tier, cards, machines, serviceRows };
  return { ...layout, edges: edgesOf(layout) };
}

/** Users' Services have a row each; those of the cluster itself share one below. */
function serviceBand({ services, systemServices }: Structure, top: number, width: number): Layout['serviceRows'] {
  const rows = services.map((key, i) => ({ key, rect: rect(MARGIN, top + i * (SERVICE_ROW + 8), width, SERVICE_ROW) }));
  const y = top + services.length * (SERVICE_ROW + 8);
  const share = (width - GAP * (systemServices.length - 1)) / Math.max(1, systemServices.length);
  for (const [i, key] of systemServices.entries()) {
    rows.push({
      key,
      rect: rect(
        MARGIN + i * (share + GAP),
        y,
        share,
        systemServices.length > 0 && services.length > 0 ? SERVICE_ROW - 6 : SERVICE_ROW,
      ),
    });
  }
  return rows;
}

function controlPlane({ etcd }: Structure, width: number): Record<string, Rect> {
  const regionTop = CLIENTS_HEIGHT + 14;
  const top = regionTop + 28;
  const inner = width - 2 * (MARGIN + 14);
  const shares = { etcd: etcd.length > 3 ? 0.3 : 0.22, scheduler: 0.25, 'controller-manager': 0.36, cloud: 0 };
  const free = inner - 3 * GAP;
  const cards: Record<string, Rect> = {};
  let x = MARGIN + 14;
  for (const [part, share] of Object.entries(shares)) {
    const cardWidth =
      share === 0 ? right({ x: MARGIN + 14, y: 0, width: inner, height: 0 }) - x : Math.round(free * share);
    cards[part] = rect(x, top, cardWidth, CARD_HEIGHT);
    x += cardWidth + GAP;
  }
  cards.apiserver = rect(MARGIN + 14, top + CARD_HEIGHT + 26, inner, BAR_HEIGHT);
  cards.region = rect(MARGIN, regionTop, width - 2 * MARGIN, bottom(cards.apiserver) + 12 - regionTop);
  cards.kubectl = rect(MARGIN + 14, 0, 190, CLIENTS_HEIGHT);
  return cards;
}

/** Widths of the agents on a full card, as shares: their names need that much. */
const AGENT_SHARES: Readonly<Record<Agent, number>> = {
  kubelet: 0.225,
  containerd: 0.305,
  cni: 0.15,
  'kube-proxy': 0.32,
};

function workerBox(name: string, tier: Tier, card: Rect, row: number): MachineBox {
  const pad = tier === 'full' ? 12 : tier === 'tile' ? 6 : 9;
  const inner = card.width - 2 * pad;
  const header = { full: 32, medium: 28, compact: 24, tile: 20 }[tier];
  const agentHeight = { full: 38, medium: 24, compact: 10, tile: 5 }[tier];
  const gap = tier === 'full' ? 6 : tier === 'tile' ? 2 : 4;
  const top = card.y + header;
  const agents = {} as Record<Agent, Rect>;
  let x = card.x + pad;
  for (const agent of AGENTS) {
    const agentWidth = (inner - 3 * gap) * AGENT_SHARES[agent];
    agents[agent] = rect(x, top, agentWidth, agentHeight);
    x += agentWidth + gap;
  }
  const podsTop = top + agentHeight + (tier === 'full' ? 14 : 8);
  const foot = tier === 'full' ? 24 : tier === 'medium' ? 20 : tier === 'compact' ? 14 : 5;
  const systemHeight = tier === 'full' || tier === 'medium' ? 18 : 0;
  const podsHeight = bottom(card) - foot - systemHeight - podsTop;
  return {
    name,
    role: 'worker',
    tier,
    rect: card,
    agents,
    pods: rect(card.x + pad, podsTop, inner, podsHeight),
    system: rect(card.x + pad, podsTop + podsHeight, inner, systemHeight),
    meters:
      tier === 'tile' ? undefined : rect(card.x + pad, bottom(card) - foot + 4, metersWidth(inner, tier), foot - 8),
    filter: filterPort(card, tier),
    row,
  };
}

/** The port is beside them. */
function metersWidth(inner: number, tier: Tier): number {
  return tier === 'compact' ? inner : inner - { full: 92, medium: 78 }[tier as 'full' | 'medium'];
}

function filterPort(card: Rect, tier: Tier): Rect {
  const width = { full: 82, medium: 70, compact: 12, tile: 8 }[tier];
  const height = tier === 'full' || tier === 'medium' ? 18 : 6;
  return rect(right(card) - 14 - width, bottom(card) - height / 2, width, height);
}

/** Narrow: its agents two by two, its pods small, because the control plane above is what they run. */
function controlPlaneBox(name: string, card: Rect, row: number): MachineBox {
  const pad = 10;
  const inner = card.width - 2 * pad;
  const agentWidth = (inner - 5) / 2;
  const top = card.y + 50;
  const at = (column: number, line: number): Rect =>
    rect(card.x + pad + column * (agentWidth + 5), top + line * 29, agentWidth, 24);
  return {
    name,
    role: 'control-plane',
    tier: 'full',
    rect: card,
    agents: { kubelet: at(0, 0), 'kube-proxy': at(1, 0), containerd: at(0, 1), cni: at(1, 1) },
    pods: rect(card.x + pad, top + 66, inner, 0),
    system: rect(card.x + pad, top + 66, inner, 70),
    meters: rect(card.x + pad, bottom(card) - 32, inner, 16),
    filter: filterPort(card, 'medium'),
    row,
  };
}

function edgesOf(layout: Omit<Layout, 'edges'>): Edge[] {
  const { cards, machines, serviceRows } = layout;
  const bar = cards.apiserver!;
  const edges: Edge[] = [];
  for (const part of ['etcd', 'scheduler', 'controller-manager', 'cloud']) {
    const card = cards[part]!;
    const { x } = centre(card);
    edges.push(
      edge(part, 'apiserver', 'api', part, [
        { x, y: bottom(card) },
        { x, y: bar.y },
      ]),
    );
  }
  const kubectl = cards.kubectl!;
  const userX = kubectl.x - 7;
  edges.push(
    edge('kubectl', 'apiserver', 'user', 'kubectl', [
      { x: kubectl.x, y: centre(kubectl).y },
      { x: userX, y: centre(kubectl).y },
      { x: userX, y: centre(bar).y },
      { x: bar.x, y: centre(bar).y },
    ]),
  );
  const band = serviceRows[0]?.rect;
  const lastRow = Math.max(0, ...machines.filter(({ role }) => role === 'worker').map(({ row }) => row));
  for (const machine of machines) {
    // Behind the first row, lines run in the gutter beside the column.
    const gutter = machine.rect.x - RISER;
    for (const agent of ['kubelet', 'kube-proxy'] as const) {
      const box = machine.agents[agent];
      const x = centre(box).x;
      const over = machine.rect.y - 14;
      const points =
        machine.row === 0
          ? [
              { x, y: bottom(bar) },
              { x, y: box.y },
            ]
          : [
              { x: gutter, y: bottom(bar) },
              { x: gutter, y: over },
              { x, y: over },
              { x, y: box.y },
            ];
      edges.push(edge(`${agent}@${machine.name}`, 'apiserver', 'api', agent, points));
    }
    edges.push(...insideOf(machine));
    if (band === undefined) continue;
    const { x } = centre(machine.filter);
    const y = bottom(machine.filter);
    const isLast = machine.role === 'worker' ? machine.row === lastRow : machine.row === 0;
    const under = y + 14;
    const gutterRight = right(machine.rect) + RISER;
    const points = isLast
      ? [
          { x, y: band.y },
          { x, y },
        ]
      : [
          { x: gutterRight, y: band.y },
          { x: gutterRight, y: under },
          { x, y: under },
          { x, y },
        ];
    edges.push(edge('services', `filter@${machine.name}`, 'service', 'kube-proxy', points));
  }
  if (band !== undefined) {
    const users = cards.users!;
    const x = users.x + 44;
    const lowest = serviceRows.at(-1)!.rect;
    edges.push(
      edge('users', 'services', 'service', 'kube-proxy', [
        { x, y: users.y },
        { x, y: bottom(lowest) },
      ]),
    );
  }
  return edges;
}

/** kubelet to containerd to CNI below their chips; kube-proxy down the side to the packet filter. */
function insideOf({ name, role, rect: card, agents, filter, tier }: MachineBox): Edge[] {
  const { kubelet, containerd, cni } = agents;
  const proxy = agents['kube-proxy'];
  const edges: Edge[] = [];
  if (role === 'control-plane') {
    edges.push(
      edge(`kubelet@${name}`, `containerd@${name}`, 'cri', 'containerd', [
        { x: centre(kubelet).x, y: bottom(kubelet) },
        { x: centre(kubelet).x, y: containerd.y },
      ]),
      edge(`containerd@${name}`, `cni@${name}`, 'cri', 'cni', [
        { x: right(containerd), y: centre(containerd).y },
        { x: cni.x, y: centre(cni).y },
      ]),
    );
  } else if (tier === 'full' || tier === 'medium') {
    edges.push(
      edge(`kubelet@${name}`, `containerd@${name}`, 'cri', 'containerd', below(kubelet, containerd)),
      edge(`containerd@${name}`, `cni@${name}`, 'cri', 'cni', below(containerd, cni)),
    );
  }
  const side = right(card) - 5;
  edges.push(
    edge(`kube-proxy@${name}`, `filter@${name}`, 'filter', 'kube-proxy', [
      { x: right(proxy), y: centre(proxy).y },
      { x: side, y: centre(proxy).y },
      { x: side, y: centre(filter).y },
      { x: right(filter), y: centre(filter).y },
    ]),
  );
  return edges;
}

function below(one: Rect, other: Rect): Point[] {
  const from = right(one) - Math.min(14, one.width / 3);
  const to = other.x + Math.min(14, other.width / 3);
  const deep = bottom(one) + 7;
  return [
    { x: from, y: bottom(one) },
    { x: from, y: deep },
    { x: to, y: deep },
    { x: to, y: bottom(other) },
  ];
}

function edge(from: string, to: string, kind: EdgeKind, component: string, points: readonly Point[]): Edge {
  return { id: `${from}-${to}`, from, to, kind, component, points };
}
