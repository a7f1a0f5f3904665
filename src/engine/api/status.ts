import type { Status, StatusCause } from './generated/types.ts';
import { qualifiedKind, qualifiedResource } from './resources.ts';

export type { Status, StatusCause } from './generated/types.ts';

/** What a message names: a resource, and the object in it. */
export interface ResourceRef {
  readonly group: string;
  readonly plural: string;
}

/** The words a field error begins with; the server also says them as a reason in the causes. */
export type FieldErrorType =
  | 'NotFound'
  | 'Required'
  | 'Duplicate'
  | 'Invalid'
  | 'NotSupported'
  | 'Forbidden'
  | 'TooLong'
  | 'TooMany'
  | 'Internal';

export interface FieldError {
  readonly type: FieldErrorType;
  readonly field: string;
  readonly value?: unknown;
  readonly detail?: string;
}

/** A value that is printed as it stands, for the few that the server shows in its internal form. */
export class Verbatim {
  constructor(readonly text: string) {}
}

const FIELD_ERROR_WORDS: Readonly<Record<FieldErrorType, string>> = {
  NotFound: 'Not found',
  Required: 'Required value',
  Duplicate: 'Duplicate value',
  Invalid: 'Invalid value',
  NotSupported: 'Unsupported value',
  Forbidden: 'Forbidden',
  TooLong: 'Too long',
  TooMany: 'Too many',
  Internal: 'Internal error',
};
const WITHOUT_VALUE: ReadonlySet<FieldErrorType> = new Set(['Required', 'Forbidden', 'TooLong', 'Internal']);

/**
 * 404 for an object.
 * Source of all of these: staging/src/k8s.io/apimachinery/pkg/api/errors/errors.go
 */
export function notFound(resource: ResourceRef, name: string): Status {
  return failure(404, 'NotFound', `${qualifiedResource(resource)} "${name}" not found`, detailsOf(resource, name));
}

