import {
  type ApplyResult,
  type ClusterOptions,
  createCluster,
  FaultError,
  type Message,
  type SimulatedCluster,
  type Status,
} from '../engine/index.ts';
import { lineOf } from './line-of.ts';
import { storyStride } from './pace.ts';
import type { FromWorker, Input, Playback, Query, QueryAnswers, Run, Speed, ToWorker } from './protocol.ts';

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
/** How far a step looks for the next visible message. */
const STEP_LIMIT_MS = 600_000;

type Post = (message: FromWorker) => void;

/**
 * Runs a cluster for one page: turns real time into virtual time, inputs into acts, and what changed into frames. The
 * same code runs in a worker and, when there is none, in the page's own thread.
 */
export class Host {
  private readonly post: Post;
  private readonly clock: Clock;
  private cluster: SimulatedCluster | undefined;
  private options: ClusterOptions = {};
  private inputs: { at: number; input: Input }[] = [];
  private waiting: { id: number; take: () => FromWorker | undefined }[] = [];
  private epoch = 0;
  private playing = false;
  private visible = true;
  private rushing = false;
  private speed: Speed = 'story';
  private rate = 0;
  private lastTick = 0;
  private ticking = false;
  private lastNewsAt = 0;
  private skipped = 0;
  private skipFrom: number | undefined;
  private unobserve: (() => void) | undefined;

  constructor(post: Post, clock: Clock) {
    this.post = post;
    this.clock = clock;
  }

  receive(message: ToWorker): void {
    try {
      this.handle(message);
    } catch (error) {
      this.stop(error);
    }
  }

  private handle(message: ToWorker): void {
    switch (message.type) {
      case 'create':
        this.create(message.options);
        this.speed = message.speed;
        this.playing = message.playing;
        break;
      case 'input':
        this.input(message.id, message.input);
        break;
      case 'play':
        this.playing = true;
        break;
      case 'pause':
        this.playing = false;
        this.rushing = false;
        this.rate = 0;
        this.cluster?.publish();
        break;
      case 'speed':
        this.speed = message.speed;
        break;
      case 'step':
        this.playing = false;
        this.rate = 0;
        this.stepToNews(message.component);
        break;
      case 'runUntilIdle':
        this.rushing = true;
        break;
      case 'visible':
        this.visible = message.visible;
        break;
      case 'query':
        this.post({ type: 'answer', id: message.id, answer: this.answer(message.query) });
        break;
    }
    this.keepTicking();
  }

  private create(options: ClusterOptions): void {
    this.unobserve?.();
    this.epoch++;
    this.options = options;
    this.inputs = [];
    this.waiting = [];
    this.rushing = false;
    const cluster = createCluster(options);
    this.cluster = cluster;
    this.lastNewsAt = cluster.now;
    const epoch = this.epoch;
    this.unobserve = cluster.observe((frame) => {
      this.post({ type: 'frame', epoch, frame, playback: this.playback() });
    });
    cluster.publish();
  }

  private playback(): Playback {
    const { playing, speed, rate, skipped } = this;
    this.skipped = 0;
    return { playing, speed, rate, ...(skipped > 0 && { skippedMs: skipped }) };
  }

  // --- time ------------------------------------------------------------------------------------------------------

