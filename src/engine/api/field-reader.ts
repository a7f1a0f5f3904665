import type { KubernetesObject } from './object.ts';
import { describe, goType, isRecord, readBase64, readIntOrString, readQuantity, readTime } from './scalars.ts';
import { type FieldSchema, type StructSchema, schemaOf, type TypeSchema } from './schema.ts';
import { extended, without } from './share.ts';

const NOTHING: Record<string, unknown> = {};

/** One pass over a body. `null` and what is missing count as the zero value, as in Go. */
export class FieldReader {
  readonly unknown: string[] = [];
  firstError: string | undefined;
  /** Names and indexes from the root to where the reader is. */
  private readonly path: (string | number)[] = [];
  private struct = '';

  readRoot(
    body: Record<string, unknown>,
    apiVersion: string,
    kind: string,
    prior: KubernetesObject | undefined,
  ): KubernetesObject {
    const read = this.readStruct(schemaOf(kind), body, prior as Record<string, unknown> | undefined);
    const object = read as unknown as KubernetesObject;
    if (object.apiVersion === apiVersion && object.kind === kind) return object;
    return { ...object, apiVersion, kind };
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
        out = without(out ?? value, name);
        continue;
      }
      // What most fields are.
      if (typeof sent === 'string' && sent !== '' && field.type.kind === 'string') continue;
      this.path.push(name);
      this.struct = schema.name;
      const read = sent === null || sent === undefined ? undefined : this.readValue(field.type, sent, prior?.[name]);
      this.path.pop();
      const kept = isEmptyValue(field, read) ? emptyOf(field) : read;
      if (kept === undefined) out = without(out ?? value, name);
      else if (kept !== sent) {
        out ??= extended(value, NOTHING);
        out[name] = kept;
      }
    }
    for (const field of always) {
      if (value[field.name] !== undefined && value[field.name] !== null) continue;
      const empty = emptyOf(field);
      if (value[field.name] === empty) continue;
      out ??= extended(value, NOTHING);
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
