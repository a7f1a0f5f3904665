import type { Deeds } from './deeds.ts';
import type { Kernel } from './kernel/kernel.ts';
import type { Message } from './kernel/types.ts';
import type { Reading } from './reading.ts';

/** Up to so many stored objects `until` asks its question after every message; above, when an object has changed ... */
const SMALL_CLUSTER_KEYS = 2_000;
/** ... or so much virtual time has passed. */
const ASK_AGAIN_MS = 100;

/** A place in a run: at that time, after so many messages. */
export interface Position {
  readonly at: number;
  readonly after: number;
}

/** A cluster's way through virtual time: messages, and deeds once all is delivered that was due by their time. */
export class Course {
  private readonly kernel: Kernel;
  private readonly deeds: Deeds;
  private readonly reading: Reading;

  constructor(kernel: Kernel, deeds: Deeds, reading: Reading) {
    this.kernel = kernel;
    this.deeds = deeds;
    this.reading = reading;
  }

  /** Moves on to the target, or less far when `stop` says so after a message or a deed; true when it got there. */
  advanceTo(target: number, stop?: (message: Message) => boolean): boolean {
    const { kernel } = this;
    for (;;) {
      const deed = this.deeds.next();
      const until = deed === undefined || deed.at > target ? target : deed.at;
      let goesOn = kernel.advanceTo(until, stop);
      if (goesOn) {
        if (deed === undefined || deed.at > target) return true;
        const done = deed.run();
        goesOn = done === undefined || stop?.(done) !== true;
      }
      if (!goesOn) {
        this.runDeeds(kernel.now);
        return false;
      }
    }
  }

  /** The last message before that time has been delivered: what is left is what no message brings. */
  arrive(at: number): void {
    this.runDeeds(at);
    this.kernel.now = Math.max(this.kernel.now, at);
  }

  /** Deeds follow the last message that is due by their time, wherever the advance stopped. */
  private runDeeds(until: number): void {
    const { kernel } = this;
    for (;;) {
      const deed = this.deeds.next();
      if (deed === undefined || deed.at > until) return;
      if ((kernel.agenda.next()?.dueAt ?? Number.POSITIVE_INFINITY) <= deed.at) return;
      kernel.now = Math.max(kernel.now, deed.at);
      deed.run();
    }
  }

  /** Delivers exactly one message, after the deed that comes before it; none after the end. */
  deliverNext(end = Number.POSITIVE_INFINITY): Message | undefined {
    const { kernel } = this;
    const deed = this.deeds.next();
    const due = kernel.agenda.next()?.dueAt;
    if (deed !== undefined && (due === undefined || deed.at < due)) {
      kernel.advanceTo(deed.at);
      deed.run();
    }
    // The deed may have taken back what was next.
    return (kernel.agenda.next()?.dueAt ?? end) > end ? undefined : kernel.deliverNext();
  }

  /** Delivers messages until the answer is yes, for at most so long; false if it never was, and all the time has passed. */
  until(isThere: () => boolean, maxMs: number): boolean {
    const { kernel, reading } = this;
    const end = kernel.now + maxMs;
    let done = isThere();
    let asked = { at: kernel.now, revision: reading.store()?.revision };
    while (!done) {
      const due = kernel.agenda.next()?.dueAt;
      const deedAt = this.deeds.next()?.at;
      if ((due === undefined || due > end) && (deedAt === undefined || deedAt > end)) break;
      this.deliverNext(end);
      const store = reading.store();
      // In a large cluster the question costs more than the message: there it is asked when an object has changed.
      const isSmall = (store?.keys.size ?? 0) < SMALL_CLUSTER_KEYS;
      if (!isSmall && asked.revision === store?.revision && kernel.now - asked.at < ASK_AGAIN_MS) continue;
      asked = { at: kernel.now, revision: store?.revision };
      done = isThere();
    }
    if (!done) kernel.advanceTo(end);
    return done;
  }

  /** Delivers messages until there is something to take; undefined if nothing came within so long. */
  waitFor<T>(take: () => T | undefined, maxMs: number): T | undefined {
    const end = this.kernel.now + maxMs;
    let result = take();
    while (result === undefined && (this.kernel.agenda.next()?.dueAt ?? end) < end) {
      this.deliverNext(end);
      result = take();
    }
    return result;
  }
}
