import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../api/object.ts';
import { Rollouts } from './rollouts.ts';

/** A Deployment that may have one pod less than its four, in the middle of a rollout. */
function rollout(): (object: KubernetesObject) => void {
  const rollouts = new Rollouts();
  const stored = new Map<string, KubernetesObject>();
  const write = (object: KubernetesObject): void => {
    const key = `${object.kind}/${object.metadata.name}`;
    rollouts.written(object, stored.get(key), 0);
    stored.set(key, object);
  };
  write(deployment(1));
  write(replicaSet('old', 2, 4, 2));
  write(replicaSet('new', 2, 4, 2));
  return write;
}

function deployment(generation: number, replicas = 4): KubernetesObject {
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } };
  const template = { metadata: { labels: { of: 'new' } } };
  const metadata = { name: 'web', uid: 'web', generation };
  return { kind: 'Deployment', metadata, spec: { replicas, strategy, template } } as unknown as KubernetesObject;
}

function replicaSet(name: string, replicas: number, desired: number, availableReplicas: number): KubernetesObject {
  const metadata = {
    name,
    uid: name,
    annotations: { 'deployment.kubernetes.io/desired-replicas': String(desired) },
    ownerReferences: [{ uid: 'web', controller: true }],
  };
  const template = { metadata: { labels: { of: name } } };
  return {
    kind: 'ReplicaSet',
    metadata,
    spec: { replicas, template },
    status: { availableReplicas },
  } as unknown as KubernetesObject;
}

describe('the rule for maxUnavailable', () => {
  it('allows as many to go as may be unavailable', () => {
    const write = rollout();
    expect(() => write(replicaSet('old', 1, 4, 2))).not.toThrow();
  });

  it('finds one more, also when the round took others before', () => {
    const write = rollout();
    write(replicaSet('old', 1, 4, 2));
    expect(() => write(replicaSet('old', 0, 4, 2))).toThrow('within maxUnavailable: old: 2 of at least 3');
  });

  it('knows pods that are reported as available after they were given up', () => {
    const write = rollout();
    write(deployment(2, 3));
    write(replicaSet('new', 1, 3, 2));
    write(replicaSet('old', 2, 3, 2));
    write(deployment(2, 3));
    write(replicaSet('old', 1, 3, 2));
    expect(() => write(replicaSet('old', 0, 3, 2))).not.toThrow();
  });

  it('finds one more when their ReplicaSet does not report them any longer', () => {
    const write = rollout();
    write(deployment(2, 3));
    write(replicaSet('new', 1, 3, 2));
    write(replicaSet('old', 2, 3, 2));
    write(replicaSet('new', 1, 3, 1));
    write(deployment(2, 3));
    expect(() => write(replicaSet('old', 0, 3, 2))).toThrow('within maxUnavailable: old: 1 of at least 2');
  });
});
