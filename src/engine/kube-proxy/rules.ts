import { isExternallyAccessible, type PortFragment } from '../network/fragments.ts';
import type { RuleConfig } from '../network/packet-filter.ts';
import type { Endpoint, ServicePort } from '../network/service-ports.ts';
import { clusterChain, endpointChain, externalChain, firewallChain, localChain } from './chains.ts';

export type { RuleConfig };

/** One rule of the kernel, as data: all conditions must hold, then `jump` (a chain or a verdict) is taken. */
export interface Rule {
  readonly source?: string;
  readonly notSource?: string;
  readonly destination?: string;
  readonly notDestination?: string;
  readonly protocol?: string;
  /** In the order written, which is the order printed. */
  readonly matches?: readonly Match[];
  readonly jump?: string;
  /** `IP:port` of a DNAT. */
  readonly to?: string;
  /** What a MARK does with kube-proxy's bit. */
  readonly mark?: 'set' | 'clear';
}

export type Match =
  | { readonly match: 'comment'; readonly text: string }
  | { readonly match: 'conntrack'; readonly states: string; readonly not?: boolean }
  | { readonly match: 'addrtype'; readonly side: 'src' | 'dst' }
  | { readonly match: 'mark'; readonly not?: boolean }
  | { readonly match: 'statistic'; readonly oneIn: number }
  | { readonly match: 'recent'; readonly list: string; readonly seconds?: number }
  | { readonly match: 'port'; readonly protocol: string; readonly dport?: number };

export interface Chain {
  readonly name: string;
  readonly rules: readonly Rule[];
}

/** The rules of one Service port: lines in the chains that all Services share, and chains of its own (nat table). */
export interface PortRules {
  readonly natServices: readonly Rule[];
  readonly natNodePorts: readonly Rule[];
  readonly natChains: readonly Chain[];
  readonly filterServices: readonly Rule[];
  readonly filterExternal: readonly Rule[];
  readonly filterNodePorts: readonly Rule[];
  readonly filterFirewall: readonly Rule[];
}

export const DEFAULT_RULE_CONFIG: RuleConfig = {
  clusterCIDR: '10.244.0.0/16',
  masqueradeAll: false,
  nodePortAddresses: [],
  localhostNodePorts: true,
};

/** Above this many endpoints in the cluster, comments of endpoint rules are left out. */
export const LARGE_CLUSTER_ENDPOINTS = 1000;

const cache = new WeakMap<PortFragment, { config: RuleConfig; large: boolean; rules: PortRules }>();

/**
 * The rules of one Service port.
 * Source: kubernetes/pkg/proxy/iptables/proxier.go (syncProxyRules).
 */
export function portRules(fragment: PortFragment, config: RuleConfig, large = false): PortRules {
  const known = cache.get(fragment);
  if (known && known.config === config && known.large === large) return known.rules;
  const rules = makeRules(fragment, config, large);
  cache.set(fragment, { config, large, rules });
  return rules;
}

function makeRules(fragment: PortFragment, config: RuleConfig, large: boolean): PortRules {
  const { port, hasEndpoints } = fragment;
  const names = chainNames(port);
  const inside = port.internalLocal ? names.local : names.cluster;
  const hasInternal = hasEndpoints && (!port.internalLocal || fragment.local.length > 0);
  const hasExternal = hasEndpoints && (!port.externalLocal || fragment.local.length > 0);
  const firewalled = hasEndpoints && port.loadBalancerIPs.length > 0 && port.sourceRanges.length > 0;

  const natServices: Rule[] = [];
  const natNodePorts: Rule[] = [];
  const filterServices: Rule[] = [];
  const filterExternal: Rule[] = [];
  const filterNodePorts: Rule[] = [];
  const filterFirewall: Rule[] = [];
  const refusal = hasEndpoints
    ? { comment: `${port.name} has no local endpoints`, jump: 'DROP' }
    : { comment: `${port.name} has no endpoints`, jump: 'REJECT' };

  if (hasInternal) natServices.push(toAddress(port, port.clusterIP, `${port.name} cluster IP`, inside));
  else filterServices.push(toAddress(port, port.clusterIP, refusal.comment, refusal.jump));

  for (const ip of port.externalIPs) {
    if (hasEndpoints) natServices.push(toAddress(port, ip, `${port.name} external IP`, names.external));
    if (!hasExternal) filterExternal.push(toAddress(port, ip, refusal.comment, refusal.jump));
  }
  for (const ip of port.loadBalancerIPs) {
    const chain = firewalled ? names.firewall : names.external;
    if (hasEndpoints) natServices.push(toAddress(port, ip, `${port.name} loadbalancer IP`, chain));
    if (firewalled)
      filterFirewall.push(toAddress(port, ip, `${port.name} traffic not accepted by ${names.firewall}`, 'DROP'));
    if (!hasExternal) filterExternal.push(toAddress(port, ip, refusal.comment, refusal.jump));
  }
  if (port.nodePort !== 0) {
    const dport: Match = { match: 'port', protocol: port.protocol, dport: port.nodePort };
    const protocol = port.protocol;
    if (hasEndpoints) natNodePorts.push({ protocol, matches: [comment(port.name), dport], jump: names.external });
    if (!hasExternal)
      filterExternal.push({ protocol, matches: [comment(refusal.comment), TO_LOCAL, dport], jump: refusal.jump });
  }
  if (port.healthCheckNodePort !== 0) {
    const dport: Match = { match: 'port', protocol: 'tcp', dport: port.healthCheckNodePort };
    const matches = [comment(`${port.name} health check node port`), dport];
    filterNodePorts.push({ protocol: 'tcp', matches, jump: 'ACCEPT' });
  }

  const natChains: Chain[] = [];
  const head = hasInternal ? masqueradeOthers(port, config) : [];
  if (hasEndpoints && isExternallyAccessible(port))
    natChains.push({ name: names.external, rules: externalRules(port, names, config, hasExternal) });
  if (firewalled) natChains.push({ name: names.firewall, rules: firewallRules(fragment, names) });
  if (fragment.cluster.length > 0) {
    const spread = spreadRules(port, fragment.cluster, large);
    natChains.push({ name: names.cluster, rules: port.internalLocal ? spread : [...head, ...spread] });
  }
  if (fragment.local.length > 0) {
    const spread = spreadRules(port, fragment.local, large);
    natChains.push({ name: names.local, rules: port.internalLocal ? [...head, ...spread] : spread });
  }
  for (const endpoint of fragment.reachable) natChains.push(endpointRules(port, endpoint, large));
  return { natServices, natNodePorts, natChains, filterServices, filterExternal, filterNodePorts, filterFirewall };
}

