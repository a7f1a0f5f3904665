import { bottom, type Rect, rect, right } from './geometry.ts';
import { AGENTS, type Agent, type MachineBox, type Tier } from './layout.ts';

/** Widths of the agents on a card, as shares: their names need that much. */
const AGENT_SHARES: Readonly<Record<Agent, number>> = {
  kubelet: 0.225,
  containerd: 0.305,
  cni: 0.15,
  'kube-proxy': 0.32,
};

/** Measures of a card: padding, header, agents, the gap between those, and the foot with the meters. */
const MEASURES: Readonly<Record<Tier, { pad: number; header: number; agent: number; gap: number; foot: number }>> = {
  full: { pad: 12, header: 32, agent: 38, gap: 6, foot: 24 },
  medium: { pad: 9, header: 28, agent: 24, gap: 4, foot: 20 },
  compact: { pad: 9, header: 24, agent: 10, gap: 4, foot: 14 },
  tile: { pad: 6, header: 20, agent: 5, gap: 2, foot: 5 },
};

const SYSTEM_HEIGHT = 18;

/** A card with its agents in one row on its upper edge. */
export function workerBox(name: string, tier: Tier, card: Rect, role: MachineBox['role'] = 'worker'): MachineBox {
  const { pad, header, agent: agentHeight, gap, foot } = MEASURES[tier];
  const inner = card.width - 2 * pad;
  const top = card.y + header;
  const agents = {} as Record<Agent, Rect>;
  let x = card.x + pad;
  for (const agent of AGENTS) {
    const width = (inner - 3 * gap) * AGENT_SHARES[agent];
    agents[agent] = rect(x, top, width, agentHeight);
    x += width + gap;
  }
  const podsTop = top + agentHeight + (tier === 'full' ? 14 : 8);
  const systemHeight = tier === 'full' || tier === 'medium' ? SYSTEM_HEIGHT : 0;
  const podsHeight = bottom(card) - foot - systemHeight - podsTop;
  return {
    name,
    role,
    tier,
    rect: card,
    agents,
    pods: rect(card.x + pad, podsTop, inner, podsHeight),
    system: rect(card.x + pad, podsTop + podsHeight, inner, systemHeight),
    meters: metersOf(card, tier, pad, inner, foot),
    filter: filterPort(card, tier),
  };
}

/** Room for the meters beside the packet filter's port; none on a tile. */
function metersOf(card: Rect, tier: Tier, pad: number, inner: number, foot: number): Rect | undefined {
  if (tier === 'tile') return undefined;
  const port = tier === 'full' ? 92 : tier === 'medium' ? 78 : 0;
  return rect(card.x + pad, bottom(card) - foot + 4, inner - port, foot - 8);
}

function filterPort(card: Rect, tier: Tier): Rect {
  const width = { full: 82, medium: 70, compact: 12, tile: 8 }[tier];
  const height = tier === 'full' || tier === 'medium' ? 18 : 6;
  return rect(right(card) - 14 - width, bottom(card) - height / 2, width, height);
}

const STACKED = { pad: 10, header: 50, agent: 24, step: 29, foot: 32 };

/** A narrow card, its agents two by two. On the control plane all pods are small: what they run stands above. */
export function stackedBox(name: string, role: MachineBox['role'], card: Rect): MachineBox {
  const { pad, header, agent, step, foot } = STACKED;
  const inner = card.width - 2 * pad;
  const width = (inner - 5) / 2;
  const top = card.y + header;
  const at = (column: number, line: number): Rect =>
    rect(card.x + pad + column * (width + 5), top + line * step, width, agent);
  const podsTop = top + 2 * step + 6;
  const room = bottom(card) - foot - podsTop;
  const podsHeight = role === 'control-plane' ? 0 : room - SYSTEM_HEIGHT;
  return {
    name,
    role,
    tier: 'full',
    rect: card,
    agents: { kubelet: at(0, 0), 'kube-proxy': at(1, 0), containerd: at(0, 1), cni: at(1, 1) },
    pods: rect(card.x + pad, podsTop, inner, podsHeight),
    system: rect(card.x + pad, podsTop + podsHeight, inner, room - podsHeight),
    meters: rect(card.x + pad, bottom(card) - foot, inner, 16),
    filter: filterPort(card, 'medium'),
    isStacked: true,
  };
}

/** A machine of the control plane in a row of several: all its pods are small. */
export function flatBox(name: string, card: Rect): MachineBox {
  const box = workerBox(name, 'medium', card, 'control-plane');
  const { x, y, width, height } = box.pods;
  return { ...box, pods: rect(x, y, width, 0), system: rect(x, y, width, height + box.system.height) };
}
