import { hostOf } from '../store/keys.ts';
import { bottom, centre, type Point, type Rect, right } from './geometry.ts';
import type { Edge, EdgeKind, Layout, MachineBox, Part } from './layout.ts';

type Placed = Omit<Layout, 'edges'>;

/** How far from a column its lines to rows further down run: control on the left of it, traffic on the right. */
const RISER = 4.5;

/** Every line: short, mostly vertical, in the gutters between columns where cards are in the way. */
export function edgesOf(layout: Placed): Edge[] {
  return [
    ...controlPlaneEdges(layout),
    ...layout.machines.flatMap((machine) => machineEdges(layout, machine)),
    ...userEdges(layout),
  ];
}

/** What all others talk to: the load balancer, else the API server. */
const hubOf = ({ loadBalancer, apiservers }: Placed): Part => loadBalancer ?? apiservers[0]!;

/** From the cards and from etcd's members down to each API server; drawn is what is short, travelled are all. */
function controlPlaneEdges(layout: Placed): Edge[] {
  const { cards, apiservers, members, loadBalancer } = layout;
  const edges: Edge[] = [];
  for (const component of ['scheduler', 'controller-manager', 'cloud']) {
    const start = { x: centre(cards[component]!).x, y: bottom(cards[component]!) };
    for (const server of apiservers) {
      const isBelow = start.x >= server.rect.x && start.x <= right(server.rect);
      edges.push(fall(layout, cards[component]!, component, component, start, server, isBelow));
    }
  }
  for (const [i, { id, rect }] of members.entries()) {
    const start =
      members.length > 1 ? { x: centre(rect).x, y: bottom(rect) } : { x: centre(rect).x, y: bottom(cards.etcd!) };
    for (const server of apiservers) {
      const isLocal = hostOf(id) === hostOf(server.id) || apiservers.length === 1;
      edges.push(fall(layout, cards.etcd!, id, 'etcd', start, server, isLocal));
    }
    for (const other of members.slice(i + 1))
      edges.push(edge(id, other.id, 'api', 'etcd', betweenMembers(rect, other.rect), true));
  }
  if (loadBalancer !== undefined) {
    for (const { id, rect } of apiservers) {
      const { x } = centre(rect);
      edges.push(
        edge(id, loadBalancer.id, 'api', 'apiserver', [
          { x, y: bottom(rect) },
          { x, y: loadBalancer.rect.y },
        ]),
      );
    }
  }
  return edges;
}

/** Height of the room below each row of etcd's members, in which they speak to each other. */
export const MEMBER_LANE = 24;

/** Down into the lane, along, and up to a neighbour or down to one in the next row. */
function betweenMembers(one: Rect, other: Rect): Point[] {
  const [from, to] = [centre(one).x, centre(other).x];
  const lane = bottom(one) + MEMBER_LANE / 2;
  return [
    { x: from, y: bottom(one) },
    { x: from, y: lane },
    { x: to, y: lane },
    { x: to, y: other.y > one.y ? other.y : bottom(other) },
  ];
}

/** Down from a card to an API server: straight, sideways just above it, or around a card that is in the way. */
function fall(
  { cards }: Placed,
  card: Rect,
  from: string,
  component: string,
  start: Point,
  { id, rect }: Part,
  isShown: boolean,
): Edge {
  const isAbove = start.x > rect.x && start.x < right(rect);
  const end = { x: isAbove ? start.x : centre(rect).x, y: rect.y };
  const gutter = gutterBelow(cards, card, start.x);
  const along = (y: number, x: number): Point[] =>
    x === start.x
      ? []
      : [
          { x: start.x, y },
          { x, y },
        ];
  if (gutter === undefined) {
    return edge(from, id, 'api', component, [start, ...along(rect.y - 11, end.x), end], !isShown);
  }
  const last =
    rect.x <= gutter && gutter <= right(rect)
      ? []
      : [
          { x: gutter, y: rect.y - 11 },
          { x: end.x, y: rect.y - 11 },
        ];
  const foot = last.length === 0 ? { x: gutter, y: rect.y } : end;
  return edge(from, id, 'api', component, [start, ...along(bottom(card) + 7, gutter), ...last, foot], !isShown);
}

/** Where a line passes between the cards of the row below; undefined when there is none below. */
function gutterBelow(cards: Placed['cards'], card: Rect, x: number): number | undefined {
  const row = ['scheduler', 'controller-manager', 'cloud']
    .map((name) => cards[name]!)
    .filter(({ y }) => y >= bottom(card));
  const [first] = row.toSorted((a, b) => a.x - b.x);
  // Lines from the left and from the right stay apart.
  return first === undefined ? undefined : right(first) + 7 + (x < right(first) ? -2.5 : 2.5);
}

