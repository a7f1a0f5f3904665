import type { ContainerImage, Node, Pod } from '../api/generated/types.ts';
import { PodCounter, TopologyIndex } from './counters.ts';
import { type CountedPod, LabelGroups } from './label-groups.ts';
import { sameImages, sameRecord, sameTaints } from './node-changes.ts';
import { NodeOrder, type ZoneLists, zoneKeyOf } from './node-order.ts';
import { normalizedImageName, type PodShape, PodShapes } from './pod-shape.ts';
import { nodeAllocatable } from './requests.ts';
import { Workloads } from './workloads.ts';

/** A pod that counts on a node: bound there, or assumed to be. */
export interface PlacedPod extends CountedPod {
  readonly key: string;
  readonly nodeName: string;
  readonly priority: number;
  pod: Pod;
  isAssumed: boolean;
  /** -1 while its node is not known. */
  slot: number;
}

const NO_SLOT = -1;
const FIRST_CAPACITY = 64;

/**
 * What the scheduler believes of nodes and placed pods, as columns over node slots. Every event costs the same however
 * large the cluster is. Nothing here belongs into a snapshot: `rebuild` makes all of it from nodes and pods.
 * Source: pkg/scheduler/backend/cache/cache.go and pkg/scheduler/framework/types.go (NodeInfo)
 */
export class SchedulerCache {
  capacity = FIRST_CAPACITY;
  /** One more than the highest slot in use. */
  slotEnd = 0;
  labelVersion = 0;
  taintVersion = 0;
  nodeVersion = 0;
  nodes: (Node | undefined)[] = [];
  /** Changes whenever labels, taints or `unschedulable` of the node in this slot do. */
  generation = new Int32Array(FIRST_CAPACITY);
  allocatableCpu = new Float64Array(FIRST_CAPACITY);
  allocatableMemory = new Float64Array(FIRST_CAPACITY);
  allocatableEphemeral = new Float64Array(FIRST_CAPACITY);
  allocatablePods = new Float64Array(FIRST_CAPACITY);
  requestedCpu = new Float64Array(FIRST_CAPACITY);
  requestedMemory = new Float64Array(FIRST_CAPACITY);
  requestedEphemeral = new Float64Array(FIRST_CAPACITY);
  nonZeroCpu = new Float64Array(FIRST_CAPACITY);
  nonZeroMemory = new Float64Array(FIRST_CAPACITY);
  podCount = new Int32Array(FIRST_CAPACITY);
  allocatableScalars: (ReadonlyMap<string, number> | undefined)[] = [];
  requestedScalars: (Map<string, number> | undefined)[] = [];
  /** `protocol/port` to addresses in use, each as often as it is used. */
  hostPorts: (Map<string, string[]> | undefined)[] = [];
  /** Sizes by slot of each image that some node has. */
  readonly images = new Map<string, Map<number, number>>();
  readonly shapes = new PodShapes();
  readonly workloads = new Workloads();
  readonly groups: LabelGroups;
  private readonly order = new NodeOrder();
  private readonly slotByName = new Map<string, number>();
  private readonly freeSlots: number[] = [];
  private readonly pods = new Map<string, PlacedPod>();
  private readonly podsByNode = new Map<string, Set<PlacedPod>>();
  private readonly topologies = new Map<string, TopologyIndex>();
  private readonly podsByPriority = new Map<number, number>();
  private slotOrder: Int32Array | undefined;
  private generations = 0;

  constructor() {
    this.groups = new LabelGroups(() => new PodCounter(this, this.capacity));
  }

  get nodeCount(): number {
    return this.slotByName.size;
  }

  get podTotal(): number {
    return this.pods.size;
  }

  isLive(slot: number): boolean {
    return this.nodes[slot] !== undefined;
  }

  slotOf(name: string): number | undefined {
    return this.slotByName.get(name);
  }

  nameOf(slot: number): string {
    return this.nodes[slot]!.metadata.name;
  }

  /** Slots in the order in which nodes are examined. */
  slotsInOrder(): Int32Array {
    this.slotOrder ??= Int32Array.from(this.order.list(), (name) => this.slotByName.get(name)!);
    return this.slotOrder;
  }

  zoneLists(): ZoneLists {
    return this.order.lists();
  }

  placedPod(key: string): PlacedPod | undefined {
    return this.pods.get(key);
  }

  placedPodsOn(nodeName: string): Iterable<PlacedPod> {
    return this.podsByNode.get(nodeName) ?? [];
  }

  /** Whether any placed pod has a lower priority: without one, preemption has no victims. */
  hasPriorityBelow(priority: number): boolean {
    for (const other of this.podsByPriority.keys()) if (other < priority) return true;
    return false;
  }

  setNode(node: Node): void {
    const { name } = node.metadata;
    const slot = this.slotByName.get(name);
    if (slot === undefined) this.addNode(node);
    else this.updateNode(slot, this.nodes[slot]!, node);
  }

