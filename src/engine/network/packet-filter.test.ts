import { describe, expect, it } from 'vitest';
import type { EndpointSlice, Service } from '../api/generated/types.ts';
import { restoreRules, routePacket, type ServiceRules } from './packet-filter.ts';

const config = { clusterCIDR: '10.244.0.0/16', masqueradeAll: false, nodePortAddresses: [], localhostNodePorts: true };
const node = { name: 'kind-worker', ip: '172.18.0.3', zone: '' };

function rules(addresses: [ip: string, node: string][], spec: object = {}): ServiceRules {
  const service = {
    metadata: { name: 'web', namespace: 'shop' },
    spec: { clusterIP: '10.96.20.5', ports: [{ port: 80, protocol: 'TCP' }], ...spec },
  } as Service;
  const slice = {
    metadata: { name: 'web-x', namespace: 'shop' },
    addressType: 'IPv4',
    ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    endpoints: addresses.map(([ip, nodeName]) => ({ addresses: [ip], nodeName, conditions: { ready: true } })),
  } as EndpointSlice;
  return { service, slices: [slice] };
}

const to = (destination: string, port: number) => ({ destination, port, protocol: 'tcp' as const });

describe('the packet filter', () => {
  const both = rules([
    ['10.244.1.7', 'kind-worker'],
    ['10.244.2.4', 'kind-worker2'],
  ]);

  it('sends a connection to one of the endpoints', () => {
    const filter = restoreRules(null, { full: { config, node }, large: false, set: [['shop/web', both]], remove: [] });
    const first = { verdict: 'forward', ip: '10.244.1.7', port: 8080, host: 'kind-worker' };
    const second = { verdict: 'forward', ip: '10.244.2.4', port: 8080, host: 'kind-worker2' };
    expect(routePacket(filter, to('10.96.20.5', 80), 0.4)).toEqual(first);
    expect(routePacket(filter, to('10.96.20.5', 80), 0.6)).toEqual(second);
  });

  it('refuses without endpoints, and loses what goes to a port that the Service does not have', () => {
    const set: [string, ServiceRules][] = [['shop/web', rules([])]];
    const filter = restoreRules(null, { full: { config, node }, large: false, set, remove: [] });
    expect(routePacket(filter, to('10.96.20.5', 80), 0)).toEqual({ verdict: 'refused' });
    expect(routePacket(filter, to('10.96.20.5', 81), 0)).toEqual({ verdict: 'dropped' });
  });

  it('drops for a Local Service without endpoint here', () => {
    const local = rules([['10.244.2.4', 'kind-worker2']], { internalTrafficPolicy: 'Local' });
    const filter = restoreRules(null, { full: { config, node }, large: false, set: [['shop/web', local]], remove: [] });
    expect(routePacket(filter, to('10.96.20.5', 80), 0)).toEqual({ verdict: 'dropped' });
  });

  it('changes only what a partial restore names, and nothing before the first full one', () => {
    const partial = { large: true, set: [], remove: ['shop/web'] };
    expect(restoreRules(null, partial)).toBeNull();
    const filter = restoreRules(null, { full: { config, node }, large: false, set: [['shop/web', both]], remove: [] });
    const after = restoreRules(filter, partial);
    expect(after?.large).toBe(true);
    expect(routePacket(after, to('10.96.20.5', 80), 0)).toMatchObject({
      verdict: 'forward',
      ip: '10.96.20.5',
      host: '',
    });
  });
});
