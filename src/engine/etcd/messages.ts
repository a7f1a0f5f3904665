import type { KubernetesObject } from '../api/object.ts';
import type { ApiResponse } from '../client/messages.ts';
import type { Address, Body } from '../kernel/types.ts';
import type { Members } from './raft/state.ts';

/** A key with its value and revisions. Values are API objects without `metadata.resourceVersion`: that is `modRevision`. */
export interface KeyValue {
  readonly key: string;
  readonly value: KubernetesObject;
  readonly createRevision: number;
  readonly modRevision: number;
  /** 1 for the first write since the key was created. */
  readonly version: number;
  readonly lease?: number;
}

export interface Compare {
  readonly key: string;
  /** 0: the key does not exist. */
  readonly modRevision: number;
}

export type Operation =
  | { readonly op: 'put'; readonly key: string; readonly value: KubernetesObject; readonly lease?: number }
  | { readonly op: 'delete'; readonly key: string };

/** If all comparisons hold, `success` is carried out; else the current values of `failure` keys come back. */
export interface TxnRequest extends Body {
  readonly type: 'txn';
  readonly requestId: number;
  readonly compare: readonly Compare[];
  readonly success: readonly Operation[];
  readonly failure: readonly string[];
}

export interface TxnResponse extends Body {
  readonly type: 'txnResponse';
  readonly reply: true;
  readonly requestId: number;
  readonly succeeded: boolean;
  /** Revision of the store after it: for a success with operations, their common mod revision. */
  readonly revision: number;
  /** Current values of the `failure` keys, when it did not succeed. */
  readonly current: readonly (KeyValue | null)[];
}

/** Linearizable read of one key, or of a prefix when `prefix`; `countOnly` answers with the revision and count alone. */
export interface RangeRequest extends Body {
  readonly type: 'range';
  readonly requestId: number;
  readonly key: string;
  readonly prefix?: boolean;
  readonly countOnly?: boolean;
  /** Read as of this revision; 0 or absent is the newest. */
  readonly revision?: number;
  readonly limit?: number;
}

export interface RangeResponse extends Body {
  readonly type: 'rangeResponse';
  readonly reply: true;
  readonly requestId: number;
  readonly revision: number;
  readonly kvs: readonly KeyValue[];
  readonly count: number;
  /** `etcdserver: mvcc: required revision has been compacted` and the like. */
  readonly error?: string;
}

export interface EtcdWatchRequest extends Body {
  readonly type: 'watch';
  readonly requestId: number;
  readonly prefix: string;
  /** First revision to send: events from here on, also past ones while they are kept. */
  readonly startRevision: number;
}

export interface EtcdEvent {
  readonly type: 'put' | 'delete';
  readonly kv: KeyValue;
  /** The value before, when the key existed. */
  readonly prev?: KeyValue;
  /** Message that asked for the write: the cause that `why` follows. */
  readonly cause: number;
  readonly periodic: boolean;
}

/** Events of one watch in order of revision; all events of one revision travel together. */
export interface EtcdWatchResponse extends Body {
  readonly type: 'watchResponse';
  readonly reply: true;
  readonly requestId: number;
  readonly revision: number;
  readonly events: readonly EtcdEvent[];
  /** Set when the watch cannot go on: its start has been compacted. */
  readonly compactRevision?: number;
  /** Set when etcd has ended the watch: `etcdserver: no leader`. */
  readonly canceled?: string;
}

export interface CompactRequest extends Body {
  readonly type: 'compact';
  readonly requestId: number;
  readonly revision: number;
}

export interface LeaseGrantRequest extends Body {
  readonly type: 'leaseGrant';
  readonly requestId: number;
  readonly ttlSeconds: number;
}

export interface LeaseGrantResponse extends Body {
  readonly type: 'leaseGrantResponse';
  readonly reply: true;
  readonly requestId: number;
  readonly lease: number;
}

/** From the leader to its own group: the lease has ended. */
export interface LeaseRevoke extends Body {
  readonly type: 'leaseRevoke';
  readonly lease: string;
}

export interface CompactResponse extends Body {
  readonly type: 'compactResponse';
  readonly reply: true;
  readonly requestId: number;
  readonly error?: string;
}

/** Instead of the answer to a request: what went wrong, in etcd's words. */
export interface EtcdError extends Body {
  readonly type: 'etcdError';
  readonly reply: true;
  readonly requestId: number;
  readonly error: string;
}

/** Adds a member; a learner gets the log and has no vote. */
export interface MemberAdd extends Body {
  readonly type: 'memberAdd';
  readonly requestId: number;
  readonly name: string;
  readonly host: string;
  readonly learner?: boolean;
}

/** `member` is the name of a member. */
export interface MemberChange extends Body {
  readonly type: 'memberPromote' | 'memberRemove';
  readonly requestId: number;
  readonly member: string;
}

export interface MoveLeader extends Body {
  readonly type: 'moveLeader';
  readonly requestId: number;
  readonly to: string;
}

export interface MemberResponse extends Body {
  readonly type: 'memberResponse';
  readonly reply: true;
  readonly requestId: number;
  readonly error?: string;
}

/** A member with an empty disk asks who is in its group; one that hears no leader and has no vote, whether it still is. */
export interface Hello extends Body {
  readonly type: 'hello';
  readonly name: string;
  /** When it was said, which comes back with the answer: one to an earlier life of the process is of no use. */
  readonly at: number;
  /** Id of a member that has data. */
  readonly member?: string;
}

/** The group as one of its members knows it, which may lag behind. */
export interface GroupView {
  readonly applied: number;
  readonly members: Members;
}

/** Who is in the group; no group when this one has an empty disk too. */
export interface Welcome extends Body {
  readonly type: 'welcome';
  readonly name: string;
  readonly at: number;
  readonly group?: GroupView;
}

/** A member that was removed is told so by those who stay. */
export interface Removed extends Body {
  readonly type: 'removed';
  readonly member: string;
}

/** From outside: each sync of this member's disk takes so long; null: it is well again. */
export interface FaultDisk extends Body {
  readonly type: 'faultDisk';
  readonly fsyncMs: number | null;
}

/** A follower hands a change of membership to the leader, who answers the client itself. */
export interface Forward extends Body {
  readonly type: 'forward';
  readonly request: MemberAdd | MemberChange;
  readonly client: Address;
}

export type MemberRequest = MemberAdd | MemberChange | MoveLeader;
export type { RaftMessage } from './raft/state.ts';
export type EtcdRequest = TxnRequest | RangeRequest | EtcdWatchRequest | CompactRequest | LeaseGrantRequest;
export type EtcdReply =
  | TxnResponse
  | RangeResponse
  | EtcdWatchResponse
  | CompactResponse
  | LeaseGrantResponse
  | MemberResponse
  | ApiResponse
  | EtcdError;
