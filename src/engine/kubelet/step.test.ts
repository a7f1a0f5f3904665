import { describe, expect, it } from 'vitest';
import type { Container, Pod, PodCondition } from '../api/generated/types.ts';
import { type Behaviour, ScriptedNode } from '../testing/scripted-node.ts';

const container = (name: string, image: string, more: Partial<Container> = {}): Container => ({
  name,
  image: `${image}:1`,
  imagePullPolicy: 'IfNotPresent',
  ...more,
});

function booted(behaviours: Record<string, Behaviour>, images: string[] = Object.keys(behaviours)): ScriptedNode {
  const node = new ScriptedNode(behaviours);
  for (const image of images) node.runtime.images.add(`${image}:1`);
  node.advance(3000);
  return node;
}

/** `Initialized=False Ready=False ...` in the kubelet's order. */
const conditions = (pod: Pod | undefined): string =>
  (pod?.status?.conditions ?? []).map(({ type, status }) => `${type}=${status}`).join(' ');
const condition = (pod: Pod | undefined, type: string): PodCondition | undefined =>
  pod?.status?.conditions?.find((one) => one.type === type);
const stateOf = (pod: Pod | undefined, name = 'web') =>
  pod?.status?.containerStatuses?.find((status) => status.name === name)?.state;

describe('a node', () => {
  it('registers itself and is ready', () => {
    const node = booted({});
    const stored = node.api.objects.get('/api/v1/nodes/node-a') as { status?: { conditions?: object[] } };
    expect(stored.status?.conditions).toMatchObject([
      { type: 'MemoryPressure', status: 'False', reason: 'KubeletHasSufficientMemory' },
      { type: 'DiskPressure', status: 'False' },
      { type: 'PIDPressure', status: 'False' },
      { type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' },
    ]);
    expect(node.events('node-a')).toEqual([
      'Starting: Starting kubelet.',
      'NodeHasSufficientMemory: Node node-a status is now: NodeHasSufficientMemory',
      'NodeHasNoDiskPressure: Node node-a status is now: NodeHasNoDiskPressure',
      'NodeHasSufficientPID: Node node-a status is now: NodeHasSufficientPID',
      'NodeAllocatableEnforced: Updated Node Allocatable limit across pods',
      'NodeReady: Node node-a status is now: NodeReady',
    ]);
    expect(node.kernel.pending).toBe(0);
  });

  it('costs only its lease and a report every five minutes', () => {
    const node = booted({ nginx: {} });
    for (let i = 0; i < 20; i++) node.bind(`web-${i}`, { containers: [container('web', 'nginx')] });
    node.advance(20_000);
    const before = node.api.writes.length;
    const delivered = node.kernel.delivered;
    node.advance(600_000);
    const later = node.api.writes.slice(before).map(({ method, path }) => `${method} ${path.split('/').pop()}`);
    expect(later.filter((write) => write === 'PUT node-a')).toHaveLength(60);
    expect(later.filter((write) => write === 'PATCH status')).toHaveLength(2);
    expect(later).toHaveLength(62);
    expect(node.kernel.delivered - delivered).toBeLessThan(350);
  });

  it('is not ready without a network, and holds back pods that need one', () => {
    const node = new ScriptedNode({ nginx: {} });
    node.runtime.networkReady = false;
    node.advance(3000);
    const ready = () =>
      (node.api.objects.get('/api/v1/nodes/node-a') as unknown as { status: { conditions: PodCondition[] } }).status
        .conditions[3];
    expect(ready()).toMatchObject({
      status: 'False',
      reason: 'KubeletNotReady',
      message:
        'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:Network plugin returns error: cni plugin not initialized',
    });
    node.bind('web', { containers: [container('web', 'nginx')] });
    node.bind('cni', { hostNetwork: true, containers: [container('cni', 'nginx')] });
    node.advance(5000);
    expect(stateOf(node.pod('cni'), 'cni')).toHaveProperty('running');
    expect(stateOf(node.pod('web'))).toEqual({ waiting: { reason: 'ContainerCreating' } });
    node.connectNetwork();
    node.advance(5000);
    expect(ready()).toMatchObject({ status: 'True' });
    expect(stateOf(node.pod('web'))).toHaveProperty('running');
  });

  it('is marked not ready 30 s after its runtime is gone, and takes the pods up again', () => {
    const node = booted({ nginx: {} });
    node.bind('web', { containers: [container('web', 'nginx')] });
    node.advance(5000);
    node.kernel.kill('containerd@node-a', 137);
    node.kernel.submit('kubelet@node-a', { type: 'connectionLost', peer: 'containerd@node-a' } as never);
    node.advance(45_000);
    const ready = () =>
      (node.api.objects.get('/api/v1/nodes/node-a') as unknown as { status: { conditions: PodCondition[] } }).status
        .conditions[3];
    expect(ready()).toMatchObject({ status: 'False', message: 'container runtime is down' });
    node.kernel.spawn('containerd', 'node-a', {}, undefined, '');
    node.advance(20_000);
    expect(ready()).toMatchObject({ status: 'True' });
    expect(node.pod('web')?.status?.containerStatuses?.[0]).toMatchObject({ restartCount: 0, ready: true });
  });
});

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
    node.put(
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'default' }, data: { x: '1' } } as never,
      'configmaps',
    );
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
    node.put(
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace: 'default' }, data: { x: '1' } } as never,
      'configmaps',
    );
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

