import { describe, expect, it } from 'vitest';
import { booted, condition, container, nodeCondition } from './test-pods.ts';

describe('memory pressure', () => {
  it('evicts the pod that is furthest over its request, and passes after five minutes', () => {
    const node = booted({ small: {}, big: {} });
    const asking = (memory: string) => ({ resources: { requests: { memory } } });
    node.bind('small', { containers: [container('small', 'small', asking('1Gi'))] });
    node.bind('big', { containers: [container('app', 'big', asking('100Mi'))] });
    node.advance(5000);
    node.runtime.usedBytes.set('small', 500 * 2 ** 20).set('app', 900 * 2 ** 20);
    node.setMemory(52 * 2 ** 20);
    node.advance(2000);
    node.setMemory(2 ** 30);
    node.advance(10_000);
    const message =
      'The node was low on resource: memory. Threshold quantity: 100Mi, available: 52Mi. Container app was using 900Mi, request is 100Mi, has larger consumption of memory. ';
    expect(node.pod('big')?.status).toMatchObject({ phase: 'Failed', reason: 'Evicted', message });
    expect(condition(node.pod('big'), 'DisruptionTarget')).toMatchObject({
      status: 'True',
      reason: 'TerminationByKubelet',
    });
    expect(node.events('big')).toContain(`Evicted: ${message}`);
    expect(node.pod('small')?.status?.phase).toBe('Running');
    const pressure = () => nodeCondition(node, 'MemoryPressure')?.status;
    expect(pressure()).toBe('True');
    node.bind('besteffort', { containers: [container('web', 'small')] });
    node.advance(2000);
    expect(node.pod('besteffort')?.status).toMatchObject({
      phase: 'Failed',
      reason: 'Evicted',
      message: 'Pod was rejected: The node had condition: [MemoryPressure]. ',
    });
    node.advance(320_000);
    expect(pressure()).toBe('False');
  });
});
