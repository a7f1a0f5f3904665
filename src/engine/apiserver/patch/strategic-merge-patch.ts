import { deepEqual, extended, mapShared, without } from '../../api/share.ts';
import { type Field, type FieldType, ORDER } from './field-type.ts';
import { isObject, type JsonObject } from './json.ts';

const DIRECTIVE = '$patch';
const RETAIN_KEYS = '$retainKeys';
const DELETE_FROM = '$deleteFromPrimitiveList/';
const DOLLAR = 36;

/** The patch contradicts itself or the type it patches. */
export class StrategicMergeError extends Error {}

/**
 * Strategic merge patch: as a JSON merge patch, but lists with a merge key are merged element by element, and
 * directives delete, replace, reorder or retain. What the patch does not change keeps its identity.
 * Source: staging/src/k8s.io/apimachinery/pkg/util/strategicpatch/patch.go
 */
export function applyStrategicMergePatch(target: JsonObject, patch: JsonObject, type: FieldType): JsonObject {
  return mergeObject(target, patch, type);
}

function mergeObject(original: JsonObject, patch: JsonObject, type: FieldType | undefined): JsonObject {
  const directive = patch[DIRECTIVE];
  if (directive !== undefined) return fromDirective(directive, patch);
  const directs = hasDirective(patch);
  let result = patch[RETAIN_KEYS] === undefined ? original : retained(original, patch);
  for (const name in patch) {
    const field = directs ? fieldMeant(name, patch, type) : name;
    if (field === undefined) continue;
    const change = patch[name];
    const old = result[field];
    let value: unknown;
    if (field !== name) value = directed(name, field, change, old, original, patch, type);
    else if (change !== null) value = mergeValue(old, change, fieldOf(type, name));
    if (value === undefined ? !(field in result) : deepEqual(old, value)) continue;
    if (value === undefined) result = without(result, field);
    else if (result === original) result = extended(original, { [field]: value });
    else (result as Record<string, unknown>)[field] = value;
  }
  return result;
}

/** What is left of an object whose patch says which fields stay. */
function retained(original: JsonObject, patch: JsonObject): JsonObject {
  const kept = listOf(patch[RETAIN_KEYS], RETAIN_KEYS) as readonly string[];
  for (const name in patch) {
    if (name !== RETAIN_KEYS && patch[name] !== null && !kept.includes(name)) {
      throw new StrategicMergeError('retainKeys list does not contain all the keys in the patch');
    }
  }
  const result: Record<string, unknown> = { ...original };
  let lost = false;
  for (const name in original) {
    if (kept.includes(name)) continue;
    delete result[name];
    lost = true;
  }
  return lost ? result : original;
}

/** The field that an entry of a patch is about; undefined where another entry says it. */
function fieldMeant(name: string, patch: JsonObject, type: FieldType | undefined): string | undefined {
  if (name === RETAIN_KEYS) return undefined;
  if (name.startsWith(DELETE_FROM)) return name.slice(DELETE_FROM.length);
  if (name.startsWith(ORDER)) return name.slice(ORDER.length);
  return (type?.field?.(name)?.order ?? ORDER + name) in patch ? undefined : name;
}

/** What a directive makes of a field. */
function directed(
  name: string,
  field: string,
  change: unknown,
  old: unknown,
  original: JsonObject,
  patch: JsonObject,
  type: FieldType | undefined,
): unknown {
  const list = listOf(change, name);
  if (name.startsWith(DELETE_FROM)) return Array.isArray(old) ? old.filter((item) => !list.includes(item)) : old;
  return mergeInOrder(original[field], patch[field], list, type?.field?.(field)) ?? old;
}

function listOf(value: unknown, directive: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new StrategicMergeError(`${directive} is not a list`);
}

function hasDirective(patch: JsonObject): boolean {
  for (const name in patch) if (name.charCodeAt(0) === DOLLAR) return true;
  return false;
}

