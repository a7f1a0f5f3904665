import type { ManagedFieldsEntry } from '../../api/generated/types.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { deepEqual } from '../../api/share.ts';
import { arranged, newEntry, tracked, type Writer, withEntries } from '../managed-fields.ts';
import { compareObjects, elementKey } from './compare.ts';
import {
  difference,
  EMPTY_SET,
  type FieldSet,
  intersection,
  isEmptySet,
  isMember,
  MEMBER,
  pathsOf,
  union,
  withAncestors,
} from './field-set.ts';
import type { FieldType } from './field-type.ts';
import { isObject, type JsonObject } from './json.ts';

/** Another manager owns a field to which the applied configuration gives another value. */
export interface ApplyConflict {
  readonly message: string;
  readonly field: string;
}

export type Applied =
  | { readonly object: KubernetesObject }
  | { readonly conflicts: readonly ApplyConflict[]; readonly message: string };

/**
 * Server-side apply: merges a configuration into the live object, takes away what this manager applied before and no
 * longer does, and keeps the books. The result has no defaults yet. Without `live` it creates.
 * Source: sigs.k8s.io/structured-merge-diff/v6/merge/update.go
 */
export function applyConfiguration(
  live: KubernetesObject | undefined,
  configuration: KubernetesObject,
  type: FieldType,
  writer: Writer,
  force: boolean,
): Applied {
  const base = (live ?? { apiVersion: configuration.apiVersion, kind: configuration.kind, metadata: {} }) as object;
  const entries = entriesBefore(live, type, writer);
  const own = entries.find((entry) => isOwn(entry, writer));
  const fields = tracked(configuredFields(configuration as unknown as JsonObject, type), writer.reset);
  const others = entries.filter((entry) => entry !== own);

  let merged = mergeStruct(base as JsonObject, configuration as unknown as JsonObject, type);
  if (own !== undefined) {
    let owned = withAncestors(fields);
    for (const entry of others) owned = union(owned, withAncestors(entry.fieldsV1 as FieldSet));
    const dropped = difference(withAncestors(own.fieldsV1 as FieldSet), owned);
    if (!isEmptySet(dropped)) merged = (removeItems(merged, dropped, type) ?? {}) as JsonObject;
  }

  const { changed, removed } = compareObjects(live as JsonObject | undefined, merged, type, writer.reset);
  const conflicting: { entry: ManagedFieldsEntry; paths: string[] }[] = [];
  const kept: ManagedFieldsEntry[] = [];
  for (const entry of others) {
    const before = entry.fieldsV1 as FieldSet;
    const taken = intersection(before, changed);
    if (!isEmptySet(taken)) conflicting.push({ entry, paths: pathsOf(taken) });
    const rest = difference(difference(before, taken), removed);
    if (isEmptySet(rest)) continue;
    kept.push(rest === before ? entry : { ...entry, fieldsV1: rest });
  }
  if (!force && conflicting.length > 0) return refusal(conflicting);

  if (!isEmptySet(fields)) {
    const apiVersion = configuration.apiVersion;
    const same = own !== undefined && own.apiVersion === apiVersion && deepEqual(own.fieldsV1, fields);
    const unchanged = same && isEmptySet(changed) && isEmptySet(removed);
    kept.push(unchanged ? own : newEntry(writer, apiVersion, same ? (own.fieldsV1 as FieldSet) : fields));
  }
  const after = arranged(kept);
  const before = live?.metadata.managedFields;
  const same = before !== undefined && before.length === after.length && before.every((entry, i) => entry === after[i]);
  return { object: withEntries(merged as unknown as KubernetesObject, same ? before : after) };
}

/** An object that was never tracked: what it holds belongs to whoever was before the first apply. */
function entriesBefore(
  live: KubernetesObject | undefined,
  type: FieldType,
  writer: Writer,
): readonly ManagedFieldsEntry[] {
  if (live === undefined) return [];
  const entries = live.metadata.managedFields;
  if (entries !== undefined && entries.length > 0) return entries;
  const fields = compareObjects(undefined, live as unknown as JsonObject, type, writer.reset).changed;
  if (isEmptySet(fields)) return [];
  const first: Writer = { manager: 'before-first-apply', operation: 'Update', time: writer.time, reset: writer.reset };
  return [newEntry(first, live.apiVersion, fields)];
}

function isOwn(entry: ManagedFieldsEntry, writer: Writer): boolean {
  return entry.operation === 'Apply' && entry.manager === writer.manager && entry.subresource === writer.subresource;
}

function refusal(conflicting: readonly { entry: ManagedFieldsEntry; paths: string[] }[]): Applied {
  const conflicts: ApplyConflict[] = [];
  const lines: string[] = [];
  const managers = [...conflicting].sort((a, b) => (describe(a.entry) < describe(b.entry) ? -1 : 1));
  for (const { entry, paths } of managers) {
    lines.push(`conflicts with ${describe(entry)}:`);
    for (const path of paths) {
      lines.push(`- ${path}`);
      conflicts.push({ message: `conflict with ${describe(entry)}`, field: path });
    }
  }
  const first = conflicts[0] as ApplyConflict;
  const message =
    conflicts.length === 1
      ? `Apply failed with 1 conflict: ${first.message}: ${first.field}`
      : `Apply failed with ${conflicts.length} conflicts: ${lines.join('\n')}`;
  return { conflicts, message };
}

