import type { Definitions, Kernel } from './kernel.ts';
import { type KeptLog, MessageLog } from './message-log.ts';
import { dumpOf, kernelOf, type Snapshot } from './snapshot.ts';
import { classNamed, classOf } from './snapshot-class.ts';
import { Table, TableImage } from './table.ts';

/**
 * A whole cluster as it was, in memory: it shares with the cluster and with other moments all that never changes (API
 * objects, messages, rows and unchanged tables) and costs what has changed since the last one. Any number of clusters
 * can continue from it.
 */
export interface Moment {
  readonly dump: Omit<Snapshot, 'shared'>;
  readonly log: KeptLog;
  /** About how much memory it takes beside the moment before it. */
  readonly bytes: number;
}

/** About what a row of a table, a key of an index, and a small object take in memory; measured with V8. */
const ROW_BYTES = 50;
const INDEX_BYTES = 180;
const OBJECT_BYTES = 90;

export function takeMoment(kernel: Kernel, more: unknown): Moment {
  const copier = new Copier();
  const dump = dumpOf(kernel, more, copier.transfer);
  const log = kernel.log.keep(kernel.nextMessageId);
  return { dump, log, bytes: copier.bytes + dump.queue.length * 8 + dump.links.length * 100 };
}

/** A kernel that goes on from a moment exactly as the original did. */
export function continueMoment(definitions: Definitions, { dump, log }: Moment): { kernel: Kernel; more: unknown } {
  const continued = kernelOf(definitions, dump, new Copier().transfer);
  continued.kernel.log = MessageLog.of(log);
  return continued;
}

/** A value of a class, as what its content can be rebuilt from. */
class Kept {
  readonly name: string;
  readonly dump: unknown;

  constructor(name: string, dump: unknown) {
    this.name = name;
    this.dump = dump;
  }
}

/** Frozen values in which there is nothing that changes. */
const unchanging = new WeakSet<object>();

/** API objects, values of etcd. */
const isShared = (value: object): boolean => 'metadata' in value || 'modRevision' in value;

/** Copies what may change and shares the rest; what is alive becomes what is kept, and the other way round. */
class Copier {
  bytes = 0;
  private readonly done = new Map<object, unknown>();
  readonly transfer = {
    value: (value: unknown): unknown => this.copy(value),
    message: (message: unknown): unknown => message,
  };

  private copy(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || unchanging.has(value) || isShared(value)) return value;
    const prototype = Object.getPrototypeOf(value) as object | null;
    if (prototype === Object.prototype || prototype === Array.prototype || prototype === null) return this.plain(value);
    if (!this.done.has(value)) this.done.set(value, this.special(value));
    return this.done.get(value);
  }

  private plain(value: object): object {
    const copy: unknown[] | Record<string, unknown> = Array.isArray(value) ? [] : {};
    let same = true;
    for (const name in value) {
      const old = (value as Record<string, unknown>)[name];
      const made = this.copy(old);
      same &&= made === old;
      (copy as Record<string, unknown>)[name] = made;
    }
    if (same && Object.isFrozen(value)) {
      unchanging.add(value);
      return value;
    }
    this.bytes += OBJECT_BYTES;
    return copy;
  }

  private special(value: object): unknown {
    if (value instanceof Table) return value.image((image) => this.count(image));
    if (value instanceof TableImage) return value.table();
    if (value instanceof Kept) return classNamed(value.name).load(this.copy(value.dump));
    const [name, { dump }] = classOf(value);
    return new Kept(name, this.copy(dump(value as never)));
  }

  private count({ rows, indexed }: TableImage): void {
    this.bytes += rows.size * ROW_BYTES;
    for (const index of indexed) this.bytes += index.size * INDEX_BYTES;
  }
}
