import { beforeEach, expect, it } from 'vitest';
import type { Frame, MessageView } from '../../engine/door.ts';
import type { Place } from '../../worker/protocol.ts';
import { EMPTY_FRAME, requestNumbered } from '../testing/fixture.ts';
import { clusterListener } from './cluster.ts';
import { mirror } from './mirror.ts';
import { past } from './past.ts';
import { select, selectMessage, view } from './view.ts';

const playback = { playing: false, speed: 'story', rate: 0 } as const;
const main = { id: 1, name: 'main', forkedAt: 0, end: 50, acts: 0 };
let epoch = 0;
let run = 0;

function show(now: number, happened: readonly MessageView[], place: Partial<Place>, more: Partial<Frame> = {}): void {
  const frame: Frame = { ...EMPTY_FRAME, now, full: true, happened, ...more };
  clusterListener.frame({
    frame,
    epoch: ++epoch,
    playback,
    place: { run, branch: 1, newest: now, fresh: true, ...place },
  });
}

beforeEach(() => {
  run++;
  show(30, [requestNumbered(1, 'one'), requestNumbered(2, 'two'), requestNumbered(3, 'three')], {});
});

it('leaves nothing of one run to the next', () => {
  selectMessage(2);
  view.setState({ traced: 2 });
  past.setState({ loading: 0.4 });
  run++;
  show(0, [], {});
  expect(view.getState()).toMatchObject({ selection: null, traced: null });
  expect(past.getState().loading).toBeUndefined();
});

it('does not take a message of another branch for the one that was selected', () => {
  clusterListener.history({
    branches: [main, { ...main, id: 2, parent: 1, forkedAt: 25 }],
    current: 1,
    keptFrom: 0,
    bytes: 0,
    limit: 1,
  });
  selectMessage(2);
  view.setState({ traced: 3 });
  show(40, [requestNumbered(3, 'another')], { branch: 2 });
  expect(view.getState()).toMatchObject({ selection: { type: 'message', id: 2 }, traced: null });
  selectMessage(3);
  show(50, [], { branch: 1 });
  expect(view.getState().selection).toBeNull();
});

it('keeps what is selected while the same branch is wound back and forth', () => {
  select({ type: 'object', key: 'Node//kind-worker' });
  view.setState({ traced: 3 });
  show(10, [], { fresh: false, newest: 30 });
  expect(view.getState()).toMatchObject({ selection: { key: 'Node//kind-worker' }, traced: 3 });
});

it('shows the faults of another branch, also those with the same ids', () => {
  const fault = (kind: string) => ({ id: 'fault-1', fault: { kind }, sentence: kind, since: 20 });
  show(30, [], {}, { faults: [fault('partition')] });
  show(30, [], { branch: 2 }, { faults: [fault('node-power-off')] });
  expect(mirror.faults.map(({ sentence }) => sentence)).toEqual(['node-power-off']);
});