/** Source: staging/src/k8s.io/apimachinery/pkg/util/managedfields/internal/conflict.go */
function describe(entry: ManagedFieldsEntry): string {
  let text = JSON.stringify(entry.manager);
  if (entry.subresource) text += ` with subresource ${JSON.stringify(entry.subresource)}`;
  return entry.operation === 'Update' ? `${text} using ${entry.apiVersion}` : text;
}

/** The fields a configuration mentions: leaves, and the elements (not the fields) that hold them. */
function configuredFields(value: JsonObject, type: FieldType): FieldSet {
  const set: Record<string, FieldSet> = {};
  for (const name in value) {
    const field = type.shape === 'struct' ? type.field?.(name) : undefined;
    const inner = field?.type ?? type.element;
    if (inner === undefined) continue;
    const found = configured(value[name], inner);
    if (found !== undefined) set[`f:${name}`] = field === undefined ? asMember(found) : found;
  }
  return set;
}

function configured(value: unknown, type: FieldType): FieldSet | undefined {
  if (type.atomic || value === null) return MEMBER;
  if (Array.isArray(value)) {
    if (value.length === 0) return MEMBER;
    const set: Record<string, FieldSet> = {};
    for (const item of value) {
      set[elementKey(item, type)] = asMember(configured(item, type.element as FieldType) ?? MEMBER);
    }
    return set;
  }
  if (!isObject(value)) return MEMBER;
  return configuredFields(value, type);
}

function asMember(set: FieldSet): FieldSet {
  return isMember(set) ? set : { '.': MEMBER, ...set };
}

function mergeStruct(live: JsonObject, configuration: JsonObject, type: FieldType): JsonObject {
  let result: Record<string, unknown> | undefined;
  for (const name in configuration) {
    const inner = (type.shape === 'struct' ? type.field?.(name)?.type : undefined) ?? type.element;
    const old = live[name];
    const next = inner === undefined ? configuration[name] : merge(old, configuration[name], inner);
    if (next === old) continue;
    result ??= { ...live };
    result[name] = next;
  }
  return result ?? live;
}

function merge(old: unknown, next: unknown, type: FieldType): unknown {
  if (old === undefined || old === null || type.atomic) return deepEqual(old, next) ? old : next;
  if (isObject(next) && isObject(old)) return mergeStruct(old, next, type);
  if (Array.isArray(next) && Array.isArray(old)) return mergeLists(old, next, type);
  return deepEqual(old, next) ? old : next;
}

/** Elements of both lists: shared ones in the configuration's order, the server's own where they were. */
function mergeLists(old: readonly unknown[], next: readonly unknown[], type: FieldType): readonly unknown[] {
  const oldKeys = old.map((item) => elementKey(item, type));
  const nextKeys = next.map((item) => elementKey(item, type));
  const inNext = new Set(nextKeys);
  const before = new Map(oldKeys.map((key, i) => [key, old[i]]));
  const shared = nextKeys.filter((key) => before.has(key));
  const result: unknown[] = [];
  let nextShared = 0;
  let l = 0;
  let r = 0;
  const takeNext = (): void => {
    const key = nextKeys[r] as string;
    const mine = before.get(key);
    result.push(mine === undefined ? next[r] : merge(mine, next[r], type.element as FieldType));
    if (key === shared[nextShared]) nextShared++;
    r++;
  };
  while (l < old.length || r < next.length) {
    if (l < old.length && r < next.length && oldKeys[l] === nextKeys[r]) {
      takeNext();
      l++;
    } else if (l < old.length && inNext.has(oldKeys[l] as string) && oldKeys[l] !== shared[nextShared]) {
      l++;
    } else if (l < old.length && !inNext.has(oldKeys[l] as string)) {
      result.push(old[l++]);
    } else if (r < next.length) takeNext();
    else l++;
  }
  const same = result.length === old.length && result.every((item, i) => item === old[i]);
  return same ? old : result;
}

/** Takes fields and elements out; a list or map that lost its last one is gone too. */
function removeItems(value: unknown, set: FieldSet, type: FieldType): unknown {
  if (Array.isArray(value)) {
    const rest: unknown[] = [];
    for (const item of value) {
      const inner = set[elementKey(item, type)];
      if (inner === undefined) rest.push(item);
      else if (!isMember(inner)) rest.push(removeItems(item, inner, type.element as FieldType) ?? {});
    }
    return rest.length === 0 ? undefined : rest;
  }
  if (!isObject(value)) return value;
  const rest: Record<string, unknown> = {};
  for (const name in value) {
    const inner = set[`f:${name}`] ?? EMPTY_SET;
    if (set[`f:${name}`] === undefined) {
      rest[name] = value[name];
      continue;
    }
    if (isMember(inner)) continue;
    const fieldType = (type.shape === 'struct' ? type.field?.(name)?.type : undefined) ?? type.element;
    const kept = fieldType === undefined ? value[name] : removeItems(value[name], inner, fieldType);
    if (kept !== undefined) rest[name] = kept;
  }
  for (const _ in rest) return rest;
  return undefined;
}
