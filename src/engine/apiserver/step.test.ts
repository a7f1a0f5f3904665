import { describe, expect, it } from 'vitest';
import type { EndpointSlice, Service } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import type { Body } from '../kernel/types.ts';
import { answerTo, cluster, expectSuccess, merge, message, PODS, pod, post, SERVER, SERVICES } from './test-calls.ts';
import { TestServer } from './test-server.ts';

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

/** Pod `p` is on node `n1`, whose kubelet can be reached. */
function withPodOnNode(): TestServer {
  const server = cluster();
  post(server, '/api/v1/nodes', { metadata: { name: 'n1' } });
  server.call(
    merge('/api/v1/nodes/n1/status', { status: { addresses: [{ type: 'InternalIP', address: '172.18.0.3' }] } }),
  );
  post(server, PODS, pod('p', { nodeName: 'n1' }));
  return server;
}

describe('logs', () => {
  it('come from the kubelet of the pod’s node', () => {
    const server = withPodOnNode();
    const requestId = server.submit({ method: 'GET', path: `${PODS}/p/log`, query: { tailLines: '2' } });
    server.run();
    const [asked] = server.sentTo('kubelet@n1');
    expect(asked).toMatchObject({ type: 'kubeletRequest', op: 'logs', container: 'c', tailLines: 2 });
    const reply = { type: 'kubeletResponse', reply: true, requestId: asked?.requestId, status: 200, body: 'hello\n' };
    server.send(SERVER, reply as Body, 'kubelet@n1');
    expect(answerTo(server, requestId)).toMatchObject({ status: 200, body: 'hello\n' });
    expect(message(server.call({ method: 'GET', path: `${PODS}/p/log`, query: { container: 'z' } }))).toBe(
      'container z is not valid for pod p',
    );
  });

  it('and commands may take longer than any other request', () => {
    const server = withPodOnNode();
    const log = server.submit({ method: 'GET', path: `${PODS}/p/log` });
    const exec = server.submit({ method: 'POST', path: `${PODS}/p/exec`, body: { command: ['sleep', '90'] } });
    server.run();
    server.now = 90_000;
    server.fire('deadlines');
    expect([answerTo(server, log), answerTo(server, exec)]).toEqual([undefined, undefined]);
    const requestId = server.sentTo('kubelet@n1')[1]?.requestId;
    const body = { stdout: '', stderr: '', exitCode: 0 };
    const reply = { type: 'kubeletResponse', reply: true, requestId, status: 200, body };
    server.send(SERVER, reply as Body, 'kubelet@n1');
    expect(answerTo(server, exec)).toMatchObject({ status: 200, body });
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
