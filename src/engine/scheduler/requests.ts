import type { Container, PodSpec } from '../api/generated/types.ts';
import { bytes, cpuMillis } from '../api/quantity.ts';

type ResourceList = Readonly<Record<string, string>>;

/** Amounts of a pod or a node: milliCPU, bytes, bytes, and everything else by name. */
export interface Resources {
  readonly cpu: number;
  readonly memory: number;
  readonly ephemeralStorage: number;
  /** Extended resources, hugepages and attachable volumes; undefined when there are none. */
  readonly scalars: ReadonlyMap<string, number> | undefined;
}

export interface PodRequests {
  readonly actual: Resources;
  /** As `actual`, where a container that does not name cpu or memory counts 100m and 200Mi. */
  readonly nonZeroCpu: number;
  readonly nonZeroMemory: number;
  readonly isZero: boolean;
}

const DEFAULT_MILLI_CPU = 100;
const DEFAULT_MEMORY_BYTES = 200 * 1024 * 1024;

class Sum {
  cpu = 0;
  memory = 0;
  ephemeralStorage = 0;
  scalars: Map<string, number> | undefined;

  add(list: ResourceList | undefined, defaults: boolean): this {
    if (defaults) {
      if (list?.cpu === undefined) this.cpu += DEFAULT_MILLI_CPU;
      if (list?.memory === undefined) this.memory += DEFAULT_MEMORY_BYTES;
    }
    for (const name in list) this.addOne(name, list[name]!);
    return this;
  }

  plus(other: Sum): this {
    this.cpu += other.cpu;
    this.memory += other.memory;
    this.ephemeralStorage += other.ephemeralStorage;
    for (const [name, value] of other.scalars ?? []) this.addScalar(name, value);
    return this;
  }

  max(other: Sum): void {
    this.cpu = Math.max(this.cpu, other.cpu);
    this.memory = Math.max(this.memory, other.memory);
    this.ephemeralStorage = Math.max(this.ephemeralStorage, other.ephemeralStorage);
    for (const [name, value] of other.scalars ?? []) {
      this.addScalar(name, Math.max(0, value - (this.scalars?.get(name) ?? 0)));
    }
  }

  /** Pod-level requests take the place of the containers' sums. */
  override(list: ResourceList | undefined): void {
    for (const name in list) {
      if (name === 'cpu') this.cpu = cpuMillis(list[name]!);
      else if (name === 'memory') this.memory = bytes(list[name]!);
      else if (name.startsWith('hugepages-')) {
        this.scalars?.delete(name);
        this.addScalar(name, bytes(list[name]!));
      }
    }
  }

  private addOne(name: string, quantity: string): void {
    if (name === 'cpu') this.cpu += cpuMillis(quantity);
    else if (name === 'memory') this.memory += bytes(quantity);
    else if (name === 'ephemeral-storage') this.ephemeralStorage += bytes(quantity);
    else if (name !== 'pods' && name !== 'storage') this.addScalar(name, bytes(quantity));
  }

  private addScalar(name: string, value: number): void {
    this.scalars ??= new Map();
    this.scalars.set(name, (this.scalars.get(name) ?? 0) + value);
  }
}

/**
 * What a pod asks for: the larger of (all containers and sidecars together) and (each init step beside the sidecars
 * started before it), then pod-level requests and overhead.
 * Source: staging/src/k8s.io/component-helpers/resource/helpers.go
 */
export function podRequests(spec: PodSpec): PodRequests {
  const actual = sumOf(spec, false);
  const nonZero = sumOf(spec, true);
  const isZero = actual.cpu === 0 && actual.memory === 0 && actual.ephemeralStorage === 0 && !actual.scalars?.size;
  return { actual, nonZeroCpu: nonZero.cpu, nonZeroMemory: nonZero.memory, isZero };
}

function sumOf(spec: PodSpec, defaults: boolean): Sum {
  const total = new Sum();
  for (const container of spec.containers) total.add(container.resources?.requests, defaults);
  if (spec.initContainers?.length) addInitContainers(total, spec.initContainers, defaults);
  if (spec.resources?.requests) total.override(spec.resources.requests);
  if (spec.overhead) total.add(spec.overhead, false);
  return total;
}

function addInitContainers(total: Sum, initContainers: readonly Container[], defaults: boolean): void {
  const sidecars = new Sum();
  const largestStep = new Sum();
  for (const container of initContainers) {
    const own = new Sum().add(container.resources?.requests, defaults);
    if (container.restartPolicy === 'Always') {
      total.plus(own);
      largestStep.max(sidecars.plus(own));
    } else {
      largestStep.max(own.plus(sidecars));
    }
  }
  total.max(largestStep);
}

/** What a node offers, and how many pods it takes. */
export function nodeAllocatable(allocatable: ResourceList | undefined): Resources & { readonly pods: number } {
  const { cpu, memory, ephemeralStorage, scalars } = new Sum().add(allocatable, false);
  return { cpu, memory, ephemeralStorage, scalars, pods: bytes(allocatable?.pods) };
}
