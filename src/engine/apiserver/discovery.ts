import { groupVersionPath, RESOURCES, type Resource, type Subresource } from '../api/resources.ts';

/** What `kubectl version` prints of the server. Source: staging/src/k8s.io/apimachinery/pkg/version/types.go */
export const VERSION = {
  major: '1',
  minor: '35',
  emulationMajor: '1',
  emulationMinor: '35',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '34',
  gitVersion: 'v1.35.6',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: 'linux/amd64',
} as const;

const ADVERTISED = { singularName: '' };

/** `GET /`: where there is something to read. Source: staging/src/k8s.io/apiserver/pkg/server/routes/index.go */
export function rootPaths(): object {
  const paths = new Set(['/api', '/apis', '/healthz', '/livez', '/openapi/v3', '/readyz', '/version']);
  for (const resource of RESOURCES) {
    paths.add(groupVersionPath(resource));
    if (resource.group !== '') paths.add(`/apis/${resource.group}`);
  }
  return { paths: [...paths].sort() };
}

/** `GET /api`: the versions of the core group. */
export function apiVersions(): object {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [],
  };
}

/** `GET /apis`: every other group. */
export function apiGroupList(): object {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups().map(groupEntry) };
}

/** `GET /apis/<group>`; undefined for a group that is not served. */
export function apiGroup(group: string): object | undefined {
  const entry = groups().find((candidate) => candidate.group === group);
  return entry && { kind: 'APIGroup', apiVersion: 'v1', ...groupEntry(entry) };
}

/** `GET /api/v1` and `GET /apis/<group>/<version>`; undefined for a version that is not served. */
export function apiResourceList(apiVersion: string): object | undefined {
  const served = RESOURCES.filter((resource) => resource.apiVersion === apiVersion);
  if (served.length === 0) return undefined;
  const resources = served.flatMap((resource) => [
    resourceEntry(resource),
    ...resource.subresources.map((subresource) => subresourceEntry(resource, subresource)),
  ]);
  resources.sort((a, b) => (a.name < b.name ? -1 : 1));
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: apiVersion, resources };
}

/** Aggregated discovery (`apidiscovery.k8s.io/v2`): of the core group under /api, of all others under /apis. */
export function aggregatedDiscovery(root: '/api' | '/apis'): object {
  const wanted = groups(root === '/api');
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: wanted.map(({ group, versions }) => ({
      metadata: { ...(group !== '' && { name: group }), creationTimestamp: null },
      versions: versions.map((version) => ({
        version,
        resources: RESOURCES.filter((entry) => entry.group === group && entry.version === version).map(aggregated),
        freshness: 'Current',
      })),
    })),
  };
}

/** `GET /openapi/v3`: which documents there are. */
export function openApiIndex(): object {
  const paths: Record<string, object> = {};
  for (const resource of RESOURCES) {
    const path = groupVersionPath(resource).slice(1);
    paths[path] ??= { serverRelativeURL: `/openapi/v3/${path}` };
  }
  return { paths };
}

interface Group {
  readonly group: string;
  readonly versions: readonly string[];
}

function groups(core = false): readonly Group[] {
  const found = new Map<string, Set<string>>();
  for (const { group, version } of RESOURCES) {
    if ((group === '') !== core) continue;
    const versions = found.get(group) ?? new Set();
    found.set(group, versions.add(version));
  }
  return [...found].map(([group, versions]) => ({ group, versions: [...versions] }));
}

function groupEntry({ group, versions }: Group): object {
  const entries = versions.map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: entries, preferredVersion: entries[0] };
}

function resourceEntry(resource: Resource) {
  return {
    name: resource.plural,
    singularName: resource.singular,
    namespaced: resource.namespaced,
    kind: resource.kind,
    verbs: resource.verbs,
    ...(resource.shortNames.length > 0 && { shortNames: resource.shortNames }),
    ...(resource.categories.length > 0 && { categories: resource.categories }),
  };
}

function subresourceEntry(resource: Resource, { name, group, version, kind, verbs }: Subresource) {
  return {
    name: `${resource.plural}/${name}`,
    ...ADVERTISED,
    namespaced: resource.namespaced,
    ...(group !== undefined && { group, version }),
    kind,
    verbs,
  };
}

function aggregated(resource: Resource): object {
  const { group, version, kind } = resource;
  const subresources = resource.subresources.map((subresource) => ({
    subresource: subresource.name,
    responseKind: {
      group: subresource.group ?? group,
      version: subresource.version ?? version,
      kind: subresource.kind,
    },
    verbs: subresource.verbs,
  }));
  return {
    resource: resource.plural,
    responseKind: { group, version, kind },
    scope: resource.namespaced ? 'Namespaced' : 'Cluster',
    singularResource: resource.singular,
    verbs: resource.verbs,
    ...(resource.shortNames.length > 0 && { shortNames: resource.shortNames }),
    ...(resource.categories.length > 0 && { categories: resource.categories }),
    ...(subresources.length > 0 && { subresources }),
  };
}
