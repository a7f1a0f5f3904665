import type { SchedulerCache } from './cache.ts';
import type { FilterStatus, Plugin } from './framework.ts';
import type { Placement } from './placement.ts';

const PLACEMENTS_MAX = 64;

/**
 * What the plugins that look at the Node object alone say about each node, for one placement. A verdict is made at the
 * first use and again only after the node's labels, taints or `unschedulable` changed.
 */
export class NodeVerdicts {
  readonly statuses: (FilterStatus | undefined)[] = [];
  /** Raw scores by slot, one column per weighing plugin. */
  readonly weights = new Map<string, number[]>();
  private readonly generations: number[] = [];
  private readonly placement: Placement;
  private readonly checks: readonly Plugin[];
  private readonly weighers: readonly Plugin[];

  constructor(placement: Placement, checks: readonly Plugin[], weighers: readonly Plugin[]) {
    this.placement = placement;
    this.checks = checks;
    this.weighers = weighers;
    for (const { name } of weighers) this.weights.set(name, []);
  }

  /** Brings one slot up to date and gives the first refusal. */
  at(cache: SchedulerCache, slot: number): FilterStatus | undefined {
    if (this.generations[slot] !== cache.generation[slot]) this.judge(cache, slot);
    return this.statuses[slot];
  }

  private judge(cache: SchedulerCache, slot: number): void {
    const node = cache.nodes[slot]!;
    while (this.generations.length <= slot) {
      this.generations.push(-1);
      this.statuses.push(undefined);
      for (const column of this.weights.values()) column.push(0);
    }
    this.generations[slot] = cache.generation[slot]!;
    this.statuses[slot] = undefined;
    for (const plugin of this.checks) {
      const status = plugin.check!(this.placement, node);
      if (status === undefined) continue;
      this.statuses[slot] = status;
      return;
    }
    for (const plugin of this.weighers) this.weights.get(plugin.name)![slot] = plugin.weigh!(this.placement, node);
  }
}

/** The verdicts of one profile for the placements that were in use lately. */
export class PlacementVerdicts {
  /** Filters that `NodeVerdicts` stands for: the ones before the first that looks at more than the Node object. */
  readonly leading: readonly Plugin[];
  private readonly weighers: readonly Plugin[];
  private readonly byPlacement = new Map<string, NodeVerdicts>();

  constructor(filters: readonly Plugin[], scores: readonly Plugin[]) {
    const first = filters.findIndex(({ check, name }) => check === undefined && name !== 'NodeName');
    this.leading = filters.slice(0, first < 0 ? filters.length : first).filter(({ check }) => check !== undefined);
    this.weighers = scores.filter(({ weigh }) => weigh !== undefined);
  }

  for(placement: Placement): NodeVerdicts {
    let verdicts = this.byPlacement.get(placement.key);
    if (verdicts === undefined) {
      if (this.byPlacement.size >= PLACEMENTS_MAX) this.byPlacement.delete(this.byPlacement.keys().next().value!);
      verdicts = this.passing(placement);
      this.byPlacement.set(placement.key, verdicts);
    }
    return verdicts;
  }

  /** Verdicts that are not kept: for a pod that may go to a few named nodes only. */
  passing(placement: Placement): NodeVerdicts {
    return new NodeVerdicts(placement, this.leading, this.weighers);
  }
}
