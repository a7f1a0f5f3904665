import { expect, test } from 'vitest';
import discovery from '../testdata/golden/discovery-v1.35.json';
import { RESOURCES, resourceAt, resourceOfKind } from './resources.ts';

interface Entry {
  name: string;
  singularName: string;
  namespaced: boolean;
  kind: string;
  group?: string;
  version?: string;
  verbs: string[];
  shortNames?: string[];
  categories?: string[];
}
const record = discovery as unknown as Record<string, Entry[]>;

test.each(RESOURCES.map((resource) => [resource.plural, resource] as const))(
  '%s as in discovery',
  (plural, resource) => {
    const entries = record[resource.apiVersion]?.filter((entry) => entry.name.split('/')[0] === plural) ?? [];
    expect({
      name: resource.plural,
      singularName: resource.singular,
      namespaced: resource.namespaced,
      kind: resource.kind,
      verbs: resource.verbs,
      ...(resource.shortNames.length > 0 && { shortNames: resource.shortNames }),
      ...(resource.categories.length > 0 && { categories: resource.categories }),
    }).toEqual(entries[0]);
    expect(
      resource.subresources.map(({ name, ...rest }) => ({
        ...rest,
        name: `${plural}/${name}`,
        singularName: '',
        namespaced: resource.namespaced,
      })),
    ).toEqual(entries.slice(1));
  },
);

test('finds a resource by kind and path', () => {
  expect(resourceOfKind('apps/v1', 'Deployment')?.plural).toBe('deployments');
  expect(resourceOfKind('v1', 'Deployment')).toBeUndefined();
  expect(resourceAt('v1', 'pods')?.kind).toBe('Pod');
});
