import { describe, expect, it } from 'vitest';
import type { Status } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import type { ApiResponse } from '../client/messages.ts';
import { readToken, writeToken } from './list-options.ts';
import { TestServer } from './test-server.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
type Query = Record<string, string>;

function cluster(...names: string[]): TestServer {
  const server = new TestServer();
  for (const name of names) put(server, name);
  return server;
}

function put(server: TestServer, name: string, data = {}): KubernetesObject {
  return server.call({ method: 'POST', path: MAPS, body: { metadata: { name }, data } }).body as KubernetesObject;
}

function list(server: TestServer, query: Query, path = MAPS): ApiResponse {
  return server.call({ method: 'GET', path, query });
}

function namesOf({ body }: ApiResponse): string[] {
  return (body as { items: KubernetesObject[] }).items.map((item) => item.metadata.name);
}

/** Code, reason and message of a refusal. */
function refusal({ status, body }: ApiResponse): string {
  const { reason = '', message, code } = body as Status;
  expect(code).toBe(status);
  return `${status} ${reason}: ${message}`;
}

const INVALID = '422 Invalid: ListOptions.meta.k8s.io "" is invalid: ';

describe('options that make no sense', () => {
  const server = cluster('a');
  it.each<[Query, string]>([
    [{ limit: 'abc' }, '400 BadRequest: strconv.ParseInt: parsing "abc": invalid syntax'],
    [{ limit: '' }, '400 BadRequest: strconv.ParseInt: parsing "": invalid syntax'],
    [{ limit: '1e3' }, '400 BadRequest: strconv.ParseInt: parsing "1e3": invalid syntax'],
    [
      { limit: '9223372036854775808' },
      '400 BadRequest: strconv.ParseInt: parsing "9223372036854775808": value out of range',
    ],
    [{ timeoutSeconds: 'abc' }, '400 BadRequest: strconv.ParseInt: parsing "abc": invalid syntax'],
    [
      { resourceVersion: 'abc' },
      '400 BadRequest: invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
    ],
    [
      { resourceVersion: '-1' },
      '400 BadRequest: invalid resource version: resourceVersion: Invalid value: "-1": strconv.ParseUint: parsing "-1": invalid syntax',
    ],
    [
      { resourceVersionMatch: 'Exact' },
      `${INVALID}resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided`,
    ],
    [
      { resourceVersionMatch: 'Exact', resourceVersion: '0' },
      `${INVALID}resourceVersionMatch: Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"`,
    ],
    [
      { resourceVersionMatch: 'Older', resourceVersion: '1', continue: 'x' },
      `${INVALID}[resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided, resourceVersionMatch: Unsupported value: "Older": supported values: "Exact", "NotOlderThan", ""]`,
    ],
    [{ sendInitialEvents: 'true' }, `${INVALID}sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list`],
    [
      { watch: 'true', sendInitialEvents: 'false' },
      `${INVALID}resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan`,
    ],
    [
      { watch: 'true', resourceVersionMatch: 'NotOlderThan' },
      `${INVALID}resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided`,
    ],
    [
      { watch: 'true', resourceVersion: 'abc' },
      '500 : resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
    ],
    [{ watch: 'true', timeoutSeconds: '1.5' }, '400 BadRequest: strconv.ParseInt: parsing "1.5": invalid syntax'],
    [
      { continue: 'a!' },
      '400 BadRequest: invalid continue token: continue key is not valid: illegal base64 data at input byte 1',
    ],
    [
      { continue: writeToken({ revision: 1, start: 'a\0' }), resourceVersion: '1' },
      '400 BadRequest: specifying resource version is not allowed when using continue',
    ],
  ])('%j are refused', (query, sentence) => {
    expect(refusal(list(server, query))).toBe(sentence);
  });

  it('an object by name with a version that is none', () => {
    const sentence = 'resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax';
    expect(refusal(list(server, { resourceVersion: 'abc' }, `${MAPS}/a`))).toBe(`500 : ${sentence}`);
  });

  it('are refused for the deletion of a collection, which then stays', () => {
    const response = server.call({ method: 'DELETE', path: MAPS, query: { limit: 'all' } });
    expect(refusal(response)).toBe('400 BadRequest: strconv.ParseInt: parsing "all": invalid syntax');
    expect(namesOf(list(server, {}))).toEqual(['a']);
  });

  it('a limit below one is none', () => {
    expect(namesOf(list(server, { limit: '-1' }))).toEqual(['a']);
  });

  it('options of writes', () => {
    const refuse = (method: 'POST' | 'PATCH', query: Query) =>
      refusal(server.call({ method, path: method === 'POST' ? MAPS : `${MAPS}/a`, query, body: {} }));
    expect(refuse('POST', { fieldValidation: 'strict', dryRun: 'yes' })).toBe(
      '422 Invalid: CreateOptions.meta.k8s.io "" is invalid: [fieldValidation: Unsupported value: "strict": supported values: "", "Ignore", "Strict", "Warn", dryRun: Unsupported value: ["yes"]: supported values: "All"]',
    );
    expect(refuse('PATCH', { force: 'true' })).toBe(
      '422 Invalid: PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
    );
    expect(refuse('POST', { fieldManager: 'm'.repeat(129) })).toBe(
      '422 Invalid: CreateOptions.meta.k8s.io "" is invalid: fieldManager: Too long: may not be more than 128 bytes',
    );
  });
});

