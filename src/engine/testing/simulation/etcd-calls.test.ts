import { describe, expect, it } from 'vitest';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Message } from '../../kernel/types.ts';
import { EtcdCalls } from './etcd-calls.ts';
import { History } from './history.ts';

const ETCD = 'etcd@kind-control-plane';
const RULE = 'etcd answers with what was committed before: 6 < 9';

/** The checker of calls beside a group that has changed nothing. */
class Calls {
  private readonly calls = new EtcdCalls(new History({ processes: new Map() } as unknown as Kernel, () => {}));

  asked(id: number, from: string, requestId: number, sentAt: number): this {
    const body = { type: 'range', key: '/registry/', countOnly: true, requestId };
    this.calls.asked(message({ id, from, to: ETCD, sentAt, body }));
    return this;
  }

  answered(cause: number, to: string, requestId: number, dueAt: number, revision: number): this {
    const body = { type: 'rangeResponse', reply: true, requestId, revision, kvs: [], count: 0 };
    this.calls.answered(message({ id: 1000 + dueAt, cause, from: ETCD, to, sentAt: dueAt, dueAt, body }));
    return this;
  }
}

const message = (fields: Partial<Message>): Message => {
  return {
    id: 0,
    from: '',
    to: '',
    sentAt: 0,
    dueAt: fields.sentAt ?? 0,
    cause: 0,
    periodic: true,
    ...fields,
  } as Message;
};

describe('what etcd answers', () => {
  it('is not older than what anybody had been told before it was asked', () => {
    const calls = new Calls().asked(1, 'a', 1, 0).answered(1, 'a', 1, 10, 9).asked(2, 'b', 1, 20);
    expect(() => calls.answered(2, 'b', 1, 30, 6)).toThrow(RULE);
  });

  it('may be as old as that of its own question, though that is asked again meanwhile', () => {
    // Twice over connections that were given up, and a third time behind the first answer.
    const calls = new Calls().asked(1, 'a', 1, 0).asked(2, 'a', 1, 5).answered(1, 'a', 1, 10, 6);
    calls.asked(3, 'b', 1, 11).answered(3, 'b', 1, 12, 9).asked(4, 'a', 1, 20);
    calls.answered(2, 'a', 1, 25, 6);
    expect(() => calls.answered(4, 'a', 1, 30, 6)).toThrow(RULE);
  });
});
