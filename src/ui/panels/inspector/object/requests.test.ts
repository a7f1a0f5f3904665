import { expect, it } from 'vitest';
import type { Pod } from '../../../../engine/api/generated/types.ts';
import { requestsOf } from './requests.ts';

const container = (cpu: string, memory?: string, restartPolicy?: string): object => ({
  name: cpu,
  restartPolicy,
  resources: { requests: { cpu, ...(memory && { memory }) } },
});

const pod = (spec: object): Pod => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec }) as Pod;

it('adds the containers up', () => {
  const requests = requestsOf(
    pod({ containers: [container('250m', '64Mi'), container('1', '1Gi'), { name: 'none' }] }),
  );
  expect(requests).toEqual({ cpuMillis: 1250, memoryBytes: 2 ** 30 + 2 ** 26 });
});

it('takes the largest init container when that needs more', () => {
  const spec = { containers: [container('100m')], initContainers: [container('2'), container('300m')] };
  expect(requestsOf(pod(spec)).cpuMillis).toBe(2000);
});

it('counts sidecars beside the containers, and beside the init containers after them', () => {
  const initContainers = [container('200m', undefined, 'Always'), container('500m')];
  expect(requestsOf(pod({ containers: [container('100m')], initContainers })).cpuMillis).toBe(700);
  expect(requestsOf(pod({ containers: [container('600m')], initContainers })).cpuMillis).toBe(800);
});

it('adds the overhead', () => {
  expect(requestsOf(pod({ containers: [container('100m')], overhead: { cpu: '50m' } })).cpuMillis).toBe(150);
});
