import type { EndpointSlice, Service, ServicePort, ServiceSpec } from '../generated/types.ts';
import { checkLabel, checkPortNumber, checkQualifiedName, checkSubdomain, isCIDR, isIP, isIPv4 } from '../names.ts';
import { Verbatim } from '../status.ts';
import { needsClusterIP, needsHealthCheckNodePort } from '../strategies/service.ts';
import {
  complain,
  duplicate,
  type Errors,
  forbidden,
  IMMUTABLE,
  invalid,
  oneOf,
  portNumberOrName,
  required,
  tooMany,
  unsupported,
} from './field.ts';
import { validateLabels } from './labels.ts';
import { NOT_AN_IP } from './pod.ts';

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];
const DAY_SECONDS = 86_400;

/** Source: pkg/apis/core/validation/validation.go (ValidateService) */
export function validateService(errors: Errors, service: Service): void {
  const { spec } = service;
  const isHeadless = spec.clusterIP === 'None';
  const ports = spec.ports ?? [];
  if (ports.length === 0 && !isHeadless && spec.type !== 'ExternalName') required(errors, 'spec.ports');
  if (spec.type === 'ExternalName') validateExternalName(errors, spec);
  else if (isHeadless && spec.type !== 'ClusterIP')
    invalid(errors, 'spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`);
  const names = new Set<string>();
  for (const [index, port] of ports.entries())
    validatePort(errors, `spec.ports[${index}]`, port, ports.length > 1, names);
  validateLabels(errors, 'spec.selector', spec.selector);
  validateAffinity(errors, spec);
  validateClusterIPs(errors, spec);
  for (const [index, ip] of (spec.externalIPs ?? []).entries())
    if (!isIP(ip)) invalid(errors, `spec.externalIPs[${index}]`, ip, NOT_AN_IP);
  oneOf(errors, 'spec.type', spec.type, TYPES);
  if (spec.type === 'ClusterIP')
    for (const [index, port] of ports.entries())
      if (port.nodePort !== undefined)
        forbidden(errors, `spec.ports[${index}].nodePort`, "may not be used when `type` is 'ClusterIP'");
  validateDistinctPorts(errors, ports);
  validateTraffic(errors, spec);
}

/** Source: pkg/apis/core/validation/validation.go (ValidateServiceUpdate) */
export function validateServiceUpdate(errors: Errors, service: Service, old: Service): void {
  const { spec } = service;
  if (needsClusterIP(spec) && needsClusterIP(old.spec)) {
    const before = old.spec.clusterIPs ?? [];
    const now = spec.clusterIPs ?? [];
    if (before.length > 0 && now.length === 0)
      invalid(errors, 'spec.clusterIPs[0]', now, 'primary clusterIP can not be unset');
    else if (before.length > 0 && now[0] !== before[0])
      invalid(errors, 'spec.clusterIPs[0]', now, 'may not change once set');
  }
  validateService(errors, service);
}

function validateExternalName(errors: Errors, spec: ServiceSpec): void {
  if ((spec.clusterIPs ?? []).length > 0)
    forbidden(errors, 'spec.clusterIPs', 'may not be set for ExternalName services');
  for (const key of ['ipFamilies', 'ipFamilyPolicy'] as const)
    if (spec[key] !== undefined) forbidden(errors, `spec.${key}`, 'may not be set for ExternalName services');
  const name = spec.externalName?.replace(/\.$/, '') ?? '';
  if (name === '') required(errors, 'spec.externalName');
  else complain(errors, 'spec.externalName', name, checkSubdomain(name));
}

function validatePort(
  errors: Errors,
  at: string,
  port: ServicePort,
  isNameRequired: boolean,
  names: Set<string>,
): void {
  const name = port.name ?? '';
  if (name === '') {
    if (isNameRequired) required(errors, `${at}.name`);
  } else {
    complain(errors, `${at}.name`, name, checkLabel(name));
    if (names.has(name)) duplicate(errors, `${at}.name`, name);
    names.add(name);
  }
  complain(errors, `${at}.port`, port.port, checkPortNumber(port.port));
  oneOf(errors, `${at}.protocol`, port.protocol, PROTOCOLS);
  portNumberOrName(errors, `${at}.targetPort`, port.targetPort);
  if (port.appProtocol !== undefined)
    complain(errors, `${at}.appProtocol`, port.appProtocol, checkQualifiedName(port.appProtocol));
}

function validateAffinity(errors: Errors, spec: ServiceSpec): void {
  oneOf(errors, 'spec.sessionAffinity', spec.sessionAffinity, ['ClientIP', 'None']);
  const at = 'spec.sessionAffinityConfig';
  if (spec.sessionAffinity === 'ClientIP') {
    const seconds = spec.sessionAffinityConfig?.clientIP?.timeoutSeconds;
    if (seconds === undefined) required(errors, at, 'when session affinity type is ClientIP');
    else if (seconds <= 0 || seconds > DAY_SECONDS)
      invalid(errors, `${at}.clientIP.timeoutSeconds`, seconds, `must be greater than 0 and less than ${DAY_SECONDS}`);
  } else if (spec.sessionAffinityConfig !== undefined)
    forbidden(errors, at, 'must not be set when session affinity is None');
}

function validateClusterIPs(errors: Errors, spec: ServiceSpec): void {
  if (!needsClusterIP(spec)) return;
  const addresses = spec.clusterIPs ?? [];
  if (spec.clusterIP !== undefined && addresses[0] !== spec.clusterIP)
    invalid(errors, 'spec.clusterIPs', addresses, 'first value must match `clusterIP`');
  for (const [index, address] of addresses.entries()) {
    const at = `spec.clusterIPs[${index}]`;
    if (address === 'None') {
      if (addresses.length > 1)
        invalid(errors, 'spec.clusterIPs', addresses, "'None' must be the first and only value");
    } else if (!isIP(address)) invalid(errors, at, address, NOT_AN_IP);
  }
  if (addresses.length > 2) invalid(errors, 'spec.clusterIPs', addresses, 'may only hold up to 2 values');
}

function validateDistinctPorts(errors: Errors, ports: readonly ServicePort[]): void {
  const numbers = new Set<string>();
  const nodePorts = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const at = `spec.ports[${index}]`;
    if (port.nodePort !== undefined) {
      const key = `${port.protocol}/${port.nodePort}`;
      if (nodePorts.has(key)) duplicate(errors, `${at}.nodePort`, port.nodePort);
      nodePorts.add(key);
    }
    const key = `${port.protocol}/${port.port}`;
    if (numbers.has(key)) duplicate(errors, at, internalPort(port));
    numbers.add(key);
  }
}

