import type { Node, Pod } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { RESOURCES, type Resource, resourceAt, resourceOfKind } from '../api/resources.ts';
import { toRFC3339 } from '../api/time.ts';
import { type Involved, involvedOf } from '../client/events.ts';
import { objectKey } from '../client/informer.ts';
import type { Answer, Call } from '../client/messages.ts';
import type { Delta } from '../client/state.ts';
import type { Table } from '../kernel/table.ts';
import type { Controller, ControllerContext, ControllerManagerConfig, Outcome, Progress } from './controller.ts';
import { type InformerName, sharedInformers } from './informers.ts';

type Json = Record<string, unknown>;
interface Timer {
  readonly at: number;
  readonly fire: () => void;
  readonly periodic: boolean;
}

/**
 * Tests run controllers in it: the shared informers' stores and a small API behind them that answers at once. It knows
 * deletion, finalizers and resource versions, but neither defaults nor validation.
 */
export class World {
  now = 0;
  /** How far the clock of the machine is ahead. */
  skew = 0;
  readonly calls: Call[] = [];
  /** `reason kind/name message`, in order. */
  readonly events: string[] = [];
  readonly errors: string[] = [];
  readonly states = new Map<Controller, object>();
  readonly timers = new Map<string, Timer>();
  /** Answers a call in place of the API when it gives something. */
  intercept: (what: Call) => { status: number; body?: unknown } | undefined = () => undefined;
  /**
   * Watch events wait instead of arriving before the answer of the call that made them. With `chance` (0 to 1, a new
   * number each call) the controllers work on before the next one arrives when it is above a half.
   */
  chance: (() => number) | undefined;
  private readonly late: (() => void)[] = [];
  private readonly objects = new Map<string, Map<string, KubernetesObject>>();
  private readonly stores = new Map<InformerName, Table<KubernetesObject>>();
  private readonly queues = new Map<Controller, Set<string>>();
  private readonly controllers: readonly Controller[];
  private readonly config: ControllerManagerConfig;
  private revision = 100;
  private uids = 0;

  constructor(controllers: readonly Controller[], config: Partial<ControllerManagerConfig> = {}) {
    this.controllers = controllers;
    this.config = { server: 'apiserver@cp', identity: 'cp', clusterCIDR: '10.244.0.0/16', ...config };
    for (const name of Object.keys(sharedInformers) as InformerName[])
      this.stores.set(name, sharedInformers[name].table());
    for (const controller of controllers) {
      this.states.set(controller, controller.create());
      this.queues.set(controller, new Set());
    }
  }

  /** Starts every controller, as the leader does once its caches have synced. */
  start(): this {
    for (const controller of this.controllers) controller.start?.(this.state(controller), this.context(controller));
    return this;
  }

  /** Creates the object or puts it in place of the one with its name, and shows it to the controllers. */
  put<T extends KubernetesObject>(object: T): T {
    const resource = resourceOfKind(object.apiVersion, object.kind) as Resource;
    const key = objectKey(object);
    const old = this.of(resource).get(key);
    const metadata = {
      ...object.metadata,
      uid: object.metadata.uid ?? old?.metadata.uid ?? `uid-${++this.uids}`,
      creationTimestamp: object.metadata.creationTimestamp ?? old?.metadata.creationTimestamp ?? toRFC3339(this.now),
      resourceVersion: String(++this.revision),
    };
    const stored = freeze({ ...object, metadata });
    this.of(resource).set(key, stored);
    this.deliver(resource, key, old, stored);
    return stored as T;
  }

  get<T extends KubernetesObject>(kind: string, namespace: string, name: string): T | undefined {
    const resource = RESOURCES.find((entry) => entry.kind === kind) as Resource;
    return this.of(resource).get(namespace ? `${namespace}/${name}` : name) as T | undefined;
  }

  list<T extends KubernetesObject>(kind: string): T[] {
    return [...this.of(RESOURCES.find((entry) => entry.kind === kind) as Resource).values()] as T[];
  }

  /** Takes the object away at once, whatever its finalizers say. */
  remove(object: KubernetesObject): void {
    const resource = resourceOfKind(object.apiVersion, object.kind) as Resource;
    const key = objectKey(object);
    const old = this.of(resource).get(key);
    this.of(resource).delete(key);
    this.deliver(resource, key, old, undefined);
  }

