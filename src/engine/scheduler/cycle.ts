import type { Pod } from '../api/generated/types.ts';
import type { SchedulerCache } from './cache.ts';
import type { Profile } from './config.ts';
import type { DecisionTable, ScoreColumn } from './decision.ts';
import { type Diagnosis, fitErrorMessage, NO_NODES, postFilterMessage } from './fit-error.ts';
import type { Cycle, Feasible, FilterStatus, Plugin } from './framework.ts';
import type { NodeVerdicts } from './placement-verdicts.ts';

export interface Attempt {
  /** The chosen node; undefined when no node would do. */
  readonly node: string | undefined;
  /** Text of FailedScheduling. */
  readonly message: string | undefined;
  /** Plugins that refused: events that they wait for bring the pod back. */
  readonly refusedBy: readonly string[];
  /** Where the next cycle begins to look. */
  readonly nextStartIndex: number;
  /** Undefined when it was not asked for. */
  readonly table: DecisionTable | undefined;
}

const MIN_FEASIBLE_NODES = 100;
const MIN_PERCENTAGE = 5;

/**
 * One scheduling cycle: filter, score, normalise, weigh, select. `random` is drawn from only when several nodes share
 * the best total. `isDetailed` keeps every verdict and score, which costs more than the rest in a large cluster.
 * Source: pkg/scheduler/schedule_one.go
 */
export function schedule(
  cache: SchedulerCache,
  profile: Profile,
  pod: Pod,
  startIndex: number,
  random: () => number,
  isDetailed: boolean,
): Attempt {
  const total = cache.nodeCount;
  if (total === 0) {
    const table = { refused: [], refusals: [], passed: [], scores: [] };
    return { node: undefined, message: NO_NODES, refusedBy: [], nextStartIndex: startIndex, table };
  }
  const cycle: Cycle = { cache, pod, shape: cache.shapes.of(pod) };
  const preFilter = runPreFilters(cycle, profile);
  if (preFilter.status) return refusedOutright(cycle, preFilter.status, startIndex);

  const found = findFeasible(cycle, profile, preFilter, startIndex);
  const { feasible, processed } = found;
  // A nominated node is tried outside the round, which then does not move on.
  const nextStartIndex = (startIndex + processed) % total;
  if (feasible.count === 0) return nothingFits(cycle, preFilter, found, nextStartIndex);
  const scores: ScoreColumn[] | undefined = isDetailed ? [] : undefined;
  const best = feasible.count === 1 ? 0 : select(cycle, profile, found, random, scores);
  const table = scores && {
    refused: names(cache, found.refusedSlots, found.refusedSlots.length),
    refusals: found.refusals,
    absentStatus: preFilter.absentStatus,
    passed: names(cache, feasible.slots, feasible.count),
    scores,
  };
  return { node: cache.nameOf(feasible.slots[best]!), message: undefined, refusedBy: [], nextStartIndex, table };
}

/**
 * How many nodes that pass are enough: all of them below 100, else a share that shrinks as the cluster grows.
 * Source: pkg/scheduler/schedule_one.go (numFeasibleNodesToFind)
 */
export function numFeasibleNodesToFind(nodes: number, percentageOfNodesToScore: number): number {
  if (nodes < MIN_FEASIBLE_NODES) return nodes;
  const adaptive = Math.max(MIN_PERCENTAGE, 50 - Math.trunc(nodes / 125));
  const percentage = percentageOfNodesToScore === 0 ? adaptive : percentageOfNodesToScore;
  if (percentage >= 100) return nodes;
  return Math.max(MIN_FEASIBLE_NODES, Math.trunc((nodes * percentage) / 100));
}

interface PreFilterOutcome {
  readonly status?: FilterStatus;
  /** The only nodes that may be looked at. */
  readonly nodeNames?: ReadonlySet<string>;
  readonly absentStatus?: FilterStatus;
  readonly skipped: ReadonlySet<string>;
}

