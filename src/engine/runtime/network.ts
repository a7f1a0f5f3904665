import { type Body, cancel, type Effect, type Env, type Message, send, timer } from '../kernel/types.ts';
import type { Connect, ConnectAnswer, DnsAnswer, PacketRouted, Payload, RoutePacket } from '../network/messages.ts';
import { addressOf, hostsFile } from './files.ts';
import { answerHttp } from './http-answers.ts';
import { listens } from './processes.ts';
import type { ShellWait } from './shell/state.ts';
import type { Answer } from './shell/world.ts';
import type { Ask, Container, ContainerdState, Sandbox } from './state.ts';

/** Time-outs of the resolver and of web clients. */
const DNS_TIMEOUT_MS = 5_000;
const HTTP_TIMEOUT_MS = 10_000;
const DNS_PORT = 53;

type Question = ShellWait & { for: 'lookup' | 'http' };

/** Who waits for the answer of a question. */
export type Asker = Pick<Ask, 'for' | 'key'>;

/** Starts to answer a script's question: names go to the DNS server in /etc/resolv.conf, addresses to the node's rules. */
export function askNetwork(
  state: ContainerdState,
  container: Container,
  question: Question,
  asker: { for: 'script'; containerId: string } | { for: 'exec'; key: string },
  env: Env,
): Effect[] {
  const sandbox = state.sandboxes.get(container.podSandboxId);
  if (!sandbox) return [];
  const key = asker.for === 'script' ? asker.containerId : asker.key;
  const timeout = question.for === 'lookup' ? DNS_TIMEOUT_MS : HTTP_TIMEOUT_MS;
  const name = question.for === 'lookup' ? question.name : hostAndPort(question.url).host;
  const base = { for: asker.for, key, question, source: addressOf(state, sandbox), sandbox: sandbox.id };
  const address = ADDRESS.test(name) ? name : localName(state, sandbox, name);
  if (address !== undefined) return routeTo(state, { ...base, stage: 'route' }, address, env, timeout);
  const server = sandbox.config.dns?.servers[0];
  // Without a name server nobody answers.
  if (server === undefined) return [timer(`net/${remember(state, { ...base, stage: 'dns' })}`, timeout)];
  return route(state, { ...base, stage: 'dns-route' }, server, DNS_PORT, 'udp', env, timeout);
}

const ADDRESS = /^\d+\.\d+\.\d+\.\d+$/;

/** The address that /etc/hosts gives a name. */
function localName(state: ContainerdState, sandbox: Sandbox, name: string): string | undefined {
  for (const line of hostsFile(state, sandbox).split('\n')) {
    const [address, ...names] = line.split(/\s+/);
    if (names.includes(name) && !line.startsWith('#')) return address;
  }
  return undefined;
}

// An address that is known answers a look-up; a request goes on to it.
function routeTo(state: ContainerdState, ask: Ask, address: string, env: Env, timeout: number): Effect[] {
  const { question } = ask;
  if (question.for === 'lookup') {
    const id = remember(state, ask);
    return [timer(`answer/${id}/${address}`, 1)];
  }
  return route(
    state,
    { ...ask, stage: 'route', address },
    address,
    hostAndPort(question.url).port,
    'tcp',
    env,
    timeout,
  );
}

function route(
  state: ContainerdState,
  ask: Ask,
  destination: string,
  port: number,
  protocol: 'tcp' | 'udp',
  env: Env,
  timeout: number,
): Effect[] {
  const id = remember(state, ask);
  const target = destination === '127.0.0.1' ? ask.source : destination;
  const body: RoutePacket = {
    type: 'routePacket',
    requestId: id,
    source: ask.source,
    destination: target,
    port,
    protocol,
  };
  return [send(`machine@${env.host}`, body), timer(`net/${id}`, timeout)];
}

function remember(state: ContainerdState, ask: Ask): number {
  const id = state.nextId++;
  state.asks.set(String(id), ask);
  return id;
}

/** An ask that is over, with its answer for the script. */
export interface Answered {
  readonly asker: Asker;
  readonly answer: Answer;
}

export type NetworkStep = { readonly effects: Effect[]; readonly answered?: Answered };

/** The node's rules have said where the packet goes: on to the runtime of the node that has the pod. */
export function packetRouted(state: ContainerdState, body: PacketRouted, env: Env): NetworkStep {
  const ask = state.asks.get(String(body.requestId));
  if (!ask) return NOTHING;
  if (body.verdict === 'refused') return fail(state, body.requestId, ask, 'Connection refused');
  const isHere = state.sandboxes.keysBy('ip', body.ip).size > 0 || body.ip === state.config.internalIP;
  const host = body.host || (isHere ? env.host : '');
  // Lost on the way: the time-out will tell.
  if (body.verdict === 'dropped' || (body.verdict === 'no-route' && !isHere)) return NOTHING;
  const isDns = ask.stage.startsWith('dns');
  if (host === '') {
    state.asks.set(String(body.requestId), { ...ask, stage: isDns ? 'dns-find' : 'find' });
    const { requestId, ip, port } = body;
    return { effects: [send(`kindnet@${env.host}`, { type: 'findRoute', requestId, ip, port } as Body)] };
  }
  const stage = isDns ? 'dns' : 'connect';
  state.asks.set(String(body.requestId), { ...ask, stage });
  const connect: Connect = {
    type: 'connect',
    requestId: body.requestId,
    ip: body.ip,
    port: body.port,
    payload: payloadOf(state, ask, stage),
  };
  return { effects: [send(`containerd@${host}`, connect)] };
}

const NOTHING: NetworkStep = { effects: [] };

