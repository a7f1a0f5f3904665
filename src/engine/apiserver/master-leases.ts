import type { EtcdReply, LeaseGrantResponse, RangeResponse } from '../etcd/messages.ts';
import type { Effect, Env } from '../kernel/types.ts';
import { type EndpointsWrite, keepEndpoints } from './bootstrap.ts';
import { askEtcd } from './etcd-requests.ts';
import type { ApiServerState } from './state.ts';

const PREFIX = '/registry/masterleases/';
const TTL_SECONDS = 15;

/**
 * One of several API servers says that it is alive: a key of its own, with a lease of 15 s, renewed every 10 s. Then it
 * reads whose keys are there, and those are the endpoints of Service `kubernetes`.
 * Source: pkg/controlplane/reconcilers/lease.go
 */
export function renewMasterLease(state: ApiServerState): Effect[] {
  return askEtcd(state, { wait: 'masterLease' }, { type: 'leaseGrant', ttlSeconds: TTL_SECONDS }, true);
}

export function takeMasterReply(
  state: ApiServerState,
  env: Env,
  wait: 'masterLease' | 'masterKey' | 'masters',
  reply: EtcdReply,
): Effect[] {
  switch (wait) {
    case 'masterLease': {
      const { lease } = reply as LeaseGrantResponse;
      // Not an object of the API: nobody lists these keys.
      const value = { apiVersion: 'v1', metadata: {} };
      const put = { op: 'put', key: PREFIX + state.config.internalIP, value, lease };
      return askEtcd(state, { wait: 'masterKey' }, { type: 'txn', compare: [], success: [put], failure: [] }, true);
    }
    case 'masterKey':
      return askEtcd(state, { wait: 'masters' }, { type: 'range', key: PREFIX, prefix: true }, true);
    case 'masters': {
      const servers = (reply as RangeResponse).kvs.map(({ key }) => key.slice(PREFIX.length));
      return writeEndpoints(state, keepEndpoints(state, env, servers));
    }
  }
}

/** Sends a write of the endpoints; a change of them is news. */
export function writeEndpoints(state: ApiServerState, write: EndpointsWrite | undefined): Effect[] {
  if (write === undefined) return [];
  const { compare, operations } = write;
  return askEtcd(state, { wait: 'compact' }, { type: 'txn', compare, success: operations, failure: [] }, false);
}