function fieldOf(type: FieldType | undefined, name: string): Field | undefined {
  if (type?.shape === 'map' && type.element !== undefined) {
    return { type: type.element, element: '', order: '', always: false, merge: false, replace: false };
  }
  return type?.field?.(name);
}

function mergeValue(old: unknown, change: unknown, field: Field | undefined): unknown {
  if (isObject(change)) {
    if (isObject(old) && !field?.replace) return mergeObject(old, change, field?.type);
    return withoutDirectives(change);
  }
  if (Array.isArray(change) && Array.isArray(old) && field?.merge) return mergeList(old, change, field);
  return withoutDirectives(change);
}

function fromDirective(directive: unknown, patch: JsonObject): JsonObject {
  if (directive === 'delete') return {};
  if (directive === 'replace') {
    const { [DIRECTIVE]: _directive, ...rest } = patch;
    return rest;
  }
  throw new StrategicMergeError(`unknown patch type: ${JSON.stringify(directive)} in map: ${JSON.stringify(patch)}`);
}

function mergeList(original: readonly unknown[], patch: readonly unknown[], field: Field): readonly unknown[] {
  if (original.length === 0 && patch.length === 0) return original;
  const { mergeKey } = field;
  if (!patch.some(isObject) && !original.some(isObject)) {
    return ordered([...new Set([...original, ...patch])], patch, original, undefined);
  }
  if (mergeKey === undefined) throw new StrategicMergeError('cannot merge lists without merge key');
  if (!patch.every(isObject)) throw new StrategicMergeError('expected a list of objects');
  const type = field.type.element;
  if (isAligned(original, patch, mergeKey)) {
    return mapShared(original as unknown[], (entry, i) =>
      mergeObject(entry as JsonObject, patch[i] as JsonObject, type),
    );
  }
  const { base, plain, replaces } = sorted(original, patch, mergeKey);
  if (replaces) return plain;
  const merged = [...base];
  for (const item of plain) {
    const at = indexOfKey(merged, mergeKey, keyOf(item, mergeKey));
    if (at < 0) merged.push(withoutDirectives(item));
    else merged[at] = mergeObject(merged[at] as JsonObject, item, type);
  }
  return ordered(merged, plain, original, mergeKey);
}

/** A list without what its patch deletes, the patch's other elements, and whether they replace the list. */
function sorted(
  original: readonly unknown[],
  patch: readonly unknown[],
  mergeKey: string,
): { base: readonly unknown[]; plain: readonly JsonObject[]; replaces: boolean } {
  let base = original;
  const plain: JsonObject[] = [];
  let replaces = false;
  for (const item of patch as readonly JsonObject[]) {
    switch (item[DIRECTIVE]) {
      case undefined:
        plain.push(item);
        break;
      case 'delete': {
        const value = keyOf(item, mergeKey);
        base = base.filter((entry) => (entry as JsonObject)[mergeKey] !== value);
        break;
      }
      case 'replace':
        replaces = true;
        break;
      default:
        throw new StrategicMergeError('merging lists cannot yet be specified in the patch');
    }
  }
  return { base, plain, replaces };
}

function indexOfKey(list: readonly unknown[], mergeKey: string, value: unknown): number {
  for (let i = 0; i < list.length; i++) if ((list[i] as JsonObject)[mergeKey] === value) return i;
  return -1;
}

/** Whether a patch names the same elements in the same order, as whole lists that are sent again and again do. */
function isAligned(original: readonly unknown[], patch: readonly unknown[], mergeKey: string): boolean {
  if (original.length !== patch.length) return false;
  for (let i = 0; i < patch.length; i++) {
    const item = patch[i] as JsonObject;
    const value = item[mergeKey];
    if (value === undefined || item[DIRECTIVE] !== undefined) return false;
    if ((original[i] as JsonObject)[mergeKey] !== value) return false;
  }
  return true;
}

