import type { ApiBody, ApiRequest, StopWatch } from '../client/messages.ts';
import {
  type Address,
  type Body,
  type Effect,
  type Env,
  type Message,
  type Step,
  send,
  timer,
} from '../kernel/types.ts';
import { type Backend, CHECK_MS, type Connection, FALL, type LoadBalancerState, RISE } from './state.ts';

/** An id at a backend says which connection it belongs to: the connection's number above the client's own id. */
const SPAN = 2 ** 32;

/**
 * haproxy as kind runs it in front of several API servers: a TCP proxy that gives each new connection to the next server
 * whose `GET /healthz` succeeds. A connection stays where it is until one of its ends is gone.
 * Source: kubernetes-sigs/kind pkg/cluster/internal/loadbalancer/config.go
 */
export const step: Step<LoadBalancerState, Body> = (state, message, env) => {
  const { body } = message;
  switch (body.type) {
    case 'start':
    case 'timer':
      return check(state, env);
    case 'apiRequest':
      return forward(state, message.from, body as ApiRequest, env);
    case 'stopWatch':
      return stopWatch(state, message.from, (body as StopWatch).watchId);
    case 'connectionRefused':
    case 'connectionLost': {
      const { peer, requestId } = body as unknown as { peer: Address; requestId?: number };
      if (requestId === undefined)
        return isBackend(state, peer) ? backendLost(state, peer, env) : clientLost(state, peer);
      return requestId < SPAN ? checked(state, requestId, false, env) : refused(state, requestId, env);
    }
    case 'apiResponse': {
      const { requestId, status } = body as { requestId: number; status: number } & Body;
      if (requestId < SPAN) return checked(state, requestId, status === 200, env);
      return answer(state, message, requestId);
    }
    case 'watchEvents':
    case 'watchClosed':
      return answer(state, message, (body as unknown as { watchId: number }).watchId);
    default:
      return [];
  }
};

const isBackend = ({ config }: LoadBalancerState, peer: Address): boolean => config.backends.includes(peer);

// --- health checks -----------------------------------------------------------------------------------------------

function check(state: LoadBalancerState, env: Env): Effect[] {
  const effects: Effect[] = [timer('check', CHECK_MS, { periodic: true })];
  for (const backend of state.backends) {
    // No answer within the interval is a failure too.
    if (backend.checking !== 0) effects.push(...judge(state, backend, false, env));
    backend.checking = state.nextCheck++;
    effects.push(send(backend.address, checkRequest(backend.checking), { periodic: true }));
  }
  return effects;
}

function checkRequest(requestId: number): ApiRequest {
  return { type: 'apiRequest', requestId, user: '', agent: 'haproxy', method: 'GET', path: '/healthz' };
}

function checked(state: LoadBalancerState, requestId: number, isWell: boolean, env: Env): Effect[] {
  const backend = state.backends.find(({ checking }) => checking === requestId);
  return backend === undefined ? [] : judge(state, backend, isWell, env);
}

function judge(state: LoadBalancerState, backend: Backend, isWell: boolean, env: Env): Effect[] {
  backend.checking = 0;
  backend.contrary = isWell === backend.up ? 0 : backend.contrary + 1;
  if (backend.contrary < (backend.up ? FALL : RISE)) return [];
  backend.up = !backend.up;
  backend.contrary = 0;
  backend.since = env.now;
  // What was just begun there could not connect; a lasting connection is its owner's to give up.
  return backend.up ? [] : endConnections(state, backend.address, env, (connection) => connection.only !== undefined);
}

// --- connections -------------------------------------------------------------------------------------------------

/** What a client has sent over a connection that was lost meanwhile goes nowhere, as what finds no server that is up. */
function forward(state: LoadBalancerState, client: Address, request: ApiRequest, env: Env): Effect[] {
  const number = request.close ? undefined : state.current.get(client);
  const open = number ?? (request.close || request.dial ? connect(state, client, request) : undefined);
  const { requestId } = request;
  if (open === undefined)
    return [send(client, { type: 'connectionRefused', reply: true, requestId, peer: env.self } as Body)];
  const { backend } = state.connections.get(String(open)) as Connection;
  const id = open * SPAN + requestId;
  if (request.query?.watch === 'true') state.watches.set(String(id), open);
  return [send(backend, { ...request, requestId: id } as Body)];
}

