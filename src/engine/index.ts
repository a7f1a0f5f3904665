/**
 * The only door into the engine: for the worker, for tests, for tools in Node. No DOM, no timers, no promises.
 */

import { readManifests } from './api/manifests.ts';
import type { KubernetesObject } from './api/object.ts';
import { badRequest } from './api/status.ts';
import type { Call } from './client/messages.ts';
import { definitions } from './components.ts';
import { Course, type Position } from './course.ts';
import { Deeds, type FaultBook } from './deeds.ts';
import type {
  ActiveFault,
  ApplyResult,
  Cause,
  ClusterOptions,
  Consequences,
  EtcdCommand,
  Fault,
  Frame,
  Mark,
  MessageView,
  ObjectRef,
  Status,
  Trace,
} from './door.ts';
import type { Store } from './etcd/state.ts';
import { FrameBuilder } from './frames.ts';
import { followGroupChange, submitGroupChange, takeGroupAnswer } from './group-changes.ts';
import type { Kernel } from './kernel/kernel.ts';
import { continueMoment, type Moment, takeMoment } from './kernel/moment.ts';
import { type PackedSnapshot, pack, unpack } from './kernel/pack.ts';
import { digestOf, restoreSnapshot, takeSnapshot } from './kernel/snapshot.ts';
import type { Body, Message } from './kernel/types.ts';
import { bootstrap } from './kubeadm/bootstrap.ts';
import type { KubectlState, Outcome, RawOutcome } from './kubectl/state.ts';
import { lightBody } from './light-body.ts';
import { LAPTOP, type Plan, planMachines } from './machines.ts';
import { Reading } from './reading.ts';
import { callOf, type RestRequest, type RestResponse, responseOf } from './rest.ts';
import type { SchedulingDecision } from './scheduler/index.ts';

export { lineOfField } from './api/yaml.ts';
export { randomFault } from './chaos.ts';
export type { Position } from './course.ts';
export type * from './door.ts';
export { FAULT_KINDS, FaultError } from './fault-catalogue.ts';
export { GroupError } from './group-changes.ts';
export type { Moment } from './kernel/moment.ts';
export type { PackedSnapshot as Snapshot } from './kernel/pack.ts';
export type { Message } from './kernel/types.ts';
export { OptionsError } from './options.ts';
export type { RestRequest, RestResponse } from './rest.ts';
export type { SchedulingDecision } from './scheduler/index.ts';

const KUBECTL = `kubectl@${LAPTOP}`;
/** A request that is not answered by then never will be: every client gives up before. */
const MAX_WAIT_MS = 120_000;

export interface Cluster {
  readonly now: number;
  readonly options: ClusterOptions;
  apply(manifests: string | object | readonly object[], options?: { namespace?: string }): ApplyResult[];
  delete(ref: ObjectRef, options?: object): Status | object;
  request(request: RestRequest): RestResponse;
  get(kind: string, namespace: string | null, name: string): KubernetesObject | undefined;
  list(kind: string, namespace?: string): KubernetesObject[];
  advance(ms: number): void;
  step(): MessageView | undefined;
  runUntil(predicate: (cluster: Cluster) => boolean, maxMs: number): boolean;
  settle(maxMs?: number): boolean;
  inject(fault: Fault): string;
  heal(id?: string): void;
  schedulingDecision(namespace: string, pod: string): SchedulingDecision | undefined;
  iptablesSave(node: string): string;
  why(target: ObjectRef | number): Cause[];
  effects(target: ObjectRef | number): Consequences;
  trace(target: ObjectRef | number): Trace | undefined;
  snapshot(): PackedSnapshot;
  digest(): string;
  observe(listener: (frame: Frame) => void): () => void;
}

/** What the layer above the kernel keeps. */
interface More extends FaultBook {
  readonly options: ClusterOptions;
  nextCommand: number;
}

