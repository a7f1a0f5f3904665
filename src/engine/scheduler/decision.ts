import type { FilterStatus } from './framework.ts';

/** One attempt as it is kept: columns over nodes, plain data. */
export interface RecordedDecision {
  readonly pod: string;
  readonly attemptedAt: number;
  readonly node?: string;
  readonly message?: string;
  /** Absent once newer decisions needed the room. */
  readonly table?: DecisionTable;
}

export interface DecisionTable {
  readonly refused: readonly string[];
  readonly refusals: readonly FilterStatus[];
  /** Holds for the nodes that were not looked at. */
  readonly absentStatus?: FilterStatus;
  readonly passed: readonly string[];
  /** Aligned with `passed`; no entry for a plugin that was skipped, none at all when one node passed. */
  readonly scores: readonly ScoreColumn[];
}

export interface ScoreColumn {
  readonly plugin: string;
  readonly weight: number;
  readonly raw: readonly number[];
  /** Absent when the plugin's scores need no scaling. */
  readonly normalized?: readonly number[];
}

/** What the engine's door and the inspector show of one attempt. */
export interface SchedulingDecision {
  readonly pod: string;
  readonly attemptedAt: number;
  readonly node?: string;
  readonly message?: string;
  readonly nodes: readonly NodeDecision[];
}

export interface NodeDecision {
  readonly node: string;
  readonly filter:
    | { readonly ok: true }
    | { readonly ok: false; readonly plugin: string; readonly reasons: readonly string[] };
  readonly scores?: Readonly<
    Record<string, { readonly raw: number; readonly normalized: number; readonly weighted: number }>
  >;
  readonly total?: number;
}

/** Spells a recorded decision out; `nodeNames` are the nodes there are, for those that were not looked at. */
export function describeDecision(decision: RecordedDecision, nodeNames: Iterable<string>): SchedulingDecision {
  const { table, ...head } = decision;
  if (table === undefined) return { ...head, nodes: [] };
  const nodes: NodeDecision[] = table.passed.map((node, i) => passedNode(table, node, i));
  table.refused.forEach((node, i) => {
    nodes.push({ node, filter: refusal(table.refusals[i]!) });
  });
  if (table.absentStatus) {
    const known = new Set([...table.passed, ...table.refused]);
    for (const node of nodeNames) if (!known.has(node)) nodes.push({ node, filter: refusal(table.absentStatus) });
  }
  return { ...head, nodes };
}

function passedNode({ scores }: DecisionTable, node: string, i: number): NodeDecision {
  if (scores.length === 0) return { node, filter: { ok: true } };
  const byPlugin: Record<string, { raw: number; normalized: number; weighted: number }> = {};
  let total = 0;
  for (const { plugin, weight, raw, normalized = raw } of scores) {
    const weighted = normalized[i]! * weight;
    byPlugin[plugin] = { raw: raw[i]!, normalized: normalized[i]!, weighted };
    total += weighted;
  }
  return { node, filter: { ok: true }, scores: byPlugin, total };
}

function refusal({ plugin, reasons }: FilterStatus): NodeDecision['filter'] {
  return { ok: false, plugin, reasons };
}

const DECISIONS_MAX = 5_000;
const ROWS_MAX = 5_000;

/**
 * The last attempt of each pod. Tables are kept for the newest decisions only, as many as make up so many rows; of an
 * older one the choice and the message remain.
 */
export class DecisionLog {
  private readonly byPod = new Map<string, RecordedDecision>();
  /** Pods with a table, oldest first. */
  private readonly rows = new Map<string, number>();
  private rowCount = 0;
  private newest: RecordedDecision | undefined;

  get latest(): RecordedDecision | undefined {
    return this.newest;
  }

  get(pod: string): RecordedDecision | undefined {
    return this.byPod.get(pod);
  }

  record(decision: RecordedDecision): void {
    const { pod, table } = decision;
    this.delete(pod);
    this.byPod.set(pod, decision);
    this.newest = decision;
    if (table !== undefined) {
      const rows = table.passed.length + table.refused.length;
      this.rows.set(pod, rows);
      this.rowCount += rows;
      while (this.rowCount > ROWS_MAX && this.rows.size > 1) this.dropTable(this.rows.keys().next().value!);
    }
    if (this.byPod.size > DECISIONS_MAX) this.delete(this.byPod.keys().next().value!);
  }

  delete(pod: string): void {
    this.forgetRows(pod);
    this.byPod.delete(pod);
  }

  dump(): RecordedDecision[] {
    return [...this.byPod.values()];
  }

  load(decisions: readonly RecordedDecision[]): void {
    for (const decision of decisions) this.record(decision);
  }

  private dropTable(pod: string): void {
    const { table: _, ...head } = this.byPod.get(pod)!;
    this.forgetRows(pod);
    this.byPod.set(pod, head);
  }

  private forgetRows(pod: string): void {
    this.rowCount -= this.rows.get(pod) ?? 0;
    this.rows.delete(pod);
  }
}
