import type { EndpointSlice, Service } from '../api/generated/types.ts';
import type { ClientState } from '../client/index.ts';
import { hasSynced, receive, startInformers } from '../client/index.ts';
import { type Body, type Step, send } from '../kernel/types.ts';
import type { DnsAnswer, DnsQuery } from '../network/messages.ts';
import type { CoreDnsState } from './state.ts';

const ZONE = 'cluster.local';
/** Names with fewer dots are tried with the search list first (`ndots:5`). */
const NDOTS = 5;
/** What names outside the cluster resolve to: an address of the range set aside for documentation. */
const OUTSIDE = '192.0.2.10';

/** CoreDNS: answers A queries for Services and pods. Source: coredns plugin/kubernetes, kubernetes/dns docs/specification.md. */
export const step: Step<CoreDnsState, Body> = (state, message, env) => {
  if (message.body.type === 'start') return startInformers(state.client, env);
  if (message.body.type === 'dnsQuery') {
    const query = message.body as DnsQuery;
    state.answered++;
    return [send(message.from, answer(state.client, query))];
  }
  return receive(state.client, message, env)?.effects ?? [];
};

function answer(client: ClientState, { requestId, name, searches }: DnsQuery): DnsAnswer {
  const reply = (rcode: DnsAnswer['rcode'], addresses: readonly string[], full?: string): DnsAnswer => ({
    type: 'dnsAnswer',
    reply: true,
    requestId,
    rcode,
    addresses,
    ...(full !== undefined && { name: full }),
  });
  if (!hasSynced(client)) return reply('SERVFAIL', []);
  for (const candidate of candidates(name, searches)) {
    const addresses = resolve(client, candidate);
    if (addresses) return reply('NOERROR', addresses, candidate);
  }
  return reply('NXDOMAIN', []);
}

/** Full names to try, in the resolver's order. */
export function candidates(name: string, searches: readonly string[]): string[] {
  if (name.endsWith('.')) return [name.slice(0, -1)];
  const searched = searches.map((domain) => `${name}.${domain}`);
  return name.split('.').length - 1 >= NDOTS ? [name, ...searched] : [...searched, name];
}

/** Top-level domains that names outside the cluster are believed to have: `web.default` is none of them. */
const TOP_LEVEL = /\.(com|org|net|edu|gov|dev|app|cloud|info|[a-z]{2})$/;
/** So many aliases in a row are followed. */
const MAX_ALIASES = 8;

/** Addresses of a full name; undefined when it does not exist. */
export function resolve(client: ClientState, name: string, aliases = 0): readonly string[] | undefined {
  if (!name.endsWith(`.${ZONE}`)) return TOP_LEVEL.test(name) ? [OUTSIDE] : undefined;
  const labels = name.slice(0, -ZONE.length - 1).split('.');
  const [kind, namespace = '', ...rest] = labels.reverse();
  if (kind === 'pod') return podAddress(rest[0]);
  const [service = '', host] = rest;
  if (kind !== 'svc' || service === '') return undefined;
  const key = `${namespace}/${service}`;
  const found = client.informers.services?.objects.get(key) as Service | undefined;
  if (!found) return undefined;
  const { type, externalName = '' } = found.spec ?? {};
  if (type === 'ExternalName')
    return aliases < MAX_ALIASES ? resolve(client, externalName.replace(/\.$/, ''), aliases + 1) : undefined;
  const clusterIP = found.spec?.clusterIP ?? '';
  if (clusterIP !== 'None') return host === undefined && clusterIP !== '' ? [clusterIP] : undefined;
  const addresses = headless(client, key, host, found.spec?.publishNotReadyAddresses === true);
  return addresses.length > 0 ? addresses : undefined;
}

function podAddress(dashed: string | undefined): string[] | undefined {
  const ip = dashed?.replaceAll('-', '.');
  return ip && /^\d+\.\d+\.\d+\.\d+$/.test(ip) ? [ip] : undefined;
}

function headless(client: ClientState, key: string, host: string | undefined, unready: boolean): string[] {
  const addresses: string[] = [];
  for (const slice of client.informers.endpointslices?.objects.by('service', key) ?? []) {
    for (const endpoint of (slice as unknown as EndpointSlice).endpoints ?? []) {
      const [ip] = endpoint.addresses;
      if (ip === undefined || !(unready || (endpoint.conditions?.ready ?? true))) continue;
      if (host === undefined || host === (endpoint.hostname ?? ip.replaceAll('.', '-'))) addresses.push(ip);
    }
  }
  return addresses;
}

export function view(state: CoreDnsState): object {
  return {
    synced: hasSynced(state.client),
    services: state.client.informers.services?.objects.size ?? 0,
    answered: state.answered,
  };
}
