/** Binary heap from which any item can be taken by its key. */
export class PriorityHeap<T> {
  private readonly isBefore: (a: T, b: T) => boolean;
  private readonly items: { readonly key: string; readonly value: T }[] = [];
  private readonly positions = new Map<string, number>();

  constructor(isBefore: (a: T, b: T) => boolean) {
    this.isBefore = isBefore;
  }

  get size(): number {
    return this.items.length;
  }

  peek(): T | undefined {
    return this.items[0]?.value;
  }

  /** The first items in order, without taking them out; the cost depends on `limit` only. */
  first(limit: number): T[] {
    const found: T[] = [];
    const frontier = this.items.length > 0 ? [0] : [];
    while (found.length < limit && frontier.length > 0) {
      let best = 0;
      for (let i = 1; i < frontier.length; i++) {
        if (this.isBefore(this.items[frontier[i]!]!.value, this.items[frontier[best]!]!.value)) best = i;
      }
      const [position] = frontier.splice(best, 1) as [number];
      found.push(this.items[position]!.value);
      for (const child of [2 * position + 1, 2 * position + 2]) if (child < this.items.length) frontier.push(child);
    }
    return found;
  }

  push(key: string, value: T): void {
    this.items.push({ key, value });
    this.rise(this.items.length - 1);
  }

  delete(key: string): void {
    const position = this.positions.get(key);
    if (position === undefined) return;
    this.positions.delete(key);
    const last = this.items.pop()!;
    if (position === this.items.length) return;
    this.items[position] = last;
    this.sink(this.rise(position));
  }

  private rise(start: number): number {
    const item = this.items[start]!;
    let position = start;
    while (position > 0) {
      const parent = (position - 1) >> 1;
      if (!this.isBefore(item.value, this.items[parent]!.value)) break;
      this.place(position, this.items[parent]!);
      position = parent;
    }
    this.place(position, item);
    return position;
  }

  private sink(start: number): void {
    const item = this.items[start]!;
    let position = start;
    for (;;) {
      let child = 2 * position + 1;
      if (child >= this.items.length) break;
      const right = child + 1;
      if (right < this.items.length && this.isBefore(this.items[right]!.value, this.items[child]!.value)) child = right;
      if (!this.isBefore(this.items[child]!.value, item.value)) break;
      this.place(position, this.items[child]!);
      position = child;
    }
    this.place(position, item);
  }

  private place(position: number, item: { readonly key: string; readonly value: T }): void {
    this.items[position] = item;
    this.positions.set(item.key, position);
  }
}
