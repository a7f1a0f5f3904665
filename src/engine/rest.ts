import type { Call } from './client/messages.ts';
import type { Status } from './door.ts';
import type { RawOutcome } from './kubectl/state.ts';

export interface RestRequest {
  readonly method: string;
  /** With or without a query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface RestResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** The call that kubectl makes of a request. */
export function callOf({ method, path, query, headers, body }: RestRequest): Call {
  const [bare = '', search = ''] = path.split('?');
  const lower = Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    method: method.toUpperCase() as Call['method'],
    path: bare,
    query: { ...parseQuery(search), ...query },
    contentType: lower['content-type'],
    accept: lower.accept,
    body,
  };
}

/** What came back, as a client reads it; status 0 when nothing did. */
export function responseOf(answer: RawOutcome | undefined): RestResponse {
  const warnings = answer?.warnings?.map((text) => `299 - ${JSON.stringify(text)}`).join(', ');
  const headers: Record<string, string> = {
    'content-type': typeof answer?.body === 'string' ? 'text/plain' : 'application/json',
  };
  if (warnings) headers.warning = warnings;
  return { status: answer?.status ?? 0, headers, body: answer?.body };
}

/** A refusal that no API server needs to say. */
export function badRequest(message: string): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason: 'BadRequest',
    code: 400,
  };
}

function parseQuery(search: string): Record<string, string> {
  const query: Record<string, string> = {};
  for (const pair of search.split('&')) {
    if (pair === '') continue;
    const [name = '', value = ''] = pair.split('=');
    query[decodeURIComponent(name)] = decodeURIComponent(value.replaceAll('+', ' '));
  }
  return query;
}
