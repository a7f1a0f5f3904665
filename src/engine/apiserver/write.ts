import type { KubernetesObject } from '../api/object.ts';
import type { Compare, Operation } from '../etcd/messages.ts';

/** A transaction for etcd, and what the client hears once it has been carried out. */
export interface Write {
  readonly type: 'write';
  readonly code: number;
  readonly compare: readonly Compare[];
  readonly operations: readonly Operation[];
  /** Stored object to answer with; it gets the revision of the write. */
  readonly object?: KubernetesObject;
  /** Answer that does not depend on the write. */
  readonly body?: unknown;
  /** Turns the stored object into the answer. */
  readonly show?: 'scale';
  /** The put only announces a deletion that follows at once. */
  readonly thenDelete?: boolean;
  /** Another write, when this one has succeeded; its answer counts. */
  readonly next?: Write;
  /** A write before this one has charged a disruption budget. */
  readonly isCharged?: boolean;
  /** The writes of which this is one: each comes when the one before has succeeded. */
  readonly series?: { readonly writes: readonly Write[]; readonly at: number };
  /** An Event, which is stored with a lease. */
  readonly expires?: boolean;
}
