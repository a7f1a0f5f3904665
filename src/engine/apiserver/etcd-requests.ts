import { extended } from '../api/share.ts';
import { type Address, type Effect, send } from '../kernel/types.ts';
import type { ApiServerState, Waiting } from './state.ts';
import type { Write } from './write.ts';

/** Events live an hour; their lease a little longer, as it is used for a while. Source: storage/etcd3/lease_manager.go */
const EVENT_LEASE_SECONDS = 3660;

/** The etcd member that it talks to. */
export function etcdOf({ config, endpoint }: ApiServerState): Address {
  return config.etcd?.[endpoint] as Address;
}

/** Notes what waits for an answer, and gives the id of the question. */
export function ask(state: ApiServerState, waiting: Waiting): number {
  const requestId = state.nextRequestId++;
  state.waiting.set(requestId, waiting);
  return requestId;
}

/** Sends a question (a fresh object) to etcd, or keeps it until etcd can be reached again. */
export function askEtcd(state: ApiServerState, waiting: Waiting, body: object, periodic?: boolean): Effect[] {
  const requestId = ask(state, waiting);
  if (state.etcdLost) return [];
  const options = periodic === undefined ? undefined : { periodic };
  return [send(etcdOf(state), Object.assign(body, { requestId }) as never, options)];
}

/** Reads the first of the keys that a request waits for. */
export function readFromEtcd(state: ApiServerState, waiting: Waiting & { wait: 'read' }): Effect[] {
  return askEtcd(state, waiting, bodyOf(state, waiting) as object);
}

/** Sends a write; if a comparison fails, the present values of the compared keys come back. */
export function writeToEtcd(
  state: ApiServerState,
  about: Pick<Waiting & { wait: 'txn' }, 'from' | 'request' | 'attempt' | 'since'>,
  write: Write,
  warnings: readonly string[],
  deleting = false,
): Effect[] {
  const read = write.compare.map(({ key }) => key);
  const { from, request, attempt, since } = about;
  const row = {
    wait: 'txn',
    from,
    request,
    attempt,
    since,
    write,
    read,
    warnings,
    ...(deleting && { deleting }),
  } as const;
  return askEtcd(state, row, bodyOf(state, row) as object);
}

/** What is asked of etcd for something that waits; undefined for what is not asked twice. */
export function bodyOf(state: ApiServerState, waiting: Waiting): object | undefined {
  switch (waiting.wait) {
    case 'read':
      return { type: 'range', key: waiting.keys[0] };
    case 'list':
      if (waiting.past)
        return { type: 'range', key: waiting.past.prefix, prefix: true, revision: waiting.past.revision };
      // Only the revision counts.
      return { type: 'range', key: '/registry/', countOnly: true };
    case 'cacheList':
      return { type: 'range', key: waiting.prefix, prefix: true };
    case 'health':
      return { type: 'range', key: '/registry/health' };
    case 'eventLease':
      return { type: 'leaseGrant', ttlSeconds: EVENT_LEASE_SECONDS };
    case 'txn': {
      const { write, read } = waiting;
      const lease = write.expires ? state.eventLease : undefined;
      const success =
        lease === undefined
          ? write.operations
          : write.operations.map((operation) => (operation.op === 'put' ? extended(operation, { lease }) : operation));
      return { type: 'txn', compare: write.compare, success, failure: read };
    }
    default:
      return undefined;
  }
}
