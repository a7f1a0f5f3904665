import { describe, expect, it } from 'vitest';
import type { Body, Effect, Env, Message } from '../kernel/types.ts';
import { createLoadBalancer, type LoadBalancerState } from './state.ts';
import { step } from './step.ts';

const SELF = 'load-balancer@lb';
const A = 'apiserver@a';
const B = 'apiserver@b';
const KUBELET = 'kubelet@n1';

interface Sent {
  readonly to: string;
  readonly body: Body & Record<string, unknown>;
}

class World {
  readonly state: LoadBalancerState = createLoadBalancer({ backends: [A, B] });
  now = 0;

  take(from: string, body: object): Sent[] {
    const message = { id: 1, from, to: SELF, sentAt: 0, dueAt: 0, cause: 0, periodic: false, body } as Message;
    const env: Env = {
      now: this.now,
      wallNow: this.now,
      self: SELF,
      host: 'lb',
      messageId: 1,
      periodic: false,
      random: () => 0,
    };
    const sends = step(this.state, message, env).filter((effect: Effect) => effect.effect === 'send');
    return sends as unknown as Sent[];
  }

  /** One round of health checks, with what each server answers; undefined: nothing. */
  check(answers: Record<string, number | undefined>): Sent[] {
    const more: Sent[] = [];
    for (const { to, body } of this.take(SELF, { type: 'timer', key: 'check' })) {
      if (body.type !== 'apiRequest') more.push({ to, body });
      else if (answers[to] !== undefined)
        more.push(...this.take(to, { type: 'apiResponse', requestId: body.requestId, status: answers[to], body: '' }));
    }
    this.now += 2_000;
    return more;
  }

  up(): boolean[] {
    return this.state.backends.map(({ up }) => up);
  }

  request(from: string, requestId: number, more: object = {}): Sent {
    const call = { method: 'GET', path: '/api/v1/nodes', user: 'u', agent: 'a', dial: true };
    return this.take(from, { type: 'apiRequest', requestId, ...call, ...more })[0] as Sent;
  }
}

function running(): World {
  const world = new World();
  world.check({ [A]: 200, [B]: 200 });
  return world;
}

describe('health checks', () => {
  it('begin with servers that are up, one failure from down', () => {
    const world = new World();
    world.check({ [A]: 200, [B]: 500 });
    expect(world.up()).toEqual([true, false]);
  });

  it('take three failures to go down and two successes to come back; no answer is a failure', () => {
    const world = running();
    world.check({ [A]: 200, [B]: undefined });
    world.check({ [A]: 200, [B]: 500 });
    expect(world.up()).toEqual([true, true]);
    world.check({ [A]: 200, [B]: 500 });
    expect(world.up()).toEqual([true, false]);
    world.check({ [A]: 200, [B]: 200 });
    expect(world.up()).toEqual([true, false]);
    world.check({ [A]: 200, [B]: 200 });
    expect(world.up()).toEqual([true, true]);
  });
});

describe('connections', () => {
  it('go to the servers in turn and stay there', () => {
    const world = running();
    expect(world.request(KUBELET, 1).to).toBe(A);
    expect(world.request('kubelet@n2', 1).to).toBe(B);
    expect(world.request(KUBELET, 2).to).toBe(A);
  });

  it('of clients with the same ids are kept apart', () => {
    const world = running();
    const first = world.request(KUBELET, 7).body.requestId as number;
    world.request('kubelet@n2', 1);
    const third = world.request('kubelet@n3', 7).body.requestId as number;
    expect(first).not.toBe(third);
    const answered = world.take(A, { type: 'apiResponse', requestId: third, status: 200, body: 'x' });
    expect(answered).toMatchObject([{ to: 'kubelet@n3', body: { requestId: 7, body: 'x' } }]);
    const watch = world.take(A, { type: 'watchEvents', watchId: first, events: [] });
    expect(watch).toMatchObject([{ to: KUBELET, body: { watchId: 7 } }]);
  });

  it('for one request each take the next server every time', () => {
    const world = running();
    const to = [1, 2, 3].map((id) => world.request('kubectl@laptop', id, { close: true }).to);
    expect(to).toEqual([A, B, A]);
  });

  it('are reset when their server is gone, and the client’s next goes elsewhere', () => {
    const world = running();
    world.request(KUBELET, 1);
    expect(world.take(A, { type: 'connectionLost', peer: A })).toMatchObject([
      { to: KUBELET, body: { type: 'connectionLost', peer: SELF } },
    ]);
    world.state.backends[0]!.up = false;
    expect(world.request(KUBELET, 2).to).toBe(B);
  });

  it('take nothing that was still sent over the one before', () => {
    const world = running();
    world.request(KUBELET, 1);
    world.take(A, { type: 'connectionLost', peer: A });
    const late = world.request(KUBELET, 2, { query: { watch: 'true' }, dial: undefined });
    expect(late).toMatchObject({ to: KUBELET, body: { type: 'connectionRefused', requestId: 2 } });
    expect([world.state.connections.size, world.state.watches.size]).toEqual([0, 0]);
    expect(world.request(KUBELET, 3).to).toBe(B);
    expect(world.request(KUBELET, 4, { dial: undefined }).to).toBe(B);
  });

  it('that one request finds refused end with all that waits on them', () => {
    const world = running();
    const first = world.request(KUBELET, 1).body.requestId as number;
    const second = world.request(KUBELET, 2).body.requestId as number;
    const refused = (requestId: number): Sent[] => world.take(A, { type: 'connectionRefused', requestId, peer: A });
    expect(refused(second)).toEqual([
      expect.objectContaining({ to: KUBELET, body: { type: 'connectionLost', peer: SELF } }),
    ]);
    expect(refused(first)).toEqual([]);
  });

  it('end at the server when the client is gone; what is still under way to it goes nowhere', () => {
    const world = running();
    const id = world.request(KUBELET, 1, { query: { watch: 'true' } }).body.requestId;
    expect(world.take(KUBELET, { type: 'connectionLost', peer: KUBELET })).toMatchObject([
      { to: A, body: { type: 'stopWatch', watchId: id } },
    ]);
    expect(world.take(A, { type: 'watchEvents', watchId: id, events: [] })).toEqual([]);
  });

  it('are refused when no server is up', () => {
    const world = new World();
    world.check({ [A]: 500, [B]: 500 });
    expect(world.request(KUBELET, 5)).toMatchObject({ to: KUBELET, body: { type: 'connectionRefused', requestId: 5 } });
  });

  it('just begun at a server that goes down are refused, lasting ones stay', () => {
    const world = running();
    world.request(KUBELET, 1);
    world.request('kubelet@n2', 1);
    world.request('kubectl@laptop', 9, { close: true });
    const ended = [1, 2, 3].flatMap(() => world.check({ [A]: undefined, [B]: 200 }));
    ended.push(...world.check({ [A]: undefined, [B]: 200 }));
    expect(ended).toMatchObject([{ to: 'kubectl@laptop', body: { type: 'connectionRefused', requestId: 9 } }]);
    expect(world.request(KUBELET, 2).to).toBe(A);
  });
});
