import { assert, EngineError } from './types.ts';

/** Values of an index for one row: none, one or several. */
export type IndexOf<V> = (value: V, key: string) => string | readonly string[] | undefined;

export interface TableKind<V> {
  readonly name: string;
  readonly indexes: Readonly<Record<string, IndexOf<V>>>;
}

const kinds = new Map<string, TableKind<never>>();

/**
 * Declares a kind of table, once per module. The name goes into snapshots, so that a restored table gets its indexes
 * back; it must be unique in the engine.
 */
export function defineTable<V>(name: string, indexes: Record<string, IndexOf<V>> = {}): () => Table<V> {
  assert(!kinds.has(name), `table kind ${name} is declared twice`);
  const kind: TableKind<V> = { name, indexes };
  kinds.set(name, kind as unknown as TableKind<never>);
  return () => new Table<V>(kind);
}

export function tableOfKind(name: string): Table<unknown> {
  const kind = kinds.get(name);
  assert(kind, `no table kind ${name}`);
  return new Table<unknown>(kind as unknown as TableKind<unknown>);
}

const NO_KEYS: ReadonlySet<string> = new Set();

/** A table's content at a moment. It is never changed: tables that continue from it copy it. */
export class TableImage<V = unknown> {
  readonly kind: TableKind<V>;
  readonly rows: ReadonlyMap<string, V>;
  readonly indexed: readonly ReadonlyMap<string, ReadonlySet<string>>[];

  constructor(
    kind: TableKind<V>,
    rows: ReadonlyMap<string, V>,
    indexed: readonly ReadonlyMap<string, ReadonlySet<string>>[],
  ) {
    this.kind = kind;
    this.rows = new Map(rows);
    this.indexed = indexed.map(copyOfIndex);
  }

  /** A table that goes on from here. */
  table(): Table<V> {
    return new Table<V>(this.kind, this);
  }
}

const copyOfIndex = (index: ReadonlyMap<string, ReadonlySet<string>>): Map<string, Set<string>> => {
  const copy = new Map<string, Set<string>>();
  for (const [value, keys] of index) copy.set(value, new Set(keys));
  return copy;
};

/**
 * A collection that may grow with the cluster: one change costs the same at 10 and at 100,000 rows. Rows are frozen or
 * treated as such: to change one, `set` a new value. It is a class, so that immer leaves it alone inside a draft.
 */
export class Table<V> {
  readonly kind: TableKind<V>;
  private readonly rows: Map<string, V>;
  private readonly indexNames: readonly string[];
  private readonly indexOf: readonly IndexOf<V>[];
  private readonly indexed: readonly Map<string, Set<string>>[];
  /** The newest image, as long as nothing has changed since. */
  private kept: TableImage<V> | undefined;

  constructor(kind: TableKind<V>, from?: TableImage<V>) {
    this.kind = kind;
    this.indexNames = Object.keys(kind.indexes);
    this.indexOf = Object.values(kind.indexes);
    this.rows = new Map(from?.rows);
    this.indexed = from?.indexed.map(copyOfIndex) ?? this.indexNames.map(() => new Map());
    this.kept = from;
  }

  /** What it holds now, for a moment that is kept; `made` is told when it had to be copied. */
  image(made?: (image: TableImage<V>) => void): TableImage<V> {
    if (this.kept === undefined) {
      this.kept = new TableImage(this.kind, this.rows, this.indexed);
      made?.(this.kept);
    }
    return this.kept;
  }

  get size(): number {
    return this.rows.size;
  }

  get(key: string): V | undefined {
    return this.rows.get(key);
  }

  has(key: string): boolean {
    return this.rows.has(key);
  }

  set(key: string, value: V): void {
    this.kept = undefined;
    if (this.indexOf.length > 0) {
      const old = this.rows.get(key);
      for (let i = 0; i < this.indexOf.length; i++) {
        const of = this.indexOf[i] as IndexOf<V>;
        const after = of(value, key);
        if (old !== undefined) {
          const before = of(old, key);
          if (before === after || isSameList(before, after)) continue;
          this.unindex(i, before, key);
        }
        this.index(i, after, key);
      }
    }
    this.rows.set(key, value);
  }

