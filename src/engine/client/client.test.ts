import { expect, it } from 'vitest';
import type { KubernetesObject } from '../api/object.ts';
import { tooLargeResourceVersion } from '../api/status.ts';
import { defineTable } from '../kernel/table.ts';
import type { Body, Effect, Env, Message } from '../kernel/types.ts';
import { type CallOptions, call, newClient, receive } from './client.ts';
import { newRecorder, recordEvent } from './events.ts';
import { startInformers } from './informer.ts';
import type { ApiRequest } from './messages.ts';
import { addRateLimited, type Backoff, newWorkqueue } from './workqueue.ts';

const SERVER = 'load-balancer@lb';
const env = { now: 0, wallNow: 0, self: 'c@n', host: 'n', messageId: 5, periodic: false, random: () => 0 } as Env;

function world() {
  const client = newClient(SERVER, 'u', 'c');
  const ask = (delayMs = 0): ApiRequest => {
    const [effect] = call(client, env, { method: 'GET', path: '/api' }, 'tag', { delayMs });
    return (effect as unknown as { body: ApiRequest }).body;
  };
  const take = (body: object) => receive(client, { id: 9, from: SERVER, body: body as Body } as Message, env);
  const refuse = ({ requestId }: ApiRequest) => take({ type: 'connectionRefused', requestId, peer: SERVER });
  return { ask, take, refuse, isDial: (delayMs?: number) => ask(delayMs).dial === true };
}

it('says with the first request of each connection that it opens it', () => {
  const { isDial, take } = world();
  expect([isDial(), isDial()]).toEqual([true, false]);
  take({ type: 'connectionLost', peer: SERVER });
  expect([isDial(), isDial()]).toEqual([true, false]);
});

it('opens another connection after a refusal, but not for one of what was asked before it', () => {
  const { ask, refuse, isDial } = world();
  const [first, second] = [ask(), ask()];
  refuse(first);
  expect(isDial()).toBe(true);
  refuse(second);
  expect(isDial()).toBe(false);
});

it('lets what is sent sooner open the connection before a request that waits for its turn', () => {
  const { isDial } = world();
  expect([isDial(50), isDial(), isDial()]).toEqual([true, true, false]);
});

it('gives up each call in its own time, also behind one that waits for its turn', () => {
  const client = newClient(SERVER, 'u', 'c');
  let alarm = 0;
  const heed = (effects: readonly Effect[] = [], now: number) => {
    for (const effect of effects) if (effect.effect === 'timer') alarm = now + effect.afterMs;
  };
  const ask = (tag: string, options: CallOptions) =>
    heed(call(client, env, { method: 'GET', path: '/api' }, tag, options), 0);
  ask('waits', { delayMs: 30_000 });
  ask('short', { timeoutMs: 5_000 });
  ask('usual', {});
  const ended: [number, unknown][] = [];
  while (client.pending.size > 0) {
    const now = alarm;
    const message = { id: 9, from: SERVER, body: { type: 'timer', key: 'client/timeouts' } as Body } as Message;
    const received = receive(client, message, { ...env, now });
    for (const { tag } of received?.answers ?? []) ended.push([now, tag]);
    heed(received?.effects, now);
  }
  expect(ended).toEqual([
    [5_000, 'short'],
    [10_000, 'usual'],
    [40_000, 'waits'],
  ]);
});

it('lets a key that fails wait twice as long each time, up to the longest', () => {
  const waits = (backoff?: Backoff) => {
    const queue = newWorkqueue('q');
    const next = () => addRateLimited(queue, 'key', { cause: 1, periodic: false }, backoff);
    return Array.from({ length: 4 }, () => (next() as { afterMs: number }).afterMs);
  };
  expect([waits(), waits([1000, 3000])]).toEqual([
    [5, 10, 20, 40],
    [1000, 2000, 3000, 3000],
  ]);
});

it('makes an Event anew, with its count, when the one to be counted up is not there', () => {
  const client = newClient(SERVER, 'u', 'c');
  const recorder = newRecorder('kubelet');
  const about = { apiVersion: 'v1', kind: 'Pod', namespace: 'default', name: 'p' };
  const sent = (effects: readonly unknown[] = []) => (effects[0] as { body: ApiRequest }).body;
  const record = () => sent(recordEvent(recorder, client, env, about, 'Warning', 'Failed', 'text'));
  const first = record();
  const second = record();
  expect([first, second]).toMatchObject([{ method: 'POST' }, { method: 'PATCH', body: { count: 2 } }]);
  const answer = { type: 'apiResponse', requestId: second.requestId, status: 404 } as unknown as Body;
  const received = receive(client, { id: 9, from: SERVER, body: answer } as Message, env);
  const { metadata } = first.body as KubernetesObject;
  expect(sent(received?.effects)).toMatchObject({ method: 'POST', body: { metadata, count: 2 } });
});

it('lists anew from etcd when the server does not know so new a version', () => {
  const table = defineTable<KubernetesObject>('client-test/objects');
  const client = newClient(SERVER, 'u', 'c', { pods: { path: '/api/v1/pods', table } });
  const listed = (effects: readonly unknown[] = []) => (effects[0] as { body: ApiRequest }).body;
  const take = (body: object) => receive(client, { id: 9, from: SERVER, body: body as Body } as Message, env)?.effects;
  const first = listed(startInformers(client, env));
  const metadata = { resourceVersion: '300' };
  take({ type: 'apiResponse', requestId: first.requestId, status: 200, body: { metadata, items: [] } });
  take({ type: 'connectionLost', peer: SERVER });
  const again = listed(take({ type: 'timer', key: 'informer/pods' }));
  expect(again.query?.resourceVersion).toBe('300');
  const tooLarge = tooLargeResourceVersion(300, 67);
  const [wait] = take({ type: 'apiResponse', requestId: again.requestId, status: 504, body: tooLarge }) ?? [];
  expect(wait).toMatchObject({ effect: 'timer', afterMs: 0 });
  expect(listed(take({ type: 'timer', key: 'informer/pods' })).query?.resourceVersion).toBe('');
});
