import { describe, expect, it } from 'vitest';
import type { Service } from '../api/generated/types.ts';
import { cluster, merge, post, SERVICES } from './test-calls.ts';

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
