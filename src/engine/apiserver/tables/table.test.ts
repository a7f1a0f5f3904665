import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Pod } from '../../api/generated/types.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { RESOURCES } from '../../api/resources.ts';
import { toRFC3339 } from '../../api/time.ts';
import { agreement } from '../../testing/agreement.ts';
import { age, humanDuration } from './age.ts';
import type { Cell } from './cell.ts';
import { podCells } from './pod.ts';
import { columnsOf, rowOf, tableOf } from './table.ts';

const golden = (file: string): string =>
  readFileSync(new URL(`../../testdata/golden/${file}`, import.meta.url), 'utf8');
const NOW = 1000 * 86_400_000;
const ago = (seconds: number): string => toRFC3339(NOW - seconds * 1000);

describe('columns', () => {
  const recorded = JSON.parse(golden('table-columns-v1.35.json')) as Record<string, object[]>;
  const agrees = agreement('table columns, kinds', RESOURCES.length);

  it.each(RESOURCES.map((resource) => [resource.apiVersion, resource.kind]))(
    'of %s %s as recorded',
    (version, kind) => {
      const columns = columnsOf(kind).map(({ name, type, format, priority }) => ({ name, type, format, priority }));
      expect(columns).toEqual(recorded[`${version} ${kind}`]);
      agrees();
    },
  );
});

describe('age', () => {
  it.each([
    [0, '0s'],
    [119, '119s'],
    [120, '2m'],
    [407, '6m47s'],
    [600, '10m'],
    [10_799, '179m'],
    [10_800, '3h'],
    [11_100, '3h5m'],
    [28_800, '8h'],
    [172_800, '2d'],
    [176_400, '2d1h'],
    [691_200, '8d'],
    [730 * 86_400, '2y'],
    [800 * 86_400, '2y70d'],
    [3000 * 86_400, '8y'],
    [-1, '0s'],
    [-5, '<invalid>'],
  ])('%i s is %s', (seconds, text) => {
    expect(humanDuration(seconds * 1000)).toBe(text);
  });

  it('is unknown without a timestamp', () => {
    expect(age(undefined, NOW)).toBe('<unknown>');
  });
});

function pod(change: Partial<Pod['status']>, spec: Partial<Pod['spec']> = {}, metadata: object = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default', creationTimestamp: ago(60), ...metadata },
    spec: { containers: [{ name: 'a' }], ...spec },
    status: { phase: 'Running', ...change },
  } as Pod;
}

const container = (name: string, state: object, rest: object = {}) =>
  ({ name, image: 'x', imageID: '', ready: false, restartCount: 0, state, ...rest }) as never;

describe('a pod', () => {
  it.each<[string, Pod]>([
    ['Pending', pod({ phase: 'Pending' })],
    ['Evicted', pod({ phase: 'Failed', reason: 'Evicted' })],
    [
      'SchedulingGated',
      pod({
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] as never,
      }),
    ],
    ['ImagePullBackOff', pod({ containerStatuses: [container('a', { waiting: { reason: 'ImagePullBackOff' } })] })],
    ['Error', pod({ containerStatuses: [container('a', { terminated: { exitCode: 1, reason: 'Error' } })] })],
    ['ExitCode:3', pod({ containerStatuses: [container('a', { terminated: { exitCode: 3 } })] })],
    ['Signal:9', pod({ containerStatuses: [container('a', { terminated: { exitCode: 137, signal: 9 } })] })],
    [
      'Init:0/2',
      pod(
        { initContainerStatuses: [container('i', { running: {} })] },
        { initContainers: [{ name: 'i' }, { name: 'j' }] as never },
      ),
    ],
    [
      'Init:CrashLoopBackOff',
      pod(
        { initContainerStatuses: [container('i', { waiting: { reason: 'CrashLoopBackOff' } })] },
        { initContainers: [{ name: 'i' }] as never },
      ),
    ],
    [
      'NotReady',
      pod({
        containerStatuses: [
          container('a', { terminated: { exitCode: 0, reason: 'Completed' } }),
          container('b', { running: {} }, { ready: true }),
        ],
      }),
    ],
    ['Terminating', pod({ phase: 'Running' }, {}, { deletionTimestamp: ago(1) })],
    ['Succeeded', pod({ phase: 'Succeeded' }, {}, { deletionTimestamp: ago(1) })],
  ])('is %s', (text, object) => {
    expect(podCells(object, NOW)[2]).toBe(text);
  });

  it('counts ready containers and sidecars, and says when the last restart was', () => {
    const ended = { lastState: { terminated: { exitCode: 1, finishedAt: ago(180) } }, restartCount: 3 };
    const object = pod(
      {
        podIPs: [{ ip: '10.244.1.2' }],
        containerStatuses: [container('a', { running: {} }, { ready: true, ...ended })],
        initContainerStatuses: [container('s', { running: {} }, { ready: true, started: true, restartCount: 1 })],
      },
      { nodeName: 'n', initContainers: [{ name: 's', restartPolicy: 'Always' }] as never },
    );
    expect(rowOf(object, NOW).cells).toEqual([
      'p',
      '2/2',
      'Running',
      '4 (3m ago)',
      '60s',
      '10.244.1.2',
      'n',
      '<none>',
      '<none>',
    ]);
  });

  it('that ended says so in its row', () => {
    expect(rowOf(pod({ phase: 'Succeeded' }), NOW).conditions).toEqual([
      {
        type: 'Completed',
        status: 'True',
        reason: 'Succeeded',
        message: 'The pod has completed successfully.',
      },
    ]);
  });
});

