import { expect, test } from 'vitest';
import type { EndpointSlice, Service } from '../../api/generated/types.ts';
import { nodeOf, podOf, World } from '../test-world.ts';
import { endpointSliceController } from './index.ts';

const web = (spec: object = {}, metadata: object = {}): Service =>
  ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default', labels: { app: 'web' }, ...metadata },
    spec: {
      selector: { app: 'web' },
      clusterIP: '10.96.0.7',
      ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
      ...spec,
    },
  }) as Service;

const slices = (world: World) => world.list<EndpointSlice>('EndpointSlice');
const sizes = (world: World) => slices(world).map((slice) => slice.endpoints.length);
const addresses = (world: World) =>
  slices(world).flatMap((slice) => slice.endpoints.map((endpoint) => endpoint.addresses[0]));
const isIdle = (world: World) => {
  expect(world.again(endpointSliceController, 'default/web')).toEqual([]);
  // A new version of the Service makes the controller compare everything.
  const service = world.get<Service>('Service', 'default', 'web') as Service;
  world.put({ ...service, spec: { ...service.spec } });
  expect(world.run()).toEqual([]);
};

function worldWith(count: number): World {
  const world = new World([endpointSliceController]);
  world.put(nodeOf('node-a', { labels: { 'topology.kubernetes.io/zone': 'a' } }));
  for (let i = 0; i < count; i++) world.put(podOf(`web-${i}`, { node: 'node-a', ip: `10.244.1.${i}` }));
  world.put(web());
  world.run();
  return world;
}

test('a Service without pods keeps one empty slice, which its first pod takes over', () => {
  const world = worldWith(0);
  const [slice] = slices(world);
  expect(slice).toMatchObject({
    addressType: 'IPv4',
    endpoints: [],
    ports: [],
    metadata: {
      generateName: 'web-',
      labels: {
        app: 'web',
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
        'kubernetes.io/service-name': 'web',
      },
      annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': '2026-01-01T00:00:00Z' },
      ownerReferences: [{ kind: 'Service', name: 'web', controller: true, blockOwnerDeletion: true }],
    },
  });
  isIdle(world);

  const pod = world.put(podOf('web-0', { node: 'node-a', ip: '10.244.1.2' }));
  expect(world.run().map((what) => what.method)).toEqual(['PUT']);
  expect(slices(world)).toHaveLength(1);
  expect(slices(world)[0]?.metadata.name).toBe(slice?.metadata.name);
  expect(slices(world)[0]).toMatchObject({
    metadata: { annotations: { 'endpoints.kubernetes.io/last-change-trigger-time': '2026-01-01T00:00:02Z' } },
    ports: [{ name: '', port: 80, protocol: 'TCP' }],
    endpoints: [
      {
        addresses: ['10.244.1.2'],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: 'node-a',
        zone: 'a',
        targetRef: { kind: 'Pod', namespace: 'default', name: 'web-0', uid: pod.metadata.uid },
      },
    ],
  });
  isIdle(world);

  world.remove(pod);
  world.run();
  expect(slices(world)).toHaveLength(1);
  expect(slices(world)[0]).toMatchObject({ endpoints: [], ports: [] });
  isIdle(world);
});

test.each([
  ['ready', {}, {}, [true, true, false]],
  ['not ready', { ready: false }, {}, [false, false, false]],
  ['deleting, still ready', { metadata: { deletionTimestamp: 'x' } }, {}, [false, true, true]],
  ['deleting, not ready', { ready: false, metadata: { deletionTimestamp: 'x' } }, {}, [false, false, true]],
  ['published though not ready', { ready: false }, { publishNotReadyAddresses: true }, [true, false, false]],
])('conditions of a pod: %s', (_title, pod, spec, [ready, serving, terminating]) => {
  const world = worldWith(0);
  world.put(web(spec));
  world.put(podOf('web-0', { node: 'node-a', ip: '10.244.1.2', ...pod }));
  world.run();
  expect(slices(world)[0]?.endpoints[0]?.conditions).toEqual({ ready, serving, terminating });
});

test('a pod leaves when it has ended, lost its labels or its address', () => {
  const world = worldWith(3);
  expect(sizes(world)).toEqual([3]);
  world.put(podOf('web-0', { node: 'node-a', ip: '10.244.1.0', phase: 'Succeeded' }));
  world.put(podOf('web-1', { node: 'node-a', ip: '10.244.1.1', labels: { app: 'other' } }));
  world.run();
  expect(addresses(world)).toEqual(['10.244.1.2']);
  isIdle(world);
});

test('a change without readiness leaves no trigger time', () => {
  const world = worldWith(2);
  world.put(podOf('web-0', { node: 'node-a', ip: '10.244.1.0', metadata: { deletionTimestamp: 'x' } }));
  world.run();
  expect(slices(world)[0]?.metadata.annotations).toBeUndefined();
});

