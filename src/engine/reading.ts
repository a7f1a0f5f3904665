import type { Pod } from './api/generated/types.ts';
import type { KubernetesObject } from './api/object.ts';
import { collectionPath, resourceOfBareKind } from './api/resources.ts';
import { storageKey, storagePrefix } from './api/storage-keys.ts';
import { fromRFC3339, toRFC3339 } from './api/time.ts';
import type { Cause, Consequences, MessageView, ObjectRef, Trace } from './door.ts';
import type { KeyValue } from './etcd/messages.ts';
import { type EtcdDisk, type EtcdState, keysBelow, type Store } from './etcd/state.ts';
import { FaultError } from './fault-catalogue.ts';
import { objectOf } from './frames.ts';
import type { Kernel } from './kernel/kernel.ts';
import type { Message } from './kernel/types.ts';
import { iptablesSave } from './kube-proxy/iptables-save.ts';
import { viewMessage } from './labels.ts';
import type { MachineState } from './machine/state.ts';
import type { Plan } from './machines.ts';
import type { PacketFilter } from './network/packet-filter.ts';
import { podLog } from './runtime/logs.ts';
import type { ContainerdState } from './runtime/state.ts';
import { type SchedulingDecision, schedulingDecision } from './scheduler/index.ts';
import type { SchedulerState } from './scheduler/state.ts';
import { traceOf } from './trace.ts';
import { causesOf, consequencesOf, lastWriteOf, sentenceFor, writesOf } from './why.ts';

/** Looks into the parts of a cluster: costs no virtual time, and nobody notices. */
export class Reading {
  private readonly kernel: Kernel;
  private readonly plan: Plan;
  /** Where etcd's members are, as the membership had it that this was taken from. */
  private etcdHosts: readonly string[] = [];
  private etcdMembers: object | undefined;
  /** Lists as last asked for: whoever asks after each message finds most of them unchanged. */
  private readonly listed = new Map<string, { store: Store; revision: number; objects: KubernetesObject[] }>();

  constructor(kernel: Kernel, plan: Plan) {
    this.kernel = kernel;
    this.plan = plan;
  }

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
    return iptablesSave((state?.packetFilter ?? null) as PacketFilter | null, this.kernel.now);
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

  /** Where etcd has an object; undefined for a kind that is not served. */
  private keyOf({ kind, namespace, name }: ObjectRef): string | undefined {
    const resource = resourceOfBareKind(kind);
    return resource && storageKey(resource, namespace ?? 'default', name);
  }

  /** REST path of an object; undefined for a kind that is not served. */
  pathOf({ kind, namespace, name }: ObjectRef): string | undefined {
    const resource = resourceOfBareKind(kind);
    return resource && `${collectionPath(resource, namespace ?? 'default')}/${name}`;
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

  trace(target: ObjectRef | number): Trace | undefined {
    return traceOf(this.kernel, this.lastWrite(target).id);
  }

  private lastWrite(target: ObjectRef | number): ReturnType<typeof lastWriteOf> {
    if (typeof target === 'number') return { id: target };
    const key = this.keyOf(target);
    return key === undefined ? { id: 0 } : lastWriteOf(this.kernel, this.store(), key);
  }

  /** A message of the kept past or on its way. */
  message(id: number): { message: MessageView; body: unknown; sentence: string } | undefined {
    const message = this.kernel.message(id);
    return message && { message: this.view(message), body: message.body, sentence: sentenceFor(this.kernel, message) };
  }

  view(message: Message): MessageView {
    return viewMessage(message, (id) => this.kernel.message(id));
  }
}

const revisionOf = ({ metadata }: KubernetesObject): number => Number(metadata.resourceVersion);

function lastSeen(event: KubernetesObject): number {
  const { lastTimestamp, eventTime } = event as unknown as { lastTimestamp?: string; eventTime?: string };
  const at = fromRFC3339(lastTimestamp ?? eventTime ?? event.metadata.creationTimestamp ?? toRFC3339(0));
  // Most events know the second only; within it the order of writing decides.
  return Math.floor(at / 1000);
}
