import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../api/object.ts';
import type { ApiRequest, WatchEvents } from '../client/index.ts';
import { type Definitions, Kernel } from '../kernel/kernel.ts';
import type { Body, ComponentDefinition, Effect } from '../kernel/types.ts';
import { send } from '../kernel/types.ts';
import { definition as machine } from '../machine/index.ts';
import type { MachineState } from '../machine/state.ts';
import { definition } from './index.ts';
import { iptablesSave } from './iptables-save.ts';
import type { KubeProxyState } from './state.ts';
import { view } from './step.ts';

type Json = KubernetesObject & Record<string, unknown>;

interface ServerState {
  objects: Record<string, Json>;
  watches: { path: string; id: number; to: string }[];
  version: number;
}

/** Lists and watches, and stores what the test puts. */
const apiserver: ComponentDefinition<ServerState, Body> = {
  component: 'apiserver',
  create: () => ({ objects: {}, watches: [], version: 1 }),
  step: (state, message): Effect[] => {
    const { body } = message;
    if (body.type === 'apiRequest') return answer(state, body as ApiRequest, message.from);
    if (body.type !== 'put') return [];
    const { path, object, gone } = body as unknown as { path: string; object: Json; gone?: boolean };
    const version = String(++state.version);
    const key = `${path}/${object.metadata.namespace}/${object.metadata.name}`;
    const known = key in state.objects;
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: version } };
    if (gone) delete state.objects[key];
    else state.objects[key] = stored;
    const type = gone ? 'DELETED' : known ? 'MODIFIED' : 'ADDED';
    return state.watches
      .filter((watch) => watch.path === path)
      .map(({ id, to }) => {
        const events: WatchEvents = {
          type: 'watchEvents',
          reply: true,
          watchId: id,
          events: [{ type, object: stored }],
        };
        return send(to, events);
      });
  },
};

function answer(state: ServerState, { requestId, path, query, method }: ApiRequest, to: string): Effect[] {
  const reply = (status: number, body: unknown): Effect[] => [
    send(to, { type: 'apiResponse', reply: true, requestId, status, body } as Body),
  ];
  if (method === 'POST') return reply(201, {});
  if (query?.watch === 'true') {
    state.watches.push({ path, id: requestId, to });
    return [];
  }
  const items = Object.keys(state.objects)
    .filter((key) => key.startsWith(`${path}/`))
    .map((key) => JSON.parse(JSON.stringify(state.objects[key])) as Json);
  return reply(200, { metadata: { resourceVersion: String(state.version) }, items });
}

const SERVICES = '/api/v1/services';
const SLICES = '/apis/discovery.k8s.io/v1/endpointslices';
const NODES = '/api/v1/nodes';

class Cluster {
  readonly kernel: Kernel;

  constructor(config: object = {}) {
    const known = [machine, apiserver, definition, silent('containerd'), silent('kubelet')] as ComponentDefinition[];
    this.kernel = new Kernel(Object.fromEntries(known.map((d) => [d.component, d])) as Definitions, 1, 0);
    for (const name of ['cp', 'node']) {
      this.kernel.addMachine(name, { name, internalIP: '172.18.0.3' });
      this.kernel.powerOn(name);
    }
    this.kernel.spawn('apiserver', 'cp', {}, undefined, '');
    this.put(NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node' }, spec: {} });
    this.put(SERVICES, web('10.96.20.5'));
    this.put(SLICES, slice(['10.244.1.7']));
    this.advance(3000);
    this.startProxy(config);
  }

  startProxy(config: object = {}): void {
    const own = {
      server: 'apiserver@cp',
      nodeName: 'node',
      nodeIP: '172.18.0.3',
      clusterCIDR: '10.244.0.0/16',
      config,
    };
    this.kernel.spawn('kube-proxy', 'node', own, undefined, '');
  }

  put(path: string, object: object, gone = false): void {
    this.kernel.submit('apiserver@cp', { type: 'put', path, object, gone } as unknown as Body);
  }

  advance(ms: number): void {
    this.kernel.advanceTo(this.kernel.now + ms);
  }

  get state(): KubeProxyState {
    return this.kernel.state<KubeProxyState>('kube-proxy@node') as KubeProxyState;
  }

  get text(): string {
    const filter = this.kernel.state<MachineState>('machine@node')?.packetFilter ?? null;
    return iptablesSave(filter, this.kernel.now);
  }

  get targets(): string[] {
    return [...this.text.matchAll(/--to-destination (\S+)/g)].map(([, target]) => target as string);
  }
}

function silent(component: string): ComponentDefinition {
  return { component, create: () => ({}), step: () => [] } as ComponentDefinition;
}

function web(clusterIP: string, more: object = {}): object {
  const spec = { type: 'ClusterIP', clusterIP, ports: [{ port: 80, protocol: 'TCP' }], ...more };
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'shop' }, spec };
}

