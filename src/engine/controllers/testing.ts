import type { DaemonSet, Deployment, Node, Pod, PodCondition, ReplicaSet, Taint } from '../api/generated/types.ts';
import { toRFC3339 } from '../api/time.ts';
import type { Controller } from './controller.ts';
import { isActive, isReady } from './pod-control.ts';
import { World } from './test-world.ts';

/** A world with nodes that do as a test says: pods come up and go away when they are told to. */
export class WorkloadCluster extends World {
  constructor(controllers: readonly Controller[]) {
    super(controllers);
    this.now = 10_000;
    this.start();
  }

  pods(): Pod[] {
    return this.list<Pod>('Pod');
  }

  active(): Pod[] {
    return this.pods().filter(isActive);
  }

  ready(): Pod[] {
    return this.active().filter(isReady);
  }

  sets(): ReplicaSet[] {
    return this.list<ReplicaSet>('ReplicaSet').sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  }

  deployment(name = 'web'): Deployment {
    return this.get<Deployment>('Deployment', 'default', name) as Deployment;
  }

  /** The pod runs on a node and is ready, or no longer is. */
  setReady(pod: Pod, isReady = true, node = 'node-a'): void {
    const conditions: PodCondition[] = [
      { type: 'Ready', status: isReady ? 'True' : 'False', lastTransitionTime: toRFC3339(this.now) },
    ];
    const spec = { ...pod.spec, nodeName: pod.spec.nodeName ?? node };
    this.put({ ...pod, spec, status: { ...pod.status, phase: 'Running', conditions } });
  }

  setPhase(pod: Pod, phase: 'Failed' | 'Succeeded'): void {
    this.put({ ...pod, status: { ...pod.status, phase, conditions: [] } });
  }

  /** Every pod comes up, and those that are being deleted go away, until nothing moves. */
  bringUp(): void {
    for (let i = 0; i < 1000; i++) {
      this.advance(100);
      const going = this.pods().filter((pod) => pod.metadata.deletionTimestamp !== undefined);
      const waiting = this.active().filter((pod) => !isReady(pod));
      if (going.length + waiting.length === 0) return;
      for (const pod of going) this.remove(pod);
      for (const pod of waiting) this.setReady(pod);
    }
    throw new Error('the pods do not come to rest');
  }

  /** As the user's change of a spec: the generation grows. */
  change<T extends { spec: object; metadata: Deployment['metadata'] }>(object: T, spec: Partial<T['spec']>): T {
    const generation = (object.metadata.generation ?? 1) + 1;
    const changed = { ...object, metadata: { ...object.metadata, generation }, spec: { ...object.spec, ...spec } };
    return this.put(changed as never);
  }
}

export function makeDeployment(spec: Partial<Deployment['spec']> = {}, name = 'web'): Deployment {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default', generation: 1, labels: { app: name } },
    spec: {
      replicas: 3,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      selector: { matchLabels: { app: name } },
      template: templateOf('nginx:1.26', { app: name }),
      ...spec,
    },
    status: {},
  };
}

export function makeReplicaSet(spec: Partial<ReplicaSet['spec']> = {}, name = 'web'): ReplicaSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name, namespace: 'default', generation: 1 },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: name } },
      template: templateOf('nginx:1.26', { app: name }),
      ...spec,
    },
    status: { replicas: 0 },
  };
}

export function makeDaemonSet(spec: Partial<DaemonSet['spec']> = {}, name = 'agent'): DaemonSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: {
      name,
      namespace: 'default',
      generation: 1,
      annotations: { 'deprecated.daemonset.template.generation': '1' },
    },
    spec: {
      revisionHistoryLimit: 10,
      selector: { matchLabels: { app: name } },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      template: templateOf('agent:1', { app: name }),
      ...spec,
    },
    status: { currentNumberScheduled: 0, desiredNumberScheduled: 0, numberMisscheduled: 0, numberReady: 0 },
  };
}

export function makeNode(name: string, taints: Taint[] = [], labels: Record<string, string> = {}): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
    spec: taints.length > 0 ? { taints } : {},
    status: {},
  };
}

export function templateOf(
  image: string,
  labels: Record<string, string> = { app: 'web' },
): ReplicaSet['spec']['template'] & object {
  return { metadata: { labels }, spec: { containers: [{ name: 'nginx', image }] } };
}
