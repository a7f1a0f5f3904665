import type { Pod } from '../api/generated/types.ts';
import type { SimulatedCluster } from '../index.ts';
import type { Message } from '../kernel/types.ts';

/**
 * What must hold after every message. `check` throws a sentence that says what does not; it looks only at what the
 * message can have changed, so that a run of many thousands of messages stays fast.
 */
export class Invariants {
  private readonly cluster: SimulatedCluster;
  private revision = 0;
  private time: number;
  /** Node of every pod uid that was ever bound. */
  private readonly boundTo = new Map<string, string>();
  private readonly uids = new Map<string, string>();

  constructor(cluster: SimulatedCluster) {
    this.cluster = cluster;
    this.time = cluster.now;
    const tap = cluster.kernel.tap;
    cluster.kernel.tap = (message) => {
      tap?.(message);
      this.check(message);
    };
  }

  private check(message: Message): void {
    this.must(this.cluster.now >= this.time, 'time never goes back');
    this.time = this.cluster.now;
    this.must(message.dueAt >= message.sentAt, 'nothing arrives before it was sent');
    const store = this.cluster.store();
    if (store === undefined || store.revision === this.revision) return;
    this.must(store.revision > this.revision, 'revisions grow');
    for (let r = Math.max(this.revision + 1, store.compactRevision); r <= store.revision; r++) {
      for (const { type, kv, prev } of store.log.get(String(r)) ?? []) {
        if (type === 'put') this.written(kv.value as unknown as Pod, prev?.value as unknown as Pod | undefined, kv.key);
      }
    }
    this.revision = store.revision;
  }

  private written(object: Pod, prev: Pod | undefined, key: string): void {
    const uid = object?.metadata?.uid;
    if (uid === undefined) return;
    if (prev === undefined) {
      this.must(!this.uids.has(uid), `uid ${uid} of ${key} is used once`);
      this.uids.set(uid, key);
    } else this.must(prev.metadata.uid === uid, `${key} keeps its uid`);
    if (object.kind !== 'Pod') return;
    const node = object.spec?.nodeName;
    const bound = this.boundTo.get(uid);
    if (bound !== undefined) this.must(node === bound, `pod ${key} is bound once and never moves`);
    else if (node) {
      this.boundTo.set(uid, node);
      this.must(this.cluster.get('Node', null, node) !== undefined, `pod ${key} is on a known node`);
    }
  }

  /** Looks at the whole state: no two live pods share an address, and no node is asked for more than it has. */
  checkAll(): void {
    const addresses = new Map<string, string>();
    const asked = new Map<string, number>();
    for (const object of this.cluster.list('Pod')) {
      const pod = object as Pod;
      const { spec, status } = pod;
      const { name } = pod.metadata;
      const over = status?.phase === 'Succeeded' || status?.phase === 'Failed';
      const node = spec?.nodeName;
      if (node !== undefined && !over) asked.set(node, (asked.get(node) ?? 0) + 1);
      if (spec?.hostNetwork || over || !status?.podIP) continue;
      const alive = status.containerStatuses?.some(({ state }) => state?.running !== undefined);
      if (!alive) continue;
      this.must(!addresses.has(status.podIP), `${name} and ${addresses.get(status.podIP)} share ${status.podIP}`);
      addresses.set(status.podIP, name as string);
    }
    for (const [node, count] of asked) this.must(count <= 110, `${node} has ${count} pods, more than it accepts`);
  }

  private must(holds: boolean, what: string): void {
    if (!holds) throw new Error(`at ${this.cluster.now} ms it does not hold that ${what}`);
  }
}