  removeNode(name: string): void {
    const slot = this.slotByName.get(name);
    if (slot === undefined) return;
    for (const pod of this.placedPodsOn(name)) this.detach(pod);
    this.setImages(slot, this.nodes[slot]!.status?.images, undefined);
    for (const topology of this.topologies.values()) topology.set(slot, undefined);
    this.nodes[slot] = undefined;
    this.allocatableScalars[slot] = undefined;
    this.slotByName.delete(name);
    this.freeSlots.push(slot);
    this.order.remove(name);
    this.nodesChanged();
  }

  /** A bound pod was seen for the first time, or changed. */
  setPod(pod: Pod): void {
    const key = podKeyOf(pod);
    const old = this.pods.get(key);
    if (old !== undefined) {
      if (this.countsAlike(old, pod)) {
        old.pod = pod;
        old.isAssumed = false;
        return;
      }
      this.removePod(key);
    }
    this.place(key, pod, pod.spec.nodeName!, false);
  }

  /** Counts a pod on a node before the API server has said so. */
  assume(pod: Pod, nodeName: string): void {
    this.place(podKeyOf(pod), pod, nodeName, true);
  }

  removePod(key: string): void {
    const placed = this.pods.get(key);
    if (placed === undefined) return;
    if (placed.slot !== NO_SLOT) this.detach(placed);
    this.pods.delete(key);
    const here = this.podsByNode.get(placed.nodeName)!;
    here.delete(placed);
    if (here.size === 0) this.podsByNode.delete(placed.nodeName);
    this.countPriority(placed.priority, -1);
  }

  /** Undoes `assume`; a pod that has been seen bound meanwhile stays. */
  forget(key: string): void {
    if (this.pods.get(key)?.isAssumed) this.removePod(key);
  }

  /** Fills an empty cache; `zones` of the earlier one keep the order in which nodes are examined. */
  rebuild(nodes: Iterable<Node>, pods: Iterable<Pod>, zones: ZoneLists = []): void {
    for (const zone of zones) for (const name of zone.nodes) this.order.add(name, zone.zone);
    for (const node of nodes) this.setNode(node);
    for (const pod of pods) this.setPod(pod);
  }

  topology(key: string): TopologyIndex {
    let topology = this.topologies.get(key);
    if (topology === undefined) {
      topology = new TopologyIndex(key, this.capacity);
      this.topologies.set(key, topology);
      for (const slot of this.slotByName.values()) topology.set(slot, this.nodes[slot]!.metadata.labels?.[key]);
    }
    return topology;
  }

  private addNode(node: Node): void {
    const { name } = node.metadata;
    const slot = this.freeSlots.pop() ?? this.slotEnd++;
    if (slot >= this.capacity) this.grow(this.capacity * 2);
    this.slotByName.set(name, slot);
    this.nodes[slot] = node;
    this.generation[slot] = ++this.generations;
    this.setAllocatable(slot, node);
    this.setImages(slot, undefined, node.status?.images);
    for (const [key, topology] of this.topologies) topology.set(slot, node.metadata.labels?.[key]);
    this.order.add(name, zoneKeyOf(node));
    this.nodesChanged();
    for (const pod of this.placedPodsOn(name)) this.attach(pod, slot);
  }

  private updateNode(slot: number, old: Node, node: Node): void {
    this.nodes[slot] = node;
    if (!sameRecord(old.status?.allocatable, node.status?.allocatable)) this.setAllocatable(slot, node);
    if (!sameImages(old.status?.images, node.status?.images))
      this.setImages(slot, old.status?.images, node.status?.images);
    const labelsKept = sameRecord(old.metadata.labels, node.metadata.labels);
    const taintsKept = sameTaints(old.spec.taints, node.spec.taints);
    if (labelsKept && taintsKept && old.spec.unschedulable === node.spec.unschedulable) return;
    this.generation[slot] = ++this.generations;
    if (!taintsKept) this.taintVersion++;
    if (labelsKept) return;
    this.labelVersion++;
    for (const [key, topology] of this.topologies) topology.set(slot, node.metadata.labels?.[key]);
    this.order.add(node.metadata.name, zoneKeyOf(node));
    this.slotOrder = undefined;
  }

  private nodesChanged(): void {
    this.labelVersion++;
    this.nodeVersion++;
    this.slotOrder = undefined;
  }

  private setAllocatable(slot: number, node: Node): void {
    const { cpu, memory, ephemeralStorage, pods, scalars } = nodeAllocatable(node.status?.allocatable);
    this.allocatableCpu[slot] = cpu;
    this.allocatableMemory[slot] = memory;
    this.allocatableEphemeral[slot] = ephemeralStorage;
    this.allocatablePods[slot] = pods;
    this.allocatableScalars[slot] = scalars;
  }

