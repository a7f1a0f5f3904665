/**
 * The only door into the engine: for the worker, for tests, for tools in Node. No DOM, no timers, no promises.
 */

import type { Pod } from './api/generated/types.ts';
import { readManifests } from './api/manifests.ts';
import type { KubernetesObject } from './api/object.ts';
import { resourceOfBareKind } from './api/resources.ts';
import { storageKey, storagePrefix } from './api/storage-keys.ts';
import { fromRFC3339, toRFC3339 } from './api/time.ts';
import { beginChaos, type Chaos, strike } from './chaos.ts';
import type { Call } from './client/messages.ts';
import { definitions } from './components.ts';
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
import type { KeyValue } from './etcd/messages.ts';
import { type EtcdDisk, type EtcdState, keysBelow, type Store } from './etcd/state.ts';
import { FAULT_KINDS } from './fault-catalogue.ts';
import { examine, FaultError, healFault, placeOf, startFault } from './faults.ts';
import { FrameBuilder, objectOf } from './frames.ts';
import { followGroupChange, submitGroupChange, takeGroupAnswer } from './group-changes.ts';
import type { Kernel } from './kernel/kernel.ts';
import { continueMoment, type Moment, takeMoment } from './kernel/moment.ts';
import { digestOf, restoreSnapshot, type Snapshot, takeSnapshot } from './kernel/snapshot.ts';
import type { Body, Message } from './kernel/types.ts';
import { iptablesSave } from './kube-proxy/iptables-save.ts';
import { bootstrap } from './kubeadm/bootstrap.ts';
import type { KubectlState, Outcome, RawOutcome } from './kubectl/state.ts';
import { viewMessage } from './labels.ts';
import { lightBody } from './light-body.ts';
import type { MachineState } from './machine/state.ts';
import { LAPTOP, type Plan, planMachines } from './machines.ts';
import type { PacketFilter } from './network/packet-filter.ts';
import { podLog } from './runtime/logs.ts';
import type { ContainerdState } from './runtime/state.ts';
import { type SchedulingDecision, schedulingDecision } from './scheduler/index.ts';
import type { SchedulerState } from './scheduler/state.ts';
import { traceOf } from './trace.ts';
import { causesOf, consequencesOf, lastWriteOf, sentenceFor, writesOf } from './why.ts';

export { lineOfField } from './api/yaml.ts';
export { randomFault } from './chaos.ts';
export type * from './door.ts';
export { FAULT_KINDS } from './fault-catalogue.ts';
export { FaultError } from './faults.ts';
export { GroupError } from './group-changes.ts';
export type { Moment } from './kernel/moment.ts';
export type { Snapshot } from './kernel/snapshot.ts';
export type { Message } from './kernel/types.ts';
export { OptionsError } from './options.ts';
export type { SchedulingDecision } from './scheduler/index.ts';

const KUBECTL = `kubectl@${LAPTOP}`;
/** Up to so many stored objects `runUntil` asks its predicate after every message; above, when an object has changed ... */
const SMALL_CLUSTER_KEYS = 2_000;
/** ... or so much virtual time has passed. */
const ASK_AGAIN_MS = 100;
/** A request that is not answered by then never will be: every client gives up before. */
const MAX_WAIT_MS = 120_000;

