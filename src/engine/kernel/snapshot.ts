import { Disturbances, type DisturbancesDump } from './disturbances.ts';
import { type Definitions, Kernel, type Machine, type Process } from './kernel.ts';
import { Table, tableOfKind } from './table.ts';
import { assert, EngineError, type Message, type TimerBody } from './types.ts';

/** A whole cluster as plain JSON: survives `JSON.parse(JSON.stringify(...))` and `structuredClone`. */
export interface Snapshot {
  readonly version: 1;
  readonly seed: number;
  readonly now: number;
  readonly nextMessageId: number;
  readonly delivered: number;
  readonly pending: number;
  /** Values that several places share (API objects mostly), each once; places refer to it as `{ $: number }`. */
  readonly shared: readonly unknown[];
  readonly machines: readonly unknown[];
  readonly processes: readonly unknown[];
  readonly queue: readonly unknown[];
  /** Ids of the timers that are set, in the order of their setting for each process. */
  readonly timers: readonly number[];
  readonly streams: readonly (readonly [string, number])[];
  /** From, to, messages sent, when the last one is due. */
  readonly links: readonly (readonly [string, string, number, number])[];
  readonly failing: readonly string[];
  /** Absent when nothing was ever disturbed. */
  readonly disturbances?: unknown;
  /** What the layer above the kernel adds: inputs, faults. */
  readonly more: unknown;
}

interface CustomClass {
  readonly of: new (...args: never[]) => object;
  readonly dump: (value: never) => unknown;
  readonly load: (dump: unknown) => object;
}

const classes = new Map<string, CustomClass>();

/** Tells snapshots how to keep a class whose content can be rebuilt from plain data. */
export function defineSnapshotClass<T extends object, D>(
  name: string,
  of: new (...args: never[]) => T,
  dump: (value: T) => D,
  load: (dump: D) => T,
): void {
  classes.set(name, { of, dump: dump as (value: never) => unknown, load: load as (dump: unknown) => object });
}

/** How values are written into a snapshot, and read again: as JSON, or for a moment in memory (moment.ts). */
export interface Transfer {
  value(value: unknown): unknown;
  /** A message is never changed. */
  message(message: unknown): unknown;
}

/** Whether and how a value of a class is kept. */
export function classOf(value: object): [name: string, known: CustomClass] {
  for (const known of classes) if (value instanceof known[1].of) return known;
  throw new EngineError(`a snapshot cannot hold a ${value.constructor.name}`);
}

export function classNamed(name: string): CustomClass {
  const known = classes.get(name);
  assert(known, `no class ${name} in this engine`);
  return known;
}

export function takeSnapshot(kernel: Kernel, more: unknown): Snapshot {
  const writer = new Writer();
  const value = (of: unknown): unknown => writer.write(of);
  return { ...dumpOf(kernel, more, { value, message: value }), shared: writer.shared };
}

export function restoreSnapshot(definitions: Definitions, snapshot: Snapshot): { kernel: Kernel; more: unknown } {
  assert(snapshot.version === 1, `snapshot of version ${String(snapshot.version)}; this engine reads version 1`);
  const reader = new Reader(snapshot.shared);
  const value = (dump: unknown): unknown => reader.read(dump);
  return kernelOf(definitions, snapshot, { value, message: value });
}

/** All that a kernel holds, except what only looks back. */
export function dumpOf(kernel: Kernel, more: unknown, write: Transfer): Omit<Snapshot, 'shared'> {
  const timers = [...kernel.timers.values()].flatMap((set) => [...set.values()].map(({ id }) => id));
  const links = [...kernel.links].flatMap(([from, all]) =>
    [...all].map(([to, { sent, lastDueAt }]) => [from, to, sent, lastDueAt] as const),
  );
  return {
    version: 1,
    seed: kernel.seed,
    now: kernel.now,
    nextMessageId: kernel.nextMessageId,
    delivered: kernel.delivered,
    pending: kernel.pending,
    machines: [...kernel.machines.values()].map((machine) => write.value({ ...machine, ran: [...machine.ran] })),
    processes: [...kernel.processes.values()].map((process) => write.value(process)),
    queue: kernel.onTheirWay().map((message) => write.message(message)),
    timers,
    streams: [...kernel.streams].map(([key, stream]) => [key, stream.position]),
    links,
    failing: [...kernel.failing],
    ...(kernel.disturbances && { disturbances: write.value(kernel.disturbances.dump()) }),
    more: write.value(more),
  };
}