function slice(ips: string[]): object {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-x', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    ports: [{ name: '', port: 8080, protocol: 'TCP' }],
    endpoints: ips.map((ip) => ({ addresses: [ip], conditions: { ready: true } })),
  };
}

describe('kube-proxy', () => {
  it('writes nothing before it knows Services, slices and its node, then everything at once', () => {
    const cluster = new Cluster();
    expect(cluster.text).not.toContain('KUBE-SERVICES');
    cluster.advance(200);
    expect(cluster.targets).toEqual(['10.244.1.7:8080']);
    expect(cluster.state.syncs).toBe(1);
    expect(cluster.state.last?.full).toBe(true);
  });

  it('writes a change at once, and the next not before a second has passed', () => {
    const cluster = new Cluster();
    cluster.advance(5000);
    cluster.put(SLICES, slice(['10.244.1.7', '10.244.2.4']));
    cluster.advance(100);
    expect(cluster.targets).toEqual(['10.244.1.7:8080', '10.244.2.4:8080']);
    cluster.put(SLICES, slice(['10.244.2.4']));
    cluster.advance(100);
    cluster.put(SLICES, slice(['10.244.2.9']));
    cluster.advance(500);
    expect(cluster.targets).toHaveLength(2);
    expect(view(cluster.state, cluster.kernel.now)).toMatchObject({ waiting: ['shop/web'], healthy: true });
    cluster.advance(500);
    expect(cluster.targets).toEqual(['10.244.2.9:8080']);
    expect(cluster.state).toMatchObject({ syncs: 3, last: { full: false, services: 1 }, queuedAt: 0 });
  });

  it('shows which rules its last sync added and removed', () => {
    const cluster = new Cluster();
    cluster.advance(5000);
    cluster.put(SLICES, slice([]));
    cluster.advance(200);
    const { lastSync } = view(cluster.state, cluster.kernel.now) as {
      lastSync: { added: string[]; removed: string[] };
    };
    expect(lastSync.added).toEqual([
      '-A KUBE-SERVICES -d 10.96.20.5/32 -p tcp -m comment --comment "shop/web has no endpoints" -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable',
    ]);
    expect(lastSync.removed.filter((line) => line.includes('-j DNAT'))).toHaveLength(1);
    expect(cluster.text).toContain('has no endpoints');
  });

  it('removes the rules of a Service that is gone, and ignores changes that do not matter', () => {
    const cluster = new Cluster();
    cluster.advance(5000);
    cluster.put(SERVICES, web('10.96.20.5'), true);
    cluster.advance(200);
    expect(cluster.text).not.toContain('shop/web');
    expect(cluster.text).toContain('kubernetes service nodeports; NOTE');
  });

  it('leaves its rules behind when it dies; the next one starts with a full sync', () => {
    const cluster = new Cluster();
    cluster.advance(5000);
    cluster.kernel.kill('kube-proxy@node', 137);
    cluster.put(SLICES, slice(['10.244.3.3']));
    cluster.advance(60_000);
    expect(cluster.targets).toEqual(['10.244.1.7:8080']);
    cluster.startProxy();
    cluster.advance(200);
    expect(cluster.targets).toEqual(['10.244.3.3:8080']);
    expect(cluster.state.last?.full).toBe(true);
  });

  it('loses its rules with the power', () => {
    const cluster = new Cluster();
    cluster.advance(5000);
    cluster.kernel.powerOff('node');
    cluster.kernel.powerOn('node');
    cluster.advance(20_000);
    expect(cluster.text).not.toContain('KUBE-SERVICES');
    expect(cluster.text).toContain(':KUBE-KUBELET-CANARY - [0:0]');
  });

  it('writes everything again when its node moves to another zone, and once an hour', () => {
    const cluster = new Cluster({ nodePortAddresses: ['172.18.0.0/16'], iptables: { masqueradeAll: true } });
    cluster.advance(5000);
    const labels = { 'topology.kubernetes.io/zone': 'b' };
    cluster.put(NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node', labels }, spec: {} });
    cluster.advance(200);
    expect(cluster.state).toMatchObject({ syncs: 2, zone: 'b', last: { full: true } });
    cluster.advance(3_600_000);
    expect(cluster.state.syncs).toBe(3);
    expect(cluster.text).toContain(
      '-A KUBE-SERVICES -d 172.18.0.3/32 -m comment --comment "kubernetes service nodeports;',
    );
    expect(cluster.text).toContain('"shop/web cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ');
  });
});
