import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../api/object.ts';
import { createCoreDns } from './state.ts';
import { candidates, resolve } from './step.ts';

const { client } = createCoreDns({ server: 'apiserver@cp' });

function service(namespace: string, name: string, spec: object): void {
  const object = { apiVersion: 'v1', kind: 'Service', metadata: { namespace, name }, spec };
  client.informers.services?.objects.set(`${namespace}/${name}`, object as KubernetesObject);
}

function slice(namespace: string, name: string, endpoints: object[]): void {
  const labels = { 'kubernetes.io/service-name': name };
  const object = { kind: 'EndpointSlice', metadata: { namespace, name: `${name}-x`, labels }, endpoints };
  client.informers.endpointslices?.objects.set(`${namespace}/${name}-x`, object as unknown as KubernetesObject);
}

service('shop', 'web', { clusterIP: '10.96.20.5' });
service('shop', 'db', { clusterIP: 'None' });
slice('shop', 'db', [
  { addresses: ['10.244.1.7'], hostname: 'db-0', conditions: { ready: true } },
  { addresses: ['10.244.2.4'], hostname: 'db-1', conditions: { ready: false } },
]);
service('shop', 'none', { clusterIP: 'None' });
service('shop', 'alias', { type: 'ExternalName', externalName: 'example.com' });
service('shop', 'front', { type: 'ExternalName', externalName: 'web.shop.svc.cluster.local.' });
service('shop', 'loop', { type: 'ExternalName', externalName: 'loop.shop.svc.cluster.local' });

describe('CoreDNS', () => {
  it.each([
    ['web.shop.svc.cluster.local', ['10.96.20.5']],
    ['db.shop.svc.cluster.local', ['10.244.1.7']],
    ['db-0.db.shop.svc.cluster.local', ['10.244.1.7']],
    ['db-1.db.shop.svc.cluster.local', undefined],
    ['10-244-1-7.shop.pod.cluster.local', ['10.244.1.7']],
    ['none.shop.svc.cluster.local', undefined],
    ['web.other.svc.cluster.local', undefined],
    ['web', undefined],
    ['web.other', undefined],
    ['front.shop.svc.cluster.local', ['10.96.20.5']],
    ['loop.shop.svc.cluster.local', undefined],
  ])('%s is %s', (name, addresses) => {
    expect(resolve(client, name)).toEqual(addresses);
  });

  it('gives names outside the cluster an address that nobody has', () => {
    expect(resolve(client, 'example.com')).toEqual(['192.0.2.10']);
    expect(resolve(client, 'alias.shop.svc.cluster.local')).toEqual(['192.0.2.10']);
  });

  it('tries the search list first for names with few dots', () => {
    expect(candidates('web', ['shop.svc.cluster.local', 'cluster.local'])).toEqual([
      'web.shop.svc.cluster.local',
      'web.cluster.local',
      'web',
    ]);
    expect(candidates('web.shop.svc.cluster.local.', ['x'])).toEqual(['web.shop.svc.cluster.local']);
    expect(candidates('a.b.c.d.e.f', ['x'])).toEqual(['a.b.c.d.e.f', 'a.b.c.d.e.f.x']);
  });
});
