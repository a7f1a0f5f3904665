import { type ClusterOptions, createCluster, type SimulatedCluster } from '../engine/index.ts';
import { answerOf } from './answers.ts';
import { History } from './history.ts';
import type { Outcome } from './perform.ts';
import { Player } from './player.ts';
import { isBefore } from './playhead.ts';
import type { CompareWith, FromWorker, Input, Run, RunRecord, ToWorker } from './protocol.ts';
import { type Recorder, recordOf } from './recorder.ts';
import { SideBySide } from './side-by-side.ts';

/** The only place where real time enters. */
export interface Clock {
  /** Real milliseconds. */
  now(): number;
  /** Calls back after about that many real milliseconds, once. */
  after(ms: number, callback: () => void): void;
}

/** Real time between ticks: about one per animation frame. */
const TICK_MS = 16;
/** Real time of one tick that counts at most: a machine that was asleep does not catch up. */
const MAX_TICK_MS = 100;
/** Processor time of one tick, so that inputs are heard even while the engine is busy. */
const BUDGET_MS = 24;
/** How often the budget is looked at. */
const CHECK_EVERY = 64;

type Post = (message: FromWorker) => void;

/** The part of the engine that is still being loaded (scripts/split/). */
interface Rest {
  readonly loaded: Promise<unknown>;
  /** Whether it was called before it was there: what came of that must not be used. */
  wasMissed(): boolean;
}

/**
 * Runs a cluster for one page: turns real time into virtual time, inputs into acts, and what changed into frames. The
 * same code runs in a worker and, when there is none, in the page's own thread.
 */
export class Host {
  private readonly send: Post;
  private readonly clock: Clock;
  private history: History | undefined;
  private comparison: SideBySide | undefined;
  private loading: { readonly run: Run; readonly history: History; readonly record: Recorder } | undefined;
  /** How often a cluster was made or loaded. */
  private run = 0;
  /** What of the history's changes the page knows. */
  private told = -1;
  private options: ClusterOptions = {};
  private epoch = 0;
  private visible = true;
  private readonly player = new Player();
  private lastTick = 0;
  private ticking = false;
  private unobserve: (() => void) | undefined;

  /** What came before the engine was whole, but for a first cluster that could be made without the rest. */
  private early: ToWorker[] | undefined;
  private readonly rest: Rest | undefined;
  /** What is said of a first cluster that is still being made. */
  private unsaid: FromWorker[] | undefined;

  /** Without `rest` the engine is whole. */
  constructor(send: Post, clock: Clock, rest?: Rest) {
    this.send = send;
    this.clock = clock;
    this.rest = rest;
    if (rest === undefined) return;
    this.early = [];
    rest.loaded.then(
      () => this.becomeWhole(),
      (error) => this.stop(error),
    );
  }

  receive(message: ToWorker): void {
    if (this.early !== undefined) {
      if (!this.showEarly(message)) this.early.push(message);
      return;
    }
    try {
      this.handle(message);
    } catch (error) {
      this.stop(error);
    }
  }

  /** The first cluster is shown before the engine is whole, if it can be: nothing else happens until then. */
  private showEarly(message: ToWorker): boolean {
    if (message.type !== 'create' || this.cluster !== undefined || this.early?.length !== 0) return false;
    this.unsaid = [];
    try {
      this.handle(message);
      if (this.rest?.wasMissed()) return false;
      for (const said of this.unsaid) this.send(said);
      return true;
    } catch {
      // It needs the rest, or it is wrong and will say so when it is made with the whole engine.
      return false;
    } finally {
      this.unsaid = undefined;
    }
  }

  private post(message: FromWorker): void {
    if (this.unsaid === undefined) this.send(message);
    else this.unsaid.push(message);
  }

  private becomeWhole(): void {
    const held = this.early ?? [];
    this.early = undefined;
    for (const message of held) this.receive(message);
    this.keepTicking();
  }

