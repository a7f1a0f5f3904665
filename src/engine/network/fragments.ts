import type { EndpointSlice, Service } from '../api/generated/types.ts';
import { type Endpoint, type ServicePort, servicePorts } from './service-ports.ts';

/** What rules need to know about the machine that they are for. */
export interface ProxyNode {
  readonly name: string;
  readonly ip: string;
  /** Its label topology.kubernetes.io/zone, or empty. */
  readonly zone: string;
}

/**
 * All that decides the rules of one Service port on one node. Where the node makes no difference, all nodes get the very
 * same object, so rules made from it are made once.
 */
export interface PortFragment {
  readonly port: ServicePort;
  /** Endpoints of the Cluster policy; empty when that policy is not used. */
  readonly cluster: readonly Endpoint[];
  /** Endpoints of the Local policy; empty when that policy is not used. */
  readonly local: readonly Endpoint[];
  /** The union of both, which get a chain of their own. */
  readonly reachable: readonly Endpoint[];
  /** Whether the Service has a usable endpoint anywhere, not just from here. */
  readonly hasEndpoints: boolean;
  /** Whether this node's address lies in the load balancer's source ranges. */
  readonly allowFromNode: boolean;
}

/**
 * The fragments of one Service on one node, from the identity of its objects: asked again with the same objects it
 * answers without computing, and for Services whose rules are the same everywhere without looking at the node.
 */
export function serviceFragments(
  service: Service,
  slices: readonly EndpointSlice[],
  node: ProxyNode,
): readonly PortFragment[] {
  const resolved = resolve(service, slices);
  if (resolved.everywhere) return resolved.everywhere;
  const key = `${node.name} ${node.ip} ${node.zone}`;
  let found = resolved.byNode.get(key);
  if (!found) {
    found = resolved.ports.map((port) => fragmentFor(port, node, resolved.localByNode));
    resolved.byNode.set(key, found);
  }
  return found;
}

/** Whether traffic from outside the cluster has a way in (node port, external IP or load balancer IP). */
export function isExternallyAccessible(port: ServicePort): boolean {
  return port.nodePort !== 0 || port.loadBalancerIPs.length > 0 || port.externalIPs.length > 0;
}

/** Whether `10.1.2.3` lies in `10.1.0.0/16`. */
export function cidrContains(cidr: string, ip: string): boolean {
  const slash = cidr.indexOf('/');
  const bits = slash < 0 ? 32 : Number(cidr.slice(slash + 1));
  if (bits === 0) return true;
  const base = slash < 0 ? cidr : cidr.slice(0, slash);
  return (addressBits(base) ^ addressBits(ip)) >>> (32 - bits) === 0;
}

interface Resolved {
  readonly slices: readonly EndpointSlice[];
  readonly ports: readonly ServicePort[];
  readonly everywhere: readonly PortFragment[] | undefined;
  readonly byNode: Map<string, readonly PortFragment[]>;
  readonly localByNode: Map<ServicePort, Map<string, Endpoint[]>>;
}

// Only a cache: it changes how long an answer takes, never the answer. A few generations of slices are kept
// because nodes that sync a moment later still ask for the previous one.
const GENERATIONS = 3;
const cache = new WeakMap<Service, Resolved[]>();
const NO_ENDPOINTS: readonly Endpoint[] = [];

function resolve(service: Service, slices: readonly EndpointSlice[]): Resolved {
  let generations = cache.get(service);
  if (!generations) {
    generations = [];
    cache.set(service, generations);
  }
  for (const entry of generations) if (sameObjects(entry.slices, slices)) return entry;
  const ports = servicePorts(service, slices);
  const everywhere = ports.every((port) => !dependsOnNode(port))
    ? ports.map((port) => fragmentFor(port, undefined, new Map()))
    : undefined;
  const entry: Resolved = { slices, ports, everywhere, byNode: new Map(), localByNode: new Map() };
  generations.unshift(entry);
  if (generations.length > GENERATIONS) generations.pop();
  return entry;
}

