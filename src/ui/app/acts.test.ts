import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { MachineView } from '../../engine/door.ts';
import type { Input, Speed } from '../../worker/protocol.ts';
import { connectCluster, type InputResult } from '../store/cluster.ts';
import { mirror } from '../store/mirror.ts';
import { playback } from '../store/playback.ts';
import { view } from '../store/view.ts';
import { EMPTY_FRAME } from '../testing/fixture.ts';
import { ACTS, actsFor, runAct } from './acts.ts';
import { nameOf } from './shortcuts.ts';

const inputs: Input[] = [];
const speeds: Speed[] = [];
let outcome: InputResult = {};

beforeEach(() => {
  inputs.length = 0;
  outcome = {};
  speeds.length = 0;
  playback.setState({ speed: 'story', stopped: undefined });
  connectCluster({
    create: () => {},
    input: async (input) => {
      inputs.push(input);
      return outcome;
    },
    query: () => Promise.reject(new Error('not asked here')),
    play: () => {},
    pause: () => {},
    speed: (speed) => speeds.push(speed),
    step: () => {},
    runUntilIdle: () => {},
    visible: () => {},
    seek: () => {},
    renameBranch: () => {},
    deleteBranch: () => {},
    load: () => {},
    compare: () => {},
  });
});

describe('acts', () => {
  it('have ids and keys of their own', () => {
    const ids = ACTS.map((act) => act.id);
    const keys = ACTS.flatMap((act) => act.keys ?? []);
    expect(new Set(ids).size).toBe(ids.length);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('cut the power of a machine that has some, and offer to switch it on again', () => {
    const node = { type: 'object', key: 'Node//kind-worker' } as const;
    show({ powered: true });
    expect(actsFor(node, 'fault').map((act) => act.id)).toContain('power-off');
    runAct('power-off', node);
    expect(inputs).toEqual([{ act: 'inject', fault: { kind: 'node-power-off', target: 'kind-worker' } }]);
    show({ powered: false });
    expect(actsFor(node, 'fault').map((act) => act.id)).toEqual(['power-on', 'break-more']);
  });

  it('cut the wires that are meant by a process without any', () => {
    const component = (name: string) => ({
      address: `${name}@kind-worker`,
      component: name,
      host: 'kind-worker',
      running: true,
      startedAt: 0,
      view: {},
    });
    mirror.apply({ ...EMPTY_FRAME, full: true, components: [component('cni'), component('machine')] });
    runAct('cut-off', { type: 'component', address: 'cni@kind-worker' });
    runAct('cut-off', { type: 'component', address: 'machine@kind-worker' });
    expect(inputs).toMatchObject([
      { fault: { kind: 'partition', target: ['kindnet@kind-worker'] } },
      { fault: { kind: 'partition', target: ['kind-worker'] } },
    ]);
  });

  it('say why they were refused', async () => {
    outcome = { error: { message: 'kind-worker has no power' } };
    show({ powered: true });
    runAct('power-off', { type: 'object', key: 'Node//kind-worker' });
    await vi.waitFor(() => expect(view.getState().refusal?.message).toBe('kind-worker has no power'));
    outcome = {};
    runAct('power-off', { type: 'object', key: 'Node//kind-worker' });
    expect(view.getState().refusal).toBeNull();
  });

  it('do nothing when they cannot', () => {
    runAct('delete', { type: 'object', key: 'Pod/default/nobody' });
    expect(inputs).toEqual([]);
  });

  it('go from Story pace to the speeds beside it', () => {
    runAct('faster');
    runAct('slower');
    expect(speeds).toEqual([0.05, 0.01]);
  });
});

describe('shortcuts', () => {
  it('are spelled as acts spell them', () => {
    const press = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
    expect(nameOf({ ...press, key: '?', shiftKey: true })).toBe('?');
    expect(nameOf({ ...press, key: '>', shiftKey: true })).toBe('Shift+>');
    expect(nameOf({ ...press, key: 'k', metaKey: true })).toBe('Ctrl+k');
  });
});

function show({ powered }: { powered: boolean }): void {
  const machine: MachineView = {
    name: 'kind-worker',
    role: 'worker',
    powered,
    boots: 1,
    internalIP: '172.18.0.3',
    running: [],
    cpuMillis: 8000,
    memoryBytes: 2 ** 34,
  };
  mirror.apply({ ...EMPTY_FRAME, full: true, machines: [machine] });
}
