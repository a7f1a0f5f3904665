import type { KubernetesObject } from './api/object.ts';
import { bytes, cpuMillis } from './api/quantity.ts';
import type { Caption, ComponentView, Frame, MachineView, Mark, MessageView } from './door.ts';
import type { EtcdWatchResponse, KeyValue } from './etcd/messages.ts';
import type { Store } from './etcd/state.ts';
import { health } from './health.ts';
import type { Kernel, Machine } from './kernel/kernel.ts';
import { MAX_FRAME_HAPPENED, MAX_FRAME_IN_FLIGHT } from './kernel/limits.ts';
import type { Message } from './kernel/types.ts';
import { viewMessage } from './labels.ts';
import type { MachineConfig } from './machine/messages.ts';
import { LAPTOP } from './machines.ts';
import { CHECKS, CHECKS_AGAIN, narrate } from './narrate/index.ts';

/** Virtual time between two looks at what works; ten times as much in large clusters. */
const LOOK_MS = 250;
const MANY_PROCESSES = 500;

const withVersion = new WeakMap<KeyValue, KubernetesObject>();

/** The object as the API server would show it: with its revision. */
export function objectOf(kv: KeyValue): KubernetesObject {
  let object = withVersion.get(kv);
  if (object === undefined) {
    object = { ...kv.value, metadata: { ...kv.value.metadata, resourceVersion: String(kv.modRevision) } };
    withVersion.set(kv, object);
  }
  return object;
}

const keyOf = ({ kind, metadata }: KubernetesObject): string => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;

/** The same sentence within this time is about the same. */
const SAME_MS = 500;
/** That somebody still cannot be reached needs not be said so often. */
const SAME_OUTAGE_MS = 60_000;
const OUTAGES: ReadonlySet<string> = new Set(['connectionRefused', 'connectionLost', 'etcdError']);
const MAX_SAID = 500;

interface MayLead {
  readonly election?: { readonly leading: boolean };
}

/** Collects, for one observer, what changed since its last frame. */
export class FrameBuilder {
  private revision = -1;
  private lookedAt = Number.NEGATIVE_INFINITY;
  private told = '';
  /** The newest write that a caption was made of, and its keys. */
  private toldRevision = 0;
  private readonly toldKeys = new Set<string>();
  private readonly happened: MessageView[] = [];
  private readonly captions: Caption[] = [];
  private readonly touched = new Set<string>();
  /** By sentence: when it was said last. */
  private readonly saidAt = new Map<string, number>();
  private hasExplained = false;
  private readonly kernel: Kernel;
  private readonly store: () => Store | undefined;

  constructor(kernel: Kernel, store: () => Store | undefined) {
    this.kernel = kernel;
    this.store = store;
  }

  /** Takes note of a delivered message. */
  delivered(message: Message): void {
    this.touched.add(message.to);
    if (message.periodic) return;
    if (!this.isTold(message) && !this.isForStandby(message))
      for (const caption of narrate(message, this.kernel))
        this.tell(caption, OUTAGES.has(message.body.type) ? SAME_OUTAGE_MS : SAME_MS);
    if (message.from === message.to) return;
    if (this.happened.length < MAX_FRAME_HAPPENED) this.happened.push(this.view(message));
  }

  /** Each of several API servers hears of every write; the first to hear is told. */
  private isTold({ body }: Message): boolean {
    if (body.type !== 'watchResponse') return false;
    const { events, canceled } = body as unknown as EtcdWatchResponse;
    if (canceled !== undefined) return false;
    const last = events.at(-1)?.kv;
    if (last === undefined) return true;
    if (last.modRevision < this.toldRevision && this.isBehind(this.toldRevision)) this.toldRevision = 0;
    if (last.modRevision < this.toldRevision) return true;
    if (last.modRevision > this.toldRevision) this.toldKeys.clear();
    this.toldRevision = last.modRevision;
    if (this.toldKeys.has(last.key)) return true;
    this.toldKeys.add(last.key);
    return false;
  }

  /** Whether etcd has begun anew since: with one member, its data may be lost. */
  private isBehind(revision: number): boolean {
    return (this.store()?.revision ?? revision) < revision;
  }

  /** A scheduler or controller manager that does not lead hears of everything too, and does nothing about it. */
  private isForStandby({ to, body }: Message): boolean {
    return body.type === 'watchEvents' && this.kernel.state<MayLead>(to)?.election?.leading === false;
  }

  say(caption: Caption): void {
    this.captions.push(caption);
  }

  /** Not again what was just said: several schedulers hear of one pod. What a request goes through is told in full once. */
  private tell(caption: Caption, sameMs: number): void {
    const { text, at } = caption;
    const isRepeated = at - (this.saidAt.get(text) ?? Number.NEGATIVE_INFINITY) < sameMs;
    if (this.saidAt.size > MAX_SAID) this.saidAt.clear();
    const isKnown = text === CHECKS && this.hasExplained;
    if (text === CHECKS) this.hasExplained = true;
    else this.saidAt.set(text, at);
    if (!isRepeated) this.captions.push(isKnown ? { ...caption, text: CHECKS_AGAIN } : caption);
  }