function sameObjects(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function dependsOnNode(port: ServicePort): boolean {
  return (
    usesLocal(port) ||
    (port.sourceRanges.length > 0 && port.loadBalancerIPs.length > 0) ||
    port.endpoints.some((endpoint) => endpoint.zoneHints.length > 0 || endpoint.nodeHints.length > 0)
  );
}

// Also a Service that is Local inside needs the others once it can be reached from outside:
// pods and the node itself are short-cut to all endpoints.
function usesCluster(port: ServicePort): boolean {
  return !port.internalLocal || isExternallyAccessible(port);
}

function usesLocal(port: ServicePort): boolean {
  return port.internalLocal || (port.externalLocal && isExternallyAccessible(port));
}

/**
 * Which endpoints this node uses for each policy: ready ones, or failing any, those that still serve while terminating.
 * Source: kubernetes/pkg/proxy/topology.go (CategorizeEndpoints).
 */
function fragmentFor(
  port: ServicePort,
  node: ProxyNode | undefined,
  localByNode: Map<ServicePort, Map<string, Endpoint[]>>,
): PortFragment {
  const prefers = node ? topologyPreference(port, node) : undefined;
  const cluster = usesCluster(port) ? usable(port.endpoints, prefers) : NO_ENDPOINTS;
  const local = node && usesLocal(port) ? usable(onNode(port, node.name, localByNode), undefined) : NO_ENDPOINTS;
  const hasEndpoints = cluster.length > 0 || (usesLocal(port) && port.endpoints.some(isUsable));
  return {
    port,
    cluster,
    local,
    reachable: union(cluster, local),
    hasEndpoints,
    allowFromNode: node !== undefined && port.sourceRanges.some((range) => cidrContains(range, node.ip)),
  };
}

function usable(endpoints: readonly Endpoint[], prefers: ((e: Endpoint) => boolean) | undefined): readonly Endpoint[] {
  const ready = endpoints.filter((endpoint) => endpoint.ready && (!prefers || prefers(endpoint)));
  return ready.length > 0 ? ready : endpoints.filter((endpoint) => endpoint.serving && endpoint.terminating);
}

function isUsable(endpoint: Endpoint): boolean {
  return endpoint.ready || (endpoint.serving && endpoint.terminating);
}

function onNode(port: ServicePort, name: string, localByNode: Map<ServicePort, Map<string, Endpoint[]>>) {
  let index = localByNode.get(port);
  if (!index) {
    index = new Map();
    for (const endpoint of port.endpoints) {
      const list = index.get(endpoint.nodeName);
      if (list) list.push(endpoint);
      else index.set(endpoint.nodeName, [endpoint]);
    }
    localByNode.set(port, index);
  }
  return index.get(name) ?? NO_ENDPOINTS;
}

// Hints count only if every ready endpoint has one and one of them is for here.
function topologyPreference(port: ServicePort, node: ProxyNode): ((endpoint: Endpoint) => boolean) | undefined {
  const forNode = (endpoint: Endpoint): boolean => endpoint.nodeHints.includes(node.name);
  const forZone = (endpoint: Endpoint): boolean => endpoint.zoneHints.includes(node.zone);
  let allNodes = true;
  let allZones = true;
  let someNode = false;
  let someZone = false;
  for (const endpoint of port.endpoints) {
    if (!endpoint.ready) continue;
    if (endpoint.nodeHints.length === 0) allNodes = false;
    else if (forNode(endpoint)) someNode = true;
    if (endpoint.zoneHints.length === 0) allZones = false;
    else if (forZone(endpoint)) someZone = true;
  }
  if (allNodes && someNode) return forNode;
  return allZones && someZone ? forZone : undefined;
}

function union(cluster: readonly Endpoint[], local: readonly Endpoint[]): readonly Endpoint[] {
  const missing = local.filter((endpoint) => !cluster.includes(endpoint));
  return missing.length === 0 ? cluster : [...cluster, ...missing];
}

function addressBits(ip: string): number {
  const [a = '0', b = '0', c = '0', d = '0'] = ip.split('.');
  return ((Number(a) << 24) | (Number(b) << 16) | (Number(c) << 8) | Number(d)) >>> 0;
}
