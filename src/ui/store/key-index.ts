/** Keys in groups (pods by node, objects by kind), each group as a sorted array that stays the same until it changes. */
export class KeyIndex {
  readonly #groups = new Map<string, { readonly keys: Set<string>; sorted: readonly string[] | undefined }>();

  add(group: string, key: string): void {
    let entry = this.#groups.get(group);
    if (entry === undefined) {
      entry = { keys: new Set(), sorted: undefined };
      this.#groups.set(group, entry);
    }
    if (entry.keys.has(key)) return;
    entry.keys.add(key);
    entry.sorted = undefined;
  }

  delete(group: string, key: string): void {
    const entry = this.#groups.get(group);
    if (entry?.keys.delete(key) !== true) return;
    entry.sorted = undefined;
    if (entry.keys.size === 0) this.#groups.delete(group);
  }

  get(group: string): readonly string[] {
    const entry = this.#groups.get(group);
    if (entry === undefined) return NONE;
    entry.sorted ??= [...entry.keys].sort();
    return entry.sorted;
  }

  size(group: string): number {
    return this.#groups.get(group)?.keys.size ?? 0;
  }

  groups(): readonly string[] {
    return [...this.#groups.keys()].sort();
  }

  clear(): void {
    this.#groups.clear();
  }
}

const NONE: readonly string[] = [];
