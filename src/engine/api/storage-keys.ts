import type { KubernetesObject } from './object.ts';
import { RESOURCES, type Resource, resourceOfKind } from './resources.ts';

/** Resources whose key does not follow their plural (pkg/kubeapiserver/default_storage_factory_builder.go). */
const FOLDERS: Readonly<Record<string, string>> = { nodes: 'minions', services: 'services/specs' };

const prefixes = new Map(RESOURCES.map(({ plural }) => [plural, `/registry/${FOLDERS[plural] ?? plural}/`]));

/** `/registry/pods/`: where all objects of a resource are stored. */
export function storagePrefix({ plural }: Pick<Resource, 'plural'>): string {
  return prefixes.get(plural) ?? `/registry/${plural}/`;
}

/** `/registry/pods/default/` for `/registry/pods/default/web-1`. */
export const folderOf = rememberingLast((key) => key.slice(0, key.lastIndexOf('/') + 1));
/** `/registry/pods/` for `/registry/pods/default/`. */
export const folderAbove = rememberingLast((folder) => folder.slice(0, folder.lastIndexOf('/', folder.length - 2) + 1));

/** Indexes ask the same of the old and the new row: the second answer is the very same text as the first. */
function rememberingLast(make: (text: string) => string): typeof make {
  let last = '';
  let result = '';
  return (text) => {
    if (text !== last) {
      result = make(text);
      last = text;
    }
    return result;
  };
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