  private get moving(): boolean {
    return this.cluster !== undefined && this.visible && (this.playing || this.rushing);
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
      this.advance(real);
      this.settleInputs();
    } catch (error) {
      this.stop(error);
      return;
    }
    this.keepTicking();
  }

  private advance(realMs: number): void {
    const cluster = this.cluster as SimulatedCluster;
    const deadline = this.clock.now() + BUDGET_MS;
    let count = 0;
    const overBudget = (): boolean => ++count % CHECK_EVERY === 0 && this.clock.now() > deadline;
    if (this.rushing) {
      this.rate = Number.MAX_SAFE_INTEGER;
      cluster.advanceTo(cluster.now + STEP_LIMIT_MS, () => cluster.settled || overBudget());
      if (cluster.settled) this.rushing = false;
      return;
    }
    if (this.speed !== 'story') {
      this.rate = this.speed;
      cluster.advanceTo(cluster.now + realMs * this.speed, overBudget);
      return;
    }
    this.tellStory(cluster, realMs, overBudget);
  }

  private tellStory(cluster: SimulatedCluster, realMs: number, overBudget: () => boolean): void {
    const stride = storyStride(cluster, this.lastNewsAt);
    this.rate = stride.rate;
    if (stride.untilNews && stride.rate > 1) this.skipFrom ??= cluster.now;
    // News is also what a heartbeat or its absence sets off; that other things wait (a toleration, say) is none.
    const { pending } = cluster.kernel;
    const isNews = (message: Message): boolean => !message.periodic || cluster.kernel.pending > pending;
    const stop = stride.untilNews ? (message: Message) => isNews(message) || overBudget() : overBudget;
    const next = cluster.kernel.nextPendingAt() ?? Number.POSITIVE_INFINITY;
    const before = cluster.settled;
    cluster.advanceTo(Math.min(cluster.now + realMs * stride.rate, Math.max(next, cluster.now)), stop);
    if (!cluster.settled) this.lastNewsAt = cluster.now;
    const over = before !== cluster.settled || cluster.now >= next;
    if (this.skipFrom !== undefined && (over || stride.rate <= 1)) {
      const length = cluster.now - this.skipFrom;
      if (length >= 1000) this.skipped = length;
      this.skipFrom = undefined;
    }
  }

  /** To the moment after the next message that a viewer can see (of that component) has arrived. */
  private stepToNews(component: string | undefined): void {
    const cluster = this.cluster;
    if (cluster === undefined) return;
    const shows = (message: Message): boolean => {
      if (message.periodic || message.from === message.to) return false;
      return (
        component === undefined || message.from.startsWith(`${component}@`) || message.to.startsWith(`${component}@`)
      );
    };
    cluster.advanceTo(cluster.now + STEP_LIMIT_MS, shows);
    this.lastNewsAt = cluster.now;
    this.settleInputs();
  }

  // --- inputs ----------------------------------------------------------------------------------------------------

  private input(id: number, input: Input): void {
    const cluster = this.cluster;
    if (cluster === undefined) return;
    const take = this.act(cluster, id, input);
    if (take === undefined) return;
    this.inputs.push({ at: cluster.now, input });
    this.lastNewsAt = cluster.now;
    this.waiting.push({ id, take });
    cluster.publish();
    this.settleInputs();
  }

  /** Starts the act; gives a function that has the outcome once there is one. Undefined: it was refused, and said so. */
  private act(cluster: SimulatedCluster, id: number, input: Input): (() => FromWorker | undefined) | undefined {
    switch (input.act) {
      case 'apply': {
        const read = cluster.parse(input.text);
        if ('error' in read) {
          this.post({ type: 'inputDone', id, error: read.error });
          return undefined;
        }
        const command = cluster.submitApply(read.objects, input.namespace ?? 'default');
        return () => {
          const results = cluster.applied(command);
          const line = (result: ApplyResult, i: number): number => lineOf(result, read.sources[i]);
          // A refusal need not name what it is about; the text does.
          const named = (result: ApplyResult, i: number): ApplyResult => ({ object: read.objects[i], ...result });
          return results && { type: 'inputDone', id, results: results.map(named), lines: results.map(line) };
        };
      }
      case 'delete': {
        const body = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' };
        const grace = input.gracePeriodSeconds;
        const path = cluster.pathOf(input.ref);
        if (path === undefined) return this.refuse(id, `there is no kind named ${input.ref.kind}`);
        const options = grace === undefined ? body : { ...body, gracePeriodSeconds: grace };
        const what = `kubectl delete ${input.ref.kind.toLowerCase()}/${input.ref.name}`;
        return this.outcome(cluster, id, cluster.submitRequest({ method: 'DELETE', path, body: options }, what));
      }
      case 'scale': {
        const path = cluster.pathOf(input.ref);
        if (path === undefined) return this.refuse(id, `there is no kind named ${input.ref.kind}`);
        const body = { spec: { replicas: input.replicas } };
        const contentType = 'application/merge-patch+json';
        const what = `kubectl scale ${input.ref.kind.toLowerCase()}/${input.ref.name} --replicas=${input.replicas}`;
        const call = { method: 'PATCH', path: `${path}/scale`, contentType, body } as const;
        return this.outcome(cluster, id, cluster.submitRequest(call, what));
      }
      case 'cordon': {
        const path = cluster.pathOf({ kind: 'Node', name: input.node }) as string;
        const body = { spec: { unschedulable: input.unschedulable || null } };
        const contentType = 'application/merge-patch+json';
        const what = `kubectl ${input.unschedulable ? 'cordon' : 'uncordon'} ${input.node}`;
        return this.outcome(cluster, id, cluster.submitRequest({ method: 'PATCH', path, contentType, body }, what));
      }
      case 'inject':
        return this.tryFault(id, () => ({ type: 'inputDone', id, fault: cluster.startFault(input.fault) }));
      case 'heal':
        return this.tryFault(id, () => {
          cluster.heal(input.id);
          return { type: 'inputDone', id };
        });
    }
  }

  private refuse(id: number, message: string): undefined {
    this.post({ type: 'inputDone', id, error: { message } });
  }

  private tryFault(id: number, start: () => FromWorker): (() => FromWorker) | undefined {
    try {
      const done = start();
      return () => done;
    } catch (error) {
      if (error instanceof FaultError) return this.refuse(id, error.message);
      throw error;
    }
  }

  private outcome(cluster: SimulatedCluster, id: number, command: number): () => FromWorker | undefined {
    return () => {
      const answer = cluster.answered(command);
      if (answer === undefined) return undefined;
      if (answer.status >= 200 && answer.status < 300) return { type: 'inputDone', id };
      const status = answer.body as Status;
      return {
        type: 'inputDone',
        id,
        error: { message: status?.message ?? `the API server answered ${answer.status}` },
      };
    };
  }

  private settleInputs(): void {
    this.waiting = this.waiting.filter(({ take }) => {
      const done = take();
      if (done !== undefined) this.post(done);
      return done === undefined;
    });
  }

  // --- questions -------------------------------------------------------------------------------------------------

  private answer(query: Query): QueryAnswers[keyof QueryAnswers] {
    const cluster = this.cluster;
    if (cluster === undefined) return null;
    switch (query.ask) {
      case 'why':
        return cluster.why(query.target);
      case 'effects':
        return cluster.effects(query.target);
      case 'trace':
        return cluster.trace(query.target) ?? null;
      case 'message':
        return cluster.message(query.id) ?? null;
      case 'schedulingDecision':
        return cluster.schedulingDecision(query.namespace, query.pod) ?? null;
      case 'iptables':
        return cluster.iptablesSave(query.node);
      case 'events':
        return cluster.eventsOf(query.ref);
      case 'logs':
        return cluster.logs(query.namespace, query.pod, query.container);
      case 'run':
        return this.run();
      case 'digest':
        return cluster.digest();
    }
  }

  private run(): Run {
    return { version: 1, options: this.options, inputs: this.inputs, until: this.cluster?.now ?? 0 };
  }

  /** We are wrong: an honest simulator stops, says where, and offers the run. */
  private stop(error: unknown): void {
    this.playing = false;
    this.rushing = false;
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    this.post({ type: 'stopped', message, run: this.run() });
    this.cluster = undefined;
  }
}

export type { ApplyResult };
