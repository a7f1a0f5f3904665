import type { KubernetesObject } from '../api/object.ts';
import type { ApiResponse, Call, WatchEvents } from '../client/messages.ts';
import type { Body } from '../kernel/types.ts';
import { TestServer } from './test-server.ts';

/** Calls that tests of the server make, the objects in them, and what came of them. */

export const MAPS = '/api/v1/namespaces/default/configmaps';
export const PODS = '/api/v1/namespaces/default/pods';
export const SERVICES = '/api/v1/namespaces/default/services';
export const SERVER = 'apiserver@test';
export const ETCD = 'etcd@test';

/** A server whose default namespace is ready for pods. */
export function cluster(): TestServer {
  const server = new TestServer();
  post(server, '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
  return server;
}

export const map = (name: string, data: Record<string, string> = {}, labels?: object) => ({
  metadata: { name, ...(labels && { labels }) },
  data,
});
export const pod = (name: string, spec: object = {}, metadata: object = {}) => ({
  metadata: { name, ...metadata },
  spec: { containers: [{ name: 'c', image: 'x:1' }], ...spec },
});

/** Creates an object, and gives it as it is stored. */
export function post<T = KubernetesObject>(
  server: TestServer,
  path: string,
  body: object,
  more: Partial<Call> & { user?: string } = {},
): T {
  return expectSuccess(server.call({ method: 'POST', path, body, ...more })) as T;
}

export const merge = (path: string, body: object): Call => ({
  method: 'PATCH',
  path,
  contentType: 'application/merge-patch+json',
  body,
});
export const bind = (name: string, node: string): Call => ({
  method: 'POST',
  path: `${PODS}/${name}/binding`,
  body: { metadata: { name }, target: { kind: 'Node', name: node } },
});

/** What another client of etcd asks of it: to put an object there. */
export const etcdPut = (key: string, value: object, compare: object[] = []): Body =>
  ({ type: 'txn', requestId: 1e6, compare, success: [{ op: 'put', key, value }], failure: [] }) as Body;

/** The body of an answer; throws when it is a refusal. */
export function expectSuccess(response: ApiResponse): unknown {
  if (response.status >= 300) throw new Error(JSON.stringify(response.body));
  return response.body;
}

export const message = (response: ApiResponse | undefined): unknown =>
  (response?.body as { message?: string } | undefined)?.message;

/** The answer to a call that was submitted, once there is one. */
export const answerTo = (server: TestServer, id: number): ApiResponse | undefined =>
  server.responses.find(({ requestId }) => requestId === id);

/** Everything that a watch has brought. */
export const seenBy = (server: TestServer, watch: number): WatchEvents['events'] =>
  server.watched.filter(({ watchId }) => watchId === watch).flatMap(({ events }) => events);