function payloadOf(state: ContainerdState, { question, sandbox }: Ask, stage: string): Payload {
  const url = question.for === 'http' ? hostAndPort(question.url) : undefined;
  if (stage === 'connect' && url) return { kind: 'http', host: url.host, path: url.path };
  const name = question.for === 'lookup' ? question.name : (url?.host ?? '');
  return { kind: 'dns', name, searches: state.sandboxes.get(sandbox)?.config.dns?.searches ?? [] };
}

export function connectAnswered(state: ContainerdState, body: ConnectAnswer, env: Env): NetworkStep {
  const ask = state.asks.get(String(body.requestId));
  if (!ask) return NOTHING;
  if (body.outcome === 'timeout') return NOTHING;
  if (body.outcome === 'refused') return fail(state, body.requestId, ask, 'Connection refused');
  const { question } = ask;
  if (ask.stage === 'dns') {
    const { addresses = [], name } = body;
    if (question.for === 'lookup')
      return done(state, body.requestId, ask, { for: 'lookup', addresses, ...(name && { name }) });
    const [address] = addresses;
    if (address === undefined) return fail(state, body.requestId, ask, 'NXDOMAIN');
    forget(state, body.requestId);
    const next = routeTo(state, ask, address, env, HTTP_TIMEOUT_MS);
    return { effects: [cancel(`net/${body.requestId}`), ...next] };
  }
  const status = body.status === undefined ? {} : { status: body.status };
  return done(state, body.requestId, ask, { for: 'http', ...status, body: body.body ?? '' });
}

/** Nobody answered in time. */
export function networkTimeout(state: ContainerdState, id: number): NetworkStep {
  const ask = state.asks.get(String(id));
  return ask ? fail(state, id, ask, 'download timed out') : NOTHING;
}

/** The peer's process does not run. */
export function networkRefused(state: ContainerdState, id: number): NetworkStep {
  const ask = state.asks.get(String(id));
  // Without kindnet nobody knows the way: the packet is lost.
  if (!ask || ask.stage.endsWith('find')) return NOTHING;
  return fail(state, id, ask, 'Connection refused');
}

/** A name that needed no server. */
export function localAnswer(state: ContainerdState, id: number, address: string): NetworkStep {
  const ask = state.asks.get(String(id));
  return ask ? done(state, id, ask, { for: 'lookup', addresses: [address] }) : NOTHING;
}

function fail(state: ContainerdState, id: number, ask: Ask, why: string): NetworkStep {
  const isLookup = ask.question.for === 'lookup';
  const answer: Answer = isLookup
    ? { for: 'lookup', addresses: [], isLost: true }
    : { for: 'http', body: whyText(ask, why) };
  return done(state, id, ask, answer);
}

/** As the wget of busybox says it. */
function whyText({ question, address, stage }: Ask, why: string): string {
  if (question.for !== 'http') return why;
  const { host } = hostAndPort(question.url);
  // Without the name's address nobody was asked yet.
  if (stage.startsWith('dns')) return `bad address '${host}'`;
  return why === 'Connection refused' ? `can't connect to remote host (${address ?? host}): ${why}` : why;
}

function done(state: ContainerdState, id: number, ask: Ask, answer: Answer): NetworkStep {
  forget(state, id);
  return { effects: [cancel(`net/${id}`)], answered: { asker: ask, answer } };
}

function forget(state: ContainerdState, id: number): void {
  state.asks.delete(String(id));
}

// --- the other end ------------------------------------------------------------------------------------------------

/** A connection to a pod of this node. */
export function connectTo(state: ContainerdState, body: Connect, message: Message, env: Env): Effect[] {
  const { requestId, ip, port, payload } = body;
  const answer = (more: Partial<ConnectAnswer>): Effect[] => [
    send(message.from, { type: 'connectAnswer', reply: true, requestId, outcome: 'answered', ...more } as Body),
  ];
  const containers = containersAt(state, ip);
  if (!containers) return answer({ outcome: 'timeout' });
  const row = containers.find((container) => listens(container, port, env.now));
  if (!row) return answer({ outcome: 'refused' });
  if (payload.kind === 'dns') {
    if (row.program.component !== 'coredns') return answer({ outcome: 'timeout' });
    const id = state.nextId++;
    state.asked.set(String(id), { for: 'dns', from: message.from, requestId });
    const { name, searches } = payload;
    return [send(`coredns@${env.host}`, { type: 'dnsQuery', requestId: id, name, searches } as Body)];
  }
  const { status, body: text } = answerHttp(state, row, payload, env.now);
  return answer({ status, body: text });
}

export function dnsAnswered(to: { from: string; requestId: number }, { addresses, rcode, name }: DnsAnswer): Effect[] {
  const outcome = rcode === 'SERVFAIL' ? 'timeout' : 'answered';
  const { requestId } = to;
  return [
    send(to.from, { type: 'connectAnswer', reply: true, requestId, outcome, addresses, ...(name && { name }) } as Body),
  ];
}

// Containers that share an address: those of one pod, or of all pods on the host's network.
function containersAt(state: ContainerdState, ip: string): Container[] | undefined {
  for (const key of state.sandboxes.keysBy('ip', ip)) return state.containers.by('sandbox', key);
  if (ip !== state.config.internalIP) return undefined;
  return state.containers
    .by('running', 'yes')
    .filter((row) => state.sandboxes.get(row.podSandboxId)?.config.hostNetwork === true);
}

function hostAndPort(url: string): { host: string; port: number; path: string } {
  const match = /^(\w+):\/\/(?:[^/@]*@)?([^/:]+)(?::(\d+))?(\/.*)?$/.exec(url);
  const [, scheme = 'http', host = '', port, path = '/'] = match ?? [];
  return { host, port: port ? Number(port) : scheme === 'https' ? 443 : 80, path };
}
