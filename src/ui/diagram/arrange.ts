import { bottom, type Rect, rect, right } from './geometry.ts';
import type { Layout, MachineBox, Part, Spacing, Tier, WidePlan } from './layout.ts';
import { edgesOf, MEMBER_LANE } from './layout-edges.ts';
import { flatBox, stackedBox, workerBox } from './machine-box.ts';
import type { Structure } from './structure.ts';

interface Measures {
  /** Height of a control-plane card, and the room between it and the API server. */
  readonly card: number;
  readonly rise: number;
  /** Between the API server and the nodes: room for messages and their labels. */
  readonly hang: number;
  /** Below a row of nodes. */
  readonly row: number;
  readonly service: number;
  /** How high a node's card is, as a share of the usual. */
  readonly node: number;
}

const MEASURES: Readonly<Record<Spacing, Measures>> = {
  roomy: { card: 140, rise: 32, hang: 76, row: 54, service: 38, node: 1.12 },
  normal: { card: 132, rise: 26, hang: 58, row: 46, service: 36, node: 1 },
  dense: { card: 112, rise: 22, hang: 44, row: 36, service: 30, node: 0.86 },
};

const MARGIN = 16;
const GAP = 14;
const CLIENTS_HEIGHT = 30;
/** What a control-plane card needs more when it has to name several machines. */
const REPLICAS_HEIGHT = 32;
/** Two rows of etcd members, each with its log. */
const CARD_OF_TWO_ROWS = 192;
const BAR_HEIGHT = 42;
const BALANCER_HEIGHT = 30;
const BALANCER_GAP = 20;
const SERVICE_GAP = 8;
const CONTROL_PLANE_WIDTH = 172;
/** A machine of the control plane in a row of its own, and one for etcd alone. */
const FLAT_HEIGHT = 112;
const ETCD_MACHINE_HEIGHT = 34;
const LEAST_WIDTH = 980;
const NARROW_WIDTH = 470;

const CARDS: Readonly<Record<Tier, { readonly width: number; readonly height: number }>> = {
  full: { width: 264, height: 218 },
  medium: { width: 216, height: 176 },
  compact: { width: 172, height: 116 },
  tile: { width: 118, height: 78 },
};

/** Control plane in one row; its machine left of the workers, or several of them in a row above those. */
export function wide(structure: Structure, plan: WidePlan, withEdges = true): Layout {
  const { columns, spacing, width: wanted, isOneRow = false } = plan;
  const { controlPlanes, workers, etcdMachines } = structure;
  const tier = tierOf(workers.length);
  const measures = MEASURES[spacing];
  const card = CARDS[tier];
  const hasText = tier === 'full' || tier === 'medium';
  const height = Math.round(card.height * (hasText ? measures.node : 1));
  // A row of flat cards needs the columns of the workers, so that lines find their way between them.
  const isRow = hasText && columns > 1 && controlPlanes.length > 1 && !isOneRow;
  const beside = isOneRow ? controlPlanes.length : 1;
  const left =
    MARGIN + (isRow || controlPlanes.length + etcdMachines.length === 0 ? 0 : beside * (CONTROL_PLANE_WIDTH + GAP));
  const width = Math.max(left + columns * (card.width + GAP) - GAP + MARGIN, LEAST_WIDTH, wanted);
  const cardWidth = Math.min((width - left - MARGIN + GAP) / columns - GAP, card.width * 1.75);
  const upper = controlPlane(structure, width, measures, [sharesOf(structure)]);
  const top = upper.bottom + measures.hang;
  const place = (i: number, y: number, cardHeight: number): Rect =>
    cell(left, y, i, columns, cardWidth, cardHeight, measures.row);
  if (isRow) {
    const planes = controlPlanes.map((name, i) => flatBox(name, place(i, top, FLAT_HEIGHT)));
    const under = top + rowsOf(planes, columns) * (FLAT_HEIGHT + measures.row);
    const others = etcdMachines.map((name, i) =>
      part(`node/${name}`, cell(left, under, i, columns, cardWidth, ETCD_MACHINE_HEIGHT, GAP)),
    );
    const rows = rowsOf(others, columns);
    const below = under + rows * (ETCD_MACHINE_HEIGHT + GAP) + (rows === 0 ? 0 : measures.row - GAP);
    const boxes = workers.map((name, i) => workerBox(name, tier, place(i, below, height)));
    return finish(structure, measures, { ...upper, width, tier, machines: [...boxes, ...planes], others }, withEdges);
  }
  const planeHeight = Math.max(Math.round(CARDS.full.height * measures.node), height);
  const inColumn = (i: number): Rect => cell(MARGIN, top, i, beside, CONTROL_PLANE_WIDTH, planeHeight, measures.row);
  const machines = [
    ...workers.map((name, i) => workerBox(name, tier, place(i, top, height))),
    ...controlPlanes.map((name, i) => stackedBox(name, 'control-plane', inColumn(i))),
  ];
  const under = controlPlanes.length === 0 ? top : bottom(inColumn(controlPlanes.length - 1)) + measures.row;
  const others = etcdMachines.map((name, i) =>
    part(`node/${name}`, cell(MARGIN, under, i, beside, CONTROL_PLANE_WIDTH, ETCD_MACHINE_HEIGHT, GAP)),
  );
  return finish(structure, measures, { ...upper, width, tier, machines, others }, withEdges);
}

