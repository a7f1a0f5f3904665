import type { Deployment, EndpointSlice, Node, Pod } from '../../../engine/api/generated/types.ts';
import { splitKey } from '../../store/keys.ts';
import type { Mirror } from '../../store/mirror.ts';

/** What the first visit waits for, in this order. Each is something to see, never a number of seconds. */
export const MILESTONES = [
  'running',
  'stored',
  'pods',
  'placed',
  'ready',
  'listed',
  'cut',
  'noticed',
  'unlisted',
  'evicted',
  'replaced',
  'whole',
] as const;

export type Milestone = (typeof MILESTONES)[number];

/** The machine that lost its power, and when (virtual ms). */
export interface Cut {
  readonly node: string;
  readonly at: number;
}

export interface Progress {
  /** Of which run, which branch of it, and since which jump in time. */
  readonly run: number;
  readonly branch: number;
  readonly epoch: number;
  /** How many milestones were reached by the moment that is shown. */
  readonly count: number;
  /** When each milestone was reached (virtual ms), in their order: also those that come after that moment. */
  readonly reachedAt: readonly number[];
  readonly cut?: Cut;
}

export const NO_PROGRESS: Progress = { run: -1, branch: 1, epoch: 0, count: 0, reachedAt: [] };

const APP = 'Deployment/default/web';
const ADDRESS = 'Service/default/web';
const WANTED = 3;

/** Goes as far as what the mirror shows allows; the same object when nothing is new. */
export function advance(progress: Progress, mirror: Mirror): Progress {
  let now = asOf(progress, mirror);
  // What is known to come is not taken back.
  if (now.count === now.reachedAt.length) now = takenBack(now, mirror);
  for (;;) {
    const next = MILESTONES[now.count];
    if (next === undefined) return now;
    const cut = next === 'cut' ? darkNode(mirror) : now.cut;
    if (!REACHED[next](mirror, cut)) return now;
    // Seen again it may be seen earlier: between two frames much can happen.
    const reachedAt = [...now.reachedAt.slice(0, now.count), mirror.now, ...now.reachedAt.slice(now.count + 1)];
    now = { ...now, reachedAt, count: now.count + 1, cut };
  }
}

export const hasReached = ({ count }: Progress, milestone: Milestone): boolean => count > MILESTONES.indexOf(milestone);

/** When a milestone was reached; undefined as long as it is to come. */
export function reachedWhen(progress: Progress, milestone: Milestone): number | undefined {
  return hasReached(progress, milestone) ? progress.reachedAt[MILESTONES.indexOf(milestone)] : undefined;
}

/** The progress as it was at the moment that is shown; the same object when that is where it was. */
function asOf(progress: Progress, { run, branch, epoch, now }: Mirror): Progress {
  const isOtherBranch = progress.branch !== branch;
  const hasJumped = progress.epoch !== epoch;
  if (progress.run !== run || (isOtherBranch && hasJumped)) return { run, branch, epoch, count: 0, reachedAt: [] };
  // A branch that begins here has the past of the one that it leaves, and no more.
  const reachedAt = isOtherBranch ? progress.reachedAt.slice(0, progress.count) : progress.reachedAt;
  const count = reachedAt.filter((at) => at <= now).length;
  if (!isOtherBranch && !hasJumped && count === progress.count) return progress;
  const cut = reachedAt.length > MILESTONES.indexOf('cut') ? progress.cut : undefined;
  return { run, branch, epoch, count, reachedAt, cut };
}

/** The worker to switch off: the one with most pods of the app, of equal ones the first. */
export function victim(mirror: Mirror): string | undefined {
  let chosen: string | undefined;
  let most = 0;
  for (const name of mirror.machineNames()) {
    const machine = mirror.machine(name);
    if (machine?.role !== 'worker' || !machine.powered) continue;
    const count = podsOn(mirror, name).length;
    if (count > most) {
      most = count;
      chosen = name;
    }
  }
  return chosen;
}

/** Whether some worker has power. */
export const hasWorker = (mirror: Mirror): boolean =>
  mirror.machineNames().some((name) => {
    const machine = mirror.machine(name);
    return machine?.role === 'worker' && machine.powered;
  });

