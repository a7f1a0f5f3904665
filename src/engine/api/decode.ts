import type { Status } from './generated/types.ts';
import { parseJson } from './json.ts';
import type { KubernetesObject } from './object.ts';
import { parseQuantity } from './quantity.ts';
import { RESOURCES } from './resources.ts';
import { type FieldSchema, type StructSchema, schemaOf, type TypeSchema } from './schema.ts';
import { badRequest } from './status.ts';
import { fromRFC3339, toRFC3339, toRFC3339Micro } from './time.ts';

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
  let duplicates: readonly string[] = [];
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
    object = reader.readRoot(value, endpoint, options.prior);
  } catch (error) {
    if (error instanceof DecodeError) return { status: cannotBeHandled(endpoint, error.message) };
    throw error;
  }
  if (reader.firstError !== undefined) return { status: cannotBeHandled(endpoint, reader.firstError) };
  const strict = [
    ...reader.unknown.map((path) => `unknown field "${path}"`),
    ...duplicates.map((path) => `duplicate field "${path}"`),
  ];
  if (strict.length > 0 && options.fieldValidation === 'Strict')
    return { status: cannotBeHandled(endpoint, `strict decoding error: ${strict.join(', ')}`) };
  return { object, warnings: options.fieldValidation === 'Ignore' ? [] : strict };
}

/** Thrown where Go's decoder gives up at once instead of reading on. */
class DecodeError extends Error {}

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

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return { boolean: 'bool', object: 'object' }[typeof value as string] ?? typeof value;
}

/** Go's names of enumerated strings, where they differ from the field's own name. */
const GO_STRINGS: Readonly<Record<string, string>> = {
  'PodSpec.restartPolicy': 'RestartPolicy',
  'PodSpec.dnsPolicy': 'DNSPolicy',
  'ServiceSpec.type': 'ServiceType',
  'ServiceSpec.sessionAffinity': 'ServiceAffinity',
  'Container.imagePullPolicy': 'PullPolicy',
  'Container.restartPolicy': 'ContainerRestartPolicy',
  'ContainerPort.protocol': 'Protocol',
  'ServicePort.protocol': 'Protocol',
  'DeploymentStrategy.type': 'DeploymentStrategyType',
  'DaemonSetUpdateStrategy.type': 'DaemonSetUpdateStrategyType',
  'Toleration.effect': 'TaintEffect',
  'Toleration.operator': 'TolerationOperator',
  'Taint.effect': 'TaintEffect',
  'PodStatus.phase': 'PodPhase',
  'Secret.type': 'SecretType',
  'ObjectMeta.uid': 'UID',
};
const RESOURCE_LISTS: ReadonlySet<string> = new Set([
  'limits',
  'requests',
  'capacity',
  'allocatable',
  'hard',
  'used',
  'overhead',
  'max',
  'min',
  'default',
  'defaultRequest',
]);

/** One pass over a body. `null` and what is missing count as the zero value, as in Go. */
class FieldReader {
  readonly unknown: string[] = [];
  firstError: string | undefined;
  /** Names and indexes from the root to where the reader is. */
  private readonly path: (string | number)[] = [];
  private struct = '';

  readRoot(body: Record<string, unknown>, endpoint: KindInfo, prior: KubernetesObject | undefined): KubernetesObject {
    const read = this.readStruct(schemaOf(endpoint.kind), body, prior as Record<string, unknown> | undefined);
    const apiVersion = apiVersionOf(endpoint);
    const object = read as unknown as KubernetesObject;
    if (object.apiVersion === apiVersion && object.kind === endpoint.kind) return object;
    return { ...object, apiVersion, kind: endpoint.kind };
  }

  private readStruct(
    schema: StructSchema,
    value: Record<string, unknown>,
    prior: Record<string, unknown> | undefined,
  ): Record<string, unknown> {
    const { fields, always, isRemembered } = layoutOf(schema);
    if (isRemembered && inStoredForm.get(value) === schema.name) return value;
    const unknownBefore = this.unknown.length;
    let out: Record<string, unknown> | undefined;
    for (const name in value) {
      const sent = value[name];
      if (prior !== undefined && sent === prior[name]) continue;
      const field = fields.get(name);
      if (field === undefined) {
        this.path.push(name);
        this.unknown.push(this.pathText());
        this.path.pop();
        out ??= { ...value };
        delete out[name];
        continue;
      }
      this.path.push(name);
      this.struct = schema.name;
      const read = sent === null || sent === undefined ? undefined : this.readValue(field.type, sent, prior?.[name]);
      this.path.pop();
      const kept = isEmptyValue(field, read) ? emptyOf(field) : read;
      if (kept === sent && kept !== undefined) continue;
      out ??= { ...value };
      if (kept === undefined) delete out[name];
      else out[name] = kept;
    }
    for (const field of always) {
      if (value[field.name] !== undefined && value[field.name] !== null) continue;
      const empty = emptyOf(field);
      if (value[field.name] === empty) continue;
      out ??= { ...value };
      out[field.name] = empty;
    }
    if (isRemembered && out === undefined && this.unknown.length === unknownBefore && this.firstError === undefined)
      inStoredForm.set(value, schema.name);
    return out ?? value;
  }