/** The server shows its own form of the port here: the fields that have to differ, the others empty. */
function internalPort({ protocol, port }: ServicePort): Verbatim {
  const fields = { Name: '', Protocol: protocol ?? '', AppProtocol: null, Port: port, TargetPort: 0, NodePort: 0 };
  return new Verbatim(JSON.stringify(fields));
}

function validateTraffic(errors: Errors, spec: ServiceSpec): void {
  const ranges = spec.loadBalancerSourceRanges ?? [];
  if (ranges.length > 0 && spec.type !== 'LoadBalancer')
    forbidden(errors, 'spec.LoadBalancerSourceRanges', "may only be used when `type` is 'LoadBalancer'");
  for (const [index, range] of ranges.entries())
    if (!isCIDR(range.trim()))
      invalid(
        errors,
        `spec.LoadBalancerSourceRanges[${index}]`,
        range.trim(),
        'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)',
      );
  if (spec.allocateLoadBalancerNodePorts !== undefined && spec.type !== 'LoadBalancer')
    forbidden(errors, 'spec.allocateLoadBalancerNodePorts', "may only be used when `type` is 'LoadBalancer'");
  if (spec.loadBalancerClass !== undefined && spec.type !== 'LoadBalancer')
    forbidden(errors, 'spec.loadBalancerClass', "may only be used when `type` is 'LoadBalancer'");
  const isExternal =
    spec.type === 'LoadBalancer' ||
    spec.type === 'NodePort' ||
    (spec.externalIPs !== undefined && spec.type === 'ClusterIP');
  const policy = spec.externalTrafficPolicy;
  if (policy !== undefined) {
    if (!isExternal)
      invalid(errors, 'spec.externalTrafficPolicy', policy, 'may only be set for externally-accessible services');
    else oneOf(errors, 'spec.externalTrafficPolicy', policy, ['Cluster', 'Local']);
  }
  const healthPort = spec.healthCheckNodePort;
  if (healthPort !== undefined && !needsHealthCheckNodePort(spec))
    invalid(
      errors,
      'spec.healthCheckNodePort',
      healthPort,
      "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
    );
  if (spec.internalTrafficPolicy !== undefined)
    oneOf(errors, 'spec.internalTrafficPolicy', spec.internalTrafficPolicy, ['Cluster', 'Local']);
  if (spec.trafficDistribution !== undefined && !DISTRIBUTIONS.includes(spec.trafficDistribution))
    unsupported(errors, 'spec.trafficDistribution', spec.trafficDistribution, DISTRIBUTIONS);
}

