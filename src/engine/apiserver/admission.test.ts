import { describe, expect, it } from 'vitest';
import type { Pod } from '../api/generated/types.ts';
import { cluster, merge, message, PODS, pod, post } from './test-calls.ts';

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

describe('a runtime class', () => {
  it('is never found', () => {
    const answer = cluster().call({ method: 'POST', path: PODS, body: pod('p', { runtimeClassName: 'gvisor' }) });
    expect(message(answer)).toBe('pods "p" is forbidden: pod rejected: RuntimeClass "gvisor" not found');
  });
});
