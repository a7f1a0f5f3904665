import type { Node, Pod } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { type Limiter, newLimiter } from '../client/limiter.ts';
import { defineSnapshotClass } from '../kernel/snapshot-class.ts';
import { SchedulerCache } from './cache.ts';
import { makeProfiles, type Profile, type SchedulerConfiguration } from './config.ts';
import { DecisionLog, type RecordedDecision } from './decision.ts';
import { type EventRecorder, newEventRecorder } from './event-series.ts';
import type { ZoneLists } from './node-order.ts';
import { gateMessage } from './plugins/scheduling-gates.ts';
import { type QueuedPod, SchedulingQueue } from './queue.ts';
import type { Workload } from './workloads.ts';

/** A pod that counts on its node while the API server is being told. */
export interface Binding {
  readonly item: QueuedPod;
  readonly nodeName: string;
}

/** What the cache is rebuilt from: the stores of the informers. */
export interface Stores {
  readonly nodes: Iterable<Node>;
  readonly pods: Iterable<Pod>;
  readonly namespaces: Iterable<KubernetesObject>;
  readonly workloads: Iterable<Workload>;
}

interface CoreDump {
  readonly configuration: SchedulerConfiguration;
  readonly zones: ZoneLists;
  readonly bindings: readonly Binding[];
  readonly queue: { readonly pods: readonly QueuedPod[]; readonly nextOrder: number };
  readonly decisions: readonly RecordedDecision[];
  readonly head: CoreHead;
}

/** The small things that change with every cycle. Beside the tables and out of immer's sight, because of that. */
export interface CoreHead {
  /** Where the next cycle begins to look. */
  nextStartIndex: number;
  /** Every informer has had its first list. */
  isSynced: boolean;
  /** Bindings and status patches. */
  readonly limiter: Limiter;
  /** Events go over a client of their own. */
  readonly eventLimiter: Limiter;
  readonly recorder: EventRecorder;
  /** Timers under way. */
  readonly timers: { cycle: boolean; flush: boolean; leftover: boolean };
}

const SECOND_MS = 1000;
const QPS = 50;
const BURST = 100;

/** Queue, cache and profiles of one scheduler process. Snapshots keep the queue; the cache comes back from the stores. */
export class SchedulerCore {
  readonly configuration: SchedulerConfiguration;
  readonly profiles: readonly Profile[];
  readonly cache = new SchedulerCache();
  readonly queue: SchedulingQueue;
  readonly bindings = new Map<string, Binding>();
  readonly decisions = new DecisionLog();
  readonly head: CoreHead;
  private restoring: CoreDump | undefined;

  constructor(configuration: SchedulerConfiguration, head: CoreHead) {
    this.configuration = configuration;
    this.head = head;
    this.profiles = makeProfiles(configuration);
    this.queue = new SchedulingQueue({
      initialBackoffMs: (configuration.podInitialBackoffSeconds ?? 1) * SECOND_MS,
      maxBackoffMs: (configuration.podMaxBackoffSeconds ?? 10) * SECOND_MS,
      gateOf: (pod) => (this.profileFor(pod)?.hasGates ? gateMessage(pod) : undefined),
      hint: (plugin, event, pod) =>
        this.profileFor(pod)?.byName.get(plugin)?.hint?.(event, pod, this.cache.shapes.of(pod), this.cache) ?? true,
    });
  }

  /** The profile that the pod asks for; undefined when another scheduler is responsible. */
  profileFor(pod: Pod): Profile | undefined {
    const name = pod.spec.schedulerName || 'default-scheduler';
    return this.profiles.find(({ schedulerName }) => schedulerName === name);
  }

  /** After a snapshot was loaded: fills the cache from the stores, once. */
  restore(stores: () => Stores): void {
    const dump = this.restoring;
    if (dump === undefined) return;
    this.restoring = undefined;
    const { nodes, pods, namespaces, workloads } = stores();
    for (const namespace of namespaces) {
      this.cache.groups.setNamespace(namespace.metadata.name, namespace.metadata.labels ?? {});
    }
    for (const workload of workloads) this.cache.workloads.set(workload);
    this.cache.rebuild(nodes, placed(pods), dump.zones);
    for (const { item, nodeName } of dump.bindings) {
      if (this.cache.placedPod(item.key) === undefined) this.cache.assume(item.pod, nodeName);
    }
  }

  dump(): CoreDump {
    if (this.restoring !== undefined) return this.restoring;
    return {
      configuration: this.configuration,
      zones: this.cache.zoneLists(),
      bindings: [...this.bindings.values()],
      queue: this.queue.dump(),
      decisions: this.decisions.dump(),
      head: this.head,
    };
  }

  static load(dump: CoreDump): SchedulerCore {
    const core = new SchedulerCore(dump.configuration, dump.head);
    for (const binding of dump.bindings) core.bindings.set(binding.item.key, binding);
    core.queue.load(dump.queue);
    core.decisions.load(dump.decisions);
    core.restoring = dump;
    return core;
  }
}

export function newCore(configuration: SchedulerConfiguration, host: string): SchedulerCore {
  return new SchedulerCore(configuration, {
    nextStartIndex: 0,
    isSynced: false,
    limiter: newLimiter(QPS, BURST),
    eventLimiter: newLimiter(QPS, BURST),
    recorder: newEventRecorder('default-scheduler', host),
    timers: { cycle: false, flush: false, leftover: false },
  });
}

function* placed(pods: Iterable<Pod>): Iterable<Pod> {
  for (const pod of pods) if (pod.spec.nodeName) yield pod;
}

defineSnapshotClass(
  'scheduler/core',
  SchedulerCore,
  (core) => core.dump(),
  (dump) => SchedulerCore.load(dump),
);