describe('a container that ends', () => {
  it('is restarted at once, then after 10, 20, 40 s', () => {
    const node = booted({ crash: { exitsAfterMs: 10, exitCode: 1 } });
    node.bind('web', { containers: [container('web', 'crash')] });
    const began = node.kernel.now;
    node.advance(4500);
    const uid = node.pod('web')?.metadata.uid;
    expect(node.pod('web')?.status).toMatchObject({
      phase: 'Running',
      containerStatuses: [
        {
          restartCount: 1,
          ready: false,
          lastState: { terminated: { exitCode: 1, reason: 'Error' } },
          state: {
            waiting: {
              reason: 'CrashLoopBackOff',
              message: `back-off 10s restarting failed container=web pod=web_default(${uid})`,
            },
          },
        },
      ],
    });
    expect(node.events('web')).toContainEqual(
      expect.stringContaining(`BackOff: Back-off restarting failed container web in pod web_default(${uid})`),
    );
    node.advance(180_000);
    const starts = node.runtime.calls.filter(({ call }) => call === 'startContainer').map(({ at }) => at - began);
    const waits = starts.slice(1).map((at, i) => Math.round((at - (starts[i] as number)) / 1000));
    expect(waits[0]).toBeLessThanOrEqual(2);
    expect(waits.slice(1)).toEqual([10, 20, 40, 80]);
  });

  it('is done for good when its pod says so', () => {
    const node = booted({ job: { exitsAfterMs: 2000 } });
    node.bind('ok', { restartPolicy: 'Never', containers: [container('web', 'job')] });
    node.bind('again', { restartPolicy: 'OnFailure', containers: [container('web', 'job')] });
    node.advance(8000);
    for (const name of ['ok', 'again']) {
      expect(node.pod(name)?.status?.phase).toBe('Succeeded');
      expect(condition(node.pod(name), 'Ready')).toMatchObject({ status: 'False', reason: 'PodCompleted' });
    }
    expect(node.kernel.pending).toBe(0);
  });

  it('fails the pod when it may not be restarted', () => {
    const node = booted({ job: { exitsAfterMs: 500, exitCode: 137, reason: 'OOMKilled' } });
    node.bind('web', { restartPolicy: 'Never', containers: [container('web', 'job')] });
    node.advance(6000);
    expect(node.pod('web')?.status?.phase).toBe('Failed');
    expect(stateOf(node.pod('web'))).toMatchObject({ terminated: { exitCode: 137, reason: 'OOMKilled' } });
  });

  it('is not started again while its init container fails', () => {
    const node = booted({ setup: { exitsAfterMs: 10, exitCode: 1 }, app: {} });
    node.bind('web', { initContainers: [container('setup', 'setup')], containers: [container('web', 'app')] });
    node.advance(8000);
    expect(node.pod('web')?.status).toMatchObject({
      phase: 'Pending',
      initContainerStatuses: [{ restartCount: 1, state: { waiting: { reason: 'CrashLoopBackOff' } } }],
      containerStatuses: [{ state: { waiting: { reason: 'PodInitializing' } } }],
    });
  });
});

