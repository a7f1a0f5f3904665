import { describe, expect, it } from 'vitest';
import { createCluster } from '../engine/index.ts';
import { type Other, otherOf } from './compare.ts';
import { differencesOf, MAX_DIFFERENCES } from './differences.ts';
import { History } from './history.ts';
import type { CompareWith, Difference, Input } from './protocol.ts';

const OPTIONS = { seed: 4, workers: 2 };
const begin = (): History => new History(createCluster(OPTIONS), () => 0);
const web = (replicas: number, image = 'nginx:1.27'): Input => ({
  act: 'apply',
  text: `apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "${image}"}]}`,
});
const act = (history: History, input: Input): void => void history.input(input, () => {});
const go = (history: History, ms: number): void => void history.advanceTo(history.cluster.now + ms);

function beside(history: History, what: CompareWith): Other {
  const other = otherOf(history, OPTIONS, what, () => 0);
  if (other === undefined) throw new Error('There is nothing to compare with.');
  return other;
}

/** Takes the other cluster to the time of the shown one, as the host does: in many small goes. */
function follow(history: History, other: Other): readonly Difference[] {
  for (let i = 0; i < 10_000 && other.cluster.now !== history.cluster.now; i++) {
    let left = 200;
    other.goTo(history.cluster.now, () => left-- <= 0);
  }
  expect(other.cluster.now).toBe(history.cluster.now);
  return differencesOf(history.cluster, other.cluster).list;
}

describe('two branches side by side', { timeout: 60_000 }, () => {
  it('differ in what was done since they parted, at the same time of both', () => {
    const history = begin();
    act(history, web(1));
    go(history, 60_000);
    history.seek(30_000);
    act(history, { act: 'inject', fault: { kind: 'node-power-off', target: 'kind-worker' } });
    act(history, { act: 'scale', ref: { kind: 'Deployment', namespace: 'default', name: 'web' }, replicas: 2 });
    go(history, 20_000);
    const other = beside(history, { with: 'branch', branch: 1 });
    const list = follow(history, other);
    const about = (kind: string) => list.filter((difference) => difference.kind === kind);
    expect(about('fault')).toEqual([{ kind: 'fault', key: expect.any(String), what: 'here', fields: [] }]);
    expect(about('machine')).toEqual([
      { kind: 'machine', key: 'kind-worker', what: 'differs', fields: [['powered', 'false', 'true']] },
    ]);
    // What ran there goes without saying.
    expect(about('component')).toEqual([]);
    expect(about('object').find(({ key }) => key === 'Deployment/default/web')?.fields).toContainEqual([
      'spec.replicas',
      '2',
      '1',
    ]);
    expect(about('object').filter(({ key, what }) => key.startsWith('Pod/') && what === 'here')).toHaveLength(1);

    history.seek(35_000);
    expect(follow(history, other).some(({ kind }) => kind === 'machine')).toBe(true);
    history.seek(30_000 - 1);
    expect(follow(history, other)).toEqual([]);
    history.seek(Number.POSITIVE_INFINITY);
    go(history, 60_000);
    follow(history, other);
  });

  it('need a branch that exists', () => {
    expect(otherOf(begin(), OPTIONS, { with: 'branch', branch: 9 }, () => 0)).toBeUndefined();
  });
});

describe('the same run with one difference', { timeout: 60_000 }, () => {
  it('does the same to the other cluster, and shows the manifest that was changed', () => {
    const history = begin();
    act(history, web(2));
    go(history, 30_000);
    act(history, web(2, 'nginx:1.26'));
    const other = beside(history, { with: 'maxSurge', value: 0 });
    const pods = ({ cluster }: { cluster: Other['cluster'] }): number =>
      cluster.list('Pod', 'default').filter(({ metadata }) => !metadata.deletionTimestamp).length;
    let most = 0;
    for (let i = 0; i < 40; i++) {
      go(history, 250);
      follow(history, other);
      most = Math.max(most, pods(history));
      expect(pods(other)).toBeLessThanOrEqual(2);
    }
    expect(most).toBe(3);
    const deployment = follow(history, other).find(({ key }) => key === 'Deployment/default/web');
    expect(deployment?.fields.find(([path]) => path === 'spec.strategy.rollingUpdate.maxSurge')?.slice(1)).toEqual([
      '25%',
      '0',
    ]);
    const before = other.cluster;
    history.seek(29_000);
    follow(history, other);
    expect(other.cluster).not.toBe(before);
    history.seek(Number.POSITIVE_INFINITY);
    follow(history, other);
  });

  it('with the same seed differs in nothing, and follows into another branch', () => {
    const history = begin();
    act(history, web(2));
    go(history, 20_000);
    const other = beside(history, { with: 'seed', value: OPTIONS.seed });
    expect(follow(history, other)).toEqual([]);
    history.seek(10_000);
    act(history, web(1));
    go(history, 20_000);
    expect(follow(history, other)).toEqual([]);
    history.seek(5_000, 1);
    expect(follow(history, other)).toEqual([]);
  });
});

it('takes pods for each other that differ in their random names only', { timeout: 60_000 }, () => {
  const [one, other] = [createCluster({ seed: 4, workers: 2 }), createCluster({ seed: 4, workers: 2, etcdMembers: 3 })];
  for (const cluster of [one, other]) {
    cluster.apply([
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'web' },
        spec: { clusterIP: 'None', selector: { app: 'web' } },
      },
    ]);
    cluster.apply((web(3) as { text: string }).text);
    cluster.advance(20_000);
  }
  other.delete({ kind: 'Deployment', namespace: 'default', name: 'web' });
  for (const cluster of [one, other]) cluster.advanceTo(40_000);
  const objects = differencesOf(one, other).list.filter(({ kind }) => kind === 'object');
  const named = objects.map(({ key, what }) => `${what} ${key.replace(/(?<=web.*)-[a-z0-9]{5}$/, '')}`).sort();
  expect(named).toEqual([
    'differs EndpointSlice/default/web',
    'differs Pod/kube-system/etcd-kind-control-plane',
    'here Deployment/default/web',
    'here Pod/default/web-64869c8d9b',
    'here Pod/default/web-64869c8d9b',
    'here Pod/default/web-64869c8d9b',
    'here ReplicaSet/default/web-64869c8d9b',
  ]);
  const slice = objects.find(({ key }) => key.startsWith('EndpointSlice'));
  expect(slice?.fields[0]?.[0]).toBe('metadata.name');
});

it('names at most so many differences, and counts the rest', () => {
  const [one, other] = [createCluster({ workers: 0, addons: false }), createCluster({ workers: 0, addons: false })];
  one.apply(
    Array.from({ length: MAX_DIFFERENCES + 5 }, (_, i) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `c-${i}` },
    })),
  );
  const { list, more } = differencesOf(one, other);
  expect([list.length, more]).toEqual([MAX_DIFFERENCES, 5]);
});