  private handle(message: ToWorker): void {
    switch (message.type) {
      case 'create':
        this.create(message.options);
        this.player.speed = message.speed;
        this.player.playing = message.playing;
        break;
      case 'input':
        this.input(message.id, message.input);
        break;
      case 'play':
        this.player.playing = true;
        break;
      case 'pause':
        this.player.pause();
        this.cluster?.publish();
        break;
      case 'speed':
        this.player.speed = message.speed;
        break;
      case 'step':
        this.step(message.component);
        break;
      case 'runUntilIdle':
        this.player.rushing = true;
        break;
      case 'visible':
        this.visible = message.visible;
        break;
      case 'seek':
        this.seek(message.at, message.branch);
        break;
      case 'renameBranch':
        this.history?.rename(message.branch, message.name);
        this.tellHistory();
        break;
      case 'deleteBranch':
        this.history?.remove(message.branch);
        this.tellHistory();
        break;
      case 'load':
        this.load(message.run);
        break;
      case 'compare':
        this.compare(message.what);
        break;
      case 'query':
        this.post({
          type: 'answer',
          id: message.id,
          answer: (this.cluster && answerOf(message.query, this.cluster, () => this.wholeRun())) ?? null,
        });
        break;
    }
    this.keepTicking();
  }

  private create(options: ClusterOptions): void {
    const before = this.history;
    this.history = new History(createCluster(options), () => this.clock.now());
    this.options = options;
    this.loading = undefined;
    this.player.rushing = false;
    this.stopComparing();
    this.run++;
    this.told = -1;
    this.show();
    before?.close();
  }

  private get cluster(): SimulatedCluster | undefined {
    return this.history?.cluster;
  }

  // --- time ------------------------------------------------------------------------------------------------------

  private get moving(): boolean {
    if (this.early !== undefined) return false;
    if (this.loading !== undefined || this.comparison?.isBehind) return true;
    return this.history !== undefined && this.visible && this.player.isGoing;
  }

  private keepTicking(): void {
    if (this.ticking || !this.moving) return;
    this.ticking = true;
    this.lastTick = this.clock.now();
    this.clock.after(TICK_MS, () => this.tick());
  }

  private tick(): void {
    this.ticking = false;
    if (!this.moving) return;
    const real = Math.min(this.clock.now() - this.lastTick, MAX_TICK_MS);
    try {
      if (this.loading !== undefined) this.loadOn();
      else if (this.comparison?.isBehind) this.comparison.follow(this.budget(), this.player.playing);
      else this.player.advance(this.history as History, real, this.budget());
      this.tellHistory();
    } catch (error) {
      this.stop(error);
      return;
    }
    this.keepTicking();
  }

  /** Says true when this tick has had its processor time. */
  private budget(): () => boolean {
    const deadline = this.clock.now() + BUDGET_MS;
    let count = 0;
    return () => ++count % CHECK_EVERY === 0 && this.clock.now() > deadline;
  }

  private step(component: string | undefined): void {
    const { history, player } = this;
    player.playing = false;
    if (history === undefined) return;
    player.step(history, component);
    this.tellHistory();
  }

  // --- inputs ----------------------------------------------------------------------------------------------------

  private input(id: number, input: Input): void {
    const { history } = this;
    const reply = (outcome: Outcome): void => this.post({ type: 'inputDone', id, ...outcome });
    if (history === undefined) {
      reply({ error: { message: 'there is no cluster' } });
      return;
    }
    const isNew = history.input(input, reply);
    this.player.begin(history.cluster.now);
    if (isNew) this.tellHistory(history.branch);
    history.cluster.publish();
  }

  // --- the past --------------------------------------------------------------------------------------------------

  private seek(at: number, branch?: number): void {
    const { history } = this;
    if (history === undefined) return;
    history.seek(at, branch);
    this.player.rushing = false;
    this.show();
  }

  /** Branches and kept moments, when there is something new to say of them. */
  private tellHistory(begun?: number): void {
    const { history } = this;
    if (history === undefined || (this.told === history.changes && begun === undefined)) return;
    this.told = history.changes;
    this.post({ type: 'history', history: { ...history.view(), ...(begun !== undefined && { begun }) } });
  }