  /** The value as it is stored, or undefined where it could not be read. */
  private readValue(type: TypeSchema, value: unknown, prior: unknown): unknown {
    switch (type.kind) {
      case 'string':
        return typeof value === 'string' ? value : this.wrongType(type, value);
      case 'boolean':
        return typeof value === 'boolean' ? value : this.wrongType(type, value);
      case 'int32':
      case 'int64':
        return this.readInteger(type, value);
      case 'struct':
        if (!isRecord(value)) return this.wrongType(type, value);
        return this.readStruct(schemaOf(type.struct), value, isRecord(prior) ? prior : undefined);
      case 'list':
        return this.readList(type.item, value, prior);
      case 'map':
        return this.readMap(type.item, value);
      case 'quantity':
        return readQuantity(value);
      case 'time':
        return readTime(value, false);
      case 'microTime':
        return readTime(value, true);
      case 'intOrString':
        return readIntOrString(value);
      case 'bytes':
        return typeof value === 'string' ? readBase64(value) : this.wrongType(type, value);
      case 'double':
        return typeof value === 'number' ? value : this.wrongType(type, value);
      case 'json':
        return value;
    }
  }

  private readInteger(type: TypeSchema, value: unknown): unknown {
    if (typeof value !== 'number') return this.wrongType(type, value);
    const limit = type.kind === 'int32' ? 2_147_483_647 : Number.MAX_SAFE_INTEGER;
    if (Number.isInteger(value) && value <= limit && value >= -limit - 1) return value;
    return this.wrongType(type, value, `number ${value}`);
  }

  private readList(item: TypeSchema, value: unknown, prior: unknown): unknown {
    if (!Array.isArray(value)) return this.wrongType({ kind: 'list', item }, value);
    const before = Array.isArray(prior) ? prior : undefined;
    const struct = this.struct;
    let out: unknown[] | undefined;
    for (let index = 0; index < value.length; index++) {
      const sent = value[index];
      if (before !== undefined && sent === before[index]) continue;
      this.path.push(index);
      this.struct = struct;
      // A null in a list is a zero value in Go.
      const read = this.readValue(item, sent === null ? zeroOf(item) : sent, before?.[index]);
      this.path.pop();
      if (read === sent) continue;
      out ??= value.slice();
      out[index] = read;
    }
    return out ?? value;
  }

  private readMap(item: TypeSchema, value: unknown): unknown {
    if (!isRecord(value)) return this.wrongType({ kind: 'map', item }, value);
    const struct = this.struct;
    let out: Record<string, unknown> | undefined;
    for (const key in value) {
      const sent = value[key];
      if (item.kind === 'string' && typeof sent === 'string') continue;
      this.struct = struct;
      const read = this.readValue(item, sent === null ? zeroOf(item) : sent, undefined);
      if (read === sent) continue;
      out ??= { ...value };
      out[key] = read;
    }
    return out ?? value;
  }

  /** Go notes the first wrong type and reads on. */
  private wrongType(type: TypeSchema, value: unknown, found = describe(value)): undefined {
    if (this.firstError !== undefined) return undefined;
    const names = this.path.filter((part) => typeof part === 'string');
    const field = names[names.length - 1] ?? '';
    const target = names.length === 0 ? 'value' : `struct field ${this.struct}.${names.join('.')}`;
    this.firstError = `json: cannot unmarshal ${found} into Go ${target} of type ${goType(type, this.struct, field)}`;
    return undefined;
  }

  private pathText(): string {
    let text = '';
    for (const part of this.path) text += typeof part === 'number' ? `[${part}]` : text === '' ? part : `.${part}`;
    return text;
  }
}

/**
 * Structs that were found to need no change, by reference: every Pod of a ReplicaSet brings the same containers
 * and volumes. Safe because nothing in an API object is ever changed in place.
 */
const inStoredForm = new WeakMap<object, string>();
const REMEMBERED: ReadonlySet<string> = new Set(['Affinity', 'Container', 'PodTemplateSpec', 'Volume']);

interface Layout {
  readonly isRemembered: boolean;
  readonly fields: ReadonlyMap<string, FieldSchema>;
  /** Fields that a stored object shows even if they were not sent. */
  readonly always: readonly FieldSchema[];
}

const layouts = new Map<StructSchema, Layout>();

