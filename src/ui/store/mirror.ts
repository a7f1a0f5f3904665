import type { EndpointSlice, Pod } from '../../engine/api/generated/types.ts';
import type { KubernetesObject } from '../../engine/api/object.ts';
import type {
  ActiveFault,
  Caption,
  ComponentView,
  Frame,
  HealthLine,
  MachineView,
  Mark,
  MessageView,
} from '../../engine/door.ts';
import type { BranchView, Place, RunRecord } from '../../worker/protocol.ts';
import { KeyIndex } from './key-index.ts';
import { type BranchRecord, NO_RECORD, Records, upTo } from './records.ts';
import { Topics } from './topics.ts';

/**
 * The cluster as the page knows it: frames in, objects and indexes out. Read-only for everybody else.
 *
 * Topics to subscribe to: `object:<key>`, `kind:<Kind>` (its keys), `node-pods:<node>` (keys of pods bound to it),
 * `node-pod-status:<node>` (any of those pods changed), `unbound-pods`, `service-slices:<ns>/<service>`,
 * `owned:<uid>` (keys of what that object controls),
 * `machine:<name>`, `any-machine`, `machines` (their names), `component:<address>`, `components` (their addresses), `in-flight`,
 * `messages`, `captions`, `marks`, `record`, `place` (run and branch), `faults`, `health`, `settled`, `revision`, `now`.
 */
export class Mirror {
  readonly #topics = new Topics();
  readonly #objects = new Map<string, KubernetesObject>();
  readonly #byKind = new KeyIndex();
  readonly #podsByNode = new KeyIndex();
  readonly #slicesByService = new KeyIndex();
  readonly #byController = new KeyIndex();
  readonly #machines = new Map<string, MachineView>();
  readonly #components = new Map<string, ComponentView>();
  #machineNames: readonly string[] = [];
  #addresses: readonly string[] = [];

  now = 0;
  epoch = 0;
  /** Which run and which branch of it is shown; no run before the first frame. */
  run = -1;
  branch = 1;
  settled = true;
  nextAt: number | undefined;
  etcdRevision = 0;
  inFlight: readonly MessageView[] = [];
  faults: readonly ActiveFault[] = [];
  /** What works now. */
  health: readonly HealthLine[] = [];
  /** Faults that start later. Topic `faults`. */
  planned: readonly ActiveFault[] = [];
  /** Delivered by now, oldest first; new arrays when they change. */
  messages: readonly MessageView[] = [];
  captions: readonly Caption[] = [];
  marks: readonly Mark[] = [];
  /** All that is known of this branch, also what comes after the moment that is shown. Topic `record`. */
  record: BranchRecord = NO_RECORD;
  /** Pods that the last frame gave a node, and which: what flies. Topic `bound`. */
  bound: readonly { readonly key: string; readonly node: string }[] = [];
  /** False until the first frame. */
  ready = false;

  readonly #records = new Records();
  #bound: { readonly key: string; readonly node: string }[] = [];

  subscribe(topic: string, listener: () => void): () => void {
    return this.#topics.subscribe(topic, listener);
  }

  object<T extends KubernetesObject = KubernetesObject>(key: string): T | undefined {
    return this.#objects.get(key) as T | undefined;
  }

  /** Keys of all objects of a kind, sorted; the same array until one comes or goes. */
  keysOfKind(kind: string): readonly string[] {
    return this.#byKind.get(kind);
  }

  countOfKind(kind: string): number {
    return this.#byKind.size(kind);
  }

  kinds(): readonly string[] {
    return this.#byKind.groups();
  }

  /** Keys of the pods whose `spec.nodeName` is this node. */
  podsOnNode(node: string): readonly string[] {
    return this.#podsByNode.get(node);
  }

  unboundPods(): readonly string[] {
    return this.#podsByNode.get('');
  }

  slicesOfService(namespace: string, service: string): readonly string[] {
    return this.#slicesByService.get(`${namespace}/${service}`);
  }

  /** Keys of the objects whose controller has this uid. */
  ownedBy(uid: string): readonly string[] {
    return this.#byController.get(uid);
  }

