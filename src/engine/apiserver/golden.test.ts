import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../api/object.ts';
import { collectionPath, resourceOfKind } from '../api/resources.ts';
import type { ApiResponse, Call } from '../client/messages.ts';
import { agreement } from '../testing/agreement.ts';
import { TestServer } from './test-server.ts';

const golden = (file: string): unknown =>
  JSON.parse(readFileSync(new URL(`../testdata/golden/${file}`, import.meta.url), 'utf8'));

interface Recorded {
  what?: string;
  method: Call['method'];
  path: string;
  headers?: Record<string, string>;
  body?: unknown;
  code: number;
  answer: unknown;
}

function send(server: TestServer, { method, path, headers = {}, body }: Recorded): ApiResponse {
  const [bare = '', search = ''] = path.split('?');
  const query: Record<string, string> = {};
  for (const pair of search.split('&').filter(Boolean)) {
    const [name = '', ...value] = pair.split('=');
    query[name] = decodeURIComponent(value.join('='));
  }
  return server.call({
    method,
    path: bare,
    query,
    agent: 'node',
    ...(body !== undefined && { body }),
    ...(headers['content-type'] && { contentType: headers['content-type'] }),
    ...(headers.Accept && { accept: headers.Accept }),
  });
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** Replaces what differs from run to run by what the record has in its place; equal values get equal names. */
class Mask {
  private readonly names = new Map<string, string>();

  apply(value: unknown, field = ''): unknown {
    if (Array.isArray(value)) return value.map((item) => this.apply(item, field));
    if (typeof value === 'object' && value !== null) {
      const entries = Object.entries(value).filter(([name, inner]) => inner !== undefined && name !== 'description');
      return Object.fromEntries(entries.map(([name, inner]) => [name, this.apply(inner, name)]));
    }
    if (typeof value !== 'string') return value;
    if (field === 'continue') return '<token>';
    if (TIME.test(value)) return '<time>';
    if (field === 'uid') return this.name('uid', value);
    if (field === 'resourceVersion') return this.name('rv', value);
    return value
      .replace(/\(?[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\)?/g, '<uuid>')
      .replace(/^gen-[a-z0-9]{5}$/, 'gen-<suffix>')
      .replace(/^kube-api-access-[a-z0-9]{5}$/, 'kube-api-access-<suffix>');
  }

  private name(kind: 'uid' | 'rv', value: string): string {
    if (value.startsWith(`${kind}-`)) return value;
    const key = `${kind} ${value}`;
    const known = this.names.get(key);
    if (known !== undefined) return known;
    let count = 1;
    for (const other of this.names.values()) if (other.startsWith(`${kind}-`)) count++;
    this.names.set(key, `${kind}-${count}`);
    return `${kind}-${count}`;
  }
}

describe('a conversation with an API server', () => {
  const { steps } = golden('api-conversation-v1.35.json') as { steps: Recorded[] };
  const server = new TestServer();
  server.call({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: 'talk' } }, agent: 'node' });
  const account = { metadata: { name: 'default' } };
  server.call({ method: 'POST', path: '/api/v1/namespaces/talk/serviceaccounts', body: account });
  const ours = new Mask();
  const theirs = new Mask();
  const agrees = agreement('conversation with the API server, answers', steps.length);

  it.each(steps.map((recorded, number) => [`${number}: ${recorded.what}`, recorded] as const))(
    `step %s, of ${steps.length}`,
    (_name, recorded) => {
      const response = send(server, recorded);
      expect(ours.apply(response.body)).toEqual(theirs.apply(recorded.answer));
      expect(response.status).toBe(recorded.code);
      agrees();
    },
  );
});

describe('refusals', () => {
  const { requests } = golden('refusals-v1.35.json') as { requests: Recorded[] };
  const server = withDefaultAccount();
  const agrees = agreement('refusals', requests.length);

  it.each(
    requests.map(
      (recorded, number) =>
        [`${number + 1} of ${requests.length}: ${recorded.method} ${recorded.path}`, recorded] as const,
    ),
  )('%s', (_name, recorded) => {
    const patched = recorded.method === 'PATCH' ? { 'content-type': 'application/merge-patch+json' } : undefined;
    const response = send(server, { headers: patched, ...recorded });
    if (recorded.code === 200) expect(response.body).toMatchObject(recorded.answer as object);
    else expect(response.body).toEqual(recorded.answer);
    expect(response.status).toBe(recorded.code);
    agrees();
  });
});

describe('objects as they are stored', () => {
  interface Stored {
    sent: KubernetesObject;
    code: number;
    stored: KubernetesObject;
  }
  const { objects } = golden('defaults-v1.35.json') as { objects: Stored[] };
  const modelled = objects.filter(({ sent }) => resourceOfKind(sent.apiVersion, sent.kind) !== undefined);
  const server = withDefaultAccount();
  const agrees = agreement('objects as they are stored', modelled.length);

  it.each(
    modelled.map(
      (entry, number) =>
        [`${number + 1} of ${modelled.length}: ${entry.sent.kind} ${entry.sent.metadata.name}`, entry] as const,
    ),
  )('%s', (_name, { sent, code, stored }) => {
    const resource = resourceOfKind(sent.apiVersion, sent.kind)!;
    const path = collectionPath(resource, 'default');
    const response = send(server, { method: 'POST', path: `${path}?dryRun=All`, body: sent, code, answer: stored });
    expect(response.status).toBe(code);
    expect(chosenByServer(response.body)).toEqual(chosenByServer(stored));
    const name = send(server, { method: 'GET', path: `${path}/${sent.metadata.name}`, code: 404, answer: {} });
    expect(name.status).toBe(404);
    agrees();
  });
});

function withDefaultAccount(): TestServer {
  const server = new TestServer();
  const body = { metadata: { name: 'default' } };
  server.call({ method: 'POST', path: '/api/v1/namespaces/default/serviceaccounts', body });
  return server;
}

/** Leaves out what the record leaves out, and what the server picks at random. */
function chosenByServer(object: unknown): unknown {
  const text = JSON.stringify(new Mask().apply(object))
    .replace(/"kube-api-access-[^"]*"/g, '"kube-api-access"')
    .replace(/"(nodePort|healthCheckNodePort)":\d+/g, '"$1":0')
    .replace(/"10\.96\.\d+\.\d+"/g, '"10.96.x.x"');
  const copy = JSON.parse(text) as { metadata: Record<string, unknown> };
  for (const field of ['uid', 'creationTimestamp', 'resourceVersion', 'managedFields']) delete copy.metadata[field];
  return copy;
}