describe('cells', () => {
  const cells = (object: object): readonly Cell[] =>
    rowOf({ ...object, metadata: { name: 'o', creationTimestamp: ago(30) } } as KubernetesObject, NOW).cells;
  const template = {
    spec: {
      containers: [
        { name: 'a', image: 'x:1' },
        { name: 'b', image: 'y' },
      ],
    },
  };
  const selector = { matchLabels: { app: 'w' } };

  it.each<[string, object, Cell[]]>([
    [
      'Deployment',
      {
        kind: 'Deployment',
        spec: { replicas: 5, template, selector },
        status: { readyReplicas: 4, updatedReplicas: 3 },
      },
      ['o', '4/5', 3, 0, '30s', 'a,b', 'x:1,y', 'app=w'],
    ],
    [
      'DaemonSet',
      { kind: 'DaemonSet', spec: { template, selector }, status: { desiredNumberScheduled: 3, numberReady: 2 } },
      ['o', 3, 0, 2, 0, 0, '<none>', '30s', 'a,b', 'x:1,y', 'app=w'],
    ],
    [
      'Service, load balancer without address',
      {
        kind: 'Service',
        spec: { type: 'LoadBalancer', clusterIPs: ['10.96.0.9'], ports: [{ port: 80, protocol: 'TCP' }] },
      },
      ['o', 'LoadBalancer', '10.96.0.9', '<pending>', '80/TCP', '30s', '<none>'],
    ],
    [
      'Node',
      {
        kind: 'Node',
        spec: { unschedulable: true },
        status: {
          conditions: [{ type: 'Ready', status: 'Unknown' }],
          addresses: [{ type: 'InternalIP', address: '172.18.0.3' }],
          nodeInfo: { kubeletVersion: 'v1.35.6' },
        },
      },
      [
        'o',
        'NotReady,SchedulingDisabled',
        '<none>',
        '30s',
        'v1.35.6',
        '172.18.0.3',
        '<none>',
        '<unknown>',
        '<unknown>',
        '<unknown>',
      ],
    ],
    [
      'Event',
      {
        kind: 'Event',
        type: 'Normal',
        reason: 'Scheduled',
        message: 'Successfully assigned',
        involvedObject: { kind: 'Pod', name: 'p' },
        reportingComponent: 'default-scheduler',
        reportingInstance: '',
        source: {},
        eventTime: ago(9),
      },
      ['9s', 'Normal', 'Scheduled', 'pod/p', '', 'default-scheduler', 'Successfully assigned', '9s', 1, 'o'],
    ],
    [
      'EndpointSlice',
      {
        kind: 'EndpointSlice',
        addressType: 'IPv4',
        ports: [{ port: 80 }],
        endpoints: ['1', '2', '3', '4'].map((ip) => ({ addresses: [ip] })),
      },
      ['o', 'IPv4', '80', '1,2,3 + 1 more...', '30s'],
    ],
    [
      'ResourceQuota',
      {
        kind: 'ResourceQuota',
        spec: { hard: { pods: '3', 'limits.cpu': '2' } },
        status: { hard: { pods: '3', 'limits.cpu': '2' }, used: { pods: '1', 'limits.cpu': '500m' } },
      },
      ['o', 'pods: 1/3', 'limits.cpu: 500m/2', '30s'],
    ],
    [
      'ClusterRoleBinding',
      {
        kind: 'ClusterRoleBinding',
        roleRef: { kind: 'ClusterRole', name: 'r' },
        subjects: [
          { kind: 'User', name: 'u' },
          { kind: 'ServiceAccount', namespace: 'n', name: 's' },
        ],
      },
      ['o', 'ClusterRole/r', '30s', 'u', '', 'n/s'],
    ],
  ])('%s', (_name, object, expected) => {
    expect(cells(object)).toEqual(expected);
  });

  it('come with the metadata of their object', () => {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'o' } };
    const table = tableOf('ConfigMap', [object], { resourceVersion: '7' }, NOW);
    expect(table).toMatchObject({ kind: 'Table', metadata: { resourceVersion: '7' } });
    expect(table.rows).toEqual([
      {
        cells: ['o', 0, '<unknown>'],
        object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 'o' } },
      },
    ]);
  });
});
