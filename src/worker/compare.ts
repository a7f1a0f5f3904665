import type { KubernetesObject } from '../engine/api/object.ts';
import { type ClusterOptions, createCluster, type SimulatedCluster } from '../engine/index.ts';
import { type Differences, differencesOf } from './differences.ts';
import { History } from './history.ts';
import type { Entered } from './playhead.ts';
import type { CompareWith, Input } from './protocol.ts';

type Stop = () => boolean;

/** The other cluster of a comparison: it is taken to the time of the shown one. */
export interface Other {
  readonly cluster: SimulatedCluster;
  /** False when it has not got there yet. */
  goTo(at: number, stop: Stop): boolean;
}

/** Another cluster to compare the history's with; undefined for a branch that does not exist. */
export function otherOf(
  history: History,
  options: ClusterOptions,
  what: CompareWith,
  realNow: () => number,
): Other | undefined {
  return what.with === 'branch'
    ? otherBranch(history, what.branch)
    : variant(history, new History(createCluster(optionsOf(options, what)), realNow), what);
}

export const differences = (here: SimulatedCluster, { cluster }: Other): Differences => differencesOf(here, cluster);

function optionsOf(options: ClusterOptions, what: CompareWith): ClusterOptions {
  if (what.with === 'etcdMembers') return { ...options, etcdMembers: what.value };
  return what.with === 'seed' ? { ...options, seed: what.value } : options;
}

/** Another future of the same run; beyond its newest moment it just runs on, and nothing of that is kept. */
function otherBranch(history: History, id: number): Other | undefined {
  let head = history.playheadAt(history.cluster.now, id);
  if (head === undefined) return undefined;
  return {
    get cluster() {
      return (head as NonNullable<typeof head>).cluster;
    },
    goTo(at, stop) {
      if (head === undefined || at < head.cluster.now) head = history.playheadAt(at, id) ?? head;
      const { cluster } = head as NonNullable<typeof head>;
      const script = history.scriptOf(id);
      if (script !== undefined && head?.isIn(script)) return head.replayTo(script, at, stop) && cluster.now >= at;
      return cluster.advanceTo(at, stop);
    },
  };
}

/** The same acts at the same times, done to a cluster with one difference. */
function variant(history: History, other: History, what: CompareWith): Other {
  const changed = new WeakMap<Entered, Entered>();
  const change = (entered: Entered): Entered => {
    let made = changed.get(entered);
    if (made === undefined) {
      const { at, after, input } = entered;
      made = { at, after, input: what.with === 'maxSurge' ? withMaxSurge(other, input, what.value) : input };
      changed.set(entered, made);
    }
    return made;
  };
  let acts: readonly Entered[] = [];
  return {
    get cluster() {
      return other.cluster;
    },
    goTo(at, stop) {
      const now = history.script.inputs;
      // In another branch of the shown run other things were done: this one begins again.
      const isOther = acts.some((entered, i) => entered !== now[i]);
      acts = [...now];
      if (isOther) other.restart();
      if (at < other.cluster.now) other.seek(at);
      if (other.isPast) return other.advanceTo(at, stop) && other.cluster.now >= at;
      other.load({ inputs: acts.map(change), end: { at, after: 0 }, byTime: true }, stop);
      return other.cluster.now >= at;
    },
  };
}

/** A manifest whose Deployments roll out with this `maxSurge`; with none, one pod at a time may be missing. */
function withMaxSurge({ cluster }: History, input: Input, maxSurge: number): Input {
  if (input.act !== 'apply') return input;
  const read = cluster.parse(input.text);
  if ('error' in read) return input;
  const changed = read.objects.map((object) => {
    if (object.kind !== 'Deployment') return object;
    const { spec } = object as KubernetesObject & { spec?: { strategy?: { rollingUpdate?: object } } };
    const before = spec?.strategy?.rollingUpdate;
    const rollingUpdate = { ...before, maxSurge, ...(maxSurge === 0 && { maxUnavailable: 1 }) };
    return { ...object, spec: { ...spec, strategy: { type: 'RollingUpdate', rollingUpdate } } };
  });
  return { ...input, text: changed.map((object) => JSON.stringify(object)).join('\n---\n') };
}
