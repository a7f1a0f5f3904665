import type { KubernetesObject } from '../api/object.ts';
import { type ClientState, newClient } from '../client/index.ts';
import { defineTable, type Table } from '../kernel/table.ts';
import type { Address } from '../kernel/types.ts';
import type { NodeRoute } from '../network/routes.ts';

export interface KindnetConfig {
  readonly server: Address;
  readonly nodeName: string;
  /** Watches its own node only, and looks at the others when a way is missing. */
  readonly manyNodes?: boolean;
}

/** kindnetd: tells the container runtime which addresses this node's pods get, and the kernel the ways to other nodes' pods. */
export interface KindnetState {
  readonly client: ClientState;
  readonly nodeName: string;
  readonly manyNodes: boolean;
  podCIDR: string;
  /** What is known of other nodes, by their pods' addresses as `10.244.1.`; among many nodes also by an address of their own. */
  readonly routes: Table<NodeRoute>;
  /** Routes that the kernel is yet to be told. */
  fresh: NodeRoute[];
  /** When its loop over all nodes began; null: not yet, or among many nodes never. */
  loopsSince: number | null;
  /** When all nodes were looked at, among many. */
  learntAt: number;
}

/** What is known of other nodes is believed for so long, among many. */
export const FRESH_MS = 60_000;

const newNodes = defineTable<KubernetesObject>('kindnet/nodes');
const newRoutes = defineTable<NodeRoute>('kindnet/routes');

export function createKindnet({ server, nodeName, manyNodes = false }: KindnetConfig): KindnetState {
  const own = manyNodes && { query: { fieldSelector: `metadata.name=${nodeName}` } };
  const client = newClient(server, 'system:serviceaccount:kube-system:kindnet', 'kindnetd', {
    nodes: { path: '/api/v1/nodes', ...own, table: newNodes },
  });
  return {
    client,
    nodeName,
    manyNodes,
    podCIDR: '',
    routes: newRoutes(),
    fresh: [],
    loopsSince: null,
    learntAt: -FRESH_MS,
  };
}
