import { deepEqual } from '../../api/share.ts';
import { isObject } from './json.ts';

/** More operations than this in one JSON patch are refused. */
export const MAX_JSON_PATCH_OPERATIONS = 10_000;

/** The patch cannot be applied to this object, or is not a JSON patch at all. */
export class JsonPatchError extends Error {}

/**
 * JSON patch (RFC 6902), operation by operation; throws a JsonPatchError where one cannot be applied. Only the
 * containers on the way to a change are made anew.
 */
export function applyJsonPatch(target: unknown, operations: unknown): unknown {
  if (!Array.isArray(operations)) throw new JsonPatchError('a JSON patch is a list of operations');
  let document = target;
  for (const operation of operations) {
    if (!isObject(operation)) throw new JsonPatchError('an operation is an object');
    document = applyOperation(document, operation);
  }
  return document;
}

function applyOperation(document: unknown, operation: { readonly [field: string]: unknown }): unknown {
  const path = pointer(operation.path);
  switch (operation.op) {
    case 'add':
      return edit(document, path, 0, { type: 'add', value: operation.value });
    case 'remove':
      return edit(document, path, 0, { type: 'remove' });
    case 'replace':
      return edit(document, path, 0, { type: 'replace', value: operation.value });
    case 'test':
      if (!deepEqual(read(document, path, true) ?? null, operation.value ?? null))
        throw new JsonPatchError('test failed');
      return document;
    case 'copy':
      return edit(document, path, 0, { type: 'add', value: read(document, pointer(operation.from), false) });
    case 'move': {
      const from = pointer(operation.from);
      const value = read(document, from, false);
      return edit(edit(document, from, 0, { type: 'remove' }), path, 0, { type: 'add', value });
    }
    default:
      throw new JsonPatchError(`unexpected kind: ${JSON.stringify(operation.op)}`);
  }
}

type Edit =
  | { readonly type: 'add' | 'replace'; readonly value: unknown }
  | { readonly type: 'remove'; readonly value?: undefined };

function edit(node: unknown, path: readonly string[], depth: number, change: Edit): unknown {
  const key = path[depth];
  if (key === undefined) {
    if (change.type === 'remove') throw new JsonPatchError('the whole document cannot be removed');
    return change.value;
  }
  const last = depth === path.length - 1;
  if (Array.isArray(node)) {
    const index = indexOf(key, node.length, last && change.type === 'add');
    const items = node.slice();
    if (!last) items[index] = edit(node[index], path, depth + 1, change);
    else if (change.type === 'add') items.splice(index, 0, change.value);
    else if (change.type === 'remove') items.splice(index, 1);
    else items[index] = change.value;
    return items;
  }
  if (!isObject(node)) throw new JsonPatchError(`missing path: ${key}`);
  if (!(last && change.type === 'add') && !(key in node)) throw new JsonPatchError(`missing value: ${key}`);
  if (!last) return { ...node, [key]: edit(node[key], path, depth + 1, change) };
  if (change.type !== 'remove') return { ...node, [key]: change.value };
  const { [key]: _removed, ...rest } = node;
  return rest;
}

function read(document: unknown, path: readonly string[], missingIsNull: boolean): unknown {
  let node = document;
  for (const [depth, key] of path.entries()) {
    if (Array.isArray(node)) node = node[indexOf(key, node.length, false)];
    else if (isObject(node) && key in node) node = node[key];
    else if (missingIsNull && depth === path.length - 1) return undefined;
    else throw new JsonPatchError(`missing value: ${key}`);
  }
  return node;
}

function pointer(path: unknown): string[] {
  if (typeof path !== 'string' || (path !== '' && path[0] !== '/')) throw new JsonPatchError('not a JSON pointer');
  if (path === '') return [];
  return path
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function indexOf(key: string, length: number, mayAppend: boolean): number {
  if (key === '-' && mayAppend) return length;
  const index = Number(key);
  // Negative indexes count from the end: the library that upstream uses allows them.
  const from = index < 0 ? index + length : index;
  if (key === '' || !Number.isInteger(from) || from < 0 || from > length - (mayAppend ? 0 : 1)) {
    throw new JsonPatchError(`invalid index: ${key}`);
  }
  return from;
}
