import { describe, expect, it } from 'vitest';
import type { ActiveFault, Fault } from '../../engine/door.ts';
import { createCluster, FAULT_KINDS, FaultError, restore } from '../../engine/index.ts';
import { faultSpans } from '../panels/timeline/painter.ts';
import { canCrash } from './crashable.ts';
import { faultOf, formFor, kindsFor } from './form.ts';
import { isBetween, isCut, linkOf } from './sides.ts';
import { timeLeft } from './time-left.ts';

const ADDRESSES = ['apiserver@plane', 'etcd@plane', 'kubelet@one', 'kubelet@two', 'kube-proxy@one', 'kindnet@one'];
const active = (fault: Fault): ActiveFault => ({ id: 'fault-1', fault, sentence: '', since: 1_000 });
const edge = (from: string, to: string, kind = 'api') => ({ from, to, kind });

describe('a line of the diagram', () => {
  it('has the processes at its ends', () => {
    expect(linkOf(edge('kubelet@one', 'apiserver'), ADDRESSES)).toEqual({
      from: ['kubelet@one'],
      to: ['apiserver@plane'],
    });
    expect(linkOf(edge('cni@one', 'apiserver'), ADDRESSES)?.from).toEqual(['kindnet@one']);
    expect(linkOf(edge('scheduler', 'apiserver@b'), ['scheduler@a', 'scheduler@b', 'apiserver@b'])?.from).toEqual([
      'scheduler@b',
    ]);
    expect(linkOf(edge('kubectl', 'apiserver', 'user'), ADDRESSES)?.from).toEqual(['laptop']);
  });

  it('is no connection inside a machine, to a rule, or to what this cluster does not have', () => {
    expect(linkOf(edge('kubelet@one', 'containerd@one', 'cri'), ADDRESSES)).toBeUndefined();
    expect(linkOf(edge('services', 'filter@one', 'service'), ADDRESSES)).toBeUndefined();
    expect(linkOf(edge('cloud', 'apiserver'), ADDRESSES)).toBeUndefined();
  });

  it('is broken by a fault between its ends, whichever way round', () => {
    const one = { from: ['kubelet@one'], to: ['apiserver@plane'] };
    const two = { from: ['kubelet@two'], to: ['apiserver@plane'] };
    const own = { from: ['etcd@plane'], to: ['apiserver@plane'] };
    const check = (fault: Fault): boolean[] => [one, two, own].map((link) => isBetween(active(fault), link));
    expect(check({ kind: 'partition', target: ['one'], to: ['plane'] })).toEqual([true, false, false]);
    expect(check({ kind: 'partition', target: ['plane'], to: ['one', 'two'] })).toEqual([true, true, false]);
    expect(check({ kind: 'link-latency', target: ['two'] })).toEqual([false, true, false]);
    expect(check({ kind: 'message-drop', target: ['plane'] })).toEqual([true, true, false]);
    expect(check({ kind: 'partition', target: ['etcd@plane'] })).toEqual([false, false, true]);
    expect(check({ kind: 'node-power-off', target: 'one' })).toEqual([false, false, false]);
  });
});

it('stops what is sent across a cut, one way or both', () => {
  const both = active({ kind: 'partition', target: ['one'] });
  const oneWay = active({ kind: 'partition', target: ['plane'], to: ['one'], oneWay: true });
  const [kubelet, server] = ['kubelet@one', 'apiserver@plane'];
  expect([isCut(both, kubelet, server), isCut(both, server, kubelet)]).toEqual([true, true]);
  expect([isCut(oneWay, server, kubelet), isCut(oneWay, kubelet, server)]).toEqual([true, false]);
  expect([isCut(both, kubelet, 'containerd@one'), isCut(both, 'kubelet@two', server)]).toEqual([false, false]);
});

describe('the dialog', () => {
  it('offers what can be done to a thing', () => {
    const kinds = (what: Parameters<typeof kindsFor>[0]) => kindsFor(what, FAULT_KINDS);
    expect(kinds({ type: 'object', key: 'Node//one' })).toContain('clock-skew');
    expect(kinds({ type: 'object', key: 'Pod/default/web' })).toEqual([
      'container-crash',
      'container-oom',
      'probe-fail',
    ]);
    expect(kinds({ type: 'component', address: 'etcd@plane' })).toContain('etcd-slow-disk');
    expect(kinds({ from: ['a'], to: ['b'] })).toEqual(['partition', 'link-latency', 'message-drop']);
    expect(kinds(null)).not.toContain('cloud-vm-gone');
    expect(kinds(null)).toContain('chaos');
  });

  it('asks for the fault that stands in it', () => {
    const form = formFor({ type: 'object', key: 'Node//one' }, FAULT_KINDS);
    expect(faultOf(form, FAULT_KINDS)).toEqual({ kind: 'node-power-off', target: 'one' });
    expect(
      faultOf({ ...form, kind: 'clock-skew', options: { ms: '-500' }, inMs: 5_000, forMs: 30_000 }, FAULT_KINDS),
    ).toEqual({
      kind: 'clock-skew',
      target: 'one',
      ms: -500,
      inMs: 5_000,
      forMs: 30_000,
    });
    expect(faultOf({ ...form, kind: 'partition', b: ['two'] }, FAULT_KINDS)).toEqual({
      kind: 'partition',
      target: ['one'],
      to: ['two'],
    });
    expect(faultOf({ ...form, kind: 'container-crash', target: 'a/b', forMs: 9 }, FAULT_KINDS)).toEqual({
      kind: 'container-crash',
      target: 'a/b',
    });
    const kubelet = formFor({ type: 'component', address: 'kubelet@one' }, FAULT_KINDS);
    expect(faultOf({ ...kubelet, kind: 'kubelet-stop' }, FAULT_KINDS).target).toBe('one');
  });
});

it('says how long a fault goes on', () => {
  const fault = active({ kind: 'partition' });
  expect(timeLeft(fault, 13_500)).toBe('for 13 s now');
  expect(timeLeft({ ...fault, until: 60_000 }, 13_500)).toBe('heals in 47 s');
});

it('is a span of the timeline while it lasts', () => {
  const mark = (kind: 'fault' | 'heal', fault: string) => ({ at: 0, kind, text: '', fault });
  const marks = [
    { mark: mark('heal', 'a'), x: 90 },
    { mark: mark('fault', 'b'), x: 70 },
    { mark: mark('fault', 'a'), x: 40 },
    { mark: mark('fault', 'over at once'), x: 30 },
  ];
  const faults = [
    { ...active({ kind: 'partition' }), id: 'b' },
    { ...active({ kind: 'partition' }), id: 'long ago' },
  ];
  expect(faultSpans(marks, faults, 100)).toEqual([
    [70, 100],
    [0, 100],
    [40, 90],
  ]);
});

it('offers to crash what the engine can crash, and nothing else', () => {
  const cluster = createCluster({ seed: 1, profile: 'ha', workers: 1 });
  const snapshot = cluster.snapshot();
  const crashes = (target: string): boolean => {
    try {
      restore(snapshot).inject({ kind: 'component-crash', target });
      return true;
    } catch (error) {
      if (!(error instanceof FaultError)) throw error;
      return false;
    }
  };
  const addresses = [...cluster.kernel.processes.keys()].filter(
    (address) => !address.endsWith('2') && !address.endsWith('3'),
  );
  expect(addresses.length).toBeGreaterThan(15);
  expect(addresses.filter(canCrash)).toEqual(addresses.filter(crashes));
});
