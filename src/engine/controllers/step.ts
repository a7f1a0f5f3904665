import type { KubernetesObject } from '../api/object.ts';
import { EVENT_TAG, type Involved, involvedOf, recordEvent } from '../client/events.ts';
import { call, hasSynced, receive, startInformers } from '../client/index.ts';
import {
  electionAnswer,
  electionTimer,
  isElectionAnswer,
  isElectionTimer,
  startElection,
} from '../client/leader-election.ts';
import { type Answer, type Call, isSuccess } from '../client/messages.ts';
import type { Delta } from '../client/state.ts';
import { add, addAfter, addRateLimited, done, failuresOf, forget, type Queued, take } from '../client/workqueue.ts';
import type { Table } from '../kernel/table.ts';
import { type Body, cancel, type Effect, type Env, type Message, type Step, timer } from '../kernel/types.ts';
import type { Controller, ControllerContext, ControllerManagerConfig, Outcome, Progress } from './controller.ts';
import type { InformerName } from './informers.ts';
import { controllers } from './registry.ts';
import type { ControllerManager, ControllerManagerState, ControllerState, Round } from './state.ts';

/** Where an answer belongs: call number `i` of the round of `key`, or a free call with the controller's own tag. */
type Tag =
  | { readonly c: string; readonly key: string; readonly i: number }
  | { readonly c: string; readonly own: Progress };

const observers = new Map<string, Controller[]>();
for (const controller of controllers) {
  for (const informer of controller.watches) {
    observers.set(informer, [...(observers.get(informer) ?? []), controller]);
  }
}
const byName = new Map(controllers.map((controller) => [controller.name, controller]));

/**
 * The controller manager: one process and one set of caches for many controllers, each with its own workqueue. Only the
 * holder of the Lease works. Source: cmd/kube-controller-manager/app/controllermanager.go
 */
export const step: Step<ControllerManagerState, Body> = ({ manager: state }, message, env) => {
  const { body } = message;
  if (body.type === 'start') return startElection(state.election, state.client, env);
  const received = receive(state.client, message, env);
  if (received) {
    const effects = received.effects;
    for (const delta of received.deltas) observe(state, delta, env, effects);
    for (const answer of received.answers) takeAnswer(state, answer, env, effects);
    if (!state.running && state.election.leading && hasSynced(state.client)) run(state, env, effects);
    pump(state, env, effects);
    return effects;
  }
  if (body.type === 'timer') return fire(state, (body as unknown as { key: string }).key, message, env);
  return [];
};

function fire(state: ControllerManager, key: string, message: Message, env: Env): Effect[] {
  if (isElectionTimer(key)) {
    const { change, effects } = electionTimer(state.election, state.client, env);
    // A leader that lost its Lease ends itself; the kubelet starts it anew.
    if (change === 'stopped') effects.push({ effect: 'exit', exitCode: 1 });
    return effects;
  }
  const [kind, name, ...rest] = key.split('/');
  const controller = byName.get(name as string);
  const own = state.controllers[name as string];
  if (!controller || !own) return [];
  const effects: Effect[] = [];
  if (kind === 'workqueue') add(own.queue, rest.join('/'), { cause: message.id, periodic: message.periodic });
  else controller.timer?.(own.own, rest.join('/'), context(state, controller, own, env, effects));
  pump(state, env, effects);
  return effects;
}

function run(state: ControllerManager, env: Env, effects: Effect[]): void {
  state.running = true;
  for (const controller of controllers) {
    const own = state.controllers[controller.name];
    if (own) controller.start?.(own.own, context(state, controller, own, env, effects));
  }
}

function observe(state: ControllerManager, delta: Delta, env: Env, effects: Effect[]): void {
  for (const controller of observers.get(delta.informer) ?? []) {
    const own = state.controllers[controller.name];
    if (own) controller.observe(own.own, delta, context(state, controller, own, env, effects));
  }
}

function takeAnswer(state: ControllerManager, answer: Answer, env: Env, effects: Effect[]): void {
  if (answer.tag === EVENT_TAG) return;
  if (isElectionAnswer(answer)) {
    const outcome = electionAnswer(state.election, state.client, env, answer);
    effects.push(...outcome.effects);
    if (outcome.change === 'started') effects.push(...startInformers(state.client, env));
    return;
  }
  const tag = answer.tag as Tag;
  const controller = byName.get(tag.c) as Controller;
  const own = state.controllers[tag.c] as ControllerState;
  if ('own' in tag) {
    controller.answered?.(own.own, tag.own, answer, context(state, controller, own, env, effects));
    return;
  }
  const round = own.rounds.get(tag.key);
  if (round === undefined) return;
  const answers = [...round.answers];
  answers[tag.i] = answer;
  own.rounds.set(tag.key, { ...round, answers, waiting: round.waiting - 1 });
  if (round.waiting > 1) return;
  own.rounds.delete(tag.key);
  finishRound(state, controller, own, tag.key, { ...round, answers }, env, effects);
}

function finishRound(
  state: ControllerManager,
  controller: Controller,
  own: ControllerState,
  key: string,
  round: Round,
  env: Env,
  effects: Effect[],
): void {
  const cause = own.queue.processing.get(key) as Queued;
  const answers = round.answers as Answer[];
  if (round.progress !== undefined && controller.resume) {
    const ctx = context(state, controller, own, env, effects, cause);
    settle(
      state,
      controller,
      own,
      key,
      controller.resume(own.own, key, round.progress, answers, ctx),
      cause,
      env,
      effects,
    );
    return;
  }
  const failed = answers.find(
    (answer, i) => !isSuccess(answer) && !(answer.status === 404 && round.methods[i] === 'DELETE'),
  );
  // What is tried again is caused by the failure, and by way of the failed request by what caused that.
  const again = failed ? { ...cause, cause: failed.cause } : cause;
  settle(state, controller, own, key, failed ? { retry: reasonOf(failed) } : {}, again, env, effects);
}

