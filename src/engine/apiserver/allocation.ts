import type { Service, ServicePort, ServiceSpec, Status } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { type FieldError, internalError, invalidStatus } from '../api/status.ts';
import { needsClusterIP, needsHealthCheckNodePort, needsNodePort } from '../api/strategies/service.ts';
import type { Env } from '../kernel/types.ts';
import { type ApiServerState, allocationsOf } from './state.ts';

const SERVICES = '/registry/services/specs/';
const DEFAULT_SUBNET = '10.96.0.0/16';
const FIRST_PORT = 30_000;
const LAST_PORT = 32_767;
/** Random tries before the band is walked. */
const TRIES = 32;

type Allocated = { readonly object: KubernetesObject } | { readonly status: Status };

/** What a set of numbers has to give away, and which of them are taken. */
interface Range {
  readonly first: number;
  readonly size: number;
  /** The lowest so many are left to those who ask for one by name, as long as there are others. */
  readonly reserved: number;
  isTaken(number: number): boolean;
}

/**
 * A new Service with its cluster IP and node ports; other kinds need nothing.
 * Source: pkg/registry/core/service/storage/alloc.go
 */
export function allocateForCreate(state: ApiServerState, env: Env, object: KubernetesObject): Allocated {
  if (object.kind !== 'Service') return { object };
  return allocate(state, env, object as Service, undefined);
}

/** A changed Service: what it has stays, what its new type needs is added. */
export function allocateForUpdate(
  state: ApiServerState,
  env: Env,
  object: KubernetesObject,
  old: KubernetesObject,
): Allocated {
  return allocate(state, env, object as Service, old as Service);
}

function allocate(state: ApiServerState, env: Env, service: Service, old: Service | undefined): Allocated {
  const errors: FieldError[] = [];
  let spec = service.spec;
  try {
    spec = withClusterIP(state, env, spec, old?.spec, errors);
    if (errors.length === 0) spec = withNodePorts(state, env, spec, old?.spec, errors);
  } catch (error) {
    if (error instanceof RangeFull) return { status: internalError(error.message) };
    throw error;
  }
  if (errors.length > 0) return { status: invalidStatus('Service', '', service.metadata.name, errors) };
  return { object: spec === service.spec ? service : { ...service, spec } };
}

class RangeFull extends Error {}

function withClusterIP(
  state: ApiServerState,
  env: Env,
  spec: ServiceSpec,
  old: ServiceSpec | undefined,
  errors: FieldError[],
): ServiceSpec {
  if (!needsClusterIP(spec)) return spec;
  const wanted = spec.clusterIPs?.[0] ?? spec.clusterIP;
  if (wanted === 'None' || (old !== undefined && wanted !== undefined && wanted === old.clusterIP)) return spec;
  // An address is changed by nobody: validation says so.
  if (old?.clusterIP !== undefined && needsClusterIP(old)) return spec;
  const range = addresses(state);
  if (wanted === undefined) {
    const address = toAddress(pick(range, env, 'failed to allocate a serviceIP: range is full'));
    return { ...spec, clusterIP: address, clusterIPs: [address] };
  }
  const number = fromAddress(wanted);
  const refuse = (detail: string): ServiceSpec => {
    const value = spec.clusterIPs ?? [wanted];
    errors.push({
      type: 'Invalid',
      field: 'spec.clusterIPs',
      value,
      detail: `failed to allocate IP ${wanted}: ${detail}`,
    });
    return spec;
  };
  // What is no address at all is for validation to refuse.
  if (number === undefined) return spec;
  if (number < range.first || number >= range.first + range.size) {
    return refuse('the provided network does not match the current range');
  }
  return range.isTaken(number) ? refuse('provided IP is already allocated') : spec;
}