interface ChainNames {
  readonly cluster: string;
  readonly local: string;
  readonly external: string;
  readonly firewall: string;
}

function chainNames({ name, protocol }: ServicePort): ChainNames {
  return {
    cluster: clusterChain(name, protocol),
    local: localChain(name, protocol),
    external: externalChain(name, protocol),
    firewall: firewallChain(name, protocol),
  };
}

const TO_LOCAL: Match = { match: 'addrtype', side: 'dst' };
const FROM_LOCAL: Match = { match: 'addrtype', side: 'src' };

function comment(text: string): Match {
  return { match: 'comment', text };
}

function toAddress(port: ServicePort, destination: string, text: string, jump: string): Rule {
  const dport: Match = { match: 'port', protocol: port.protocol, dport: port.port };
  return { destination, protocol: port.protocol, matches: [comment(text), dport], jump };
}

// Traffic that does not come from a pod must return through this node, so it takes the node's address.
function masqueradeOthers(port: ServicePort, config: RuleConfig): Rule[] {
  if (!config.masqueradeAll && config.clusterCIDR === '') return [];
  const rule = toAddress(port, port.clusterIP, `${port.name} cluster IP`, 'KUBE-MARK-MASQ');
  return [config.masqueradeAll ? rule : { ...rule, notSource: config.clusterCIDR }];
}

function externalRules(port: ServicePort, names: ChainNames, config: RuleConfig, hasExternal: boolean): Rule[] {
  const rules: Rule[] = [];
  const about = (what: string): Match => comment(`${what} traffic for ${port.name} external destinations`);
  if (!port.externalLocal) rules.push({ matches: [about('masquerade')], jump: 'KUBE-MARK-MASQ' });
  else {
    if (config.clusterCIDR !== '')
      rules.push({ source: config.clusterCIDR, matches: [about('pod')], jump: names.cluster });
    rules.push({ matches: [about('masquerade LOCAL'), FROM_LOCAL], jump: 'KUBE-MARK-MASQ' });
    rules.push({ matches: [about('route LOCAL'), FROM_LOCAL], jump: names.cluster });
  }
  if (hasExternal) rules.push({ jump: port.externalLocal ? names.local : names.cluster });
  return rules;
}

function firewallRules(fragment: PortFragment, names: ChainNames): Rule[] {
  const { port } = fragment;
  const matches = [comment(`${port.name} loadbalancer IP`)];
  const sources = fragment.allowFromNode ? [...port.sourceRanges, ...port.loadBalancerIPs] : port.sourceRanges;
  const rules: Rule[] = sources.map((source) => ({ source, matches, jump: names.external }));
  // Not a target: what gets here was not rewritten, and so meets the DROP in KUBE-PROXY-FIREWALL.
  rules.push({ matches: [comment(`other traffic to ${port.name} will be dropped by KUBE-PROXY-FIREWALL`)] });
  return rules;
}

function spreadRules(port: ServicePort, endpoints: readonly Endpoint[], large: boolean): Rule[] {
  const rules: Rule[] = [];
  const about = (endpoint: Endpoint): Match[] => (large ? [] : [comment(`${port.name} -> ${endpoint.key}`)]);
  const chains = endpoints.map((endpoint) => endpointChain(port.name, port.protocol, endpoint.key));
  if (port.affinitySeconds > 0)
    endpoints.forEach((endpoint, i) => {
      const list = chains[i] as string;
      const recent: Match = { match: 'recent', list, seconds: port.affinitySeconds };
      rules.push({ matches: [...about(endpoint), recent], jump: list });
    });
  endpoints.forEach((endpoint, i) => {
    const left = endpoints.length - i;
    const chance: Match[] = left > 1 ? [{ match: 'statistic', oneIn: left }] : [];
    rules.push({ matches: [...about(endpoint), ...chance], jump: chains[i] as string });
  });
  return rules;
}

function endpointRules(port: ServicePort, endpoint: Endpoint, large: boolean): Chain {
  const name = endpointChain(port.name, port.protocol, endpoint.key);
  const about: Match[] = large ? [] : [comment(port.name)];
  const remember: Match[] = port.affinitySeconds > 0 ? [{ match: 'recent', list: name }] : [];
  const { protocol } = port;
  return {
    name,
    rules: [
      // A pod that reaches itself through the Service must see another source than its own.
      { source: endpoint.ip, matches: about, jump: 'KUBE-MARK-MASQ' },
      { protocol, matches: [...about, ...remember, { match: 'port', protocol }], jump: 'DNAT', to: endpoint.key },
    ],
  };
}