function layoutOf(schema: StructSchema): Layout {
  let layout = layouts.get(schema);
  if (layout === undefined) {
    const always = [...schema.fields.values()].filter(
      (field) => field.presence === 'always' || field.presence === 'null',
    );
    layout = { isRemembered: REMEMBERED.has(schema.name), fields: schema.fields, always };
    layouts.set(schema, layout);
  }
  return layout;
}

function isEmptyValue(field: FieldSchema, value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (field.presence === 'pointer') return false;
  switch (field.type.kind) {
    case 'string':
    case 'bytes':
      return value === '';
    case 'int32':
    case 'int64':
      return value === 0;
    case 'boolean':
      return value === false;
    case 'list':
      return (value as unknown[]).length === 0;
    case 'map':
      for (const _key in value as object) return false;
      return true;
    default:
      return false;
  }
}

/** What a stored object shows of an empty field; undefined: nothing. */
function emptyOf(field: FieldSchema): unknown {
  if (field.presence === 'null') return null;
  return field.presence === 'always' ? emptyValue(field.type) : undefined;
}

/** What a stored object shows of a struct that holds nothing: `{ replicas: 0 }` for a ReplicaSetStatus. Shared, frozen. */
export function emptyObject(struct: string): Record<string, unknown> {
  return emptyValue({ kind: 'struct', struct }) as Record<string, unknown>;
}

const emptyStructs = new Map<string, Record<string, unknown>>();

/** Empty structs are made once and shared: nothing in an API object is ever changed. */
function emptyValue(type: TypeSchema): unknown {
  if (type.kind !== 'struct') return zeroOf(type);
  let empty = emptyStructs.get(type.struct);
  if (empty === undefined) {
    empty = {};
    for (const field of layoutOf(schemaOf(type.struct)).always) empty[field.name] = emptyOf(field);
    emptyStructs.set(type.struct, Object.freeze(empty));
  }
  return empty;
}

function zeroOf(type: TypeSchema): unknown {
  switch (type.kind) {
    case 'int32':
    case 'int64':
    case 'double':
    case 'intOrString':
      return 0;
    case 'boolean':
      return false;
    case 'list':
      return [];
    case 'map':
    case 'struct':
      return {};
    case 'quantity':
      return '0';
    default:
      return '';
  }
}

function readQuantity(value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number')
    throw new DecodeError(`json: cannot unmarshal ${describe(value)} into Go value of type string`);
  const text = typeof value === 'string' ? value.trim() : String(value);
  const quantity = parseQuantity(text);
  if (typeof quantity === 'string') throw new DecodeError(quantity);
  return quantity.canonical;
}

function readTime(value: unknown, micro: boolean): string | null {
  if (typeof value !== 'string')
    throw new DecodeError(`json: cannot unmarshal ${describe(value)} into Go value of type string`);
  if (value.length === (micro ? 27 : 20) && value.endsWith('Z') && !Number.isNaN(fromRFC3339(value))) return value;
  const ms = fromRFC3339(value);
  if (!Number.isNaN(ms)) return micro ? toRFC3339Micro(ms) : toRFC3339(ms);
  const layout = micro ? '2006-01-02T15:04:05.000000Z07:00' : '2006-01-02T15:04:05Z07:00';
  throw new DecodeError(`parsing time "${value}" as "${layout}": cannot parse "${value}" as "2006"`);
}

function readIntOrString(value: unknown): unknown {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= 2_147_483_648) return value;
  const found = typeof value === 'number' ? `number ${value}` : describe(value);
  throw new DecodeError(`json: cannot unmarshal ${found} into Go value of type int32`);
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function readBase64(value: string): string {
  const text = value.includes('\n') ? value.replace(/[\r\n]/g, '') : value;
  if (BASE64.test(text)) return text;
  let position = 0;
  while (/[A-Za-z0-9+/]/.test(text.charAt(position))) position++;
  throw new DecodeError(`illegal base64 data at input byte ${position}`);
}

function goType(type: TypeSchema, struct: string, field: string): string {
  switch (type.kind) {
    case 'string': {
      const name = GO_STRINGS[`${struct}.${field}`];
      return name === undefined ? 'string' : name === 'UID' ? 'types.UID' : `v1.${name}`;
    }
    case 'boolean':
      return 'bool';
    case 'double':
      return 'float64';
    case 'bytes':
      return '[]uint8';
    case 'quantity':
      return 'resource.Quantity';
    case 'struct':
      return `v1.${type.struct}`;
    case 'list':
      return `[]${goType(type.item, struct, '')}`;
    case 'map':
      if (type.item.kind === 'quantity' && RESOURCE_LISTS.has(field)) return 'v1.ResourceList';
      return `map[string]${goType(type.item, struct, '')}`;
    default:
      return type.kind;
  }
}
