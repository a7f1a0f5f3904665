import { bottom, type Point, type Rect, rect } from './geometry.ts';
import { edgesOf } from './layout-edges.ts';
import { stackedBox, workerBox } from './machine-box.ts';
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
  /** Travelled, but not drawn: among many nodes one line for each is enough. */
  readonly isHidden?: boolean;
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
export const GAP = 14;
const CLIENTS_HEIGHT = 30;
const CARD_HEIGHT = 132;
/** What cards need more when they stand two by two. */
const TALLER = 34;
const BAR_HEIGHT = 42;
/** Between the API server and the nodes: room for messages and their labels. */
const HANG = 58;
const ROW_GAP = 46;
const SERVICE_ROW = 36;
const SERVICE_GAP = 8;
const CONTROL_PLANE_WIDTH = 172;
const LEAST_WIDTH = 980;
/** Views narrower than this get everything two by two. */
const NARROW_VIEW = 640;
const NARROW_WIDTH = 470;

const CARDS: Readonly<Record<Tier, Size>> = {
  full: { width: 264, height: 218 },
  medium: { width: 216, height: 176 },
  compact: { width: 172, height: 116 },
  tile: { width: 118, height: 78 },
};

/** The one thing that the size of the view decides: how many columns of workers, or the arrangement for a phone. */
export type Plan = number | 'narrow';

/** Positions of everything, for a view of this size; a pure function of the structure. */
export function layOut(structure: Structure, viewport: Size): Layout {
  return layOutBy(structure, planFor(structure, viewport));
}

export function layOutBy(structure: Structure, plan: Plan): Layout {
  return plan === 'narrow' ? narrow(structure) : wide(structure, plan);
}

/** The plan that shows everything at the largest scale. */
export function planFor(structure: Structure, viewport: Size): Plan {
  if (viewport.width < NARROW_VIEW) return 'narrow';
  const most = Math.max(1, structure.workers.length);
  let best = 1;
  let bestScale = 0;
  for (let columns = Math.min(2, most); columns <= most; columns += 1) {
    const { width, height } = wide(structure, columns, false);
    const scale = Math.min(viewport.width / width, viewport.height / height);
    if (scale <= bestScale) continue;
    best = columns;
    bestScale = scale;
  }
  return best;
}

export function tierOf(workers: number): Tier {
  if (workers <= 5) return 'full';
  if (workers <= 12) return 'medium';
  if (workers <= 30) return 'compact';
  return 'tile';
}

/** Control plane in one row; its machines in a column of their own, left of the workers. */
function wide(structure: Structure, columns: number, withEdges = true): Layout {
  const tier = tierOf(structure.workers.length);
  const card = CARDS[tier];
  const hasControlPlane = structure.controlPlanes.length > 0;
  const left = MARGIN + (hasControlPlane ? CONTROL_PLANE_WIDTH + GAP : 0);
  const width = Math.max(left + columns * (card.width + GAP) - GAP + MARGIN, LEAST_WIDTH);
  const cardWidth = Math.min((width - left - MARGIN + GAP) / columns - GAP, card.width * 1.6);
  const shares = {
    etcd: structure.etcd.length > 3 ? 0.3 : 0.22,
    scheduler: 0.25,
    'controller-manager': 0.37,
    cloud: 0.16,
  };
  const cards = controlPlane(width, [shares]);
  const top = bottom(cards.region!) + HANG;
  const controlPlaneHeight = Math.max(CARDS.full.height, card.height);
  const machines = [
    ...structure.workers.map((name, i) => workerBox(name, tier, cell(left, top, i, columns, cardWidth, card.height))),
    ...structure.controlPlanes.map((name, i) =>
      stackedBox(name, 'control-plane', cell(MARGIN, top, i, 1, CONTROL_PLANE_WIDTH, controlPlaneHeight)),
    ),
  ];
  return finish(structure, { width, tier, cards, machines, top }, withEdges);
}

