import type { Message, Position, SimulatedCluster } from '../engine/index.ts';
import { type Outcome, perform, type Take } from './perform.ts';
import type { RunInput } from './protocol.ts';

/** An input of a run, as it was entered. */
export interface Entered extends RunInput {
  /** Whoever still waits for its outcome. */
  reply?: ((outcome: Outcome) => void) | undefined;
}

/** An act that is under way. */
export interface Pending {
  readonly input: Entered;
  readonly take: Take;
}

/** What has been done in a run, and how far it has come. */
export interface Script {
  readonly inputs: readonly Entered[];
  readonly end: Position;
  /** For another cluster than the one that it was done to: only the times of the inputs count. */
  readonly byTime?: boolean;
}

export const isBefore = (a: Position, b: Position): boolean => a.at < b.at || (a.at === b.at && a.after < b.after);

/** A cluster somewhere in a run, on its way through it. */
export class Playhead {
  readonly cluster: SimulatedCluster;
  /** How many inputs have been entered. */
  entered: number;
  pending: readonly Pending[];
  /** Where the run did not go as it was recorded: it was made by another engine. */
  differs: Position | undefined;
  /** Told of every input that is entered, with the place where that really was. */
  onEnter: ((entered: Entered) => void) | undefined;

  constructor(cluster: SimulatedCluster, entered = 0, pending: readonly Pending[] = []) {
    this.cluster = cluster;
    this.entered = entered;
    this.pending = pending;
  }

  /** Whether there is more of the run ahead. */
  isIn({ inputs, end, byTime }: Script): boolean {
    if (this.entered < inputs.length) return true;
    return byTime ? this.cluster.now < end.at : isBefore(this.cluster.position, end);
  }

  /** Moves on within a run, not beyond its end; enters every input where it was. True when it got to the target. */
  replayTo(script: Script, target: number, stop?: (message: Message) => boolean): boolean {
    const { cluster } = this;
    let isStopped = false;
    while (this.isIn(script) && !isStopped) {
      const input = script.inputs[this.entered];
      const next: Position = input ?? script.end;
      const isThere = (): boolean => !script.byTime && cluster.position.after >= next.after;
      const stops = (message: Message): boolean => {
        isStopped = stop?.(message) === true;
        return isStopped || isThere();
      };
      if (!isThere()) cluster.advanceTo(Math.min(target, next.at), stops);
      if (isStopped) break;
      if (next.at > target) {
        cluster.advanceTo(target);
        break;
      }
      this.arrive(script, next);
      if (input !== undefined) this.enter(input);
      this.settle();
    }
    this.settle();
    return !isStopped && cluster.now >= target;
  }

  private arrive({ byTime }: Script, next: Position): void {
    const { cluster } = this;
    const isEarly = (cluster.kernel.agenda.next()?.dueAt ?? Number.POSITIVE_INFINITY) < next.at;
    if (byTime || isEarly || cluster.position.after !== next.after) {
      if (!byTime) this.differs ??= next;
      cluster.advanceTo(next.at);
    } else cluster.advanceToPosition(next);
  }

  private enter(input: Entered): void {
    this.onEnter?.({ ...input, ...this.cluster.position });
    const take = perform(this.cluster, input.input);
    this.entered++;
    if (typeof take === 'function') this.pending = [...this.pending, { input, take }];
  }

  /** Takes what outcomes there are: also in a replay, where nobody waits for them, so that it stays the same run. */
  settle(): void {
    if (this.pending.length === 0) return;
    this.pending = this.pending.filter(({ input, take }) => {
      const outcome = take(this.cluster);
      if (outcome === undefined) return true;
      input.reply?.(outcome);
      input.reply = undefined;
      return false;
    });
  }
}
