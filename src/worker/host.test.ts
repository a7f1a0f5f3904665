import { describe, expect, it } from 'vitest';
import { Host } from './host.ts';
import type { FromWorker, ToWorker } from './protocol.ts';

type OfFrame = Extract<FromWorker, { type: 'frame' }>;

/** A host of a small cluster in which nothing has happened yet, its newest frame, and all that it has said. */
function quiet(): { receive(message: ToWorker): void; frame(): OfFrame; readonly said: readonly FromWorker[] } {
  const said: FromWorker[] = [];
  const host = new Host((message) => said.push(message), { now: () => 0, after: () => {} });
  host.receive({ type: 'create', options: { seed: 5, workers: 1 }, playing: false, speed: 'story' });
  const frame = (): OfFrame => said.findLast((message) => message.type === 'frame') as OfFrame;
  return { receive: (message) => host.receive(message), frame, said };
}

it('lets nobody wait for an outcome in a cluster that is gone', () => {
  const { receive, said } = quiet();
  receive({ type: 'input', id: 7, input: { act: 'cordon', node: 'kind-worker', unschedulable: true } });
  expect(said.some(({ type }) => type === 'inputDone')).toBe(false);
  receive({ type: 'create', options: { seed: 6, workers: 1 }, playing: false, speed: 'story' });
  // After the new cluster was told of: what follows from the outcome is not done to that one.
  expect(said.slice(-2)).toMatchObject([{ type: 'history' }, { type: 'inputDone', id: 7 }]);
});

describe('a step', () => {
  it('says how long nothing has happened, as Story pace does', () => {
    const { receive, frame } = quiet();
    const from = frame().frame.now;
    receive({ type: 'step' });
    const to = frame().frame.now;
    expect(to - from).toBeGreaterThan(1_000);
    expect(frame().playback).toMatchObject({ playing: false, skipped: { from, to } });
    // From hop to hop of a story nothing is skipped.
    receive({ type: 'input', id: 1, input: { act: 'cordon', node: 'kind-worker', unschedulable: true } });
    receive({ type: 'step' });
    expect(frame().frame.now - to).toBeLessThan(20);
    expect(frame().playback.skipped).toBeUndefined();
  });

  it.each(['etcd', 'etcd@kind-control-plane'])('goes to the next message from or to %s', (component) => {
    const { receive, frame } = quiet();
    receive({ type: 'input', id: 1, input: { act: 'cordon', node: 'kind-worker', unschedulable: true } });
    receive({ type: 'step', component });
    const { now, happened } = frame().frame;
    const arrived = happened.filter(({ dueAt }) => dueAt === now);
    expect(now).toBeLessThan(100);
    expect(arrived.some(({ from, to }) => `${from} ${to}`.includes('etcd@kind-control-plane'))).toBe(true);
  });
});