export function createCluster(options: ClusterOptions = {}): SimulatedCluster {
  const plan = planMachines(options);
  const kernel = bootstrap(definitions, plan, options);
  return new SimulatedCluster(kernel, plan, {
    options,
    nextCommand: 1,
    nextFault: 1,
    faults: [],
    planned: [],
    chaos: [],
  });
}

/** Continues a snapshot exactly as the original would. Throws an `EngineError` for a snapshot it cannot read. */
export function restore(snapshot: PackedSnapshot): SimulatedCluster {
  const { kernel, more } = restoreSnapshot(definitions, unpack(snapshot));
  const kept = more as More;
  return new SimulatedCluster(kernel, planMachines(kept.options), kept);
}

/** A cluster that goes on from a moment exactly as the one did of which it was taken. */
export function continueFrom(moment: Moment): SimulatedCluster {
  const { kernel, more } = continueMoment(definitions, moment);
  const kept = more as More;
  return new SimulatedCluster(kernel, planMachines(kept.options), kept);
}

/** The cluster with what the worker's host needs beyond the door: acts that do not wait, frames, messages. */
export class SimulatedCluster implements Cluster {
  readonly kernel: Kernel;
  private readonly more: More;
  private readonly reading: Reading;
  private readonly deeds: Deeds;
  private readonly course: Course;
  private readonly observers = new Set<{ builder: FrameBuilder; listener: (frame: Frame) => void; marks: Mark[] }>();

  constructor(kernel: Kernel, plan: Plan, more: More) {
    this.kernel = kernel;
    this.more = more;
    this.reading = new Reading(kernel, plan);
    this.deeds = new Deeds(kernel, more, {
      mark: (mark) => this.mark(mark),
      tell: (text, act) => this.tell(text, act),
    });
    this.course = new Course(kernel, this.deeds, this.reading);
    kernel.tap = (message) => this.delivered(message);
    kernel.log.lighten = lightBody;
  }

  get now(): number {
    return this.kernel.now;
  }

  get options(): ClusterOptions {
    return this.more.options;
  }

  get faults(): readonly ActiveFault[] {
    return this.more.faults;
  }

  get settled(): boolean {
    return this.kernel.pending === 0;
  }

  // --- acts ------------------------------------------------------------------------------------------------------

  apply(manifests: string | object | readonly object[], { namespace = 'default' } = {}): ApplyResult[] {
    const objects = this.parse(manifests);
    if ('error' in objects) return [{ verb: 'failed', status: badRequest(objects.error.message) }];
    const id = this.submitApply(objects.objects, namespace);
    return this.waitFor(() => this.applied(id)) ?? [{ verb: 'failed', status: badRequest('kubectl gave up waiting') }];
  }

  /** Reads manifests without applying them: the objects, or what is wrong and on which line. */
  parse(manifests: string | object | readonly object[]): ReturnType<typeof readManifests> {
    if (typeof manifests === 'string') return readManifests(manifests);
    const objects = Array.isArray(manifests) ? manifests : [manifests];
    return { objects: objects as KubernetesObject[], sources: [] };
  }

  /** Hands objects to kubectl without waiting; ask `applied` for the results. */
  submitApply(objects: readonly KubernetesObject[], namespace: string): number {
    const id = this.more.nextCommand++;
    const names = objects.map((object) => `${object.kind?.toLowerCase()}/${object.metadata?.name}`);
    const text = `kubectl apply ${names.slice(0, 3).join(' ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`;
    const act = this.kernel.submit(KUBECTL, { type: 'apply', id, objects, namespace, text } as Body);
    this.mark({ at: this.now, kind: 'act', text, messageId: act.id });
    return id;
  }

  /** Results of an apply; undefined while it is under way. They are handed out once. */
  applied(id: number): ApplyResult[] | undefined {
    const outcomes = this.kubectl().applied.delete(String(id)) as readonly Outcome[] | undefined;
    return outcomes?.map((outcome) => ({ ...outcome, status: outcome.status as Status | undefined }));
  }