  /** Works until all queues are empty; gives the calls that were made. */
  run(): Call[] {
    const from = this.calls.length;
    for (let round = 0; round < 10_000; round++) {
      let worked = this.late.length > 0 && (this.chance?.() ?? 0) <= 0.5;
      if (worked) this.late.shift()?.();
      for (const controller of this.controllers) {
        const queue = this.queues.get(controller) as Set<string>;
        for (const key of queue) {
          queue.delete(key);
          worked = true;
          this.settle(controller, key, controller.sync(this.state(controller), key, this.context(controller)));
          break;
        }
      }
      if (worked) continue;
      if (this.late.length === 0) return this.calls.slice(from);
      this.late.shift()?.();
    }
    throw new Error('the controllers do not come to rest');
  }

  /** Moves time, working at every timer on the way; gives the calls that were made. */
  advance(ms: number): Call[] {
    const from = this.calls.length;
    const end = this.now + ms;
    this.run();
    for (;;) {
      let next: string | undefined;
      for (const [name, timer] of this.timers) {
        if (timer.at <= end && (next === undefined || timer.at < (this.timers.get(next) as Timer).at)) next = name;
      }
      if (next === undefined) break;
      const timer = this.timers.get(next) as Timer;
      this.timers.delete(next);
      this.now = timer.at;
      timer.fire();
      this.run();
    }
    this.now = end;
    return this.calls.slice(from);
  }

  /** Looks at every key again and gives what it asks for: nothing, when the controllers are idempotent. */
  again(controller: Controller, ...keys: string[]): Call[] {
    for (const key of keys) this.queues.get(controller)?.add(key);
    return this.run();
  }

  answer(what: Call): { status: number; body?: unknown } {
    this.calls.push(what);
    return this.intercept(what) ?? this.serve(what);
  }

  private state(controller: Controller): object {
    return this.states.get(controller) as object;
  }

  private context(controller: Controller): ControllerContext {
    const queue = this.queues.get(controller) as Set<string>;
    const prefix = this.controllers.indexOf(controller);
    const setTimer = (name: string, afterMs: number, fire: () => void, periodic = false) => {
      this.timers.set(`${prefix}/${name}`, { at: this.now + afterMs, fire, periodic });
    };
    return {
      now: this.now,
      wallNow: this.now + this.skew,
      config: this.config,
      store: <T extends KubernetesObject>(name: InformerName) => this.stores.get(name) as unknown as Table<T>,
      random: () => 0.5,
      enqueue: (key) => void queue.add(key),
      enqueueAfter: (key, afterMs, options) => setTimer(`q ${key}`, afterMs, () => queue.add(key), options?.periodic),
      setTimer: (name, afterMs, options) =>
        setTimer(
          name,
          afterMs,
          () => controller.timer?.(this.state(controller), name, this.context(controller)),
          options?.periodic,
        ),
      cancelTimer: (name) => void this.timers.delete(`${prefix}/${name}`),
      event: (about, _type, reason, message) => {
        const on: Involved = 'metadata' in about ? involvedOf(about) : about;
        this.events.push(`${reason} ${on.kind}/${on.name} ${message}`);
      },
      call: (what, tag) => {
        const answer = this.toAnswer(this.answer(what));
        controller.answered?.(this.state(controller), tag as Progress, answer, this.context(controller));
      },
    };
  }

  private settle(controller: Controller, key: string, first: Outcome): void {
    const queue = this.queues.get(controller) as Set<string>;
    let outcome = first;
    for (;;) {
      if (outcome.requeueAfterMs !== undefined) {
        const { requeueAfterMs } = outcome;
        const prefix = this.controllers.indexOf(controller);
        this.timers.set(`${prefix}/q ${key}`, {
          at: this.now + requeueAfterMs,
          fire: () => queue.add(key),
          periodic: false,
        });
      }
      const calls = outcome.calls ?? [];
      if (calls.length === 0) break;
      const answers = calls.map((what) => this.toAnswer(this.answer(what)));
      if (outcome.progress === undefined || !controller.resume) {
        const failed = answers.find(
          (answer, i) => answer.status >= 300 && !(answer.status === 404 && calls[i]?.method === 'DELETE'),
        );
        outcome = failed ? { retry: String(failed.status) } : {};
      } else {
        outcome = controller.resume(this.state(controller), key, outcome.progress, answers, this.context(controller));
      }
    }
    if (outcome.retry === undefined) return;
    this.errors.push(outcome.retry);
    const prefix = this.controllers.indexOf(controller);
    this.timers.set(`${prefix}/q ${key}`, { at: this.now + 5, fire: () => queue.add(key), periodic: false });
  }

  private toAnswer(answered: { status: number; body?: unknown }): Answer {
    return { tag: null, status: answered.status, body: answered.body, cause: 0, periodic: false };
  }

  private of(resource: Resource): Map<string, KubernetesObject> {
    const name = `${resource.apiVersion}/${resource.plural}`;
    let objects = this.objects.get(name);
    if (objects === undefined) {
      objects = new Map();
      this.objects.set(name, objects);
    }
    return objects;
  }

