import type { EtcdEvent } from '../../etcd/messages.ts';
import type { EtcdState, Store } from '../../etcd/state.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { fail } from './violation.ts';

/** One committed change of one key. */
export interface Change {
  readonly revision: number;
  readonly event: EtcdEvent;
}

interface Member {
  store: Store;
  revision: number;
}

/**
 * What etcd has committed, as its members apply it: the one truth that everything else is held against. Follows their
 * logs, so that a step costs what it changed.
 */
export class History {
  readonly base: number;
  revision: number;
  private readonly changes = new Map<number, readonly EtcdEvent[]>();
  private readonly ofKey = new Map<string, Change[]>();
  private readonly ofPrefix = new Map<string, Change[]>();
  private readonly members = new Map<string, Member>();
  private readonly committed: (event: EtcdEvent) => void;

  constructor(kernel: Kernel, committed: (event: EtcdEvent) => void) {
    this.committed = committed;
    this.revision = 0;
    for (const { component, address, state } of kernel.processes.values()) {
      if (component !== 'etcd') continue;
      const { store } = state as EtcdState;
      this.members.set(address, { store, revision: store.revision });
      this.revision = Math.max(this.revision, store.revision);
    }
    this.base = this.revision;
  }

  /** After a message to a member: what it has applied since is either news, or the same as the others had. */
  follow(address: string, state: EtcdState): void {
    const { store } = state;
    let member = this.members.get(address);
    if (member === undefined || member.store !== store) {
      member = { store, revision: Math.min(store.revision, this.revision) };
      this.members.set(address, member);
    }
    if (store.revision === member.revision) return;
    if (store.revision < member.revision) fail('revisions of a member grow', address);
    for (let revision = member.revision + 1; revision <= store.revision; revision++) {
      const events = store.log.get(String(revision));
      if (revision > this.revision) this.add(revision, events);
      else if (events !== undefined && revision > this.base) this.compare(address, revision, events);
    }
    member.revision = store.revision;
  }

  /** A member that starts anew applies its log from where its disk is. */
  restarted(address: string): void {
    this.members.delete(address);
  }

  /** Changes below a prefix that ends with a slash, oldest first. */
  below(prefix: string): readonly Change[] {
    return this.ofPrefix.get(prefix) ?? NOTHING;
  }

  /** The newest change of a key up to a revision; undefined when it has not changed since the run began. */
  lastOf(key: string, upTo: number): Change | undefined {
    const changes = this.ofKey.get(key) ?? NOTHING;
    for (let i = changes.length - 1; i >= 0; i--) {
      const change = changes[i] as Change;
      if (change.revision <= upTo) return change;
    }
    return undefined;
  }

  at(revision: number): readonly EtcdEvent[] | undefined {
    return this.changes.get(revision);
  }

  private add(revision: number, events: readonly EtcdEvent[] | undefined): void {
    if (revision !== this.revision + 1 || events === undefined) fail('revisions have no gap', String(revision));
    this.revision = revision;
    this.changes.set(revision, events);
    for (const event of events) {
      const { key } = event.kv;
      const change = { revision, event };
      push(this.ofKey, key, change);
      push(this.ofPrefix, prefixOf(key), change);
      this.committed(event);
    }
  }

  private compare(address: string, revision: number, events: readonly EtcdEvent[]): void {
    const known = this.changes.get(revision) ?? [];
    const same =
      known === events ||
      (known.length === events.length &&
        events.every(({ type, kv }, i) => {
          const other = known[i] as EtcdEvent;
          return type === other.type && kv.key === other.kv.key && isSame(kv.value, other.kv.value);
        }));
    if (!same) fail('every member applies the same at a revision', `${address} at ${revision}`);
  }
}

const NOTHING: readonly Change[] = [];

function push(map: Map<string, Change[]>, key: string, change: Change): void {
  const list = map.get(key);
  if (list) list.push(change);
  else map.set(key, [change]);
}

/** `/registry/pods/` of `/registry/pods/default/web-1`, `/registry/services/specs/` of a Service's key. */
function prefixOf(key: string): string {
  const from = key.startsWith('/registry/services/') ? '/registry/services/'.length : '/registry/'.length;
  return key.slice(0, key.indexOf('/', from) + 1);
}

const isSame = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);
