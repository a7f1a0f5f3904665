import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import type { KubernetesObject } from '../../engine/api/object.ts';
import type { ComponentView, Frame, MachineView } from '../../engine/door.ts';
import { EMPTY_FRAME } from '../testing/fixture.ts';
import { keyOf } from './keys.ts';
import { Mirror } from './mirror.ts';
import { KEPT_CAPTIONS } from './records.ts';

function pod(name: string, nodeName?: string, owner?: string): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: 'default',
      ...(owner === undefined
        ? {}
        : {
            ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner, uid: owner, controller: true }],
          }),
    },
    spec: nodeName === undefined ? {} : { nodeName },
  } as KubernetesObject;
}

function slice(name: string, service: string): KubernetesObject {
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': service } },
  };
}

const entry = (object: KubernetesObject): readonly [string, KubernetesObject] => [
  keyOf(object.kind, object.metadata.namespace, object.metadata.name ?? ''),
  object,
];

describe('the mirror', () => {
  it('indexes pods by node, and those without one', () => {
    const mirror = new Mirror();
    mirror.apply({
      ...EMPTY_FRAME,
      full: true,
      objects: [entry(pod('b', 'n1')), entry(pod('a', 'n1')), entry(pod('c'))],
    });
    expect(mirror.podsOnNode('n1')).toEqual(['Pod/default/a', 'Pod/default/b']);
    expect(mirror.unboundPods()).toEqual(['Pod/default/c']);
    mirror.apply({ ...EMPTY_FRAME, objects: [entry(pod('c', 'n2')), ['Pod/default/a', null]] });
    expect(mirror.podsOnNode('n1')).toEqual(['Pod/default/b']);
    expect(mirror.podsOnNode('n2')).toEqual(['Pod/default/c']);
    expect(mirror.unboundPods()).toEqual([]);
    expect(mirror.keysOfKind('Pod')).toEqual(['Pod/default/b', 'Pod/default/c']);
  });

  it('indexes slices by their service and objects by their controller', () => {
    const mirror = new Mirror();
    mirror.apply({ ...EMPTY_FRAME, objects: [entry(slice('web-1', 'web')), entry(pod('p', undefined, 'rs-uid'))] });
    expect(mirror.slicesOfService('default', 'web')).toEqual(['EndpointSlice/default/web-1']);
    expect(mirror.ownedBy('rs-uid')).toEqual(['Pod/default/p']);
    mirror.apply({ ...EMPTY_FRAME, objects: [entry(slice('web-1', 'other')), entry(pod('p'))] });
    expect(mirror.slicesOfService('default', 'web')).toEqual([]);
    expect(mirror.slicesOfService('default', 'other')).toEqual(['EndpointSlice/default/web-1']);
    expect(mirror.ownedBy('rs-uid')).toEqual([]);
  });

  it('tells only those whose topic changed, once per frame', () => {
    const mirror = new Mirror();
    mirror.apply({ ...EMPTY_FRAME, full: true, objects: [entry(pod('a', 'n1')), entry(pod('b', 'n2'))] });
    const a = vi.fn();
    const b = vi.fn();
    const node = vi.fn();
    mirror.subscribe('object:Pod/default/a', a);
    mirror.subscribe('object:Pod/default/b', b);
    mirror.subscribe('node-pods:n2', node);
    mirror.apply({ ...EMPTY_FRAME, objects: [entry(pod('b', 'n2'))] });
    expect([a.mock.calls.length, b.mock.calls.length, node.mock.calls.length]).toEqual([0, 1, 0]);
  });

  it('gives the same arrays until they change', () => {
    const mirror = new Mirror();
    mirror.apply({ ...EMPTY_FRAME, objects: [entry(pod('a', 'n1'))] });
    const before = mirror.podsOnNode('n1');
    mirror.apply({ ...EMPTY_FRAME, objects: [entry(pod('a', 'n1'))] });
    expect(mirror.podsOnNode('n1')).toBe(before);
  });

  it('says which pods were given a node', () => {
    const mirror = new Mirror();
    mirror.apply({ ...EMPTY_FRAME, full: true, objects: [entry(pod('a'))] });
    const bound = vi.fn();
    mirror.subscribe('bound', bound);
    mirror.apply({ ...EMPTY_FRAME, objects: [entry(pod('a', 'n1'))] });
    expect(mirror.bound).toEqual([{ key: 'Pod/default/a', node: 'n1' }]);
    expect(bound).toHaveBeenCalledOnce();
    mirror.apply({ ...EMPTY_FRAME, full: true, objects: [entry(pod('a', 'n1'))] });
    expect(mirror.bound).toEqual([]);
  });

  it('knows that processes died with their machine', () => {
    const mirror = new Mirror();
    const kubelet = componentView('kubelet@n1', true);
    mirror.apply({
      ...EMPTY_FRAME,
      full: true,
      machines: [{ ...machineView('n1', true), running: ['kubelet'] }],
      components: [kubelet],
    });
    expect(mirror.component('kubelet@n1')?.running).toBe(true);
    mirror.apply({ ...EMPTY_FRAME, machines: [machineView('n1', false)] });
    expect(mirror.component('kubelet@n1')?.running).toBe(false);
  });

  it('drops frames from before a seek', () => {
    const mirror = new Mirror();
    mirror.apply({ ...EMPTY_FRAME, full: true, now: 5 }, 2);
    mirror.apply({ ...EMPTY_FRAME, full: true, now: 9 }, 1);
    expect(mirror.now).toBe(5);
  });

  it('keeps the newest captions only', () => {
    const mirror = new Mirror();
    for (let i = 0; i < KEPT_CAPTIONS + 50; i += 1) {
      mirror.apply({
        ...EMPTY_FRAME,
        captions: [{ at: i, messageId: i, component: 'etcd', text: `${i}`, objects: [] }],
      });
    }
    expect(mirror.captions.length).toBeLessThanOrEqual(KEPT_CAPTIONS);
    expect(mirror.captions.at(-1)?.text).toBe(String(KEPT_CAPTIONS + 49));
  });
});