describe('a token', () => {
  const encode = (json: string) => btoa(json).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

  it('says where and when', () => {
    expect(readToken(writeToken({ revision: 7, start: 'ns/name\0' }))).toEqual({ revision: 7, start: 'ns/name\0' });
  });

  it.each([
    ['garbage', "invalid character '\\u0081' looking for beginning of value"],
    ['abcde', 'illegal base64 data at input byte 4'],
    [encode('[]'), 'json: cannot unmarshal array into Go value of type storage.continueToken'],
    [
      encode('{"v":"meta.k8s.io/v1","rv":"1"}'),
      'json: cannot unmarshal string into Go struct field continueToken.rv of type int64',
    ],
    [encode('{"v":"v2","rv":1,"start":"a"}'), 'server does not recognize this encoded version v2'],
    [encode('{"v":"meta.k8s.io/v1","start":"a"}'), 'incorrect encoded start resourceVersion (version meta.k8s.io/v1)'],
    [encode('{"v":"meta.k8s.io/v1","rv":1}'), 'encoded start key empty (version meta.k8s.io/v1)'],
    [encode('{"v":"meta.k8s.io/v1","rv":1,"start":"../secrets"}'), '../secrets'],
  ])('%s is none', (token, why) => {
    expect(readToken(token)).toBe(`continue key is not valid: ${why}`);
  });
});

describe('a list of a past moment', () => {
  it('is what there was then, from the cache or from etcd', () => {
    const server = cluster('a', 'b');
    const then = String(server.state.revision);
    server.call({ method: 'DELETE', path: `${MAPS}/a` });
    for (let i = 0; i < 120; i++) put(server, `later-${i}`);
    const before = { resourceVersion: then, resourceVersionMatch: 'Exact' };
    expect(namesOf(list(server, before))).toEqual(['a', 'b']);
    // So long after, the cache remembers only the last hundred changes.
    server.now = 120_000;
    put(server, 'last');
    const response = list(server, before);
    expect(namesOf(response)).toEqual(['a', 'b']);
    expect(response.body).toMatchObject({ metadata: { resourceVersion: then } });
    // A limit asks for the exact moment too, as it always did.
    expect(namesOf(list(server, { resourceVersion: then, limit: '1' }))).toEqual(['a']);
    expect(namesOf(list(server, { resourceVersion: then, limit: '1', resourceVersionMatch: 'NotOlderThan' }))).toEqual([
      'b',
    ]);
  });

  it('that etcd has forgotten is refused; a list in parts can go on with what is there now', () => {
    const server = cluster('a', 'b', 'c');
    const then = server.state.revision;
    const { metadata } = list(server, { limit: '1' }).body as { metadata: { continue: string } };
    for (let i = 0; i < 120; i++) put(server, `later-${i}`);
    server.now = 120_000;
    server.call({ method: 'DELETE', path: `${MAPS}/b` });
    server.send('etcd@test', { type: 'compact', requestId: 0, revision: then + 100 } as never);
    expect(refusal(list(server, { resourceVersion: String(then), resourceVersionMatch: 'Exact' }))).toBe(
      '410 Expired: The resourceVersion for the provided list is too old.',
    );
    const gone = list(server, { continue: metadata.continue, limit: '1' });
    expect(refusal(gone)).toMatch(/^410 Expired: The provided continue parameter is too old .* use the continue token/);
    const token = (gone.body as Status).metadata.continue as string;
    expect(readToken(token)).toEqual({ revision: -1, start: 'a\0' });
    expect(namesOf(list(server, { continue: token, limit: '1' }))).toEqual(['c']);
  });

  it('of the future is refused', () => {
    const server = cluster('a');
    const query = { resourceVersion: '999999', resourceVersionMatch: 'Exact' };
    expect(refusal(list(server, query))).toBe(
      `504 Timeout: Timeout: Too large resource version: 999999, current: ${server.state.revision}`,
    );
  });
});

describe('a watch', () => {
  const query = { resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: 'yes' };

  it('begins with what is there, and says where that ends', () => {
    const server = cluster('a', 'b');
    const first = String(server.state.revision - 1);
    const id = server.watch(MAPS, { ...query, sendInitialEvents: 'true', resourceVersion: first });
    put(server, 'c');
    expect(server.eventsOf(id)).toEqual(['ADDED a', 'ADDED b', 'BOOKMARK', 'ADDED c']);
    const mark = server.watched[0]?.events[2]?.object.metadata;
    expect(mark?.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
    expect(server.eventsOf(server.watch(MAPS, { resourceVersion: '0' }))).toEqual(['ADDED a', 'ADDED b', 'ADDED c']);
  });

  it('without initial events hears only what comes', () => {
    const server = cluster('a');
    const id = server.watch(MAPS, { ...query, sendInitialEvents: 'false' });
    put(server, 'b');
    expect(server.eventsOf(id)).toEqual(['ADDED b']);
  });

  it('is what any value but false and 0 asks for, of a collection only', () => {
    const server = cluster('a');
    expect(server.eventsOf(server.watch(MAPS, { watch: 'maybe' }))).toEqual(['ADDED a']);
    expect(namesOf(list(server, { watch: 'False' }))).toEqual(['a']);
    expect(list(server, { watch: 'true' }, `${MAPS}/a`).body).toMatchObject({ kind: 'ConfigMap' });
  });
});

describe('a method that a path does not have', () => {
  it.each([
    ['HEAD', MAPS],
    ['BREW', `${MAPS}/a`],
    ['PUT', MAPS],
    ['POST', `${MAPS}/a`],
    ['DELETE', '/api/v1/namespaces/default/pods/p/status'],
  ])('%s %s changes nothing', (method, path) => {
    const server = cluster('a');
    expect(refusal(server.call({ method: method as 'GET', path, body: {} }))).toBe(
      '405 MethodNotAllowed: the server does not allow this method on the requested resource',
    );
    expect(namesOf(list(server, {}))).toEqual(['a']);
  });
});
