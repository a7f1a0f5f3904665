import { expect, it } from 'vitest';
import type { KubernetesObject } from '../api/object.ts';
import type { Body, Env, Message } from '../kernel/types.ts';
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

it('tells containerd the range of the node, once it is known', () => {
  const state = createKindnet({ server: 'apiserver@cp', nodeName: 'n' });
  const [list] = step(state, message({ type: 'start' }), env);
  expect(list).toMatchObject({
    to: 'apiserver@cp',
    body: { path: '/api/v1/nodes', query: { fieldSelector: 'metadata.name=n' } },
  });
  const requestId = state.client.informers.nodes?.requestId;
  const node = (version: string, podCIDR?: string): KubernetesObject =>
    ({
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'n', resourceVersion: version },
      spec: { podCIDR },
    }) as KubernetesObject;
  const listed = { type: 'apiResponse', reply: true, requestId, status: 200 };
  const first = step(
    state,
    message({ ...listed, body: { metadata: { resourceVersion: '5' }, items: [node('5')] } }),
    env,
  );
  expect(first.filter((effect) => effect.effect === 'send' && effect.to === 'containerd@n')).toEqual([]);
  const watchId = state.client.informers.nodes?.requestId;
  const event = {
    type: 'watchEvents',
    reply: true,
    watchId,
    events: [{ type: 'MODIFIED', object: node('6', '10.244.3.0/24') }],
  };
  expect(step(state, message(event), env)).toEqual([
    { effect: 'send', to: 'containerd@n', body: { type: 'cniConfig', subnet: '10.244.3.0/24' }, periodic: false },
  ]);
  const again = { ...event, events: [{ type: 'MODIFIED', object: node('7', '10.244.3.0/24') }] };
  expect(step(state, message(again), env)).toEqual([]);
});