  delete(key: string): V | undefined {
    const old = this.rows.get(key);
    if (old === undefined) return undefined;
    this.kept = undefined;
    for (let i = 0; i < this.indexOf.length; i++) this.unindex(i, this.indexOf[i]?.(old, key), key);
    this.rows.delete(key);
    return old;
  }

  clear(): void {
    this.kept = undefined;
    this.rows.clear();
    for (const index of this.indexed) index.clear();
  }

  keys(): IterableIterator<string> {
    return this.rows.keys();
  }

  values(): IterableIterator<V> {
    return this.rows.values();
  }

  entries(): IterableIterator<[string, V]> {
    return this.rows.entries();
  }

  /** First key in insertion order, or undefined when empty. */
  firstKey(): string | undefined {
    for (const key of this.rows.keys()) return key;
    return undefined;
  }

  /** Keys whose row has this value in the index; live: do not change the table while iterating. */
  keysBy(index: string, value: string): ReadonlySet<string> {
    return this.indexed[this.indexNumber(index)]?.get(value) ?? NO_KEYS;
  }

  /** Rows whose value in the index is this one, as a fresh array. */
  by(index: string, value: string): V[] {
    const found: V[] = [];
    for (const key of this.keysBy(index, value)) found.push(this.rows.get(key) as V);
    return found;
  }

  /** Values that occur in the index. */
  indexValues(index: string): IterableIterator<string> {
    return (this.indexed[this.indexNumber(index)] as Map<string, Set<string>>).keys();
  }

  /** Rows and index orders for a snapshot: a table filled with them iterates exactly as this one. */
  dump(): { rows: [string, V][]; orders: Record<string, [string, string[]][]> } {
    const orders: Record<string, [string, string[]][]> = {};
    this.indexNames.forEach((name, i) => {
      orders[name] = [...(this.indexed[i] as Map<string, Set<string>>)].map(([value, keys]) => [value, [...keys]]);
    });
    return { rows: [...this.rows], orders };
  }

  load(dump: { rows: readonly [string, V][]; orders: Record<string, readonly [string, readonly string[]][]> }): void {
    this.clear();
    for (const [key, value] of dump.rows) this.rows.set(key, value);
    this.indexNames.forEach((name, i) => {
      const index = this.indexed[i] as Map<string, Set<string>>;
      for (const [value, keys] of dump.orders[name] ?? []) index.set(value, new Set(keys));
    });
  }

  private indexNumber(name: string): number {
    const i = this.indexNames.indexOf(name);
    if (i < 0) throw new EngineError(`table ${this.kind.name} has no index ${name}`);
    return i;
  }

  private index(i: number, values: string | readonly string[] | undefined, key: string): void {
    if (values === undefined) return;
    const index = this.indexed[i] as Map<string, Set<string>>;
    if (typeof values === 'string') add(index, values, key);
    else for (const value of values) add(index, value, key);
  }

  private unindex(i: number, values: string | readonly string[] | undefined, key: string): void {
    if (values === undefined) return;
    const index = this.indexed[i] as Map<string, Set<string>>;
    if (typeof values === 'string') remove(index, values, key);
    else for (const value of values) remove(index, value, key);
  }
}

function add(index: Map<string, Set<string>>, value: string, key: string): void {
  const keys = index.get(value);
  if (keys) keys.add(key);
  else index.set(value, new Set([key]));
}

function remove(index: Map<string, Set<string>>, value: string, key: string): void {
  const keys = index.get(value);
  if (!keys) return;
  keys.delete(key);
  if (keys.size === 0) index.delete(value);
}

/** By content, not by identity: a row that came out of a snapshot shares no lists, and must keep its place all the same. */
function isSameList(a: string | readonly string[] | undefined, b: string | readonly string[] | undefined): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