function mergeInOrder(
  original: unknown,
  patch: unknown,
  order: readonly unknown[],
  field: Field | undefined,
): readonly unknown[] | undefined {
  if (!Array.isArray(original)) return Array.isArray(patch) ? (withoutDirectives(patch) as unknown[]) : undefined;
  const merged = Array.isArray(patch) && field !== undefined ? mergeList(original, patch, field) : original;
  return ordered(merged, order, original, field?.mergeKey);
}

/**
 * Elements that the patch names come in the patch's order, the others keep the server's; where an element of each
 * could be next, the server's order decides if it knows both. Elements are known by their merge key, or by themselves.
 */
function ordered(
  merged: readonly unknown[],
  patch: readonly unknown[],
  server: readonly unknown[],
  mergeKey: string | undefined,
): readonly unknown[] {
  if (isInOrder(merged, patch, mergeKey)) return merged;
  const inPatch = placesOf(patch, mergeKey);
  const inServer = placesOf(server, mergeKey);
  const place = (order: Map<unknown, number>, entry: unknown): number => order.get(idOf(entry, mergeKey)) ?? -1;
  const named: unknown[] = [];
  const others: unknown[] = [];
  for (const entry of merged) (inPatch.has(idOf(entry, mergeKey)) ? named : others).push(entry);
  named.sort((a, b) => place(inPatch, a) - place(inPatch, b));
  if (others.length === 0) return named;
  others.sort((a, b) => place(inServer, a) - place(inServer, b));
  const result: unknown[] = [];
  let n = 0;
  for (const other of others) {
    while (n < named.length) {
      const left = place(inServer, other);
      const right = place(inServer, named[n]);
      if (left >= 0 && right >= 0 && left < right) break;
      result.push(named[n++]);
    }
    result.push(other);
  }
  while (n < named.length) result.push(named[n++]);
  return result;
}

function placesOf(list: readonly unknown[], mergeKey: string | undefined): Map<unknown, number> {
  const places = new Map<unknown, number>();
  for (let i = 0; i < list.length; i++) places.set(idOf(list[i], mergeKey), i);
  return places;
}

function isInOrder(merged: readonly unknown[], patch: readonly unknown[], mergeKey: string | undefined): boolean {
  if (merged.length !== patch.length) return false;
  for (let i = 0; i < merged.length; i++) if (idOf(merged[i], mergeKey) !== idOf(patch[i], mergeKey)) return false;
  return true;
}

function idOf(entry: unknown, mergeKey: string | undefined): unknown {
  return mergeKey === undefined ? entry : (entry as JsonObject)[mergeKey];
}

function keyOf(item: JsonObject, mergeKey: string): unknown {
  const value = item[mergeKey];
  if (value === undefined) {
    throw new StrategicMergeError(`map: ${goMap(item)} does not contain declared merge key: ${mergeKey}`);
  }
  return value;
}

/** A map as upstream's messages print it. */
function goMap(value: JsonObject): string {
  const show = (item: unknown): string => {
    if (isObject(item)) return goMap(item);
    return typeof item === 'string' ? item : JSON.stringify(item);
  };
  const fields = Object.keys(value).sort();
  return `map[${fields.map((name) => `${name}:${show(value[name])}`).join(' ')}]`;
}

/** A value that is new to the object: directives and nulls inside it mean nothing there. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) {
    const plain = value.some(hasPatch) ? value.filter((item) => !hasPatch(item)) : value;
    return mapShared(plain as unknown[], withoutDirectives);
  }
  if (!isObject(value)) return value;
  if (value[DIRECTIVE] === 'delete') return {};
  let result: Record<string, unknown> | undefined;
  for (const name in value) {
    const old = value[name];
    const drop = old === null || name[0] === '$';
    const inner = drop ? undefined : withoutDirectives(old);
    if (inner === old) continue;
    result ??= { ...value };
    if (drop) delete result[name];
    else result[name] = inner;
  }
  return result ?? value;
}

const hasPatch = (item: unknown): boolean => isObject(item) && item[DIRECTIVE] !== undefined;
