import type { ManagedFieldsEntry } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { extended } from '../api/share.ts';
import { compareObjects, fieldsOfNew, type Reset, UNOWNED, UNOWNED_METADATA } from './patch/compare.ts';
import { difference, EMPTY_SET, type FieldSet, isEmptySet, union, without } from './patch/field-set.ts';
import type { FieldType } from './patch/field-type.ts';
import type { JsonObject } from './patch/json.ts';

/** More entries of operation Update than this are joined into `ancient-changes`. */
const MAX_UPDATE_MANAGERS = 10;

/** Who writes what, for the books. */
export interface Writer {
  /** `fieldManager` of the request, or its User-Agent up to the first slash. */
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  /** RFC 3339. */
  readonly time: string;
  readonly subresource?: string;
  /** What this endpoint never changes, such as the status of the main resource. */
  readonly reset: Reset;
}

/**
 * `next` with its managedFields brought up to date for a create (no `live`), replace or patch: the writer owns what it
 * changed, and nobody owns what is gone. Gives `next` itself if the books do not change.
 * Source: staging/src/k8s.io/apimachinery/pkg/util/managedfields/internal/{structuredmerge,managedfieldsupdater}.go
 */
export function trackUpdate<T extends KubernetesObject>(
  live: KubernetesObject | undefined,
  next: T,
  type: FieldType,
  writer: Writer,
): T {
  const sent = next.metadata.managedFields;
  const wantsReset = sent !== undefined && sent.length === 1 && sent[0]?.manager === undefined;
  const before = wantsReset ? [] : sent !== undefined && sent.length > 0 ? sent : (live?.metadata.managedFields ?? []);
  const old = live as JsonObject | undefined;
  const { changed, removed } = compareObjects(old, next as unknown as JsonObject, type, writer.reset);
  const entries = wantsReset
    ? []
    : withChanges(before as ManagedFieldsEntry[], changed, removed, next.apiVersion, writer);
  return withEntries(next, entries);
}

/** The entries of a new object: its writer owns all that it sent. */
export function entriesForCreate(
  object: KubernetesObject,
  type: FieldType,
  writer: Writer,
): readonly ManagedFieldsEntry[] {
  if (object.metadata.managedFields !== undefined) {
    return trackUpdate(undefined, object, type, writer).metadata.managedFields ?? [];
  }
  const changed = fieldsOfNew(object as unknown as JsonObject, type, writer.reset);
  return isEmptySet(changed) ? [] : [newEntry(writer, object.apiVersion, changed)];
}

/** The object with these entries; itself if it has them already. */
export function withEntries<T extends KubernetesObject>(object: T, entries: readonly ManagedFieldsEntry[]): T {
  const metadata = object.metadata;
  if (entries === metadata.managedFields) return object;
  if (entries.length > 0) {
    return { ...object, metadata: { ...metadata, managedFields: entries as ManagedFieldsEntry[] } };
  }
  if (metadata.managedFields === undefined) return object;
  const { managedFields: _none, ...rest } = metadata;
  return { ...object, metadata: rest };
}

/** The fields that somebody may own: without the server's own and those that the endpoint resets. */
export function tracked(set: FieldSet, reset: Reset): FieldSet {
  let result = set;
  for (const name of UNOWNED) result = without(result, [`f:${name}`]);
  for (const name of UNOWNED_METADATA) result = without(result, ['f:metadata', `f:${name}`]);
  for (const name of reset.fields) result = without(result, [`f:${name}`]);
  for (const name of reset.metadata) result = without(result, ['f:metadata', `f:${name}`]);
  return result;
}

/** The entries after a writer of operation Update changed and removed fields. */
function withChanges(
  entries: readonly ManagedFieldsEntry[],
  changed: FieldSet,
  removed: FieldSet,
  apiVersion: string,
  writer: Writer,
): readonly ManagedFieldsEntry[] {
  const nothingChanged = isEmptySet(changed);
  if (nothingChanged && isEmptySet(removed)) return entries;
  const result: ManagedFieldsEntry[] = [];
  let own: ManagedFieldsEntry | undefined;
  for (const entry of entries) {
    const isOwn =
      entry.operation === writer.operation &&
      entry.manager === writer.manager &&
      entry.subresource === writer.subresource &&
      entry.apiVersion === apiVersion;
    let fields = difference(entry.fieldsV1 as FieldSet, removed);
    if (!nothingChanged) fields = isOwn ? union(fields, changed) : difference(fields, changed);
    if (isEmptySet(fields)) continue;
    if (isOwn && !nothingChanged) {
      own = { ...entry, time: writer.time, fieldsV1: fields };
      result.push(own);
    } else result.push(fields === entry.fieldsV1 ? entry : { ...entry, fieldsV1: fields });
  }
  if (own === undefined && !nothingChanged) result.push(newEntry(writer, apiVersion, changed));
  return arranged(result);
}

export function newEntry(writer: Writer, apiVersion: string, fields: FieldSet): ManagedFieldsEntry {
  const entry: ManagedFieldsEntry = {
    manager: writer.manager,
    operation: writer.operation,
    apiVersion,
    time: writer.time,
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
  };
  return writer.subresource === undefined ? entry : extended(entry, { subresource: writer.subresource });
}

/** Entries in the order in which the API shows them, the oldest updates joined if there are too many. */
export function arranged(entries: ManagedFieldsEntry[]): ManagedFieldsEntry[] {
  if (entries.length < 2) return entries;
  entries.sort(compareEntries);
  let surplus = -MAX_UPDATE_MANAGERS;
  for (const entry of entries) if (entry.operation === 'Update') surplus++;
  return surplus <= 0 ? entries : joinOldest(entries, surplus);
}

/** Source: `sortEncodedManagedFields` and capmanagers.go. */
function joinOldest(entries: readonly ManagedFieldsEntry[], surplus: number): ManagedFieldsEntry[] {
  const updates = entries.filter((entry) => entry.operation === 'Update');
  const old = updates.slice(0, surplus + 1);
  let fields = EMPTY_SET;
  for (const entry of old) fields = union(fields, entry.fieldsV1 as FieldSet);
  const last = old[old.length - 1] as ManagedFieldsEntry;
  const joined: ManagedFieldsEntry = {
    manager: 'ancient-changes',
    operation: 'Update',
    apiVersion: last.apiVersion,
    time: last.time,
    fieldsType: 'FieldsV1',
    fieldsV1: fields,
  };
  return [...entries.filter((entry) => !old.includes(entry)), joined].sort(compareEntries);
}

function compareEntries(a: ManagedFieldsEntry, b: ManagedFieldsEntry): number {
  return (
    order(a.operation, b.operation) ||
    order(a.time, b.time) ||
    order(a.manager, b.manager) ||
    order(a.apiVersion, b.apiVersion) ||
    order(a.subresource, b.subresource)
  );
}

function order(a = '', b = ''): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