function reasonOf(answer: Answer): string {
  return answer.error ?? (answer.body as { message?: string } | undefined)?.message ?? String(answer.status);
}

/** Carries out what a sync asked for, and ends its round when it asked for no call. */
function settle(
  state: ControllerManager,
  controller: Controller,
  own: ControllerState,
  key: string,
  outcome: Outcome,
  cause: Queued,
  env: Env,
  effects: Effect[],
): void {
  if (outcome.requeueAfterMs !== undefined) {
    effects.push(addAfter(own.queue, key, outcome.requeueAfterMs, cause.periodic, cause.cause));
  }
  const calls = outcome.calls ?? [];
  if (calls.length > 0) {
    const answers = calls.map(() => null);
    const methods = calls.map((what) => what.method);
    own.rounds.set(key, { waiting: calls.length, answers, methods, progress: outcome.progress });
    calls.forEach((what, i) => {
      effects.push(...callAs(state, controller, own, env, what, { c: controller.name, key, i }, false, cause));
    });
    return;
  }
  if (outcome.retry !== undefined) {
    const dropped = controller.maxRetries !== undefined && failuresOf(own.queue, key) >= controller.maxRetries;
    if (dropped) forget(own.queue, key);
    else effects.push(addRateLimited(own.queue, key, cause, controller.backoff));
  } else {
    forget(own.queue, key);
  }
  done(own.queue, key);
}

/** Lets every controller with free workers take keys from its queue. */
function pump(state: ControllerManager, env: Env, effects: Effect[]): void {
  if (!state.running) return;
  for (const controller of controllers) {
    const own = state.controllers[controller.name];
    if (!own) continue;
    while (own.queue.queued.size > 0 && own.queue.processing.size < controller.workers) {
      const next = take(own.queue);
      if (next === undefined) break;
      const before = effects.length;
      const ctx = context(state, controller, own, env, effects, next.cause);
      const outcome = controller.sync(own.own, next.key, ctx);
      settle(state, controller, own, next.key, outcome, next.cause, env, effects);
      own.syncs++;
      own.lastSync = { key: next.key, at: env.now, asked: effects.length - before };
    }
  }
}

function callAs(
  state: ControllerManager,
  controller: Controller,
  own: ControllerState,
  env: Env,
  what: Call,
  tag: Tag,
  periodic: boolean,
  { cause, also }: Queued,
  delayMs = 0,
): Effect[] {
  // Each controller has its own service account: its requests carry its name.
  const user = `system:serviceaccount:kube-system:${controller.serviceAccount ?? controller.name}`;
  return call(state.client, env, what, tag, { limiter: own.limiter, periodic, cause, also, delayMs, user });
}

function context(
  state: ControllerManager,
  controller: Controller,
  own: ControllerState,
  env: Env,
  effects: Effect[],
  cause: Queued = { cause: env.messageId, periodic: env.periodic },
): ControllerContext {
  return new Context(state, controller, own, env, effects, cause);
}

class Context implements ControllerContext {
  readonly now: number;
  readonly wallNow: number;
  private readonly state: ControllerManager;
  private readonly controller: Controller;
  private readonly own: ControllerState;
  private readonly env: Env;
  private readonly effects: Effect[];
  private readonly cause: Queued;

  constructor(
    state: ControllerManager,
    controller: Controller,
    own: ControllerState,
    env: Env,
    effects: Effect[],
    cause: Queued,
  ) {
    this.now = env.now;
    this.wallNow = env.wallNow;
    this.state = state;
    this.controller = controller;
    this.own = own;
    this.env = env;
    this.effects = effects;
    this.cause = cause;
  }

  store<T extends KubernetesObject>(informer: InformerName): Table<T> {
    return this.state.client.informers[informer]?.objects as unknown as Table<T>;
  }

  get config(): ControllerManagerConfig {
    return this.state.config;
  }

  random(): number {
    return this.env.random();
  }

  enqueue(key: string): void {
    add(this.own.queue, key, this.cause);
  }

  enqueueAfter(key: string, afterMs: number, options?: { periodic?: boolean }): void {
    const periodic = options?.periodic ?? this.cause.periodic;
    this.effects.push(addAfter(this.own.queue, key, afterMs, periodic, this.cause.cause));
  }

  setTimer(name: string, afterMs: number, options?: { periodic?: boolean }): void {
    const periodic = options?.periodic ?? this.cause.periodic;
    this.effects.push(
      timer(`controller/${this.controller.name}/${name}`, afterMs, { periodic, cause: this.cause.cause }),
    );
  }

  cancelTimer(name: string): void {
    this.effects.push(cancel(`controller/${this.controller.name}/${name}`));
  }

  event(about: KubernetesObject | Involved, type: 'Normal' | 'Warning', reason: string, message: string): void {
    const involved = 'metadata' in about ? involvedOf(about) : about;
    // An event tells of a change, whatever made the controller look.
    const options = { periodic: false, cause: this.cause.cause };
    const { recorder } = this.own;
    this.effects.push(...recordEvent(recorder, this.state.client, this.env, involved, type, reason, message, options));
  }

  call(what: Call, tag: Progress, options?: { periodic?: boolean; delayMs?: number }): void {
    const { state, controller, own, env, cause } = this;
    const periodic = options?.periodic ?? cause.periodic;
    const bound: Tag = { c: controller.name, own: tag };
    this.effects.push(...callAs(state, controller, own, env, what, bound, periodic, cause, options?.delayMs));
  }
}
