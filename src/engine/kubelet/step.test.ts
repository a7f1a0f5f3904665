import { describe, expect, it } from 'vitest';
import { ScriptedNode } from '../testing/scripted-node.ts';
import { booted, container, nodeCondition, stateOf } from './test-pods.ts';

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
    const ready = () => nodeCondition(node, 'Ready');
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
    const ready = () => nodeCondition(node, 'Ready');
    expect(ready()).toMatchObject({ status: 'False', message: 'container runtime is down' });
    node.advance(150_000);
    expect(ready()?.message).toMatch(
      /^\[container runtime is down, PLEG is not healthy: pleg was last seen active 3m\d\S*s ago; threshold is 3m0s\]$/,
    );
    node.kernel.spawn('containerd', 'node-a', {}, undefined, '');
    node.advance(20_000);
    expect(ready()).toMatchObject({ status: 'True' });
    expect(node.pod('web')?.status?.containerStatuses?.[0]).toMatchObject({ restartCount: 0, ready: true });
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
