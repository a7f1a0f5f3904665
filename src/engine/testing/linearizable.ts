/** One operation on a register whose written values are all different. */
export interface Operation {
  readonly kind: 'read' | 'write';
  /** What was written, or what was read; undefined: nothing there yet. */
  readonly value: number | undefined;
  readonly from: number;
  /** Infinity: nobody knows whether and when it happened. */
  readonly to: number;
}

/**
 * Whether there is an order in which each operation happened at one moment between its call and its answer: the search of
 * Wing and Gong, remembering where it has been.
 */
export function isLinearizable(history: readonly Operation[]): boolean {
  const read = new Set(history.filter(({ kind }) => kind === 'read').map(({ value }) => value));
  // A write that may have happened, and that nobody saw, may as well not have happened.
  const operations = history
    .filter(({ kind, value, to }) => (kind === 'write' ? to < Infinity || read.has(value) : to < Infinity))
    .sort((a, b) => a.from - b.from);
  const done = operations.map(() => false);
  const dead = new Set<string>();

  const search = (first: number, value: number | undefined): boolean => {
    let next = first;
    while (next < operations.length && done[next]) next++;
    let earliest = Infinity;
    for (let i = next; i < operations.length; i++) {
      if (!done[i]) earliest = Math.min(earliest, (operations[i] as Operation).to);
    }
    if (earliest === Infinity) return true;
    const place = `${next} ${value} ${done.slice(next).map(Number).join('')}`;
    if (dead.has(place)) return false;
    for (let i = next; i < operations.length; i++) {
      const operation = operations[i] as Operation;
      if (operation.from > earliest) break;
      if (done[i] || (operation.kind === 'read' && operation.value !== value)) continue;
      done[i] = true;
      if (search(next, operation.kind === 'write' ? operation.value : value)) return true;
      done[i] = false;
    }
    dead.add(place);
    return false;
  };
  return search(0, undefined);
}
