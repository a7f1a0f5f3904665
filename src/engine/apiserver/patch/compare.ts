import { deepEqual, extended } from '../../api/share.ts';
import { EMPTY_SET, type FieldSet, MEMBER } from './field-set.ts';
import type { FieldType } from './field-type.ts';
import { isObject, type JsonObject } from './json.ts';

/** What changed between two objects of a type: added or modified fields, and removed ones. */
export interface Changes {
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

/** Fields that the server sets and nobody owns. Source: managedfields/internal/stripmeta.go */
export const UNOWNED: ReadonlySet<string> = new Set(['apiVersion', 'kind']);
export const UNOWNED_METADATA: ReadonlySet<string> = new Set([
  'name',
  'namespace',
  'creationTimestamp',
  'selfLink',
  'uid',
  'generation',
  'managedFields',
  'resourceVersion',
]);

/** Fields of the object, and of its metadata, that an endpoint never changes. */
export interface Reset {
  readonly fields: ReadonlySet<string>;
  readonly metadata: ReadonlySet<string>;
}

/**
 * Compares two objects field by field; subtrees that are the same reference are not looked at, nor is what nobody owns.
 * `undefined` for `before` means an object of this type in which nothing was set.
 * Source: sigs.k8s.io/structured-merge-diff/v6/typed/compare.go
 */
export function compareObjects(
  before: JsonObject | undefined,
  after: JsonObject,
  type: FieldType,
  reset: Reset,
): Changes {
  const skip = (name: string): boolean => UNOWNED.has(name) || reset.fields.has(name) || name === 'metadata';
  const difference = compareStruct(before ?? {}, after, type, before === undefined, skip);
  let changed = difference?.changed ?? EMPTY_SET;
  let removed = difference?.removed ?? EMPTY_SET;
  const old = before?.metadata as JsonObject | undefined;
  if (old !== after.metadata) {
    const skipMetadata = (name: string): boolean => UNOWNED_METADATA.has(name) || reset.metadata.has(name);
    const metadata = type.field?.('metadata')?.type as FieldType;
    const inner = compareStruct(old ?? {}, after.metadata as JsonObject, metadata, false, skipMetadata);
    if (inner?.changed !== undefined) changed = extended(changed, { 'f:metadata': inner.changed });
    if (inner?.removed !== undefined) removed = extended(removed, { 'f:metadata': inner.removed });
  }
  return { changed, removed };
}

/** Field sets of new objects that have the same fields set: most Events, for one, look alike. */
const knownShapes = new Map<string, FieldSet>();
const MAX_SHAPES = 2000;

/** The fields that a new object sets; objects of the same shape share one set. */
export function fieldsOfNew(object: JsonObject, type: FieldType, reset: Reset): FieldSet {
  const shape = shapeOf(object, type);
  if (shape === undefined) return compareObjects(undefined, object, type, reset).changed;
  const known = knownShapes.get(shape);
  if (known !== undefined) return known;
  const { changed } = compareObjects(undefined, object, type, reset);
  if (knownShapes.size >= MAX_SHAPES) knownShapes.clear();
  knownShapes.set(shape, changed);
  return changed;
}

/** The names of all fields that hold something; undefined for an object with parts that are known by themselves. */
function shapeOf(object: JsonObject, type: FieldType): string | undefined {
  let text = type.shape === 'struct' ? (object.kind === undefined ? '' : String(object.kind)) : '';
  for (const name in object) {
    const value = object[name];
    const inner = (type.shape === 'struct' ? type.field?.(name)?.type : undefined) ?? type.element;
    if (inner === undefined || value === undefined) continue;
    if (inner.atomic || typeof value !== 'object' || value === null) {
      text += isZero(value) ? `,-${name}` : `,${name}`;
      continue;
    }
    if (Array.isArray(value) || (inner.deep && name !== 'metadata')) return undefined;
    const nested = shapeOf(value as JsonObject, inner);
    if (nested === undefined) return undefined;
    text += `,${name}{${nested}}`;
  }
  return text;
}

function isZero(value: unknown): boolean {
  return value === null || value === '' || value === 0 || value === false || (isObject(value) && isEmpty(value));
}

type Difference = { changed?: FieldSet; removed?: FieldSet } | undefined;
/** A list element or field that is there, against one that is not: the difference of the whole subtree. */
const LEAF_CHANGED: Difference = { changed: MEMBER };

const NO_SKIP = (): boolean => false;

function compareStruct(
  before: JsonObject,
  after: JsonObject,
  type: FieldType,
  beforeIsZero: boolean,
  skip: (name: string) => boolean = NO_SKIP,
): Difference {
  let changed: Record<string, FieldSet> | undefined;
  let removed: Record<string, FieldSet> | undefined;
  for (const name in after) {
    const next = after[name];
    const old = before[name];
    if (next === old || next === undefined || skip(name)) continue;
    const field = type.shape === 'struct' ? type.field?.(name) : undefined;
    const inner = field?.type ?? type.element;
    if (inner === undefined) continue;
    let difference: Difference;
    if (old !== undefined) difference = compare(old, next, inner);
    else if (beforeIsZero && field?.always) difference = compareWithZero(next, inner);
    else difference = { changed: fieldsOf(next, inner) };
    if (difference === undefined) continue;
    const key = field?.element ?? `f:${name}`;
    if (difference.changed !== undefined) {
      changed ??= {};
      changed[key] = difference.changed;
    }
    if (difference.removed !== undefined) {
      removed ??= {};
      removed[key] = difference.removed;
    }
  }
  for (const name in before) {
    if (after[name] !== undefined || before[name] === undefined || skip(name)) continue;
    const field = type.shape === 'struct' ? type.field?.(name) : undefined;
    const inner = field?.type ?? type.element;
    if (inner === undefined) continue;
    removed ??= {};
    removed[field?.element ?? `f:${name}`] = fieldsOf(before[name], inner);
  }
  return changed === undefined && removed === undefined ? undefined : { changed, removed };
}

/** Specs are shared between objects (a template and its pods), and so is what they add to nothing. */
const knownAgainstZero = new WeakMap<object, { readonly type: FieldType; readonly difference: Difference }>();

function compareWithZero(next: unknown, type: FieldType): Difference {
  if (!type.deep || typeof next !== 'object' || next === null) return compareAnew(next, type);
  const found = knownAgainstZero.get(next);
  if (found?.type === type) return found.difference;
  const difference = compareAnew(next, type);
  knownAgainstZero.set(next, { type, difference });
  return difference;
}

/** `next` against what the type holds when nothing was set: an empty struct, null, '', 0 or false. */
function compareAnew(next: unknown, type: FieldType): Difference {
  if (next === null || next === '' || next === 0 || next === false) return undefined;
  if (type.atomic) return isObject(next) && type.shape === 'struct' && isEmpty(next) ? undefined : LEAF_CHANGED;
  if (isObject(next)) {
    if (type.shape === 'struct') return compareStruct({}, next, type, true);
    return isEmpty(next) ? LEAF_CHANGED : compareStruct({}, next, type, false);
  }
  if (Array.isArray(next)) return next.length === 0 ? LEAF_CHANGED : compareLists([], next, type);
  return LEAF_CHANGED;
}

function compare(old: unknown, next: unknown, type: FieldType): Difference {
  if (type.atomic) return deepEqual(old, next) ? undefined : LEAF_CHANGED;
  if (isObject(next)) {
    if (!isObject(old)) return { changed: fieldsOf(next, type) };
    const oldIsEmpty = isEmpty(old);
    if (oldIsEmpty && isEmpty(next)) return undefined;
    return compareStruct(old, next, type, false);
  }
  if (Array.isArray(next) && Array.isArray(old)) {
    if (old.length === 0 && next.length === 0) return undefined;
    return compareLists(old, next, type);
  }
  return deepEqual(old, next) ? undefined : LEAF_CHANGED;
}

function compareLists(old: readonly unknown[], next: readonly unknown[], type: FieldType): Difference {
  const element = type.element as FieldType;
  const inPlace = areAligned(old, next, type);
  let before: Map<string, unknown> | undefined;
  if (!inPlace) {
    before = new Map();
    for (const item of old) before.set(elementKey(item, type), item);
  }
  let changed: Record<string, FieldSet> | undefined;
  let removed: Record<string, FieldSet> | undefined;
  for (let i = 0; i < next.length; i++) {
    const item = next[i];
    if (inPlace && item === old[i]) continue;
    let key: string | undefined;
    let previous: unknown;
    if (before === undefined) previous = old[i];
    else {
      key = elementKey(item, type);
      previous = before.get(key);
      before.delete(key);
    }
    if (previous === item) continue;
    const difference: Difference =
      previous === undefined ? { changed: fieldsOf(item, element) } : compare(previous, item, element);
    if (difference === undefined) continue;
    key ??= elementKey(item, type);
    if (difference.changed !== undefined) {
      changed ??= {};
      changed[key] = difference.changed;
    }
    if (difference.removed !== undefined) {
      removed ??= {};
      removed[key] = difference.removed;
    }
  }
  // What is left was not found in the new list.
  if (before !== undefined && before.size > 0) {
    removed ??= {};
    for (const [key, item] of before) removed[key] = fieldsOf(item, element);
  }
  return changed === undefined && removed === undefined ? undefined : { changed, removed };
}

/** Whether two lists have the same elements in the same places, as far as their keys tell. */
function areAligned(a: readonly unknown[], b: readonly unknown[], list: FieldType): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i] && !haveSameKey(a[i], b[i], list)) return false;
  return true;
}

