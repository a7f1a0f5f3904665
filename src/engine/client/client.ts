import { defineTable } from '../kernel/table.ts';
import { type Address, type Body, type Effect, type Env, type Message, send, timer } from '../kernel/types.ts';
import { newRequestId, refusedRequest, requestOf } from './connection.ts';
import { handleInformerMessage, loseWatches, newInformer } from './informer.ts';
import { type Limiter, reserve } from './limiter.ts';
import type { Answer, ApiResponse, Call } from './messages.ts';
import type { ClientState, InformerSpec, InformerState, Pending, Received } from './state.ts';

const newPendingTable = defineTable<Pending>('client/pending');

const TIMEOUTS = 'client/timeouts';
/** client-go has no time-out of its own; components set 10 s (kubelet leases) to 32 s (discovery). One figure for all. */
const REQUEST_TIMEOUT_MS = 10_000;

export function newClient(
  server: Address,
  user: string,
  agent: string,
  informers: Record<string, InformerSpec> = {},
): ClientState {
  const states: Record<string, InformerState> = {};
  for (const [name, spec] of Object.entries(informers)) states[name] = newInformer(spec);
  return {
    server,
    user,
    agent,
    dialled: 0,
    nextRequestId: 0,
    pending: newPendingTable(),
    expiresAt: 0,
    informers: states,
  };
}

export interface CallOptions {
  readonly limiter?: Limiter;
  readonly delayMs?: number;
  readonly periodic?: boolean;
  readonly cause?: number;
  readonly also?: readonly number[];
  readonly timeoutMs?: number;
  /** Ask in another name than the client's own: controllers have a service account each. */
  readonly user?: string;
  /** What is asked instead when the answer is 404. */
  readonly ifMissing?: Call;
}

/** Sends one call. `tag` (plain JSON) comes back with the answer and says what to do with it. */
export function call(client: ClientState, env: Env, what: Call, tag: unknown, options: CallOptions = {}): Effect[] {
  const requestId = newRequestId(client, env);
  const delayMs = (options.delayMs ?? 0) + (options.limiter ? reserve(options.limiter, env.now) : 0);
  const expiresAfterMs = delayMs + (options.timeoutMs ?? REQUEST_TIMEOUT_MS);
  const deadline = env.now + expiresAfterMs;
  const isNext = client.pending.size === 0 || deadline < client.expiresAt;
  const { ifMissing } = options;
  client.pending.set(String(requestId), { tag, deadline, ...(ifMissing && { ifMissing }) });
  const user = options.user ?? client.user;
  const request = send(client.server, requestOf(client, requestId, user, what, delayMs), {
    delayMs,
    periodic: options.periodic,
    cause: options.cause,
    ...(options.also && { also: options.also }),
  });
  if (!isNext) return [request];
  // One timer for all calls, set to the least deadline: not always that of the oldest, which may have to wait for its turn.
  client.expiresAt = deadline;
  return [request, timer(TIMEOUTS, expiresAfterMs, { periodic: true })];
}

/**
 * Takes every message that belongs to the client (answers, watch events, lost connections, its own timers) and gives
 * back what it means for the component; undefined for all others.
 */
export function receive(client: ClientState, message: Message, env: Env): Received | undefined {
  const { body } = message;
  switch (body.type) {
    case 'apiResponse': {
      const { requestId, status, body: content, warnings } = body as ApiResponse;
      const key = String(requestId);
      const pending = client.pending.delete(key);
      if (pending === undefined) return handleInformerMessage(client, message, env);
      if (status === 404 && pending.ifMissing !== undefined) {
        const { periodic } = message;
        return { answers: [], deltas: [], effects: call(client, env, pending.ifMissing, pending.tag, { periodic }) };
      }
      const answer = {
        tag: pending.tag,
        status,
        body: content,
        cause: message.id,
        periodic: message.periodic,
        warnings,
      };
      return { answers: [answer], deltas: [], effects: [] };
    }
    case 'connectionRefused': {
      const pending = client.pending.delete(String(body.requestId));
      if (pending === undefined) return handleInformerMessage(client, message, env);
      refusedRequest(client, body.requestId as number);
      return { answers: [failed(pending, 'refused', message)], deltas: [], effects: [] };
    }
    case 'connectionLost': {
      if ((body as unknown as { peer: Address }).peer !== client.server) return undefined;
      const answers = [...client.pending.values()].map((pending) => failed(pending, 'lost', message));
      client.pending.clear();
      return { answers, deltas: [], effects: loseWatches(client) };
    }
    case 'timer': {
      const { key } = body as unknown as { key: string };
      if (key === TIMEOUTS) return expire(client, message, env);
      if (key.startsWith('informer/')) return handleInformerMessage(client, message, env);
      return undefined;
    }
    case 'watchEvents':
    case 'watchClosed':
      return handleInformerMessage(client, message, env);
    default:
      return undefined;
  }
}

/** Gives up a connection on which nothing comes any more: whatever is asked next opens a new one. */
export function dropConnection(client: ClientState, env: Env): Effect[] {
  return [send(client.server, { type: 'connectionLost', peer: env.self } as Body), ...loseWatches(client)];
}

function expire(client: ClientState, message: Message, env: Env): Received {
  const answers: Answer[] = [];
  let next = Number.POSITIVE_INFINITY;
  for (const [key, pending] of client.pending.entries()) {
    if (pending.deadline <= env.now) {
      client.pending.delete(key);
      answers.push(failed(pending, 'timeout', message));
    } else next = Math.min(next, pending.deadline);
  }
  if (client.pending.size === 0) return { answers, deltas: [], effects: [] };
  client.expiresAt = next;
  return { answers, deltas: [], effects: [timer(TIMEOUTS, Math.max(1, next - env.now), { periodic: true })] };
}

function failed(pending: Pending, error: 'refused' | 'timeout' | 'lost', message: Message): Answer {
  return { tag: pending.tag, status: 0, body: undefined, error, cause: message.id, periodic: message.periodic };
}