  private setImages(
    slot: number,
    before: readonly ContainerImage[] | undefined,
    after: readonly ContainerImage[] | undefined,
  ): void {
    for (const { names } of before ?? []) {
      for (const name of names ?? []) {
        const normalized = normalizedImageName(name);
        const sizes = this.images.get(normalized);
        sizes?.delete(slot);
        if (sizes?.size === 0) this.images.delete(normalized);
      }
    }
    for (const { names, sizeBytes } of after ?? []) {
      for (const name of names ?? []) {
        const normalized = normalizedImageName(name);
        const sizes = this.images.get(normalized);
        if (sizes) sizes.set(slot, sizeBytes ?? 0);
        else this.images.set(normalized, new Map([[slot, sizeBytes ?? 0]]));
      }
    }
  }

  /** Most updates are about the status, or confirm what was assumed: nothing has to be counted anew. */
  private countsAlike(old: PlacedPod, pod: Pod): boolean {
    const { metadata, spec } = pod;
    if (old.nodeName !== spec.nodeName || old.priority !== (spec.priority ?? 0)) return false;
    if (old.isTerminating !== (metadata.deletionTimestamp !== undefined)) return false;
    const before = old.pod;
    const isSame = before.spec === spec && before.metadata.labels === metadata.labels;
    return isSame || this.shapes.of(pod) === old.shape;
  }

  private place(key: string, pod: Pod, nodeName: string, isAssumed: boolean): void {
    const placed: PlacedPod = {
      key,
      pod,
      nodeName,
      isAssumed,
      shape: this.shapes.of(pod),
      priority: pod.spec.priority ?? 0,
      isTerminating: pod.metadata.deletionTimestamp !== undefined,
      slot: NO_SLOT,
    };
    this.pods.set(key, placed);
    const here = this.podsByNode.get(nodeName);
    if (here) here.add(placed);
    else this.podsByNode.set(nodeName, new Set([placed]));
    this.countPriority(placed.priority, 1);
    const slot = this.slotByName.get(nodeName);
    if (slot !== undefined) this.attach(placed, slot);
  }

  private attach(placed: PlacedPod, slot: number): void {
    placed.slot = slot;
    this.account(placed.shape, slot, 1);
    this.groups.add(placed);
  }

  private detach(placed: PlacedPod): void {
    this.groups.remove(placed);
    this.account(placed.shape, placed.slot, -1);
    placed.slot = NO_SLOT;
  }

  private account(shape: PodShape, slot: number, sign: 1 | -1): void {
    const { actual, nonZeroCpu, nonZeroMemory } = shape.requests;
    this.podCount[slot]! += sign;
    this.requestedCpu[slot]! += sign * actual.cpu;
    this.requestedMemory[slot]! += sign * actual.memory;
    this.requestedEphemeral[slot]! += sign * actual.ephemeralStorage;
    this.nonZeroCpu[slot]! += sign * nonZeroCpu;
    this.nonZeroMemory[slot]! += sign * nonZeroMemory;
    if (actual.scalars) {
      this.requestedScalars[slot] ??= new Map();
      const scalars = this.requestedScalars[slot];
      for (const [name, value] of actual.scalars) scalars.set(name, (scalars.get(name) ?? 0) + sign * value);
    }
    for (const { protocol, port, ip } of shape.hostPorts) {
      this.hostPorts[slot] ??= new Map();
      const used = this.hostPorts[slot];
      const key = `${protocol}/${port}`;
      const addresses = used.get(key) ?? [];
      if (sign > 0) addresses.push(ip);
      else addresses.splice(addresses.indexOf(ip), 1);
      if (addresses.length > 0) used.set(key, addresses);
      else used.delete(key);
    }
  }

  private countPriority(priority: number, delta: number): void {
    const count = (this.podsByPriority.get(priority) ?? 0) + delta;
    if (count === 0) this.podsByPriority.delete(priority);
    else this.podsByPriority.set(priority, count);
  }

  private grow(capacity: number): void {
    const floats = (array: Float64Array<ArrayBuffer>) => {
      const larger = new Float64Array(capacity);
      larger.set(array);
      return larger;
    };
    const ints = (array: Int32Array<ArrayBuffer>) => {
      const larger = new Int32Array(capacity);
      larger.set(array);
      return larger;
    };
    this.capacity = capacity;
    this.generation = ints(this.generation);
    this.podCount = ints(this.podCount);
    this.allocatableCpu = floats(this.allocatableCpu);
    this.allocatableMemory = floats(this.allocatableMemory);
    this.allocatableEphemeral = floats(this.allocatableEphemeral);
    this.allocatablePods = floats(this.allocatablePods);
    this.requestedCpu = floats(this.requestedCpu);
    this.requestedMemory = floats(this.requestedMemory);
    this.requestedEphemeral = floats(this.requestedEphemeral);
    this.nonZeroCpu = floats(this.nonZeroCpu);
    this.nonZeroMemory = floats(this.nonZeroMemory);
    this.groups.grow(capacity);
    for (const topology of this.topologies.values()) topology.grow(capacity);
  }
}

/** The scheduler's name for a pod: `namespace/name`. */
export function podKeyOf(pod: Pod): string {
  return `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`;
}