/** 404 for a path under a served group version that names no resource. */
export function unknownResource(): Status {
  return failure(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function alreadyExists(resource: ResourceRef, name: string): Status {
  const message = `${qualifiedResource(resource)} "${name}" already exists`;
  return failure(409, 'AlreadyExists', message, detailsOf(resource, name));
}

/** 409; `detail` defaults to the stale resourceVersion's sentence. */
export function conflict(resource: ResourceRef, name: string, detail: string = STALE): Status {
  const message = `Operation cannot be fulfilled on ${qualifiedResource(resource)} "${name}": ${detail}`;
  return failure(409, 'Conflict', message, detailsOf(resource, name));
}

const STALE = 'the object has been modified; please apply your changes to the latest version and try again';

/** 409 of server-side apply; the causes name the other managers and their fields. */
export function applyConflict(message: string, causes: StatusCause[]): Status {
  return failure(409, 'Conflict', message, { causes });
}

/** 403; `name` may be '' where a request names no object. */
export function forbidden(resource: ResourceRef, name: string, detail: string, causes?: StatusCause[]): Status {
  const qualified = qualifiedResource(resource);
  const message =
    name === '' ? `${qualified} is forbidden: ${detail}` : `${qualified} "${name}" is forbidden: ${detail}`;
  return failure(403, 'Forbidden', message, { ...detailsOf(resource, name), ...(causes && { causes }) });
}

export function badRequest(message: string): Status {
  return failure(400, 'BadRequest', message);
}

/** 410 with reason Expired, which is what watches and lists with an old resourceVersion get. */
export function expired(message: string): Status {
  return failure(410, 'Expired', message);
}

/** 405 for a method that a path does not have; without a message, in the router's words. */
export function methodNotAllowed(message = 'the server does not allow this method on the requested resource'): Status {
  return failure(405, 'MethodNotAllowed', message, {});
}

/** 415 of a patch with an unknown content type. */
export function unsupportedPatchType(): Status {
  return failure(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
}

/** 415 of a body whose content type has no decoder. */
export function unsupportedMediaType(accepted: readonly string[]): Status {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return failure(415, 'UnsupportedMediaType', message);
}

export function notAcceptable(accepted: readonly string[]): Status {
  const message = `only the following media types are accepted: ${accepted.join(', ')}`;
  return failure(406, 'NotAcceptable', message);
}

/** 422 without causes: a JSON patch that cannot be carried out. */
export function unprocessable(): Status {
  return failure(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}

/** 504; the message is what follows `Timeout: `. */
export function timeout(message: string, retryAfterSeconds?: number): Status {
  return failure(504, 'Timeout', `Timeout: ${message}`, retryAfterSeconds === undefined ? {} : { retryAfterSeconds });
}

/** 504 for a resourceVersion that the server has not reached within its patience. */
export function tooLargeResourceVersion(wanted: number, current: number, retryAfterSeconds = 1): Status {
  return failure(504, 'Timeout', `Timeout: Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    ...(retryAfterSeconds > 0 && { retryAfterSeconds }),
  });
}

export function tooManyRequests(message: string, retryAfterSeconds = 0, causes?: StatusCause[]): Status {
  return failure(429, 'TooManyRequests', message, {
    ...(causes && { causes }),
    ...(retryAfterSeconds > 0 && { retryAfterSeconds }),
  });
}

export function serviceUnavailable(message: string): Status {
  return failure(503, 'ServiceUnavailable', message);
}

export function internalError(message: string): Status {
  return failure(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] });
}

/** 500 without a reason: an error the server passes on as it is. */
export function untypedError(message: string): Status {
  return failure(500, '', message);
}

/** The answer to requests that leave nothing to show; without a code it is the one of a deletion. */
export function success(code?: number, details?: Status['details']): Status {
  const status: Status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' };
  if (details !== undefined) status.details = details;
  if (code !== undefined) status.code = code;
  return status;
}

/** 422 that names every wrong field. */
export function invalidStatus(kind: string, group: string, name: string, errors: readonly FieldError[]): Status {
  const sentences = [...new Set(errors.map((error) => `${error.field}: ${fieldErrorBody(error)}`))];
  const list = sentences.length === 1 ? sentences[0] : `[${sentences.join(', ')}]`;
  return failure(422, 'Invalid', `${qualifiedKind(group, kind)} "${name}" is invalid: ${list}`, {
    ...(name !== '' && { name }),
    ...(group !== '' && { group }),
    kind,
    causes: errors.map((error) => ({
      reason: error.type === 'Internal' ? 'InternalError' : `FieldValue${error.type}`,
      message: fieldErrorBody(error),
      field: error.field,
    })),
  });
}

/**
 * A field error without its field: `Invalid value: 70000: must be between 1 and 65535, inclusive`.
 * Source: staging/src/k8s.io/apimachinery/pkg/util/validation/field/errors.go
 */
export function fieldErrorBody(error: FieldError): string {
  let body = FIELD_ERROR_WORDS[error.type];
  if (!WITHOUT_VALUE.has(error.type)) body += `: ${printValue(error.value)}`;
  return error.detail ? `${body}: ${error.detail}` : body;
}

/** JSON with the keys of maps sorted, as Go prints them. */
function printValue(value: unknown): string {
  if (value instanceof Verbatim) return value.text;
  return value === undefined ? 'null' : JSON.stringify(value, sortKeys);
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const record = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.keys(record)
      .sort()
      .map((key) => [key, record[key]]),
  );
}

function detailsOf(resource: ResourceRef, name: string): NonNullable<Status['details']> {
  return {
    ...(name !== '' && { name }),
    ...(resource.group !== '' && { group: resource.group }),
    kind: resource.plural,
  };
}

function failure(code: number, reason: string, message: string, details?: Status['details']): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason !== '' && { reason }),
    ...(details && { details }),
    code,
  };
}
