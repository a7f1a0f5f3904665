import type { Node, Pod } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { toRFC3339 } from '../api/time.ts';
import { EVENT_TAG } from '../client/events.ts';
import { call, hasSynced, receive, startInformers } from '../client/index.ts';
import {
  electionAnswer,
  electionTimer,
  isElectionAnswer,
  isElectionTimer,
  releaseElection,
  startElection,
} from '../client/leader-election.ts';
import { type Answer, isSuccess } from '../client/messages.ts';
import { type Body, type Effect, type Env, type Step, type TimerBody, timer } from '../kernel/types.ts';
import type { SchedulerCore, Stores } from './core.ts';
import { schedule } from './cycle.ts';
import { eventCall, type PodEvent } from './event-series.ts';
import { observe } from './observe.ts';
import type { QueuedPod } from './queue.ts';
import type { SchedulerState } from './state.ts';
import type { Workload } from './workloads.ts';

/** What comes back with the answer to a binding. */
interface BindTag {
  readonly bind: string;
  readonly uid: string;
}

const STATUS_TAG = 'status';
/** What one cycle takes; real ones take from a fraction of a millisecond to a few. */
const CYCLE_MS = 1;
const FLUSH_MS = 1000;
const LEFTOVER_MS = 30_000;
/** In a larger cluster, tables of all scores are kept only while so few pods wait that somebody may look at them. */
const DETAILED_NODES_MAX = 200;
const DETAILED_BACKLOG_MAX = 16;

/**
 * kube-scheduler: takes one waiting pod at a time, looks for the best node, counts the pod there at once and tells the
 * API server. Only the holder of the Lease does; the others keep their caches warm.
 * Source: cmd/kube-scheduler/app/server.go and pkg/scheduler/schedule_one.go
 */
export const step: Step<SchedulerState, Body> = (state, message, env) => {
  const { body } = message;
  const { core } = state;
  core.restore(() => storesOf(state));
  if (body.type === 'start') {
    return [...startInformers(state.client, env), ...startElection(state.election, state.client, env)];
  }
  if (body.type === 'terminate') return releaseElection(state.election, state.client, env);
  const effects: Effect[] = [];
  const received = receive(state.client, message, env);
  if (received) {
    effects.push(...received.effects);
    const moment = { now: env.now, cause: message.id };
    for (const delta of received.deltas) observe(core, delta, moment);
    for (const answer of received.answers) takeAnswer(state, answer, env, effects);
  } else if (body.type === 'timer') {
    fire(state, (body as TimerBody).key, env, effects);
  }
  const { head } = core;
  if (!head.isSynced) head.isSynced = hasSynced(state.client);
  if (head.isSynced && state.election.leading) setTimers(core, env, effects);
  return effects;
};

function fire(state: SchedulerState, key: string, env: Env, effects: Effect[]): void {
  const { core } = state;
  const { timers } = core.head;
  if (isElectionTimer(key)) {
    const { change, effects: more } = electionTimer(state.election, state.client, env);
    effects.push(...more);
    // A leader that lost its Lease ends itself; the kubelet starts it anew.
    if (change === 'stopped') effects.push({ effect: 'exit', exitCode: 1 });
  } else if (key === 'cycle') {
    timers.cycle = false;
    if (state.election.leading) runCycle(state, env, effects);
  } else if (key === 'flush') {
    timers.flush = false;
    core.queue.flushBackoff(env.now);
  } else if (key === 'leftover') {
    timers.leftover = false;
    core.queue.flushLeftover(env.now, env.messageId);
  }
}

/** Sets the timers that the queue has need of: an idle scheduler has none. */
function setTimers({ queue, cache, head: { timers } }: SchedulerCore, env: Env, effects: Effect[]): void {
  const { backoff, errorBackoff, unschedulable } = queue.counts();
  if (!timers.cycle && queue.hasReady()) {
    timers.cycle = true;
    effects.push(timer('cycle', CYCLE_MS, { periodic: false, cause: queue.peek()?.cause }));
  }
  if (!timers.flush && backoff + errorBackoff > 0) {
    timers.flush = true;
    // Without nodes nothing will come of it, for as long as there are none.
    const periodic = cache.nodeCount === 0;
    effects.push(timer('flush', FLUSH_MS - (env.now % FLUSH_MS), { periodic }));
  }
  if (!timers.leftover && unschedulable > 0) {
    timers.leftover = true;
    effects.push(timer('leftover', LEFTOVER_MS - (env.now % LEFTOVER_MS), { periodic: true }));
  }
}

function runCycle(state: SchedulerState, env: Env, effects: Effect[]): void {
  const { core } = state;
  const { cache, queue, decisions, head } = core;
  const item = queue.pop();
  if (item === undefined) return;
  const { pod, key } = item;
  const profile = core.profileFor(pod);
  if (profile === undefined) return;
  if (pod.metadata.deletionTimestamp !== undefined) {
    record(state, failed(pod, `skip schedule deleting pod: ${key}`), item.cause, env, effects);
    return;
  }
  const isDetailed = cache.nodeCount <= DETAILED_NODES_MAX || queue.counts().active < DETAILED_BACKLOG_MAX;
  const attempt = schedule(cache, profile, pod, head.nextStartIndex, () => env.random(), isDetailed);
  const { node, message, table } = attempt;
  head.nextStartIndex = attempt.nextStartIndex;
  decisions.record({ pod: key, attemptedAt: env.now, node, message, table });
  if (node !== undefined) {
    bind(state, item, node, env, effects);
    return;
  }
  // Without nodes no plugin had a say, so no event is known that would help: tried again like an error.
  if (attempt.refusedBy.length === 0) queue.addError(item, env.now);
  else queue.addUnschedulable(item, attempt.refusedBy, env.now);
  reportFailure(state, item, 'Unschedulable', message ?? '', env, effects);
}

