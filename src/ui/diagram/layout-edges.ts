import { bottom, centre, type Point, type Rect, right } from './geometry.ts';
import type { Edge, EdgeKind, Layout, MachineBox } from './layout.ts';

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

function controlPlaneEdges({ cards }: Placed): Edge[] {
  const bar = cards.apiserver!;
  const parts = ['etcd', 'scheduler', 'controller-manager', 'cloud'];
  return parts.map((part) => {
    const card = cards[part]!;
    const below = parts
      .map((other) => cards[other]!)
      .find((other) => other.y >= bottom(card) && overlapsInX(other, card));
    const x = centre(card).x;
    if (below === undefined)
      return edge(part, 'apiserver', 'api', part, [
        { x, y: bottom(card) },
        { x, y: bar.y },
      ]);
    // Another card is in the way: around it, in the middle between the columns.
    const isLeft = x < centre(bar).x;
    const middle = centre(bar).x + (isLeft ? -2.5 : 2.5);
    const y = bottom(card) + 7;
    return edge(part, 'apiserver', 'api', part, [
      { x, y: bottom(card) },
      { x, y },
      { x: middle, y },
      { x: middle, y: bar.y },
    ]);
  });
}

function userEdges({ cards, serviceRows }: Placed): Edge[] {
  const bar = cards.apiserver!;
  const kubectl = cards.kubectl!;
  const users = cards.users!;
  const side = kubectl.x - 7;
  const edges = [
    edge('kubectl', 'apiserver', 'user', 'kubectl', [
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
function hangingEdges({ cards, machines }: Placed, { name, rect, agents, tier }: MachineBox): Edge[] {
  const bar = cards.apiserver!;
  const isFirst = !machines.some((other) => other.rect.y < rect.y && overlapsInX(other.rect, rect));
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
    return edge(part, 'apiserver', 'api', component, points, isHidden);
  };
  const { kubelet, cni } = agents;
  const proxy = agents['kube-proxy'];
  const kubeletX = centre(kubelet).x;
  return [
    hanging(`kubelet@${name}`, 'kubelet', kubeletX, kubelet.y, false),
    // Among many small nodes both agents share one line.
    hanging(`kube-proxy@${name}`, 'kube-proxy', isSmall ? kubeletX : centre(proxy).x, proxy.y, isSmall),
    hanging(`cni@${name}`, 'cni', isSmall ? kubeletX : centre(cni).x, cni.y, true),
    hanging(`node/${name}`, 'machine', isSmall ? kubeletX : centre(rect).x, rect.y, true),
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
function serviceEdges({ machines, serviceRows }: Placed, { name, rect, filter, tier }: MachineBox): Edge[] {
  const band = serviceRows[0]?.rect;
  if (band === undefined) return [];
  const isLast = !machines.some((other) => other.rect.y > rect.y && overlapsInX(other.rect, rect));
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