  /** Hands one REST call to kubectl without waiting; ask `answered` for the answer. */
  submitRequest(call: Call, act?: string): number {
    const id = this.more.nextCommand++;
    const text = act ?? `${call.method} ${call.path}`;
    const { id: messageId } = this.kernel.submit(KUBECTL, { type: 'raw', id, call, text } as Body);
    if (act !== undefined) this.mark({ at: this.now, kind: 'act', text, messageId });
    return id;
  }

  answered(id: number): RawOutcome | undefined {
    return this.kubectl().answered.delete(String(id));
  }

  /** Changes who is in etcd's group, without waiting; ask `groupChanged`. Throws a `GroupError` for what makes no sense. */
  submitGroupChange(command: EtcdCommand): number {
    const id = this.more.nextCommand;
    const act = submitGroupChange(this.kernel, id, command);
    this.more.nextCommand++;
    this.mark({ at: this.now, kind: 'act', ...act });
    return id;
  }

  /** What etcd said, once: an empty text when it is done; undefined while it is under way. */
  groupChanged(id: number): string | undefined {
    return takeGroupAnswer(this.kernel, id);
  }

  request(request: RestRequest): RestResponse {
    const call = callOf(request);
    if ('kind' in call) return responseOf({ status: call.code as number, body: call });
    const id = this.submitRequest(call);
    return responseOf(this.waitFor(() => this.answered(id)));
  }

  delete(ref: ObjectRef, options: object = {}): Status | object {
    const path = this.pathOf(ref);
    if (path === undefined) return badRequest(`there is no kind named ${ref.kind}`);
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background', ...options };
    return this.request({ method: 'DELETE', path, body }).body as object;
  }

  inject(fault: Fault): string {
    return this.startFault(fault).id;
  }

  /** Starts a fault, now or after `inMs`. Throws a `FaultError` that says what is wrong with it; nothing has happened then. */
  startFault(fault: Fault): ActiveFault {
    return this.deeds.start(fault);
  }

  /** Faults that wait for their time. */
  get planned(): readonly ActiveFault[] {
    return this.more.planned;
  }

  /** Heals one fault, or all; what a chaos has broken heals with it. Throws a `FaultError` for an id that is not active. */
  heal(id?: string): void {
    this.deeds.heal(id);
  }

  // --- time ------------------------------------------------------------------------------------------------------

  advance(ms: number): void {
    this.advanceTo(this.now + ms);
  }

  /** When something happens next from outside: a planned fault, the end of one, a stroke of chaos. */
  get nextDeedAt(): number | undefined {
    return this.deeds.next()?.at;
  }

  /** Moves time to the target, or less far when `stop` says so after a message or a deed; true when it got there. */
  advanceTo(target: number, stop?: (message: Message) => boolean): boolean {
    const arrived = this.course.advanceTo(target, stop);
    this.publish();
    return arrived;
  }

  /** Where in the run this is: at that time, after so many messages. */
  get position(): Position {
    return { at: this.now, after: this.kernel.delivered };
  }

  /** Moves on to a position of this same run, so that what is done there finds the cluster as it was done the first time. */
  advanceToPosition({ at, after }: Position): void {
    const { kernel } = this;
    if (kernel.delivered < after) this.advanceTo(at, () => kernel.delivered >= after);
    this.course.arrive(at);
  }

  /** Delivers exactly one message and says which. */
  step(): MessageView | undefined {
    const message = this.course.deliverNext();
    this.publish();
    return message && this.reading.view(message);
  }

  runUntil(predicate: (cluster: Cluster) => boolean, maxMs: number): boolean {
    const done = this.course.until(() => predicate(this), maxMs);
    this.publish();
    return done;
  }

  settle(maxMs = 3_600_000): boolean {
    return this.runUntil(() => this.settled, maxMs);
  }