/** How many pods of the app a node has, by the API. */
export const podCount = (mirror: Mirror, node: string): number => podsOn(mirror, node).length;

/** An app that is deleted or made smaller, or an early return of the power take progress back to where it still holds. */
function takenBack(progress: Progress, mirror: Mirror): Progress {
  const { cut, ...rest } = progress;
  if (progress.count === MILESTONES.length) return progress;
  const keep = (milestone: Milestone): Progress => {
    const count = MILESTONES.indexOf(milestone) + 1;
    return { ...rest, count, reachedAt: progress.reachedAt.slice(0, count) };
  };
  if (hasReached(progress, 'stored') && !isStored(mirror)) return keep('running');
  const isBack = cut !== undefined && mirror.machine(cut.node)?.powered === true;
  if (isBack && !hasReached(progress, 'evicted')) return keep('listed');
  return progress;
}

/** Something else that is named `web` too would never get as far as the guide waits for. */
function isStored(mirror: Mirror): boolean {
  const replicas = mirror.object<Deployment>(APP)?.spec?.replicas ?? 0;
  return replicas >= WANTED && mirror.object(ADDRESS) !== undefined;
}

const REACHED: Record<Milestone, (mirror: Mirror, cut: Cut | undefined) => boolean> = {
  running: (mirror) => mirror.ready && mirror.machineNames().length > 0,
  stored: isStored,
  pods: (mirror) => pods(mirror).length >= WANTED,
  placed: (mirror) => pods(mirror).filter(({ spec }) => spec?.nodeName !== undefined).length >= WANTED,
  ready: (mirror) => pods(mirror).filter(isReady).length >= WANTED,
  listed: (mirror) => readyEndpoints(mirror).length >= WANTED,
  cut: (_, cut) => cut !== undefined,
  noticed: (mirror, cut) => readyOf(mirror, cut) === 'Unknown',
  unlisted: (mirror, cut) => !readyEndpoints(mirror).some(({ nodeName }) => nodeName === cut?.node),
  evicted: (mirror, cut) => podsOn(mirror, cut?.node).every(({ metadata }) => metadata.deletionTimestamp !== undefined),
  replaced: (mirror) => staying(mirror).length >= WANTED,
  whole: (mirror) => staying(mirror).filter(isReady).length >= WANTED,
};

function darkNode(mirror: Mirror): Cut | undefined {
  const node = mirror
    .machineNames()
    .find((name) => mirror.machine(name)?.powered === false && podsOn(mirror, name).length > 0);
  if (node === undefined) return undefined;
  const fault = mirror.faults.find((active) => active.fault.target === node);
  return { node, at: fault?.since ?? mirror.now };
}

function pods(mirror: Mirror): readonly Pod[] {
  const uid = mirror.object<Deployment>(APP)?.metadata.uid;
  if (uid === undefined) return [];
  return mirror
    .ownedBy(uid)
    .flatMap((key) => mirror.ownedBy(mirror.object(key)?.metadata.uid ?? ''))
    .filter((key) => splitKey(key).kind === 'Pod')
    .map((key) => mirror.object<Pod>(key))
    .filter((pod) => pod !== undefined);
}

const podsOn = (mirror: Mirror, node: string | undefined): readonly Pod[] =>
  pods(mirror).filter(({ spec }) => spec?.nodeName === node);

/** Once the machine's own pods are given up, these are others; the machine itself may have got some when it came back. */
const staying = (mirror: Mirror): readonly Pod[] =>
  pods(mirror).filter(({ metadata }) => metadata.deletionTimestamp === undefined);

const isReady = ({ status }: Pod): boolean =>
  status?.conditions?.some((condition) => condition.type === 'Ready' && condition.status === 'True') === true;

function readyEndpoints(mirror: Mirror) {
  return mirror
    .slicesOfService('default', 'web')
    .flatMap((key) => mirror.object<EndpointSlice>(key)?.endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready === true);
}

function readyOf(mirror: Mirror, cut: Cut | undefined): string | undefined {
  const node = mirror.object<Node>(`Node//${cut?.node}`);
  return node?.status?.conditions?.find(({ type }) => type === 'Ready')?.status;
}
