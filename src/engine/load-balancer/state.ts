import { defineTable, type Table } from '../kernel/table.ts';
import type { Address } from '../kernel/types.ts';

export interface LoadBalancerConfig {
  readonly backends: readonly Address[];
}

/** One API server as the health checks see it. */
export interface Backend {
  readonly address: Address;
  up: boolean;
  /** Checks in a row that say the opposite of `up`. */
  contrary: number;
  /** The check under way; 0 for none. */
  checking: number;
  /** When it went up or down. */
  since: number;
  served: number;
}

/** A client's connection: everything on it goes to one backend, until one of the two ends is gone. */
export interface Connection {
  readonly client: Address;
  readonly backend: Address;
  /** Of a connection for one request only: its id at the client. */
  readonly only?: number;
}

export interface LoadBalancerState {
  readonly config: LoadBalancerConfig;
  readonly backends: Backend[];
  /** By number, in text. */
  readonly connections: Table<Connection>;
  /** The lasting connection of each client. */
  readonly current: Table<number>;
  /** Watches that are open at a backend, by their id there; value: the connection's number. */
  readonly watches: Table<number>;
  nextConnection: number;
  nextCheck: number;
  /** Whose turn is next. */
  turn: number;
}

const newConnections = defineTable<Connection>('load-balancer/connections', {
  backend: ({ backend }) => backend,
  client: ({ client }) => client,
});
const newCurrent = defineTable<number>('load-balancer/current');
const newWatches = defineTable<number>('load-balancer/watches', { connection: String });

/** A server begins up, one failed check away from down, as haproxy has it. */
export function createLoadBalancer(config: LoadBalancerConfig): LoadBalancerState {
  return {
    config,
    backends: config.backends.map((address) => {
      return { address, up: true, contrary: FALL - 1, checking: 0, since: 0, served: 0 };
    }),
    connections: newConnections(),
    current: newCurrent(),
    watches: newWatches(),
    nextConnection: 1,
    nextCheck: 1,
    turn: 0,
  };
}

/** haproxy's defaults, which kind leaves as they are: `inter 2s fall 3 rise 2`. */
export const CHECK_MS = 2_000;
export const FALL = 3;
export const RISE = 2;
