import { componentOf, hostOf } from '../store/keys.ts';
import type { Selection } from '../store/view.ts';
import { AGENTS, type Layout, type Part } from './layout.ts';

/** Whether both ends are members of etcd, who speak to each other inside of etcd's card. */
export const isBetweenMembers = ({ from, to }: { readonly from: string; readonly to: string }): boolean =>
  componentOf(from) === 'etcd' && componentOf(to) === 'etcd';

/** The part that stands for an address; schedulers and controller managers of all hosts share one card each. */
export function partOf(address: string): string {
  const component = componentOf(address);
  switch (component) {
    case 'scheduler':
    case 'controller-manager':
    case 'kubectl':
      return component;
    case 'user':
      return 'kubectl';
    case 'cloud-controller-manager':
      return 'cloud';
    case 'machine':
      return `filter@${hostOf(address)}`;
    // Pods that speak for their node: kindnet writes the CNI plugin's configuration, CoreDNS only listens.
    case 'kindnet':
      return `cni@${hostOf(address)}`;
    case 'coredns':
      return `node/${hostOf(address)}`;
    default:
      return address;
  }
}

const CARDS = ['kubectl', 'etcd', 'scheduler', 'controller-manager', 'cloud', 'users'];

/** Every part that the keyboard can reach, pods excepted: they are asked for by `podParts`. */
export function partsOf(layout: Layout): readonly Part[] {
  const parts: Part[] = [];
  for (const id of CARDS) {
    const rect = layout.cards[id];
    if (rect !== undefined) parts.push({ id, rect });
  }
  const { members, apiservers, loadBalancer, etcdMachines } = layout;
  if (members.length > 1) parts.push(...members);
  parts.push(...apiservers, ...(loadBalancer === undefined ? [] : [loadBalancer]), ...etcdMachines);
  for (const { name, rect, agents, tier, role } of layout.machines) {
    // The card's own place is its header: the rest of it is other parts.
    parts.push({ id: `node/${name}`, rect: { ...rect, height: Math.max(16, agents.kubelet.y - rect.y - 6) } });
    if (tier === 'full' || tier === 'medium' || role === 'control-plane') {
      for (const agent of AGENTS) parts.push({ id: `${agent}@${name}`, rect: agents[agent] });
    }
  }
  for (const { key, rect } of layout.serviceRows) parts.push({ id: key, rect });
  return parts;
}

/** What selecting a part selects; addresses of shared cards are looked up by the caller. */
export function selectionOf(part: string, addressOf: (component: string) => string | undefined): Selection | undefined {
  if (part.startsWith('node/')) return { type: 'object', key: `Node//${part.slice(5)}` };
  if (part.includes('@')) {
    const component = componentOf(part);
    return { type: 'component', address: component === 'filter' ? `kube-proxy@${hostOf(part)}` : part };
  }
  if (part.includes('/')) return { type: 'object', key: part };
  const component = part === 'cloud' ? 'cloud-controller-manager' : part;
  const address = addressOf(component);
  return address === undefined ? { type: 'ghost', component } : { type: 'component', address };
}

/** The part that shows a selection; undefined for messages and things that are not drawn. */
export function partOfSelection(selection: Selection | null): string | undefined {
  switch (selection?.type) {
    case 'component':
      return partOf(selection.address);
    case 'ghost':
      return selection.component === 'cloud-controller-manager' ? 'cloud' : selection.component;
    case 'machine':
      return `node/${selection.name}`;
    case 'object':
      return selection.key.startsWith('Node//') ? `node/${selection.key.slice(6)}` : selection.key;
    default:
      return undefined;
  }
}
