import type { Node } from '../api/generated/types.ts';
import { defineTable } from '../kernel/table.ts';

/** A route in a node's kernel: the pods of another node, by way of its address. */
export interface NodeRoute {
  /** The pod range. */
  readonly destination: string;
  readonly via: string;
  /** The machine that has that address. */
  readonly host: string;
}

/** By the first three numbers of the addresses that they are for. */
export const newRoutes = defineTable<NodeRoute>('machine/routes');

export const prefixOf = (ip: string): string => ip.slice(0, ip.lastIndexOf('.') + 1);

/** The way to the pods of a node, once it has a range and an address. Source: kubernetes-sigs/kind images/kindnetd/cmd/kindnetd. */
export function routeTo({ metadata, spec, status }: Node): NodeRoute | undefined {
  const via = status?.addresses?.find(({ type }) => type === 'InternalIP')?.address;
  const destination = spec?.podCIDR;
  return via && destination ? { destination, via, host: metadata.name as string } : undefined;
}

/** A route as `ip route` shows it. */
export const routeText = ({ destination, via }: NodeRoute): string => `${destination} via ${via} dev eth0`;
