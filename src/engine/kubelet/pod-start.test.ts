import { describe, expect, it } from 'vitest';
import type { Pod } from '../api/generated/types.ts';
import { booted, condition, container, putConfigMap, stateOf } from './test-pods.ts';

/** `Initialized=False Ready=False ...` in the kubelet's order. */
const conditions = (pod: Pod | undefined): string =>
  (pod?.status?.conditions ?? []).map(({ type, status }) => `${type}=${status}`).join(' ');

describe('the start of a pod', () => {
  it('goes through init container, image pull, running and ready', () => {
    const node = booted({ setup: { exitsAfterMs: 1200, pullMs: 700 }, app: { pullMs: 2500, http: () => 200 } }, []);
    const readinessProbe = { httpGet: { port: 80 }, periodSeconds: 5 };
    node.bind('web', {
      initContainers: [container('setup', 'setup')],
      containers: [container('web', 'app', { readinessProbe })],
    });
    node.advance(15_000);
    const seen = node.statusPatches('web').map(({ status }) => status);
    // All five conditions come with the first status; the address comes with the second.
    expect(seen[0]).toMatchObject({
      hostIP: '172.18.0.3',
      qosClass: 'BestEffort',
      containerStatuses: [{ state: { waiting: { reason: 'PodInitializing' } }, started: false, ready: false }],
      initContainerStatuses: [{ state: { waiting: { reason: 'PodInitializing' } } }],
      conditions: [
        { type: 'PodReadyToStartContainers', status: 'False' },
        {
          type: 'Initialized',
          status: 'False',
          reason: 'ContainersNotInitialized',
          message: 'containers with incomplete status: [setup]',
        },
        { type: 'Ready', status: 'False', message: 'containers with unready status: [web]' },
        { type: 'ContainersReady', status: 'False', reason: 'ContainersNotReady' },
        { type: 'PodScheduled', status: 'True' },
      ],
    });
    expect(seen[0]).not.toHaveProperty('podIP');
    expect(seen[1]).toMatchObject({ podIP: '10.244.1.2', initContainerStatuses: [{ state: { running: {} } }] });
    expect(seen[2]).toMatchObject({
      initContainerStatuses: [{ ready: true, state: { terminated: { exitCode: 0, reason: 'Completed' } } }],
      conditions: [{ type: 'Initialized', status: 'True', reason: null, message: null }],
    });
    expect(seen[3]).toMatchObject({ phase: 'Running', containerStatuses: [{ ready: false, started: true }] });
    expect(seen[4]).toMatchObject({
      containerStatuses: [{ ready: true }],
      conditions: [
        { type: 'Ready', status: 'True', reason: null, message: null },
        { type: 'ContainersReady', status: 'True' },
      ],
    });
    expect(seen).toHaveLength(5);
    expect(node.events('web').map((text) => text.replace(/in \S+ \(\S+ /, 'in T (T '))).toEqual([
      'Pulling: Pulling image "setup:1"',
      'Pulled: Successfully pulled image "setup:1" in T (T including waiting). Image size: 1000000 bytes.',
      'Created: Container created',
      'Started: Container started',
      'Pulling: Pulling image "app:1"',
      'Pulled: Successfully pulled image "app:1" in T (T including waiting). Image size: 1000000 bytes.',
      'Created: Container created',
      'Started: Container started',
    ]);
    const calls = node.runtime.calls.map(({ call }) => call).filter((call) => call !== 'networkProbe');
    expect(calls.slice(3)).toEqual([
      'runPodSandbox web',
      'podSandboxStatus',
      'imageStatus',
      'pullImage',
      'createContainer setup',
      'startContainer',
      'imageStatus',
      'pullImage',
      'createContainer web',
      'startContainer',
    ]);
  });

  it('with a cached image takes two status writes and three events', () => {
    const node = booted({ nginx: {} });
    node.bind('web', { containers: [container('web', 'nginx')] });
    node.advance(10_000);
    expect(node.statusPatches('web')).toHaveLength(2);
    expect(node.events('web')).toEqual([
      'Pulled: Container image "nginx:1" already present on machine and can be accessed by the pod',
      'Created: Container created',
      'Started: Container started',
    ]);
    const pod = node.pod('web');
    expect(pod?.status).toMatchObject({ phase: 'Running', podIP: '10.244.1.2', podIPs: [{ ip: '10.244.1.2' }] });
    expect(conditions(pod)).toBe(
      'PodScheduled=True PodReadyToStartContainers=True Initialized=True Ready=True ContainersReady=True',
    );
    expect(condition(pod, 'Ready')).toMatchObject({ observedGeneration: 1 });
    expect(node.kernel.pending).toBe(0);
  });

  it('waits for the image, and says so', () => {
    const node = booted({ bad: { pullError: 'bad:1: not found' } }, []);
    node.bind('web', { containers: [container('web', 'bad')] });
    node.advance(2000);
    expect(stateOf(node.pod('web'))).toMatchObject({
      waiting: { reason: 'ErrImagePull', message: 'rpc error: code = Unknown desc = bad:1: not found' },
    });
    node.advance(11_000);
    expect(stateOf(node.pod('web'))).toMatchObject({
      waiting: {
        reason: 'ImagePullBackOff',
        message: 'Back-off pulling image "bad:1": ErrImagePull: rpc error: code = Unknown desc = bad:1: not found',
      },
    });
    expect(node.events('web').slice(0, 5)).toEqual([
      expect.stringMatching(/^Pulling: /),
      expect.stringMatching(/^Failed: Failed to pull image "bad:1": rpc error: code = Unknown/),
      expect.stringMatching(/^Failed: Error: ErrImagePull/),
      'BackOff: Back-off pulling image "bad:1"',
      'Failed: Error: ImagePullBackOff',
    ]);
    expect(node.pod('web')?.status?.phase).toBe('Pending');
  });

  it('waits for a ConfigMap that is missing', () => {
    const node = booted({ nginx: {} });
    const env = [{ name: 'X', valueFrom: { configMapKeyRef: { name: 'c', key: 'x' } } }];
    node.bind('web', { containers: [container('web', 'nginx', { env })] });
    node.advance(5000);
    expect(stateOf(node.pod('web'))).toEqual({
      waiting: { reason: 'CreateContainerConfigError', message: 'configmap "c" not found' },
    });
    expect(node.events('web')).toContainEqual(expect.stringMatching(/^Failed: Error: configmap "c" not found/));
    putConfigMap(node, 'c', { x: '1' });
    node.advance(15_000);
    expect(stateOf(node.pod('web'))).toHaveProperty('running');
    expect(node.pod('web')?.status?.containerStatuses?.[0]?.restartCount).toBe(0);
  });

  it('waits for a volume that is missing', () => {
    const node = booted({ nginx: {} });
    const volumes = [{ name: 'v', configMap: { name: 'c' } }];
    const volumeMounts = [{ name: 'v', mountPath: '/etc/v' }];
    node.bind('web', { volumes, containers: [container('web', 'nginx', { volumeMounts })] });
    node.advance(400);
    expect(node.events('web')).toEqual([
      'FailedMount: MountVolume.SetUp failed for volume "v" : configmap "c" not found',
    ]);
    putConfigMap(node, 'c', { x: '1' });
    node.advance(10_000);
    expect(stateOf(node.pod('web'))).toHaveProperty('running');
  });

  it('is refused when the node has not enough', () => {
    const node = booted({ nginx: {} });
    const asking = (cpu: string) => ({ containers: [container('web', 'nginx', { resources: { requests: { cpu } } })] });
    node.bind('a', asking('7'));
    node.bind('b', asking('2'));
    node.advance(5000);
    const message = "Node didn't have enough resource: cpu, requested: 2000, used: 7000, capacity: 8000";
    expect(node.pod('b')?.status).toMatchObject({
      phase: 'Failed',
      reason: 'OutOfcpu',
      message: `Pod was rejected: ${message}`,
    });
    expect(node.events('b')).toEqual([`OutOfcpu: ${message}`]);
    expect(node.pod('a')?.status?.phase).toBe('Running');
  });

  it('is refused for what the kubelet does not allow, or another system', () => {
    const node = booted({ nginx: {} });
    const sysctls = (name: string) => ({
      securityContext: { sysctls: [{ name, value: '1' }] },
      containers: [container('web', 'nginx')],
    });
    node.bind('unsafe', sysctls('net.core.somaxconn'));
    node.bind('safe', sysctls('net/ipv4/tcp_syncookies'));
    node.bind('foreign', { os: { name: 'windows' }, containers: [container('web', 'nginx')] });
    node.advance(5000);
    const { status } = node.pod('unsafe') ?? {};
    expect(status).toMatchObject({ phase: 'Failed', reason: 'SysctlForbidden' });
    expect(status?.message).toBe('Pod was rejected: forbidden sysctl: "net.core.somaxconn" not allowlisted');
    expect(node.pod('safe')?.status?.phase).toBe('Running');
    expect(node.pod('foreign')?.status).toMatchObject({ phase: 'Failed', reason: 'PodOSNotSupported' });
  });

  it('keeps a sidecar running beside the regular container', () => {
    const node = booted({ nginx: {}, proxy: {} });
    const sidecar = container('proxy', 'proxy', { restartPolicy: 'Always' });
    node.bind('web', { initContainers: [sidecar], containers: [container('web', 'nginx')] });
    node.advance(8000);
    expect(node.pod('web')?.status).toMatchObject({
      phase: 'Running',
      initContainerStatuses: [{ name: 'proxy', ready: true, started: true }],
      containerStatuses: [{ name: 'web', ready: true }],
    });
    node.deletePod('web');
    node.advance(10_000);
    expect(node.pod('web')).toBeUndefined();
    const killed = node.events('web').filter((text) => text.startsWith('Killing'));
    expect(killed).toEqual(['Killing: Stopping container web', 'Killing: Stopping container proxy']);
  });
});
