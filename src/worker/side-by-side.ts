import type { ClusterOptions, Frame, SimulatedCluster } from '../engine/index.ts';
import { differences, type Other, otherOf } from './compare.ts';
import type { History } from './history.ts';
import type { CompareWith, FromWorker } from './protocol.ts';

/** How often, in real time, the differences are told while time runs. */
const TELL_EVERY_MS = 300;

/** What two clusters side by side need of the host. */
interface Stage {
  post(message: FromWorker): void;
  /** Real milliseconds. */
  now(): number;
  /** Another number for the frames of another cluster. */
  nextEpoch(): number;
}

/** Another cluster beside the history's, on the same clock, and what differs between them. */
export class SideBySide {
  private readonly history: History;
  private readonly other: Other;
  private readonly stage: Stage;
  /** The other cluster as the page has it; another one after a seek. */
  private shown: SimulatedCluster | undefined;
  private unobserve = (): void => {};
  private toldAt = 0;

  private constructor(history: History, other: Other, stage: Stage) {
    this.history = history;
    this.other = other;
    this.stage = stage;
  }

  /** Undefined for a branch that does not exist. Throws when the other cluster cannot be made. */
  static begin(history: History, options: ClusterOptions, what: CompareWith, stage: Stage): SideBySide | undefined {
    const other = otherOf(history, options, what, () => stage.now());
    return other && new SideBySide(history, other, stage);
  }

  /** Whether the other cluster has to be taken on (or back) before time may move. */
  get isBehind(): boolean {
    const { other, history } = this;
    return this.shown !== other.cluster || other.cluster.now !== history.cluster.now;
  }

  /** Takes the other cluster to the time of the shown one, as far as `stop` lets it. */
  follow(stop: () => boolean, isPlaying: boolean): void {
    const { other, history, stage } = this;
    const { now } = history.cluster;
    const isThere = other.goTo(now, stop);
    if (this.shown !== other.cluster) this.show(other.cluster);
    const wall = stage.now();
    if (!isThere) stage.post({ type: 'compared', catchingUp: other.cluster.now / Math.max(1, now) });
    else if (wall - this.toldAt >= TELL_EVERY_MS || !isPlaying) {
      this.toldAt = wall;
      stage.post({ type: 'compared', at: now, ...differences(history.cluster, other) });
    }
  }

  /** From now on frames are of that cluster, beginning with all there is. */
  private show(cluster: SimulatedCluster): void {
    this.unobserve();
    this.shown = cluster;
    const epoch = this.stage.nextEpoch();
    this.unobserve = cluster.observe((frame: Frame) => this.stage.post({ type: 'otherFrame', epoch, frame }));
    cluster.publish();
  }

  end(): void {
    this.unobserve();
  }
}
