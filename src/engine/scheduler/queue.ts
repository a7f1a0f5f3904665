import type { Pod } from '../api/generated/types.ts';
import { extended } from '../api/share.ts';
import { podKeyOf } from './cache.ts';
import type { ClusterEvent } from './events.ts';
import { PriorityHeap } from './priority-heap.ts';

/** A pod that waits for a node: plain data, kept in snapshots. */
export interface QueuedPod {
  readonly key: string;
  readonly pod: Pod;
  readonly priority: number;
  /** When it entered, or came back after its last failed attempt. */
  readonly timestamp: number;
  /** Decides between equals; never given twice. */
  readonly order: number;
  readonly attempts: number;
  /** Attempts that plugins refused. */
  readonly refusals: number;
  /** Attempts in a row that ended in an error. */
  readonly errors: number;
  /** Plugins that refused the last attempt. */
  readonly refusedBy: readonly string[];
  /** Why it may not enter the active queue. */
  readonly gate?: string;
  /** The message that brought the pod here, or back. */
  readonly cause: number;
  readonly place: Place;
}

export type Place = 'active' | 'backoff' | 'errorBackoff' | 'unschedulable';

export interface QueueOptions {
  readonly initialBackoffMs: number;
  readonly maxBackoffMs: number;
  readonly gateOf: (pod: Pod) => string | undefined;
  /** Whether the event may help the pod, by the hint of one plugin that refused it. */
  readonly hint: (plugin: string, event: ClusterEvent, pod: Pod) => boolean;
}

const WINDOW_MS = 1000;
const LEFTOVER_MS = 300_000;

/** Events of placed pods are shown only to plugins for which other pods' comings and changes matter. */
const PLUGINS_BY_EVENT: Partial<Record<ClusterEvent['type'], readonly string[]>> = {
  podAdded: ['PodTopologySpread', 'InterPodAffinity'],
  podUpdated: ['PodTopologySpread', 'InterPodAffinity', 'NodeResourcesFit'],
  podDeleted: ['NodePorts', 'NodeResourcesFit', 'PodTopologySpread', 'InterPodAffinity'],
  nodeDeleted: ['PodTopologySpread'],
};

/**
 * Pods by what they wait for: their turn (active), the end of their back-off, or an event that may help
 * (unschedulable). A cycle here is one step of the component, so no event can slip in between taking a pod and putting
 * it back, and no list of events in flight is needed.
 * Source: pkg/scheduler/backend/queue/scheduling_queue.go and backoff_queue.go
 */
export class SchedulingQueue {
  private readonly options: QueueOptions;
  private readonly items = new Map<string, QueuedPod>();
  private readonly active = new PriorityHeap<QueuedPod>(isBefore);
  private readonly backoff = new PriorityHeap<QueuedPod>((a, b) => this.endsEarlier(a, b));
  private readonly errorBackoff = new PriorityHeap<QueuedPod>((a, b) => this.endsEarlier(a, b));
  /** Keys of unschedulable pods by plugin that refused them; '' for all of them. */
  private readonly waiting = new Map<string, Set<string>>();
  private nextOrder = 1;

  constructor(options: QueueOptions) {
    this.options = options;
  }

  get size(): number {
    return this.items.size;
  }

  get(key: string): QueuedPod | undefined {
    return this.items.get(key);
  }

  /** How many wait at each place; gated pods are among the unschedulable ones. */
  counts(): Record<Place, number> {
    const unschedulable = this.waiting.get('')?.size ?? 0;
    const backoff = this.backoff.size;
    const errorBackoff = this.errorBackoff.size;
    return { active: this.active.size, backoff, errorBackoff, unschedulable };
  }

  /** All pods, in the order in which they came to wait. */
  pods(): QueuedPod[] {
    return [...this.items.values()].sort((a, b) => a.order - b.order);
  }

  /** The first pods at one place, the next one first. */
  listed(place: Place, limit: number): QueuedPod[] {
    if (place !== 'unschedulable') return this.heapOf(place).first(limit);
    const found: QueuedPod[] = [];
    for (const key of this.waiting.get('') ?? []) {
      if (found.length === limit) break;
      found.push(this.items.get(key)!);
    }
    return found;
  }

  add(pod: Pod, now: number, cause: number): void {
    const key = podKeyOf(pod);
    const priority = pod.spec.priority ?? 0;
    const order = this.nextOrder++;
    const item = { key, pod, priority, timestamp: now, cause, order, attempts: 0, refusals: 0, errors: 0 };
    this.activate(extended(item, { refusedBy: [], place: 'active' as const }));
  }

  /** The pod changed while it waits. */
  update(old: Pod, pod: Pod, now: number, cause: number): void {
    const item = this.items.get(podKeyOf(pod));
    if (item === undefined) {
      this.add(pod, now, cause);
      return;
    }
    const changed = { ...item, pod };
    if (item.place !== 'unschedulable') {
      this.put(changed);
      return;
    }
    if (item.gate !== undefined) {
      this.activate({ ...changed, cause });
      return;
    }
    this.put(changed);
    this.requeueIfHelped(changed, { type: 'selfUpdated', old, pod }, now, cause);
  }

  delete(key: string): void {
    const item = this.items.get(key);
    if (item === undefined) return;
    this.leave(item);
    this.items.delete(key);
  }

  /** The next pod to try: from the active queue, or one that backs off when nothing else waits. */
  peek(): QueuedPod | undefined {
    return this.active.peek() ?? this.backoff.peek();
  }

  /** Takes the next pod out. */
  pop(): QueuedPod | undefined {
    const item = this.peek();
    if (item === undefined) return undefined;
    this.delete(item.key);
    return { ...item, attempts: item.attempts + 1 };
  }

