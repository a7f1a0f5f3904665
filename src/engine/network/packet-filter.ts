import type { EndpointSlice, Service } from '../api/generated/types.ts';
import { defineTable, type Table } from '../kernel/table.ts';
import { type PortFragment, type ProxyNode, serviceFragments } from './fragments.ts';

/** The part of KubeProxyConfiguration that rules depend on. */
export interface RuleConfig {
  /** Source range of pods; empty means kube-proxy cannot tell pods from others and masquerades nothing for it. */
  readonly clusterCIDR: string;
  readonly masqueradeAll: boolean;
  /** CIDRs whose addresses take node ports; empty means all local addresses. */
  readonly nodePortAddresses: readonly string[];
  readonly localhostNodePorts: boolean;
}

/** What the rules of one Service were made from: they follow from these objects, which all nodes share. */
export interface ServiceRules {
  readonly service: Service;
  readonly slices: readonly EndpointSlice[];
}

/** The Kubernetes part of a node's packet filter, as kube-proxy last wrote it. */
export interface PacketFilter {
  readonly config: RuleConfig;
  readonly node: ProxyNode;
  /** More than a thousand endpoints: rules are written without most comments. */
  large: boolean;
  /** By `namespace/name`. */
  readonly services: Table<ServiceRules>;
}

/** One `iptables-restore`: everything, or only what changed. */
export interface RuleChange {
  readonly full?: { readonly config: RuleConfig; readonly node: ProxyNode };
  readonly large: boolean;
  readonly set: readonly (readonly [string, ServiceRules])[];
  readonly remove: readonly string[];
}

const newServices = defineTable<ServiceRules>('machine/service-rules', {
  address: ({ service }) => service.spec?.clusterIP,
});

/** The filter after a restore. */
export function restoreRules(old: PacketFilter | null, change: RuleChange): PacketFilter | null {
  const filter = change.full ? { ...change.full, large: change.large, services: newServices() } : old;
  if (!filter) return null;
  for (const key of change.remove) filter.services.delete(key);
  for (const [key, rules] of change.set) filter.services.set(key, rules);
  return filter.large === change.large ? filter : { ...filter, large: change.large };
}

export interface Packet {
  readonly destination: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

export type Route =
  /** `host` is the machine of the endpoint; '' when the rules did not touch the packet. */
  | { readonly verdict: 'forward'; readonly ip: string; readonly port: number; readonly host: string }
  | { readonly verdict: 'refused' }
  | { readonly verdict: 'dropped' };

/**
 * Where a new connection from a pod of this node goes. `chance` in [0, 1) picks the endpoint, as the rules' statistic
 * match does. A port that a Service does not have matches no rule, and the packet is lost.
 */
export function routePacket(filter: PacketFilter | null, packet: Packet, chance: number): Route {
  const untouched: Route = { verdict: 'forward', ip: packet.destination, port: packet.port, host: '' };
  if (!filter) return untouched;
  let isService = false;
  for (const key of filter.services.keysBy('address', packet.destination)) {
    const { service, slices } = filter.services.get(key) as ServiceRules;
    for (const fragment of serviceFragments(service, slices, filter.node)) {
      isService = true;
      const { port } = fragment;
      if (port.port === packet.port && port.protocol === packet.protocol) return choose(fragment, chance);
    }
  }
  return isService ? { verdict: 'dropped' } : untouched;
}

function choose(fragment: PortFragment, chance: number): Route {
  if (!fragment.hasEndpoints) return { verdict: 'refused' };
  const endpoints = fragment.port.internalLocal ? fragment.local : fragment.cluster;
  const endpoint = endpoints[Math.floor(chance * endpoints.length)];
  if (!endpoint) return { verdict: 'dropped' };
  const port = Number(endpoint.key.slice(endpoint.ip.length + 1));
  return { verdict: 'forward', ip: endpoint.ip, port, host: endpoint.nodeName };
}