/** How much there is room for on a node's card. */
export function tierOf(workers: number): Tier {
  if (workers <= 5) return 'full';
  if (workers <= 12) return 'medium';
  if (workers <= 30) return 'compact';
  return 'tile';
}

/** For a phone: control plane and machines two by two, the rest by scrolling down. */
export function narrow(structure: Structure): Layout {
  const measures = MEASURES.normal;
  const { controlPlanes, workers, etcdMachines, etcd } = structure;
  const names = [...controlPlanes, ...workers];
  const tier = names.length <= 12 ? 'full' : tierOf(workers.length);
  const { height, width: least } = CARDS[tier];
  const columns = tier === 'full' ? 2 : Math.floor((NARROW_WIDTH - 2 * MARGIN + GAP) / (least + GAP));
  const cardWidth = (NARROW_WIDTH - 2 * MARGIN + GAP) / columns - GAP;
  const upper = controlPlane(structure, NARROW_WIDTH, measures, [
    etcd.length > 1 ? { etcd: 0.68, cloud: 0.32 } : { etcd: 0.5, scheduler: 0.5 },
    etcd.length > 1 ? { scheduler: 0.4, 'controller-manager': 0.6 } : { 'controller-manager': 0.62, cloud: 0.38 },
  ]);
  const top = upper.bottom + measures.hang;
  const machines = names.map((name, i) => {
    const role = i < controlPlanes.length ? 'control-plane' : 'worker';
    const box = cell(MARGIN, top, i, columns, cardWidth, height, measures.row);
    return tier === 'full' ? stackedBox(name, role, box) : workerBox(name, tier, box, role);
  });
  const under = Math.max(top, ...machines.map(({ rect: { y } }) => y + height + measures.row));
  const others = etcdMachines.map((name, i) =>
    part(`node/${name}`, cell(MARGIN, under, i, 2, (NARROW_WIDTH - 2 * MARGIN - GAP) / 2, ETCD_MACHINE_HEIGHT, GAP)),
  );
  return finish(structure, measures, { ...upper, width: NARROW_WIDTH, tier, machines, others });
}

const rowsOf = (boxes: readonly unknown[], columns: number): number => Math.ceil(boxes.length / columns);

const part = (id: string, at: Rect): Part => ({ id, rect: at });

function cell(
  left: number,
  top: number,
  i: number,
  columns: number,
  width: number,
  height: number,
  rowGap: number,
): Rect {
  return rect(left + (i % columns) * (width + GAP), top + Math.floor(i / columns) * (height + rowGap), width, height);
}

/** kubectl, the frame of the control plane with all that is in it, and what stands below it. */
interface Upper extends Pick<Layout, 'members' | 'apiservers' | 'loadBalancer'> {
  readonly cards: Record<string, Rect>;
  readonly bottom: number;
}

interface Middle extends Upper {
  readonly width: number;
  readonly tier: Tier;
  readonly machines: readonly MachineBox[];
  readonly others: readonly Part[];
}

/** Puts the Service band and the users below the machines, and draws the lines. */
function finish(structure: Structure, measures: Measures, middle: Middle, withEdges = true): Layout {
  const { width, tier, cards, machines, others, members, apiservers, loadBalancer } = middle;
  const rects = [...machines, ...others].map((box) => bottom(box.rect));
  const nodesBottom = Math.max(middle.bottom + measures.hang, ...rects);
  const serviceRows = serviceBand(structure, nodesBottom + measures.row, width, measures.service);
  const bandBottom = Math.max(nodesBottom, ...serviceRows.map((row) => bottom(row.rect)));
  cards.users = rect(MARGIN, bandBottom + measures.rise - 4, width - 2 * MARGIN, CLIENTS_HEIGHT);
  const height = bottom(cards.users) + 10;
  const layout = { width, height, tier, cards, machines, serviceRows, members, apiservers, loadBalancer };
  const all = { ...layout, etcdMachines: others };
  return { ...all, edges: withEdges ? edgesOf(all) : [] };
}

