import { beginChaos, type Chaos, strike } from './chaos.ts';
import type { ActiveFault, Fault, Mark } from './door.ts';
import { FAULT_KINDS, FaultError } from './fault-catalogue.ts';
import { examine, healFault, placeOf, startFault } from './faults.ts';
import type { Kernel } from './kernel/kernel.ts';
import type { Body, Message } from './kernel/types.ts';

/** What is broken, and what is going to be: part of a cluster's snapshot. */
export interface FaultBook {
  nextFault: number;
  faults: ActiveFault[];
  /** Faults that were asked for with `inMs`, until their time comes. */
  planned: ActiveFault[];
  chaos: Chaos[];
}

/** Who hears of what was done. */
export interface Herald {
  mark(mark: Mark): void;
  /** A caption that no message brings, and the act that it tells of. */
  tell(text: string, act: number): void;
}

/** What happens to the cluster from outside at a known time: a planned fault starts, or one with an end heals. */
export interface Deed {
  readonly at: number;
  /** What it is in the log; undefined when it could not be done. */
  run(): Message | undefined;
}

/** Faults as they begin, end, wait for their time, and follow from chaos. */
export class Deeds {
  private readonly kernel: Kernel;
  private readonly book: FaultBook;
  private readonly herald: Herald;

  constructor(kernel: Kernel, book: FaultBook, herald: Herald) {
    this.kernel = kernel;
    this.book = book;
    this.herald = herald;
  }

  /** Starts a fault, now or after `inMs`. Throws a `FaultError` that says what is wrong with it; nothing has happened then. */
  start(asked: Fault): ActiveFault {
    const id = `fault-${this.book.nextFault}`;
    const { fault, sentence } = examine(this.kernel, asked);
    const { inMs, ...now } = fault;
    if (!inMs) {
      const { started } = this.begin(id, now as Fault);
      this.book.nextFault++;
      return started;
    }
    const text = `In ${inMs / 1000} s: ${sentence}`;
    const { id: messageId } = this.kernel.act(placeOf(this.kernel, fault), { type: 'plan', text } as Body, () => {});
    const planned = { id, fault: now as Fault, sentence, since: this.kernel.now + inMs, planId: messageId };
    this.book.nextFault++;
    this.book.planned = [...this.book.planned, planned];
    this.herald.mark({ at: this.kernel.now, kind: 'act', text, messageId });
    this.herald.tell(text, messageId);
    return planned;
  }

  private begin(id: string, asked: Fault, by?: string, planId?: number): { act: Message; started: ActiveFault } {
    const { fault, sentence } = examine(this.kernel, asked);
    let active: ActiveFault | undefined;
    const body = { type: 'fault', text: sentence, fault } as Body;
    const start = (): void => {
      active = startFault(this.kernel, id, fault, by);
    };
    const act = this.kernel.act(placeOf(this.kernel, fault), body, start, planId);
    if (active !== undefined) {
      this.book.faults = [...this.book.faults, active];
      if (active.fault.kind === 'chaos') this.book.chaos = [...this.book.chaos, beginChaos(active)];
    }
    this.herald.mark({ at: this.kernel.now, kind: 'fault', text: sentence, messageId: act.id, fault: id });
    this.herald.tell(`${sentence} ${FAULT_KINDS[fault.kind]?.expect}`, act.id);
    return { act, started: active ?? { id, fault, sentence, since: this.kernel.now } };
  }

  /** Heals one fault, or all; what a chaos has broken heals with it. Throws a `FaultError` for an id that is not active. */
  heal(id?: string): Message | undefined {
    let last: Message | undefined;
    const isMeant = (one: ActiveFault): boolean => id === undefined || one.id === id || one.by === id;
    const healed = this.book.faults.filter(isMeant);
    const unplanned = this.book.planned.filter(isMeant);
    if (id !== undefined && healed.length + unplanned.length === 0)
      throw new FaultError(`there is no active fault ${id}`);
    this.book.planned = this.book.planned.filter((planned) => !unplanned.includes(planned));
    this.book.chaos = this.book.chaos.filter((chaos) => !healed.some((active) => active.id === chaos.id));
    for (const { sentence, planId: messageId } of unplanned)
      this.herald.mark({ at: this.kernel.now, kind: 'heal', text: `Called off: ${sentence}`, messageId });
    for (const active of healed) {
      const { fault } = active;
      this.book.faults = this.book.faults.filter((one) => one !== active);
      const body = { type: 'heal', text: '', fault };
      last = this.kernel.act(placeOf(this.kernel, fault), body, () => {
        body.text = healFault(this.kernel, active, this.book.faults);
      });
      this.herald.mark({ at: this.kernel.now, kind: 'heal', text: body.text, messageId: last.id, fault: active.id });
      this.herald.tell(body.text, last.id);
    }
    return last;
  }

  /** What happens next from outside, and when; undefined when nothing is planned. */
  next(): Deed | undefined {
    let next: Deed | undefined;
    for (const { since, id, fault, planId } of this.book.planned) {
      if (next === undefined || since < next.at)
        next = { at: since, run: () => this.carryOut(id, fault, undefined, planId) };
    }
    for (const chaos of this.book.chaos) {
      if (next === undefined || chaos.at < next.at) next = { at: chaos.at, run: () => this.strike(chaos) };
    }
    for (const { until, id } of this.book.faults) {
      if (until !== undefined && (next === undefined || until < next.at))
        next = { at: until, run: () => this.heal(id) };
    }
    return next;
  }

  private strike(chaos: Chaos): Message | undefined {
    const { fault, chaos: next } = strike(chaos, this.kernel);
    this.book.chaos = this.book.chaos.map((one) => (one === chaos ? next : one));
    return fault && this.carryOut(`fault-${this.book.nextFault++}`, fault, chaos.id);
  }

  private carryOut(id: string, fault: Fault, by?: string, planId?: number): Message | undefined {
    this.book.planned = this.book.planned.filter((planned) => planned.id !== id);
    try {
      return this.begin(id, fault, by, planId).act;
    } catch (error) {
      // What it was to break may be broken or gone by now.
      if (!(error instanceof FaultError)) throw error;
      this.herald.mark({ at: this.kernel.now, kind: 'act', text: `Not done: ${error.message}`, messageId: planId });
      return undefined;
    }
  }
}
