import { describe, expect, it } from 'vitest';
import { MAX_CAUSES, MAX_HEARTBEATS, MAX_HISTORY } from './limits.ts';
import { MessageLog } from './message-log.ts';
import type { Body, Message } from './types.ts';

const message = (id: number, cause: number, periodic = false, body: Body = { type: 'news' }): Message => ({
  id,
  from: 'a@x',
  to: 'b@y',
  sentAt: id,
  dueAt: id,
  cause,
  periodic,
  body,
});
const tick = (id: number, cause: number): Message => ({
  ...message(id, cause, true, { type: 'timer', key: 'look' } as Body),
  to: 'a@x',
});

describe('the log of messages', () => {
  it('keeps news whole while it is new, then small, then not at all', () => {
    const log = new MessageLog();
    log.lighten = () => ({ type: 'small' });
    const last = MAX_CAUSES + 50_000;
    for (let id = 1; id <= last; id++) log.remember(message(id, id - 1));
    expect(log.get(last)?.body.type).toBe('news');
    expect(log.get(last - MAX_HISTORY + 1024)?.body.type).toBe('news');
    expect(log.get(last - MAX_HISTORY - 2048)?.body.type).toBe('small');
    expect(log.get(last - MAX_CAUSES + 3000)?.cause).toBe(last - MAX_CAUSES + 2999);
    expect(log.get(1)).toBeUndefined();
    expect(log.get(last + 1)).toBeUndefined();
    expect([...log.from(last - 2)].map(({ id }) => id)).toEqual([last - 2, last - 1, last]);
  });

  it('does not make small what is still on its way', () => {
    const log = new MessageLog();
    log.lighten = () => ({ type: 'small' });
    log.remember({ ...message(1, 0), dueAt: 1e9 });
    for (let id = 2; id <= 2 * MAX_HISTORY; id++) log.remember(message(id, 0));
    expect(log.get(1)?.body.type).toBe('news');
    expect(log.get(2)?.body.type).toBe('small');
  });

  it('keeps the heartbeats that led to news, back to a timer that repeats itself', () => {
    const log = new MessageLog();
    let id = 0;
    for (let n = 0; n < 100; n++) log.remember(tick(++id, Math.max(0, id - 1)));
    const looked = id;
    log.remember(message(++id, looked, true));
    log.remember(message(++id, id - 1));
    for (let n = 0; n < 2 * MAX_HEARTBEATS; n++) log.remember(tick(++id, id - 1));
    expect(log.get(looked + 1)?.cause).toBe(looked);
    expect(log.get(looked)?.body.type).toBe('timer');
    expect(log.get(looked - 1)?.body.type).toBe('timer');
    expect(log.get(looked - 2)).toBeUndefined();
  });

  it('goes on from a moment without what came after it', () => {
    const log = new MessageLog();
    for (let id = 1; id <= 3000; id++) log.remember(message(id, 0, id % 3 === 0));
    const kept = log.keep(2001);
    for (let id = 3001; id <= 6000; id++) log.remember(message(id, 0));
    const copy = MessageLog.of(kept);
    expect(copy.get(2000)?.id).toBe(2000);
    expect(copy.get(2001)).toBeUndefined();
    expect(copy.get(5000)).toBeUndefined();
    copy.remember(message(2001, 7));
    expect(copy.get(2001)?.cause).toBe(7);
    expect(log.get(2001)).toMatchObject({ periodic: true });
    expect(copy.get(1998)).toMatchObject({ periodic: true });
  });
});