function withNodePorts(
  state: ApiServerState,
  env: Env,
  spec: ServiceSpec,
  old: ServiceSpec | undefined,
  errors: FieldError[],
): ServiceSpec {
  const needsHealth = needsHealthCheckNodePort(spec);
  if (!needsNodePort(spec) && !needsHealth && !spec.ports?.some((port) => port.nodePort)) return spec;
  const own = new Set<number | undefined>((old?.ports ?? []).map((port) => port.nodePort));
  own.add(old?.healthCheckNodePort);
  const size = LAST_PORT - FIRST_PORT + 1;
  const reserved = Math.min(Math.max(16, Math.floor(size / 32)), 128);
  // One number serves several protocols of the same port.
  const given = new Map<number, Set<string>>();
  const claim = (number: number, protocol: string): void => {
    given.set(number, (given.get(number) ?? new Set()).add(protocol));
  };
  const isTaken = (number: number): boolean =>
    given.has(number) || (!own.has(number) && isAllocated(state, String(number)));
  const range: Range = { first: FIRST_PORT, size, reserved, isTaken };
  const full = 'failed to allocate a nodePort: range is full';
  let ports = spec.ports;
  ports?.forEach((port, index) => {
    const { nodePort } = port;
    if (!nodePort || !needsNodePort(spec)) return;
    const field = `spec.ports[${index}].nodePort`;
    const sharing = given.get(nodePort);
    if (nodePort < FIRST_PORT || nodePort > LAST_PORT) {
      const detail = `provided port is not in the valid range. The range of valid ports is ${FIRST_PORT}-${LAST_PORT}`;
      errors.push({ type: 'Invalid', field, value: nodePort, detail });
    } else if (sharing === undefined ? isTaken(nodePort) : sharing.has(port.protocol ?? 'TCP')) {
      errors.push({ type: 'Invalid', field, value: nodePort, detail: 'provided port is already allocated' });
    } else claim(nodePort, port.protocol ?? 'TCP');
  });
  if (errors.length > 0) return spec;
  if (needsNodePort(spec)) {
    ports = ports?.map((port): ServicePort => {
      if (port.nodePort) return port;
      const nodePort = pick(range, env, full);
      claim(nodePort, port.protocol ?? 'TCP');
      return { ...port, nodePort };
    });
  }
  const same = ports === spec.ports || ports?.every((port, i) => port === spec.ports?.[i]);
  const result = same ? spec : { ...spec, ports };
  if (!needsHealth || result.healthCheckNodePort) return result;
  return { ...result, healthCheckNodePort: pick(range, env, full) };
}

/** A free number: at random above the reserved band, and from that band only when the rest is full. */
function pick({ first, size, reserved, isTaken }: Range, env: Env, full: string): number {
  const start = reserved < size ? reserved : 0;
  for (let i = 0; i < TRIES; i++) {
    const number = first + start + Math.floor(env.random() * (size - start));
    if (!isTaken(number)) return number;
  }
  for (let i = 0; i < size; i++) {
    const number = first + ((start + i) % size);
    if (!isTaken(number)) return number;
  }
  throw new RangeFull(full);
}

/** The cluster IPs: without the network's own address, and without the last one of an IPv4 network. */
function addresses(state: ApiServerState): Range {
  const [base = '', bits = '16'] = (state.config.serviceSubnet ?? DEFAULT_SUBNET).split('/');
  const all = 2 ** (32 - Number(bits));
  const size = all - 2;
  const reserved = size <= 16 ? 0 : Math.min(Math.max(16, Math.floor(size / 16)), 256);
  const isTaken = (number: number): boolean => isAllocated(state, toAddress(number));
  return { first: (fromAddress(base) as number) + 1, size, reserved, isTaken };
}

/** The first address of the range, which Service `kubernetes` has. */
export function firstClusterIP(subnet = DEFAULT_SUBNET): string {
  return toAddress((fromAddress(subnet.split('/')[0] as string) as number) + 1);
}

/** Whether a Service has this address or port, in the cache or written a moment ago. */
function isAllocated(state: ApiServerState, what: string): boolean {
  for (const key of state.objects.keysBy('allocated', what)) if (!state.written.has(key)) return true;
  for (const [key, object] of state.written) {
    if (object !== null && key.startsWith(SERVICES) && allocationsOf(object as Service).includes(what)) return true;
  }
  return false;
}

function fromAddress(text: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  return match.slice(1).reduce((number, part) => number * 256 + Number(part), 0);
}

function toAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
}