/** Users' Services have a row each; those of the cluster itself share one below, where there is room for that. */
function serviceBand(
  { services, systemServices }: Structure,
  top: number,
  width: number,
  height: number,
): Layout['serviceRows'] {
  const inner = width - 2 * MARGIN;
  const shared = width < LEAST_WIDTH ? 1 : Math.max(1, systemServices.length);
  const share = (inner + GAP) / shared - GAP;
  const step = height + SERVICE_GAP;
  const rows = services.map((key, i) => ({ key, rect: rect(MARGIN, top + i * step, inner, height) }));
  const below = top + services.length * step;
  for (const [i, key] of systemServices.entries()) {
    const x = MARGIN + (i % shared) * (share + GAP);
    rows.push({ key, rect: rect(x, below + Math.floor(i / shared) * step, share, height - 4) });
  }
  return rows;
}

/** How wide the cards of the control plane are: etcd's grows with its members. */
function sharesOf({ etcd }: Structure): Readonly<Record<string, number>> {
  if (etcd.length > 4) return { etcd: 0.4, scheduler: 0.19, 'controller-manager': 0.28, cloud: 0.13 };
  if (etcd.length > 1) return { etcd: 0.34, scheduler: 0.21, 'controller-manager': 0.32, cloud: 0.13 };
  return { etcd: 0.22, scheduler: 0.25, 'controller-manager': 0.37, cloud: 0.16 };
}

/** kubectl, the frame of the control plane, its cards in rows by their shares, and the API servers below them. */
function controlPlane(
  { etcd, apiservers, loadBalancer }: Structure,
  width: number,
  { card, rise }: Measures,
  rows: readonly Readonly<Record<string, number>>[],
): Upper {
  const regionTop = CLIENTS_HEIGHT + 14;
  const left = MARGIN + 14;
  const inner = width - 2 * left;
  const cards: Record<string, Rect> = {};
  const isMany = apiservers.length > 1 || etcd.length > 1;
  let y = regionTop + 28;
  for (const row of rows) {
    let x = left;
    const free = inner - GAP * (Object.keys(row).length - 1);
    // Two by two they are narrow, and the controllers need more lines.
    const isTall = rows.length > 1 && 'controller-manager' in row;
    const hasTwoRows = 'etcd' in row && etcd.length > MEMBERS.most;
    const height =
      (hasTwoRows ? Math.max(card, CARD_OF_TWO_ROWS) : card) +
      (isTall ? REPLICAS_HEIGHT * (isMany ? 2 : 1) : 0) +
      (isMany ? REPLICAS_HEIGHT : 0);
    for (const [name, share] of Object.entries(row)) {
      cards[name] = rect(x, y, free * share, height);
      x += free * share + GAP;
    }
    y += height + GAP;
  }
  const bar = rect(left, y - GAP + rise, inner, BAR_HEIGHT);
  cards.apiserver = bar;
  cards.region = rect(MARGIN, regionTop, width - 2 * MARGIN, bottom(bar) + 12 - regionTop);
  cards.kubectl = rect(left, 0, 190, CLIENTS_HEIGHT);
  const hosts = apiservers.length > 0 ? apiservers : [''];
  const step = (inner + GAP) / hosts.length;
  const balancer = rect(left, bottom(cards.region) + BALANCER_GAP, inner, BALANCER_HEIGHT);
  return {
    cards,
    members: etcd.map((host, i) => part(`etcd@${host}`, memberRect(cards.etcd!, i, etcd.length))),
    apiservers: hosts.map((host, i) => part(`apiserver@${host}`, rect(left + i * step, bar.y, step - GAP, BAR_HEIGHT))),
    loadBalancer: loadBalancer === undefined ? undefined : part(loadBalancer, balancer),
    bottom: loadBalancer === undefined ? bottom(cards.region) : bottom(balancer),
  };
}

const MEMBERS = { pad: 11, top: 30, gap: 6, foot: 26, most: 4 };

/** A member's place inside etcd's card: side by side, in two rows when they are many, with a lane below each row. */
function memberRect(card: Rect, i: number, count: number): Rect {
  const { pad, top, gap, foot, most } = MEMBERS;
  const columns = count > most ? Math.ceil(count / 2) : count;
  const rows = Math.ceil(count / columns);
  const width = (card.width - 2 * pad + gap) / columns;
  const height = (card.height - top - foot) / rows;
  const x = card.x + pad + (i % columns) * width;
  const y = card.y + top + Math.floor(i / columns) * height;
  return rect(x, y, Math.min(width - gap, right(card) - pad - x), height - MEMBER_LANE);
}
