import { FieldReader } from './field-reader.ts';
import type { Status } from './generated/types.ts';
import { parseJson } from './json.ts';
import type { KubernetesObject } from './object.ts';
import { RESOURCES } from './resources.ts';
import { DecodeError, describe, isRecord } from './scalars.ts';
import { badRequest } from './status.ts';

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

export interface DecodeOptions {
  /** What happens to unknown and duplicate fields; the server's default is Warn. They are never kept. */
  readonly fieldValidation?: FieldValidation;
  /** The stored object that the body replaces: what is shared with it by reference needs no second look. */
  readonly prior?: KubernetesObject;
}

export type DecodeResult =
  | { readonly object: KubernetesObject; readonly warnings: readonly string[] }
  | { readonly status: Status };

const NONE: readonly string[] = [];

/** The kind that an endpoint takes: a resource, or a subresource's body. */
export interface KindInfo {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/**
 * Reads a request's body (JSON text, or an object already parsed) as the kind that the endpoint takes:
 * upstream's sentence for wrong types, canonical quantities and times, no field that the schema does not know,
 * and the zero values that a stored object shows. Subtrees that need no change are shared with the body.
 * Source: staging/src/k8s.io/apiserver/pkg/endpoints/handlers/{create,rest}.go, sigs.k8s.io/json
 */
export function decode(endpoint: KindInfo, body: unknown, options: DecodeOptions = {}): DecodeResult {
  let value = body;
  let duplicates = NONE;
  if (typeof body === 'string') {
    const json = parseJson(body);
    if ('error' in json)
      return unrecognized(endpoint, `couldn't get version/kind; json parse error: ${json.error}`, body);
    value = json.value;
    duplicates = json.duplicates;
  }
  if (!isRecord(value)) {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const found = `json: cannot unmarshal ${describe(value)} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`;
    return unrecognized(endpoint, `couldn't get version/kind; json parse error: ${found}`, text);
  }
  const mismatch = checkKind(endpoint, value);
  if (mismatch !== undefined) return { status: mismatch };
  const reader = new FieldReader();
  let object: KubernetesObject;
  try {
    object = reader.readRoot(value, apiVersionOf(endpoint), endpoint.kind, options.prior);
  } catch (error) {
    if (error instanceof DecodeError) return { status: cannotBeHandled(endpoint, error.message) };
    throw error;
  }
  if (reader.firstError !== undefined) return { status: cannotBeHandled(endpoint, reader.firstError) };
  if (reader.unknown.length === 0 && duplicates.length === 0) return { object, warnings: duplicates };
  const strict = [
    ...reader.unknown.map((path) => `unknown field "${path}"`),
    ...duplicates.map((path) => `duplicate field "${path}"`),
  ];
  if (options.fieldValidation === 'Strict')
    return { status: cannotBeHandled(endpoint, `strict decoding error: ${strict.join(', ')}`) };
  return { object, warnings: options.fieldValidation === 'Ignore' ? [] : strict };
}

function checkKind(endpoint: KindInfo, body: Record<string, unknown>): Status | undefined {
  const expected = apiVersionOf(endpoint);
  const { apiVersion = expected, kind = endpoint.kind } = body;
  if (apiVersion === expected && kind === endpoint.kind) return undefined;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    const field = typeof apiVersion === 'string' ? 'kind' : 'apiVersion';
    const found = typeof apiVersion === 'string' ? kind : apiVersion;
    const sentence = `couldn't get version/kind; json parse error: json: cannot unmarshal ${describe(found)} into Go struct field .${field} of type string`;
    return unrecognizedStatus(endpoint, sentence, JSON.stringify(body));
  }
  if (apiVersion === '' || kind === '') return undefined;
  const sent = { kind, version: apiVersion.slice(apiVersion.indexOf('/') + 1) };
  const isKnown = RESOURCES.some((resource) => resource.apiVersion === apiVersion && resource.kind === kind);
  const sentence = isKnown
    ? `converting (${sent.version}.${kind}) to (${internalPackage(endpoint.group)}.${endpoint.kind}): unknown conversion`
    : `no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/api/legacyscheme/scheme.go:30"`;
  return badRequest(`${kind} in version "${sent.version}" cannot be handled as a ${endpoint.kind}: ${sentence}`);
}

function internalPackage(group: string): string {
  return group === '' ? 'core' : (group.split('.')[0] ?? group);
}

function apiVersionOf(endpoint: KindInfo): string {
  return endpoint.group === '' ? endpoint.version : `${endpoint.group}/${endpoint.version}`;
}

function cannotBeHandled(endpoint: KindInfo, sentence: string): Status {
  return badRequest(
    `${endpoint.kind} in version "${endpoint.version}" cannot be handled as a ${endpoint.kind}: ${sentence}`,
  );
}

function unrecognized(endpoint: KindInfo, sentence: string, body: string): DecodeResult {
  return { status: unrecognizedStatus(endpoint, sentence, body) };
}

function unrecognizedStatus(endpoint: KindInfo, sentence: string, body: string): Status {
  return badRequest(
    `the object provided is unrecognized (must be of type ${endpoint.kind}): ${sentence} (${summarize(body)})`,
  );
}

/** The first bytes of a body that cannot be read: as they are if it looks like JSON, else in hexadecimal. */
function summarize(body: string): string {
  const limit = 30;
  if (body === '') return '<empty>';
  if (body.startsWith('{')) return body.length > limit ? `${body.slice(0, limit)} ...` : body;
  const hex = [...body.slice(0, limit)]
    .map((character) => character.charCodeAt(0).toString(16).padStart(2, '0'))
    .join('');
  return body.length > limit ? `${hex} ...` : hex;
}
