/** Values of one label key over all nodes, as small numbers; 0 stands for a node without the label. */
export class TopologyIndex {
  readonly key: string;
  bySlot: Int32Array;
  private readonly ids = new Map<string, number>();

  constructor(key: string, capacity: number) {
    this.key = key;
    this.bySlot = new Int32Array(capacity);
  }

  /** Upper bound of the ids in use. */
  get size(): number {
    return this.ids.size + 1;
  }

  set(slot: number, value: string | undefined): void {
    if (value === undefined) {
      this.bySlot[slot] = 0;
      return;
    }
    let id = this.ids.get(value);
    if (id === undefined) {
      id = this.ids.size + 1;
      this.ids.set(value, id);
    }
    this.bySlot[slot] = id;
  }

  grow(capacity: number): void {
    this.bySlot = grown(this.bySlot, capacity);
  }
}

/** What a domain table is made from: which nodes there are, and the versions of what its answer depends on. */
export interface NodeSlots {
  readonly slotEnd: number;
  readonly labelVersion: number;
  readonly taintVersion: number;
  isLive(slot: number): boolean;
}

/**
 * Pods per domain (value of a topology label) among the eligible nodes. Follows its counter pod by pod; after a change
 * of a node's labels (or taints, where eligibility depends on them) it is summed up anew at the next use.
 */
export class DomainTable {
  readonly topology: TopologyIndex;
  /** Pods per topology id. */
  counts: number[] = [];
  /** Eligible nodes per topology id. */
  nodes: number[] = [];
  domains = 0;
  min = 0;
  total = 0;
  private readonly perSlot: () => Int32Array;
  private readonly isEligible: ((slot: number) => boolean) | undefined;
  private readonly usesTaints: boolean;
  private eligible: Uint8Array | undefined;
  private histogram: number[] = [];
  private labelVersion = -1;
  private taintVersion = -1;
  private current = false;

  constructor(
    topology: TopologyIndex,
    perSlot: () => Int32Array,
    isEligible: ((slot: number) => boolean) | undefined,
    usesTaints: boolean,
  ) {
    this.topology = topology;
    this.perSlot = perSlot;
    this.isEligible = isEligible;
    this.usesTaints = usesTaints;
  }

  refresh(slots: NodeSlots): this {
    const isStale =
      this.labelVersion !== slots.labelVersion || (this.usesTaints && this.taintVersion !== slots.taintVersion);
    if (!this.current || isStale) this.sumUp(slots);
    return this;
  }

  /** One pod more or less on a node; a table that is stale leaves it to the next `refresh`. */
  add(slot: number, delta: 1 | -1, slots: NodeSlots): void {
    if (!this.current) return;
    if (this.labelVersion !== slots.labelVersion || (this.usesTaints && this.taintVersion !== slots.taintVersion)) {
      this.current = false;
      return;
    }
    if (this.eligible !== undefined && this.eligible[slot] === 0) return;
    const id = this.topology.bySlot[slot]!;
    if (id === 0) return;
    const before = this.counts[id]!;
    const after = before + delta;
    this.counts[id] = after;
    this.total += delta;
    this.histogram[before]!--;
    this.histogram[after] = (this.histogram[after] ?? 0) + 1;
    if (after < this.min) this.min = after;
    else if (before === this.min && this.histogram[before] === 0) this.min = after;
  }

  private sumUp(slots: NodeSlots): void {
    const { slotEnd } = slots;
    const { bySlot, size } = this.topology;
    const perSlot = this.perSlot();
    this.labelVersion = slots.labelVersion;
    this.taintVersion = slots.taintVersion;
    this.current = true;
    this.eligible = this.isEligible === undefined ? undefined : new Uint8Array(bySlot.length);
    this.counts = new Array<number>(size).fill(0);
    this.nodes = new Array<number>(size).fill(0);
    this.total = 0;
    for (let slot = 0; slot < slotEnd; slot++) {
      const id = bySlot[slot]!;
      if (id === 0 || !slots.isLive(slot)) continue;
      if (this.isEligible !== undefined) {
        if (!this.isEligible(slot)) continue;
        this.eligible![slot] = 1;
      }
      this.counts[id]! += perSlot[slot]!;
      this.nodes[id]!++;
      this.total += perSlot[slot]!;
    }
    this.summarise();
  }

  private summarise(): void {
    this.histogram = [];
    this.domains = 0;
    let min = Number.POSITIVE_INFINITY;
    for (let id = 1; id < this.counts.length; id++) {
      if (this.nodes[id] === 0) continue;
      const count = this.counts[id]!;
      this.domains++;
      this.histogram[count] = (this.histogram[count] ?? 0) + 1;
      if (count < min) min = count;
    }
    this.min = this.domains === 0 ? 0 : min;
  }
}

const TABLES_PER_COUNTER_MAX = 32;

/** Pods of one sort per node, and per domain where somebody asked for it. */
export class PodCounter {
  perSlot: Int32Array;
  private readonly tables = new Map<string, DomainTable>();
  private readonly slots: NodeSlots;

  constructor(slots: NodeSlots, capacity: number) {
    this.slots = slots;
    this.perSlot = new Int32Array(capacity);
  }

  add(slot: number, delta: 1 | -1): void {
    this.perSlot[slot]! += delta;
    for (const table of this.tables.values()) table.add(slot, delta, this.slots);
  }

  /** `key` names topology and eligibility; `isEligible` undefined means every node that has the label. */
  table(key: string, topology: TopologyIndex, isEligible?: (slot: number) => boolean, usesTaints = false): DomainTable {
    let table = this.tables.get(key);
    if (table === undefined) {
      if (this.tables.size >= TABLES_PER_COUNTER_MAX) this.tables.delete(this.tables.keys().next().value!);
      table = new DomainTable(topology, () => this.perSlot, isEligible, usesTaints);
      this.tables.set(key, table);
    }
    return table.refresh(this.slots);
  }

  grow(capacity: number): void {
    this.perSlot = grown(this.perSlot, capacity);
  }
}

function grown(array: Int32Array, capacity: number): Int32Array {
  const larger = new Int32Array(capacity);
  larger.set(array);
  return larger;
}
