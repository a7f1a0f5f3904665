import { describe, expect, it } from 'vitest';
import type { EndpointSlice, Lease, Pod, PodDisruptionBudget, Service, Status } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { toRFC3339 } from '../api/time.ts';
import { type ApiResponse, type Call, PROTOBUF } from '../client/messages.ts';
import type { Body } from '../kernel/types.ts';
import { TestServer } from './test-server.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const PODS = '/api/v1/namespaces/default/pods';
const SERVICES = '/api/v1/namespaces/default/services';
const NODE = 'system:node:n1';
const SERVER = 'apiserver@test';
const ETCD = 'etcd@test';

function cluster(): TestServer {
  const server = new TestServer();
  post(server, '/api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
  return server;
}

function post<T = KubernetesObject>(server: TestServer, path: string, body: object, more: Partial<Call> = {}): T {
  return expectSuccess(server.call({ method: 'POST', path, body, ...more })) as T;
}

function expectSuccess(response: ApiResponse): unknown {
  if (response.status >= 300) throw new Error(JSON.stringify(response.body));
  return response.body;
}

const message = (response: ApiResponse): unknown => (response.body as { message?: string }).message;
const map = (name: string, data: Record<string, string> = {}, labels?: object) => ({
  metadata: { name, ...(labels && { labels }) },
  data,
});
const pod = (name: string, spec: object = {}, metadata: object = {}) => ({
  metadata: { name, ...metadata },
  spec: { containers: [{ name: 'c', image: 'x:1' }], ...spec },
});
const merge = (path: string, body: object, more: Partial<Call> = {}): Call => ({
  method: 'PATCH',
  path,
  contentType: 'application/merge-patch+json',
  body,
  ...more,
});
const bind = (name: string, node: string): Call => ({
  method: 'POST',
  path: `${PODS}/${name}/binding`,
  body: { metadata: { name }, target: { kind: 'Node', name: node } },
});

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

describe('a fresh server', () => {
  const server = new TestServer();

  it('has the objects that every cluster has', () => {
    const names = (path: string): string[] =>
      (expectSuccess(server.call({ method: 'GET', path })) as { items: KubernetesObject[] }).items.map(
        (item) => item.metadata.name,
      );
    expect(names('/api/v1/namespaces')).toEqual(['default', 'kube-node-lease', 'kube-public', 'kube-system']);
    expect(names('/apis/scheduling.k8s.io/v1/priorityclasses')).toEqual([
      'system-cluster-critical',
      'system-node-critical',
    ]);
    expect(names('/apis/rbac.authorization.k8s.io/v1/clusterroles')).toContain(
      'system:controller:replicaset-controller',
    );
  });

  it('is Service kubernetes, with the first address and itself as endpoint', () => {
    const service = expectSuccess(server.call({ method: 'GET', path: `${SERVICES}/kubernetes` })) as Service;
    expect(service.spec.clusterIP).toBe('10.96.0.1');
    const path = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes';
    const slice = expectSuccess(server.call({ method: 'GET', path })) as EndpointSlice;
    expect(slice.endpoints.map((endpoint) => endpoint.addresses)).toEqual([['172.18.0.2']]);
  });

  it('answers discovery, version and health to everybody', () => {
    const get = (path: string, accept?: string) =>
      server.call({ method: 'GET', path, user: '', ...(accept && { accept }) });
    expect(get('/version').body).toMatchObject({ major: '1', minor: '35' });
    expect(get('/readyz')).toMatchObject({ status: 200, body: 'ok' });
    expect(get('/api').body).toMatchObject({ kind: 'APIVersions' });
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
    expect(get('/apis', accept).body).toMatchObject({ kind: 'APIGroupDiscoveryList' });
    expect(get('/apis/apps/v1').body).toMatchObject({ kind: 'APIResourceList', groupVersion: 'apps/v1' });
  });
});

describe('a watch', () => {
  it('begins with what there is, and goes on with what changes', () => {
    const server = cluster();
    post(server, MAPS, map('a'));
    const watch = server.watch(MAPS);
    post(server, MAPS, map('b'));
    server.call(merge(`${MAPS}/a`, { data: { x: '1' } }));
    server.call({ method: 'DELETE', path: `${MAPS}/b` });
    expect(server.eventsOf(watch)).toEqual(['ADDED a', 'ADDED b', 'MODIFIED a', 'DELETED b']);
  });

  it('gives the deleted object with the revision of its deletion', () => {
    const server = cluster();
    const created = post(server, MAPS, map('a', { x: '1' }));
    const watch = server.watch(MAPS, { resourceVersion: created.metadata.resourceVersion as string });
    server.call({ method: 'DELETE', path: `${MAPS}/a` });
    const [event] = server.watched.filter((events) => events.watchId === watch).flatMap((events) => events.events);
    expect(event).toMatchObject({ type: 'DELETED', object: { data: { x: '1' } } });
    expect(Number(event?.object.metadata.resourceVersion)).toBe(Number(created.metadata.resourceVersion) + 1);
  });

  it('from a revision brings exactly what came after it', () => {
    const server = cluster();
    post(server, MAPS, map('a'));
    const b = post(server, MAPS, map('b'));
    post(server, MAPS, map('c'));
    const watch = server.watch(MAPS, { resourceVersion: b.metadata.resourceVersion as string });
    expect(server.eventsOf(watch)).toEqual(['ADDED c']);
  });

  it('from a revision that is forgotten ends with Expired', () => {
    const server = cluster();
    const first = post(server, MAPS, map('a'));
    for (let i = 0; i < 120; i++) {
      server.now += 1000;
      server.call(merge(`${MAPS}/a`, { data: { i: `${i}` } }));
    }
    const watch = server.watch(MAPS, { resourceVersion: first.metadata.resourceVersion as string });
    const [event] = server.watched.filter((events) => events.watchId === watch).flatMap((events) => events.events);
    expect(event).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
    const text = expect.stringMatching(/^too old resource version: \d+ \(\d+\)$/);
    expect(event).toMatchObject({ object: { message: text } });
  });

  it('with a selector sees objects come and go as their labels change', () => {
    const server = cluster();
    const watch = server.watch(MAPS, { labelSelector: 'k=v' });
    post(server, MAPS, map('a', {}, { k: 'w' }));
    server.call(merge(`${MAPS}/a`, { metadata: { labels: { k: 'v' } } }));
    server.call(merge(`${MAPS}/a`, { data: { x: '1' } }));
    server.call(merge(`${MAPS}/a`, { metadata: { labels: { k: null } } }));
    expect(server.eventsOf(watch)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
  });

  it('of a node sees the pods that are bound to it, and no others', () => {
    const server = cluster();
    const mine = server.watch('/api/v1/pods', { fieldSelector: 'spec.nodeName=n1' });
    const other = server.watch('/api/v1/pods', { fieldSelector: 'spec.nodeName=n2' });
    const pending = server.watch('/api/v1/pods', { fieldSelector: 'spec.nodeName=' });
    post(server, PODS, pod('p'));
    expect(server.call(bind('p', 'n1')).status).toBe(201);
    expect(server.eventsOf(mine)).toEqual(['ADDED p']);
    expect(server.eventsOf(other)).toEqual([]);
    expect(server.eventsOf(pending)).toEqual(['ADDED p', 'DELETED p']);
  });

  it('of one name or one namespace sees only that', () => {
    const server = cluster();
    const named = server.watch(MAPS, { fieldSelector: 'metadata.name=a' });
    const elsewhere = server.watch('/api/v1/namespaces/kube-system/configmaps');
    const everywhere = server.watch('/api/v1/configmaps');
    post(server, MAPS, map('a'));
    post(server, MAPS, map('b'));
    expect(server.eventsOf(named)).toEqual(['ADDED a']);
    expect(server.eventsOf(elsewhere)).toEqual([]);
    expect(server.eventsOf(everywhere)).toEqual(['ADDED a', 'ADDED b']);
  });

  it('shares one object among all who see it', () => {
    const server = cluster();
    const watches = [server.watch(MAPS), server.watch('/api/v1/configmaps')];
    const created = post(server, MAPS, map('a'));
    const seen = watches.map((id) => server.watched.find((events) => events.watchId === id)?.events[0]?.object);
    expect(seen[0]).toBe(created);
    expect(seen[1]).toBe(created);
  });

  it('as a table has its columns once', () => {
    const server = cluster();
    const watch = server.watch(MAPS, {}, 'application/json;as=Table;v=v1;g=meta.k8s.io');
    post(server, MAPS, map('a', { x: '1' }));
    post(server, MAPS, map('b'));
    const tables = server.watched
      .filter((events) => events.watchId === watch)
      .flatMap((events) =>
        events.events.map(
          (event) => event.object as unknown as { columnDefinitions?: object[]; rows: { cells: unknown[] }[] },
        ),
      );
    expect(tables.map((table) => table.columnDefinitions?.length)).toEqual([3, undefined]);
    expect(tables[0]?.rows[0]?.cells).toEqual(['a', 1, '0s']);
  });

  it('is told how far it has come, and ends when its time is up', () => {
    const server = cluster();
    const watch = server.watch(MAPS, { allowWatchBookmarks: 'true', resourceVersion: '0' });
    post(server, PODS, pod('p'));
    server.now = 60_000;
    server.fire('bookmarks');
    const event = server.watched.findLast((events) => events.watchId === watch)?.events[0];
    expect(event).toMatchObject({
      type: 'BOOKMARK',
      object: { kind: 'ConfigMap', metadata: { resourceVersion: String(server.state.revision) } },
    });
    server.now = 3_600_001;
    server.fire('bookmarks');
    expect(server.state.watchers.size).toBe(0);
  });

  it('ends with its client', () => {
    const server = cluster();
    server.watch(MAPS);
    const second = server.watch(MAPS);
    server.send('apiserver@test', { type: 'stopWatch', watchId: second } as Body);
    expect(server.state.watchers.size).toBe(1);
    server.send('apiserver@test', { type: 'connectionLost', peer: 'kubectl@laptop' } as Body);
    expect(server.state.watchers.size).toBe(0);
  });
});

describe('a list', () => {
  it('for components has the server’s own objects, for people copies without kind', () => {
    const server = cluster();
    const created = post(server, MAPS, map('a'));
    const list = (accept?: string) =>
      (
        server.call({ method: 'GET', path: MAPS, query: { resourceVersion: '0' }, ...(accept && { accept }) }).body as {
          items: object[];
        }
      ).items[0];
    expect(list(PROTOBUF)).toBe(created);
    expect(list()).not.toHaveProperty('kind');
  });

  it('in parts is of one moment, whatever happens in between', () => {
    const server = cluster();
    for (const name of ['a', 'b', 'c', 'd']) post(server, MAPS, map(name));
    const part = (query: Record<string, string>) =>
      server.call({ method: 'GET', path: MAPS, query: { limit: '2', ...query } }).body as {
        metadata: { continue: string; resourceVersion: string; remainingItemCount?: number };
        items: KubernetesObject[];
      };
    const first = part({});
    expect(first.metadata.remainingItemCount).toBe(2);
    server.call({ method: 'DELETE', path: `${MAPS}/c` });
    post(server, MAPS, map('e'));
    const second = part({ continue: first.metadata.continue });
    expect(second.items.map((item) => item.metadata.name)).toEqual(['c', 'd']);
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    expect(second.metadata.continue).toBeUndefined();
  });

  it('of a revision to come is refused', () => {
    const server = cluster();
    const response = server.call({ method: 'GET', path: MAPS, query: { resourceVersion: '999999' } });
    expect(response.status).toBe(504);
    expect(message(response)).toBe(`Timeout: Too large resource version: 999999, current: ${server.state.revision}`);
  });
});

describe('writes that meet', () => {
  it('are both carried out when they are patches', () => {
    const server = cluster();
    post(server, MAPS, map('a'));
    const [x, y] = ['x', 'y'].map((key) => server.submit(merge(`${MAPS}/a`, { data: { [key]: '1' } })));
    server.run();
    const answers = server.responses.filter((response) => response.requestId === x || response.requestId === y);
    expect(answers.map((response) => response.status)).toEqual([200, 200]);
    expect(server.call({ method: 'GET', path: `${MAPS}/a` }).body).toMatchObject({ data: { x: '1', y: '1' } });
  });

  it('conflict when each says which version it saw', () => {
    const server = cluster();
    const seen = post(server, MAPS, map('a'));
    const ids = ['1', '2'].map((x) =>
      server.submit({ method: 'PUT', path: `${MAPS}/a`, body: { ...seen, data: { x } } }),
    );
    server.run();
    const codes = server.responses
      .filter((response) => ids.includes(response.requestId))
      .map((response) => response.status);
    expect(codes.sort()).toEqual([200, 409]);
  });

  it('bind a pod once', () => {
    const server = cluster();
    post(server, PODS, pod('p'));
    const ids = ['n1', 'n2'].map((node) => server.submit(bind('p', node)));
    server.run();
    const answers = server.responses.filter((response) => ids.includes(response.requestId));
    expect(answers.map((response) => response.status)).toEqual([201, 409]);
    expect(message(answers[1] as ApiResponse)).toBe(
      'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n1"',
    );
  });

  it('create a name once', () => {
    const server = cluster();
    const ids = [1, 2].map(() => server.submit({ method: 'POST', path: MAPS, body: map('a') }));
    server.run();
    const codes = server.responses
      .filter((response) => ids.includes(response.requestId))
      .map((response) => response.status);
    expect(codes).toEqual([201, 409]);
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

describe('authorization', () => {
  const server = cluster();
  post(server, '/api/v1/nodes', { metadata: { name: 'n1' } }, { user: NODE } as Partial<Call>);
  post(server, '/api/v1/nodes', { metadata: { name: 'n2' } });
  post(server, PODS, pod('used', { volumes: [{ name: 'v', configMap: { name: 'mine' } }], nodeName: 'n1' }));
  post(server, PODS, pod('other', { nodeName: 'n2' }));
  post(server, MAPS, map('mine'));
  post(server, MAPS, map('secretive'));
  const as = (user: string, call: Call): ApiResponse => server.call({ ...call, user });

  it('refuses who has no role', () => {
    const response = as('jane', { method: 'GET', path: `${PODS}/used` });
    expect(response.status).toBe(403);
    expect(message(response)).toBe(
      'pods "used" is forbidden: User "jane" cannot get resource "pods" in API group "" in the namespace "default"',
    );
    expect(message(as('jane', { method: 'GET', path: '/api/v1/nodes' }))).toBe(
      'nodes is forbidden: User "jane" cannot list resource "nodes" in API group "" at the cluster scope',
    );
  });

  it('follows roles and bindings as they come and go', () => {
    const root = '/apis/rbac.authorization.k8s.io/v1';
    const get: Call = { method: 'GET', path: `${PODS}/used` };
    post(server, `${root}/namespaces/default/roles`, {
      metadata: { name: 'r' },
      rules: [{ apiGroups: [''], resources: ['pods'], resourceNames: ['used'], verbs: ['get'] }],
    });
    post(server, `${root}/namespaces/default/rolebindings`, {
      metadata: { name: 'b' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'jane' }],
    });
    expect(as('jane', get).status).toBe(200);
    expect(as('jane', { ...get, path: `${PODS}/other` }).status).toBe(403);
    expectSuccess(server.call({ method: 'DELETE', path: `${root}/namespaces/default/rolebindings/b` }));
    expect(as('jane', get).status).toBe(403);
  });

  it('lets administrators do everything and controllers their own work', () => {
    expect(as('kubernetes-admin', { method: 'GET', path: '/api/v1/secrets' }).status).toBe(200);
    const controller = 'system:serviceaccount:kube-system:replicaset-controller';
    expect(
      as(controller, { method: 'POST', path: `${PODS}?dryRun=All`, body: pod('x'), query: { dryRun: 'All' } }).status,
    ).toBe(404);
    expect(as(controller, { method: 'POST', path: PODS, body: pod('x'), query: { dryRun: 'All' } }).status).toBe(201);
    expect(as(controller, { method: 'GET', path: '/api/v1/secrets' }).status).toBe(403);
  });

  it('lets kubelets see their own pods and what these use', () => {
    const list = (fieldSelector: string): number =>
      as(NODE, { method: 'GET', path: '/api/v1/pods', query: { fieldSelector } }).status;
    expect(list('spec.nodeName=n1')).toBe(200);
    expect(list('spec.nodeName=n2')).toBe(403);
    expect(as(NODE, { method: 'GET', path: `${MAPS}/mine` }).status).toBe(200);
    expect(as(NODE, { method: 'GET', path: MAPS, query: { fieldSelector: 'metadata.name=mine' } }).status).toBe(200);
    expect(as(NODE, { method: 'GET', path: `${MAPS}/secretive` }).status).toBe(403);
  });

  it('lets kubelets write only what is theirs', () => {
    const status = (name: string) => merge(`${PODS}/${name}/status`, { status: { phase: 'Running' } });
    expect(as(NODE, status('used')).status).toBe(200);
    expect(message(as(NODE, status('other')))).toBe(
      'pods "other" is forbidden: node "n1" can only update pod status for pods with spec.nodeName set to itself',
    );
    expect(as(NODE, merge('/api/v1/nodes/n1/status', { status: { phase: 'x' } })).status).toBe(200);
    expect(as(NODE, merge('/api/v1/nodes/n2/status', { status: { phase: 'x' } })).status).toBe(403);
    expect(as(NODE, { method: 'POST', path: PODS, body: pod('y', { nodeName: 'n1' }) }).status).toBe(403);
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

describe('deletion', () => {
  it('gives a running pod its grace, and takes it when the kubelet says so', () => {
    const server = cluster();
    const watch = server.watch(PODS);
    post(server, PODS, pod('p', { nodeName: 'n1' }));
    const marked = server.call({ method: 'DELETE', path: `${PODS}/p` }).body as Pod;
    expect(marked.metadata).toMatchObject({
      deletionTimestamp: toRFC3339(30_000),
      deletionGracePeriodSeconds: 30,
      generation: 2,
    });
    server.now = 10_000;
    const body = { gracePeriodSeconds: 0, preconditions: { uid: marked.metadata.uid } };
    expect(server.call({ method: 'DELETE', path: `${PODS}/p`, body }).status).toBe(200);
    expect(server.eventsOf(watch)).toEqual(['ADDED p', 'MODIFIED p', 'MODIFIED p', 'DELETED p']);
  });

  it('without grace happens even if somebody else writes in between', () => {
    const server = cluster();
    const watch = server.watch(PODS);
    post(server, PODS, pod('p', { nodeName: 'n1' }));
    const force = server.submit({ method: 'DELETE', path: `${PODS}/p`, body: { gracePeriodSeconds: 0 } });
    // The mark is written; before the deletion gets to etcd, a status does.
    server.run(4);
    const key = '/registry/pods/default/p';
    const marked = server.state.objects.get(key) as KubernetesObject;
    const { resourceVersion, ...metadata } = marked.metadata;
    const value = { ...marked, metadata: { ...metadata, labels: { late: 'yes' } } };
    const compare = [{ key, modRevision: Number(resourceVersion) }];
    server.sendFirst('etcd@test', {
      type: 'txn',
      requestId: 1e6,
      compare,
      success: [{ op: 'put', key, value }],
      failure: [],
    } as Body);
    server.run();
    expect(server.responses.find((response) => response.requestId === force)?.status).toBe(200);
    expect(server.eventsOf(watch)).toEqual(['ADDED p', 'MODIFIED p', 'MODIFIED p', 'DELETED p']);
  });

  it('waits for finalizers, and happens with the update that removes the last one', () => {
    const server = cluster();
    post(server, MAPS, { metadata: { name: 'f', finalizers: ['example.com/hold'] } });
    expect(server.call({ method: 'DELETE', path: `${MAPS}/f` }).body).toMatchObject({
      metadata: { deletionGracePeriodSeconds: 0 },
    });
    const taken = server.call({ method: 'POST', path: MAPS, body: map('f') });
    expect(message(taken)).toBe('object is being deleted: configmaps "f" already exists');
    expect(server.call(merge(`${MAPS}/f`, { metadata: { finalizers: null } })).status).toBe(200);
    expect(server.call({ method: 'GET', path: `${MAPS}/f` }).status).toBe(404);
  });

  it('says what is gone, in a Status', () => {
    const server = cluster();
    const created = post(server, MAPS, map('a'));
    expect(server.call({ method: 'DELETE', path: `${MAPS}/a` }).body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'a', kind: 'configmaps', uid: created.metadata.uid },
    });
  });

  it('of a collection takes what the selector says', () => {
    const server = cluster();
    post(server, MAPS, map('a', {}, { k: 'v' }));
    post(server, MAPS, map('b'));
    const response = server.call({ method: 'DELETE', path: MAPS, query: { labelSelector: 'k=v' } });
    expect((response.body as { items: KubernetesObject[] }).items.map((item) => item.metadata.name)).toEqual(['a']);
    expect(server.call({ method: 'GET', path: `${MAPS}/a` }).status).toBe(404);
    expect(server.call({ method: 'GET', path: `${MAPS}/b` }).status).toBe(200);
  });

  it('of a collection takes one object after the other, though others write meanwhile', () => {
    const server = cluster();
    for (const name of ['a', 'b', 'c']) post(server, PODS, pod(name));
    for (const name of ['b', 'c']) expect(server.call(bind(name, 'n1')).status).toBe(201);
    const watch = server.watch(PODS, { resourceVersion: String(server.state.revision) });
    server.submit({ method: 'DELETE', path: PODS });
    // Between the first object and the second: the third changes before its turn.
    server.run(2);
    server.sendFirst(SERVER, {
      type: 'apiRequest',
      requestId: 900,
      ...merge(`${PODS}/c`, { metadata: { labels: { x: 'y' } } }),
      user: 'system:apiserver',
      agent: 'test',
    } as Body);
    server.run();
    expect(server.responses.map(({ status }) => status).slice(-2)).toEqual([200, 200]);
    const events = server.watched.filter(({ watchId }) => watchId === watch).flatMap((message) => message.events);
    const revisions = events.map(({ object }) => Number(object.metadata?.resourceVersion));
    expect(new Set(revisions).size).toBe(revisions.length);
    // Without a node a pod goes at once, and is seen to; with one it is given its time.
    expect(server.eventsOf(watch).toSorted()).toEqual([
      'DELETED a',
      'MODIFIED a',
      'MODIFIED b',
      'MODIFIED c',
      'MODIFIED c',
    ]);
    const list = server.call({ method: 'GET', path: PODS }).body as { items: Pod[] };
    expect(list.items.map(({ metadata }) => metadata.deletionGracePeriodSeconds)).toEqual([30, 30]);
  });

  it('of a namespace is over when its finalizer is gone', () => {
    const server = cluster();
    post(server, '/api/v1/namespaces', { metadata: { name: 'n' } });
    const path = '/api/v1/namespaces/n';
    const ending = server.call({ method: 'DELETE', path }).body as KubernetesObject & { spec: object };
    expect(ending).toMatchObject({ spec: { finalizers: ['kubernetes'] }, status: { phase: 'Terminating' } });
    expect(server.call({ method: 'DELETE', path }).body).toMatchObject({ kind: 'Namespace' });
    expect(
      server.call({ method: 'PUT', path: `${path}/finalize`, body: { ...ending, spec: { finalizers: [] } } }).status,
    ).toBe(200);
    expect(server.call({ method: 'GET', path }).status).toBe(404);
  });
});

describe('services', () => {
  const service = (name: string, spec: object = {}) => ({
    metadata: { name },
    spec: { ports: [{ port: 80 }], ...spec },
  });
  const last = (ip: string | undefined): number => Number(ip?.split('.')[2]) * 256 + Number(ip?.split('.')[3]);

  it('get addresses above the band that is kept for those who choose', () => {
    const server = cluster();
    const addresses = Array.from(
      { length: 40 },
      (_, i) => post<Service>(server, SERVICES, service(`s${i}`)).spec.clusterIP,
    );
    expect(new Set(addresses).size).toBe(40);
    for (const address of addresses) expect(last(address)).toBeGreaterThan(256);
  });

  it('get node ports above theirs, and give all back when they go', () => {
    const server = cluster();
    const node = post<Service>(server, SERVICES, service('n', { type: 'NodePort', clusterIP: '10.96.0.20' }));
    const port = node.spec.ports?.[0]?.nodePort as number;
    expect(port).toBeGreaterThanOrEqual(30_086);
    expect(port).toBeLessThanOrEqual(32_767);
    const same = service('m', { type: 'NodePort', clusterIP: '10.96.0.20', ports: [{ port: 80, nodePort: port }] });
    expect(server.call({ method: 'POST', path: SERVICES, body: same }).status).toBe(422);
    server.call({ method: 'DELETE', path: `${SERVICES}/n` });
    expect(server.call({ method: 'POST', path: SERVICES, body: same }).status).toBe(201);
  });

  it('keep their address when their type changes', () => {
    const server = cluster();
    const before = post<Service>(server, SERVICES, service('s'));
    const after = server.call(merge(`${SERVICES}/s`, { spec: { type: 'NodePort' } })).body as Service;
    expect(after.spec.clusterIP).toBe(before.spec.clusterIP);
    expect(after.spec.ports?.[0]?.nodePort).toBeGreaterThan(30_000);
    const back = server.call(merge(`${SERVICES}/s`, { spec: { type: 'ClusterIP' } })).body as Service;
    expect(back.spec.ports?.[0]?.nodePort).toBeUndefined();
  });
});

describe('admission', () => {
  it('gives a pod its account, token, tolerations and priority', () => {
    const server = cluster();
    const made = post<Pod>(server, PODS, pod('p', { priorityClassName: 'system-node-critical' }));
    expect(made.spec).toMatchObject({ serviceAccountName: 'default', priority: 2_000_001_000 });
    expect(made.spec.volumes?.[0]?.name).toMatch(/^kube-api-access-/);
    expect(made.spec.tolerations?.map((toleration) => toleration.tolerationSeconds)).toEqual([300, 300]);
  });

  it('refuses unknown accounts and priority classes', () => {
    const server = cluster();
    const refused = (spec: object): unknown =>
      message(server.call({ method: 'POST', path: PODS, body: pod('p', spec) }));
    expect(refused({ serviceAccountName: 'nobody' })).toBe(
      'pods "p" is forbidden: error looking up service account default/nobody: serviceaccount "nobody" not found',
    );
    expect(refused({ priorityClassName: 'high' })).toBe(
      'pods "p" is forbidden: no PriorityClass with name high was found',
    );
  });

  it('holds pods against the standard of their namespace', () => {
    const server = cluster();
    const labels = {
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/warn': 'baseline',
    };
    server.call(merge('/api/v1/namespaces/default', { metadata: { labels } }));
    expect(message(server.call({ method: 'POST', path: PODS, body: pod('p') }))).toBe(
      'pods "p" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    );
    const securityContext = {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    };
    const safe = pod('p', { containers: [{ name: 'c', image: 'x', securityContext }] });
    expect(server.call({ method: 'POST', path: PODS, body: safe }).status).toBe(201);
    const workload = server.call({
      method: 'POST',
      path: '/apis/apps/v1/namespaces/default/deployments',
      body: {
        metadata: { name: 'd' },
        spec: {
          selector: { matchLabels: { a: 'b' } },
          template: {
            metadata: { labels: { a: 'b' } },
            spec: { hostNetwork: true, containers: [{ name: 'c', image: 'x' }] },
          },
        },
      },
    });
    expect(workload).toMatchObject({
      status: 201,
      warnings: ['would violate PodSecurity "baseline:latest": host namespaces (hostNetwork=true)'],
    });
  });

  it('charges quotas for pods, and says which have no room', () => {
    const server = cluster();
    const hard = { pods: '2', 'requests.cpu': '1' };
    post(server, '/api/v1/namespaces/default/resourcequotas', { metadata: { name: 'q' }, spec: { hard } });
    const path = '/api/v1/namespaces/default/resourcequotas/q';
    const small = { containers: [{ name: 'c', image: 'x', resources: { requests: { cpu: '600m' } } }] };
    const create = (name: string, spec: object) => server.call({ method: 'POST', path: PODS, body: pod(name, spec) });
    expect(message(create('p', small))).toBe(
      'pods "p" is forbidden: status unknown for quota: q, resources: pods,requests.cpu',
    );
    server.call(merge(`${path}/status`, { status: { hard, used: { pods: '0', 'requests.cpu': '0' } } }));
    expect(message(create('p', {}))).toBe('pods "p" is forbidden: failed quota: q: must specify requests.cpu for: c');
    expect(create('p', small).status).toBe(201);
    expect(server.call({ method: 'GET', path }).body).toMatchObject({
      status: { used: { pods: '1', 'requests.cpu': '600m' } },
    });
    expect(message(create('p2', small))).toBe(
      'pods "p2" is forbidden: exceeded quota: q, requested: requests.cpu=600m, used: requests.cpu=600m, limited: requests.cpu=1',
    );
  });
});

describe('eviction', () => {
  it('spends the budget, then deletes', () => {
    const server = cluster();
    post(server, PODS, pod('p', { nodeName: 'n1' }, { labels: { a: 'b' } }));
    server.call(
      merge(`${PODS}/p/status`, { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } }),
    );
    const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
    post(server, budgets, {
      metadata: { name: 'b' },
      spec: { minAvailable: 1, selector: { matchLabels: { a: 'b' } } },
    });
    const evict = () => server.call({ method: 'POST', path: `${PODS}/p/eviction`, body: { metadata: { name: 'p' } } });
    expect(message(evict())).toBe("Cannot evict pod as it would violate the pod's disruption budget.");
    const status = {
      observedGeneration: 1,
      disruptionsAllowed: 1,
      currentHealthy: 2,
      desiredHealthy: 1,
      expectedPods: 2,
    };
    server.call(merge(`${budgets}/b/status`, { status }));
    expect(evict().status).toBe(201);
    const budget = server.call({ method: 'GET', path: `${budgets}/b` }).body as PodDisruptionBudget;
    expect(budget.status).toMatchObject({ disruptionsAllowed: 0, disruptedPods: { p: toRFC3339(0) } });
    expect(server.call({ method: 'GET', path: `${PODS}/p` }).body).toMatchObject({
      metadata: { deletionGracePeriodSeconds: 30 },
    });
  });

  it('spends the budget once, though the pod changes in between', () => {
    const server = cluster();
    post(server, PODS, pod('p', { nodeName: 'n1' }, { labels: { a: 'b' } }));
    const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
    server.call(merge(`${PODS}/p/status`, { status: ready }));
    const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
    const spec = { minAvailable: 1, selector: { matchLabels: { a: 'b' } } };
    post(server, budgets, { metadata: { name: 'b' }, spec });
    const status = {
      observedGeneration: 1,
      disruptionsAllowed: 1,
      currentHealthy: 2,
      desiredHealthy: 1,
      expectedPods: 2,
    };
    server.call(merge(`${budgets}/b/status`, { status }));
    const body = { metadata: { name: 'p' } };
    const eviction = server.submit({ method: 'POST', path: `${PODS}/p/eviction`, body });
    // The budget is charged; before the deletion gets to etcd, a status does.
    const isDeleting = () =>
      [...server.state.waiting.values()].some((row) => row.wait === 'txn' && row.write.isCharged);
    for (let i = 0; i < 20 && !isDeleting(); i++) server.run(1);
    expect(isDeleting()).toBe(true);
    const key = '/registry/pods/default/p';
    const { metadata, ...rest } = server.state.objects.get(key) as KubernetesObject;
    const { resourceVersion: _version, ...others } = metadata;
    const success = [{ op: 'put', key, value: { ...rest, metadata: { ...others, labels: { a: 'b', late: 'yes' } } } }];
    server.sendFirst('etcd@test', { type: 'txn', requestId: 1e6, compare: [], success, failure: [] } as Body);
    server.run();
    expect(server.responses.find((response) => response.requestId === eviction)?.status).toBe(201);
    expect(server.state.objects.get(key)?.metadata).toMatchObject({
      labels: { late: 'yes' },
      deletionGracePeriodSeconds: 30,
    });
  });
});

describe('a runtime class', () => {
  it('is never found', () => {
    const answer = cluster().call({ method: 'POST', path: PODS, body: pod('p', { runtimeClassName: 'gvisor' }) });
    expect(message(answer)).toBe('pods "p" is forbidden: pod rejected: RuntimeClass "gvisor" not found');
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

describe('logs', () => {
  it('come from the kubelet of the pod’s node', () => {
    const server = cluster();
    post(server, '/api/v1/nodes', { metadata: { name: 'n1' } });
    server.call(
      merge('/api/v1/nodes/n1/status', { status: { addresses: [{ type: 'InternalIP', address: '172.18.0.3' }] } }),
    );
    post(server, PODS, pod('p', { nodeName: 'n1' }));
    const requestId = server.submit({ method: 'GET', path: `${PODS}/p/log`, query: { tailLines: '2' } });
    server.run();
    const [asked] = server.sentTo('kubelet@n1');
    expect(asked).toMatchObject({ type: 'kubeletRequest', op: 'logs', container: 'c', tailLines: 2 });
    const reply = { type: 'kubeletResponse', reply: true, requestId: asked?.requestId, status: 200, body: 'hello\n' };
    server.send('apiserver@test', reply as Body, 'kubelet@n1');
    expect(server.responses.find((response) => response.requestId === requestId)).toMatchObject({
      status: 200,
      body: 'hello\n',
    });
    expect(message(server.call({ method: 'GET', path: `${PODS}/p/log`, query: { container: 'z' } }))).toBe(
      'container z is not valid for pod p',
    );
  });
});

describe('events', () => {
  it('are stored with a lease, which many of them share', () => {
    const server = cluster();
    const event = (name: string) => ({
      metadata: { name },
      involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' },
      type: 'Normal',
    });
    for (const name of ['a', 'b', 'c']) post(server, '/api/v1/namespaces/default/events', event(name));
    expect(server.state.eventLease).toBe(1);
    server.now = 61_000;
    server.call(merge('/api/v1/namespaces/default/events/a', { count: 2 }));
    expect(server.state.eventLease).toBe(2);
  });
});

describe('leases', () => {
  const path = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';

  it('are renewed by those who know their version', () => {
    const server = cluster();
    const lease = post<Lease>(server, path, { metadata: { name: 'n1' }, spec: { holderIdentity: 'n1' } }, {
      user: NODE,
    } as Partial<Call>);
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

describe('without etcd', () => {
  it('what is cached can be read; when etcd is back, watches learn what they missed', () => {
    const server = cluster();
    post(server, MAPS, map('a'));
    const watch = server.watch(MAPS);
    server.stopEtcd();
    const cached = server.call({ method: 'GET', path: `${MAPS}/a`, query: { resourceVersion: '0' } });
    expect(cached.status).toBe(200);
    // A write waits for etcd.
    const write = server.submit({ method: 'POST', path: MAPS, body: map('b') });
    server.run();
    expect(server.responses.some(({ requestId }) => requestId === write)).toBe(false);
    server.startEtcd();
    server.fire('reconnect');
    expect(server.responses.find(({ requestId }) => requestId === write)?.status).toBe(201);
    post(server, MAPS, map('c'));
    expect(server.eventsOf(watch)).toEqual(['ADDED a', 'ADDED b', 'ADDED c']);
  });

  it('requests wait 34 s or 60 s, then are told that their time is up', () => {
    const server = cluster();
    post(server, MAPS, map('a'));
    server.stopEtcd();
    const write = server.submit({ method: 'POST', path: MAPS, body: map('b') });
    const read = server.submit({ method: 'GET', path: `${MAPS}/a` });
    const answerTo = (id: number) => server.responses.find(({ requestId }) => requestId === id);
    server.run();
    server.now = 33_999;
    server.fire('deadlines');
    expect(answerTo(write)).toBeUndefined();
    server.now = 34_000;
    server.fire('deadlines');
    expect(answerTo(write)?.status).toBe(504);
    expect((answerTo(write)?.body as Status | undefined)?.message).toBe(
      'Timeout: request did not complete within requested timeout - context deadline exceeded',
    );
    expect(answerTo(read)).toBeUndefined();
    server.now = 60_000;
    server.fire('deadlines');
    expect((answerTo(read)?.body as Status | undefined)?.message).toBe(
      'Timeout: request did not complete within the allotted timeout',
    );
  });

  it.each(['lost', 'failed'])('has one watch of each resource, also when its first write was %s', (how) => {
    const server = cluster();
    server.state.phase = 'bootstrapping';
    server.state.waiting.set(1e6, { wait: 'bootstrap' });
    if (how === 'lost') {
      server.stopEtcd();
      server.startEtcd();
      server.fire('reconnect');
    } else {
      const error = 'etcdserver: request timed out';
      server.send(SERVER, { type: 'etcdError', reply: true, requestId: 1e6, error } as Body, ETCD);
    }
    expect(server.state.phase).toBe('ready');
    const watches = [...server.state.waiting.values()].filter(({ wait }) => wait === 'cacheWatch');
    expect(watches).toHaveLength(server.state.caches.size);
    const watch = server.watch(MAPS);
    post(server, MAPS, map('a'));
    expect(server.eventsOf(watch)).toEqual(['ADDED a']);
  });

  it('events wait for their lease until etcd is back, or until their time is up', () => {
    const server = cluster();
    const event = { metadata: { name: 'e' }, involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' } };
    const submit = () => server.submit({ method: 'POST', path: '/api/v1/namespaces/default/events', body: event });
    const statusOf = (id: number) => server.responses.find(({ requestId }) => requestId === id)?.status;
    server.stopEtcd();
    const late = submit();
    server.run();
    server.now = 34_000;
    server.fire('deadlines');
    expect(statusOf(late)).toBe(504);
    const early = submit();
    server.run();
    server.startEtcd();
    server.fire('reconnect');
    expect(statusOf(early)).toBe(201);
    expect(server.state.forLease).toEqual([]);
  });

  it('is not healthy: etcd has two seconds to answer', () => {
    const server = cluster();
    server.now = 1_500;
    expect(server.call({ method: 'GET', path: '/livez' }).body).toBe('ok');
    expect(server.call({ method: 'GET', path: '/livez/etcd' }).body).toBe('ok');
    expect(server.call({ method: 'GET', path: '/livez/shutdown' }).status).toBe(404);
    expect(server.call({ method: 'GET', path: '/readyz', query: { verbose: '' } }).body).toBe(
      '[+]ping ok\n[+]log ok\n[+]etcd ok\n[+]etcd-readiness ok\n[+]informer-sync ok\n[+]shutdown ok\nreadyz check passed\n',
    );
    server.stopEtcd();
    server.now = 5_000;
    const check = server.submit({ method: 'GET', path: '/livez' });
    server.run();
    server.now = 7_000;
    server.fire('health');
    const answer = server.responses.find(({ requestId }) => requestId === check);
    expect(answer?.status).toBe(500);
    expect(answer?.body).toBe('[+]ping ok\n[+]log ok\n[-]etcd failed: reason withheld\nlivez check failed\n');
    const query = { exclude: 'etcd', verbose: 'true' };
    expect(server.call({ method: 'GET', path: '/livez', query })).toMatchObject({
      status: 200,
      body: '[+]ping ok\n[+]log ok\n[+]etcd excluded: ok\nlivez check passed\n',
    });
    const get = (path: string, query = {}) => server.call({ method: 'GET', path, query });
    expect(get('/livez/ping')).toMatchObject({ status: 200, body: 'ok' });
    expect(get('/livez/etcd')).toMatchObject({
      status: 500,
      body: 'internal server error: error getting data from etcd: context deadline exceeded\n',
    });
    expect(get('/readyz', { verbose: '', exclude: 'disk' })).toMatchObject({
      status: 500,
      body: '[+]ping ok\n[+]log ok\n[-]etcd failed: reason withheld\n[-]etcd-readiness failed: reason withheld\n[+]informer-sync ok\n[+]shutdown ok\nwarn: some health checks cannot be excluded: no matches for "disk"\nreadyz check failed\n',
    });
  });
});

describe('without a leader of etcd', () => {
  /** Ends every watch that the server has at etcd, and answers none of its questions. */
  function loseLeader(server: TestServer): void {
    for (const [requestId, { wait }] of [...server.state.waiting]) {
      const body = { type: 'watchResponse', reply: true, requestId, revision: 0, events: [] };
      if (wait === 'cacheWatch') server.send(SERVER, { ...body, canceled: 'etcdserver: no leader' } as Body, ETCD);
    }
  }

  it('caches stay readable for 30 s, then say that they are not ready, until they have been read anew', () => {
    const server = cluster();
    post(server, MAPS, map('a'));
    const watch = server.watch(MAPS);
    const list = () => server.call({ method: 'GET', path: MAPS, query: { resourceVersion: '0' } });
    loseLeader(server);
    server.state.etcdLost = true;
    expect(list().status).toBe(200);
    server.now = 30_000;
    server.fire('rewatch');
    expect(list().status).toBe(429);
    expect((list().body as Status).message).toBe('storage is (re)initializing');
    expect(server.closed).toContain(watch);
    server.fire('reconnect');
    expect(list().status).toBe(200);
    post(server, MAPS, map('b'));
    expect(server.call({ method: 'GET', path: MAPS }).status).toBe(200);
  });

  it('what happened before the leader came back is told once', () => {
    const server = cluster();
    const watch = server.watch(MAPS);
    loseLeader(server);
    post(server, MAPS, map('a'));
    expect(server.eventsOf(watch)).toEqual([]);
    server.fire('rewatch');
    expect(server.eventsOf(watch)).toEqual(['ADDED a']);
    post(server, MAPS, map('b'));
    expect(server.eventsOf(watch)).toEqual(['ADDED a', 'ADDED b']);
  });

  it('a watch that a learner refuses is opened again', () => {
    const server = cluster();
    const watch = server.watch(MAPS);
    const error = 'etcdserver: rpc not supported for learner';
    for (const [requestId, { wait }] of [...server.state.waiting])
      if (wait === 'cacheWatch')
        server.send(SERVER, { type: 'etcdError', reply: true, requestId, error } as Body, ETCD);
    server.fire('rewatch');
    post(server, MAPS, map('a'));
    expect(server.eventsOf(watch)).toEqual(['ADDED a']);
  });

  it('what the cache does not know yet can be changed all the same', () => {
    const server = cluster();
    loseLeader(server);
    const value = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a', namespace: 'default', uid: 'u' } };
    const success = [{ op: 'put', key: '/registry/configmaps/default/a', value }];
    server.send(ETCD, { type: 'txn', requestId: 1, compare: [], success, failure: [] } as Body, 'apiserver@other');
    expect(server.call(merge(`${MAPS}/a`, { data: { a: '1' } })).status).toBe(200);
    expect(server.call(merge(`${MAPS}/b`, { data: { a: '1' } })).status).toBe(404);
  });

  it('what is deleted while another resource lags can be made and changed again', () => {
    const server = cluster();
    post(server, MAPS, map('a'));
    const [id] = [...server.state.waiting].find(([, row]) => 'prefix' in row && row.prefix.includes('secrets')) ?? [];
    const body = { type: 'watchResponse', reply: true, requestId: id, revision: 0, events: [], canceled: 'no leader' };
    server.send(SERVER, body as Body, ETCD);
    server.call({ method: 'DELETE', path: `${MAPS}/a` });
    server.fire('rewatch');
    post(server, MAPS, map('a'));
    expect(server.call(merge(`${MAPS}/a`, { data: { a: '1' } })).status).toBe(200);
    expect(server.state.written.size).toBe(0);
  });

  it('a write that the lagging cache takes for nothing new is held against etcd', () => {
    const server = cluster();
    post(server, MAPS, { ...map('a'), data: { a: '1' } });
    loseLeader(server);
    const key = '/registry/configmaps/default/a';
    const { resourceVersion: _version, ...metadata } = server.state.objects.get(key)?.metadata ?? { name: 'a' };
    const value = { ...server.state.objects.get(key), metadata, data: { a: '2' } };
    const success = [{ op: 'put', key, value }];
    server.send(ETCD, { type: 'txn', requestId: 1, compare: [], success, failure: [] } as Body, 'apiserver@other');
    const patched = server.call(merge(`${MAPS}/a`, { data: { a: '1' } }));
    server.fire('rewatch');
    expect(patched.body).toEqual(server.state.objects.get(key));
    expect(server.state.objects.get(key)).toMatchObject({ data: { a: '1' } });
  });

  it('a failed write says so in etcd’s words, a read is asked again', () => {
    const server = cluster();
    post(server, MAPS, map('a'));
    const write = server.submit({ method: 'POST', path: MAPS, body: map('b') });
    server.run(1);
    const [id] = [...server.state.waiting].find(([, { wait }]) => wait === 'txn') ?? [];
    const error = 'etcdserver: request timed out';
    server.sendFirst(SERVER, { type: 'etcdError', reply: true, requestId: id, error } as Body);
    server.run();
    const answer = server.responses.find(({ requestId }) => requestId === write);
    expect([answer?.status, (answer?.body as Status | undefined)?.message]).toEqual([500, error]);
  });
});

describe('a server behind others', () => {
  it('does not tell a watch what it has seen already', () => {
    const server = cluster();
    const version = server.state.revision + 1;
    const watch = server.watch(MAPS, { resourceVersion: String(version) });
    post(server, MAPS, map('a'));
    post(server, MAPS, map('b'));
    expect(server.eventsOf(watch)).toEqual(['ADDED b']);
  });
});
