import { continueFrom, type Message, type Moment, type Position, type SimulatedCluster } from '../engine/index.ts';
import { type Outcome, perform } from './perform.ts';
import { type Entered, isBefore, type Pending, Playhead, type Script } from './playhead.ts';
import type { BranchView, HistoryView, Input } from './protocol.ts';

/** Memory for the past of all branches together; beyond it moments are thinned out, the oldest most. */
export const HISTORY_BYTES = 96 * 2 ** 20;
/** Engine work between two kept moments: about what going to a moment costs at most. */
const KEPT_EVERY_MS = 30;
/** The same in messages: clocks may stand still. */
const KEPT_EVERY_MESSAGES = 3_000;
/** A moment of a large cluster costs more: keeping it must stay a small part of the work. */
const WORK_PER_COST = 6;
/** Up to so much work, going to a moment counts as quick. */
const QUICK_MS = 4 * KEPT_EVERY_MS;
/** About what each message before a moment adds to its memory: the objects that it wrote; measured. */
const MESSAGE_BYTES = 180;

interface Kept extends Position {
  readonly moment: Moment;
  /** How many inputs of the branch came before. */
  readonly entered: number;
  readonly pending: readonly Pending[];
  /** Engine work since the beginning of the run, in ms. */
  readonly work: number;
  readonly bytes: number;
}

interface Branch extends Script {
  readonly id: number;
  name: string;
  readonly parent?: number;
  /** Where it left its parent. */
  readonly forkedAt: number;
  readonly inputs: Entered[];
  kept: Kept[];
  end: Position;
}

/**
 * The past of a run and its other futures. A run is its first moment and its inputs; kept moments make any time of it
 * quick to reach. Acting in the past begins a new branch.
 */
export class History {
  private head: Playhead;
  private readonly all: Branch[];
  private current: Branch;
  private nextId = 2;
  /** Grows when there is something new to say of branches and kept moments. */
  changes = 0;
  /** Engine work since the last kept moment, in ms. */
  private work = 0;
  /** What keeping a moment has cost lately, in ms. */
  private cost = 0;
  private readonly now: () => number;

  constructor(cluster: SimulatedCluster, realNow: () => number) {
    this.head = new Playhead(cluster);
    this.now = realNow;
    this.current = { id: 1, name: 'main', forkedAt: cluster.now, inputs: [], kept: [], end: cluster.position };
    this.all = [this.current];
    this.keep();
  }

  /** Whether what happens just now happened before. */
  isReplaying = false;

  /** What is shown. */
  get cluster(): SimulatedCluster {
    return this.head.cluster;
  }

  /** Whether what is shown is older than the newest moment of its branch. */
  get isPast(): boolean {
    return this.head.isIn(this.current);
  }

  get branch(): number {
    return this.current.id;
  }

  get newest(): number {
    return this.current.end.at;
  }

  get script(): Script & { readonly name: string } {
    return this.current;
  }

  // --- time ------------------------------------------------------------------------------------------------------

  /** Moves time; in the past every input is entered again where it was. True when it got to the target. */
  advanceTo(target: number, stop?: (message: Message) => boolean): boolean {
    if (this.isPast) {
      this.isReplaying = true;
      const isThere = this.head.replayTo(this.current, target, stop);
      this.isReplaying = false;
      return isThere;
    }
    const from = this.now();
    const arrived = this.cluster.advanceTo(target, stop);
    this.current.end = this.cluster.position;
    this.head.settle();
    this.work += this.now() - from;
    if (this.isKeepingDue()) this.keep();
    return arrived;
  }

  /** Does what the user asks for, in a new branch when this is the past; says whether it began one. */
  input(input: Input, reply: (outcome: Outcome) => void): boolean {
    const position = this.cluster.position;
    const take = perform(this.cluster, input);
    if (typeof take !== 'function') {
      reply(take);
      return false;
    }
    const isNew = this.isPast;
    if (isNew) this.fork(position, input);
    const entered: Entered = { ...position, input, reply };
    this.current.inputs.push(entered);
    this.current.end = position;
    this.head.entered++;
    this.head.pending = [...this.head.pending, { input: entered, take }];
    this.head.settle();
    return isNew;
  }

