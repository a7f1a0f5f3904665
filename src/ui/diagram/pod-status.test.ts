import { describe, expect, it } from 'vitest';
import type { Pod } from '../../engine/api/generated/types.ts';
import { podState, shortPodName, workloadOf } from './pod-status.ts';

function pod(
  status: object,
  metadata: object = {},
  spec: object = { nodeName: 'n', containers: [{ name: 'c' }] },
): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', namespace: 'default', ...metadata },
    spec,
    status,
  } as Pod;
}

const container = (state: object, ready = false): object => ({
  containerStatuses: [{ name: 'c', ready, restartCount: 2, state }],
});
const isReady = { conditions: [{ type: 'Ready', status: 'True' }] };

describe('the look of a pod', () => {
  it.each([
    ['pending', 'Pending', pod({ phase: 'Pending' }, {}, { containers: [{ name: 'c' }] })],
    [
      'starting',
      'ContainerCreating',
      pod({ phase: 'Pending', ...container({ waiting: { reason: 'ContainerCreating' } }) }),
    ],
    ['running', 'Running', pod({ phase: 'Running', ...isReady, ...container({ running: {} }, true) })],
    ['not-ready', 'Running', pod({ phase: 'Running', ...container({ running: {} }) })],
    [
      'crash-loop',
      'CrashLoopBackOff',
      pod({ phase: 'Running', ...container({ waiting: { reason: 'CrashLoopBackOff' } }) }),
    ],
    [
      'crash-loop',
      'ImagePullBackOff',
      pod({ phase: 'Pending', ...container({ waiting: { reason: 'ImagePullBackOff' } }) }),
    ],
    ['crash-loop', 'Error', pod({ phase: 'Running', ...container({ terminated: { exitCode: 1, reason: 'Error' } }) })],
    [
      'succeeded',
      'Completed',
      pod({ phase: 'Succeeded', ...container({ terminated: { exitCode: 0, reason: 'Completed' } }) }),
    ],
    ['failed', 'Error', pod({ phase: 'Failed', ...container({ terminated: { exitCode: 1, reason: 'Error' } }) })],
    [
      'terminating',
      'Terminating',
      pod({ phase: 'Running', ...isReady, ...container({ running: {} }, true) }, { deletionTimestamp: 'x' }),
    ],
    ['unknown', 'Unknown', pod({ phase: 'Running', reason: 'NodeLost' }, { deletionTimestamp: 'x' })],
  ])('is %s when kubectl says %s', (look, text, given) => {
    expect(podState(given)).toMatchObject({ look, text });
  });

  it('says which init container runs', () => {
    const spec = { nodeName: 'n', containers: [{ name: 'c' }], initContainers: [{ name: 'a' }, { name: 'b' }] };
    const initContainerStatuses = [
      { name: 'a', restartCount: 0, ready: true, state: { terminated: { exitCode: 0 } } },
      { name: 'b', restartCount: 0, ready: false, state: { running: {} } },
    ];
    expect(podState(pod({ phase: 'Pending', initContainerStatuses }, {}, spec)).text).toBe('Init:1/2');
  });
});

describe('the name under a pod', () => {
  const named = (name: string, hash?: string): Pod =>
    pod({}, { name, labels: hash === undefined ? {} : { 'pod-template-hash': hash } });

  it('leaves out the hash, then the middle', () => {
    expect(shortPodName(named('web-7c9f5-q2xkd', '7c9f5'))).toBe('web-q2xkd');
    expect(shortPodName(named('nginx-deployment-7c9f5-q2xkd', '7c9f5'))).toBe('ngin…q2xkd');
    expect(shortPodName(named('redis-cluster-0'))).toBe('redis-cl…0');
    expect(shortPodName(named('averyveryverylongname'))).toBe('averyvery…');
  });

  it('groups pods by workload, across ReplicaSets', () => {
    const owned = (hash: string): Pod =>
      pod(
        {},
        {
          labels: { 'pod-template-hash': hash },
          ownerReferences: [{ kind: 'ReplicaSet', name: `web-${hash}`, uid: hash, controller: true }],
        },
      );
    expect(workloadOf(owned('aaa'))).toBe(workloadOf(owned('bbb')));
  });
});