function runPreFilters(cycle: Cycle, { preFilters }: Profile): PreFilterOutcome {
  const skipped = new Set<string>();
  const limiting: string[] = [];
  let nodeNames: ReadonlySet<string> | undefined;
  for (const plugin of preFilters) {
    const result = plugin.preFilter!(cycle);
    if (result === undefined) continue;
    if (result === 'skip') {
      skipped.add(plugin.name);
      continue;
    }
    if ('status' in result) return { status: result.status, skipped };
    limiting.push(plugin.name);
    const before = nodeNames;
    nodeNames = before === undefined ? result.nodeNames : new Set([...before].filter((n) => result.nodeNames.has(n)));
    if (nodeNames.size === 0) return { status: unsatisfied(limiting), skipped };
  }
  if (nodeNames === undefined) return { skipped };
  const absentStatus: FilterStatus = {
    plugin: limiting[0]!,
    reasons: [`node(s) didn't satisfy plugin(s) [${limiting.join(' ')}]`],
    isResolvable: false,
  };
  return { nodeNames, absentStatus, skipped };
}

function unsatisfied(plugins: readonly string[]): FilterStatus {
  const reason =
    plugins.length === 1
      ? `node(s) didn't satisfy plugin ${plugins[0]}`
      : `node(s) didn't satisfy plugin(s) [${plugins.join(' ')}] simultaneously`;
  return { plugin: plugins[0]!, reasons: [reason], isResolvable: false };
}

interface Found {
  readonly feasible: Feasible;
  readonly refusedSlots: readonly number[];
  readonly refusals: readonly FilterStatus[];
  readonly processed: number;
  readonly verdicts: NodeVerdicts;
}

function findFeasible(cycle: Cycle, profile: Profile, preFilter: PreFilterOutcome, startIndex: number): Found {
  const { cache, pod, shape } = cycle;
  const { verdicts: known, scores, percentageOfNodesToScore } = profile;
  const filters = profile.filters.filter(
    (plugin) => !known.leading.includes(plugin) && !preFilter.skipped.has(plugin.name),
  );
  const verdicts = preFilter.nodeNames ? known.passing(shape.placement) : known.for(shape.placement);
  const refusedSlots: number[] = [];
  const refusals: FilterStatus[] = [];

  const nominated = cache.slotOf(pod.status?.nominatedNodeName ?? '');
  if (nominated !== undefined && refusalOf(cycle, filters, verdicts, nominated) === undefined) {
    const feasible = { slots: Int32Array.of(nominated), count: 1 };
    return { feasible, refusedSlots, refusals, processed: 0, verdicts };
  }

  const order = preFilter.nodeNames ? slotsNamed(cache, preFilter.nodeNames) : cache.slotsInOrder();
  const total = order.length;
  const wanted = scores.length === 0 ? 1 : numFeasibleNodesToFind(total, percentageOfNodesToScore);
  const slots = new Int32Array(Math.min(wanted, total));
  let count = 0;
  let position = total > 0 ? startIndex % total : 0;
  for (let i = 0; i < total && count < wanted; i++) {
    const slot = order[position]!;
    if (++position === total) position = 0;
    const status = refusalOf(cycle, filters, verdicts, slot);
    if (status === undefined) {
      slots[count++] = slot;
    } else {
      refusedSlots.push(slot);
      refusals.push(status);
    }
  }
  return { feasible: { slots, count }, refusedSlots, refusals, processed: count + refusals.length, verdicts };
}

/** What the first plugin that refuses the node says. */
function refusalOf(
  cycle: Cycle,
  filters: readonly Plugin[],
  verdicts: NodeVerdicts,
  slot: number,
): FilterStatus | undefined {
  let status = verdicts.at(cycle.cache, slot);
  for (let i = 0; status === undefined && i < filters.length; i++) {
    const plugin = filters[i]!;
    status = plugin.filter
      ? plugin.filter(cycle, slot)
      : plugin.check!(cycle.shape.placement, cycle.cache.nodes[slot]!);
  }
  return status;
}

function slotsNamed(cache: SchedulerCache, nodeNames: ReadonlySet<string>): Int32Array {
  const slots: number[] = [];
  for (const name of nodeNames) {
    const slot = cache.slotOf(name);
    if (slot !== undefined) slots.push(slot);
  }
  return Int32Array.from(slots);
}

