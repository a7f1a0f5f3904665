import { describe, expect, it } from 'vitest';
import type { EtcdWatchResponse, RangeResponse } from '../etcd/messages.ts';
import type { Env } from '../kernel/types.ts';
import { knownTo } from './history.ts';
import { ApiServerState } from './state.ts';
import { applyEvents, fillCache, watchBroken } from './watch-cache.ts';

const PODS = '/registry/pods/';
const NODES = '/registry/minions/';
const ENV = { now: 0, wallNow: 0 } as Env;

const read = (revision: number): RangeResponse =>
  ({ type: 'rangeResponse', requestId: 1, revision, kvs: [] }) as unknown as RangeResponse;
const told = (revision: number): EtcdWatchResponse =>
  ({ type: 'watchResponse', requestId: 1, revision, events: [] }) as unknown as EtcdWatchResponse;

/** Nodes were read at revision 20, and pods, with the watch of nodes open already, at 45. */
function loading(): ApiServerState {
  const state = new ApiServerState({ internalIP: '172.18.0.2' });
  fillCache(state, NODES, read(20));
  fillCache(state, PODS, read(45));
  return state;
}

describe('caches that were read at different revisions', () => {
  it('are together as old as the oldest', () => {
    const state = loading();
    expect([state.revision, knownTo(state, NODES), knownTo(state, PODS)]).toEqual([20, 20, 45]);
  });

  it('are all up to date when each watch has told of what came since', () => {
    const state = loading();
    state.phase = 'ready';
    applyEvents(state, ENV, PODS, told(50));
    expect([state.revision, knownTo(state, NODES), knownTo(state, PODS)]).toEqual([20, 20, 50]);
    applyEvents(state, ENV, NODES, told(50));
    expect([state.revision, knownTo(state, NODES), knownTo(state, PODS)]).toEqual([50, 50, 50]);
  });

  it('go on, when their watch ends, each from where it was', () => {
    const state = loading();
    const starts = watchBroken(state, [NODES, PODS]).map((effect) => effect.effect === 'send' && effect.body);
    expect(starts).toMatchObject([{ startRevision: 21 }, { startRevision: 46 }]);
  });
});
