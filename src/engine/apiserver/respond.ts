import type { ApiRequest } from '../client/messages.ts';
import { type Address, type Effect, send } from '../kernel/types.ts';

/** The answer to a request, on its way to whoever asked. */
export function respond(
  from: Address,
  { requestId }: ApiRequest,
  result: { readonly code: number; readonly body: unknown },
  warnings: readonly string[],
): Effect {
  const { code, body } = result;
  const response = { type: 'apiResponse', reply: true, requestId, status: code, body } as const;
  return send(from, warnings.length > 0 ? ({ ...response, warnings } as never) : (response as never));
}
