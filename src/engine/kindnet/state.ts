import type { KubernetesObject } from '../api/object.ts';
import { type ClientState, newClient } from '../client/index.ts';
import { defineTable } from '../kernel/table.ts';
import type { Address } from '../kernel/types.ts';

export interface KindnetConfig {
  readonly server: Address;
  readonly nodeName: string;
}

/** kindnetd: tells the container runtime which addresses this node's pods get. */
export interface KindnetState {
  readonly client: ClientState;
  podCIDR: string;
}

const newNodes = defineTable<KubernetesObject>('kindnet/nodes');

export function createKindnet({ server, nodeName }: KindnetConfig): KindnetState {
  // The real one watches all nodes for its routes; routes between nodes always work here, so its own is enough.
  const query = { fieldSelector: `metadata.name=${nodeName}` };
  const client = newClient(server, 'system:serviceaccount:kube-system:kindnet', 'kindnetd', {
    nodes: { path: '/api/v1/nodes', query, table: newNodes },
  });
  return { client, podCIDR: '' };
}
