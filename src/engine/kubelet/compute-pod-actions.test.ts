import { describe, expect, it } from 'vitest';
import type { Container, Pod, PodSpec } from '../api/generated/types.ts';
import { computePodActions, type Observed } from './compute-pod-actions.ts';
import { hashOf } from './hash.ts';
import type { Run, Sandbox } from './state.ts';

const container = (name: string, more: Partial<Container> = {}): Container => ({ name, image: 'x:1', ...more });
const sandbox: Sandbox = { id: 's', ip: '10.244.1.2', ready: true, attempt: 0, hostNetwork: false };

function run(name: string, state: Run['state'], exitCode = 0, podSandboxId = 's'): Run {
  return {
    id: `id-${name}`,
    podSandboxId,
    podUid: 'u',
    name,
    attempt: 0,
    state,
    createdAt: 0,
    startedAt: 0,
    finishedAt: 0,
    exitCode,
    reason: '',
    message: '',
    image: 'x:1',
    imageRef: '',
    hash: hashOf(container(name)),
  };
}

function observe(spec: PodSpec, runs: Run[], more: Partial<Observed> = {}): Observed {
  const pod: Pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default', uid: 'u' }, spec };
  return {
    pod,
    sandbox,
    runs: Object.fromEntries(runs.map((one) => [one.name, one])),
    probe: () => 'unknown',
    hash: hashOf,
    ...more,
  };
}

const nothing = { killPod: false, createSandbox: false, kill: [], start: [] };
const setup = container('setup');
const sidecar = container('proxy', { restartPolicy: 'Always' });
const app = container('app');

describe('what a pod needs', () => {
  it('is a sandbox first, with the first init container or all regular ones', () => {
    const fresh = { sandbox: null };
    expect(computePodActions(observe({ containers: [app, container('b')] }, [], fresh))).toMatchObject({
      createSandbox: true,
      killPod: false,
      start: ['app', 'b'],
    });
    expect(computePodActions(observe({ initContainers: [setup], containers: [app] }, [], fresh))).toMatchObject({
      createSandbox: true,
      start: ['setup'],
    });
  });

  it('is a new sandbox when the old one is gone, unless the pod never restarts', () => {
    const gone = { sandbox: { ...sandbox, ready: false } };
    const lost = [run('app', 'EXITED', 255)];
    expect(computePodActions(observe({ containers: [app] }, lost, gone))).toMatchObject({
      killPod: true,
      createSandbox: true,
      attempt: 1,
      start: ['app'],
    });
    expect(computePodActions(observe({ containers: [app], restartPolicy: 'Never' }, lost, gone))).toMatchObject({
      killPod: true,
      createSandbox: false,
      start: [],
    });
  });

  it.each<[string, PodSpec, Run[], object]>([
    [
      'nothing while the init container runs',
      { initContainers: [setup], containers: [app] },
      [run('setup', 'RUNNING')],
      nothing,
    ],
    [
      'the next one when an init container is through',
      { initContainers: [setup, container('two')], containers: [app] },
      [run('setup', 'EXITED')],
      { ...nothing, start: ['two'] },
    ],
    [
      'the regular ones after the last init container',
      { initContainers: [setup], containers: [app] },
      [run('setup', 'EXITED')],
      { ...nothing, start: ['app'] },
    ],
    [
      'the init container again when it has failed',
      { initContainers: [setup], containers: [app] },
      [run('setup', 'EXITED', 1)],
      { ...nothing, start: ['setup'] },
    ],
    [
      'its end when an init container may not be restarted',
      { initContainers: [setup], containers: [app], restartPolicy: 'Never' },
      [run('setup', 'EXITED', 1)],
      { killPod: true, start: [] },
    ],
    [
      'the regular ones once the sidecar has started',
      { initContainers: [sidecar], containers: [app] },
      [run('proxy', 'RUNNING')],
      { ...nothing, start: ['app'] },
    ],
    [
      'a sidecar again, whatever the policy',
      { initContainers: [sidecar], containers: [app], restartPolicy: 'Never' },
      [run('proxy', 'EXITED'), run('app', 'RUNNING')],
      { ...nothing, start: ['proxy'] },
    ],
    [
      'nothing of init containers that ran before',
      { initContainers: [setup], containers: [app] },
      [run('setup', 'EXITED', 1), run('app', 'RUNNING')],
      nothing,
    ],
    [
      'its end when all have ended for good',
      { containers: [app], restartPolicy: 'OnFailure' },
      [run('app', 'EXITED')],
      { killPod: true, start: [] },
    ],
    [
      'a restart by the container’s own rule',
      {
        containers: [
          container('app', {
            restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }],
          }),
        ],
        restartPolicy: 'Never',
      },
      [run('app', 'EXITED', 42)],
      { ...nothing, start: ['app'] },
    ],
  ])('is %s', (_what, spec, runs, expected) => {
    expect(computePodActions(observe(spec, runs))).toMatchObject(expected);
  });

  it('is a kill when the image was changed', () => {
    const changed = container('app', { image: 'x:2' });
    expect(computePodActions(observe({ containers: [changed] }, [run('app', 'RUNNING')]))).toMatchObject({
      kill: [{ container: 'app', message: 'Container app definition changed, will be restarted' }],
      start: ['app'],
    });
  });

  it('is a kill without a restart when the probe fails and the policy is Never', () => {
    const probed = container('app', { livenessProbe: {} });
    const spec: PodSpec = { containers: [probed], restartPolicy: 'Never' };
    const failing = observe(spec, [run('app', 'RUNNING')], { probe: () => 'failure' });
    expect(computePodActions(failing)).toMatchObject({ killPod: true, kill: [] });
  });
});