export interface RestRequest {
  readonly method: string;
  /** With or without a query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface RestResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

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
  snapshot(): Snapshot;
  digest(): string;
  observe(listener: (frame: Frame) => void): () => void;
}

/** What the layer above the kernel keeps. */
interface More {
  readonly options: ClusterOptions;
  nextCommand: number;
  nextFault: number;
  faults: ActiveFault[];
  /** Faults that were asked for with `inMs`, until their time comes. */
  planned: ActiveFault[];
  chaos: Chaos[];
}

/** A place in a run: at that time, after so many messages. */
export interface Position {
  readonly at: number;
  readonly after: number;
}

/** What happens to the cluster from outside at a known time: a planned fault starts, or one with an end heals. */
interface Deed {
  readonly at: number;
  run(): void;
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
export function restore(snapshot: Snapshot): SimulatedCluster {
  const { kernel, more } = restoreSnapshot(definitions, snapshot);
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
  private readonly plan: Plan;
  private readonly more: More;
  /** Lists as last asked for: whoever asks after each message finds most of them unchanged. */
  /** Where etcd's members are, as the membership had it that this was taken from. */
  private etcdHosts: readonly string[] = [];
  private etcdMembers: object | undefined;
  private readonly listed = new Map<string, { store: Store; revision: number; objects: KubernetesObject[] }>();
  private readonly observers = new Set<{ builder: FrameBuilder; listener: (frame: Frame) => void; marks: Mark[] }>();

  constructor(kernel: Kernel, plan: Plan, more: More) {
    this.kernel = kernel;
    this.plan = plan;
    this.more = more;
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
    const text = submitGroupChange(this.kernel, id, command);
    this.more.nextCommand++;
    this.mark({ at: this.now, kind: 'act', text });
    return id;
  }

  /** What etcd said, once: an empty text when it is done; undefined while it is under way. */
  groupChanged(id: number): string | undefined {
    return takeGroupAnswer(this.kernel, id);
  }

  request({ method, path, query, headers, body }: RestRequest): RestResponse {
    const [bare = '', search = ''] = path.split('?');
    const lower = Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
    const call: Call = {
      method: method.toUpperCase() as Call['method'],
      path: bare,
      query: { ...parseQuery(search), ...query },
      contentType: lower['content-type'],
      accept: lower.accept,
      body,
    };
    const id = this.submitRequest(call);
    const answer = this.waitFor(() => this.answered(id));
    const warnings = answer?.warnings?.map((text) => `299 - ${JSON.stringify(text)}`).join(', ');
    const out: Record<string, string> = {
      'content-type': typeof answer?.body === 'string' ? 'text/plain' : 'application/json',
    };
    if (warnings) out.warning = warnings;
    return { status: answer?.status ?? 0, headers: out, body: answer?.body };
  }

  delete(ref: ObjectRef, options: object = {}): Status | object {
    const path = this.pathOf(ref);
    if (path === undefined) return badRequest(`there is no kind named ${ref.kind}`);
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background', ...options };
    return this.request({ method: 'DELETE', path, body }).body as object;
  }

  /** REST path of an object; undefined for a kind that is not served. */
  pathOf({ kind, namespace, name }: ObjectRef): string | undefined {
    const resource = resourceOfBareKind(kind);
    if (resource === undefined) return undefined;
    const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`;
    const within = resource.namespaced ? `/namespaces/${namespace ?? 'default'}` : '';
    return `${root}${within}/${resource.plural}/${name}`;
  }

  inject(fault: Fault): string {
    return this.startFault(fault).id;
  }

  /** Starts a fault, now or after `inMs`. Throws a `FaultError` that says what is wrong with it; nothing has happened then. */
  startFault(asked: Fault): ActiveFault {
    const id = `fault-${this.more.nextFault}`;
    const { fault, sentence } = examine(this.kernel, asked);
    const { inMs, ...now } = fault;
    if (!inMs) {
      const started = this.start(id, now as Fault);
      this.more.nextFault++;
      return started;
    }
    const planned = { id, fault: now as Fault, sentence, since: this.now + inMs };
    this.more.nextFault++;
    this.more.planned = [...this.more.planned, planned];
    this.mark({ at: this.now, kind: 'act', text: `In ${inMs / 1000} s: ${sentence}` });
    return planned;
  }

  /** Faults that wait for their time. */
  get planned(): readonly ActiveFault[] {
    return this.more.planned;
  }

  private start(id: string, asked: Fault, by?: string): ActiveFault {
    const { fault, sentence } = examine(this.kernel, asked);
    let active: ActiveFault | undefined;
    const act = this.kernel.act(placeOf(this.kernel, fault), { type: 'fault', text: sentence, fault } as Body, () => {
      active = startFault(this.kernel, id, fault, by);
    });
    if (active !== undefined) {
      this.more.faults = [...this.more.faults, active];
      if (active.fault.kind === 'chaos') this.more.chaos = [...this.more.chaos, beginChaos(active)];
    }
    this.mark({ at: this.now, kind: 'fault', text: sentence, messageId: act.id, fault: id });
    this.tell(`${sentence} ${FAULT_KINDS[fault.kind]?.expect}`);
    return active ?? { id, fault, sentence, since: this.now };
  }

  /** Heals one fault, or all; what a chaos has broken heals with it. Throws a `FaultError` for an id that is not active. */
  heal(id?: string): void {
    const isMeant = (one: ActiveFault): boolean => id === undefined || one.id === id || one.by === id;
    const healed = this.more.faults.filter(isMeant);
    const unplanned = this.more.planned.filter(isMeant);
    if (id !== undefined && healed.length + unplanned.length === 0)
      throw new FaultError(`there is no active fault ${id}`);
    this.more.planned = this.more.planned.filter((planned) => !unplanned.includes(planned));
    this.more.chaos = this.more.chaos.filter((chaos) => !healed.some((active) => active.id === chaos.id));
    for (const { sentence } of unplanned) this.mark({ at: this.now, kind: 'heal', text: `Called off: ${sentence}` });
    for (const active of healed) {
      const { fault, sentence } = active;
      const text = `Healed: ${sentence}`;
      this.more.faults = this.more.faults.filter((one) => one !== active);
      const act = this.kernel.act(placeOf(this.kernel, fault), { type: 'heal', text, fault } as Body, () =>
        healFault(this.kernel, active, this.more.faults),
      );
      this.mark({ at: this.now, kind: 'heal', text, messageId: act.id, fault: active.id });
      this.tell(`Healed. No longer true: ${sentence}`);
    }
  }

  // --- time ------------------------------------------------------------------------------------------------------

  advance(ms: number): void {
    this.advanceTo(this.now + ms);
  }

  /** Moves time to the target, or less far when `stop` says so after a message; true when it got there. */
  advanceTo(target: number, stop?: (message: Message) => boolean): boolean {
    let arrived = true;
    for (;;) {
      const deed = this.nextDeed();
      if (deed === undefined || deed.at > target) break;
      arrived = this.kernel.advanceTo(deed.at, stop);
      if (!arrived) break;
      deed.run();
    }
    if (arrived) arrived = this.kernel.advanceTo(target, stop);
    else this.runDeeds(this.now);
    this.publish();
    return arrived;
  }

  /** Where in the run this is: at that time, after so many messages. */
  get position(): Position {
    return { at: this.now, after: this.kernel.delivered };
  }

  /** Moves on to a position of this same run, so that what is done there finds the cluster as it was done the first time. */
  advanceToPosition({ at, after }: Position): void {
    if (this.kernel.delivered < after) this.advanceTo(at, () => this.kernel.delivered >= after);
    this.runDeeds(at);
    this.kernel.now = Math.max(this.now, at);
  }

  /** Deeds follow the last message that is due by their time, wherever the advance stopped. */
  private runDeeds(until: number): void {
    for (;;) {
      const deed = this.nextDeed();
      if (deed === undefined || deed.at > until) return;
      if ((this.kernel.nextDue()?.dueAt ?? Number.POSITIVE_INFINITY) <= deed.at) return;
      this.kernel.now = Math.max(this.now, deed.at);
      deed.run();
    }
  }

  private nextDeed(): Deed | undefined {
    let next: Deed | undefined;
    for (const { since, id, fault } of this.more.planned) {
      if (next === undefined || since < next.at) next = { at: since, run: () => this.carryOut(id, fault) };
    }
    for (const chaos of this.more.chaos) {
      if (next === undefined || chaos.at < next.at) next = { at: chaos.at, run: () => this.strike(chaos) };
    }
    for (const { until, id } of this.more.faults) {
      if (until !== undefined && (next === undefined || until < next.at))
        next = { at: until, run: () => this.heal(id) };
    }
    return next;
  }

  private strike(chaos: Chaos): void {
    const { fault, chaos: next } = strike(chaos, this.kernel);
    this.more.chaos = this.more.chaos.map((one) => (one === chaos ? next : one));
    if (fault !== undefined) this.carryOut(`fault-${this.more.nextFault++}`, fault, chaos.id);
  }

  private carryOut(id: string, fault: Fault, by?: string): void {
    this.more.planned = this.more.planned.filter((planned) => planned.id !== id);
    try {
      this.start(id, fault, by);
    } catch (error) {
      // What it was to break may be broken or gone by now.
      if (!(error instanceof FaultError)) throw error;
      this.mark({ at: this.now, kind: 'act', text: `Not done: ${error.message}` });
    }
  }

  /** Delivers exactly one message and says which. */
  step(): MessageView | undefined {
    const message = this.deliverNext();
    this.publish();
    return message && this.view(message);
  }

  private deliverNext(): Message | undefined {
    const deed = this.nextDeed();
    const due = this.kernel.nextDue()?.dueAt;
    if (deed !== undefined && (due === undefined || deed.at < due)) {
      this.kernel.advanceTo(deed.at);
      deed.run();
    }
    return this.kernel.deliverNext();
  }

  runUntil(predicate: (cluster: Cluster) => boolean, maxMs: number): boolean {
    const end = this.now + maxMs;
    let done = predicate(this);
    let asked = { at: this.now, revision: this.store()?.revision };
    while (!done) {
      const due = this.kernel.nextDue()?.dueAt;
      const deedAt = this.nextDeed()?.at;
      if ((due === undefined || due > end) && (deedAt === undefined || deedAt > end)) break;
      this.deliverNext();
      const store = this.store();
      // In a large cluster the question costs more than the message: there it is asked when an object has changed.
      const isSmall = (store?.keys.size ?? 0) < SMALL_CLUSTER_KEYS;
      if (!isSmall && asked.revision === store?.revision && this.now - asked.at < ASK_AGAIN_MS) continue;
      asked = { at: this.now, revision: store?.revision };
      done = predicate(this);
    }
    if (!done) this.kernel.advanceTo(end);
    this.publish();
    return done;
  }

  settle(maxMs = 3_600_000): boolean {
    return this.runUntil(() => this.settled, maxMs);
  }

  private waitFor<T>(take: () => T | undefined): T | undefined {
    const end = this.now + MAX_WAIT_MS;
    let result = take();
    while (result === undefined && (this.kernel.nextDue()?.dueAt ?? end) < end) {
      this.deliverNext();
      result = take();
    }
    this.publish();
    return result;
  }

  // --- reading ---------------------------------------------------------------------------------------------------

  get(kind: string, namespace: string | null, name: string): KubernetesObject | undefined {
    const resource = resourceOfBareKind(kind);
    const kv = resource && this.store()?.keys.get(storageKey(resource, namespace ?? 'default', name));
    return kv && objectOf(kv);
  }

  list(kind: string, namespace?: string): KubernetesObject[] {
    const resource = resourceOfBareKind(kind);
    const store = this.store();
    if (resource === undefined || store === undefined) return [];
    const prefix = storagePrefix(resource) + (namespace !== undefined && resource.namespaced ? `${namespace}/` : '');
    const known = this.listed.get(prefix);
    if (known?.store === store && known.revision === store.revision) return known.objects.slice();
    const objects = keysBelow(store.keys, prefix)
      .sort()
      .map((key) => objectOf(store.keys.get(key) as KeyValue));
    this.listed.set(prefix, { store, revision: store.revision, objects });
    return objects.slice();
  }

  /** etcd's data: of the member that has applied most, on its disk if it does not run. */
  store(): Store | undefined {
    let newest: EtcdState | undefined;
    let store: Store | undefined;
    for (const host of this.etcdHosts) {
      const running = this.kernel.state<EtcdState>(`etcd@${host}`);
      const data = running?.store ?? (this.kernel.machines.get(host)?.disks.etcd as EtcdDisk | undefined)?.store;
      if (data === undefined || (store !== undefined && data.revision <= store.revision)) continue;
      store = data;
      newest = running ?? newest;
    }
    if (newest?.raft && newest.raft.members === this.etcdMembers) return store;
    return this.findStore();
  }

  /** Looks for etcd's members anew: the group has changed, or none of those that were known runs. */
  private findStore(): Store | undefined {
    let newest: EtcdState | undefined;
    let store: Store | undefined;
    for (const { name, ran, disks } of this.kernel.machines.values()) {
      if (!ran.has('etcd')) continue;
      const running = this.kernel.state<EtcdState>(`etcd@${name}`);
      if (running !== undefined && !(newest && running.store.revision <= newest.store.revision)) newest = running;
      const data = running?.store ?? (disks.etcd as EtcdDisk | undefined)?.store;
      if (data !== undefined && !(store && data.revision <= store.revision)) store = data;
    }
    this.etcdMembers = newest?.raft?.members;
    this.etcdHosts = Object.values(this.etcdMembers ?? {}).map(({ host }) => host);
    return store;
  }

  schedulingDecision(namespace: string, pod: string): SchedulingDecision | undefined {
    let latest: SchedulingDecision | undefined;
    // A scheduler that leads no more still knows what it decided last.
    for (const host of this.plan.controlPlaneHosts) {
      const state = this.kernel.state<SchedulerState>(`scheduler@${host}`);
      const decision = state && schedulingDecision(state, namespace, pod);
      if (decision !== undefined && decision.attemptedAt >= (latest?.attemptedAt ?? decision.attemptedAt))
        latest = decision;
    }
    return latest;
  }

  /** The node's packet filter as `iptables-save` prints it; throws a `FaultError` for a machine that does not exist. */
  iptablesSave(node: string): string {
    if (!this.kernel.machines.has(node)) throw new FaultError(`there is no machine named ${node}`);
    const state = this.kernel.state<MachineState>(`machine@${node}`);
    return iptablesSave((state?.packetFilter ?? null) as PacketFilter | null, this.now);
  }

  /** Events about an object, oldest first. */
  eventsOf({ kind, namespace, name }: ObjectRef): KubernetesObject[] {
    const about = (event: KubernetesObject): boolean => {
      const { involvedObject: involved } = event as unknown as { involvedObject: ObjectRef };
      return involved.kind === kind && involved.name === name && (involved.namespace ?? '') === (namespace ?? '');
    };
    return this.list('Event', namespace || 'default')
      .filter(about)
      .sort((a, b) => lastSeen(a) - lastSeen(b) || revisionOf(a) - revisionOf(b));
  }

  /** What a container has written so far, as its node's log file has it; empty when there is none. */
  logs(namespace: string, pod: string, container?: string): string {
    const { spec } = (this.get('Pod', namespace, pod) ?? {}) as Pod;
    const runtime = spec && this.kernel.state<ContainerdState>(`containerd@${spec.nodeName}`);
    const name = container ?? spec?.containers[0]?.name;
    return runtime && name ? podLog(runtime, namespace, pod, name) : '';
  }

  /** The complete chain of causes of a message, or of the last write of an object: nearest first. */
  why(target: ObjectRef | number): Cause[] {
    const { id, event } = this.lastWrite(target);
    return causesOf(this.kernel, id, event);
  }

  /** What a message, an act, or the writes of an object led to, oldest first. */
  effects(target: ObjectRef | number): Consequences {
    const key = typeof target === 'number' ? undefined : this.keyOf(target);
    const from = typeof target === 'number' ? [target] : key === undefined ? [] : writesOf(this.kernel, key);
    return consequencesOf(this.kernel, from);
  }

  /** Who spent how long on what, from the beginning of a chain of causes on; undefined when nothing is known of it. */
  trace(target: ObjectRef | number): Trace | undefined {
    return traceOf(this.kernel, this.lastWrite(target).id);
  }

  private lastWrite(target: ObjectRef | number): ReturnType<typeof lastWriteOf> {
    if (typeof target === 'number') return { id: target };
    const key = this.keyOf(target);
    return key === undefined ? { id: 0 } : lastWriteOf(this.kernel, this.store(), key);
  }

  private keyOf({ kind, namespace, name }: ObjectRef): string | undefined {
    const resource = resourceOfBareKind(kind);
    return resource && storageKey(resource, namespace ?? 'default', name);
  }

  /** A message of the kept past or on its way. */
  message(id: number): { message: MessageView; body: unknown; sentence: string } | undefined {
    const message = this.kernel.message(id);
    return message && { message: this.view(message), body: message.body, sentence: sentenceFor(this.kernel, message) };
  }

  private view(message: Message): MessageView {
    return viewMessage(message, (id) => this.kernel.message(id));
  }

  private kubectl(): KubectlState {
    return this.kernel.state<KubectlState>(KUBECTL) as KubectlState;
  }

  snapshot(): Snapshot {
    return takeSnapshot(this.kernel, this.more);
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
    return digestOf(this.snapshot());
  }

  // --- observing -------------------------------------------------------------------------------------------------

  observe(listener: (frame: Frame) => void): () => void {
    const observer = { builder: new FrameBuilder(this.kernel, () => this.store()), listener, marks: [] };
    this.observers.add(observer);
    return () => this.observers.delete(observer);
  }

  private delivered(message: Message): void {
    if (message.body.type === 'memberResponse') followGroupChange(this.kernel, message);
    for (const { builder } of this.observers) builder.delivered(message);
  }

  /** A caption that no message brings: what a user did to the machines themselves. */
  private tell(text: string): void {
    const caption = { at: this.now, messageId: 0, component: 'machine', text, objects: [] };
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

const revisionOf = ({ metadata }: KubernetesObject): number => Number(metadata.resourceVersion);

function lastSeen(event: KubernetesObject): number {
  const { lastTimestamp, eventTime } = event as unknown as { lastTimestamp?: string; eventTime?: string };
  const at = fromRFC3339(lastTimestamp ?? eventTime ?? event.metadata.creationTimestamp ?? toRFC3339(0));
  // Most events know the second only; within it the order of writing decides.
  return Math.floor(at / 1000);
}

function badRequest(message: string): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason: 'BadRequest',
    code: 400,
  };
}

function parseQuery(search: string): Record<string, string> {
  const query: Record<string, string> = {};
  for (const pair of search.split('&')) {
    if (pair === '') continue;
    const [name = '', value = ''] = pair.split('=');
    query[decodeURIComponent(name)] = decodeURIComponent(value.replaceAll('+', ' '));
  }
  return query;
}
