import type { Service } from '../../engine/api/generated/types.ts';
import { componentOf, hostOf } from '../store/keys.ts';
import type { Mirror } from '../store/mirror.ts';

/** What the layout depends on: which parts there are, never how they are. */
export interface Structure {
  readonly controlPlanes: readonly string[];
  readonly workers: readonly string[];
  /** Hosts of API servers, etcd members, and of a member that has a machine to itself. */
  readonly apiservers: readonly string[];
  readonly etcd: readonly string[];
  readonly etcdMachines: readonly string[];
  /** The address of what stands in front of several API servers. */
  readonly loadBalancer: string | undefined;
  readonly hasCloud: boolean;
  /** Keys of Services that have a row of their own. */
  readonly services: readonly string[];
  /** Those of the cluster itself: `kube-dns` and `kubernetes`. */
  readonly systemServices: readonly string[];
  /** How many Services have no row. */
  readonly moreServices: number;
}

/** Rows of the Service band; what is more is counted. */
const MAX_SERVICE_ROWS = 4;
const MAX_SYSTEM_SERVICES = 3;

/** Reads the structure from the mirror. Equal structures have equal `structureId`s. */
export function structureOf(mirror: Mirror): Structure {
  const controlPlanes: string[] = [];
  const workers: string[] = [];
  const etcdMachines: string[] = [];
  for (const name of mirror.machineNames()) {
    const role: string | undefined = mirror.machine(name)?.role;
    if (role === 'control-plane') controlPlanes.push(name);
    else if (role === 'worker') workers.push(name);
    else if (role === 'etcd') etcdMachines.push(name);
  }
  const addresses = mirror.addresses();
  const hostsOf = (component: string): string[] =>
    addresses
      .filter((address) => componentOf(address) === component)
      .map(hostOf)
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  const [system, users] = partition(mirror.keysOfKind('Service'), isSystemService);
  const services = users.toSorted((a, b) => madeAt(mirror, a) - madeAt(mirror, b));
  return {
    controlPlanes,
    workers,
    apiservers: hostsOf('apiserver'),
    etcd: hostsOf('etcd'),
    etcdMachines,
    loadBalancer: addresses.find((address) => componentOf(address) === 'load-balancer'),
    hasCloud: addresses.some((address) => componentOf(address) === 'cloud-controller-manager'),
    services: services.slice(0, MAX_SERVICE_ROWS),
    systemServices: system.slice(0, MAX_SYSTEM_SERVICES),
    moreServices: Math.max(0, services.length - MAX_SERVICE_ROWS),
  };
}

export function structureId(structure: Structure): string {
  return Object.values(structure).map(String).join('|');
}

/** The API server's own Service, and what runs in kube-system. */
export const isSystemService = (key: string): boolean =>
  key === 'Service/default/kubernetes' || key.startsWith('Service/kube-system/');

function partition(keys: readonly string[], isFirst: (key: string) => boolean): readonly [string[], string[]] {
  return [keys.filter(isFirst), keys.filter((key) => !isFirst(key))];
}

const madeAt = (mirror: Mirror, key: string): number =>
  Date.parse(mirror.object<Service>(key)?.metadata.creationTimestamp ?? '') || 0;
