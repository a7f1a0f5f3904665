import { type FieldSchema, schemaOf, type TypeSchema } from '../../api/schema.ts';

/**
 * What patches, server-side apply and field tracking have to know of a field's type: how its lists and maps merge and
 * what an object of that type holds when nothing was set.
 */
export interface FieldType {
  /** `struct` has named fields, `map` any keys; `scalar` is a leaf, like everything atomic. */
  readonly shape: 'scalar' | 'struct' | 'map' | 'list';
  /** Owned and replaced as a whole. */
  readonly atomic: boolean;
  /** Large enough that what is known of a value of it is worth remembering. */
  readonly deep: boolean;
  readonly element?: FieldType;
  /** Fields that identify an element of the list, sorted; with the value they default to. None: the element itself. */
  readonly keys?: readonly { readonly name: string; readonly default?: unknown }[];
  /** Fields of a struct; undefined for an unknown name. */
  field?(name: string): Field | undefined;
}

export interface Field {
  readonly type: FieldType;
  /** Its name in a field set, and that of a patch's list of the order of its elements. */
  readonly element: string;
  readonly order: string;
  /** Written even when nothing was set: `{}` for a struct, null, '' or 0 for others. */
  readonly always: boolean;
  /** A strategic merge patch merges its list by `mergeKey` (without one: as a set of scalars). */
  readonly merge: boolean;
  readonly mergeKey?: string;
  /** A strategic merge patch replaces the value. */
  readonly replace: boolean;
}

/** What a strategic merge patch puts before a list's name to say how it is ordered. */
export const ORDER = '$setElementOrder/';

const SCALAR: FieldType = { shape: 'scalar', atomic: true, deep: false };
const known = new Map<string, FieldType>();

/** The type of a kind's objects, or of a struct inside it, by its short name. */
export function fieldTypeOf(struct: string): FieldType {
  let type = known.get(struct);
  if (type === undefined) {
    type = structType(struct, false);
    known.set(struct, type);
  }
  return type;
}

function structType(struct: string, atomicField: boolean): FieldType {
  const schema = schemaOf(struct);
  const fields = new Map<string, Field>();
  let deep = false;
  for (const field of schema.fields.values()) if (field.listKeys !== undefined) deep = true;
  return {
    shape: 'struct',
    atomic: atomicField || schema.isAtomic,
    deep,
    field(name) {
      const known = fields.get(name);
      if (known !== undefined) return known;
      const found = schema.fields.get(name);
      if (found === undefined) return undefined;
      const field = fieldOf(name, found);
      fields.set(name, field);
      return field;
    },
  };
}

function fieldOf(name: string, schema: FieldSchema): Field {
  const { mergeKey } = schema;
  return {
    type: typeOf(schema.type, schema),
    element: `f:${name}`,
    order: ORDER + name,
    always: schema.presence === 'always' || schema.presence === 'null',
    merge: mergeKey !== undefined,
    ...(mergeKey && { mergeKey }),
    replace: schema.replace,
  };
}

function typeOf(type: TypeSchema, field: FieldSchema): FieldType {
  switch (type.kind) {
    case 'struct':
      return field.isAtomic && !schemaOf(type.struct).isAtomic
        ? structType(type.struct, true)
        : fieldTypeOf(type.struct);
    case 'map':
      return { shape: 'map', atomic: field.isAtomic, deep: false, element: elementOf(type.item) };
    case 'list': {
      const element = elementOf(type.item);
      const keys = field.listKeys && keysOf(field.listKeys, type.item);
      const atomic = keys === undefined && !field.isSet;
      return { shape: 'list', atomic, deep: element.deep, element, ...(keys && { keys }) };
    }
    default:
      return SCALAR;
  }
}

function elementOf(type: TypeSchema): FieldType {
  if (type.kind === 'struct') return fieldTypeOf(type.struct);
  if (type.kind === 'list' || type.kind === 'map') {
    return { shape: type.kind, atomic: type.kind === 'list', deep: false, element: elementOf(type.item) };
  }
  return SCALAR;
}

function keysOf(names: readonly string[], item: TypeSchema): FieldType['keys'] {
  const fields = item.kind === 'struct' ? schemaOf(item.struct).fields : undefined;
  return [...names].sort().map((name) => {
    const fallback = fields?.get(name)?.default;
    return fallback === undefined ? { name } : { name, default: fallback };
  });
}
