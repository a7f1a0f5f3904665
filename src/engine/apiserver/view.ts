import type { Address } from '../kernel/types.ts';
import { etcdOf } from './etcd-requests.ts';
import type { ApiServerProcess } from './state.ts';

/** Everybody with an open connection: the clients that watch or wait for an answer, and etcd. */
export function peers({ server: state }: ApiServerProcess): Address[] {
  const clients = new Set<Address>();
  for (const { peer } of state.watchers.values()) clients.add(peer);
  for (const waiting of state.waiting.values()) if ('from' in waiting) clients.add(waiting.from);
  for (const { from } of state.healthChecks) clients.add(from);
  return [etcdOf(state), ...clients];
}

/** For the inspector: what it serves, holds and waits for. */
export function view({ server: state }: ApiServerProcess, _now: number): object {
  const watches: Record<string, number> = {};
  for (const { prefix } of state.watchers.values()) watches[prefix] = (watches[prefix] ?? 0) + 1;
  return {
    phase: state.etcdLost ? 'etcd lost' : state.phase,
    etcd: etcdOf(state),
    healthy: state.healthy,
    cache: state.staleSince !== null ? 'not ready' : state.broken.size > 0 ? 'frozen' : 'ready',
    revision: state.revision,
    served: state.served,
    objects: state.objects.size,
    watches,
    waiting: state.waiting.size - state.caches.size,
  };
}
