import { describe, expect, test } from 'vitest';
import { decode } from '../decode.ts';
import { applyDefaults } from '../defaults/index.ts';
import type { KubernetesObject } from '../object.ts';
import { resourceOfBareKind } from '../resources.ts';
import { hasGeneration, prepareForCreate, prepareForUpdate } from './index.ts';
import { qosClassOf } from './pod.ts';

// biome-ignore lint/suspicious/noExplicitAny: builds any object.
type Any = any;

const container = { name: 'c', image: 'x:1' };
const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [container] } };
const selector = { matchLabels: { a: 'b' } };

function stored(kind: string, body: Any): Any {
  const resource = resourceOfBareKind(kind)!;
  const namespace = resource.namespaced ? { namespace: 'default' } : {};
  const decoded = decode(resource, { ...body, metadata: { name: 'x', ...namespace, ...body.metadata } });
  if ('status' in decoded) throw new Error(decoded.status.message);
  const object: Any = prepareForCreate(applyDefaults(decoded.object));
  return {
    ...object,
    metadata: { ...object.metadata, uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  };
}

function changed(old: Any, change: Any, subresource = ''): Any {
  const metadata = { ...old.metadata, ...change.metadata };
  return prepareForUpdate(applyDefaults({ ...old, ...change, metadata } as KubernetesObject), old, subresource);
}

describe('a new object', () => {
  test('says nothing that only the server may say', () => {
    const pod = stored('Pod', {
      metadata: { generation: 7, deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 5 },
      spec: { containers: [container] },
      status: { phase: 'Running', podIP: '1.2.3.4' },
    });
    expect(pod.metadata).toEqual({
      name: 'x',
      namespace: 'default',
      generation: 1,
      uid: 'u',
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    });
    expect(pod.status).toEqual({ phase: 'Pending', qosClass: 'BestEffort' });
  });

  test('a gated Pod shows why it waits', () => {
    const pod = stored('Pod', { spec: { containers: [container], schedulingGates: [{ name: 'example.com/wait' }] } });
    expect(pod.status.conditions).toEqual([
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'SchedulingGated',
        message: 'Scheduling is blocked due to non-empty scheduling gates',
        lastProbeTime: null,
        lastTransitionTime: null,
      },
    ]);
  });

  test('matchLabelKeys narrow the selector to the Pod’s own labels', () => {
    const constraint = {
      maxSkew: 1,
      topologyKey: 'zone',
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: selector,
      matchLabelKeys: ['hash', 'none'],
    };
    const pod = stored('Pod', {
      metadata: { labels: { hash: 'h1' } },
      spec: { containers: [container], topologySpreadConstraints: [constraint] },
    });
    expect(pod.spec.topologySpreadConstraints[0].labelSelector).toEqual({
      ...selector,
      matchExpressions: [{ key: 'hash', operator: 'In', values: ['h1'] }],
    });
  });
});

describe('generation', () => {
  test.each(['Pod', 'Deployment', 'ReplicaSet', 'DaemonSet', 'PodDisruptionBudget', 'PriorityClass', 'EndpointSlice'])(
    '%s has one',
    (kind) => {
      expect(hasGeneration(kind)).toBe(true);
    },
  );
  test.each(['Service', 'ConfigMap', 'Secret', 'Node', 'Namespace', 'Event', 'Lease', 'ServiceAccount'])(
    '%s has none',
    (kind) => {
      expect(hasGeneration(kind)).toBe(false);
    },
  );

  test('a Deployment counts changes of spec and annotations, not of labels or status', () => {
    const old = stored('Deployment', { spec: { selector, template } });
    expect(changed(old, { metadata: { labels: { l: 'm' } } }).metadata.generation).toBe(1);
    expect(changed(old, { metadata: { annotations: { l: 'm' } } }).metadata.generation).toBe(2);
    expect(changed(old, { spec: { ...old.spec, replicas: 3 } }).metadata.generation).toBe(2);
    expect(changed(old, { metadata: { generation: 9 }, status: { replicas: 1 } }, 'status').metadata.generation).toBe(
      1,
    );
  });

  test('a DaemonSet counts changes of its template in an annotation, whatever the client sends', () => {
    const old = stored('DaemonSet', { spec: { selector, template } });
    const key = 'deprecated.daemonset.template.generation';
    const other = {
      ...old.spec.template,
      spec: { ...old.spec.template.spec, containers: [{ ...container, image: 'y:1' }] },
    };
    expect(old.metadata.annotations[key]).toBe('1');
    expect(
      changed(old, { metadata: { annotations: undefined }, spec: { ...old.spec, minReadySeconds: 5 } }).metadata
        .annotations[key],
    ).toBe('1');
    expect(changed(old, { spec: { ...old.spec, template: other } }).metadata.annotations[key]).toBe('2');
  });

  test('an EndpointSlice counts changes of endpoints, ports and labels', () => {
    const old = stored('EndpointSlice', { addressType: 'IPv4', endpoints: [], ports: [{ port: 80 }] });
    expect(changed(old, { metadata: { annotations: { a: 'b' } } }).metadata.generation).toBe(1);
    expect(changed(old, { endpoints: [{ addresses: ['10.0.0.1'], conditions: {} }] }).metadata.generation).toBe(2);
  });
});