function userEdges(layout: Placed): Edge[] {
  const { cards, serviceRows } = layout;
  const { id, rect: bar } = hubOf(layout);
  const kubectl = cards.kubectl!;
  const users = cards.users!;
  const side = kubectl.x - 7;
  const edges = [
    edge('kubectl', id, 'user', 'kubectl', [
      { x: kubectl.x, y: centre(kubectl).y },
      { x: side, y: centre(kubectl).y },
      { x: side, y: centre(bar).y },
      { x: bar.x, y: centre(bar).y },
    ]),
  ];
  const lowest = serviceRows.at(-1)?.rect;
  if (lowest !== undefined) {
    const x = users.x + 36;
    edges.push(
      edge('users', 'services', 'service', 'kube-proxy', [
        { x, y: users.y },
        { x, y: bottom(lowest) },
      ]),
    );
  }
  return edges;
}

function machineEdges(layout: Placed, machine: MachineBox): Edge[] {
  return [...hangingEdges(layout, machine), ...insideEdges(machine), ...serviceEdges(layout, machine)];
}

/** From the API server down to the agents that talk with it, and unseen ones for the pods that do. */
function hangingEdges(layout: Placed, { name, rect, agents, tier }: MachineBox): Edge[] {
  const { id, rect: bar } = hubOf(layout);
  const isFirst = ![...layout.machines, ...layout.etcdMachines].some(
    (other) => other.rect.y < rect.y && overlapsInX(other.rect, rect),
  );
  const isSmall = tier === 'compact' || tier === 'tile';
  const gutter = rect.x - RISER;
  const over = rect.y - 14;
  const hanging = (part: string, component: string, x: number, y: number, isHidden: boolean): Edge => {
    const points = isFirst
      ? [
          { x, y: bottom(bar) },
          { x, y },
        ]
      : [
          { x: gutter, y: bottom(bar) },
          { x: gutter, y: over },
          { x, y: over },
          { x, y },
        ];
    return edge(part, id, 'api', component, points, isHidden);
  };
  const { kubelet, cni } = agents;
  const proxy = agents['kube-proxy'];
  const kubeletX = centre(kubelet).x;
  const cniX = isSmall ? kubeletX : centre(cni).x;
  return [
    // Below kube-proxy it shares the line of that.
    hanging(`cni@${name}`, 'cni', cniX, cni.y, isSmall || cni.y > proxy.y),
    hanging(`kubelet@${name}`, 'kubelet', kubeletX, kubelet.y, false),
    // Among many small nodes both agents share one line.
    hanging(`kube-proxy@${name}`, 'kube-proxy', isSmall ? kubeletX : centre(proxy).x, proxy.y, isSmall),
    // What pods say for themselves goes over the pod network.
    hanging(`node/${name}`, 'machine', cniX, rect.y, true),
  ];
}

/** kubelet to containerd to the CNI plugin; kube-proxy down the side to the packet filter. */
function insideEdges({ name, rect, agents, filter, tier }: MachineBox): Edge[] {
  const { kubelet, containerd, cni } = agents;
  const proxy = agents['kube-proxy'];
  const isSmall = tier === 'compact' || tier === 'tile';
  const side = right(rect) - 5;
  return [
    edge(`kubelet@${name}`, `containerd@${name}`, 'cri', 'containerd', between(kubelet, containerd), isSmall),
    edge(`containerd@${name}`, `cni@${name}`, 'cri', 'cni', between(containerd, cni), isSmall),
    edge(
      `kube-proxy@${name}`,
      `filter@${name}`,
      'filter',
      'kube-proxy',
      [
        { x: right(proxy), y: centre(proxy).y },
        { x: side, y: centre(proxy).y },
        { x: side, y: centre(filter).y },
        { x: right(filter), y: centre(filter).y },
      ],
      isSmall,
    ),
  ];
}

/** From the Service band up into each node's packet filter. */
function serviceEdges(
  { machines, etcdMachines, serviceRows }: Placed,
  { name, rect, filter, tier }: MachineBox,
): Edge[] {
  const band = serviceRows[0]?.rect;
  if (band === undefined) return [];
  const isLast = ![...machines, ...etcdMachines].some(
    (other) => other.rect.y > rect.y && overlapsInX(other.rect, rect),
  );
  const { x } = centre(filter);
  const y = bottom(filter);
  const under = y + 14;
  const gutter = right(rect) + RISER;
  const points = isLast
    ? [
        { x, y: band.y },
        { x, y },
      ]
    : [
        { x: gutter, y: band.y },
        { x: gutter, y: under },
        { x, y: under },
        { x, y },
      ];
  const isSmall = tier === 'compact' || tier === 'tile';
  return [edge('services', `filter@${name}`, 'service', 'kube-proxy', points, isSmall && !isLast)];
}

/** Below two agents that stand side by side; straight from one to the other where they stand above each other. */
function between(one: Rect, other: Rect): Point[] {
  if (Math.abs(one.y - other.y) > 1) {
    return [
      { x: centre(one).x, y: bottom(one) },
      { x: centre(one).x, y: other.y },
    ];
  }
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

function overlapsInX(one: Rect, other: Rect): boolean {
  return one.x < right(other) - 1 && other.x < right(one) - 1;
}

function edge(
  from: string,
  to: string,
  kind: EdgeKind,
  component: string,
  points: readonly Point[],
  isHidden = false,
): Edge {
  return { id: `${from}-${to}`, from, to, kind, component, points, ...(isHidden && { isHidden }) };
}