  /** From now on frames are of the cluster that the history has come to, beginning with all there is. */
  private show(record?: RunRecord): void {
    const { history } = this;
    if (history === undefined) return;
    this.unobserve?.();
    const epoch = ++this.epoch;
    const { cluster } = history;
    this.player.begin(cluster.now);
    let first = record;
    this.unobserve = cluster.observe((frame) => {
      const newest = Math.max(history.newest, frame.now);
      const place = { run: this.run, branch: history.branch, newest, fresh: !history.isReplaying };
      const message = { type: 'frame', epoch, frame, playback: this.player.playback(cluster.now), place } as const;
      this.post(first === undefined ? message : { ...message, record: first });
      first = undefined;
    });
    cluster.publish();
    this.tellHistory();
  }

  /** Puts another cluster beside the shown one, on the same clock; null: no longer. */
  private compare(what: CompareWith | null): void {
    this.stopComparing();
    const { history, options } = this;
    if (what === null || history === undefined) return;
    const stage = { post: this.send, now: () => this.clock.now(), nextEpoch: () => ++this.epoch };
    try {
      this.comparison = SideBySide.begin(history, options, what, stage);
      this.keepTicking();
    } catch (error) {
      this.post({ type: 'compared', error: sentenceOf(error) });
    }
  }

  private stopComparing(): void {
    this.comparison?.end();
    this.comparison = undefined;
  }

  private load(run: Run): void {
    this.loading = undefined;
    try {
      const history = new History(createCluster(run.options), () => this.clock.now());
      this.loading = { run, history, record: recordOf(history.cluster) };
    } catch (error) {
      const message = `the cluster of this run cannot be made: ${sentenceOf(error)}`;
      this.post({ type: 'loaded', name: run.name, error: message });
    }
  }

  /** Some of the way through the run that is being loaded. */
  private loadOn(): void {
    const { loading } = this;
    if (loading === undefined) return;
    const { run, history, record } = loading;
    try {
      if (history.load({ inputs: run.inputs, end: run.until }, this.budget())) {
        const done = run.until.at > 0 ? history.cluster.now / run.until.at : 1;
        this.post({ type: 'loading', done: Math.min(1, done) });
        return;
      }
    } catch (error) {
      this.loading = undefined;
      this.post({ type: 'loaded', name: run.name, error: sentenceOf(error) });
      return;
    }
    this.loading = undefined;
    const isSame = run.digest === undefined || run.digest === history.cluster.digest();
    const differsAt = history.differs?.at ?? (isSame ? undefined : run.until.at);
    history.rename(history.branch, run.name);
    this.stopComparing();
    const before = this.history;
    this.history = history;
    this.options = run.options;
    this.run++;
    this.player.halt();
    this.show(record.take());
    before?.close();
    this.post({ type: 'loaded', name: run.name, ...(differsAt !== undefined && { differsAt }) });
  }

  /** With the digest of its end, so that who replays it can tell whether it is the same. */
  private wholeRun(): Run {
    return this.asRun(this.history?.playheadAt(Number.POSITIVE_INFINITY)?.cluster.digest());
  }

  private asRun(digest?: string): Run {
    const { inputs, end, name } = this.history?.script ?? NO_SCRIPT;
    const here = this.history?.cluster.position ?? end;
    // Where the engine stopped, no moment has been reached yet.
    const until = isBefore(end, here) ? here : end;
    const entered = inputs.map(({ at, after, input }) => ({ at, after, input }));
    const run = { format: 'orrery-run', version: 2, name, options: this.options, inputs: entered, until } as const;
    return digest === undefined ? run : { ...run, digest };
  }

  /** We are wrong: an honest simulator stops, says where, and offers the run. */
  private stop(error: unknown): void {
    this.player.halt();
    this.post({ type: 'stopped', message: sentenceOf(error), run: this.asRun() });
    this.history?.close();
    this.history = undefined;
  }
}

const NO_SCRIPT = { name: '', inputs: [], end: { at: 0, after: 0 } };

const sentenceOf = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);