describe('the paths of one object', () => {
  test('pods/status moves nothing but the status', () => {
    const old = stored('Pod', { spec: { containers: [container] } });
    const owner = { apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u' };
    const pod = changed(
      old,
      {
        metadata: { ownerReferences: [owner] },
        spec: { containers: [] },
        status: { phase: 'Running', podIP: '1.2.3.4' },
      },
      'status',
    );
    expect(pod.spec).toBe(old.spec);
    expect(pod.metadata.ownerReferences).toBeUndefined();
    expect(pod.status).toEqual({
      phase: 'Running',
      podIP: '1.2.3.4',
      podIPs: [{ ip: '1.2.3.4' }],
      qosClass: 'BestEffort',
    });
  });

  test('a namespace loses its finalizer only by finalize', () => {
    const old = stored('Namespace', {});
    expect(changed(old, { spec: {} }).spec).toEqual({ finalizers: ['kubernetes'] });
    expect(changed(old, { spec: {} }, 'finalize').spec).toEqual({});
  });

  test('what no writer may lose is kept', () => {
    const old = stored('ConfigMap', {});
    const marked = {
      ...old,
      metadata: { ...old.metadata, deletionTimestamp: '2026-01-01T00:00:01Z', deletionGracePeriodSeconds: 0 },
    };
    const { uid: _uid, creationTimestamp: _time, ...rest } = old.metadata;
    expect(prepareForUpdate({ ...old, metadata: rest }, marked).metadata).toEqual(marked.metadata);
  });

  test('a Service keeps what was allocated to it', () => {
    const spec = { type: 'NodePort', ports: [{ port: 80 }] };
    const first = stored('Service', { spec });
    const old = {
      ...first,
      spec: {
        ...first.spec,
        clusterIP: '10.96.0.9',
        clusterIPs: ['10.96.0.9'],
        ports: [{ ...first.spec.ports[0], nodePort: 30001 }],
      },
    };
    const again = changed(old, { spec: stored('Service', { spec }).spec });
    expect(again.spec).toEqual(old.spec);
    const inside = changed(old, { spec: { ...old.spec, type: 'ClusterIP' } });
    expect(inside.spec.ports[0].nodePort).toBeUndefined();
    expect(inside.spec.externalTrafficPolicy).toBeUndefined();
    expect(inside.spec.clusterIP).toBe('10.96.0.9');
    const moved = changed(old, { spec: { ...old.spec, clusterIP: '10.96.0.8' } });
    expect(moved.spec.clusterIPs).toEqual(['10.96.0.8']);
  });
});

test.each([
  [{}, 'BestEffort'],
  [{ requests: { cpu: '1' } }, 'Burstable'],
  [{ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1', memory: '1Gi' } }, 'Guaranteed'],
  [{ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m', memory: '1Gi' } }, 'Burstable'],
  [{ limits: { 'example.com/gpu': '1' } }, 'BestEffort'],
])('resources %j are %s', (resources, expected) => {
  expect(qosClassOf({ containers: [{ name: 'c', resources }] })).toBe(expected);
});
