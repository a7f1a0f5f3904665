import type { SimulatedCluster } from '../../index.ts';
import type { Definitions } from '../../kernel/kernel.ts';
import { type Act, perform } from './acts.ts';
import { Checker } from './checker.ts';
import { converge } from './converge.ts';
import { Dice } from './dice.ts';
import type { Plan } from './plan.ts';
import { continueWith, restoreWith, startCluster } from './start.ts';
import { fail, Violation, withoutNames } from './violation.ts';

export interface Outcome {
  /** What failed; absent when all held. */
  readonly failure?: { readonly rule: string; readonly message: string; readonly at: number };
  /** What was done, with the names that living pods had. */
  readonly done: readonly Act[];
  readonly virtualMs: number;
  readonly messages: number;
  /** Virtual time from healing to what the specs ask. */
  readonly convergedMs?: number;
  /** Kinds of faults that were injected, and pairs of kinds that were active together. */
  readonly kinds: Readonly<Record<string, number>>;
  readonly pairs: Readonly<Record<string, number>>;
}

interface Options {
  readonly definitions?: Definitions;
  /** Whether to continue a copy from a snapshot beside it, and compare. */
  readonly compare?: boolean;
}

/** Carries out a plan, watching everything that must hold; then heals, and waits for the cluster to come to rest. */
export function runPlan(plan: Plan, options: Options = {}): Outcome {
  const cluster = startCluster(plan.options, plan.seed, options.definitions);
  const run = new Run(cluster, plan, options);
  let failure: Outcome['failure'];
  try {
    run.play();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const rule = error instanceof Violation ? error.rule : withoutNames(error.message);
    failure = { rule, message: error.message, at: cluster.now };
  }
  const { done, kinds, pairs, convergedMs } = run;
  const { delivered } = cluster.kernel;
  return { ...(failure && { failure }), done, virtualMs: cluster.now, messages: delivered, convergedMs, kinds, pairs };
}

class Run {
  readonly done: Act[] = [];
  readonly kinds: Record<string, number> = {};
  readonly pairs: Record<string, number> = {};
  convergedMs: number | undefined;
  private readonly cluster: SimulatedCluster;
  private readonly plan: Plan;
  private readonly options: Options;
  private copy: SimulatedCluster | undefined;
  /** What heals the cluster afterwards is not part of the plan. */
  private isPlanned = true;

  constructor(cluster: SimulatedCluster, plan: Plan, options: Options) {
    this.cluster = cluster;
    this.plan = plan;
    this.options = options;
    new Checker(cluster);
  }

  play(): void {
    const { acts, seed } = this.plan;
    const copyAt = this.options.compare ? new Dice(seed, 'copy').int(0, acts.length - 1) : -1;
    acts.forEach((act, i) => {
      if (i === copyAt) this.fork();
      this.perform(act);
    });
    this.isPlanned = false;
    this.perform({ do: 'heal' });
    this.converge();
  }

  private perform(act: Act): void {
    const before = this.cluster.faults.length;
    // A wait may be what fails.
    if (act.do === 'wait' && this.isPlanned) this.done.push(act);
    const done = perform(this.cluster, act);
    if (this.copy !== undefined) perform(this.copy, act);
    if (act.do !== 'wait' && this.isPlanned) this.done.push(...done);
    if (act.do === 'fault' && done.length > 0) this.count(act.fault.kind, before);
  }

  private count(kind: string, before: number): void {
    this.kinds[kind] = (this.kinds[kind] ?? 0) + 1;
    for (const { fault } of this.cluster.faults.slice(0, before)) {
      const pair = [kind, fault.kind].sort().join(' + ');
      this.pairs[pair] = (this.pairs[pair] ?? 0) + 1;
    }
  }

  /** From here on a copy lives the same: one that went through JSON, or one of the moment in memory. */
  private fork(): void {
    const { cluster, plan, options } = this;
    this.copy =
      plan.seed % 2 === 0
        ? restoreWith(JSON.parse(JSON.stringify(cluster.snapshot())), plan.options, options.definitions)
        : continueWith(cluster.moment(), plan.options, options.definitions);
  }

  private converge(): void {
    const { cluster } = this;
    const healedAt = cluster.now;
    const wait = (ms: number): void => this.perform({ do: 'wait', ms });
    const wrong = converge(cluster, wait, (act) => this.perform(act));
    if (wrong !== undefined) fail('a healed cluster comes to what was asked for', wrong);
    this.convergedMs = cluster.now - healedAt;
    if (this.copy !== undefined && this.copy.digest() !== cluster.digest())
      fail('a restored snapshot goes on as the original', '');
  }
}
