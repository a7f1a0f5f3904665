import type { EndpointSlice } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { type ClientState, newClient } from '../client/index.ts';
import { defineTable } from '../kernel/table.ts';
import type { Address } from '../kernel/types.ts';

export interface CoreDnsConfig {
  readonly server: Address;
}

/** CoreDNS with the kubernetes plugin: its records are made from what it watches. */
export interface CoreDnsState {
  readonly client: ClientState;
  answered: number;
}

const newServices = defineTable<KubernetesObject>('coredns/services');
const newSlices = defineTable<KubernetesObject>('coredns/endpointslices', {
  service: (object) => serviceOf(object as unknown as EndpointSlice),
});
const newNamespaces = defineTable<KubernetesObject>('coredns/namespaces');

function serviceOf({ metadata }: Pick<EndpointSlice, 'metadata'>): string | undefined {
  const name = metadata?.labels?.['kubernetes.io/service-name'];
  return name === undefined ? undefined : `${metadata?.namespace}/${name}`;
}

export function createCoreDns({ server }: CoreDnsConfig): CoreDnsState {
  const client = newClient(server, 'system:serviceaccount:kube-system:coredns', 'CoreDNS', {
    services: { path: '/api/v1/services', table: newServices },
    endpointslices: { path: '/apis/discovery.k8s.io/v1/endpointslices', table: newSlices },
    namespaces: { path: '/api/v1/namespaces', table: newNamespaces },
  });
  return { client, answered: 0 };
}
