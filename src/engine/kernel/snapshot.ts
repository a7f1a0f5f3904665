import { Disturbances, type DisturbancesDump } from './disturbances.ts';
import { type Definitions, Kernel, type Machine, type Process } from './kernel.ts';
import { classNamed, classOf } from './snapshot-class.ts';
import { Table, tableOfKind } from './table.ts';
import { assert, type Message } from './types.ts';

/** A whole cluster as plain JSON: survives `JSON.parse(JSON.stringify(...))` and `structuredClone`. */
export interface Snapshot {
  readonly version: 2;
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
  /** Connections to hosts without power: by process, who will notice when. */
  readonly hanging: readonly (readonly [string, readonly (readonly [string, number])[]])[];
  /** By process, who has dialled it in vain. */
  readonly dialling: readonly (readonly [string, readonly string[]])[];
  /** Absent when nothing was ever disturbed. */
  readonly disturbances?: unknown;
  /** What the layer above the kernel adds: inputs, faults. */
  readonly more: unknown;
}

/** How values are written into a snapshot, and read again: as JSON, or for a moment in memory (moment.ts). */
export interface Transfer {
  value(value: unknown): unknown;
  /** A message is never changed. */
  message(message: unknown): unknown;
}

export function takeSnapshot(kernel: Kernel, more: unknown): Snapshot {
  const writer = new Writer();
  const value = (of: unknown): unknown => writer.write(of);
  return { ...dumpOf(kernel, more, { value, message: value }), shared: writer.shared };
}

export function restoreSnapshot(definitions: Definitions, snapshot: Snapshot): { kernel: Kernel; more: unknown } {
  assert(snapshot.version === 2, `snapshot of version ${String(snapshot.version)}; this engine reads version 2`);
  const reader = new Reader(snapshot.shared);
  const value = (dump: unknown): unknown => reader.read(dump);
  return kernelOf(definitions, snapshot, { value, message: value });
}

/** All that a kernel holds, except what only looks back. */
export function dumpOf(kernel: Kernel, more: unknown, write: Transfer): Omit<Snapshot, 'shared'> {
  const { agenda, connections } = kernel;
  const timers = [...agenda.timers.values()].flatMap((set) => [...set.values()].map(({ id }) => id));
  const links = [...kernel.wires.links].flatMap(([from, all]) =>
    [...all].map(([to, { sent, lastDueAt }]) => [from, to, sent, lastDueAt] as const),
  );
  return {
    version: 2,
    seed: kernel.seed,
    now: kernel.now,
    nextMessageId: kernel.nextMessageId,
    delivered: kernel.delivered,
    pending: kernel.pending,
    machines: [...kernel.machines.values()].map((machine) => write.value({ ...machine, ran: [...machine.ran] })),
    processes: [...kernel.processes.values()].map((process) => write.value(process)),
    queue: agenda.all().map((message) => write.message(message)),
    timers,
    streams: [...kernel.streams].map(([key, stream]) => [key, stream.position]),
    links,
    failing: [...kernel.failing],
    hanging: [...connections.hanging].map(([address, peers]) => [address, [...peers]] as const),
    dialling: [...connections.dialling].map(([address, diallers]) => [address, [...diallers]] as const),
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
  const { agenda } = kernel;
  agenda.pending = dump.pending;
  for (const written of dump.machines) {
    const machine = read.value(written) as Omit<Machine, 'ran'> & { ran: string[] };
    kernel.machines.set(machine.name, { ...machine, ran: new Set(machine.ran) });
  }
  for (const written of dump.processes) {
    const process = read.value(written) as Process;
    kernel.processes.set(process.address, process);
    agenda.admit(process.address);
  }
  const byId = new Map<number, Message>();
  for (const written of dump.queue) {
    const message = read.message(written) as Message;
    byId.set(message.id, message);
    agenda.queue.push(message);
  }
  for (const id of dump.timers) {
    const message = byId.get(id) as Message;
    agenda.set(message);
  }
  for (const [key, position] of dump.streams) kernel.streams.set(key, { position });
  for (const [from, to, sent, lastDueAt] of dump.links) kernel.wires.connect(from, to, sent, lastDueAt);
  for (const address of dump.failing) kernel.failing.add(address);
  for (const [address, peers] of dump.hanging) kernel.connections.hanging.set(address, new Map(peers));
  for (const [address, diallers] of dump.dialling) kernel.connections.dialling.set(address, new Set(diallers));
  if (dump.disturbances) {
    kernel.disturbances = new Disturbances(kernel).load(read.value(dump.disturbances) as DisturbancesDump);
  }
  return { kernel, more: read.value(dump.more) };
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Where a value was written first; undefined for the list of shared ones. */
interface Place {
  readonly inside: Record<string, unknown> | unknown[] | undefined;
  readonly name: string | number;
  readonly copy: object;
  number: number;
}

/** A value that is met again goes into the list of shared ones; what differs in one place only is written once then. */
class Writer {
  readonly shared: unknown[] = [];
  private readonly places = new Map<object, Place>();

  /** What stands for the value at that place. */
  write(value: unknown, inside?: Place['inside'], name: string | number = 0): unknown {
    if (!isObject(value)) return value;
    const place = this.places.get(value);
    if (place !== undefined) return this.again(place);
    const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [] : {};
    if (!isEmpty(value)) this.places.set(value, { inside, name, copy, number: -1 });
    if (Array.isArray(value)) for (let i = 0; i < value.length; i++) this.put(copy, i, value[i]);
    else if (value instanceof Table) this.table(value as Table<unknown>, copy as Record<string, unknown>);
    else if (isPlain(value)) {
      for (const name in value) if (value[name] !== undefined) this.put(copy, escaped(name), value[name]);
    } else {
      const [name, { dump }] = classOf(value);
      (copy as Record<string, unknown>).$class = name;
      this.put(copy, 'dump', dump(value as never));
    }
    return copy;
  }

  private put(copy: Record<string, unknown> | unknown[], name: string | number, value: unknown): void {
    (copy as Record<string | number, unknown>)[name] = this.write(value, copy, name);
  }

  private table(table: Table<unknown>, copy: Record<string, unknown>): void {
    const { rows, orders } = table.dump();
    copy.$table = table.kind.name;
    copy.rows = rows.map(([key, row]) => {
      const pair: unknown[] = [key];
      this.put(pair, 1, row);
      return pair;
    });
    copy.orders = orders;
  }

  private again(place: Place): { $: number } {
    if (place.number < 0) {
      place.number = this.shared.push(place.copy) - 1;
      if (place.inside !== undefined) (place.inside as Record<string, unknown>)[place.name] = { $: place.number };
    }
    return { $: place.number };
  }
}

const isPlain = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value) as object | null;
  return prototype === Object.prototype || prototype === null;
};

