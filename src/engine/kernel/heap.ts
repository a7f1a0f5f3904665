interface Due {
  readonly dueAt: number;
  readonly id: number;
}

const before = (a: Due, b: Due): boolean => a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.id < b.id);

/** The kernel's queue, by (due time, id). Heartbeats have a heap of their own, so that the next news is at hand. */
export class DueQueue<T extends Due & { readonly periodic: boolean }> {
  readonly news = new DueHeap<T>();
  readonly beats = new DueHeap<T>();

  get size(): number {
    return this.news.size + this.beats.size;
  }

  /** Everything in it, each heap in heap order, which a snapshot keeps. */
  all(): T[] {
    return [...this.news.items, ...this.beats.items];
  }

  push(item: T): void {
    (item.periodic ? this.beats : this.news).push(item);
  }

  peek(): T | undefined {
    return this.first().peek();
  }

  pop(): T | undefined {
    return this.first().pop();
  }

  /** Takes out what passes the test, in the order of the ids. */
  takeOut(test: (item: T) => boolean): T[] {
    return [...this.news.takeOut(test), ...this.beats.takeOut(test)].sort((a, b) => a.id - b.id);
  }

  private first(): DueHeap<T> {
    const news = this.news.items[0];
    const beat = this.beats.items[0];
    return news !== undefined && (beat === undefined || before(news, beat)) ? this.news : this.beats;
  }
}

/** Binary heap by (due time, id). */
export class DueHeap<T extends Due> {
  readonly items: T[] = [];

  get size(): number {
    return this.items.length;
  }

  peek(): T | undefined {
    return this.items[0];
  }

  push(item: T): void {
    const items = this.items;
    let i = items.length;
    items.push(item);
    while (i > 0) {
      const parent = (i - 1) >> 1;
      const above = items[parent] as T;
      if (!before(item, above)) break;
      items[i] = above;
      i = parent;
    }
    items[i] = item;
  }

  pop(): T | undefined {
    const items = this.items;
    const first = items[0];
    const last = items.pop();
    if (first === undefined || last === undefined || items.length === 0) return first;
    this.sink(0, last);
    return first;
  }

  /** Takes out what passes the test, in no order; what stays is made a heap again from the leaves up. */
  takeOut(test: (item: T) => boolean): T[] {
    const { items } = this;
    const out: T[] = [];
    let kept = 0;
    for (const item of items) {
      if (test(item)) out.push(item);
      else items[kept++] = item;
    }
    if (out.length === 0) return out;
    items.length = kept;
    for (let i = (kept >> 1) - 1; i >= 0; i--) this.sink(i, items[i] as T);
    return out;
  }

  /** Puts an item where both heaps below `i` stay heaps. */
  private sink(i: number, item: T): void {
    const { items } = this;
    const half = items.length >> 1;
    while (i < half) {
      let child = 2 * i + 1;
      const right = items[child + 1];
      if (right !== undefined && before(right, items[child] as T)) child++;
      const below = items[child] as T;
      if (!before(below, item)) break;
      items[i] = below;
      i = child;
    }
    items[i] = item;
  }
}
