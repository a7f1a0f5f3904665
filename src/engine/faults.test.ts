import { describe, expect, it } from 'vitest';
import type { Node, Pod } from './api/generated/types.ts';
import { createCluster, type SimulatedCluster } from './index.ts';

const small = (): SimulatedCluster => createCluster({ seed: 5, workers: 1 });
const ready = (cluster: SimulatedCluster, node: string): string | undefined =>
  (cluster.get('Node', null, node) as Node).status?.conditions?.find(({ type }) => type === 'Ready')?.status;
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p' },
  spec: { containers: [{ name: 'c', image: 'nginx:1.27' }] },
};
const restarts = (cluster: SimulatedCluster): number | undefined =>
  (cluster.get('Pod', 'default', 'p') as Pod).status?.containerStatuses?.[0]?.restartCount;

describe('faults', () => {
  it('says what is wrong with one that cannot be, and does nothing', () => {
    const cluster = small();
    const before = cluster.digest();
    const refused = (fault: Parameters<SimulatedCluster['inject']>[0]): string => {
      try {
        cluster.inject(fault);
      } catch (error) {
        return (error as Error).message;
      }
      return 'it was done';
    };
    expect(refused({ kind: 'meteor' })).toMatch(/^there is no fault named meteor; known are node-power-off/);
    expect(refused({ kind: 'node-power-off' })).toBe('node-power-off needs a target');
    expect(refused({ kind: 'node-power-off', target: 'moon' })).toBe('there is no machine named moon');
    expect(refused({ kind: 'component-crash', target: 'kubectl' })).toMatch(/^there is no component named kubectl/);
    expect(refused({ kind: 'container-crash', target: 'web' })).toContain('namespace/pod');
    expect(refused({ kind: 'container-crash', target: 'default/ghost' })).toBe(
      'no machine runs a pod named default/ghost',
    );
    expect(refused({ kind: 'node-power-off', target: 'moon', inMs: 1000 })).toBe('there is no machine named moon');
    expect(() => cluster.heal('fault-9')).toThrow('there is no active fault fault-9');
    expect(cluster.digest()).toBe(before);
  });

  it('cuts power once, for a time, and later when asked', () => {
    const cluster = small();
    cluster.inject({ kind: 'node-power-off', target: 'kind-worker', inMs: 5_000, forMs: 120_000 });
    cluster.advance(4_999);
    expect(cluster.kernel.machine('kind-worker').powered).toBe(true);
    cluster.advance(2);
    expect(cluster.kernel.machine('kind-worker').powered).toBe(false);
    expect(() => cluster.inject({ kind: 'node-power-off', target: 'kind-worker' })).toThrow('has no power already');
    cluster.advance(70_000);
    expect(ready(cluster, 'kind-worker')).toBe('Unknown');
    cluster.advance(60_000);
    expect(cluster.kernel.machine('kind-worker').powered).toBe(true);
    expect(cluster.runUntil(() => ready(cluster, 'kind-worker') === 'True', 60_000)).toBe(true);
    expect(cluster.faults).toEqual([]);
  });

  it('reboots a node: its pods stay, their containers start anew', () => {
    const cluster = small();
    cluster.apply(pod);
    cluster.settle();
    expect(restarts(cluster)).toBe(0);
    cluster.inject({ kind: 'node-reboot', target: 'kind-worker' });
    expect(cluster.runUntil(() => restarts(cluster) === 1, 120_000)).toBe(true);
  });

  it('leaves a rebooted node able to hear of later changes', () => {
    const cluster = small();
    cluster.apply(pod);
    cluster.settle();
    cluster.inject({ kind: 'node-reboot', target: 'kind-worker' });
    // The 45 s after which a silent connection is given up end long after the node is back.
    cluster.advance(90_000);
    cluster.delete({ kind: 'Pod', name: 'p' });
    expect(cluster.runUntil(() => cluster.get('Pod', 'default', 'p') === undefined, 10_000)).toBe(true);
  });

  it('survives a control plane without power for minutes: workers keep their pods and hear of changes afterwards', () => {
    const cluster = small();
    cluster.apply(pod);
    cluster.settle();
    const fault = cluster.inject({ kind: 'node-power-off', target: 'kind-control-plane' });
    cluster.advance(420_000);
    expect(cluster.kernel.state<{ containers: { size: number } }>('containerd@kind-worker')?.containers.size).toBe(3);
    cluster.heal(fault);
    cluster.advance(120_000);
    expect(ready(cluster, 'kind-worker')).toBe('True');
    expect(restarts(cluster)).toBe(0);
    cluster.delete({ kind: 'Pod', name: 'p' });
    expect(cluster.runUntil(() => cluster.get('Pod', 'default', 'p') === undefined, 10_000)).toBe(true);
  });

  it('crashes a container, which the kubelet starts again in the same pod', () => {
    const cluster = small();
    cluster.apply(pod);
    cluster.settle();
    const { uid } = (cluster.get('Pod', 'default', 'p') as Pod).metadata;
    cluster.inject({ kind: 'container-crash', target: 'default/p' });
    expect(cluster.runUntil(() => restarts(cluster) === 1, 10_000)).toBe(true);
    expect((cluster.get('Pod', 'default', 'p') as Pod).metadata.uid).toBe(uid);
  });

  it('makes pulls fail until healed', () => {
    const cluster = small();
    cluster.inject({ kind: 'image-pull-error' });
    cluster.apply(pod);
    cluster.advance(8_000);
    const waiting = (): string | undefined =>
      (cluster.get('Pod', 'default', 'p') as Pod).status?.containerStatuses?.[0]?.state?.waiting?.reason;
    expect(waiting()).toMatch(/ImagePull/);
    cluster.heal();
    expect(cluster.runUntil(() => waiting() === undefined, 60_000)).toBe(true);
  });

  it.each(['apiserver', 'scheduler', 'controller-manager', 'etcd', 'kube-proxy@kind-worker'])(
    'crashes %s, which comes back; a deployment made meanwhile gets its pods',
    (target) => {
      const cluster = small();
      cluster.inject({ kind: 'component-crash', target });
      cluster.advance(30_000);
      const [component = '', host = 'kind-control-plane'] = target.split('@');
      expect(cluster.kernel.processes.has(`${component}@${host}`)).toBe(true);
      expect(cluster.apply(pod)[0]?.verb).toBe('created');
      const running = (): boolean => (cluster.get('Pod', 'default', 'p') as Pod).status?.phase === 'Running';
      expect(cluster.runUntil(running, 120_000)).toBe(true);
    },
  );

  it('keeps a component down until healed', () => {
    const cluster = small();
    cluster.inject({ kind: 'component-crash', target: 'kube-apiserver', stay: true });
    cluster.advance(60_000);
    expect(cluster.apply(pod)[0]).toMatchObject({ verb: 'failed', status: { reason: 'ServiceUnavailable' } });
    cluster.heal();
    cluster.advance(90_000);
    expect(cluster.apply(pod)[0]?.verb).toBe('created');
  });
});
