import type { Service, ServicePort, ServiceSpec } from '../generated/types.ts';
import { deepEqual, fill, put } from '../share.ts';

const NO_BALANCER: NonNullable<Service['status']> = Object.freeze({ loadBalancer: Object.freeze({}) });

/**
 * A new Service, before its addresses and ports are allocated.
 * Source: pkg/registry/core/service/strategy.go, pkg/registry/core/service/storage/alloc.go (initIPFamilyFields)
 */
export function prepareServiceForCreate(service: Service): Service {
  const spec = withIPFamilies(withBothClusterIPs(service.spec));
  return { ...service, spec, status: NO_BALANCER };
}

/**
 * The main resource: what was allocated stays unless another value is asked for, what the new type has no use
 * for goes, the status stays.
 * Source: pkg/registry/core/service/strategy.go (patchAllocatedValues, dropTypeDependentFields), storage/storage.go
 * (normalizeClusterIPs)
 */
export function prepareServiceForUpdate(service: Service, old: Service): Service {
  const before = old.spec;
  let spec = withBothClusterIPs(withAllocated(service.spec, before), before);
  if (spec !== before) spec = withoutUnused(spec, before);
  if (needsClusterIP(spec)) spec = withIPFamilies(spec);
  return put(put(service, 'spec', spec), 'status', old.status);
}

export function needsClusterIP(spec: ServiceSpec): boolean {
  return spec.type !== 'ExternalName';
}

export function needsNodePort(spec: ServiceSpec): boolean {
  return spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
}

/** A port of its own for health checks: load balancers that only send to nodes with local endpoints. */
export function needsHealthCheckNodePort(spec: ServiceSpec): boolean {
  return spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';
}

/** `clusterIP` and the first of `clusterIPs` are the same field twice. */
function withBothClusterIPs(spec: ServiceSpec, before?: ServiceSpec): ServiceSpec {
  // Who knows only the older field changes the first of the newer one with it.
  if (before && spec.clusterIP && spec.clusterIP !== before.clusterIP && deepEqual(spec.clusterIPs, before.clusterIPs))
    return { ...spec, clusterIPs: [spec.clusterIP] };
  if (spec.clusterIP !== undefined && spec.clusterIPs === undefined) return { ...spec, clusterIPs: [spec.clusterIP] };
  if (spec.clusterIP === undefined && spec.clusterIPs?.[0] !== undefined)
    return { ...spec, clusterIP: spec.clusterIPs[0] };
  return spec;
}

function withIPFamilies(spec: ServiceSpec): ServiceSpec {
  if (!needsClusterIP(spec)) return spec;
  return fill(spec, { ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' });
}

function withAllocated(spec: ServiceSpec, before: ServiceSpec): ServiceSpec {
  let out = spec;
  if (needsClusterIP(spec) && needsClusterIP(before))
    out = fill(out, {
      clusterIP: before.clusterIP,
      ...(out.clusterIP === undefined && { clusterIPs: before.clusterIPs }),
    });
  if (needsNodePort(out) && needsNodePort(before) && out.ports !== undefined && out.ports !== before.ports)
    out = put(
      out,
      'ports',
      out.ports.map((port) => withNodePort(port, before.ports ?? [])),
    );
  if (needsHealthCheckNodePort(out) && needsHealthCheckNodePort(before))
    out = fill(out, { healthCheckNodePort: before.healthCheckNodePort });
  return out;
}

function withNodePort(port: ServicePort, before: readonly ServicePort[]): ServicePort {
  if (port.nodePort !== undefined) return port;
  const same = before.find((entry) => entry.port === port.port && entry.protocol === port.protocol);
  return same?.nodePort === undefined ? port : { ...port, nodePort: same.nodePort };
}

/** Only values that the user left as they were are dropped; changed ones are for validation to refuse. */
function withoutUnused(spec: ServiceSpec, before: ServiceSpec): ServiceSpec {
  let out = spec;
  const drop = (key: keyof ServiceSpec) => {
    if (out[key] !== undefined && deepEqual(out[key], before[key])) out = put(out, key, undefined);
  };
  if (needsClusterIP(before) && !needsClusterIP(out))
    for (const key of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy', 'internalTrafficPolicy'] as const)
      drop(key);
  if (needsNodePort(before) && !needsNodePort(out) && out.ports !== undefined)
    out = put(
      out,
      'ports',
      out.ports.map((port) =>
        before.ports?.some((entry) => entry.nodePort === port.nodePort) ? put(port, 'nodePort', undefined) : port,
      ),
    );
  if (needsHealthCheckNodePort(before) && !needsHealthCheckNodePort(out)) drop('healthCheckNodePort');
  if (before.type === 'LoadBalancer' && out.type !== 'LoadBalancer') {
    drop('allocateLoadBalancerNodePorts');
    drop('loadBalancerClass');
  }
  const isExternal = out.type === 'NodePort' || out.type === 'LoadBalancer' || (out.externalIPs?.length ?? 0) > 0;
  if (!isExternal) drop('externalTrafficPolicy');
  if (before.type === 'ExternalName' && out.type !== 'ExternalName') drop('externalName');
  return out;
}
