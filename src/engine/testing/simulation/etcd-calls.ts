import type { RangeRequest, RangeResponse, TxnRequest, TxnResponse } from '../../etcd/messages.ts';
import type { Message } from '../../kernel/types.ts';
import type { History } from './history.ts';
import { fail } from './violation.ts';

/** What was known to be committed at a time. */
interface Known {
  readonly at: number;
  readonly revision: number;
}

/** The newest revision that somebody had been told of, by time. */
export class Acknowledged {
  private readonly known: Known[] = [];

  add(at: number, revision: number): void {
    if (revision > (this.known.at(-1)?.revision ?? 0)) this.known.push({ at, revision });
  }

  before(at: number): number {
    for (let i = this.known.length - 1; i >= 0; i--) {
      const { at: then, revision } = this.known[i] as Known;
      if (then < at) return revision;
    }
    return 0;
  }
}

/**
 * etcd towards its clients. Each answer carries a revision; calls are linearizable when no answer's revision is older
 * than what any client had been told before the call was sent, and its content is that of the revision.
 */
export class EtcdCalls {
  private readonly history: History;
  private readonly acknowledged = new Acknowledged();
  /** By message: who asks anew over a new connection does so with the same number, and may be answered twice. */
  private readonly open = new Map<number, Message>();

  constructor(history: History) {
    this.history = history;
  }

  asked(message: Message): void {
    this.open.set(message.id, message);
  }

  answered(message: Message): void {
    const request = this.open.get(message.cause);
    if (request === undefined) return;
    this.open.delete(message.cause);
    const answer = message.body as unknown as TxnResponse | RangeResponse;
    const question = request.body as unknown as TxnRequest | RangeRequest;
    if ('error' in answer && answer.error !== undefined) return;
    if (!('revision' in question && question.revision)) {
      const least = this.acknowledged.before(request.sentAt);
      if (answer.revision < least) fail('etcd answers with what was committed before', `${answer.revision} < ${least}`);
    }
    if (question.type === 'txn') this.wrote(question, answer as TxnResponse);
    else this.read(question, answer as RangeResponse);
    this.acknowledged.add(message.dueAt, answer.revision);
  }

  /** A write that was acknowledged is in the log at its revision. */
  private wrote({ success, compare }: TxnRequest, { succeeded, revision }: TxnResponse): void {
    const { history } = this;
    if (revision <= history.base) return;
    if (revision > history.revision) fail('what is acknowledged is committed', `revision ${revision}`);
    if (!succeeded || success.length === 0) return;
    const events = history.at(revision) ?? [];
    for (const { key, op } of success) {
      const event = events.find(({ kv }) => kv.key === key);
      if (event === undefined) {
        // Deleting what is not there changes nothing.
        if (op !== 'delete') fail('an acknowledged write is in the log', `${key} at ${revision}`);
        continue;
      }
      const expected = compare.find((one) => one.key === key);
      if (expected === undefined) continue;
      const { modRevision = 0 } = event.prev ?? {};
      if (modRevision !== expected.modRevision) fail('a stale write is refused', `${key} at ${revision}`);
    }
  }

  /** One key, read as of the answer's revision, is as the last change up to then left it. */
  private read({ key, prefix, countOnly, revision: asOf = 0 }: RangeRequest, { kvs, revision }: RangeResponse): void {
    if (prefix || countOnly || asOf > 0) return;
    const last = this.history.lastOf(key, revision);
    if (last === undefined) return;
    const expected = last.event.type === 'put' ? last.revision : 0;
    const found = kvs[0]?.modRevision ?? 0;
    if (found !== expected) fail('a read gives the newest value', `${key} of ${found}, not ${expected}`);
  }
}
