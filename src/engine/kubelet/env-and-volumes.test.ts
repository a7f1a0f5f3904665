import { describe, expect, it } from 'vitest';
import { booted, container, putConfigMap } from './test-pods.ts';

describe('what a container gets', () => {
  it('are variables from all sources, and expanded arguments', () => {
    const node = booted({ nginx: {} });
    putConfigMap(node, 'c', { COLOR: 'red', SIZE: 'big' });
    const put = (plural: string, kind: string, name: string, content: object) =>
      node.put({ apiVersion: 'v1', kind, metadata: { name, namespace: 'default' }, ...content }, plural);
    put('secrets', 'Secret', 's', { data: { password: 'cGHDpHNz' } });
    const ports = [{ port: 6379, protocol: 'TCP' }];
    put('services', 'Service', 'my-redis', { spec: { clusterIP: '10.96.0.7', ports } });
    node.advance(1000);
    node.bind('web', {
      containers: [
        container('web', 'nginx', {
          args: ['--at=$(WHERE)', '$$(WHERE)', '$(NOBODY)'],
          envFrom: [{ configMapRef: { name: 'c' }, prefix: 'P_' }],
          env: [
            { name: 'WHERE', value: '$(MY_REDIS_SERVICE_HOST):$(MY_REDIS_SERVICE_PORT)' },
            { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 's', key: 'password' } } },
            { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
            { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
            { name: 'NONE', valueFrom: { configMapKeyRef: { name: 'c', key: 'x', optional: true } } },
          ],
        }),
      ],
    });
    node.advance(5000);
    const config = node.runtime.configs.get('web');
    expect(config?.args).toEqual(['--at=10.96.0.7:6379', '$(WHERE)', '$(NOBODY)']);
    expect(Object.fromEntries((config?.envs ?? []).map(({ key, value }) => [key, value]))).toEqual({
      P_COLOR: 'red',
      P_SIZE: 'big',
      WHERE: '10.96.0.7:6379',
      PASSWORD: 'paäss',
      IP: '10.244.1.2',
      CPU: '8',
      MY_REDIS_SERVICE_HOST: '10.96.0.7',
      MY_REDIS_SERVICE_PORT: '6379',
      MY_REDIS_PORT: 'tcp://10.96.0.7:6379',
      MY_REDIS_PORT_6379_TCP: 'tcp://10.96.0.7:6379',
      MY_REDIS_PORT_6379_TCP_PROTO: 'tcp',
      MY_REDIS_PORT_6379_TCP_PORT: '6379',
      MY_REDIS_PORT_6379_TCP_ADDR: '10.96.0.7',
    });
  });

  it('are files that follow their ConfigMap within a minute', () => {
    const node = booted({ nginx: {} });
    putConfigMap(node, 'c', { a: '1', b: '2' });
    const volumes = [
      { name: 'all', configMap: { name: 'c' } },
      { name: 'one', configMap: { name: 'c', items: [{ key: 'b', path: 'sub/b' }] } },
      { name: 'shared', emptyDir: {} },
    ];
    const volumeMounts = volumes.map(({ name }) => ({ name, mountPath: `/${name}` }));
    node.bind('web', { volumes, containers: [container('web', 'nginx', { volumeMounts })] });
    node.advance(5000);
    const path = '/var/lib/kubelet/pods/uid-web/volumes/kubernetes.io~';
    expect(node.runtime.configs.get('web')?.mounts).toEqual([
      { containerPath: '/all', hostPath: `${path}configmap/all`, readonly: false, files: { a: '1', b: '2' } },
      { containerPath: '/one', hostPath: `${path}configmap/one`, readonly: false, files: { 'sub/b': '2' } },
      { containerPath: '/shared', hostPath: `${path}empty-dir/shared`, readonly: false },
    ]);
    putConfigMap(node, 'c', { a: '7', b: '8' });
    node.advance(60_000);
    expect(node.runtime.volumes.get(`${path}configmap/all`)).toEqual({ a: '7', b: '8' });
    expect(node.kernel.pending).toBe(0);
  });
});
