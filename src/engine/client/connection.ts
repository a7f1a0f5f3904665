import { extended } from '../api/share.ts';
import type { Env } from '../kernel/types.ts';
import type { ApiRequest, Call } from './messages.ts';
import type { ClientState } from './state.ts';

/** A request as it goes out. What is delayed opens a connection only if nothing else has by then. */
export function requestOf(client: ClientState, requestId: number, user: string, what: Call, delayMs = 0): ApiRequest {
  const body: ApiRequest = { type: 'apiRequest', requestId, user, agent: client.agent, ...what };
  if (client.close) return extended(body, { close: true });
  if (client.dialled) return body;
  if (delayMs === 0) client.dialled = requestId;
  return extended(body, { dial: true });
}

/** Nobody took a request: if it was one of the present connection, there is none. */
export function refusedRequest(client: ClientState, requestId: number): void {
  if (requestId >= client.dialled) client.dialled = 0;
}

/**
 * The id of the next request. They begin where messages are: all ids of an earlier process at this address are lower, so
 * that an answer to it means nothing to this one.
 */
export function newRequestId(client: ClientState, env: Env): number {
  if (client.nextRequestId === 0) client.nextRequestId = Math.max(1, env.messageId);
  return client.nextRequestId++;
}
