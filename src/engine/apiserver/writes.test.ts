import { describe, expect, it } from 'vitest';
import type { Lease } from '../api/generated/types.ts';
import type { ApiResponse, Call } from '../client/messages.ts';
import { bind, cluster, MAPS, map, merge, message, PODS, pod, post } from './test-calls.ts';
import type { TestServer } from './test-server.ts';

const NODE = 'system:node:n1';

describe('PUT to a name that is free', () => {
  const LEASES = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
  const put = (server: TestServer, metadata: object) =>
    server.call({ method: 'PUT', path: `${LEASES}/a`, body: { metadata: { name: 'a', ...metadata }, spec: {} } });

  it('creates a Lease, whatever version it was, but not one of another uid', () => {
    const server = cluster();
    expect(put(server, { resourceVersion: '7' }).status).toBe(201);
    const old = post(server, LEASES, { metadata: { name: 'b' }, spec: {} });
    expect(server.call({ method: 'DELETE', path: `${LEASES}/b` }).status).toBe(200);
    const answer = server.call({ method: 'PUT', path: `${LEASES}/b`, body: old });
    expect(answer).toMatchObject({ status: 409, body: { reason: 'Conflict' } });
    expect(message(answer)).toBe(
      'Operation cannot be fulfilled on leases.coordination.k8s.io "b": StorageError: invalid object, Code: 4, Key: ' +
        '/registry/leases/default/b, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ' +
        `${old.metadata.uid}, UID in object meta: `,
    );
  });
});

describe('writes that meet', () => {
  /** The answers, in the order in which they came. */
  function together(server: TestServer, calls: Call[]): ApiResponse[] {
    const ids = calls.map((call) => server.submit(call));
    server.run();
    return server.responses.filter(({ requestId }) => ids.includes(requestId));
  }
  const codesOf = (answers: ApiResponse[]): number[] => answers.map(({ status }) => status);

  it('are both carried out when they are patches', () => {
    const server = cluster();
    post(server, MAPS, map('a'));
    const answers = together(server, [
      merge(`${MAPS}/a`, { data: { x: '1' } }),
      merge(`${MAPS}/a`, { data: { y: '1' } }),
    ]);
    expect(codesOf(answers)).toEqual([200, 200]);
    expect(server.call({ method: 'GET', path: `${MAPS}/a` }).body).toMatchObject({ data: { x: '1', y: '1' } });
  });

  it('conflict when each says which version it saw', () => {
    const server = cluster();
    const seen = post(server, MAPS, map('a'));
    const put = (x: string): Call => ({ method: 'PUT', path: `${MAPS}/a`, body: { ...seen, data: { x } } });
    expect(codesOf(together(server, [put('1'), put('2')])).sort()).toEqual([200, 409]);
  });

  it('bind a pod once', () => {
    const server = cluster();
    post(server, PODS, pod('p'));
    const answers = together(server, [bind('p', 'n1'), bind('p', 'n2')]);
    expect(codesOf(answers)).toEqual([201, 409]);
    expect(message(answers[1])).toBe(
      'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n1"',
    );
  });

  it('create a name once', () => {
    const server = cluster();
    const create: Call = { method: 'POST', path: MAPS, body: map('a') };
    expect(codesOf(together(server, [create, create]))).toEqual([201, 409]);
  });

  it('get another name when theirs was generated', () => {
    const server = cluster();
    const names = new Set(
      Array.from({ length: 50 }, () => post(server, MAPS, { metadata: { generateName: 'n-' } }).metadata.name),
    );
    expect(names.size).toBe(50);
    for (const name of names) expect(name).toMatch(/^n-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  it('change nothing when they say what is there already', () => {
    const server = cluster();
    const watch = server.watch(MAPS);
    const created = post(server, MAPS, map('a', { x: '1' }));
    server.now = 5000;
    const again = server.call({ method: 'PUT', path: `${MAPS}/a`, body: map('a', { x: '1' }) });
    expect(again.body).toBe(created);
    expect(server.eventsOf(watch)).toEqual(['ADDED a']);
  });
});

describe('options of a write', () => {
  it('that nobody knows are refused, and a dry run changes nothing', () => {
    const server = cluster();
    const typo = server.call({ method: 'POST', path: MAPS, body: map('a'), query: { dryRun: 'all' } });
    expect(message(typo)).toBe(
      'CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["all"]: supported values: "All"',
    );
    post(server, MAPS, map('a'));
    const path = `${MAPS}/a`;
    const tried = server.call({
      method: 'DELETE',
      path,
      body: { kind: 'DeleteOptions', apiVersion: 'v1', dryRun: ['All'] },
    });
    expect(tried.status).toBe(200);
    const policy = server.call({ method: 'DELETE', path, query: { propagationPolicy: 'Foo' } });
    expect(message(policy)).toBe(
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Foo": supported values: "Foreground", "Background", "Orphan", "nil"',
    );
    const both = { propagationPolicy: 'Orphan', orphanDependents: 'true' };
    expect(message(server.call({ method: 'DELETE', path, query: both }))).toBe(
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set',
    );
    expect(server.call({ method: 'GET', path }).status).toBe(200);
  });
});

describe('server-side apply', () => {
  it('reads YAML, creates, and tells who owns what', () => {
    const server = cluster();
    const apply = (text: string, fieldManager: string): ApiResponse =>
      server.call({
        method: 'PATCH',
        path: `${MAPS}/a`,
        contentType: 'application/apply-patch+yaml',
        query: { fieldManager },
        body: text,
      });
    const manifest = (value: string): string =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  x: "${value}"\n`;
    expect(apply(manifest('1'), 'alice').status).toBe(201);
    expect(apply(manifest('1'), 'alice').status).toBe(200);
    expect(message(apply(manifest('2'), 'bob'))).toBe('Apply failed with 1 conflict: conflict with "alice": .data.x');
    expect(apply('a: [', 'bob').status).toBe(400);
  });
});

describe('leases', () => {
  const path = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';

  it('are renewed by those who know their version', () => {
    const server = cluster();
    const lease = post<Lease>(
      server,
      path,
      { metadata: { name: 'n1' }, spec: { holderIdentity: 'n1' } },
      { user: NODE },
    );
    const spec = { ...lease.spec, renewTime: '2026-01-01T00:00:10.000000Z' };
    const renewed = server.call({ method: 'PUT', path: `${path}/n1`, body: { ...lease, spec }, user: NODE });
    expect(renewed.status).toBe(200);
    expect(server.call({ method: 'PUT', path: `${path}/n1`, body: { ...lease, spec }, user: NODE }).status).toBe(409);
    const { resourceVersion: _version, ...metadata } = lease.metadata;
    const blind = server.call({ method: 'PUT', path: `${path}/n1`, body: { ...lease, metadata }, user: NODE });
    expect(message(blind)).toBe(
      'Lease.coordination.k8s.io "n1" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
    );
  });
});
