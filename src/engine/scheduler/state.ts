import type { KubernetesObject } from '../api/object.ts';
import { newClient } from '../client/client.ts';
import { type ElectionState, newElection } from '../client/leader-election.ts';
import type { ClientState, InformerSpec } from '../client/state.ts';
import { defineTable } from '../kernel/table.ts';
import type { Address } from '../kernel/types.ts';
import type { SchedulerConfiguration } from './config.ts';
import { newCore, type SchedulerCore } from './core.ts';

/** How the kubelet's static pod starts the process. */
export interface SchedulerConfig {
  readonly server: Address;
  /** Holder of the Lease. */
  readonly identity: string;
  readonly config?: SchedulerConfiguration;
}

export interface SchedulerState {
  readonly client: ClientState;
  readonly election: ElectionState;
  readonly core: SchedulerCore;
}

const objects = defineTable<KubernetesObject>('scheduler/objects');

/** The pods that take up room or want some: finished ones are not even listed. */
const informers = {
  nodes: { path: '/api/v1/nodes', table: objects },
  pods: {
    path: '/api/v1/pods',
    query: { fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed' },
    table: objects,
  },
  namespaces: { path: '/api/v1/namespaces', table: objects },
  services: { path: '/api/v1/services', table: objects },
  replicasets: { path: '/apis/apps/v1/replicasets', table: objects },
} satisfies Record<string, InformerSpec>;

const USER = 'system:kube-scheduler';

export function createScheduler(
  { server, identity, config }: SchedulerConfig,
  _disk: unknown,
  host: string,
): SchedulerState {
  const core = newCore(config ?? {}, host);
  return {
    client: newClient(server, USER, 'kube-scheduler', informers),
    // Events of the election are in the name of the first profile. Source: cmd/kube-scheduler/app/options/options.go
    election: newElection('kube-scheduler', identity, core.profiles[0]?.schedulerName),
    core,
  };
}