describe('probes', () => {
  it('of liveness that fail for ever restart the container after three failures', () => {
    const node = booted({ app: { http: () => 503 } });
    const livenessProbe = { httpGet: { port: 8080, path: '/healthz' } };
    node.bind('web', { containers: [container('web', 'app', { livenessProbe })] });
    node.advance(2000);
    expect(node.pod('web')?.status?.containerStatuses?.[0]?.ready).toBe(true);
    node.advance(24_000);
    const events = node.events('web');
    // The fourth is the first one of the new container.
    expect(events).toContainEqual('Unhealthy: Liveness probe failed: HTTP probe failed with statuscode: 503 x4');
    expect(events).toContainEqual('Killing: Container web failed liveness probe, will be restarted');
    expect(node.pod('web')?.status?.containerStatuses?.[0]).toMatchObject({ restartCount: 1, ready: true });
  });

  it('of a port that no container has say nothing of it', () => {
    const node = booted({ app: { http: () => 503 } });
    const probe = { httpGet: { port: 'webb' }, periodSeconds: 5 };
    const ports = [{ name: 'web', containerPort: 80 }];
    node.bind('web', { containers: [container('web', 'app', { ports, livenessProbe: probe, readinessProbe: probe })] });
    node.advance(60_000);
    expect(node.pod('web')?.status?.containerStatuses?.[0]).toMatchObject({ restartCount: 0, ready: false });
    for (const kind of ['Liveness', 'Readiness']) {
      const text = `${kind} probe errored and resulted in unknown state: strconv.Atoi: parsing "webb": invalid syntax`;
      expect(node.events('web')).toContainEqual(expect.stringContaining(text));
    }
  });

  it('of readiness take the pod out and back in without a restart', () => {
    const node = booted({ app: { http: (age) => (age > 20_000 && age < 60_000 ? undefined : 200) } });
    const readinessProbe = { httpGet: { port: 80 }, periodSeconds: 5, failureThreshold: 2 };
    node.bind('web', { containers: [container('web', 'app', { readinessProbe })] });
    node.advance(5000);
    expect(condition(node.pod('web'), 'Ready')?.status).toBe('True');
    node.advance(30_000);
    expect(condition(node.pod('web'), 'Ready')).toMatchObject({
      status: 'False',
      message: 'containers with unready status: [web]',
    });
    expect(node.events('web')).toContainEqual(
      expect.stringMatching(
        /^Unhealthy: Readiness probe failed: Get "http:\/\/10.244.1.2:80\/": dial tcp 10.244.1.2:80: connect: connection refused/,
      ),
    );
    node.advance(40_000);
    expect(condition(node.pod('web'), 'Ready')?.status).toBe('True');
    expect(node.pod('web')?.status?.containerStatuses?.[0]?.restartCount).toBe(0);
  });

  it('of startup hold back the others', () => {
    const node = booted({ app: { http: (age) => (age > 12_000 ? 200 : undefined) } });
    const probe = { httpGet: { port: 80 }, periodSeconds: 5 };
    const spec = container('web', 'app', { startupProbe: { ...probe, failureThreshold: 10 }, livenessProbe: probe });
    node.bind('web', { containers: [spec] });
    node.advance(10_000);
    expect(node.pod('web')?.status?.containerStatuses?.[0]).toMatchObject({ started: false, ready: false });
    node.advance(10_000);
    expect(node.pod('web')?.status?.containerStatuses?.[0]).toMatchObject({
      started: true,
      ready: true,
      restartCount: 0,
    });
  });
});