/** What a cluster looks like, changed step by step; the dumb twin of frames. */
interface Model {
  readonly objects: Map<string, KubernetesObject>;
  readonly powered: Map<string, boolean>;
  readonly running: Set<string>;
}

const change = fc.oneof(
  fc.record({
    put: fc.record({
      name: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      node: fc.constantFrom(undefined, 'n1', 'n2'),
      owner: fc.constantFrom(undefined, 'r1', 'r2'),
    }),
  }),
  fc.record({ slice: fc.record({ name: fc.constantFrom('s', 't'), service: fc.constantFrom('web', 'db') }) }),
  fc.record({ drop: fc.constantFrom('Pod/default/a', 'Pod/default/b', 'Pod/default/c', 'EndpointSlice/default/s') }),
  fc.record({ machine: fc.constantFrom('n1', 'n2'), powered: fc.boolean() }),
  fc.record({ component: fc.constantFrom('etcd@n1', 'kubelet@n2'), running: fc.boolean() }),
);

describe('frames', () => {
  it('applied in order equal the full frame', () => {
    fc.assert(
      fc.property(fc.array(fc.array(change, { maxLength: 8 }), { maxLength: 12 }), (steps) => {
        const model: Model = { objects: new Map(), powered: new Map(), running: new Set() };
        const followed = new Mirror();
        for (const [now, changes] of steps.entries()) followed.apply(play(model, changes, now));
        const fresh = new Mirror();
        fresh.apply({
          ...EMPTY_FRAME,
          full: true,
          now: steps.length - 1,
          objects: [...model.objects],
          machines: machinesOf(model),
          components: [...model.running].map((address) => componentView(address, true)),
        });
        expect(look(followed)).toEqual(look(fresh));
      }),
    );
  });
});

type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

/** Changes the model and gives the frame that says so, each key once. */
function play(model: Model, changes: readonly Change[], now: number): Frame {
  const objects = new Map<string, KubernetesObject | null>();
  const touched = new Set<string>();
  const put = (object: KubernetesObject): void => {
    const [key] = entry(object);
    model.objects.set(key, object);
    objects.set(key, object);
  };
  for (const one of changes) {
    if ('put' in one) put(pod(one.put.name, one.put.node, one.put.owner));
    else if ('slice' in one) put(slice(one.slice.name, one.slice.service));
    else if ('drop' in one) {
      model.objects.delete(one.drop);
      objects.set(one.drop, null);
    } else if ('machine' in one) {
      model.powered.set(one.machine, one.powered);
      // What ran there is gone without a last word.
      if (!one.powered)
        for (const address of [...model.running]) if (address.endsWith(one.machine)) model.running.delete(address);
    } else {
      const isUp = one.running && model.powered.get(one.component.slice(-2)) === true;
      if (isUp) model.running.add(one.component);
      else model.running.delete(one.component);
      touched.add(one.component);
    }
  }
  return {
    ...EMPTY_FRAME,
    now,
    objects: [...objects],
    machines: machinesOf(model),
    components: [...touched].map((address) => componentView(address, model.running.has(address))),
  };
}

/** Frames repeat every machine, with what runs on it. */
function machinesOf({ powered, running }: Model): MachineView[] {
  return [...powered].map(([name, isOn]) => {
    const there = [...running].filter((address) => address.endsWith(name)).map((address) => address.slice(0, -3));
    return { ...machineView(name, isOn), running: there };
  });
}

function machineView(name: string, powered: boolean): MachineView {
  return { name, role: 'worker', powered, boots: 1, internalIP: '', running: [], cpuMillis: 8000, memoryBytes: 1 };
}

function componentView(address: string, running: boolean): ComponentView {
  const [component = '', host = ''] = address.split('@');
  return { address, component, host, running, startedAt: 0, view: {} };
}

/** Everything that the mirror answers. */
function look(mirror: Mirror): object {
  const keys = ['Pod', 'EndpointSlice'].flatMap((kind) => mirror.keysOfKind(kind));
  return {
    objects: keys.map((key) => [key, mirror.object(key)]),
    kinds: mirror.kinds(),
    nodes: ['n1', 'n2', ''].map((node) => mirror.podsOnNode(node)),
    unbound: mirror.unboundPods(),
    slices: ['web', 'db'].map((service) => mirror.slicesOfService('default', service)),
    owned: ['r1', 'r2'].map((uid) => mirror.ownedBy(uid)),
    machines: [...mirror.machineNames()].sort().map((name) => mirror.machine(name)),
    // A full frame names only what runs; a follower also remembers what ran.
    components: [...mirror.addresses()]
      .sort()
      .map((address) => mirror.component(address))
      .filter((component) => component?.running),
  };
}
