import { expect, it } from 'vitest';
import type { KubernetesObject } from '../api/object.ts';
import type { Body, Effect, Env, Message } from '../kernel/types.ts';
import { createKindnet } from './state.ts';
import { step } from './step.ts';

const env: Env = { now: 0, wallNow: 0, self: 'kindnet@n', host: 'n', messageId: 1, periodic: false, random: () => 0 };

function message(body: object): Message {
  return {
    id: 1,
    from: 'apiserver@cp',
    to: 'kindnet@n',
    sentAt: 0,
    dueAt: 0,
    cause: 0,
    periodic: false,
    body: body as Body,
  };
}

const node = (name: string, version: string, podCIDR?: string, ip = `172.18.0.${name.length + 1}`): KubernetesObject =>
  ({
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, resourceVersion: version },
    spec: { podCIDR },
    status: { addresses: [{ type: 'InternalIP', address: ip }] },
  }) as KubernetesObject;

function kindnet(manyNodes = false) {
  const state = createKindnet({ server: 'apiserver@cp', nodeName: 'n', manyNodes });
  const [list] = step(state, message({ type: 'start' }), env);
  return {
    list,
    state,
    listed: (...items: KubernetesObject[]): Effect[] => {
      const { requestId } = state.client.informers.nodes as { requestId: number };
      const body = { metadata: { resourceVersion: '5' }, items };
      return step(state, message({ type: 'apiResponse', reply: true, requestId, status: 200, body }), env);
    },
    sees: (object: KubernetesObject, now = 0, type = 'MODIFIED'): Effect[] => {
      const { requestId: watchId } = state.client.informers.nodes as { requestId: number };
      const body = { type: 'watchEvents', reply: true, watchId, events: [{ type, object }] };
      return step(state, message(body), { ...env, now });
    },
    fires: (now: number): Effect[] => step(state, message({ type: 'timer', key: 'routes' }), { ...env, now }),
  };
}
const routes = (...of: object[]) => ({
  effect: 'send',
  to: 'machine@n',
  body: { type: 'replaceRoutes', routes: of },
  periodic: false,
});
const sends = (effects: Effect[]) =>
  effects.filter((effect) => effect.effect === 'send' && effect.to !== 'apiserver@cp');

it.each([false, true])('tells containerd the range of the node, once it is known (many nodes: %s)', (manyNodes) => {
  const { list, listed, sees } = kindnet(manyNodes);
  const query = manyNodes ? { fieldSelector: 'metadata.name=n' } : {};
  expect(list).toMatchObject({ to: 'apiserver@cp', body: { path: '/api/v1/nodes', query } });
  expect(list).toHaveProperty('body.query', { ...query, resourceVersion: '0' });
  expect(sends(listed(node('n', '5')))).toEqual([]);
  expect(sees(node('n', '6', '10.244.3.0/24'))).toEqual([
    { effect: 'send', to: 'containerd@n', body: { type: 'cniConfig', subnet: '10.244.3.0/24' }, periodic: false },
  ]);
  expect(sees(node('n', '7', '10.244.3.0/24'))).toEqual([]);
});

it('gives the kernel a route to the pods of each other node, in a loop of 10 s', () => {
  const { listed, sees, fires } = kindnet();
  const other = { destination: '10.244.1.0/24', via: '172.18.0.6', host: 'other' };
  expect(sends(listed(node('n', '3', '10.244.0.0/24'), node('other', '4', '10.244.1.0/24'), node('new', '5')))).toEqual(
    [
      { effect: 'send', to: 'containerd@n', body: { type: 'cniConfig', subnet: '10.244.0.0/24' }, periodic: false },
      routes(other),
    ],
  );
  expect(sees(node('other', '6', '10.244.1.0/24'), 1_000)).toEqual([]);
  expect(sees(node('new', '7', '10.244.2.0/24'), 12_000)).toEqual([
    { effect: 'timer', key: 'routes', afterMs: 8_000, periodic: false },
  ]);
  expect(sees(node('later', '8', '10.244.3.0/24'), 13_000)).toEqual([]);
  expect(fires(20_000)).toEqual([
    routes(
      { destination: '10.244.2.0/24', via: '172.18.0.4', host: 'new' },
      { destination: '10.244.3.0/24', via: '172.18.0.6', host: 'later' },
    ),
  ]);
  // A route stays when its Node goes; another gateway replaces it.
  expect(sees(node('other', '9', '10.244.1.0/24'), 21_000, 'DELETED')).toEqual([]);
  expect(sees(node('heir', '10', '10.244.1.0/24'), 22_000)).toMatchObject([{ key: 'routes', afterMs: 8_000 }]);
  expect(fires(30_000)).toEqual([routes({ ...other, via: '172.18.0.5', host: 'heir' })]);
});