describe('the end of a pod', () => {
  it('is a SIGTERM, a SIGKILL after 30 s, and then the object goes', () => {
    const node = booted({ stubborn: { ignoresTerm: true } });
    node.bind('web', { containers: [container('web', 'stubborn')] });
    node.advance(5000);
    const asked = node.kernel.now;
    node.deletePod('web');
    node.advance(29_000);
    expect(node.events('web')).toContainEqual('Killing: Stopping container web');
    expect(node.pod('web')?.status?.phase).toBe('Running');
    node.advance(3000);
    expect(node.pod('web')).toBeUndefined();
    const last = node.statusPatches('web').at(-1)?.status;
    expect(last).toMatchObject({
      phase: 'Failed',
      containerStatuses: [{ state: { terminated: { exitCode: 137 } } }],
    });
    const gone = node.api.writes.find(({ method }) => method === 'DELETE');
    expect(gone?.body).toMatchObject({ gracePeriodSeconds: 0, preconditions: { uid: 'uid-web' } });
    expect(((gone?.at ?? 0) - asked) / 1000).toBeGreaterThan(30);
    expect(((gone?.at ?? 0) - asked) / 1000).toBeLessThan(31.5);
    expect(node.runtime.sandboxes.size).toBe(0);
    expect(node.state.pods.size).toBe(0);
    expect(node.kernel.pending).toBe(0);
  });

  it('can come while its image is being pulled', () => {
    const node = booted({ app: { pullMs: 60_000 } }, []);
    node.bind('web', { containers: [container('web', 'app')] });
    node.advance(3000);
    node.deletePod('web');
    node.advance(5000);
    expect(node.pod('web')).toBeUndefined();
    expect(node.runtime.containers.size).toBe(0);
  });

  it('runs the preStop hook first', () => {
    const node = booted({ nginx: {} });
    const lifecycle = { preStop: { sleep: { seconds: 5 } } };
    node.bind('web', { containers: [container('web', 'nginx', { lifecycle })] });
    node.advance(5000);
    const asked = node.kernel.now;
    node.deletePod('web');
    node.advance(10_000);
    const stopped = node.runtime.calls.find(({ call }) => call === 'stopContainer');
    expect(Math.round(((stopped?.at ?? 0) - asked) / 1000)).toBe(5);
    expect(node.pod('web')).toBeUndefined();
  });

  it('comes when its time is up', () => {
    const node = booted({ nginx: {} });
    node.bind('web', { activeDeadlineSeconds: 20, containers: [container('web', 'nginx')] });
    node.advance(25_000);
    expect(node.pod('web')?.status).toMatchObject({
      phase: 'Failed',
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    });
  });
});

describe('a kubelet that is started again', () => {
  it('leaves what runs alone', () => {
    const node = booted({ nginx: { http: () => 200 } });
    const readinessProbe = { httpGet: { port: 80 } };
    node.bind('web', { containers: [container('web', 'nginx', { readinessProbe })] });
    node.advance(5000);
    const before = node.pod('web');
    node.kernel.kill('kubelet@node-a', 137);
    node.advance(5000);
    node.startKubelet();
    node.advance(20_000);
    expect(node.pod('web')?.status).toEqual(before?.status);
    expect(node.runtime.calls.filter(({ call }) => call === 'startContainer')).toHaveLength(1);
  });

  it('numbers its calls to the runtime anew: a late answer to its predecessor is not taken for its own', () => {
    const node = booted({ nginx: {} });
    node.bind('web', { containers: [container('web', 'nginx')] });
    const lives: number[][] = [[], []];
    let life = 0;
    node.kernel.tap = ({ from, to, body }) => {
      const isCall = from === 'kubelet@node-a' && to === 'containerd@node-a';
      if (isCall && Number(body.requestId) > 0) lives[life]?.push(body.requestId as number);
    };
    node.advance(5000);
    node.kernel.kill('kubelet@node-a', 137);
    life = 1;
    node.startKubelet();
    node.advance(5000);
    const [earlier, later] = lives as [number[], number[]];
    expect(earlier.length).toBeGreaterThan(3);
    expect(later.length).toBeGreaterThan(1);
    expect(Math.min(...later)).toBeGreaterThan(Math.max(...earlier));
  });

  it('makes new sandboxes after the machine was off', () => {
    const node = booted({ nginx: {} });
    node.bind('web', { containers: [container('web', 'nginx')] });
    node.advance(5000);
    node.kernel.kill('kubelet@node-a', 137);
    for (const [id, row] of node.runtime.sandboxes) node.runtime.sandboxes.set(id, { ...row, state: 'NOTREADY' });
    for (const [id, row] of node.runtime.containers) {
      const lost = { ...row, state: 'EXITED' as const, exitCode: 255, reason: 'Unknown', finishedAt: node.kernel.now };
      node.runtime.containers.set(id, lost);
    }
    node.startKubelet();
    node.advance(10_000);
    expect(node.events('web')).toContain('SandboxChanged: Pod sandbox changed, it will be killed and re-created.');
    expect(node.pod('web')?.status).toMatchObject({
      phase: 'Running',
      podIP: '10.244.1.4',
      containerStatuses: [
        { restartCount: 1, ready: true, lastState: { terminated: { exitCode: 255, reason: 'Unknown' } } },
      ],
    });
  });
});