  /** Goes through a run that was recorded elsewhere as if it happened now; false when it is at its end. */
  load(script: Script, stop: () => boolean): boolean {
    const from = this.now();
    const { head, current } = this;
    head.onEnter = (entered) => current.inputs.push(entered);
    head.replayTo(script, script.end.at, stop);
    head.onEnter = undefined;
    current.end = this.cluster.position;
    this.work += this.now() - from;
    if (this.isKeepingDue()) this.keep();
    return head.isIn(script);
  }

  /** Where a loaded run did not go as it was recorded. */
  get differs(): Position | undefined {
    return this.head.differs;
  }

  /** Shows another time of this branch, or of that one: the same cluster, built anew from the nearest kept moment. */
  seek(at: number, id = this.current.id): void {
    const branch = this.branchOf(id);
    if (branch === undefined) return;
    if (!this.isPast) this.keep();
    this.head = this.at(branch, at);
    this.current = branch;
    this.work = 0;
    this.changes++;
  }

  /** A cluster at a time of any branch, apart from what is shown. */
  playheadAt(at: number, id = this.current.id): Playhead | undefined {
    const branch = this.branchOf(id);
    return branch && this.at(branch, at);
  }

  scriptOf(id: number): Script | undefined {
    return this.branchOf(id);
  }

  /** Forgets all but the first moment. */
  restart(): void {
    const [first] = this.current.kept as [Kept];
    this.current.inputs.length = 0;
    this.current.kept = [first];
    this.current.end = first;
    this.head = new Playhead(continueFrom(first.moment));
    this.work = 0;
  }

  private at(branch: Branch, at: number): Playhead {
    const isEarlier = (kept: Kept): boolean => kept.at <= at && !isBefore(branch.end, kept);
    const from = branch.kept.findLast(isEarlier) ?? (branch.kept[0] as Kept);
    const head = new Playhead(continueFrom(from.moment), from.entered, from.pending);
    head.replayTo(branch, Math.min(at, branch.end.at));
    return head;
  }

  private branchOf(id: number): Branch | undefined {
    return this.all.find((known) => known.id === id);
  }

  // --- branches --------------------------------------------------------------------------------------------------

  private fork(at: Position, input: Input): void {
    const parent = this.current;
    const id = this.nextId++;
    this.current = {
      id,
      name: nameOf(input, this.all),
      parent: parent.id,
      forkedAt: at.at,
      inputs: parent.inputs.slice(0, this.head.entered),
      kept: parent.kept.filter((kept) => !isBefore(at, kept) && kept.entered <= this.head.entered),
      end: at,
    };
    this.all.push(this.current);
    this.changes++;
  }

  rename(id: number, name: string): void {
    const branch = this.branchOf(id);
    if (branch === undefined || name.trim() === '') return;
    branch.name = name.trim().slice(0, 60);
    this.changes++;
  }

  /** Lets go of a branch that is not shown. What left it stays where it is. */
  remove(id: number): void {
    const index = this.all.findIndex((branch) => branch.id === id);
    if (index < 0 || id === this.current.id) return;
    const [gone] = this.all.splice(index, 1) as [Branch];
    this.changes++;
    const stays = new Set(this.all.flatMap(({ inputs }) => inputs));
    for (const entered of gone.inputs) {
      if (!stays.has(entered))
        entered.reply?.({ error: { message: 'its branch was deleted before there was an answer' } });
    }
  }

  /** Nothing of it goes on: who still waits for an outcome waits no longer. */
  close(): void {
    for (const entered of this.all.flatMap(({ inputs }) => inputs)) {
      entered.reply?.({});
      entered.reply = undefined;
    }
  }

  view(): HistoryView {
    const branches = this.all.map(({ id, name, parent, forkedAt, end, inputs }): BranchView => {
      const acts = inputs.filter((input) => input.at >= forkedAt || parent === undefined).length;
      return { id, name, forkedAt, end: end.at, acts, ...(parent !== undefined && { parent }) };
    });
    return {
      branches,
      current: this.current.id,
      keptFrom: this.quickFrom(),
      bytes: this.bytes(),
      limit: HISTORY_BYTES,
    };
  }

