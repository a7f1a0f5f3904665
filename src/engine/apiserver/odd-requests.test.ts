import { expect, it } from 'vitest';
import type { Status } from '../api/generated/types.ts';
import type { Call } from '../client/messages.ts';
import { TestServer } from './test-server.ts';

const NAMESPACE = '/api/v1/namespaces/default';
const POD = `${NAMESPACE}/pods/p`;
const MERGE = 'application/merge-patch+json';

function cluster(): TestServer {
  const server = new TestServer();
  const post = (plural: string, body: object) => server.call({ method: 'POST', path: `${NAMESPACE}/${plural}`, body });
  post('serviceaccounts', { metadata: { name: 'default' } });
  post('configmaps', { metadata: { name: 'm' } });
  post('pods', { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'x:1' }] } });
  return server;
}

it.each<[Call, number, string, string]>([
  [
    { method: 'PATCH', path: `${POD}/resize`, contentType: MERGE, body: {} },
    405,
    'MethodNotAllowed',
    'pods/resize is not modelled: the resources of a running pod cannot be changed here; change them in the template of its controller, or delete the pod and create it anew',
  ],
  [
    { method: 'POST', path: `${POD}/attach` },
    405,
    'MethodNotAllowed',
    'pods/attach is not modelled: there are no streaming connections here',
  ],
  [
    { method: 'GET', path: POD, accept: 'text/html' },
    406,
    'NotAcceptable',
    'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  ],
  [
    { method: 'PUT', path: `${NAMESPACE}/configmaps/m`, body: { metadata: { name: 'm', resourceVersion: 'new' } } },
    500,
    '',
    'strconv.ParseUint: parsing "new": invalid syntax',
  ],
  [
    { method: 'GET', path: `${POD}/log`, query: { tailLines: 'all' } },
    400,
    'BadRequest',
    'strconv.ParseInt: parsing "all": invalid syntax',
  ],
  [
    { method: 'GET', path: `${POD}/log`, query: { sinceTime: 'noon' } },
    400,
    'BadRequest',
    'parsing time "noon" as "2006-01-02T15:04:05Z07:00": cannot parse "noon" as "2006"',
  ],
  [
    { method: 'GET', path: `${POD}/log`, query: { tailLines: '-1', limitBytes: '0', sinceSeconds: '0' } },
    422,
    'Invalid',
    'PodLogOptions "p" is invalid: [tailLines: Invalid value: -1: must be greater than or equal to 0, limitBytes: Invalid value: 0: must be greater than zero, sinceSeconds: Invalid value: 0: must be greater than zero]',
  ],
  [
    { method: 'DELETE', path: '/version' },
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
  ],
  [
    { method: 'POST', path: '/apis/apps/v1/nonsense', body: {} },
    404,
    'NotFound',
    'the server could not find the requested resource',
  ],
  [
    { method: 'POST', path: '/api/v1/pods', body: {} },
    405,
    'MethodNotAllowed',
    'the server does not allow this method on the requested resource',
  ],
  [{ method: 'GET', path: '/api/v1/pods/p' }, 404, 'NotFound', 'the server could not find the requested resource'],
  [
    { method: 'POST', path: `${NAMESPACE}/pods`, contentType: 'application/x-www-form-urlencoded', body: '{}' },
    415,
    'UnsupportedMediaType',
    'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml',
  ],
  [
    { method: 'PATCH', path: POD, contentType: MERGE, body: '3' },
    400,
    'BadRequest',
    'error decoding patch: json: cannot unmarshal number into Go value of type map[string]interface {}',
  ],
  [
    { method: 'PATCH', path: POD, contentType: 'application/json-patch+json', body: {} },
    400,
    'BadRequest',
    'error decoding patch: json: cannot unmarshal object into Go value of type []interface {}',
  ],
  [
    {
      method: 'PATCH',
      path: `${NAMESPACE}/configmaps/m`,
      query: { fieldManager: 'x' },
      contentType: 'application/apply-patch+yaml',
      body: 'apiVersion: v2',
    },
    400,
    'BadRequest',
    'incorrect version specified in apply patch. Specified patch version: v2, expected: v1',
  ],
  [
    { method: 'POST', path: `${POD}/eviction`, body: {} },
    400,
    'BadRequest',
    'name in URL does not match name in Eviction object',
  ],
  [
    { method: 'POST', path: `${POD}/binding`, body: { metadata: { name: 'q' }, target: { name: 'n' } } },
    400,
    'BadRequest',
    'name in URL does not match name in Binding object',
  ],
])('%j', (call, code, reason, message) => {
  const { status, body } = cluster().call(call);
  const { reason: said = '', message: sentence } = body as Status;
  expect([status, said, sentence]).toEqual([code, reason, message]);
});

it('what a browser or curl accepts is answered', () => {
  const server = cluster();
  for (const accept of ['*/*', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', ' application/json '])
    expect(server.call({ method: 'GET', path: POD, accept }).status).toBe(200);
  expect(server.call({ method: 'GET', path: `${POD}/resize` }).body).toMatchObject({ kind: 'Pod' });
  expect(server.call({ method: 'POST', path: '/healthz' }).body).toBe('ok');
  expect(server.call({ method: 'GET', path: '/' }).body).toMatchObject({
    paths: expect.arrayContaining(['/apis/apps']),
  });
});