  private deliver(resource: Resource, key: string, old?: KubernetesObject, object?: KubernetesObject): void {
    if (this.chance) this.late.push(() => this.show(resource, key, old, object));
    else this.show(resource, key, old, object);
  }

  private show(resource: Resource, key: string, old?: KubernetesObject, object?: KubernetesObject): void {
    const informer = resource.plural as InformerName;
    const store = this.stores.get(informer);
    if (store === undefined || (old === undefined && object === undefined)) return;
    let delta: Delta;
    if (object === undefined) {
      store.delete(key);
      delta = { informer, type: 'delete', object: old as KubernetesObject, old };
    } else {
      store.set(key, object);
      delta = old ? { informer, type: 'update', object, old } : { informer, type: 'add', object };
    }
    for (const controller of this.controllers) {
      if (controller.watches.includes(informer))
        controller.observe(this.state(controller), delta, this.context(controller));
    }
  }

  private serve(what: Call): { status: number; body?: unknown } {
    const at = parse(what.path);
    const resource = resourceAt(at.apiVersion, at.plural);
    if (resource === undefined) return { status: 404 };
    const objects = this.of(resource);
    if (at.name === '') {
      if (what.method === 'POST') return this.create(resource, at.namespace, what.body as KubernetesObject);
      const inside = [...objects.values()].filter(
        (object) => !at.namespace || object.metadata.namespace === at.namespace,
      );
      if (what.method === 'DELETE') for (const object of inside) this.delete(resource, object, {});
      return { status: 200, body: { items: inside } };
    }
    const current = objects.get(at.namespace ? `${at.namespace}/${at.name}` : at.name);
    if (current === undefined) return { status: 404 };
    const body = what.body as Json;
    if (what.method === 'GET') return { status: 200, body: current };
    if (what.method === 'DELETE') return this.delete(resource, current, body ?? {});
    const wanted = (body.metadata as Json | undefined)?.resourceVersion;
    if (wanted !== undefined && wanted !== current.metadata.resourceVersion) return { status: 409 };
    const uid = (body.metadata as Json | undefined)?.uid;
    if (uid !== undefined && uid !== current.metadata.uid) return { status: 409 };
    let next: KubernetesObject;
    if (what.method === 'PATCH') next = merge(current as never, body) as never;
    else if (at.sub === 'status') next = withStatus(current, body as never);
    else next = body as never;
    if (JSON.stringify((next as { spec?: Json }).spec) !== JSON.stringify((current as { spec?: Json }).spec)) {
      const generation = generationOf(resource, (current.metadata.generation ?? 0) + 1);
      next = { ...next, metadata: { ...next.metadata, ...generation } };
    }
    return { status: 200, body: this.update(resource, current, next) };
  }

  private create(resource: Resource, namespace: string, body: KubernetesObject): { status: number; body?: unknown } {
    const name = body.metadata.name ?? `${body.metadata.generateName}${++this.uids}`;
    const key = namespace ? `${namespace}/${name}` : name;
    if (this.of(resource).has(key)) return { status: 409, body: { reason: 'AlreadyExists' } };
    const metadata = { ...body.metadata, name, ...(namespace && { namespace }), ...generationOf(resource, 1) };
    return { status: 201, body: this.put({ ...body, kind: resource.kind, apiVersion: resource.apiVersion, metadata }) };
  }

  private update(resource: Resource, current: KubernetesObject, next: KubernetesObject): KubernetesObject {
    if (JSON.stringify(current) === JSON.stringify(next)) return current;
    const { finalizers, deletionTimestamp } = next.metadata;
    const held =
      (finalizers?.length ?? 0) > 0 || ((next as { spec?: Json }).spec?.finalizers as [] | undefined)?.length;
    const graceful = resource.plural === 'pods' && next.metadata.deletionGracePeriodSeconds !== 0;
    if (deletionTimestamp && !held && !graceful) {
      this.remove(current);
      return next;
    }
    return this.put(next);
  }

