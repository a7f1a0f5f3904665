import { deepEqual } from '../../api/share.ts';
import type { Field, FieldType } from './field-type.ts';
import { isObject, type JsonObject } from './json.ts';

const DIRECTIVE = '$patch';
const RETAIN_KEYS = '$retainKeys';
const DELETE_FROM = '$deleteFromPrimitiveList/';
const ELEMENT_ORDER = '$setElementOrder/';
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
  let result: Record<string, unknown> | undefined;
  const put = (name: string, value: unknown): void => {
    const old = (result ?? original)[name];
    if (value === undefined ? !(name in (result ?? original)) : deepEqual(old, value)) return;
    result ??= { ...original };
    if (value === undefined) delete result[name];
    else result[name] = value;
  };
  if (patch[RETAIN_KEYS] !== undefined) {
    const kept = listOf(patch[RETAIN_KEYS], RETAIN_KEYS) as readonly string[];
    for (const name in patch) {
      if (name !== RETAIN_KEYS && patch[name] !== null && !kept.includes(name)) {
        throw new StrategicMergeError('retainKeys list does not contain all the keys in the patch');
      }
    }
    for (const name in original) if (!kept.includes(name)) put(name, undefined);
  }
  const directs = hasDirective(patch);
  for (const name in patch) {
    const change = patch[name];
    if (!directs) {
      if (change === null) put(name, undefined);
      else put(name, mergeValue((result ?? original)[name], change, fieldOf(type, name)));
      continue;
    }
    if (name === RETAIN_KEYS) continue;
    if (name.startsWith(DELETE_FROM)) {
      const listName = name.slice(DELETE_FROM.length);
      const list = (result ?? original)[listName];
      const gone = listOf(change, name);
      if (Array.isArray(list)) {
        put(
          listName,
          list.filter((item) => !gone.includes(item)),
        );
      }
      continue;
    }
    if (name.startsWith(ELEMENT_ORDER)) {
      const listName = name.slice(ELEMENT_ORDER.length);
      const field = type?.field?.(listName);
      const merged = mergeInOrder(original[listName], patch[listName], listOf(change, name), field);
      if (merged !== undefined) put(listName, merged);
      continue;
    }
    if (`${ELEMENT_ORDER}${name}` in patch) continue;
    if (change === null) {
      put(name, undefined);
      continue;
    }
    const old = (result ?? original)[name];
    put(name, mergeValue(old, change, fieldOf(type, name)));
  }
  return result ?? original;
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
    return { type: type.element, always: false, merge: false, replace: false };
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
  const mergeKey = field.mergeKey;
  if (!patch.some(isObject) && !original.some(isObject)) {
    const merged = [...new Set([...original, ...patch])];
    return ordered(merged, patch, original, identity);
  }
  if (mergeKey === undefined) throw new StrategicMergeError('cannot merge lists without merge key');
  if (!patch.every(isObject)) throw new StrategicMergeError('expected a list of objects');
  if (isAligned(original, patch, mergeKey)) {
    const merged = original.map((entry, i) =>
      mergeObject(entry as JsonObject, patch[i] as JsonObject, field.type.element),
    );
    return merged.every((entry, i) => entry === original[i]) ? original : merged;
  }
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
  if (replaces) return plain;
  const merged = [...base];
  for (const item of plain) {
    const value = keyOf(item, mergeKey);
    const at = merged.findIndex((entry) => (entry as JsonObject)[mergeKey] === value);
    if (at < 0) merged.push(withoutDirectives(item));
    else merged[at] = mergeObject(merged[at] as JsonObject, item, field.type.element);
  }
  return ordered(merged, plain, original, (entry) => (entry as JsonObject)[mergeKey]);
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
  const mergeKey = field?.mergeKey;
  const identify = mergeKey === undefined ? identity : (entry: unknown) => (entry as JsonObject)[mergeKey];
  return ordered(merged, order, original, identify);
}

/**
 * Elements that the patch names come in the patch's order, the others keep the server's; where an element of each
 * could be next, the server's order decides if it knows both.
 */
function ordered(
  merged: readonly unknown[],
  patch: readonly unknown[],
  server: readonly unknown[],
  identify: (entry: unknown) => unknown,
): readonly unknown[] {
  if (isInOrder(merged, patch, identify)) return merged;
  const inPatch = new Map(patch.map((entry, i) => [identify(entry), i]));
  const inServer = new Map(server.map((entry, i) => [identify(entry), i]));
  const place = (order: Map<unknown, number>, entry: unknown): number => order.get(identify(entry)) ?? -1;
  const named = merged.filter((entry) => inPatch.has(identify(entry)));
  const others = merged.filter((entry) => !inPatch.has(identify(entry)));
  named.sort((a, b) => place(inPatch, a) - place(inPatch, b));
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

function isInOrder(
  merged: readonly unknown[],
  patch: readonly unknown[],
  identify: (entry: unknown) => unknown,
): boolean {
  if (merged.length !== patch.length) return false;
  for (let i = 0; i < merged.length; i++) if (identify(merged[i]) !== identify(patch[i])) return false;
  return true;
}

function identity(entry: unknown): unknown {
  return entry;
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
    const kept = value.filter((item) => !isObject(item) || item[DIRECTIVE] === undefined).map(withoutDirectives);
    return kept.length === value.length && kept.every((item, i) => item === value[i]) ? value : kept;
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