/** Opens a connection to the next server that is up; undefined if there is none. */
function connect(state: LoadBalancerState, client: Address, { close, requestId }: ApiRequest): number | undefined {
  const { backends } = state;
  for (let i = 0; i < backends.length; i++) {
    const backend = backends[(state.turn + i) % backends.length] as Backend;
    if (!backend.up) continue;
    state.turn = (state.turn + i + 1) % backends.length;
    backend.served++;
    const number = state.nextConnection++;
    const connection = { client, backend: backend.address };
    state.connections.set(String(number), close ? { ...connection, only: requestId } : connection);
    if (!close) state.current.set(client, number);
    return number;
  }
  return undefined;
}

function stopWatch(state: LoadBalancerState, client: Address, watchId: number): Effect[] {
  const number = state.current.get(client);
  const connection = number === undefined ? undefined : state.connections.get(String(number));
  if (number === undefined || connection === undefined) return [];
  const id = number * SPAN + watchId;
  state.watches.delete(String(id));
  return [send(connection.backend, { type: 'stopWatch', watchId: id } as Body)];
}

/** Carries an answer of a backend to its client, if the connection is still there. */
function answer(state: LoadBalancerState, { body }: Message, id: number): Effect[] {
  const number = Math.floor(id / SPAN);
  const connection = state.connections.get(String(number));
  if (connection === undefined) return [];
  const own = id - number * SPAN;
  const isResponse = body.type === 'apiResponse';
  if (isResponse || body.type === 'watchClosed') state.watches.delete(String(id));
  if (isResponse && connection.only !== undefined) state.connections.delete(String(number));
  return [
    send(connection.client, { ...(body as ApiBody), ...(isResponse ? { requestId: own } : { watchId: own }) } as Body),
  ];
}

/** Nobody listens at the backend: the client's connection is closed with all that waits on it; its next one goes elsewhere. */
function refused(state: LoadBalancerState, id: number, env: Env): Effect[] {
  const number = Math.floor(id / SPAN);
  const connection = state.connections.get(String(number));
  if (connection === undefined) return [];
  drop(state, number, connection);
  return [end(connection, env)];
}

function backendLost(state: LoadBalancerState, backend: Address, env: Env): Effect[] {
  return endConnections(state, backend, env, () => true);
}

function endConnections(
  state: LoadBalancerState,
  backend: Address,
  env: Env,
  which: (connection: Connection) => boolean,
): Effect[] {
  const effects: Effect[] = [];
  for (const key of [...state.connections.keysBy('backend', backend)]) {
    const connection = state.connections.get(key) as Connection;
    if (!which(connection)) continue;
    drop(state, Number(key), connection);
    effects.push(end(connection, env));
  }
  return effects;
}

/** A lasting connection is lost, with all that was asked on it; one for a single request was in vain. */
function end({ client, only }: Connection, env: Env): Effect {
  const peer = env.self;
  if (only === undefined) return send(client, { type: 'connectionLost', peer } as Body);
  return send(client, { type: 'connectionRefused', reply: true, requestId: only, peer } as Body);
}

/** The client is gone: its watches end at the backend. */
function clientLost(state: LoadBalancerState, client: Address): Effect[] {
  const effects: Effect[] = [];
  for (const key of [...state.connections.keysBy('client', client)]) {
    const connection = state.connections.get(key) as Connection;
    for (const id of state.watches.keysBy('connection', key)) {
      effects.push(send(connection.backend, { type: 'stopWatch', watchId: Number(id) } as Body));
    }
    drop(state, Number(key), connection);
  }
  return effects;
}

function drop(state: LoadBalancerState, number: number, { client }: Connection): void {
  const key = String(number);
  state.connections.delete(key);
  if (state.current.get(client) === number) state.current.delete(client);
  for (const id of [...state.watches.keysBy('connection', key)]) state.watches.delete(id);
}
