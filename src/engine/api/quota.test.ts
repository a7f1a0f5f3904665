import { expect, test } from 'vitest';
import type { Pod } from './generated/types.ts';
import { isQuotaResource, podTotal, quotaUsage } from './quota.ts';

const asks = (cpu: string, more: object = {}) => ({ name: 'c', resources: { requests: { cpu } }, ...more });
const podWith = (spec: object): Pod =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default' },
    spec,
    status: { phase: 'Running' },
  }) as unknown as Pod;

test.each<[string, object, string]>([
  ['containers add up', { containers: [asks('1'), asks('500m')] }, '1500m'],
  [
    'a start that needs more counts instead',
    { containers: [asks('1')], initContainers: [asks('2'), asks('500m')] },
    '2',
  ],
  [
    'sidecars run beside containers',
    { containers: [asks('1')], initContainers: [asks('1', { restartPolicy: 'Always' })] },
    '2',
  ],
  [
    'and beside the inits after them',
    { containers: [asks('1')], initContainers: [asks('1', { restartPolicy: 'Always' }), asks('3')] },
    '4',
  ],
  ['overhead comes on top', { containers: [asks('1')], overhead: { cpu: '250m' } }, '1250m'],
  ['a request of the pod as a whole decides', { containers: [asks('1')], resources: { requests: { cpu: '5' } } }, '5'],
])('requests of a pod: %s', (_title, spec, cpu) => {
  expect(podTotal(podWith(spec), 'requests')).toEqual({ cpu });
});

test('a pod is charged under both names of a request, and as an object', () => {
  const containers = [
    { name: 'c', resources: { requests: { cpu: '1', 'example.com/gpu': '2' }, limits: { memory: '1Gi' } } },
  ];
  expect(quotaUsage(podWith({ containers }))).toEqual({
    'count/pods': '1',
    pods: '1',
    cpu: '1',
    'requests.cpu': '1',
    'requests.example.com/gpu': '2',
    'limits.memory': '1Gi',
  });
  const ended = { ...podWith({ containers }), status: { phase: 'Succeeded' } } as Pod;
  expect(quotaUsage(ended)).toEqual({ 'count/pods': '1' });
});

test('knows what can be counted', () => {
  expect(['pods', 'count/deployments.apps', 'requests.storage', 'limits.cpu', 'secrets'].every(isQuotaResource)).toBe(
    true,
  );
  expect(['count/widgets.example.com', 'nodes', 'count/nodes'].some(isQuotaResource)).toBe(false);
});
