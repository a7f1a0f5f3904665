import type { EndpointSlice, Service } from '../api/generated/types.ts';
import { extended } from '../api/share.ts';

/** One port of one Service, reduced to what rules depend on. */
export interface ServicePort {
  /** `namespace/name` or `namespace/name:port`. */
  readonly name: string;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly clusterIP: string;
  readonly port: number;
  readonly nodePort: number;
  readonly externalIPs: readonly string[];
  readonly loadBalancerIPs: readonly string[];
  readonly sourceRanges: readonly string[];
  readonly healthCheckNodePort: number;
  /** Seconds that ClientIP affinity lasts; 0 without affinity. */
  readonly affinitySeconds: number;
  readonly internalLocal: boolean;
  readonly externalLocal: boolean;
  /** Every endpoint that could serve at all, sorted by its `IP:port` text. */
  readonly endpoints: readonly Endpoint[];
}

/** One address of an EndpointSlice with its port, conditions resolved. */
export interface Endpoint {
  readonly ip: string;
  /** `IP:port`. */
  readonly key: string;
  readonly nodeName: string;
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
  readonly zoneHints: readonly string[];
  readonly nodeHints: readonly string[];
}

/** Label with which a Service asks for another proxy than kube-proxy. */
export const LABEL_SERVICE_PROXY_NAME = 'service.kubernetes.io/service-proxy-name';

const NONE: readonly string[] = [];
const DEFAULT_AFFINITY_SECONDS = 10800;

/**
 * The ports of a Service that get rules, with the endpoints of its slices (which must be its own). Empty for ExternalName,
 * headless Services and those of another proxy.
 * Source: kubernetes/pkg/proxy/util/utils.go (ShouldSkipService), pkg/proxy/serviceport.go, pkg/proxy/endpointslicecache.go.
 */
export function servicePorts(service: Service, slices: readonly EndpointSlice[]): readonly ServicePort[] {
  const spec = service.spec;
  const clusterIP = spec?.clusterIP ?? '';
  if (!spec || spec.type === 'ExternalName' || clusterIP === '' || clusterIP === 'None' || !isIPv4(clusterIP))
    return [];
  const labels = service.metadata?.labels;
  if (labels && LABEL_SERVICE_PROXY_NAME in labels) return [];

  const type = spec.type ?? 'ClusterIP';
  const externalIPs = (spec.externalIPs ?? NONE).filter(isIPv4);
  const external = type === 'NodePort' || type === 'LoadBalancer' || externalIPs.length > 0;
  const externalLocal = external && spec.externalTrafficPolicy === 'Local';
  const shared = {
    clusterIP,
    externalIPs,
    loadBalancerIPs: loadBalancerIPs(service),
    sourceRanges: sourceRanges(spec.loadBalancerSourceRanges ?? NONE),
    healthCheckNodePort: type === 'LoadBalancer' && externalLocal ? (spec.healthCheckNodePort ?? 0) : 0,
    affinitySeconds:
      spec.sessionAffinity === 'ClientIP'
        ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_AFFINITY_SECONDS)
        : 0,
    internalLocal: spec.internalTrafficPolicy === 'Local',
    externalLocal,
  };
  const namespace = service.metadata?.namespace ?? '';
  const name = service.metadata?.name ?? '';
  return (spec.ports ?? []).map((port) =>
    extended(shared, {
      name: port.name ? `${namespace}/${name}:${port.name}` : `${namespace}/${name}`,
      protocol: protocolName(port.protocol),
      port: port.port,
      nodePort: port.nodePort ?? 0,
      endpoints: endpointsOf(slices, port.name ?? '', port.protocol ?? 'TCP'),
    }),
  );
}

function protocolName(protocol: string | undefined): ServicePort['protocol'] {
  if (protocol === 'UDP') return 'udp';
  return protocol === 'SCTP' ? 'sctp' : 'tcp';
}

function loadBalancerIPs(service: Service): readonly string[] {
  const ingress = service.status?.loadBalancer?.ingress;
  if (!ingress) return NONE;
  // A balancer of ipMode Proxy terminates the connection itself: pods must really go there.
  return ingress
    .filter((entry) => entry.ip && isIPv4(entry.ip) && entry.ipMode !== 'Proxy')
    .map((entry) => entry.ip as string);
}

function sourceRanges(ranges: readonly string[]): readonly string[] {
  const trimmed = ranges.map((range) => range.trim()).filter(isIPv4);
  return trimmed.some((range) => range.endsWith('/0')) ? NONE : trimmed;
}

function endpointsOf(slices: readonly EndpointSlice[], portName: string, protocol: string): readonly Endpoint[] {
  const all = slices.flatMap((slice) => endpointsIn(slice, portName, protocol));
  // The sort is stable, so that of an address that is there twice the first slice's stays; sorted runs cost it little.
  if (slices.length > 1) all.sort(byEndpointKey);
  return all.filter(({ key }, i) => i === 0 || key !== all[i - 1]?.key);
}

/** What was found in a slice: of a large Service's many slices few change at a time. */
const known = new WeakMap<EndpointSlice, { readonly port: string; readonly endpoints: readonly Endpoint[] }>();

/** The endpoints of one slice for a port, in the order of their keys. */
function endpointsIn(slice: EndpointSlice, portName: string, protocol: string): readonly Endpoint[] {
  const wanted = `${portName} ${protocol}`;
  const found = known.get(slice);
  if (found?.port === wanted) return found.endpoints;
  const endpoints: Endpoint[] = [];
  for (const port of slice.addressType === 'IPv4' ? (slice.ports ?? []) : []) {
    if ((port.name ?? '') !== portName || (port.protocol ?? 'TCP') !== protocol || !port.port) continue;
    for (const entry of slice.endpoints ?? []) {
      const ip = entry.addresses[0];
      if (ip === undefined) continue;
      endpoints.push({
        ip,
        key: `${ip}:${port.port}`,
        nodeName: entry.nodeName ?? '',
        ready: entry.conditions?.ready ?? true,
        serving: entry.conditions?.serving ?? true,
        terminating: entry.conditions?.terminating ?? false,
        zoneHints: entry.hints?.forZones?.map((zone) => zone.name) ?? NONE,
        nodeHints: entry.hints?.forNodes?.map((node) => node.name) ?? NONE,
      });
    }
  }
  endpoints.sort(byEndpointKey);
  known.set(slice, { port: wanted, endpoints });
  return endpoints;
}

function byEndpointKey(a: Endpoint, b: Endpoint): number {
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}

function isIPv4(address: string): boolean {
  return address.includes('.') && !address.includes(':');
}
