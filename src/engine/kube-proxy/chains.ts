import { sha256Base32 } from '../kernel/sha256.ts';

/**
 * Names of the chains that kube-proxy makes for one Service port or endpoint.
 * Source: kubernetes/pkg/proxy/iptables/proxier.go (portProtoHash and the ...ChainName functions).
 */

const HASH_LENGTH = 16;

/** Chain of the endpoints used with the Cluster traffic policy. */
export const clusterChain = (port: string, protocol: string): string => `KUBE-SVC-${portHash(port, protocol)}`;

/** Chain of this node's own endpoints, used with the Local traffic policy. */
export const localChain = (port: string, protocol: string): string => `KUBE-SVL-${portHash(port, protocol)}`;

/** Chain for what came in by node port, external IP or load balancer IP. */
export const externalChain = (port: string, protocol: string): string => `KUBE-EXT-${portHash(port, protocol)}`;

/** Chain that checks loadBalancerSourceRanges. */
export const firewallChain = (port: string, protocol: string): string => `KUBE-FW-${portHash(port, protocol)}`;

/** Chain of one endpoint, `endpoint` being `IP:port`. */
export const endpointChain = (port: string, protocol: string, endpoint: string): string =>
  `KUBE-SEP-${sha256Base32(port + protocol + endpoint, HASH_LENGTH)}`;

// All four chains of a port share one hash, and a port keeps its hash for as long as it exists.
let lastKey = '';
let lastHash = '';

function portHash(port: string, protocol: string): string {
  const key = port + protocol;
  if (key !== lastKey) {
    lastHash = sha256Base32(key, HASH_LENGTH);
    lastKey = key;
  }
  return lastHash;
}
