import { DueQueue } from './heap.ts';
import type { Address, Message, TimerBody } from './types.ts';

/** What is still to happen: messages on their way and timers that are set, by when they are due. */
export class Agenda {
  readonly queue = new DueQueue<Message>();
  /** Timers that are set, by process and key. */
  readonly timers = new Map<Address, Map<string, Message>>();
  /** Non-periodic messages that are still on their way or timers that will matter: none means settled. */
  pending = 0;

  push(message: Message): void {
    if (!message.periodic) this.pending++;
    this.queue.push(message);
  }

  /** What is delivered next. A cancelled or replaced timer stays in the heap until it comes to the top, and is dropped here. */
  next(): Message | undefined {
    for (;;) {
      const message = this.queue.peek();
      if (message === undefined || message.body.type !== 'timer' || this.isSet(message)) return message;
      this.queue.pop();
    }
  }

  /** Takes off what `next` gave. */
  take(message: Message): void {
    this.queue.pop();
    if (message.body.type === 'timer') this.timers.get(message.to)?.delete((message.body as TimerBody).key);
    if (!message.periodic) this.pending--;
  }

  /** Takes back what is on its way, to be sent again. */
  takeBack(test: (message: Message) => boolean): Message[] {
    const taken = this.queue.takeOut(test);
    for (const { periodic } of taken) if (!periodic) this.pending--;
    return taken;
  }

  /** A timer that has been pushed is that of its key now. */
  set(timer: Message): void {
    this.timers.get(timer.to)?.set((timer.body as TimerBody).key, timer);
  }

  cancel(address: Address, key: string): void {
    const timers = this.timers.get(address);
    const set = timers?.get(key);
    if (set === undefined) return;
    if (!set.periodic) this.pending--;
    timers?.delete(key);
  }

  /** A process can set timers from now on. */
  admit(address: Address): void {
    this.timers.set(address, new Map());
  }

  /** A process has ended, and its timers with it. */
  dismiss(address: Address): void {
    for (const set of this.timers.get(address)?.values() ?? []) if (!set.periodic) this.pending--;
    this.timers.delete(address);
  }

  /** When the next message or timer that is not periodic is due; undefined when settled. */
  nextPendingAt(): number | undefined {
    const { news } = this.queue;
    for (;;) {
      const next = news.peek();
      if (next === undefined || next.body.type !== 'timer' || this.isSet(next)) return next?.dueAt;
      news.pop();
    }
  }

  /** How many messages between components that are not periodic are on their way. */
  newsInFlight(now: number): number {
    let count = 0;
    for (const { from, to, sentAt } of this.queue.news.items) if (from !== to && sentAt <= now) count++;
    return count;
  }

  /** Messages (not timers) that are on their way now. */
  inFlight(now: number): Message[] {
    return this.queue.all().filter((message) => message.from !== message.to && message.sentAt <= now);
  }

  /** To whom answers of that process are on their way. */
  answeredBy(address: Address): Address[] {
    const answers = this.queue.all().filter(({ from, body }) => from === address && body.reply === true);
    return answers.map(({ to }) => to);
  }

  /** Everything that will be delivered, in the order of it: without timers that were cancelled or replaced. */
  all(): Message[] {
    const due = this.queue.all().filter((message) => message.body.type !== 'timer' || this.isSet(message));
    return due.sort((a, b) => a.dueAt - b.dueAt || a.id - b.id);
  }

  private isSet(message: Message): boolean {
    return this.timers.get(message.to)?.get((message.body as TimerBody).key) === message;
  }
}
