import { type ApiRequest, PROTOBUF } from '../client/messages.ts';

/** The form of an answer: JSON, the server's own frozen objects, or a table for people. */
export type Form = 'json' | 'protobuf' | 'table' | 'discovery';

/** The first form in an Accept header that the server has; JSON for anything else. */
export function negotiate(accept: string | undefined): Form {
  if (accept === undefined) return 'json';
  if (accept === PROTOBUF) return 'protobuf';
  if (accept.includes('as=Table')) return 'table';
  return accept.includes('as=APIGroupDiscoveryList') ? 'discovery' : 'json';
}

export const MEDIA_TYPES = ['application/json', 'application/yaml', PROTOBUF];
const ACCEPTABLE: ReadonlySet<string> = new Set([...MEDIA_TYPES, '*/*', 'application/*']);

/** Whether an Accept header leaves the server anything to answer with. Source: endpoints/handlers/negotiation/negotiate.go */
export function isAcceptable(accept: string | undefined): boolean {
  if (!accept || accept === PROTOBUF) return true;
  return accept.split(',').some((clause) => ACCEPTABLE.has((clause.split(';')[0] as string).trim()));
}

/** Whether a body is in a form that the server can read. */
export function isReadable({ contentType, body }: ApiRequest): boolean {
  return (
    !contentType ||
    body === undefined ||
    body === '' ||
    contentType === 'application/json' ||
    contentType === 'application/yaml'
  );
}