  // --- kept moments ----------------------------------------------------------------------------------------------

  private last({ kept }: Branch): Kept {
    return kept[kept.length - 1] as Kept;
  }

  private isKeepingDue(): boolean {
    const messages = this.current.end.after - this.last(this.current).after;
    return this.work >= Math.max(KEPT_EVERY_MS, this.cost * WORK_PER_COST) || messages >= KEPT_EVERY_MESSAGES;
  }

  /** Keeps the newest moment. */
  private keep(): void {
    const from = this.now();
    const { entered, pending, cluster } = this.head;
    const { kept } = this.current;
    const { at, after } = cluster.position;
    const before = kept[kept.length - 1];
    if (before?.at === at && before.after === after && before.entered === entered) return;
    const moment = cluster.moment();
    const bytes = moment.bytes + (after - (before?.after ?? after)) * MESSAGE_BYTES;
    kept.push({ at, after, moment, entered, pending, work: (before?.work ?? 0) + this.work, bytes });
    this.work = 0;
    this.cost = (3 * this.cost + this.now() - from) / 4;
    while (this.bytes() > HISTORY_BYTES && this.thinOut());
    this.changes++;
  }

  private bytes(): number {
    const counted = new Set<Kept>();
    let bytes = 0;
    for (const { kept } of this.all) {
      for (const moment of kept) {
        if (counted.has(moment)) continue;
        counted.add(moment);
        bytes += moment.bytes;
      }
    }
    return bytes;
  }

  /** Lets go of the moment that will be missed least; false when only firsts and lasts are left. */
  private thinOut(): boolean {
    let best: { kept: Kept; loss: number } | undefined;
    for (const branch of this.all) {
      const { kept } = branch;
      const isShown = branch === this.current;
      const end = this.last(branch).work;
      for (let i = 1; i < kept.length - 1; i++) {
        const [before, moment, after] = kept.slice(i - 1, i + 2) as [Kept, Kept, Kept];
        const age = 1 + (end - moment.work) / QUICK_MS;
        const loss = ((after.work - before.work) / age) * (isShown ? 1 : 0.1);
        if (best === undefined || loss < best.loss) best = { kept: moment, loss };
      }
    }
    if (best === undefined) return false;
    for (const branch of this.all) branch.kept = branch.kept.filter((moment) => moment !== best.kept);
    return true;
  }

  /** Lets go of all kept moments but the first: every other one takes longer to reach. */
  forgetPast(): void {
    for (const branch of this.all) branch.kept.length = 1;
    this.changes++;
  }

  /** From when on every moment of this branch is quick to reach. */
  private quickFrom(): number {
    const { kept } = this.current;
    let i = kept.length - 1;
    while (i > 0 && (kept[i] as Kept).work - (kept[i - 1] as Kept).work <= QUICK_MS + this.cost * WORK_PER_COST) i--;
    return (kept[i] as Kept).at;
  }
}

/** A name for the branch that begins with an act. */
function nameOf(input: Input, known: readonly Branch[]): string {
  const name = titleOf(input).slice(0, 40);
  let n = 1;
  while (known.some((branch) => branch.name === (n === 1 ? name : `${name} (${n})`))) n++;
  return n === 1 ? name : `${name} (${n})`;
}

function titleOf(input: Input): string {
  switch (input.act) {
    case 'apply':
      return `apply ${input.title ?? /^\s*name:\s*["']?([\w.-]+)/m.exec(input.text)?.[1] ?? 'YAML'}`;
    case 'delete':
      return `delete ${input.ref.kind.toLowerCase()}/${input.ref.name}`;
    case 'scale':
      return `scale ${input.ref.name} to ${input.replicas}`;
    case 'cordon':
      return `${input.unschedulable ? 'cordon' : 'uncordon'} ${input.node}`;
    case 'etcd':
      return `${input.command.do} etcd member ${input.command.member ?? ''}`.trim();
    case 'inject':
      return `${input.fault.kind} ${[input.fault.target ?? []].flat().join(', ')}`.trim();
    case 'heal':
      return 'heal';
  }
}
