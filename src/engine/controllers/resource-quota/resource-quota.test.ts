import { expect, test } from 'vitest';
import type { Pod, ResourceQuota } from '../../api/generated/types.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { isQuotaResource, quotaUsage } from '../../api/quota.ts';
import { qualifiedResource, RESOURCES } from '../../api/resources.ts';
import { podOf, World } from '../test-world.ts';
import { resourceQuotaController } from './index.ts';

const quotaOf = (hard: Record<string, string>, more: object = {}): ResourceQuota =>
  ({
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'q', namespace: 'default' },
    spec: { hard, ...more },
  }) as ResourceQuota;
const used = (world: World) => world.get<ResourceQuota>('ResourceQuota', 'default', 'q')?.status?.used;
const asking = (name: string, cpu: string, memory: string, more: object = {}) => {
  const resources = { requests: { cpu, memory }, limits: { memory: '1Gi' } };
  return podOf(name, { node: 'a', spec: { containers: [{ name: 'c', resources }], ...more } });
};

function worldWith(quota: ResourceQuota, ...pods: Pod[]): World {
  const world = new World([resourceQuotaController]).start();
  for (const pod of pods) world.put(pod);
  world.put(quota);
  world.run();
  return world;
}

test('counts what is there, once', () => {
  const hard = {
    pods: '10',
    'requests.cpu': '4',
    memory: '8Gi',
    'limits.memory': '16Gi',
    configmaps: '5',
    'count/deployments.apps': '2',
  };
  const world = worldWith(quotaOf(hard), asking('a', '500m', '512Mi'), asking('b', '1', '1Gi'));
  expect(used(world)).toEqual({
    pods: '2',
    'requests.cpu': '1500m',
    memory: '1536Mi',
    'limits.memory': '2Gi',
    configmaps: '0',
    'count/deployments.apps': '0',
  });
  expect(world.get<ResourceQuota>('ResourceQuota', 'default', 'q')?.status?.hard).toEqual(hard);
  expect(world.again(resourceQuotaController, 'default/q')).toEqual([]);
  expect(world.advance(700_000)).toEqual([]);
});

test('a pod that gets a deadline goes from one scope to the other', () => {
  const world = worldWith(quotaOf({ pods: '10' }, { scopes: ['NotTerminating'] }), asking('a', '500m', '1Mi'));
  const a = world.get<Pod>('Pod', 'default', 'a') as Pod;
  expect(used(world)).toEqual({ pods: '1' });
  world.put({ ...a, spec: { ...a.spec, activeDeadlineSeconds: 60 } });
  world.run();
  expect(used(world)).toEqual({ pods: '0' });
});

test('what is charged is also counted', () => {
  const namespaced = RESOURCES.filter(({ namespaced }) => namespaced);
  const charged = namespaced.filter(({ apiVersion, kind }) => {
    const usage = quotaUsage({ apiVersion, kind, metadata: { name: 'x' }, spec: {} } as KubernetesObject);
    return Object.keys(usage).length > 0;
  });
  const offered = namespaced.filter((resource) => isQuotaResource(`count/${qualifiedResource(resource)}`));
  const counted = [...resourceQuotaController.watches].sort();
  expect(charged.map(({ plural }) => plural).sort()).toEqual(counted);
  expect(offered.map(({ plural }) => plural).sort()).toEqual(counted);
});

test('pods that end or go are taken off; a pod that came is left to admission until the next full pass', () => {
  const world = worldWith(
    quotaOf({ pods: '10', 'count/pods': '10', 'requests.cpu': '4' }),
    asking('a', '500m', '1Mi'),
    asking('b', '1', '1Mi'),
  );
  const a = world.get<Pod>('Pod', 'default', 'a') as Pod;
  world.put({ ...a, status: { phase: 'Succeeded' } });
  world.run();
  expect(used(world)).toEqual({ pods: '1', 'count/pods': '2', 'requests.cpu': '1' });
  world.remove(world.get<Pod>('Pod', 'default', 'b') as Pod);
  world.run();
  expect(used(world)).toEqual({ pods: '0', 'count/pods': '1', 'requests.cpu': '0' });
  world.put(asking('c', '250m', '1Mi'));
  expect(world.run()).toEqual([]);
  world.advance(300_000);
  expect(used(world)).toEqual({ pods: '1', 'count/pods': '2', 'requests.cpu': '250m' });
});

test.each<[string, object, string[]]>([
  ['no scope', {}, ['a', 'b', 'c']],
  ['BestEffort', { scopes: ['BestEffort'] }, ['b']],
  ['NotBestEffort and Terminating', { scopes: ['NotBestEffort', 'Terminating'] }, ['c']],
  [
    'a priority class',
    { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] } },
    ['a'],
  ],
])('scopes: %s', (_title, more, counted) => {
  const pods = [
    asking('a', '1', '1Mi', { priorityClassName: 'high' }),
    podOf('b', { node: 'a' }),
    asking('c', '1', '1Mi', { activeDeadlineSeconds: 5 }),
  ];
  expect(used(worldWith(quotaOf({ pods: '10' }, more), ...pods))).toEqual({ pods: String(counted.length) });
});

test('Services, their node ports and load balancers', () => {
  const world = worldWith(quotaOf({ services: '9', 'services.nodeports': '9', 'services.loadbalancers': '9' }));
  const service = (name: string, type: string, ports: object[]) =>
    world.put({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'default' },
      spec: { type, ports },
    } as never);
  service('a', 'NodePort', [
    { port: 1, nodePort: 30001 },
    { port: 2, nodePort: 30002 },
  ]);
  const balanced = service('b', 'LoadBalancer', [{ port: 1, nodePort: 30003 }]);
  service('c', 'ClusterIP', [{ port: 1 }]);
  world.advance(300_000);
  expect(used(world)).toEqual({ services: '3', 'services.nodeports': '3', 'services.loadbalancers': '1' });
  world.remove(balanced as never);
  world.run();
  expect(used(world)).toEqual({ services: '2', 'services.nodeports': '2', 'services.loadbalancers': '0' });
});

test('a new limit is taken over and counted', () => {
  const world = worldWith(quotaOf({ pods: '10' }), podOf('a', { node: 'a' }));
  world.put({
    ...world.get('ResourceQuota', 'default', 'q'),
    spec: { hard: { pods: '1', 'requests.cpu': '1' } },
  } as ResourceQuota);
  world.run();
  expect(used(world)).toEqual({ pods: '1', 'requests.cpu': '0' });
});
