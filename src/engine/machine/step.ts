import { plain } from '../kernel/plain.ts';
import {
  type Body,
  type Effect,
  type Env,
  type ProcessExitedBody,
  type Step,
  send,
  type TimerBody,
  timer,
} from '../kernel/types.ts';
import type { PacketRouted, ReplaceRoutes, RoutePacket } from '../network/messages.ts';
import { type PacketFilter, type Route, restoreRules, routePacket } from '../network/packet-filter.ts';
import { prefixOf } from '../network/routes.ts';
import type { IptablesRestore, IptablesRestored, MachineConfig, Service, ServiceRequest } from './messages.ts';
import type { MachineState } from './state.ts';

/** Firmware and operating system, until systemd starts the services; a first boot of a kind node takes less. */
const BOOT_MS = 2_000;
const REBOOT_MS = 15_000;
/** `RestartSec` of the units: kubelet 10 s (kubeadm's package), containerd 5 s. */
const RESTART_MS: Record<Service, number> = { containerd: 5_000, kubelet: 10_000 };
/** What runs beside them, at least so long that a crash at each start does not stop the clock. */
const AGENT_RESTART_MS = 1_000;
/** The kubelet's unit comes after containerd's. */
const KUBELET_AFTER_MS = 500;

/** A computer: boots, keeps its services running as systemd does, and holds the packet filter's rules. */
export const step: Step<MachineState, Body> = (state, message, env) => {
  const { body } = message;
  switch (body.type) {
    case 'start':
      return [timer('boot', (state.config.boots ?? 1) > 1 ? REBOOT_MS : BOOT_MS, { periodic: false })];
    case 'timer':
      return fire(state, (body as TimerBody).key, env);
    case 'systemctl':
      return systemctl(state, body as ServiceRequest);
    case 'processExited':
      return exited(state, body as ProcessExitedBody);
    case 'iptablesRestore': {
      const { requestId, rules } = body as IptablesRestore;
      state.packetFilter = restoreRules(plain(state.packetFilter) as PacketFilter | null, rules);
      state.packetFilterAt = env.now;
      const done: IptablesRestored = { type: 'iptablesRestored', reply: true, requestId };
      return [send(message.from, done)];
    }
    case 'routePacket': {
      const packet = body as RoutePacket;
      const route = routePacket(plain(state.packetFilter) as PacketFilter | null, packet, env.random());
      return [send(message.from, leave(state, route, packet.requestId, env.host) as Body)];
    }
    case 'replaceRoutes':
      for (const route of (body as ReplaceRoutes).routes) state.routes.set(prefixOf(route.destination), route);
      return [];
    default:
      return [];
  }
};

/** Where the packet goes after the rules: to this node, a neighbour, or by a route. kindnet of a large cluster is asked. */
function leave({ config, routes }: MachineState, route: Route, requestId: number, self: string): PacketRouted {
  const answer = { type: 'packetRouted', reply: true, requestId, ip: '', port: 0, host: '', ...route } as const;
  const { verdict, ip, host } = answer;
  if (verdict !== 'forward' || host === self || config.manyNodes) return answer;
  const next = config.hosts?.[ip] ?? routes.get(prefixOf(ip))?.host;
  return next === undefined ? { ...answer, verdict: 'no-route', host: '' } : { ...answer, host: next };
}

function fire(state: MachineState, key: string, env: Env): Effect[] {
  if (key === 'boot') {
    state.booted = true;
    if (!isNode(state)) return startAgents(state);
    const runtime = state.services.containerd === 'stopped' ? [] : start(state, 'containerd');
    return [...runtime, timer('start/kubelet', KUBELET_AFTER_MS, { periodic: env.periodic })];
  }
  const service = key.slice('start/'.length) as Service;
  const agent = agentOf(state, service);
  if (agent !== undefined) return [agent];
  if (state.services[service] === 'stopped') return [];
  const effects = start(state, service);
  if (service === 'kubelet' && !state.agentsStarted) effects.push(...startAgents(state));
  return effects;
}

/** Load balancers and machines for etcd alone have neither kubelet nor containers. */
function isNode({ config }: MachineState): boolean {
  return config.role === 'control-plane' || config.role === 'worker';
}

function startAgents(state: MachineState): Effect[] {
  state.agentsStarted = true;
  return (plain(state.config).agents ?? []).map(({ component, config }) => {
    return { effect: 'startProcess', component, config, tag: component };
  });
}

function agentOf(state: MachineState, tag: string): Effect | undefined {
  const agent = plain(state.config).agents?.find(({ component }) => component === tag);
  return agent && { effect: 'startProcess', ...agent, tag };
}

function start(state: MachineState, service: Service): Effect[] {
  if (state.services[service] === 'active') return [];
  state.services[service] = 'active';
  const config = plain(state.config) as MachineConfig;
  return [{ effect: 'startProcess', component: service, config, tag: service }];
}

function systemctl(state: MachineState, { action, service }: ServiceRequest): Effect[] {
  if (action === 'start') return start(state, service);
  if (state.services[service] !== 'active') {
    state.services[service] = 'stopped';
    return [];
  }
  state.services[service] = 'stopped';
  return [{ effect: 'stopProcess', component: service }];
}

/** A service that ends by itself is started again, as `Restart=always` asks. */
function exited(state: MachineState, { tag }: ProcessExitedBody): Effect[] {
  if (agentOf(state, tag) !== undefined) return [timer(`start/${tag}`, AGENT_RESTART_MS, { periodic: false })];
  const service = tag as Service;
  if (state.services[service] !== 'active') return [];
  state.services[service] = 'restarting';
  return [timer(`start/${service}`, RESTART_MS[service], { periodic: false })];
}
