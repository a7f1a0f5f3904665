import type { KubernetesObject } from './object.ts';
import { type Resource, resourceOfKind } from './resources.ts';

/** Resources whose key does not follow their plural (pkg/kubeapiserver/default_storage_factory_builder.go). */
const FOLDERS: Readonly<Record<string, string>> = { nodes: 'minions', services: 'services/specs' };

/** `/registry/pods/`: where all objects of a resource are stored. */
export function storagePrefix(resource: Pick<Resource, 'plural'>): string {
  return `/registry/${FOLDERS[resource.plural] ?? resource.plural}/`;
}

/** `/registry/pods/default/web-1`: the etcd key of an object. */
export function storageKey(
  resource: Pick<Resource, 'plural' | 'namespaced'>,
  namespace: string | null | undefined,
  name: string,
): string {
  const prefix = storagePrefix(resource);
  return resource.namespaced ? `${prefix}${namespace}/${name}` : prefix + name;
}

/** The etcd key of an object of a kind that the server serves; undefined for others. */
export function storageKeyOf(object: KubernetesObject): string | undefined {
  const resource = resourceOfKind(object.apiVersion, object.kind);
  return resource && storageKey(resource, object.metadata.namespace, object.metadata.name);
}
