import type { Node, Pod } from '../../api/generated/types.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { EtcdEvent, KeyValue } from '../../etcd/messages.ts';
import type { SimulatedCluster } from '../../index.ts';
import { nodeAllocatable, podRequests } from '../../scheduler/requests.ts';
import { Evictions } from './evictions.ts';
import { Rollouts } from './rollouts.ts';
import { fail } from './violation.ts';

interface Amounts {
  cpu: number;
  memory: number;
  pods: number;
}

/** What may be written: names and nodes of things that exist, each uid once, and no more on a node than it has. */
export class Objects {
  /** Node of every pod that was ever bound, by uid. */
  readonly boundTo = new Map<string, string>();
  private readonly uids = new Set<string>();
  private readonly used = new Map<string, Amounts>();
  private readonly holds = new Map<string, Amounts & { readonly node: string }>();
  private readonly sizes = new Map<string, Amounts>();
  private readonly rollouts = new Rollouts();
  private readonly evictions = new Evictions();

  constructor(cluster: SimulatedCluster) {
    const stored = [...(cluster.store()?.keys.values() ?? [])].filter(({ value }) => value.metadata?.uid !== undefined);
    // What others refer to comes first.
    const isFirst = ({ value }: KeyValue): boolean => value.kind === 'Node' || value.kind === 'Deployment';
    for (const kv of [...stored.filter(isFirst), ...stored.filter((one) => !isFirst(one))])
      this.put(kv.value, undefined, kv.key, cluster.now);
  }

  committed({ type, kv, prev }: EtcdEvent, now: number): void {
    const object = kv.value;
    if (object?.metadata?.uid === undefined) return;
    if (type === 'put') this.put(object, prev?.value, kv.key, now);
    else this.removed(object, now);
  }

  private put(object: KubernetesObject, prev: KubernetesObject | undefined, key: string, now: number): void {
    const uid = object.metadata.uid as string;
    if (prev === undefined) {
      if (this.uids.has(uid)) fail('a uid is used once', `${uid} of ${key}`);
      this.uids.add(uid);
    } else if (prev.metadata.uid !== uid) fail('an object keeps its uid', key);
    switch (object.kind) {
      case 'Pod':
        this.podWritten(object as Pod, uid, key);
        this.evictions.podWritten(object as Pod, prev as Pod | undefined, now);
        return;
      case 'Node':
        this.sizes.set(object.metadata.name, amountsOf(object as Node));
        this.evictions.nodeWritten(object as Node, now);
        return;
      case 'Deployment':
      case 'ReplicaSet':
        this.rollouts.written(object, prev, now);
    }
  }

  private removed(object: KubernetesObject, now: number): void {
    if (object.kind === 'Pod') this.release(object.metadata.uid as string);
    else if (object.kind === 'ReplicaSet' || object.kind === 'Deployment') this.rollouts.removed(object);
    else if (object.kind === 'Node') this.evictions.nodeRemoved(object as Node, now);
  }

  private podWritten(pod: Pod, uid: string, key: string): void {
    const { spec, status } = pod;
    const node = spec.nodeName;
    const bound = this.boundTo.get(uid);
    if (bound !== undefined) {
      if (node !== bound) fail('a pod is bound once and never moves', key);
    } else if (node) {
      if (!this.sizes.has(node)) fail('a pod is bound to a node that exists', `${key} to ${node}`);
      this.boundTo.set(uid, node);
    }
    const isOver = status?.phase === 'Succeeded' || status?.phase === 'Failed';
    const isHeld = this.holds.has(uid);
    // The kubelet has taken it in: what does not fit it refuses.
    if (node && !isOver && !isHeld && status?.startTime !== undefined) this.hold(pod, uid, node);
    else if (isOver && isHeld) this.release(uid);
  }

  private hold(pod: Pod, uid: string, node: string): void {
    const { actual } = podRequests(pod.spec);
    const held = { node, cpu: actual.cpu, memory: actual.memory, pods: 1 };
    this.holds.set(uid, held);
    const used = this.used.get(node) ?? { cpu: 0, memory: 0, pods: 0 };
    const size = this.sizes.get(node);
    for (const name of ['cpu', 'memory', 'pods'] as const) {
      used[name] += held[name];
      const limit = size?.[name] ?? Number.POSITIVE_INFINITY;
      if (used[name] > limit) fail('requests fit on the node', `${used[name]} ${name} on ${node} of ${limit}`);
    }
    this.used.set(node, used);
  }

  private release(uid: string): void {
    const held = this.holds.get(uid);
    if (held === undefined) return;
    this.holds.delete(uid);
    const used = this.used.get(held.node) as Amounts;
    for (const name of ['cpu', 'memory', 'pods'] as const) used[name] -= held[name];
  }
}

function amountsOf(node: Node): Amounts {
  const { cpu, memory, pods } = nodeAllocatable(node.status?.allocatable);
  return { cpu: cpu || Number.POSITIVE_INFINITY, memory: memory || Number.POSITIVE_INFINITY, pods: pods || 110 };
}