test('at most 100 endpoints a slice; a leftover fills the closest fit; nothing is rebalanced', () => {
  const world = worldWith(250);
  expect(sizes(world)).toEqual([100, 100, 50]);
  expect(new Set(addresses(world)).size).toBe(250);
  world.put(podOf('late', { node: 'node-a', ip: '10.244.2.1' }));
  expect(world.run().map((what) => what.method)).toEqual(['PUT']);
  expect(sizes(world)).toEqual([100, 100, 51]);
  isIdle(world);
  // A slice that changes anyhow takes the new endpoint, though another has more room.
  world.remove(world.get('Pod', 'default', 'web-3') as never);
  world.put(podOf('later', { node: 'node-a', ip: '10.244.2.2' }));
  expect(world.run().map((what) => what.method)).toEqual(['PUT']);
  expect(sizes(world)).toEqual([100, 100, 51]);
  isIdle(world);
});

test('pods whose named port has another number are listed in another slice', () => {
  const world = worldWith(0);
  const named = (port: number) => ({ containers: [{ name: 'c', ports: [{ name: 'http', containerPort: port }] }] });
  world.put(web({ ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 'http' }] }));
  world.put(podOf('web-0', { node: 'node-a', ip: '10.244.1.0', spec: named(8080) }));
  world.put(podOf('web-1', { node: 'node-a', ip: '10.244.1.1', spec: named(8081) }));
  world.run();
  expect(
    slices(world)
      .map((slice) => slice.ports?.[0]?.port)
      .sort(),
  ).toEqual([8080, 8081]);
  expect(sizes(world)).toEqual([1, 1]);
  isIdle(world);
});

test('new ports move all endpoints, and the old slices go', () => {
  const world = worldWith(120);
  world.put(web({ ports: [{ port: 80, protocol: 'TCP', targetPort: 8080 }] }));
  world.run();
  expect(sizes(world).sort()).toEqual([100, 20]);
  expect(slices(world).every((slice) => slice.ports?.[0]?.port === 8080)).toBe(true);
  isIdle(world);
});

test('a pod on an unknown node waits for it', () => {
  const world = worldWith(1);
  world.put(podOf('web-9', { node: 'node-b', ip: '10.244.2.1' }));
  world.run();
  expect(sizes(world)).toEqual([1]);
  world.put(nodeOf('node-b'));
  world.advance(1000);
  expect(sizes(world)).toEqual([2]);
  isIdle(world);
});

test('a slice that somebody deletes or edits comes back', () => {
  const world = worldWith(2);
  world.remove(slices(world)[0] as EndpointSlice);
  world.run();
  expect(sizes(world)).toEqual([2]);
  const slice = slices(world)[0] as EndpointSlice;
  world.put({ ...slice, endpoints: slice.endpoints.slice(1) });
  world.run();
  expect(addresses(world).sort()).toEqual(['10.244.1.0', '10.244.1.1']);
  isIdle(world);
});

test('a failed write is tried again from what the caches hold', () => {
  const world = worldWith(1);
  let failures = 1;
  world.intercept = (what) =>
    what.method === 'PUT' && failures-- > 0 ? { status: 409, body: { message: 'conflict' } } : undefined;
  world.put(podOf('web-5', { node: 'node-a', ip: '10.244.1.5' }));
  world.run();
  expect(world.events).toEqual([
    'FailedToUpdateEndpointSlices Service/web Error updating Endpoint Slices for Service default/web: conflict',
  ]);
  world.advance(1000);
  expect(sizes(world)).toEqual([2]);
  isIdle(world);
});

test('manual slices and Services without selector are left alone', () => {
  const world = new World([endpointSliceController]);
  world.put({ ...web(), spec: { ports: [{ port: 80 }] } } as Service);
  world.put({ ...web({ type: 'ExternalName' }), metadata: { name: 'ext', namespace: 'default' } } as Service);
  expect(world.run()).toEqual([]);
});

test('hints follow the wish for nearness', () => {
  const world = worldWith(1);
  world.put(web({ trafficDistribution: 'PreferSameNode' }));
  world.run();
  expect(slices(world)[0]?.endpoints[0]?.hints).toEqual({ forZones: [{ name: 'a' }], forNodes: [{ name: 'node-a' }] });
  world.put(web());
  world.run();
  expect(slices(world)[0]?.endpoints[0]?.hints).toBeUndefined();
  isIdle(world);
});

test('what a write whose answer got lost has listed a second time is taken out', () => {
  const world = worldWith(3);
  const [first] = slices(world) as [EndpointSlice];
  const { name: _name, uid: _uid, resourceVersion: _version, ...metadata } = first.metadata;
  world.put({ ...first, metadata: { ...metadata, name: 'web-twin', namespace: 'default' } } as EndpointSlice);
  expect(sizes(world)).toEqual([3, 3]);
  expect(world.run().map((what) => what.method)).toEqual(['DELETE']);
  expect(addresses(world).sort()).toEqual(['10.244.1.0', '10.244.1.1', '10.244.1.2']);
  expect(world.again(endpointSliceController, 'default/web')).toEqual([]);
});