  private waitFor<T>(take: () => T | undefined): T | undefined {
    const result = this.course.waitFor(take, MAX_WAIT_MS);
    this.publish();
    return result;
  }

  // --- reading ---------------------------------------------------------------------------------------------------

  get(kind: string, namespace: string | null, name: string): KubernetesObject | undefined {
    return this.reading.get(kind, namespace, name);
  }

  list(kind: string, namespace?: string): KubernetesObject[] {
    return this.reading.list(kind, namespace);
  }

  /** etcd's data: of the member that has applied most, on its disk if it does not run. */
  store(): Store | undefined {
    return this.reading.store();
  }

  schedulingDecision(namespace: string, pod: string): SchedulingDecision | undefined {
    return this.reading.schedulingDecision(namespace, pod);
  }

  /** The node's packet filter as `iptables-save` prints it; throws a `FaultError` for a machine that does not exist. */
  iptablesSave(node: string): string {
    return this.reading.iptablesSave(node);
  }

  /** Events about an object, oldest first. */
  eventsOf(ref: ObjectRef): KubernetesObject[] {
    return this.reading.eventsOf(ref);
  }

  /** What a container has written so far, as its node's log file has it; empty when there is none. */
  logs(namespace: string, pod: string, container?: string): string {
    return this.reading.logs(namespace, pod, container);
  }

  /** REST path of an object; undefined for a kind that is not served. */
  pathOf(ref: ObjectRef): string | undefined {
    return this.reading.pathOf(ref);
  }

  /** The complete chain of causes of a message, or of the last write of an object: nearest first. */
  why(target: ObjectRef | number): Cause[] {
    return this.reading.why(target);
  }

  /** What a message, an act, or the writes of an object led to, oldest first. */
  effects(target: ObjectRef | number): Consequences {
    return this.reading.effects(target);
  }

  /** Who spent how long on what, from the beginning of a chain of causes on; undefined when nothing is known of it. */
  trace(target: ObjectRef | number): Trace | undefined {
    return this.reading.trace(target);
  }

  /** A message of the kept past or on its way. */
  message(id: number): ReturnType<Reading['message']> {
    return this.reading.message(id);
  }

  private kubectl(): KubectlState {
    return this.kernel.state<KubectlState>(KUBECTL) as KubectlState;
  }

  snapshot(): PackedSnapshot {
    return pack(takeSnapshot(this.kernel, this.more));
  }

  /** This moment, in memory: far cheaper than a snapshot, and `continueFrom` goes on from it. */
  moment(): Moment {
    return takeMoment(this.kernel, this.more);
  }

  /** A second cluster like this one; neither knows of the other. */
  fork(): SimulatedCluster {
    return continueFrom(this.moment());
  }

  digest(): string {
    return digestOf(takeSnapshot(this.kernel, this.more));
  }

  // --- observing -------------------------------------------------------------------------------------------------

  observe(listener: (frame: Frame) => void): () => void {
    const observer = { builder: new FrameBuilder(this.kernel, () => this.store()), listener, marks: [] };
    this.observers.add(observer);
    return () => this.observers.delete(observer);
  }

  private delivered(message: Message): void {
    followGroupChange(this.kernel, message);
    for (const { builder } of this.observers) builder.delivered(message);
  }

  /** A caption that no message brings: what a user did to the machines themselves. */
  private tell(text: string, messageId: number): void {
    const caption = { at: this.now, messageId, component: 'machine', text, objects: [] };
    for (const { builder } of this.observers) builder.say(caption);
  }

  private mark(mark: Mark): void {
    for (const { marks } of this.observers) marks.push(mark);
  }

  /** Gives every observer a frame with what changed since its last. */
  publish(): void {
    for (const observer of this.observers) {
      observer.listener(observer.builder.take(observer.marks.splice(0), this.more.faults, this.more.planned));
    }
  }
}
