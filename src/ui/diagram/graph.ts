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
  | 'apiserver'
  | 'machine'
  | 'service'
  | 'users';

/** A card of the diagram. Its data carries a key, never a copy. */
export type FlowNode = ReactFlowNode<{ readonly key: string }, FlowNodeType>;

/** The cards of a layout as flow nodes; pods and agents are drawn inside their machine's card. */
export function flowNodes(layout: Layout, structure: Structure): FlowNode[] {
  const { cards } = layout;
  const nodes: FlowNode[] = [
    flowNode('region', 'region', cards.region!, structure.controlPlanes[0] ?? ''),
    flowNode('kubectl', 'clients', cards.kubectl!),
    flowNode('etcd', 'etcd', cards.etcd!),
    flowNode('scheduler', 'scheduler', cards.scheduler!),
    flowNode('controller-manager', 'controllerManager', cards['controller-manager']!),
    flowNode('cloud', 'cloud', cards.cloud!),
    flowNode('apiserver', 'apiserver', cards.apiserver!),
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
    zIndex: type === 'region' ? 0 : 1,
    // React Flow takes a node that it need not select for decoration.
    style: { pointerEvents: type === 'region' ? 'none' : 'all' },
  };
}
