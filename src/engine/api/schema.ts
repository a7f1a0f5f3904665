import { SCHEMAS } from './generated/schemas.ts';

/** Kinds of value a field can hold; a scalar's letter is its code in the generated table. */
export type TypeSchema =
  | { readonly kind: 'string' | 'int32' | 'int64' | 'double' | 'boolean' }
  | { readonly kind: 'quantity' | 'time' | 'microTime' | 'intOrString' | 'bytes' | 'json' }
  | { readonly kind: 'list' | 'map'; readonly item: TypeSchema }
  | { readonly kind: 'struct'; readonly struct: string };

/**
 * What a stored object shows of a field that holds nothing:
 * `omit` leaves it out even when it was sent as zero, `pointer` keeps what was sent,
 * `always` writes the zero value, `null` writes null.
 */
export type Presence = 'omit' | 'pointer' | 'always' | 'null';

export interface FieldSchema {
  readonly name: string;
  readonly type: TypeSchema;
  readonly presence: Presence;
  readonly required: boolean;
  /** Keys that make an item of an associative list unique (server-side apply). */
  readonly listKeys?: readonly string[];
  /** A list of distinct scalars (server-side apply). */
  readonly isSet: boolean;
  /** A map or struct that server-side apply owns as a whole. */
  readonly isAtomic: boolean;
  /** Strategic merge: the key that lists are merged by, '' for lists of scalars; undefined: the list is replaced. */
  readonly mergeKey?: string;
  readonly retainKeys: boolean;
  readonly replace: boolean;
  readonly enum?: readonly string[];
  readonly default?: string;
}

export interface StructSchema {
  readonly name: string;
  readonly isAtomic: boolean;
  readonly fields: ReadonlyMap<string, FieldSchema>;
}

const SCALARS: Readonly<Record<string, TypeSchema>> = {
  s: { kind: 'string' },
  i: { kind: 'int32' },
  l: { kind: 'int64' },
  d: { kind: 'double' },
  b: { kind: 'boolean' },
  q: { kind: 'quantity' },
  t: { kind: 'time' },
  u: { kind: 'microTime' },
  x: { kind: 'intOrString' },
  y: { kind: 'bytes' },
  j: { kind: 'json' },
};
const PRESENCES: Readonly<Record<string, Presence>> = { '!': 'always', '*': 'pointer', '0': 'null' };

const parsed = new Map<string, StructSchema>();

/** The schema of a struct by its short name (`Pod`, `PodSpec`); parsed when first asked for. */
export function schemaOf(struct: string): StructSchema {
  let schema = parsed.get(struct);
  if (schema === undefined) {
    const line = SCHEMAS[struct]?.();
    if (line === undefined) throw new Error(`no schema ${struct}`);
    schema = parseStruct(struct, line);
    parsed.set(struct, schema);
  }
  return schema;
}

export function hasSchema(struct: string): boolean {
  return SCHEMAS[struct] !== undefined;
}

function parseStruct(name: string, line: string): StructSchema {
  const parts = line === '' ? [] : line.split(';');
  const isAtomic = parts[0] === 'A';
  const fields = new Map<string, FieldSchema>();
  for (const part of isAtomic ? parts.slice(1) : parts) {
    const field = parseField(part);
    fields.set(field.name, field);
  }
  return { name, isAtomic, fields };
}

function parseField(part: string): FieldSchema {
  const [name = '', code = '', ...marks] = part.split(' ');
  const presence = PRESENCES[code.charAt(0)];
  const mark = (letter: string) => marks.find((text) => text.startsWith(letter))?.slice(1);
  const listKeys = mark('k');
  const values = mark('e');
  return {
    name,
    type: parseType(presence === undefined ? code : code.slice(1)),
    presence: presence ?? 'omit',
    required: marks.includes('r'),
    listKeys: listKeys?.split(','),
    isSet: marks.includes('t'),
    isAtomic: marks.includes('A'),
    mergeKey: mark('m'),
    retainKeys: marks.includes('R'),
    replace: marks.includes('P'),
    enum: values?.split('|'),
    default: mark('d'),
  };
}

function parseType(code: string): TypeSchema {
  if (code.startsWith('[')) return { kind: 'list', item: parseType(code.slice(1, -1)) };
  if (code.startsWith('{')) return { kind: 'map', item: parseType(code.slice(1, -1)) };
  return SCALARS[code] ?? { kind: 'struct', struct: code };
}