function isEmpty(value: object): boolean {
  for (const _name in value) return false;
  return true;
}

/** Names that begin with a dollar sign are the snapshot's own. */
const escaped = (name: string): string => (name.charCodeAt(0) === 36 ? `$${name}` : name);

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
    for (const name in dump) copy[name[0] === '$' ? name.slice(1) : name] = this.read(dump[name]);
    return copy;
  }
}

/**
 * 64 bits over a snapshot's content, as 16 hex digits: equal digests mean equal clusters, whatever their values share in
 * memory.
 */
export function digestOf(snapshot: Snapshot): string {
  const { shared, ...dump } = snapshot;
  const [a, b] = new Digest(shared).of(dump);
  const hex = (n: number): string => (n >>> 0).toString(16).padStart(8, '0');
  return hex(a) + hex(b);
}

type Lanes = readonly [number, number];

class Digest {
  private readonly shared: readonly unknown[];
  private readonly known: (Lanes | undefined)[] = [];
  private readonly texts = new Map<unknown, Lanes>();

  constructor(shared: readonly unknown[]) {
    this.shared = shared;
  }

  of(value: unknown): Lanes {
    if (!isObject(value)) return this.text(value);
    const number = value.$;
    if (typeof number === 'number') {
      this.known[number] ??= this.of(this.shared[number]);
      return this.known[number];
    }
    let lanes: Lanes = Array.isArray(value) ? [1, 2] : [3, 4];
    for (const name in value) {
      if (value[name] !== undefined) lanes = join(join(lanes, this.text(name)), this.of(value[name]));
    }
    return lanes;
  }

  private text(value: unknown): Lanes {
    let lanes = this.texts.get(value);
    if (lanes === undefined) {
      const text = `${typeof value} ${String(value)}`;
      let [a, b] = [0x811c9dc5, 0x9e3779b9];
      for (let i = 0; i < text.length; i++) {
        const code = text.charCodeAt(i);
        a = Math.imul(a ^ code, 0x01000193);
        b = Math.imul(b ^ code, 0x85ebca6b) ^ (b >>> 13);
      }
      lanes = [a, b];
      this.texts.set(value, lanes);
    }
    return lanes;
  }
}

const join = ([a, b]: Lanes, [c, d]: Lanes): Lanes => [
  Math.imul(a ^ c, 0x01000193) ^ (a >>> 15),
  Math.imul(b ^ d, 0x85ebca6b) ^ (b >>> 13),
];
