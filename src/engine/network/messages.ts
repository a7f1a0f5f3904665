import type { Body } from '../kernel/types.ts';
import type { NodeRoute } from './routes.ts';

/** What processes in containers say to each other over the network, in so far as it is modelled. */
export type NetworkBody =
  | RoutePacket
  | ReplaceRoutes
  | FindRoute
  | PacketRouted
  | Connect
  | ConnectAnswer
  | DnsQuery
  | DnsAnswer;

/** First packet of a connection, given to the node's kernel: its rules say where it goes. */
export interface RoutePacket extends Body {
  readonly type: 'routePacket';
  readonly requestId: number;
  readonly source: string;
  readonly destination: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

/** kindnet tells the node's kernel the ways to the pods of other nodes. */
export interface ReplaceRoutes extends Body {
  readonly type: 'replaceRoutes';
  readonly routes: readonly NodeRoute[];
}

/** In a large cluster: no rule has sent the packet to an endpoint, and kindnet says which machine has the address. */
export interface FindRoute extends Body {
  readonly type: 'findRoute';
  readonly requestId: number;
  readonly ip: string;
  readonly port: number;
}

export interface PacketRouted extends Body {
  readonly type: 'packetRouted';
  readonly reply: true;
  readonly requestId: number;
  /**
   * `refused`: rejected by a rule. `dropped`: lost, the sender waits for its time-out. `no-route`: so is what is not for
   * this very node.
   */
  readonly verdict: 'forward' | 'refused' | 'dropped' | 'no-route';
  /** Destination after the rules. */
  readonly ip: string;
  readonly port: number;
  /** Machine that has this address; '' when it is not known. */
  readonly host: string;
}

/** A request over a connection to a pod, from the runtime of the sender's node to that of the receiver's. */
export interface Connect extends Body {
  readonly type: 'connect';
  readonly requestId: number;
  readonly ip: string;
  readonly port: number;
  readonly payload: Payload;
}

export type Payload =
  | { readonly kind: 'dns'; readonly name: string; readonly searches: readonly string[] }
  | { readonly kind: 'http'; readonly host: string; readonly path: string };

export interface ConnectAnswer extends Body {
  readonly type: 'connectAnswer';
  readonly reply: true;
  readonly requestId: number;
  readonly outcome: 'answered' | 'refused' | 'timeout';
  readonly status?: number;
  readonly body?: string;
  /** Of a DNS query; empty: the name does not exist. */
  readonly addresses?: readonly string[];
  /** The full name that has them. */
  readonly name?: string;
}

/** A query to CoreDNS on this node. */
export interface DnsQuery extends Body {
  readonly type: 'dnsQuery';
  readonly requestId: number;
  readonly name: string;
  readonly searches: readonly string[];
}

export interface DnsAnswer extends Body {
  readonly type: 'dnsAnswer';
  readonly reply: true;
  readonly requestId: number;
  readonly rcode: 'NOERROR' | 'NXDOMAIN' | 'SERVFAIL';
  readonly addresses: readonly string[];
  /** The full name that has them. */
  readonly name?: string;
}
