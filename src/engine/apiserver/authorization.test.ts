import { describe, expect, it } from 'vitest';
import type { ApiResponse, Call } from '../client/messages.ts';
import { cluster, expectSuccess, MAPS, map, merge, message, PODS, pod, post } from './test-calls.ts';

const NODE = 'system:node:n1';

describe('authorization', () => {
  const server = cluster();
  post(server, '/api/v1/nodes', { metadata: { name: 'n1' } }, { user: NODE });
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