/** For a phone: control plane and machines two by two, the rest by scrolling down. */
function narrow(structure: Structure): Layout {
  const names = [...structure.controlPlanes, ...structure.workers];
  const tier = names.length <= 12 ? 'full' : tierOf(structure.workers.length);
  const { height, width: least } = CARDS[tier];
  const columns = tier === 'full' ? 2 : Math.floor((NARROW_WIDTH - 2 * MARGIN + GAP) / (least + GAP));
  const cardWidth = (NARROW_WIDTH - 2 * MARGIN + GAP) / columns - GAP;
  const cards = controlPlane(NARROW_WIDTH, [
    { etcd: 0.5, scheduler: 0.5 },
    { 'controller-manager': 0.5, cloud: 0.5 },
  ]);
  const top = bottom(cards.region!) + HANG;
  const machines = names.map((name, i) => {
    const role = i < structure.controlPlanes.length ? 'control-plane' : 'worker';
    const box = cell(MARGIN, top, i, columns, cardWidth, height);
    return tier === 'full' ? stackedBox(name, role, box) : workerBox(name, tier, box, role);
  });
  return finish(structure, { width: NARROW_WIDTH, tier, cards, machines, top });
}

function cell(left: number, top: number, i: number, columns: number, width: number, height: number): Rect {
  return rect(left + (i % columns) * (width + GAP), top + Math.floor(i / columns) * (height + ROW_GAP), width, height);
}

interface Upper {
  readonly width: number;
  readonly tier: Tier;
  readonly cards: Record<string, Rect>;
  readonly machines: readonly MachineBox[];
  readonly top: number;
}

/** Puts the Service band and the users below the machines, and draws the lines. */
function finish(structure: Structure, { width, tier, cards, machines, top }: Upper, withEdges = true): Layout {
  const nodesBottom = Math.max(top, ...machines.map((machine) => bottom(machine.rect)));
  const serviceRows = serviceBand(structure, nodesBottom + ROW_GAP, width);
  const bandBottom = Math.max(nodesBottom, ...serviceRows.map((row) => bottom(row.rect)));
  cards.users = rect(MARGIN, bandBottom + 26, width - 2 * MARGIN, CLIENTS_HEIGHT);
  const layout = { width, height: bottom(cards.users) + 10, tier, cards, machines, serviceRows };
  return { ...layout, edges: withEdges ? edgesOf(layout) : [] };
}

/** Users' Services have a row each; those of the cluster itself share one below, where there is room for that. */
function serviceBand({ services, systemServices }: Structure, top: number, width: number): Layout['serviceRows'] {
  const inner = width - 2 * MARGIN;
  const shared = width < LEAST_WIDTH ? 1 : Math.max(1, systemServices.length);
  const share = (inner + GAP) / shared - GAP;
  const rows = services.map((key, i) => ({
    key,
    rect: rect(MARGIN, top + i * (SERVICE_ROW + SERVICE_GAP), inner, SERVICE_ROW),
  }));
  const below = top + services.length * (SERVICE_ROW + SERVICE_GAP);
  for (const [i, key] of systemServices.entries()) {
    const x = MARGIN + (i % shared) * (share + GAP);
    rows.push({
      key,
      rect: rect(x, below + Math.floor(i / shared) * (SERVICE_ROW + SERVICE_GAP), share, SERVICE_ROW - 4),
    });
  }
  return rows;
}

/** kubectl, the frame of the control plane, its cards in rows by their shares, and the API server below them. */
function controlPlane(width: number, rows: readonly Readonly<Record<string, number>>[]): Record<string, Rect> {
  const regionTop = CLIENTS_HEIGHT + 14;
  const left = MARGIN + 14;
  const inner = width - 2 * left;
  const cards: Record<string, Rect> = {};
  let y = regionTop + 28;
  for (const row of rows) {
    let x = left;
    const free = inner - GAP * (Object.keys(row).length - 1);
    for (const [part, share] of Object.entries(row)) {
      cards[part] = rect(x, y, free * share, CARD_HEIGHT + (rows.length > 1 ? TALLER : 0));
      x += free * share + GAP;
    }
    y += CARD_HEIGHT + (rows.length > 1 ? TALLER + GAP : 0);
  }
  cards.apiserver = rect(left, y + (rows.length > 1 ? 26 - GAP : 26), inner, BAR_HEIGHT);
  cards.region = rect(MARGIN, regionTop, width - 2 * MARGIN, bottom(cards.apiserver) + 12 - regionTop);
  cards.kubectl = rect(left, 0, 190, CLIENTS_HEIGHT);
  return cards;
}
