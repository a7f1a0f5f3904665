import type { Node } from '../api/generated/types.ts';
import { call, isSuccess, receive, startInformers } from '../client/index.ts';
import { PROTOBUF } from '../client/messages.ts';
import type { CniConfig } from '../cri/cni.ts';
import { plain } from '../kernel/plain.ts';
import { type Body, type Effect, type Env, type Step, send, type TimerBody, timer } from '../kernel/types.ts';
import type { FindRoute, PacketRouted, ReplaceRoutes } from '../network/messages.ts';
import { type NodeRoute, prefixOf, routeTo } from '../network/routes.ts';
import { FRESH_MS, type KindnetState } from './state.ts';

/** The loop over the nodes rests for so long. Source: kubernetes-sigs/kind images/kindnetd/cmd/kindnetd/main.go */
const LOOP_MS = 10_000;
const ROUTES = 'routes';

/**
 * Once the node has a podCIDR, writes the CNI configuration; gives the kernel a route to the pods of each other node.
 * Source: kubernetes-sigs/kind images/kindnetd/cmd/kindnetd.
 */
export const step: Step<KindnetState, Body> = (state, message, env) => {
  const { body } = message;
  if (body.type === 'start') return startInformers(state.client, env);
  if (body.type === 'findRoute') return findRoute(state, body as FindRoute, env);
  if (body.type === 'timer' && (body as TimerBody).key === ROUTES) {
    const routes = plain(state.fresh);
    state.fresh = [];
    return replaceRoutes(routes, env);
  }
  const received = receive(state.client, message, env);
  if (!received) return [];
  const effects: Effect[] = [...received.effects];
  for (const answer of received.answers) {
    if (isSuccess(answer)) learn(state, (answer.body as { items: readonly Node[] }).items, env);
    const question = answer.tag as FindRoute;
    effects.push(tell(question, hostOf(state, question.ip) ?? '', env));
  }
  const routes = [...plain(state.fresh)];
  const isSet = routes.length > 0;
  for (const { type, object } of received.deltas) {
    const node = object as unknown as Node;
    const podCIDR = node.spec?.podCIDR ?? '';
    if (type === 'delete') continue;
    if (node.metadata.name !== state.nodeName) routes.push(...newRoute(state, routeTo(node)));
    else if (podCIDR !== '' && podCIDR !== state.podCIDR) {
      state.podCIDR = podCIDR;
      const config: CniConfig = { type: 'cniConfig', subnet: podCIDR };
      effects.push(send(`containerd@${env.host}`, config, { periodic: false }));
    }
  }
  if (state.manyNodes) return effects;
  if (state.loopsSince === null && state.client.informers.nodes?.synced) {
    state.loopsSince = env.now;
    effects.push(...replaceRoutes(routes, env));
  } else if (routes.length > 0) {
    state.fresh = routes;
    const wait = LOOP_MS - ((env.now - (state.loopsSince as number)) % LOOP_MS);
    if (!isSet) effects.push(timer(ROUTES, wait, { periodic: false }));
  }
  return effects;
};

function replaceRoutes(routes: readonly NodeRoute[], env: Env): Effect[] {
  const body: ReplaceRoutes = { type: 'replaceRoutes', routes };
  return routes.length > 0 ? [send(`machine@${env.host}`, body, { periodic: false })] : [];
}

/** A route that the kernel does not have. */
function newRoute({ routes }: KindnetState, route: NodeRoute | undefined): NodeRoute[] {
  if (route === undefined) return [];
  const prefix = prefixOf(route.destination);
  const known = routes.get(prefix);
  if (known?.via === route.via && known.host === route.host) return [];
  routes.set(prefix, route);
  return [route];
}

/** A packet is on its way to an address of another node: that of one of its pods, or its own. */
function findRoute(state: KindnetState, question: FindRoute, env: Env): Effect[] {
  const host = hostOf(state, question.ip);
  if (host !== undefined && env.now - state.learntAt < FRESH_MS) return [tell(question, host, env)];
  return call(state.client, env, { method: 'GET', path: '/api/v1/nodes', accept: PROTOBUF }, question);
}

function hostOf({ routes }: KindnetState, ip: string): string | undefined {
  return (routes.get(ip) ?? routes.get(prefixOf(ip)))?.host;
}

function learn(state: KindnetState, nodes: readonly Node[], env: Env): void {
  const { routes } = state;
  state.learntAt = env.now;
  routes.clear();
  for (const node of nodes) {
    const route = routeTo(node);
    if (route) for (const key of [prefixOf(route.destination), route.via]) routes.set(key, route);
  }
}

function tell({ requestId, ip, port }: FindRoute, host: string, env: Env): Effect {
  const verdict = host === '' ? 'dropped' : 'forward';
  const answer: PacketRouted = { type: 'packetRouted', reply: true, requestId, verdict, ip, port, host };
  return send(`containerd@${env.host}`, answer as Body);
}

export function view({ podCIDR, routes, manyNodes }: KindnetState): object {
  return manyNodes ? { podCIDR } : { podCIDR, routes: routes.size };
}