function bind({ core, client }: SchedulerState, item: QueuedPod, node: string, env: Env, effects: Effect[]): void {
  const { pod, key, cause } = item;
  const { namespace = '', name = '', uid = '' } = pod.metadata;
  core.cache.assume(pod, node);
  core.bindings.set(key, { item, nodeName: node });
  const { limiter } = core.head;
  const body = {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name, namespace, uid },
    target: { kind: 'Node', name: node },
  };
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/binding`;
  const tag: BindTag = { bind: key, uid };
  effects.push(...call(client, env, { method: 'POST', path, body }, tag, { limiter, cause, periodic: false }));
}

function takeAnswer(state: SchedulerState, answer: Answer, env: Env, effects: Effect[]): void {
  if (answer.tag === EVENT_TAG || answer.tag === STATUS_TAG) return;
  if (isElectionAnswer(answer)) effects.push(...electionAnswer(state.election, state.client, env, answer).effects);
  else finishBinding(state, answer.tag as BindTag, answer, env, effects);
}

function finishBinding(state: SchedulerState, tag: BindTag, answer: Answer, env: Env, effects: Effect[]): void {
  const { core, client } = state;
  const binding = core.bindings.get(tag.bind);
  // The pod was deleted meanwhile, and perhaps made again.
  if (binding === undefined || (binding.item.pod.metadata.uid ?? '') !== tag.uid) return;
  core.bindings.delete(tag.bind);
  const { item, nodeName } = binding;
  const { pod, key } = item;
  if (isSuccess(answer)) {
    const note = `Successfully assigned ${key} to ${nodeName}`;
    record(state, { pod, type: 'Normal', reason: 'Scheduled', action: 'Binding', note }, answer.cause, env, effects);
    return;
  }
  core.cache.forget(key);
  const freed = { ...pod, spec: { ...pod.spec, nodeName } };
  core.queue.move({ type: 'podDeleted', pod: freed }, env.now, answer.cause);
  const current = client.informers.pods!.objects.get(key) as Pod | undefined;
  if (current === undefined || current.spec.nodeName) return;
  const again = { ...item, pod: current, cause: answer.cause };
  core.queue.addError(again, env.now);
  const why = `running Bind plugin "DefaultBinder": ${reasonOf(answer)}`;
  reportFailure(state, again, 'SchedulerError', why, env, effects);
}

function reasonOf({ error, body, status }: Answer): string {
  return error ?? (body as { message?: string } | undefined)?.message ?? `status ${status}`;
}

/** Tells of a failed attempt: an Event, and the PodScheduled condition where it says something new. */
function reportFailure(
  state: SchedulerState,
  { pod, cause }: QueuedPod,
  reason: string,
  message: string,
  env: Env,
  effects: Effect[],
): void {
  record(state, failed(pod, message), cause, env, effects);
  const { namespace, name, uid, generation } = pod.metadata;
  const conditions = pod.status?.conditions ?? [];
  const old = conditions.find(({ type }) => type === 'PodScheduled');
  if (old?.status === 'False' && old.reason === reason && old.message === message) return;
  const condition = {
    type: 'PodScheduled',
    status: 'False',
    reason,
    message,
    lastProbeTime: null,
    lastTransitionTime: old?.status === 'False' ? old.lastTransitionTime : toRFC3339(env.wallNow),
    observedGeneration: generation,
  };
  const types = conditions.map(({ type }) => ({ type }));
  const order = old === undefined ? [...types, { type: 'PodScheduled' }] : types;
  const body = { metadata: { uid }, status: { '$setElementOrder/conditions': order, conditions: [condition] } };
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/status`;
  const contentType = 'application/strategic-merge-patch+json';
  const { limiter } = state.core.head;
  const patch = { method: 'PATCH' as const, path, contentType, body };
  effects.push(...call(state.client, env, patch, STATUS_TAG, { limiter, cause, periodic: false }));
}

function failed(pod: Pod, note: string): PodEvent {
  return { pod, type: 'Warning', reason: 'FailedScheduling', action: 'Scheduling', note };
}

function record(state: SchedulerState, event: PodEvent, cause: number, env: Env, effects: Effect[]): void {
  const { head } = state.core;
  const what = eventCall(head.recorder, event, env.wallNow);
  if (what === undefined) return;
  const { eventLimiter: limiter } = head;
  effects.push(...call(state.client, env, what, EVENT_TAG, { limiter, cause, periodic: false }));
}

function storesOf({ client: { informers } }: SchedulerState): Stores {
  const rows = <T extends KubernetesObject>(name: string) => informers[name]!.objects.values() as IterableIterator<T>;
  return {
    nodes: rows<Node>('nodes'),
    pods: rows<Pod>('pods'),
    namespaces: rows('namespaces'),
    workloads: [...rows<Workload>('services'), ...rows<Workload>('replicasets')],
  };
}
