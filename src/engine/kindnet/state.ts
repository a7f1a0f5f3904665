import type { KubernetesObject } from '../api/object.ts';
import { type ClientState, newClient } from '../client/index.ts';
import { defineTable, type Table } from '../kernel/table.ts';
import type { Address } from '../kernel/types.ts';

export interface KindnetConfig {
  readonly server: Address;
  readonly nodeName: string;
}

/** kindnetd: tells the container runtime which addresses this node's pods get. */
export interface KindnetState {
  readonly client: ClientState;
  podCIDR: string;
  /** Machines by what they have: a /24 of pod addresses, as `10.244.1.`, or an address of their own. */
  readonly routes: Table<Route>;
  /** When all nodes were looked at. */
  learntAt: number;
}

/** What is known of other nodes is believed for so long. */
export const FRESH_MS = 60_000;

export interface Route {
  readonly host: string;
}

const newNodes = defineTable<KubernetesObject>('kindnet/nodes');
const newRoutes = defineTable<Route>('kindnet/routes');

export function createKindnet({ server, nodeName }: KindnetConfig): KindnetState {
  // The real one watches all nodes for its routes; this one looks at them when a route is missing.
  const query = { fieldSelector: `metadata.name=${nodeName}` };
  const client = newClient(server, 'system:serviceaccount:kube-system:kindnet', 'kindnetd', {
    nodes: { path: '/api/v1/nodes', query, table: newNodes },
  });
  return { client, podCIDR: '', routes: newRoutes(), learntAt: -FRESH_MS };
}
