import type { Status } from './api/generated/types.ts';
import { badRequest } from './api/status.ts';
import type { Call } from './client/messages.ts';
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

/** The call that kubectl makes of a request; a Status where the address cannot be read. */
export function callOf({ method, path, query, headers, body }: RestRequest): Call | Status {
  const mark = path.indexOf('?');
  const bare = mark < 0 ? path : path.slice(0, mark);
  const unreadable = escapeProblem(bare);
  if (unreadable !== undefined) return badRequest(`path: ${unreadable}`);
  const parsed: Record<string, string> = {};
  for (const pair of mark < 0 ? [] : path.slice(mark + 1).split('&')) {
    if (pair === '') continue;
    const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(pair.replaceAll('+', ' ')) as RegExpExecArray;
    const problem = escapeProblem(name) ?? escapeProblem(value);
    if (problem !== undefined) return badRequest(`query parameter ${JSON.stringify(name)}: ${problem}`);
    // Of several values the first counts.
    parsed[decodeURIComponent(name)] ??= decodeURIComponent(value);
  }
  const lower = Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]));
  return {
    method: method.toUpperCase() as Call['method'],
    path: bare,
    query: { ...parsed, ...query },
    contentType: lower['content-type']?.split(';')[0]?.trim(),
    accept: lower.accept,
    body,
  };
}

/** Why a part of an address cannot be unescaped. Source: Go's net/url (EscapeError) */
function escapeProblem(text: string): string | undefined {
  const bad = /%(?![0-9a-f]{2}).{0,2}/i.exec(text)?.[0];
  if (bad !== undefined) return `invalid URL escape ${JSON.stringify(bad)}`;
  try {
    decodeURIComponent(text);
    return undefined;
  } catch {
    return 'the escaped bytes are no UTF-8';
  }
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