const DISTRIBUTIONS = ['PreferClose', 'PreferSameZone', 'PreferSameNode'];

const ADDRESS_TYPES = ['FQDN', 'IPv4', 'IPv6'];
const MAX_ENDPOINTS = 1000;
const MAX_SLICE_PORTS = 20_000;
const MAX_ADDRESSES = 100;

/** Source: pkg/apis/discovery/validation/validation.go */
export function validateEndpointSlice(errors: Errors, slice: EndpointSlice, old?: EndpointSlice): void {
  oneOf(errors, 'addressType', slice.addressType, ADDRESS_TYPES);
  if (slice.endpoints !== old?.endpoints) validateEndpoints(errors, slice);
  const ports = slice.ports ?? [];
  if (ports.length > MAX_SLICE_PORTS) tooMany(errors, 'ports', ports.length, MAX_SLICE_PORTS);
  const names = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const name = port.name ?? '';
    if (name !== '') complain(errors, `ports[${index}].name`, name, checkLabel(name));
    if (names.has(name)) duplicate(errors, 'ports[].name', name);
    names.add(name);
    oneOf(errors, `ports[${index}].protocol`, port.protocol, PROTOCOLS);
  }
  if (old !== undefined && old.addressType !== slice.addressType)
    invalid(errors, 'addressType', slice.addressType, IMMUTABLE);
}

function validateEndpoints(errors: Errors, slice: EndpointSlice): void {
  const endpoints = slice.endpoints ?? [];
  if (endpoints.length > MAX_ENDPOINTS) tooMany(errors, 'endpoints', endpoints.length, MAX_ENDPOINTS);
  for (let index = 0; index < endpoints.length; index++) {
    const addresses = endpoints[index]?.addresses ?? [];
    if (addresses.length === 0) required(errors, `endpoints[${index}].addresses`, 'must contain at least 1 address');
    else if (addresses.length > MAX_ADDRESSES)
      tooMany(errors, `endpoints[${index}].addresses`, addresses.length, MAX_ADDRESSES);
    for (let position = 0; position < addresses.length; position++) {
      const address = addresses[position] as string;
      const at = `endpoints[${index}].addresses[${position}]`;
      if (slice.addressType === 'IPv4' && !isIPv4(address))
        invalid(errors, at, address, isIP(address) ? 'must be an IPv4 address' : NOT_AN_IP);
      if (slice.addressType === 'IPv6' && (isIPv4(address) || !isIP(address)))
        invalid(errors, at, address, isIP(address) ? 'must be an IPv6 address' : NOT_AN_IP);
      if (slice.addressType === 'FQDN') complain(errors, at, address, checkSubdomain(address));
    }
  }
}
