import { expect, it } from 'vitest';
import type { KubernetesObject } from '../../engine/api/object.ts';
import type { Frame } from '../../engine/door.ts';
import { keyOf } from '../store/keys.ts';
import { Mirror } from '../store/mirror.ts';
import { fixtureFrame } from '../testing/fixture.ts';
import { podsRelatedTo } from './related.ts';

function object(kind: string, name: string, owner?: string, rest: object = {}): KubernetesObject {
  const ownerReferences =
    owner === undefined ? undefined : [{ apiVersion: 'v1', kind: 'x', name: owner, uid: owner, controller: true }];
  return {
    apiVersion: 'v1',
    kind,
    metadata: { name, namespace: 'default', uid: name, ownerReferences },
    ...rest,
  } as KubernetesObject;
}

function mirrorOf(objects: readonly KubernetesObject[]): Mirror {
  const mirror = new Mirror();
  const frame: Frame = {
    ...fixtureFrame({ workers: 1, podsPerWorker: 0 }),
    objects: objects.map((one) => [keyOf(one.kind, 'default', one.metadata.name ?? ''), one]),
  };
  mirror.apply(frame);
  return mirror;
}

it('finds the pods of a Deployment through its ReplicaSets', () => {
  const mirror = mirrorOf([
    object('Deployment', 'web'),
    object('ReplicaSet', 'web-1', 'web'),
    object('ReplicaSet', 'web-2', 'web'),
    object('Pod', 'a', 'web-1'),
    object('Pod', 'b', 'web-2'),
    object('Pod', 'c', 'other'),
  ]);
  const related = podsRelatedTo({ type: 'object', key: 'Deployment/default/web' }, mirror);
  expect([...related].toSorted()).toEqual(['Pod/default/a', 'Pod/default/b']);
});

it('finds the pods behind a Service', () => {
  const mirror = mirrorOf([
    object('Service', 'web'),
    object('EndpointSlice', 'web-x', undefined, {
      metadata: { name: 'web-x', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
      endpoints: [{ addresses: ['10.244.1.2'], targetRef: { kind: 'Pod', namespace: 'default', name: 'a' } }],
    }),
  ]);
  expect([...podsRelatedTo({ type: 'object', key: 'Service/default/web' }, mirror)]).toEqual(['Pod/default/a']);
});

it('relates nothing to a component or to nothing', () => {
  const mirror = mirrorOf([]);
  expect(podsRelatedTo(null, mirror).size).toBe(0);
  expect(podsRelatedTo({ type: 'component', address: 'etcd@n' }, mirror).size).toBe(0);
});