/** The index of the chosen node among the feasible ones; fills `columns` when it is given. */
function select(
  cycle: Cycle,
  { scores, preScores }: Profile,
  { feasible, verdicts }: Found,
  random: () => number,
  columns: ScoreColumn[] | undefined,
): number {
  const { count, slots } = feasible;
  const totals = new Float64Array(count);
  const column = new Float64Array(count);
  for (const { plugin, weight } of scores) {
    if (plugin.preScore && preScores.has(plugin.name) && !plugin.preScore(cycle, feasible)) continue;
    const weighed = verdicts.weights.get(plugin.name);
    if (weighed) for (let i = 0; i < count; i++) column[i] = weighed[slots[i]!]!;
    else plugin.score!(cycle, feasible, column);
    const raw = columns && listOf(column);
    plugin.normalize?.(cycle, feasible, column);
    for (let i = 0; i < count; i++) totals[i]! += column[i]! * weight;
    const normalized = plugin.normalize && columns && listOf(column);
    if (raw) columns.push({ plugin: plugin.name, weight, raw, ...(normalized && { normalized }) });
  }
  return indexOfBest(totals, random);
}

/** `Array.from` takes thirty times as long. */
function listOf(column: Float64Array): number[] {
  const list = new Array<number>(column.length);
  for (let i = 0; i < column.length; i++) list[i] = column[i]!;
  return list;
}

/**
 * The index of the largest total, by lot among equals. Which of them v1.35 takes depends on how its sixteen filter
 * workers were interleaved, so a seeded lot is the honest model.
 */
function indexOfBest(totals: Float64Array, random: () => number): number {
  let best = 0;
  let ties = 1;
  for (let i = 1; i < totals.length; i++) {
    if (totals[i]! > totals[best]!) {
      best = i;
      ties = 1;
    } else if (totals[i] === totals[best]) {
      ties++;
    }
  }
  if (ties === 1) return best;
  let skip = Math.floor(random() * ties);
  let chosen = best;
  while (skip > 0) if (totals[++chosen] === totals[best]) skip--;
  return chosen;
}

function refusedOutright(cycle: Cycle, status: FilterStatus, nextStartIndex: number): Attempt {
  const total = cycle.cache.nodeCount;
  const diagnosis = { total, preFilterStatus: status, refusedSlots: [], refusals: [], absentStatus: status };
  const table = { refused: [], refusals: [], absentStatus: status, passed: [], scores: [] };
  const message = failureMessage(cycle, diagnosis);
  return { node: undefined, message, refusedBy: [status.plugin], nextStartIndex, table };
}

function nothingFits(
  cycle: Cycle,
  { absentStatus }: PreFilterOutcome,
  { refusedSlots, refusals }: Found,
  nextStartIndex: number,
): Attempt {
  const { cache } = cycle;
  const total = cache.nodeCount;
  const refusedBy = new Set(refusals.map(({ plugin }) => plugin));
  if (absentStatus) refusedBy.add(absentStatus.plugin);
  const refused = names(cache, refusedSlots, refusedSlots.length);
  return {
    node: undefined,
    message: failureMessage(cycle, { total, preFilterStatus: undefined, refusedSlots, refusals, absentStatus }),
    refusedBy: [...refusedBy].sort(),
    nextStartIndex,
    table: { refused, refusals, absentStatus, passed: [], scores: [] },
  };
}

function failureMessage({ cache, pod }: Cycle, diagnosis: Diagnosis): string {
  const { priority = 0, preemptionPolicy = 'PreemptLowerPriority' } = pod.spec;
  return fitErrorMessage(diagnosis, postFilterMessage(cache, diagnosis, { priority, preemptionPolicy }));
}

function names(cache: SchedulerCache, slots: ArrayLike<number>, count: number): string[] {
  const found = new Array<string>(count);
  for (let i = 0; i < count; i++) found[i] = cache.nameOf(slots[i]!);
  return found;
}
