import { EMPTY_SET, type FieldSet, MEMBER } from './field-set.ts';
import type { FieldType } from './field-type.ts';
import { isObject, type JsonObject, sameJson } from './json.ts';

/** What changed between two objects of a type: added or modified fields, and removed ones. */
export interface Changes {
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

/**
 * Compares two objects field by field; subtrees that are the same reference are not looked at. `undefined` for `before`
 * means an object of this type in which nothing was set.
 * Source: sigs.k8s.io/structured-merge-diff/v6/typed/compare.go
 */
export function compareObjects(before: JsonObject | undefined, after: JsonObject, type: FieldType): Changes {
  const difference = compareStruct(before ?? {}, after, type, before === undefined);
  return { changed: difference?.changed ?? EMPTY_SET, removed: difference?.removed ?? EMPTY_SET };
}

type Difference = { changed?: FieldSet; removed?: FieldSet } | undefined;
/** A list element or field that is there, against one that is not: the difference of the whole subtree. */
const LEAF_CHANGED: Difference = { changed: MEMBER };

function compareStruct(before: JsonObject, after: JsonObject, type: FieldType, beforeIsZero: boolean): Difference {
  let changed: Record<string, FieldSet> | undefined;
  let removed: Record<string, FieldSet> | undefined;
  for (const name in after) {
    const next = after[name];
    const old = before[name];
    if (next === old || next === undefined) continue;
    const field = type.shape === 'struct' ? type.field?.(name) : undefined;
    const inner = field?.type ?? type.element;
    if (inner === undefined) continue;
    let difference: Difference;
    if (old !== undefined) difference = compare(old, next, inner);
    else if (beforeIsZero && field?.always) difference = compareWithZero(next, inner);
    else difference = { changed: fieldsOf(next, inner) };
    if (difference === undefined) continue;
    if (difference.changed !== undefined) {
      changed ??= {};
      changed[`f:${name}`] = difference.changed;
    }
    if (difference.removed !== undefined) {
      removed ??= {};
      removed[`f:${name}`] = difference.removed;
    }
  }
  for (const name in before) {
    if (after[name] !== undefined || before[name] === undefined) continue;
    const inner = (type.shape === 'struct' ? type.field?.(name)?.type : undefined) ?? type.element;
    if (inner === undefined) continue;
    removed ??= {};
    removed[`f:${name}`] = fieldsOf(before[name], inner);
  }
  return changed === undefined && removed === undefined ? undefined : { changed, removed };
}

/** `next` against what the type holds when nothing was set: an empty struct, null, '', 0 or false. */
function compareWithZero(next: unknown, type: FieldType): Difference {
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
  if (type.atomic) return sameJson(old, next) ? undefined : LEAF_CHANGED;
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
  return sameJson(old, next) ? undefined : LEAF_CHANGED;
}

function compareLists(old: readonly unknown[], next: readonly unknown[], type: FieldType): Difference {
  const element = type.element as FieldType;
  let changed: Record<string, FieldSet> | undefined;
  let removed: Record<string, FieldSet> | undefined;
  // Most lists keep their order: look at the same position first, then search.
  const seen = new Set<string>();
  let byKey: Map<string, unknown> | undefined;
  for (let i = 0; i < next.length; i++) {
    const item = next[i];
    if (item === old[i]) {
      if (old.length > 0 && next.length !== old.length) seen.add(elementKey(item, type));
      continue;
    }
    const key = elementKey(item, type);
    seen.add(key);
    let before: unknown = old[i];
    if (before === undefined || elementKey(before, type) !== key) {
      byKey ??= new Map(old.map((entry) => [elementKey(entry, type), entry]));
      before = byKey.get(key);
    }
    if (before === item) continue;
    const difference: Difference =
      before === undefined ? { changed: fieldsOf(item, element) } : compare(before, item, element);
    if (difference?.changed !== undefined) {
      changed ??= {};
      changed[key] = difference.changed;
    }
    if (difference?.removed !== undefined) {
      removed ??= {};
      removed[key] = difference.removed;
    }
  }
  for (let i = 0; i < old.length; i++) {
    if (old[i] === next[i]) continue;
    const key = elementKey(old[i], type);
    if (seen.has(key)) continue;
    // An element that kept its position and identity was not noted in `seen`.
    if (next.length === old.length && next.some((item) => item === old[i])) continue;
    removed ??= {};
    removed[key] = fieldsOf(old[i], element);
  }
  return changed === undefined && removed === undefined ? undefined : { changed, removed };
}

/** Subtrees are shared between objects (a template and its pods), and so are the sets of their fields. */
const known = new WeakMap<object, { readonly type: FieldType; readonly set: FieldSet }>();

/** All fields of a value that was not there before; the value itself is a member. */
export function fieldsOf(value: unknown, type: FieldType): FieldSet {
  if (type.atomic || typeof value !== 'object' || value === null) return MEMBER;
  const found = known.get(value);
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
      const inner = (type.shape === 'struct' ? type.field?.(name)?.type : undefined) ?? type.element;
      if (inner === undefined) continue;
      set['.'] ??= MEMBER;
      set[`f:${name}`] = fieldsOf(object[name], inner);
    }
  }
  known.set(value, { type, set });
  return set;
}

const knownKeys = new WeakMap<object, string>();

/** How a set names an element of a list: by its key fields, or by its value. */
export function elementKey(item: unknown, list: FieldType): string {
  if (list.keys === undefined || typeof item !== 'object' || item === null) return `v:${JSON.stringify(item)}`;
  const found = knownKeys.get(item);
  if (found !== undefined) return found;
  let text = '';
  for (const { name, default: fallback } of list.keys) {
    const value = (item as JsonObject)[name] ?? fallback;
    if (value !== undefined) text += `${text === '' ? '' : ','}"${name}":${JSON.stringify(value)}`;
  }
  const key = `k:{${text}}`;
  knownKeys.set(item, key);
  return key;
}

function isEmpty(value: JsonObject): boolean {
  for (const _ in value) return false;
  return true;
}
