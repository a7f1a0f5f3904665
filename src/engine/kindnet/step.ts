import type { Node } from '../api/generated/types.ts';
import { call, isSuccess, receive, startInformers } from '../client/index.ts';
import { PROTOBUF } from '../client/messages.ts';
import type { CniConfig } from '../cri/cni.ts';
import { type Body, type Effect, type Env, type Step, send } from '../kernel/types.ts';
import type { FindRoute, PacketRouted } from '../network/messages.ts';
import { FRESH_MS, type KindnetState } from './state.ts';

/** Once the node has a podCIDR, writes the CNI configuration. Source: kubernetes-sigs/kind images/kindnetd/cmd/kindnetd. */
export const step: Step<KindnetState, Body> = (state, message, env) => {
  if (message.body.type === 'start') return startInformers(state.client, env);
  if (message.body.type === 'findRoute') return findRoute(state, message.body as FindRoute, env);
  const received = receive(state.client, message, env);
  if (!received) return [];
  const effects: Effect[] = [...received.effects];
  for (const answer of received.answers) {
    if (isSuccess(answer)) learn(state, (answer.body as { items: readonly Node[] }).items, env);
    const question = answer.tag as FindRoute;
    effects.push(tell(question, hostOf(state, question.ip) ?? '', env));
  }
  for (const { type, object } of received.deltas) {
    const podCIDR = (object as unknown as Node).spec?.podCIDR ?? '';
    if (type === 'delete' || podCIDR === '' || podCIDR === state.podCIDR) continue;
    state.podCIDR = podCIDR;
    const config: CniConfig = { type: 'cniConfig', subnet: podCIDR };
    effects.push(send(`containerd@${env.host}`, config, { periodic: false }));
  }
  return effects;
};

/** A packet is on its way to an address of another node: that of one of its pods, or its own. */
function findRoute(state: KindnetState, question: FindRoute, env: Env): Effect[] {
  const host = hostOf(state, question.ip);
  if (host !== undefined && env.now - state.learntAt < FRESH_MS) return [tell(question, host, env)];
  return call(state.client, env, { method: 'GET', path: '/api/v1/nodes', accept: PROTOBUF }, question);
}

const prefixOf = (ip: string): string => ip.slice(0, ip.lastIndexOf('.') + 1);

function hostOf({ routes }: KindnetState, ip: string): string | undefined {
  return (routes.get(ip) ?? routes.get(prefixOf(ip)))?.host;
}

function learn(state: KindnetState, nodes: readonly Node[], env: Env): void {
  const { routes } = state;
  state.learntAt = env.now;
  routes.clear();
  for (const { metadata, spec, status } of nodes) {
    const route = { host: metadata.name as string };
    if (spec?.podCIDR) routes.set(prefixOf(spec.podCIDR), route);
    for (const { type, address } of status?.addresses ?? []) if (type === 'InternalIP') routes.set(address, route);
  }
}

function tell({ requestId, ip, port }: FindRoute, host: string, env: Env): Effect {
  const verdict = host === '' ? 'dropped' : 'forward';
  const answer: PacketRouted = { type: 'packetRouted', reply: true, requestId, verdict, ip, port, host };
  return send(`containerd@${env.host}`, answer as Body);
}

export function view({ podCIDR }: KindnetState): object {
  return { podCIDR };
}