  /** A message by its id, as long as the page remembers it. */
  message(id: number): MessageView | undefined {
    return this.inFlight.find((one) => one.id === id) ?? this.record.messages.find((one) => one.id === id);
  }

  machine(name: string): MachineView | undefined {
    return this.#machines.get(name);
  }

  machineNames(): readonly string[] {
    return this.#machineNames;
  }

  component(address: string): ComponentView | undefined {
    return this.#components.get(address);
  }

  /** Addresses of all components that were ever seen running. */
  addresses(): readonly string[] {
    return this.#addresses;
  }

  /** A frame of an older epoch came from before a seek: dropped. */
  apply(frame: Frame, epoch = this.epoch, place?: Place, record?: RunRecord): void {
    if (epoch < this.epoch) return;
    this.epoch = epoch;
    if (frame.full) this.#forget();
    this.#bound = [];
    for (const [key, object] of frame.objects) this.#put(key, object);
    // After a full frame every topic is told: of pods that flew then nothing may be left.
    if (frame.full) this.bound = [];
    else if (this.#bound.length > 0) {
      this.bound = this.#bound;
      this.#topics.changed('bound');
    }
    this.#putComponents(frame.components);
    this.#putMachines(frame.machines);
    this.#putHistory(frame, place, record);
    this.#set('now', this.now !== frame.now || frame.full);
    this.now = frame.now;
    this.nextAt = frame.nextAt;
    this.#set('settled', this.settled !== frame.settled);
    this.settled = frame.settled;
    this.#set('revision', this.etcdRevision !== frame.etcdRevision);
    this.etcdRevision = frame.etcdRevision;
    this.#set('in-flight', this.inFlight.length > 0 || frame.inFlight.length > 0);
    this.inFlight = frame.inFlight;
    // Another branch gives the same ids to other faults.
    if (frame.full || !sameFaults(this.faults, frame.faults) || !sameFaults(this.planned, frame.planned)) {
      this.faults = frame.faults;
      this.planned = frame.planned;
      this.#topics.changed('faults');
    }
    if (frame.health !== undefined) {
      this.health = frame.health;
      this.#topics.changed('health');
    }
    if (!this.ready || frame.full) {
      this.ready = true;
      this.#topics.allChanged();
    }
    this.#topics.tell();
  }