function haveSameKey(a: unknown, b: unknown, list: FieldType): boolean {
  if (list.keys === undefined || !isObject(a) || !isObject(b)) return false;
  for (const { name, default: fallback } of list.keys) {
    if ((a[name] ?? fallback) !== (b[name] ?? fallback)) return false;
  }
  return true;
}

/** Subtrees are shared between objects (a template and its pods), and so are the sets of their fields. */
const known = new WeakMap<object, { readonly type: FieldType; readonly set: FieldSet }>();

/** All fields of a value that was not there before; the value itself is a member. */
function fieldsOf(value: unknown, type: FieldType): FieldSet {
  if (type.atomic || typeof value !== 'object' || value === null) return MEMBER;
  const found = type.deep ? known.get(value) : undefined;
  if (found?.type === type) return found.set;
  const set: Record<string, FieldSet> = {};
  if (Array.isArray(value)) {
    if (value.length === 0) return MEMBER;
    set['.'] = MEMBER;
    for (const item of value) set[elementKey(item, type)] = fieldsOf(item, type.element as FieldType);
  } else {
    const object = value as JsonObject;
    for (const name in object) {
      if (object[name] === undefined) continue;
      const field = type.shape === 'struct' ? type.field?.(name) : undefined;
      const inner = field?.type ?? type.element;
      if (inner === undefined) continue;
      set['.'] ??= MEMBER;
      set[field?.element ?? `f:${name}`] = fieldsOf(object[name], inner);
    }
  }
  if (type.deep) known.set(value, { type, set });
  return set;
}

/** How a set names an element of a list: by its key fields, or by its value. */
export function elementKey(item: unknown, list: FieldType): string {
  if (list.keys === undefined || typeof item !== 'object' || item === null) return `v:${JSON.stringify(item)}`;
  let text = '';
  for (const { name, default: fallback } of list.keys) {
    const value = (item as JsonObject)[name] ?? fallback;
    if (value !== undefined) text += `${text === '' ? '' : ','}"${name}":${JSON.stringify(value)}`;
  }
  return `k:{${text}}`;
}

function isEmpty(value: JsonObject): boolean {
  for (const _ in value) return false;
  return true;
}