describe('static pods', () => {
  const manifest: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'etcd', namespace: 'kube-system' },
    spec: { hostNetwork: true, priority: 2_000_001_000, containers: [container('etcd', 'etcd')] },
  };

  it('run without an API server and are mirrored when there is one', () => {
    const node = new ScriptedNode({ etcd: {} }, { manifests: [manifest] });
    node.runtime.images.add('etcd:1');
    node.kernel.kill('apiserver@cp', 1);
    node.advance(8000);
    expect([...node.runtime.containers.values()]).toMatchObject([{ name: 'etcd', state: 'RUNNING' }]);
    node.kernel.spawn('apiserver', 'cp', {}, undefined, '');
    node.advance(60_000);
    const mirror = node.pod('etcd-node-a', 'kube-system');
    expect(mirror?.metadata.annotations).toMatchObject({
      'kubernetes.io/config.source': 'file',
      'kubernetes.io/config.mirror': mirror?.metadata.annotations?.['kubernetes.io/config.hash'],
    });
    expect(mirror?.metadata.ownerReferences).toMatchObject([{ kind: 'Node', name: 'node-a', controller: true }]);
    expect(mirror?.status).toMatchObject({ phase: 'Running', podIP: '172.18.0.3' });
  });

  it('outlive their mirror', () => {
    const node = new ScriptedNode({ etcd: {} }, { manifests: [manifest] });
    node.runtime.images.add('etcd:1');
    node.advance(8000);
    const before = node.pod('etcd-node-a', 'kube-system') as Pod;
    const metadata = { ...before.metadata, deletionTimestamp: '2026-01-01T00:01:00Z', deletionGracePeriodSeconds: 30 };
    node.put({ ...before, metadata } as never, 'pods');
    node.advance(5000);
    const after = node.pod('etcd-node-a', 'kube-system');
    expect(after?.metadata.deletionTimestamp).toBeUndefined();
    expect(after?.status?.phase).toBe('Running');
    expect(node.runtime.calls.filter(({ call }) => call === 'stopContainer')).toEqual([]);
  });
});

describe('logs', () => {
  it('are read from the runtime, and refused for what has not started', () => {
    const node = booted({ nginx: {}, slow: { pullMs: 60_000 } }, ['nginx']);
    node.bind('web', { containers: [container('web', 'nginx')] });
    node.bind('slow', { containers: [container('web', 'slow')] });
    node.advance(5000);
    const answers: unknown[] = [];
    node.kernel.tap = ({ body }) => {
      if (body.type === 'kubeletResponse') answers.push((body as unknown as { status: number; body: string }).body);
    };
    for (const pod of ['web', 'slow']) {
      const request = { type: 'kubeletRequest', op: 'logs', requestId: 7, namespace: 'default', pod, container: '' };
      node.kernel.submit('kubelet@node-a', request as never);
    }
    node.advance(1000);
    expect(answers.sort()).toEqual([
      'container "web" in pod "slow" is waiting to start: ContainerCreating',
      expect.stringMatching(/^log of container-/),
    ]);
  });
});

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
    const pressure = () =>
      (
        node.api.objects.get('/api/v1/nodes/node-a') as unknown as { status: { conditions: PodCondition[] } }
      ).status.conditions.find(({ type }) => type === 'MemoryPressure')?.status;
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

