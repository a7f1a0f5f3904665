import type { Span, Trace } from './door.ts';
import type { Kernel } from './kernel/kernel.ts';
import { isTimer } from './kernel/message-log.ts';
import type { Message, TimerBody } from './kernel/types.ts';
import { viewMessage } from './labels.ts';
import { explain } from './narrate/links.ts';
import { chainOf, followersOf } from './why.ts';

/** Messages of one trace; more are left out, except those on the way to what was asked about. */
const MAX_MESSAGES = 3_000;
/** A message that leaves later than this after its cause has waited for its turn. */
const WAITED_MS = 0.5;

/** Answers that come again and again to one request are messages of their own. */
const STREAMS = new Set(['watchResponse', 'containerEvent', 'pullProgress', 'getContainerEventsResponse']);

/** All that followed from the beginning of a message's chain of causes: who spent how long on what. */
export function traceOf(kernel: Kernel, id: number): Trace | undefined {
  const { chain } = chainOf(kernel, id);
  const root = chain.at(-1);
  if (root === undefined) return undefined;
  const path = new Set(chain.map((message) => message.id));
  const messages = new Map(chain.map((message) => [message.id, message]));
  let dropped = 0;
  for (const { message } of followersOf(kernel, [root.id])) {
    if (path.has(message.id)) continue;
    if (messages.size < MAX_MESSAGES) messages.set(message.id, message);
    else dropped++;
  }
  const ordered = [...messages.values()].sort((a, b) => a.id - b.id);
  return { title: explain(root), spans: new Spans(kernel, path).of(ordered), dropped };
}

type Draft = { -readonly [K in keyof Span]: Span[K] };

class Spans {
  private readonly kernel: Kernel;
  private readonly path: ReadonlySet<number>;
  private readonly spans: Draft[] = [];
  /** By message: the span in which it was handled. */
  private readonly handledIn = new Map<number, number>();
  private readonly arrivedAt = new Map<number, number>();
  /** Requests without an answer so far, by who asked whom and the request's number. */
  private readonly open = new Map<string, { request: Draft; serve: Draft }>();

  constructor(kernel: Kernel, path: ReadonlySet<number>) {
    this.kernel = kernel;
    this.path = path;
  }

  of(messages: readonly Message[]): Span[] {
    for (const message of messages) this.add(message);
    const known = new Set(this.spans.map(({ id }) => id));
    for (const span of this.spans) if (!known.has(span.parent)) span.parent = 0;
    return this.spans.sort((a, b) => a.start - b.start || a.id - b.id);
  }

  private add(message: Message): void {
    const { id, from, to, cause, sentAt, dueAt, body } = message;
    const parent = this.handledIn.get(cause) ?? this.spans[0]?.id ?? 0;
    const asked = this.arrivedAt.get(cause);
    this.arrivedAt.set(id, dueAt);
    if (asked !== undefined && sentAt - asked > WAITED_MS && !isTimer(message)) {
      this.span(message, 2, 'wait', parent, from, 'waits for its turn', asked, sentAt);
    }
    const { label, failed } = viewMessage(message, (other) => this.kernel.message(other));
    if (body.requestId !== undefined && body.reply && !STREAMS.has(body.type)) {
      const answered = this.open.get(`${to} ${from} ${body.requestId}`);
      if (answered !== undefined) {
        this.open.delete(`${to} ${from} ${body.requestId}`);
        const { request, serve } = answered;
        serve.end = Math.max(serve.start, sentAt);
        request.end = Math.max(request.start, dueAt);
        if (failed) request.failed = true;
        if (this.path.has(id)) serve.onPath = request.onPath = true;
        this.handledIn.set(id, request.parent);
        return;
      }
    }
    if (isTimer(message)) {
      this.handledIn.set(id, this.span(message, 2, 'wait', parent, to, `waits: ${nameOf(message)}`, sentAt, dueAt).id);
    } else if (body.requestId !== undefined && !body.reply) {
      const request = this.span(message, 0, 'request', parent, from, label, sentAt, dueAt);
      const serve = this.span(message, 1, 'serve', request.id, to, label, dueAt, dueAt);
      this.open.set(`${from} ${to} ${body.requestId}`, { request, serve });
      this.handledIn.set(id, serve.id);
    } else {
      const isAct = from === 'user@outside';
      const [name, service] = isAct ? [explain(message), to] : [label, from];
      this.handledIn.set(id, this.span(message, 0, isAct ? 'act' : 'message', parent, service, name, sentAt, dueAt).id);
    }
  }

  private span(
    message: Message,
    part: number,
    kind: Span['kind'],
    parent: number,
    service: string,
    name: string,
    start: number,
    end: number,
  ): Draft {
    const { actor, failed, objects } = viewMessage(message, (other) => this.kernel.message(other));
    const also = part === 0 ? this.kernel.log.also.get(message.id) : undefined;
    const links = also?.flatMap((other) => this.handledIn.get(other) ?? []);
    const draft: Draft = {
      id: message.id * 4 + part,
      parent,
      messageId: message.id,
      kind,
      service,
      name,
      start,
      end: Math.max(start, end),
      onPath: this.path.has(message.id),
      ...(actor && kind !== 'serve' && { actor }),
      ...(failed && { failed }),
      ...(objects && { objects }),
      ...(links && links.length > 0 && { links }),
    };
    this.spans.push(draft);
    return draft;
  }
}

const nameOf = ({ body }: Message): string => (body as TimerBody).key;
