import type { Caption, Frame, Mark, MessageView } from '../../engine/door.ts';
import type { BranchView, Place, RunRecord } from '../../worker/protocol.ts';

/** What is kept of the past for the panels and the timeline, for each branch; older entries are dropped. */
const KEPT_MESSAGES = 4000;
export const KEPT_CAPTIONS = 2000;
const KEPT_MARKS = 1000;

/** What has happened in a branch so far, oldest first; new arrays when they change. */
export interface BranchRecord extends RunRecord {
  readonly messages: readonly MessageView[];
  readonly captions: readonly Caption[];
  readonly marks: readonly Mark[];
}

export const NO_RECORD: BranchRecord = { messages: [], captions: [], marks: [] };

/** The records of a run's branches. A replay adds nothing to them: it was all there before. */
export class Records {
  readonly #byBranch = new Map<number, BranchRecord>();
  #run = -1;

  /** Takes what a frame tells; gives the record of its branch. */
  add(frame: Frame, { run, branch, fresh }: Place, loaded: BranchRecord | undefined): BranchRecord {
    if (run !== this.#run || (run === 0 && frame.full)) {
      this.#run = run;
      this.#byBranch.clear();
    }
    const old = loaded ?? this.#byBranch.get(branch) ?? NO_RECORD;
    const record = fresh ? extended(old, frame) : old;
    this.#byBranch.set(branch, record);
    return record;
  }

  /** A branch that is new has the past of the one that it left; one that is gone needs none. */
  know(branches: readonly BranchView[]): void {
    for (const { id, parent, forkedAt } of branches) {
      if (parent === undefined || this.#byBranch.has(id)) continue;
      this.#byBranch.set(id, upTo(this.#byBranch.get(parent) ?? NO_RECORD, forkedAt, Number.POSITIVE_INFINITY));
    }
    const known = new Set(branches.map(({ id }) => id));
    for (const id of this.#byBranch.keys()) if (!known.has(id)) this.#byBranch.delete(id);
  }
}

/** What of a record has happened at a time. */
export function upTo(record: BranchRecord, now: number, newest: number): BranchRecord {
  if (now >= newest) return record;
  return {
    messages: until(record.messages, now, ({ dueAt }) => dueAt),
    captions: until(record.captions, now, ({ at }) => at),
    marks: until(record.marks, now, ({ at }) => at),
  };
}

function until<T>(all: readonly T[], now: number, timeOf: (item: T) => number): readonly T[] {
  let [low, high] = [0, all.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (timeOf(all[middle] as T) <= now) low = middle + 1;
    else high = middle;
  }
  return low === all.length ? all : all.slice(0, low);
}

function extended(old: BranchRecord, { happened, captions, marks }: Frame): BranchRecord {
  if (happened.length === 0 && captions.length === 0 && marks.length === 0) return old;
  return {
    messages: kept(old.messages, happened, KEPT_MESSAGES),
    captions: kept(old.captions, captions, KEPT_CAPTIONS),
    marks: kept(old.marks, marks, KEPT_MARKS),
  };
}

function kept<T>(old: readonly T[], added: readonly T[], limit: number): readonly T[] {
  if (added.length === 0) return old;
  const overflow = old.length + added.length - limit;
  if (overflow <= 0) return [...old, ...added];
  // A tenth more than needed goes, so that a full list is not copied twice per frame.
  return [...old.slice(Math.min(old.length, overflow + Math.floor(limit / 10))), ...added.slice(-limit)];
}