describe('what a container gets', () => {
  const object = (kind: string, name: string, data: object) =>
    ({ apiVersion: 'v1', kind, metadata: { name, namespace: 'default' }, data }) as never;

  it('are variables from all sources, and expanded arguments', () => {
    const node = booted({ nginx: {} });
    node.put(object('ConfigMap', 'c', { COLOR: 'red', SIZE: 'big' }), 'configmaps');
    node.put(object('Secret', 's', { password: 'cGHDpHNz' }), 'secrets');
    const ports = [{ port: 6379, protocol: 'TCP' as const }];
    node.put(
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'my-redis', namespace: 'default' },
        spec: { clusterIP: '10.96.0.7', ports },
      } as never,
      'services',
    );
    node.advance(1000);
    node.bind('web', {
      containers: [
        container('web', 'nginx', {
          args: ['--at=$(WHERE)', '$$(WHERE)', '$(NOBODY)'],
          envFrom: [{ configMapRef: { name: 'c' }, prefix: 'P_' }],
          env: [
            { name: 'WHERE', value: '$(MY_REDIS_SERVICE_HOST):$(MY_REDIS_SERVICE_PORT)' },
            { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 's', key: 'password' } } },
            { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
            { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
            { name: 'NONE', valueFrom: { configMapKeyRef: { name: 'c', key: 'x', optional: true } } },
          ],
        }),
      ],
    });
    node.advance(5000);
    const config = node.runtime.configs.get('web');
    expect(config?.args).toEqual(['--at=10.96.0.7:6379', '$(WHERE)', '$(NOBODY)']);
    expect(Object.fromEntries((config?.envs ?? []).map(({ key, value }) => [key, value]))).toEqual({
      P_COLOR: 'red',
      P_SIZE: 'big',
      WHERE: '10.96.0.7:6379',
      PASSWORD: 'paäss',
      IP: '10.244.1.2',
      CPU: '8',
      MY_REDIS_SERVICE_HOST: '10.96.0.7',
      MY_REDIS_SERVICE_PORT: '6379',
      MY_REDIS_PORT: 'tcp://10.96.0.7:6379',
      MY_REDIS_PORT_6379_TCP: 'tcp://10.96.0.7:6379',
      MY_REDIS_PORT_6379_TCP_PROTO: 'tcp',
      MY_REDIS_PORT_6379_TCP_PORT: '6379',
      MY_REDIS_PORT_6379_TCP_ADDR: '10.96.0.7',
    });
  });

  it('are files that follow their ConfigMap within a minute', () => {
    const node = booted({ nginx: {} });
    node.put(object('ConfigMap', 'c', { a: '1', b: '2' }), 'configmaps');
    const volumes = [
      { name: 'all', configMap: { name: 'c' } },
      { name: 'one', configMap: { name: 'c', items: [{ key: 'b', path: 'sub/b' }] } },
      { name: 'shared', emptyDir: {} },
    ];
    const volumeMounts = volumes.map(({ name }) => ({ name, mountPath: `/${name}` }));
    node.bind('web', { volumes, containers: [container('web', 'nginx', { volumeMounts })] });
    node.advance(5000);
    const path = '/var/lib/kubelet/pods/uid-web/volumes/kubernetes.io~';
    expect(node.runtime.configs.get('web')?.mounts).toEqual([
      { containerPath: '/all', hostPath: `${path}configmap/all`, readonly: false, files: { a: '1', b: '2' } },
      { containerPath: '/one', hostPath: `${path}configmap/one`, readonly: false, files: { 'sub/b': '2' } },
      { containerPath: '/shared', hostPath: `${path}empty-dir/shared`, readonly: false },
    ]);
    node.put(object('ConfigMap', 'c', { a: '7', b: '8' }), 'configmaps');
    node.advance(60_000);
    expect(node.runtime.volumes.get(`${path}configmap/all`)).toEqual({ a: '7', b: '8' });
    expect(node.kernel.pending).toBe(0);
  });
});
