import type { Container, Node, NodeCondition, Pod, PodCondition } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { type Behaviour, ScriptedNode } from '../testing/scripted-node.ts';

/** A node with its kubelet, what tests put there, and how they look at it. */

/** A node that is ready, with these images (all that have a behaviour, unless others are named) pulled already. */
export function booted(
  behaviours: Record<string, Behaviour>,
  images: string[] = Object.keys(behaviours),
): ScriptedNode {
  const node = new ScriptedNode(behaviours);
  for (const image of images) node.runtime.images.add(`${image}:1`);
  node.advance(3000);
  return node;
}

export const container = (name: string, image: string, more: Partial<Container> = {}): Container => ({
  name,
  image: `${image}:1`,
  imagePullPolicy: 'IfNotPresent',
  ...more,
});

export function putConfigMap(node: ScriptedNode, name: string, data: Record<string, string>): void {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'default' }, data };
  node.put(object as KubernetesObject, 'configmaps');
}

export const condition = (pod: Pod | undefined, type: string): PodCondition | undefined =>
  pod?.status?.conditions?.find((one) => one.type === type);
export const stateOf = (pod: Pod | undefined, name = 'web') =>
  pod?.status?.containerStatuses?.find((status) => status.name === name)?.state;

export function nodeCondition(node: ScriptedNode, type: string): NodeCondition | undefined {
  const { status } = node.api.objects.get('/api/v1/nodes/node-a') as unknown as Node;
  return status?.conditions?.find((one) => one.type === type);
}
