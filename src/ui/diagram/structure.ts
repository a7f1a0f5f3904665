import type { Service } from '../../engine/api/generated/types.ts';
import { componentOf, hostOf, keyOf } from '../store/keys.ts';
import type { Mirror } from '../store/mirror.ts';

/** What the layout depends on: which parts there are, never how they are. */
export interface Structure {
  readonly controlPlanes: readonly string[];
  readonly workers: readonly string[];
  /** Hosts of etcd members. */
  readonly etcd: readonly string[];
  readonly hasCloud: boolean;
  /** Keys of Services that have a row of their own, users' first. */
  readonly services: readonly string[];
  /** How many Services have no row. */
  readonly moreServices: number;
}

/** Rows of the Service band; what is more is counted. */
const MAX_SERVICE_ROWS = 4;

/** Reads the structure from the mirror. Equal structures have equal `structureId`s. */
export function structureOf(mirror: Mirror): Structure {
  const controlPlanes: string[] = [];
  const workers: string[] = [];
  for (const name of mirror.machineNames()) {
    const role = mirror.machine(name)?.role;
    if (role === 'control-plane') controlPlanes.push(name);
    else if (role === 'worker') workers.push(name);
  }
  const addresses = mirror.addresses();
  const etcd = addresses.filter((address) => componentOf(address) === 'etcd').map(hostOf);
  const services = mirror.keysOfKind('Service').toSorted((a, b) => rank(mirror, a) - rank(mirror, b));
  return {
    controlPlanes,
    workers,
    etcd,
    hasCloud: addresses.some((address) => componentOf(address) === 'cloud-controller-manager'),
    services: services.slice(0, MAX_SERVICE_ROWS),
    moreServices: Math.max(0, services.length - MAX_SERVICE_ROWS),
  };
}

export function structureId({ controlPlanes, workers, etcd, hasCloud, services, moreServices }: Structure): string {
  return [controlPlanes, workers, etcd, hasCloud, services, moreServices].map(String).join('|');
}

const KUBERNETES = keyOf('Service', 'default', 'kubernetes');

/** Users' Services first, in the order of their making; then the cluster's own. */
function rank(mirror: Mirror, key: string): number {
  if (key === KUBERNETES) return Number.MAX_SAFE_INTEGER;
  const service = mirror.object<Service>(key);
  if (service?.metadata.namespace === 'kube-system') return Number.MAX_SAFE_INTEGER - 1;
  return Date.parse(service?.metadata.creationTimestamp ?? '') || 0;
}