  #set(topic: string, changed: boolean): void {
    if (changed) this.#topics.changed(topic);
  }

  #forget(): void {
    this.#objects.clear();
    this.#byKind.clear();
    this.#podsByNode.clear();
    this.#slicesByService.clear();
    this.#byController.clear();
    this.#machines.clear();
    this.#components.clear();
    this.#machineNames = [];
    this.#addresses = [];
  }

  /** Learns of branches: a new one has its parent's past. */
  know(branches: readonly BranchView[]): void {
    this.#records.know(branches);
  }

  #put(key: string, object: KubernetesObject | null): void {
    const old = this.#objects.get(key);
    if (object === null) {
      if (old === undefined) return;
      this.#objects.delete(key);
    } else {
      if (old === object) return;
      this.#objects.set(key, object);
    }
    this.#topics.changed(`object:${key}`);
    const kind = object?.kind ?? old?.kind ?? '';
    if (object === null || old === undefined) {
      if (object === null) this.#byKind.delete(kind, key);
      else this.#byKind.add(kind, key);
      this.#topics.changed(`kind:${kind}`);
    }
    this.#move(this.#byController, 'owned:', key, controllerUid(old), controllerUid(object));
    if (kind === 'Pod') this.#putPod(key, old as Pod | undefined, object as Pod | null);
    else if (kind === 'EndpointSlice') {
      const before = serviceOf(old as EndpointSlice | undefined);
      const after = serviceOf(object as EndpointSlice | null);
      this.#move(this.#slicesByService, 'service-slices:', key, before, after);
      if (after !== undefined) this.#topics.changed(`service-slices:${after}`);
    }
  }

  #putPod(key: string, old: Pod | undefined, pod: Pod | null): void {
    const before = old === undefined ? undefined : (old.spec?.nodeName ?? '');
    const after = pod === null ? undefined : (pod.spec?.nodeName ?? '');
    this.#move(this.#podsByNode, 'node-pods:', key, before, after);
    if (before !== after && (before === '' || after === '')) this.#topics.changed('unbound-pods');
    if (before === '' && after) this.#bound.push({ key, node: after });
    if (before) this.#topics.changed(`node-pod-status:${before}`);
    if (after) this.#topics.changed(`node-pod-status:${after}`);
  }

  #move(index: KeyIndex, topic: string, key: string, before: string | undefined, after: string | undefined): void {
    if (before === after) return;
    if (before !== undefined) {
      index.delete(before, key);
      this.#topics.changed(topic + before);
    }
    if (after !== undefined) {
      index.add(after, key);
      this.#topics.changed(topic + after);
    }
  }

  /** Frames repeat all machines: only those that differ are taken. */
  #putMachines(machines: readonly MachineView[]): void {
    let isNew = false;
    for (const machine of machines) {
      const old = this.#machines.get(machine.name);
      if (old !== undefined && sameMachine(old, machine)) continue;
      isNew ||= old === undefined;
      this.#machines.set(machine.name, machine);
      this.#topics.changed(`machine:${machine.name}`);
      this.#topics.changed('any-machine');
      this.#correctRunning(machine);
    }
    if (!isNew) return;
    this.#machineNames = [...this.#machines.keys()];
    this.#topics.changed('machines');
  }

  /** A process that died with its machine's power had no last word: the machine knows what runs on it. */
  #correctRunning({ name, running }: MachineView): void {
    for (const component of this.#components.values()) {
      if (component.host !== name || component.running === running.includes(component.component)) continue;
      this.#components.set(component.address, { ...component, running: !component.running });
      this.#topics.changed(`component:${component.address}`);
    }
  }

  #putComponents(components: readonly ComponentView[]): void {
    let isNew = false;
    for (const component of components) {
      isNew ||= !this.#components.has(component.address);
      this.#components.set(component.address, component);
      this.#topics.changed(`component:${component.address}`);
    }
    if (!isNew) return;
    this.#addresses = [...this.#components.keys()];
    this.#topics.changed('components');
  }

  #putHistory(frame: Frame, place: Place = { run: 0, branch: 1, newest: frame.now, fresh: true }, loaded?: RunRecord) {
    this.#set('place', place.run !== this.run || place.branch !== this.branch);
    this.run = place.run;
    this.branch = place.branch;
    const record = this.#records.add(frame, place, loaded);
    this.#set('record', record !== this.record);
    this.record = record;
    const { messages, captions, marks } = upTo(record, frame.now, place.newest);
    this.#set('messages', !isSameList(this.messages, messages));
    this.#set('captions', !isSameList(this.captions, captions));
    this.#set('marks', !isSameList(this.marks, marks));
    if (!isSameList(this.messages, messages)) this.messages = messages;
    if (!isSameList(this.captions, captions)) this.captions = captions;
    if (!isSameList(this.marks, marks)) this.marks = marks;
  }
}

/** Lists that grow at the end: equal when they end in the same and are as long. */
const isSameList = <T>(one: readonly T[], other: readonly T[]): boolean =>
  one === other || (one.length === other.length && one.at(-1) === other.at(-1) && one[0] === other[0]);

function controllerUid(object: KubernetesObject | null | undefined): string | undefined {
  return object?.metadata.ownerReferences?.find((owner) => owner.controller === true)?.uid;
}

function serviceOf(slice: EndpointSlice | null | undefined): string | undefined {
  const name = slice?.metadata.labels?.['kubernetes.io/service-name'];
  return name === undefined ? undefined : `${slice?.metadata.namespace ?? ''}/${name}`;
}

function sameMachine(one: MachineView, other: MachineView): boolean {
  return (
    one.powered === other.powered &&
    one.boots === other.boots &&
    one.internalIP === other.internalIP &&
    one.cpuMillis === other.cpuMillis &&
    one.memoryBytes === other.memoryBytes &&
    one.running.length === other.running.length &&
    one.running.every((component) => other.running.includes(component))
  );
}

function sameFaults(one: readonly ActiveFault[], other: readonly ActiveFault[]): boolean {
  return one.length === other.length && one.every((fault, i) => fault.id === other[i]?.id);
}

/** The page's one mirror. */
export const mirror = new Mirror();
