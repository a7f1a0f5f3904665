import type { Node as ReactFlowNode } from '@xyflow/react';
import type { Rect } from './geometry.ts';
import type { Layout } from './layout.ts';
import type { Structure } from './structure.ts';

export type FlowNodeType =
  | 'clients'
  | 'region'
  | 'etcd'
  | 'scheduler'
  | 'controllerManager'
  | 'cloud'
  | 'member'
  | 'apiserver'
  | 'loadBalancer'
  | 'etcdMachine'
  | 'machine'
  | 'service'
  | 'users';

/** A card of the diagram. Its data carries a key, never a copy. */
export type FlowNode = ReactFlowNode<{ readonly key: string }, FlowNodeType>;

/** The cards of a layout as flow nodes; pods and agents are drawn inside their machine's card. */
export function flowNodes(layout: Layout, structure: Structure): FlowNode[] {
  const { cards, members, apiservers, loadBalancer, etcdMachines } = layout;
  const nodes: FlowNode[] = [
    flowNode('region', 'region', cards.region!, structure.controlPlanes[0] ?? ''),
    flowNode('kubectl', 'clients', cards.kubectl!),
    flowNode('etcd', 'etcd', cards.etcd!),
    flowNode('scheduler', 'scheduler', cards.scheduler!),
    flowNode('controller-manager', 'controllerManager', cards['controller-manager']!),
    flowNode('cloud', 'cloud', cards.cloud!),
    ...(members.length > 1 ? members : []).map(({ id, rect }) => flowNode(id, 'member', rect)),
    ...apiservers.map(({ id, rect }) => flowNode(id, 'apiserver', rect)),
    ...(loadBalancer === undefined ? [] : [flowNode(loadBalancer.id, 'loadBalancer', loadBalancer.rect)]),
    ...etcdMachines.map(({ id, rect }) => flowNode(id, 'etcdMachine', rect, id.slice('node/'.length))),
  ];
  for (const { name, rect } of layout.machines) nodes.push(flowNode(`node/${name}`, 'machine', rect, name));
  for (const { key, rect } of layout.serviceRows) nodes.push(flowNode(key, 'service', rect, key));
  nodes.push(flowNode('users', 'users', cards.users!));
  return nodes;
}

function flowNode(id: string, type: FlowNodeType, { x, y, width, height }: Rect, key = id): FlowNode {
  return {
    id,
    type,
    position: { x, y },
    width,
    height,
    measured: { width, height },
    data: { key },
    draggable: false,
    connectable: false,
    selectable: false,
    focusable: false,
    zIndex: type === 'region' ? 0 : type === 'member' ? 2 : 1,
    // React Flow takes a node that it need not select for decoration.
    style: { pointerEvents: type === 'region' ? 'none' : 'all' },
  };
}
