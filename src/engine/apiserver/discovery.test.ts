import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RESOURCES } from '../api/resources.ts';
import { agreement } from '../testing/agreement.ts';
import { aggregatedDiscovery, apiGroup, apiGroupList, apiResourceList, openApiIndex } from './discovery.ts';

interface Entry {
  name: string;
}

const recorded = JSON.parse(
  readFileSync(new URL('../testdata/golden/discovery-v1.35.json', import.meta.url), 'utf8'),
) as Record<string, Entry[]>;
const groupVersions = [...new Set(RESOURCES.map((resource) => resource.apiVersion))];

describe('discovery', () => {
  const agrees = agreement('discovery, group versions', groupVersions.length);

  it.each(groupVersions)('lists the resources of %s as recorded', (groupVersion) => {
    const list = apiResourceList(groupVersion) as { resources: Entry[] };
    const served = new Set(list.resources.map((entry) => entry.name));
    expect(list.resources).toEqual(recorded[groupVersion]?.filter((entry) => served.has(entry.name)));
    for (const { plural, apiVersion } of RESOURCES) if (apiVersion === groupVersion) expect(served).toContain(plural);
    agrees();
  });

  it('says nothing of a version that is not served', () => {
    expect(apiResourceList('batch/v2alpha1')).toBeUndefined();
    expect(apiGroup('example.com')).toBeUndefined();
  });

  it('names every group but the core one', () => {
    const { groups } = apiGroupList() as { groups: Entry[] };
    expect(groups.map((group) => group.name).sort()).toEqual(
      [...new Set(RESOURCES.map((resource) => resource.group))].filter(Boolean).sort(),
    );
    expect(apiGroup('apps')).toMatchObject({ name: 'apps', preferredVersion: { groupVersion: 'apps/v1' } });
  });

  it('says the same in aggregated form', () => {
    type Aggregated = { items: { versions: { resources: { resource: string; subresources?: object[] }[] }[] }[] };
    const resources = (['/api', '/apis'] as const).flatMap((root) =>
      (aggregatedDiscovery(root) as Aggregated).items.flatMap((item) => item.versions.flatMap((v) => v.resources)),
    );
    expect(resources).toHaveLength(RESOURCES.length);
    const pods = resources.find((entry) => entry.resource === 'pods');
    expect(pods?.subresources).toContainEqual({
      subresource: 'eviction',
      responseKind: { group: 'policy', version: 'v1', kind: 'Eviction' },
      verbs: ['create'],
    });
  });

  it('has an OpenAPI document for every group version', () => {
    const { paths } = openApiIndex() as { paths: object };
    expect(Object.keys(paths)).toHaveLength(groupVersions.length);
    expect(paths).toHaveProperty(['apis/apps/v1']);
  });
});
