import type { Endpoint, EndpointPort, Node, Pod, Service, ServicePort } from '../../api/generated/types.ts';

export type AddressType = 'IPv4' | 'IPv6';

const ZONE_LABEL = 'topology.kubernetes.io/zone';

export function readyCondition(pod: Pod): { status: string; lastTransitionTime?: string } | undefined {
  for (const condition of pod.status?.conditions ?? []) if (condition.type === 'Ready') return condition;
  return undefined;
}

export function zoneOf(node: Node | undefined): string | undefined {
  return node?.metadata.labels?.[ZONE_LABEL];
}

/**
 * Whether a pod is listed at all: it has an address and has not ended. A terminating pod stays.
 * Source: staging/src/k8s.io/endpointslice/util/controller_utils.go (ShouldPodBeInEndpoints)
 */
export function isListed(pod: Pod): boolean {
  const status = pod.status;
  return (
    status?.podIP !== undefined && status.podIP !== '' && status.phase !== 'Succeeded' && status.phase !== 'Failed'
  );
}

/** What of a pod may change its endpoints; labels are compared by the caller. */
export function endpointsDiffer(old: Pod, pod: Pod): boolean {
  if (old.metadata.deletionTimestamp !== pod.metadata.deletionTimestamp) return true;
  if (old.spec?.nodeName !== pod.spec?.nodeName) return true;
  const before = old.status;
  const after = pod.status;
  if (before === after) return false;
  if (before?.podIP !== after?.podIP || before?.podIPs?.length !== after?.podIPs?.length) return true;
  const was = readyCondition(old);
  const is = readyCondition(pod);
  if (was?.status !== is?.status || was?.lastTransitionTime !== is?.lastTransitionTime) return true;
  return isListed(old) !== isListed(pod);
}

/** Ready, serving and terminating, and where the pod is. Source: staging/src/k8s.io/endpointslice/utils.go (podToEndpoint) */
export function endpointOf(pod: Pod, service: Service, node: Node, family: AddressType): Endpoint | undefined {
  const address = addressOf(pod, family);
  if (address === undefined) return undefined;
  const serving = readyCondition(pod)?.status === 'True';
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
  const zone = zoneOf(node);
  const { hostname, subdomain, nodeName } = pod.spec as { hostname?: string; subdomain?: string; nodeName?: string };
  const isNamed = hostname !== undefined && subdomain === service.metadata.name;
  const { name, namespace, uid } = pod.metadata;
  const hints = ready ? hintsOf(service, zone, nodeName) : undefined;
  return {
    addresses: [address],
    conditions: { ready, serving, terminating },
    ...(isNamed && { hostname }),
    targetRef: { kind: 'Pod', namespace, name, uid },
    nodeName,
    ...(zone !== undefined && { zone }),
    ...(hints && { hints }),
  };
}

function addressOf(pod: Pod, family: AddressType): string | undefined {
  const isWanted = (ip: string) => ip.includes(':') === (family === 'IPv6');
  for (const { ip } of pod.status?.podIPs ?? []) if (isWanted(ip)) return ip;
  const ip = pod.status?.podIP;
  return ip !== undefined && isWanted(ip) ? ip : undefined;
}

/** Source: staging/src/k8s.io/endpointslice/trafficdist/trafficdist.go */
function hintsOf(service: Service, zone?: string, node?: string): Endpoint['hints'] {
  const distribution = service.spec.trafficDistribution;
  if (distribution === undefined || zone === undefined) {
    return distribution === 'PreferSameNode' && node !== undefined ? { forNodes: [{ name: node }] } : undefined;
  }
  if (distribution === 'PreferClose' || distribution === 'PreferSameZone') return { forZones: [{ name: zone }] };
  if (distribution === 'PreferSameNode' && node !== undefined) {
    return { forZones: [{ name: zone }], forNodes: [{ name: node }] };
  }
  return undefined;
}

export function endpointsEqual(a: Endpoint, b: Endpoint): boolean {
  const left = a.conditions;
  const right = b.conditions;
  return (
    left?.ready === right?.ready &&
    left?.serving === right?.serving &&
    left?.terminating === right?.terminating &&
    a.addresses[0] === b.addresses[0] &&
    a.nodeName === b.nodeName &&
    a.zone === b.zone &&
    a.hostname === b.hostname &&
    a.targetRef?.uid === b.targetRef?.uid &&
    a.hints?.forZones?.[0]?.name === b.hints?.forZones?.[0]?.name &&
    a.hints?.forNodes?.[0]?.name === b.hints?.forNodes?.[0]?.name
  );
}

/**
 * The ports behind a Service's ports on one pod: a named target port is looked up in the pod's containers, and a Service
 * port without a match is left out. Source: staging/src/k8s.io/endpointslice/utils.go (getEndpointPorts)
 */
export function portsOf(service: Service, pod: Pod): EndpointPort[] {
  const ports: EndpointPort[] = [];
  for (const port of service.spec.ports ?? []) {
    const number = targetOf(port, pod);
    if (number === undefined) continue;
    const { name = '', protocol = 'TCP', appProtocol } = port;
    ports.push({ name, port: number, protocol, ...(appProtocol !== undefined && { appProtocol }) });
  }
  return ports;
}

export function hasNamedTarget(service: Service): boolean {
  return service.spec.ports?.some((port) => typeof port.targetPort === 'string') ?? false;
}

function targetOf(port: ServicePort, pod: Pod): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === 'number') return target === 0 ? port.port : target;
  const restartable = (pod.spec?.initContainers ?? []).filter((container) => container.restartPolicy === 'Always');
  for (const container of [...(pod.spec?.containers ?? []), ...restartable]) {
    for (const { name, containerPort, protocol = 'TCP' } of container.ports ?? []) {
      if (name === target && protocol === (port.protocol ?? 'TCP')) return containerPort;
    }
  }
  return undefined;
}

/** One text for equal address families and ports, in whatever order the ports stand. */
export function groupOf(family: string, ports: readonly EndpointPort[] | undefined | null): string {
  const texts = (ports ?? []).map((port) => `${port.name}/${port.protocol}/${port.port}/${port.appProtocol ?? ''}`);
  return `${family} ${texts.sort().join(',')}`;
}
