import type { Span } from '../../../engine/door.ts';
import { durationText } from '../../shared/time.ts';
import { componentOf } from '../../store/keys.ts';

/** `0`, `3.2 ms`, `180 ms`, `4.1 s`. */
export function lengthText(ms: number): string {
  if (ms <= 0) return '0';
  return ms < 10 ? `${Number(ms.toFixed(1))} ms` : durationText(ms);
}

/** A span in the waterfall, below the one that it is part of. */
export interface Row {
  readonly span: Span;
  readonly depth: number;
}

/** Spans as a tree, written down from the top; those of one parent in the order of their beginning. */
export function rowsOf(spans: readonly Span[], pathOnly: boolean): readonly Row[] {
  const byId = new Map(spans.map((span) => [span.id, span]));
  const parentOf = ({ parent }: Span): number => {
    let id = parent;
    for (let above = byId.get(id); pathOnly && above !== undefined && !above.onPath; above = byId.get(id))
      id = above.parent;
    return byId.has(id) ? id : 0;
  };
  const children = new Map<number, Span[]>();
  for (const span of spans) {
    if (pathOnly && !span.onPath) continue;
    const parent = parentOf(span);
    const siblings = children.get(parent);
    if (siblings) siblings.push(span);
    else children.set(parent, [span]);
  }
  const rows: Row[] = [];
  const open = (children.get(0) ?? []).toReversed().map((span) => ({ span, depth: 0 }));
  for (let row = open.pop(); row !== undefined; row = open.pop()) {
    rows.push(row);
    const { span, depth } = row;
    for (const child of (children.get(span.id) ?? []).toReversed()) open.push({ span: child, depth: depth + 1 });
  }
  return rows;
}

/** A piece of virtual time that is looked at. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** From the first beginning to the last end; never empty. */
export function rangeOf(rows: readonly Row[]): Range {
  const from = Math.min(...rows.map(({ span }) => span.start));
  const to = Math.max(...rows.map(({ span }) => span.end));
  return rows.length === 0 ? { from: 0, to: 1 } : { from, to: Math.max(to, from + 1) };
}

/** A range around the same middle (or a given one), that much longer, within the whole. */
export function zoomed({ from, to }: Range, factor: number, whole: Range, around = (from + to) / 2): Range {
  const length = Math.min(Math.max((to - from) * factor, 0.01), whole.to - whole.from);
  const start = Math.min(Math.max(around - length / 2, whole.from), whole.to - length);
  return { from: start, to: start + length };
}

/** Moved by a share of its own length, within the whole. */
export function panned(range: Range, share: number, whole: Range): Range {
  return zoomed(range, 1, whole, (range.from + range.to) / 2 + (range.to - range.from) * share);
}

/** How long the processes of a component worked, or waited, on the way. */
export interface Share {
  readonly component: string;
  readonly waits: boolean;
  readonly ms: number;
}

/** The deeper the more; and work before a wait. */
const rank = ({ span, depth }: Row): number => 2 * depth + (span.kind === 'wait' ? 0 : 1);

/** Who spent how long: each moment belongs to the innermost span of the way that goes on then. Longest first. */
export function sharesOf(rows: readonly Row[]): readonly Share[] {
  const path = rows.filter(({ span }) => span.onPath && span.kind !== 'act');
  const edges = [...new Set(path.flatMap(({ span }) => [span.start, span.end]))].sort((a, b) => a - b);
  const shares = new Map<string, number>();
  for (let i = 1; i < edges.length; i++) {
    const [from, to] = [edges[i - 1] as number, edges[i] as number];
    let inner: Row | undefined;
    for (const row of path) {
      const { start, end } = row.span;
      if (start <= from && end >= to && rank(row) >= (inner ? rank(inner) : -1)) inner = row;
    }
    if (inner === undefined) continue;
    const name = `${componentOf(inner.span.service)}${inner.span.kind === 'wait' ? ' waits' : ''}`;
    shares.set(name, (shares.get(name) ?? 0) + to - from);
  }
  return [...shares]
    .map(([name, ms]) => ({ component: name.replace(' waits', ''), waits: name.endsWith(' waits'), ms }))
    .sort((a, b) => b.ms - a.ms);
}
