/** A part of a resource with its own path, such as `pods/binding`. */
export interface Subresource {
  readonly name: string;
  /** Kind of its body; `group` and `version` are given where they differ from the resource's. */
  readonly kind: string;
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
}

/** One kind that the API server serves. */
export interface Resource {
  readonly group: string;
  readonly version: string;
  /** `v1`, `apps/v1`. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  readonly subresources: readonly Subresource[];
}

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'] as const;
const GET_PATCH_UPDATE = ['get', 'patch', 'update'] as const;
const ALL_BUT_CONNECT = ['create', 'delete', 'get', 'patch', 'update'] as const;

const sub = (name: string, kind: string, verbs: readonly string[] = GET_PATCH_UPDATE): Subresource => ({
  name,
  kind,
  verbs,
});
const scale: Subresource = { ...sub('scale', 'Scale'), group: 'autoscaling', version: 'v1' };
const eviction: Subresource = { ...sub('eviction', 'Eviction', ['create']), group: 'policy', version: 'v1' };
const token: Subresource = {
  ...sub('token', 'TokenRequest', ['create']),
  group: 'authentication.k8s.io',
  version: 'v1',
};

type Row = Partial<Pick<Resource, 'namespaced' | 'shortNames' | 'categories' | 'verbs' | 'subresources' | 'plural'>>;

function resource(apiVersion: string, kind: string, row: Row = {}): Resource {
  const slash = apiVersion.indexOf('/');
  const singular = kind.toLowerCase();
  return {
    group: slash < 0 ? '' : apiVersion.slice(0, slash),
    version: apiVersion.slice(slash + 1),
    apiVersion,
    kind,
    plural: row.plural ?? `${singular}${singular.endsWith('s') ? 'es' : 's'}`,
    singular,
    namespaced: row.namespaced ?? true,
    shortNames: row.shortNames ?? [],
    categories: row.categories ?? [],
    verbs: row.verbs ?? VERBS,
    subresources: row.subresources ?? [],
  };
}

const RBAC = 'rbac.authorization.k8s.io/v1';
const ALL = { categories: ['all'] };
const CLUSTER = { namespaced: false };

/**
 * Every kind the API server serves, in the order of discovery.
 * Source: recorded discovery documents of v1.35.6; a test compares the two.
 */
export const RESOURCES: readonly Resource[] = [
  resource('v1', 'ConfigMap', { shortNames: ['cm'] }),
  resource('v1', 'Event', { shortNames: ['ev'] }),
  resource('v1', 'LimitRange', { shortNames: ['limits'] }),
  resource('v1', 'Namespace', {
    ...CLUSTER,
    shortNames: ['ns'],
    verbs: VERBS.filter((verb) => verb !== 'deletecollection'),
    subresources: [sub('finalize', 'Namespace', ['update']), sub('status', 'Namespace')],
  }),
  resource('v1', 'Node', {
    ...CLUSTER,
    shortNames: ['no'],
    subresources: [sub('proxy', 'NodeProxyOptions', ALL_BUT_CONNECT), sub('status', 'Node')],
  }),
  resource('v1', 'Pod', {
    ...ALL,
    shortNames: ['po'],
    subresources: [
      sub('attach', 'PodAttachOptions', ['create', 'get']),
      sub('binding', 'Binding', ['create']),
      sub('ephemeralcontainers', 'Pod'),
      eviction,
      sub('exec', 'PodExecOptions', ['create', 'get']),
      sub('log', 'Pod', ['get']),
      sub('portforward', 'PodPortForwardOptions', ['create', 'get']),
      sub('proxy', 'PodProxyOptions', ALL_BUT_CONNECT),
      sub('resize', 'Pod'),
      sub('status', 'Pod'),
    ],
  }),
  resource('v1', 'ResourceQuota', { shortNames: ['quota'], subresources: [sub('status', 'ResourceQuota')] }),
  resource('v1', 'Secret'),
  resource('v1', 'ServiceAccount', { shortNames: ['sa'], subresources: [token] }),
  resource('v1', 'Service', {
    ...ALL,
    shortNames: ['svc'],
    subresources: [sub('proxy', 'ServiceProxyOptions', ALL_BUT_CONNECT), sub('status', 'Service')],
  }),
  resource('apps/v1', 'ControllerRevision'),
  resource('apps/v1', 'DaemonSet', { ...ALL, shortNames: ['ds'], subresources: [sub('status', 'DaemonSet')] }),
  resource('apps/v1', 'Deployment', {
    ...ALL,
    shortNames: ['deploy'],
    subresources: [scale, sub('status', 'Deployment')],
  }),
  resource('apps/v1', 'ReplicaSet', {
    ...ALL,
    shortNames: ['rs'],
    subresources: [scale, sub('status', 'ReplicaSet')],
  }),
  resource('policy/v1', 'PodDisruptionBudget', {
    shortNames: ['pdb'],
    subresources: [sub('status', 'PodDisruptionBudget')],
  }),
  resource(RBAC, 'ClusterRoleBinding', CLUSTER),
  resource(RBAC, 'ClusterRole', CLUSTER),
  resource(RBAC, 'RoleBinding'),
  resource(RBAC, 'Role'),
  resource('scheduling.k8s.io/v1', 'PriorityClass', { ...CLUSTER, shortNames: ['pc'] }),
  resource('coordination.k8s.io/v1', 'Lease'),
  resource('discovery.k8s.io/v1', 'EndpointSlice'),
];

const byKind = new Map(RESOURCES.map((entry) => [`${entry.apiVersion}/${entry.kind}`, entry]));
const byBareKind = new Map(RESOURCES.map((entry) => [entry.kind, entry]));
const byPath = new Map(RESOURCES.map((entry) => [`${entry.apiVersion}/${entry.plural}`, entry]));

/** The resource of an object's kind; undefined if the API server does not serve it. */
export function resourceOfKind(apiVersion: string, kind: string): Resource | undefined {
  return byKind.get(`${apiVersion}/${kind}`);
}

/** The resource of a kind whose group is not known; kinds that are served have different names. */
export function resourceOfBareKind(kind: string): Resource | undefined {
  return byBareKind.get(kind);
}

/** The resource under `/api/v1/<plural>` or `/apis/<group>/<version>/<plural>`. */
export function resourceAt(apiVersion: string, plural: string): Resource | undefined {
  return byPath.get(`${apiVersion}/${plural}`);
}

/** `/api/v1`, `/apis/apps/v1`: where the resources of a group and version are. */
export function groupVersionPath({ group, apiVersion }: Pick<Resource, 'group' | 'apiVersion'>): string {
  return `/${group === '' ? 'api' : 'apis'}/${apiVersion}`;
}

/** Where the objects of a resource are: those of a namespace, or of all when none is given or the resource has none. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const within = resource.namespaced && namespace !== undefined ? `/namespaces/${namespace}` : '';
  return `${groupVersionPath(resource)}${within}/${resource.plural}`;
}

/** `pods`, `deployments.apps`: how messages name a resource. */
export function qualifiedResource(entry: Pick<Resource, 'group' | 'plural'>): string {
  return entry.group === '' ? entry.plural : `${entry.plural}.${entry.group}`;
}

/** `Pod`, `Deployment.apps`: how messages name a kind. */
export function qualifiedKind(group: string, kind: string): string {
  return group === '' ? kind : `${kind}.${group}`;
}
