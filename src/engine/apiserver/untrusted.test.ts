import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Call } from '../client/messages.ts';
import { writeToken } from './list-options.ts';
import { TestServer } from './test-server.ts';

const PATHS = [
  '/api/v1/namespaces/default/pods',
  '/api/v1/namespaces/default/pods/p',
  '/api/v1/namespaces/default/pods/p/status',
  '/api/v1/namespaces/default/pods/p/binding',
  '/api/v1/namespaces/default/pods/p/eviction',
  '/api/v1/namespaces/default/pods/p/log',
  '/api/v1/namespaces/default/pods/p/exec',
  '/api/v1/namespaces/default/pods/p/resize',
  '/api/v1/namespaces/default/pods/p/attach',
  '/api/v1/namespaces//pods',
  '/api/v1/pods/',
  '/readyz',
  '/livez/etcd',
  '/api/v1/namespaces/default/services/kubernetes',
  '/api/v1/namespaces/default/%ZZ/%',
  '/api/v1/namespaces/x/nodes/n',
  '/api/v1/namespaces/default/finalize',
  '/apis/apps/v1/namespaces/default/deployments/d',
  '/apis/apps/v1/namespaces/default/deployments/d/scale',
  '/apis/apps/v1/namespaces/default/deployments/d/nonsense',
  '/apis/nope/v1/things',
  '/api',
  '',
];
const PATCHES = ['json-patch+json', 'merge-patch+json', 'strategic-merge-patch+json', 'apply-patch+yaml'];
const TOKEN = writeToken({ revision: -1, start: 'a\0' });
const NAMES = [
  'metadata',
  'spec',
  'status',
  'containers',
  'name',
  'template',
  'replicas',
  'conditions',
  'labels',
  'op',
  'path',
  'ports',
  'finalizers',
  'apiVersion',
  'kind',
  '$patch',
  '$retainKeys',
  '$setElementOrder/containers',
  '$deleteFromPrimitiveList/finalizers',
  '__proto__',
  'data',
];

const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(null, true, 0, -1, 1e21, '', 'a', '/spec', 'add', 'remove', 'delete', 'replace', '10Gi', 'TCP'),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...NAMES), tie('value'), { maxKeys: 5 }),
  ),
})).value;

/** Garbage at a place where something is expected gets further than garbage all over. */
const PLACES: readonly ((value: unknown) => unknown)[] = [
  (value) => ({ spec: value }),
  (value) => ({ metadata: value }),
  (value) => ({ metadata: { name: 'p', labels: value, finalizers: value, ownerReferences: value } }),
  (value) => ({ metadata: { name: 'p' }, spec: { containers: value, volumes: value } }),
  (value) => ({
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'c', image: 'x:1', ports: value, env: value }] },
  }),
  (value) => ({ status: { conditions: value, phase: value } }),
  (value) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { tolerations: value } }),
  (value) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd' },
    spec: { strategy: value, template: { spec: { containers: [value] } } },
  }),
  (value) => ({ metadata: { name: 'kubernetes' }, spec: { ports: value, selector: value, clusterIP: value } }),
  (value) => [
    { op: 'add', path: '/spec/containers/0', value },
    { op: 'test', path: '/metadata/labels', value },
  ],
  (value) => ({ target: value, deleteOptions: value, preconditions: value }),
];

const body = fc.oneof(
  json,
  fc.string(),
  fc.tuple(fc.constantFrom(...PLACES), json).map(([place, value]) => place(value)),
  fc.tuple(fc.constantFrom(...PLACES), json).map(([place, value]) => JSON.stringify(place(value))),
);

const call: fc.Arbitrary<Call> = fc.record(
  {
    method: fc.constantFrom('GET', 'GET', 'GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'BREW'),
    accept: fc.constantFrom('*/*', 'text/html', 'application/json;as=Table;v=v1;g=meta.k8s.io', ''),
    path: fc.constantFrom(...PATHS),
    contentType: fc.constantFrom(...PATCHES.map((type) => `application/${type}`), 'application/yaml', 'text/x'),
    body,
    query: fc.dictionary(
      fc.constantFrom(
        'labelSelector',
        'fieldSelector',
        'limit',
        'continue',
        'resourceVersion',
        'resourceVersionMatch',
        'sendInitialEvents',
        'allowWatchBookmarks',
        'timeoutSeconds',
        'watch',
        'tailLines',
        'sinceTime',
        'includeObject',
        'fieldValidation',
        'exclude',
        'fieldManager',
        'gracePeriodSeconds',
        'container',
        'command',
        'force',
      ),
      fc.oneof(fc.string(), fc.constantFrom('0', '1', '999999', 'true', '[', '-3', 'Exact', 'NotOlderThan', TOKEN)),
      { maxKeys: 5 },
    ),
  },
  { requiredKeys: ['method', 'path'] },
) as fc.Arbitrary<Call>;

describe('whatever is sent', () => {
  const server = new TestServer();
  server.call({
    method: 'POST',
    path: '/api/v1/namespaces/default/serviceaccounts',
    body: { metadata: { name: 'default' } },
  });
  const containers = [{ name: 'c', image: 'x:1' }];
  const labels = { a: 'b' };
  server.call({
    method: 'POST',
    path: PATHS[0] as string,
    body: { metadata: { name: 'p', labels }, spec: { containers } },
  });
  const spec = { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } };
  const deployments = '/apis/apps/v1/namespaces/default/deployments';
  server.call({ method: 'POST', path: deployments, body: { metadata: { name: 'd' }, spec } });

  it('is answered', () => {
    fc.assert(
      fc.property(call, (what) => {
        const response = server.call({ ...what, query: { ...what.query, dryRun: 'All' } });
        // Who watches is answered with events, if at all.
        if (response === undefined) expect(what).toMatchObject({ method: 'GET', query: { watch: expect.any(String) } });
        else expect(response.status).toBeTypeOf('number');
      }),
      { numRuns: 2000 },
    );
  });
});