  private delete(resource: Resource, current: KubernetesObject, options: Json): { status: number; body?: unknown } {
    const preconditions = options.preconditions as { uid?: string } | undefined;
    if (preconditions?.uid !== undefined && preconditions.uid !== current.metadata.uid) return { status: 409 };
    const finalizers = [...(current.metadata.finalizers ?? [])];
    const wanted = { Foreground: 'foregroundDeletion', Orphan: 'orphan' }[options.propagationPolicy as string];
    if (wanted !== undefined && !finalizers.includes(wanted)) finalizers.push(wanted);
    const held = finalizers.length > 0 || ((current as { spec?: Json }).spec?.finalizers as [] | undefined)?.length;
    const graceful =
      resource.plural === 'pods' &&
      options.gracePeriodSeconds !== 0 &&
      (current as { spec?: Json }).spec?.nodeName !== undefined;
    if (!held && !graceful) {
      this.remove(current);
      return { status: 200, body: current };
    }
    if (current.metadata.deletionTimestamp !== undefined && finalizers.length === current.metadata.finalizers?.length) {
      return { status: 200, body: current };
    }
    const metadata = {
      ...current.metadata,
      deletionTimestamp: current.metadata.deletionTimestamp ?? toRFC3339(this.now),
      deletionGracePeriodSeconds: graceful ? 30 : 0,
      ...(finalizers.length > 0 && { finalizers }),
    };
    const status = resource.plural === 'namespaces' ? { status: { phase: 'Terminating' } } : {};
    return { status: 200, body: this.put({ ...current, ...status, metadata }) };
  }
}

/** Workloads count the changes of their spec. */
function generationOf(resource: Resource, generation: number): { generation?: number } {
  return resource.apiVersion === 'apps/v1' && resource.plural !== 'controllerrevisions' ? { generation } : {};
}

/** The status of a workload brings the object's annotations with it: so a Deployment gets its revision. */
function withStatus(current: KubernetesObject, body: KubernetesObject): KubernetesObject {
  const { annotations } = body.metadata ?? {};
  const metadata = annotations ? { ...current.metadata, annotations } : current.metadata;
  return { ...current, metadata, status: (body as { status?: Json }).status } as KubernetesObject;
}

function parse(path: string): { apiVersion: string; namespace: string; plural: string; name: string; sub: string } {
  const parts = path.split('/').slice(1);
  const apiVersion = parts.shift() === 'api' ? (parts.shift() as string) : `${parts.shift()}/${parts.shift()}`;
  let namespace = '';
  if (parts[0] === 'namespaces' && parts.length > 2 && parts[2] !== 'status' && parts[2] !== 'finalize') {
    namespace = parts[1] as string;
    parts.splice(0, 2);
  }
  return { apiVersion, namespace, plural: parts[0] as string, name: parts[1] ?? '', sub: parts[2] ?? '' };
}

/** Strategic merge, as far as controllers use it: conditions merge by type, ownerReferences by uid. */
function merge(target: Json, patch: Json): Json {
  const result: Json = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    const old = result[key];
    if (key.startsWith('$')) continue;
    if (value === null) delete result[key];
    else if (key === 'conditions' || key === 'ownerReferences')
      result[key] = mergeList(old as Json[], value as Json[], key);
    else if (typeof value === 'object' && !Array.isArray(value))
      result[key] = merge((old ?? {}) as Json, value as Json);
    else result[key] = value;
  }
  return result;
}

function mergeList(target: Json[] = [], patch: Json[], list: string): Json[] {
  const by = list === 'conditions' ? 'type' : 'uid';
  const result = [...target];
  for (const item of patch) {
    const i = result.findIndex((other) => other[by] === item[by]);
    if (item.$patch === 'delete') result.splice(i, i < 0 ? 0 : 1);
    else if (i < 0) result.push(item);
    else result[i] = merge(result[i] as Json, item);
  }
  return result;
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) freeze(part);
  }
  return value;
}

/** A pod that runs and is ready, unless told otherwise. */
export function podOf(
  name: string,
  change: {
    node?: string;
    ip?: string;
    ready?: boolean;
    labels?: Record<string, string>;
    spec?: object;
    metadata?: object;
    phase?: string;
  } = {},
): Pod {
  const { node, ip, ready = true, labels = { app: 'web' }, phase = ip ? 'Running' : 'Pending' } = change;
  const condition = {
    type: 'Ready',
    status: ready ? 'True' : 'False',
    lastTransitionTime: toRFC3339(ready ? 2000 : 1000),
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels, ...change.metadata },
    spec: { containers: [{ name: 'c', image: 'nginx' }], ...(node && { nodeName: node }), ...change.spec },
    status: { phase, ...(ip && { podIP: ip, podIPs: [{ ip }] }), conditions: [condition] },
  } as Pod;
}

/** A node that is ready. */
export function nodeOf(
  name: string,
  change: { labels?: Record<string, string>; spec?: object; status?: string } = {},
): Node {
  const condition = {
    type: 'Ready',
    status: change.status ?? 'True',
    reason: 'KubeletReady',
    message: 'kubelet is posting ready status',
  };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: change.labels ?? {} },
    spec: { ...change.spec },
    status: { conditions: [{ ...condition, lastHeartbeatTime: toRFC3339(0), lastTransitionTime: toRFC3339(0) }] },
  } as Node;
}