/** The kernel that a dump describes. */
export function kernelOf(
  definitions: Definitions,
  dump: Omit<Snapshot, 'shared'>,
  read: Transfer,
): { kernel: Kernel; more: unknown } {
  const kernel = new Kernel(definitions, dump.seed, dump.now);
  kernel.nextMessageId = dump.nextMessageId;
  kernel.delivered = dump.delivered;
  kernel.pending = dump.pending;
  for (const written of dump.machines) {
    const machine = read.value(written) as Omit<Machine, 'ran'> & { ran: string[] };
    kernel.machines.set(machine.name, { ...machine, ran: new Set(machine.ran) });
  }
  for (const written of dump.processes) {
    const process = read.value(written) as Process;
    kernel.processes.set(process.address, process);
    kernel.timers.set(process.address, new Map());
  }
  const byId = new Map<number, Message>();
  for (const written of dump.queue) {
    const message = read.message(written) as Message;
    byId.set(message.id, message);
    // In the order of their due times, which is one that the heap may have.
    kernel.queue.items.push(message);
  }
  for (const id of dump.timers) {
    const message = byId.get(id) as Message;
    kernel.timers.get(message.to)?.set((message.body as TimerBody).key, message);
  }
  for (const [key, position] of dump.streams) kernel.streams.set(key, { position });
  for (const [from, to, sent, lastDueAt] of dump.links) kernel.connect(from, to, sent, lastDueAt);
  for (const address of dump.failing) kernel.failing.add(address);
  if (dump.disturbances) {
    kernel.disturbances = new Disturbances(kernel).load(read.value(dump.disturbances) as DisturbancesDump);
  }
  return { kernel, more: read.value(dump.more) };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** API objects, messages' bodies and the like: frozen values worth keeping once. */
const isShareable = (value: Record<string, unknown>): boolean =>
  'metadata' in value || 'modRevision' in value || ('type' in value && Object.keys(value).length > 1);

class Writer {
  readonly shared: unknown[] = [];
  private readonly numbers = new Map<object, number>();

  write(value: unknown): unknown {
    if (!isObject(value)) return value;
    if (value instanceof Table) return this.once(value, () => this.table(value as Table<unknown>));
    if (Array.isArray(value)) return value.map((item) => this.write(item));
    const prototype = Object.getPrototypeOf(value) as object | null;
    if (prototype !== Object.prototype && prototype !== null) return this.once(value, () => this.custom(value));
    return isShareable(value) ? this.once(value, () => this.record(value)) : this.record(value);
  }

  private record(value: Record<string, unknown>): Record<string, unknown> {
    const copy: Record<string, unknown> = {};
    for (const name in value) if (value[name] !== undefined) copy[name] = this.write(value[name]);
    return copy;
  }

  private table(table: Table<unknown>): unknown {
    const { rows, orders } = table.dump();
    return { $table: table.kind.name, rows: rows.map(([key, row]) => [key, this.write(row)]), orders };
  }

  private custom(value: object): unknown {
    const [name, { dump }] = classOf(value);
    return { $class: name, dump: this.write(dump(value as never)) };
  }

  private once(value: object, write: () => unknown): unknown {
    let number = this.numbers.get(value);
    if (number === undefined) {
      number = this.shared.length;
      this.numbers.set(value, number);
      this.shared.push(null);
      this.shared[number] = write();
    }
    return { $: number };
  }
}

class Reader {
  private readonly shared: readonly unknown[];
  private readonly done: unknown[] = [];

  constructor(shared: readonly unknown[]) {
    this.shared = shared;
  }

  read(dump: unknown): unknown {
    if (!isObject(dump)) return dump;
    if (Array.isArray(dump)) return dump.map((item) => this.read(item));
    const number = dump.$;
    if (typeof number === 'number') {
      if (!(number in this.done)) this.done[number] = this.value(this.shared[number]);
      return this.done[number];
    }
    return this.value(dump);
  }

  private value(dump: unknown): unknown {
    if (!isObject(dump) || Array.isArray(dump)) return this.read(dump);
    if (typeof dump.$table === 'string') {
      const table = tableOfKind(dump.$table);
      const rows = (dump.rows as [string, unknown][]).map(([key, row]): [string, unknown] => [key, this.read(row)]);
      table.load({ rows, orders: dump.orders as Record<string, [string, string[]][]> });
      return table;
    }
    if (typeof dump.$class === 'string') return classNamed(dump.$class).load(this.read(dump.dump));
    const copy: Record<string, unknown> = {};
    for (const name in dump) copy[name] = this.read(dump[name]);
    return copy;
  }
}

/** 64 bits over the canonical text of a snapshot, as 16 hex digits: equal digests mean equal clusters. */
export function digestOf(snapshot: Snapshot): string {
  const text = JSON.stringify(snapshot);
  let a = 0x811c9dc5;
  let b = 0x9e3779b9;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x85ebca6b) ^ (b >>> 13);
  }
  const hex = (n: number): string => (n >>> 0).toString(16).padStart(8, '0');
  return hex(a) + hex(b);
}
