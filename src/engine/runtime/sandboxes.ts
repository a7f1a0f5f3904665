import { extended } from '../api/share.ts';
import type { CniAdd, CniDel, CniResult } from '../cri/cni.ts';
import type {
  DnsConfig,
  PodSandboxConfig,
  PodSandboxStatus,
  PodSandboxStatusRequest,
  RemovePodSandbox,
  RunPodSandbox,
  StopPodSandbox,
} from '../cri/messages.ts';
import { type Body, type Effect, type Env, type Message, send } from '../kernel/types.ts';
import { finish, forget } from './containers.ts';
import { newId } from './ids.ts';
import type { Asked, ContainerdState, Sandbox } from './state.ts';

/** Network namespace and pause container, in ms. */
const PAUSE_MS = 80;
const KILLED = 137;

/** Source: containerd internal/cri/server/sandbox_run.go (RunPodSandbox). */
export function runPodSandbox(state: ContainerdState, request: RunPodSandbox, message: Message, env: Env): Effect[] {
  const { requestId } = request;
  const config = withDns(state, request.config);
  const id = newId(env);
  const sandbox: Sandbox = { id, config, state: 'NOTREADY', createdAt: env.wallNow, ip: '' };
  if (config.hostNetwork) return ready(state, sandbox, message.from, requestId);
  if (state.podSubnet === '') return [refuse(message.from, requestId, id, 'cni plugin not initialized')];
  state.sandboxes.set(id, sandbox);
  const asked = state.nextId++;
  state.asked.set(String(asked), { for: 'sandbox', id, from: message.from, requestId });
  const body: CniAdd = {
    type: 'cniAdd',
    requestId: asked,
    containerId: id,
    ifName: 'eth0',
    namespace: config.namespace,
    pod: config.name,
    subnet: state.podSubnet,
  };
  return [send(`cni@${env.host}`, body)];
}

/** What kind's nodes have in their own /etc/resolv.conf: the name server of docker's network. */
const NODE_DNS: DnsConfig = { servers: ['172.18.0.1'], searches: [], options: ['ndots:0'] };

/** Source: pkg/kubelet/network/dns/dns.go (GetPodDNS, appendDNSConfig). */
function withDns(state: ContainerdState, config: PodSandboxConfig): PodSandboxConfig {
  const { dns: more, hostNetwork, dnsPolicy = hostNetwork ? 'Default' : 'ClusterFirst', namespace } = config;
  if (dnsPolicy === 'None') return config;
  const [a, b, c] = state.config.serviceSubnet.split('.');
  const base: DnsConfig =
    dnsPolicy === 'Default'
      ? NODE_DNS
      : {
          servers: [`${a}.${b}.${c}.10`],
          searches: [`${namespace}.svc.cluster.local`, 'svc.cluster.local', 'cluster.local'],
          options: ['ndots:5'],
        };
  if (more === undefined) return extended(config, { dns: base });
  const nameOf = (option: string): string => option.split(':')[0] as string;
  const own = new Set(more.options.map(nameOf));
  const dns = {
    servers: [...new Set([...base.servers, ...more.servers])],
    searches: [...new Set([...base.searches, ...more.searches])],
    options: [...base.options.filter((option) => !own.has(nameOf(option))), ...more.options],
  };
  return extended(config, { dns });
}

export function cniResult(
  state: ContainerdState,
  asked: Asked,
  { ip, error }: Pick<CniResult, 'ip' | 'error'>,
): Effect[] {
  if (asked.for === 'teardown') return [stopped(asked.from, asked.requestId)];
  if (asked.for !== 'sandbox') return [];
  const sandbox = state.sandboxes.get(asked.id);
  if (!sandbox) return [];
  if (ip !== undefined) return ready(state, { ...sandbox, ip }, asked.from, asked.requestId);
  state.sandboxes.delete(asked.id);
  return [refuse(asked.from, asked.requestId, asked.id, error ?? 'the plugin did not answer')];
}

/** Who asked for sandboxes is gone: those that are not ready yet are undone. Source: sandbox_run.go (deferred clean-up) */
export function abandonSandboxes(state: ContainerdState, peer: string, env: Env): Effect[] {
  const effects: Effect[] = [];
  for (const [key, asked] of [...state.asked.entries()]) {
    if (asked.for !== 'sandbox' || asked.from !== peer) continue;
    state.asked.delete(key);
    state.sandboxes.delete(asked.id);
    const body: CniDel = { type: 'cniDel', requestId: state.nextId++, containerId: asked.id };
    effects.push(send(`cni@${env.host}`, body));
  }
  return effects;
}

function ready(state: ContainerdState, sandbox: Sandbox, to: string, requestId: number): Effect[] {
  state.sandboxes.set(sandbox.id, { ...sandbox, state: 'READY' });
  const body = { type: 'runPodSandboxResponse', reply: true, requestId, podSandboxId: sandbox.id } as Body;
  return [send(to, body, { delayMs: PAUSE_MS })];
}

function refuse(to: string, requestId: number, id: string, why: string): Effect {
  const error = `failed to setup network for sandbox "${id}": ${why}`;
  return send(to, { type: 'runPodSandboxResponse', reply: true, requestId, podSandboxId: '', error } as Body);
}

export function podSandboxStatus(state: ContainerdState, request: PodSandboxStatusRequest, message: Message): Effect[] {
  const { requestId, podSandboxId } = request;
  const sandbox = state.sandboxes.get(podSandboxId);
  const found = sandbox
    ? { status: sandboxStatus(sandbox) }
    : { code: 'NotFound', error: `an error occurred when try to find sandbox: not found` };
  return [send(message.from, { type: 'podSandboxStatusResponse', reply: true, requestId, ...found } as Body)];
}

/** Kills what still runs and undoes the network. Source: containerd internal/cri/server/sandbox_stop.go. */
export function stopPodSandbox(state: ContainerdState, request: StopPodSandbox, message: Message, env: Env): Effect[] {
  const { requestId, podSandboxId } = request;
  const sandbox = state.sandboxes.get(podSandboxId);
  if (sandbox?.state !== 'READY') return [stopped(message.from, requestId)];
  const effects: Effect[] = [];
  for (const row of state.containers.by('sandbox', podSandboxId))
    if (row.state === 'RUNNING') effects.push(...finish(state, row, KILLED, env));
  state.sandboxes.set(podSandboxId, { ...sandbox, state: 'NOTREADY' });
  if (sandbox.config.hostNetwork) return [...effects, stopped(message.from, requestId)];
  const asked = state.nextId++;
  state.asked.set(String(asked), { for: 'teardown', from: message.from, requestId });
  const body: CniDel = { type: 'cniDel', requestId: asked, containerId: podSandboxId };
  return [...effects, send(`cni@${env.host}`, body)];
}

function stopped(to: string, requestId: number): Effect {
  return send(to, { type: 'stopPodSandboxResponse', reply: true, requestId } as Body);
}

export function removePodSandbox(state: ContainerdState, request: RemovePodSandbox, message: Message): Effect[] {
  const { requestId, podSandboxId } = request;
  for (const row of state.containers.by('sandbox', podSandboxId)) forget(state, row);
  state.sandboxes.delete(podSandboxId);
  return [send(message.from, { type: 'removePodSandboxResponse', reply: true, requestId } as Body)];
}

export function sandboxStatus({ id, config, state, createdAt, ip }: Sandbox): PodSandboxStatus {
  const { name, namespace, uid, attempt, hostNetwork } = config;
  return { id, name, namespace, uid, attempt, state, createdAt, hostNetwork, ip };
}