  hasReady(): boolean {
    return this.active.size > 0 || this.backoff.size > 0;
  }

  /** Puts a pod back that plugins refused: it waits for an event that helps. */
  addUnschedulable(item: QueuedPod, refusedBy: readonly string[], now: number): void {
    const back = { ...item, refusedBy, timestamp: now, order: this.nextOrder++ };
    this.put({ ...back, refusals: item.refusals + 1, errors: 0, place: 'unschedulable' });
  }

  /** Puts a pod back whose attempt ended in an error: it is tried again after its back-off, whatever happens. */
  addError(item: QueuedPod, now: number): void {
    const errors = item.errors + 1;
    const back = { ...item, refusedBy: [], errors, timestamp: now, order: this.nextOrder++ };
    this.put({ ...back, place: 'errorBackoff' });
  }

  /** Something happened in the cluster: moves the pods that it may help. */
  move(event: ClusterEvent, now: number, cause: number): void {
    const keys = new Set<string>();
    for (const plugin of PLUGINS_BY_EVENT[event.type] ?? this.waiting.keys()) {
      if (plugin !== '') for (const key of this.waiting.get(plugin) ?? []) keys.add(key);
    }
    const candidates = [...keys].map((key) => this.items.get(key)!).sort((a, b) => a.order - b.order);
    for (const item of candidates) this.requeueIfHelped(item, event, now, cause);
  }

  /** Lets pods go whose back-off is over; due at every whole second. */
  flushBackoff(now: number): void {
    for (const heap of [this.backoff, this.errorBackoff]) {
      for (let item = heap.peek(); item !== undefined && !this.isBackingOff(item, now); item = heap.peek()) {
        this.activate(item);
      }
    }
  }

  /** Lets pods go that have waited for more than five minutes; due every 30 s. */
  flushLeftover(now: number, cause: number): void {
    const leftover = [...(this.waiting.get('') ?? [])].map((key) => this.items.get(key)!);
    for (const item of leftover.sort((a, b) => a.order - b.order)) {
      if (now - item.timestamp > LEFTOVER_MS) this.requeueIfHelped(item, { type: 'unschedulableTimeout' }, now, cause);
    }
  }

  /** When the back-off of the pod ends, at the start of a whole second. */
  backoffEnd({ timestamp, refusals, errors }: QueuedPod): number {
    const count = errors > 0 ? errors : refusals;
    const { initialBackoffMs, maxBackoffMs } = this.options;
    if (count === 0 || maxBackoffMs === 0) return 0;
    const duration = Math.min(initialBackoffMs * 2 ** Math.min(count - 1, 30), maxBackoffMs);
    return Math.floor((timestamp + duration) / WINDOW_MS) * WINDOW_MS;
  }

  dump(): { pods: QueuedPod[]; nextOrder: number } {
    return { pods: this.pods(), nextOrder: this.nextOrder };
  }

  load({ pods, nextOrder }: { readonly pods: readonly QueuedPod[]; readonly nextOrder: number }): void {
    for (const item of pods) this.put(item);
    this.nextOrder = nextOrder;
  }

  private isBackingOff(item: QueuedPod, now: number): boolean {
    const end = this.backoffEnd(item);
    return end !== 0 && end >= Math.floor(now / WINDOW_MS) * WINDOW_MS;
  }

  private endsEarlier(a: QueuedPod, b: QueuedPod): boolean {
    const first = this.backoffEnd(a);
    const second = this.backoffEnd(b);
    return first === second ? isBefore(a, b) : first < second;
  }

  private requeueIfHelped(item: QueuedPod, event: ClusterEvent, now: number, cause: number): void {
    const { hint } = this.options;
    const isHelped =
      event.type === 'unschedulableTimeout' || item.refusedBy.some((plugin) => hint(plugin, event, item.pod));
    if (!isHelped || item.gate !== undefined) return;
    const back = { ...item, cause };
    if (this.isBackingOff(back, now)) this.put({ ...back, place: 'backoff' });
    else this.activate(back);
  }

  private activate(item: QueuedPod): void {
    const { gate: _, ...free } = item;
    const gate = this.options.gateOf(item.pod);
    this.put(gate === undefined ? { ...free, place: 'active' } : { ...item, gate, place: 'unschedulable' });
  }

  private put(item: QueuedPod): void {
    const old = this.items.get(item.key);
    if (old !== undefined) this.leave(old);
    this.items.set(item.key, item);
    if (item.place === 'unschedulable') {
      this.wait('', item.key);
      for (const plugin of item.refusedBy) this.wait(plugin, item.key);
    } else {
      this.heapOf(item.place).push(item.key, item);
    }
  }

  private leave(item: QueuedPod): void {
    if (item.place !== 'unschedulable') {
      this.heapOf(item.place).delete(item.key);
      return;
    }
    this.waiting.get('')?.delete(item.key);
    for (const plugin of item.refusedBy) this.waiting.get(plugin)?.delete(item.key);
  }

  private wait(plugin: string, key: string): void {
    const keys = this.waiting.get(plugin);
    if (keys) keys.add(key);
    else this.waiting.set(plugin, new Set([key]));
  }

  private heapOf(place: Exclude<Place, 'unschedulable'>): PriorityHeap<QueuedPod> {
    return place === 'active' ? this.active : place === 'backoff' ? this.backoff : this.errorBackoff;
  }
}

/** Higher priority first, then who waits longer. Source: pkg/scheduler/framework/plugins/queuesort/priority_sort.go */
function isBefore(a: QueuedPod, b: QueuedPod): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  return a.timestamp === b.timestamp ? a.order < b.order : a.timestamp < b.timestamp;
}
