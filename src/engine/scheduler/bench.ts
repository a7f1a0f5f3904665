import type { Node, Pod } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { SchedulerCache } from './cache.ts';
import { makeProfiles } from './config.ts';
import { schedule } from './cycle.ts';

/**
 * Schedules the pods of one Deployment on empty nodes in three zones, as fast as the caller's processor can; gives how
 * many found a node. The caller holds the watch: the engine has no clock.
 */
export function benchScheduling(nodes: number, pods: number): () => number {
  const cache = new SchedulerCache();
  cache.rebuild(
    Array.from({ length: nodes }, (_, i) => makeNode(i)),
    [],
  );
  const replicaSet = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'web-5d9', namespace: 'default', uid: 'rs-1' },
    spec: { selector: { matchLabels: { app: 'web', 'pod-template-hash': '5d9' } } },
  } as KubernetesObject;
  cache.workloads.set(replicaSet);
  const waiting = Array.from({ length: pods }, (_, i) => makePod(i));
  const [profile] = makeProfiles();
  return () => {
    let startIndex = 0;
    let bound = 0;
    for (const pod of waiting) {
      const { node, nextStartIndex } = schedule(cache, profile!, pod, startIndex, () => 0.5, false);
      startIndex = nextStartIndex;
      if (node === undefined) continue;
      cache.assume(pod, node);
      cache.setPod({ ...pod, spec: { ...pod.spec, nodeName: node } });
      bound++;
    }
    return bound;
  };
}

function makeNode(i: number): Node {
  const name = `node-${i}`;
  const zone = `zone-${'abc'[i % 3]}`;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, 'topology.kubernetes.io/zone': zone } },
    spec: {},
    status: { allocatable: { cpu: '8', memory: '32Gi', pods: '110', 'ephemeral-storage': '100Gi' } },
  };
}

function makePod(i: number): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `web-5d9-${i}`,
      namespace: 'default',
      uid: `pod-${i}`,
      labels: { app: 'web', 'pod-template-hash': '5d9' },
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-5d9', uid: 'rs-1', controller: true }],
    },
    spec: {
      containers: [{ name: 'web', image: 'nginx:1.29', resources: { requests: { cpu: '100m', memory: '128Mi' } } }],
      tolerations: [
        { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
        { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      ],
    },
  };
}