  take(marks: readonly Mark[], faults: Frame['faults'], planned: Frame['planned'], whole = this.revision < 0): Frame {
    const store = this.store();
    const full = whole || this.isBehind(this.revision);
    const objects = full ? this.allObjects() : this.changedObjects();
    const { kernel } = this;
    const frame: Frame = {
      now: kernel.now,
      full,
      objects,
      machines: this.machines(),
      components: this.components(full),
      inFlight: this.inFlight(),
      happened: this.happened.splice(0),
      captions: this.captions.splice(0),
      marks,
      faults,
      planned,
      settled: kernel.pending === 0,
      nextAt: kernel.agenda.nextPendingAt(),
      etcdRevision: store?.revision ?? 0,
      ...this.health(full, marks.length > 0),
    };
    this.revision = store?.revision ?? this.revision;
    this.touched.clear();
    return frame;
  }

  private view(message: Message): MessageView {
    return viewMessage(message, (id) => this.kernel.message(id));
  }

  private allObjects(): [string, KubernetesObject | null][] {
    const store = this.store();
    if (store === undefined) return [];
    const objects: [string, KubernetesObject][] = [];
    for (const kv of store.keys.values()) if (isObject(kv)) objects.push([keyOf(kv.value), objectOf(kv)]);
    return objects;
  }

  /** From etcd's own log: each key once, with its newest value. */
  private changedObjects(): [string, KubernetesObject | null][] {
    const store = this.store();
    if (store === undefined) return [];
    if (this.revision < store.compactRevision) return this.allObjects();
    const changed = new Map<string, KubernetesObject | null>();
    for (let r = this.revision + 1; r <= store.revision; r++) {
      for (const { type, kv } of store.log.get(String(r)) ?? []) {
        if (isObject(kv)) changed.set(keyOf(kv.value), type === 'put' ? objectOf(kv) : null);
      }
    }
    return [...changed];
  }

  /**
   * The lines if one of them changed. One look takes a pass over all processes, so it waits for time to pass, or for a
   * fault or its end, which change much at once.
   */
  private health(full: boolean, isMarked: boolean): { health?: Frame['health'] } {
    const { now, processes } = this.kernel;
    const isTime = Math.abs(now - this.lookedAt) >= (processes.size < MANY_PROCESSES ? LOOK_MS : LOOK_MS * 10);
    if (!full && !isTime && !isMarked) return {};
    this.lookedAt = now;
    const lines = health(this.kernel);
    const text = JSON.stringify(lines);
    if (!full && text === this.told) return {};
    this.told = text;
    return { health: lines };
  }

  private machines(): MachineView[] {
    const running = new Map<string, string[]>();
    for (const { host, component } of this.kernel.processes.values()) {
      const there = running.get(host);
      if (there) there.push(component);
      else running.set(host, [component]);
    }
    const inCluster = [...this.kernel.machines.values()].filter(({ name }) => name !== LAPTOP);
    return inCluster.map((machine) => this.machine(machine, running.get(machine.name) ?? []));
  }

  private machine({ config, powered, boots }: Machine, running: readonly string[]): MachineView {
    const { name, role, internalIP, zone, cpu, memory } = config as MachineConfig;
    const size = { cpuMillis: cpuMillis(cpu), memoryBytes: bytes(memory) };
    return { name, role, powered, boots, internalIP, ...(zone && { zone }), running, ...size };
  }

  private components(full: boolean): ComponentView[] {
    const views: ComponentView[] = [];
    const addresses = full ? this.everRun() : this.touched;
    for (const address of addresses) {
      const process = this.kernel.processes.get(address);
      const [component = '', host = ''] = address.split('@');
      if (process === undefined) {
        views.push({ address, component, host, running: false, startedAt: 0, view: {} });
        continue;
      }
      const view = this.kernel.definition(component).view?.(process.state, this.kernel.now);
      if (view !== undefined)
        views.push({ address, component, host, running: true, startedAt: process.startedAt, view });
    }
    return views;
  }

  /** Every process that shows something of itself, and where one has run and is down: that is a part of the cluster too. */
  private *everRun(): Generator<string> {
    const { kernel } = this;
    yield* kernel.processes.keys();
    for (const { name, ran } of kernel.machines.values()) {
      for (const component of ran) {
        const address = `${component}@${name}`;
        if (!kernel.processes.has(address) && kernel.definition(component).view !== undefined) yield address;
      }
    }
  }

  private inFlight(): MessageView[] {
    const flying = this.kernel.agenda.inFlight(this.kernel.now);
    flying.sort((a, b) => Number(a.periodic) - Number(b.periodic) || a.id - b.id);
    return flying.slice(0, MAX_FRAME_IN_FLIGHT).map((message) => this.view(message));
  }
}

/** Bookkeeping keys such as `compact_rev_key` hold no object. */
const isObject = ({ value }: KeyValue): boolean => value?.kind !== undefined && value.metadata?.name !== undefined;
