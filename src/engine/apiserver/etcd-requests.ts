import type { KubernetesObject } from '../api/object.ts';
import type { ApiRequest } from '../client/messages.ts';
import type { KeyValue } from '../etcd/messages.ts';
import { type Address, type Effect, send } from '../kernel/types.ts';
import type { Write } from './server.ts';
import type { ApiServerState, Waiting } from './state.ts';
import { etcdOf, withRevision } from './watch-cache.ts';

/** Notes what waits for an answer, and gives the id of the question. */
export function ask(state: ApiServerState, waiting: Waiting): number {
  const requestId = state.nextRequestId++;
  state.waiting.set(requestId, waiting);
  return requestId;
}

/** Reads the first of the keys that a request waits for. */
export function readFromEtcd(state: ApiServerState, waiting: Waiting & { wait: 'read' }): Effect {
  const requestId = ask(state, waiting);
  return send(etcdOf(state), { type: 'range', requestId, key: waiting.keys[0] as string } as never);
}

/** Sends a write; if a comparison fails, the present values of the compared keys come back. */
export function writeToEtcd(
  state: ApiServerState,
  from: Address,
  request: ApiRequest,
  attempt: number,
  write: Write,
  warnings: readonly string[],
  deleting = false,
): Effect {
  const read = write.compare.map(({ key }) => key);
  const requestId = ask(state, {
    wait: 'txn',
    from,
    request,
    attempt,
    write,
    read,
    warnings,
    ...(deleting && { deleting }),
  });
  const { compare } = write;
  const success = write.expires
    ? write.operations.map((operation) =>
        operation.op === 'put' ? { ...operation, lease: state.eventLease } : operation,
      )
    : write.operations;
  return send(etcdOf(state), { type: 'txn', requestId, compare, success, failure: read } as never);
}

/** The object of a stored value: the one that is in the cache already, if it is the same. */
export function sharedObject(state: ApiServerState, kv: KeyValue): KubernetesObject {
  const version = String(kv.modRevision);
  const cached = state.objects.get(kv.key);
  if (cached?.metadata.resourceVersion === version) return cached;
  const written = state.written.get(kv.key);
  return written?.metadata.resourceVersion === version ? written : withRevision(kv);
}
