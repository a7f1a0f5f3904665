import { type FieldSchema, hasSchema, schemaOf, type TypeSchema } from '../api/schema.ts';

type Json = unknown;
type JsonMap = Readonly<Record<string, Json>>;

const isMap = (value: Json): value is JsonMap => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The strategic merge patch of `kubectl apply`: what the user's new text changes against the live object, and what it
 * no longer names although the last applied text did. Undefined when nothing is to be done.
 * Source: staging/src/k8s.io/apimachinery/pkg/util/strategicpatch/patch.go (CreateThreeWayMergePatch)
 */
export function threeWayPatch(kind: string, last: JsonMap, modified: JsonMap, live: JsonMap): JsonMap | undefined {
  const type: TypeSchema | undefined = hasSchema(kind) ? { kind: 'struct', struct: kind } : undefined;
  return diffMap(type, last, modified, live);
}

function diffMap(type: TypeSchema | undefined, last: JsonMap, modified: JsonMap, live: JsonMap): JsonMap | undefined {
  const patch: Record<string, Json> = {};
  for (const [name, wanted] of Object.entries(modified)) {
    const field = fieldOf(type, name);
    const change = diffValue(field, typeOf(type, field), last[name], wanted, live[name]);
    if (change !== undefined) patch[name] = change;
  }
  for (const name of Object.keys(last)) {
    if (!(name in modified) && name in live) patch[name] = null;
  }
  return Object.keys(patch).length > 0 ? patch : undefined;
}

function diffValue(
  field: FieldSchema | undefined,
  type: TypeSchema | undefined,
  last: Json,
  wanted: Json,
  live: Json,
): Json | undefined {
  if (isMap(wanted) && isMap(live)) return diffMap(type, isMap(last) ? last : {}, wanted, live);
  if (Array.isArray(wanted) && Array.isArray(live) && field?.mergeKey) {
    const item = type?.kind === 'list' ? type.item : undefined;
    return diffList(field.mergeKey, item, Array.isArray(last) ? last : [], wanted, live);
  }
  return sameJson(wanted, live) ? undefined : wanted;
}

/** Lists of objects that are merged by a key; an item that is gone from the text gets `$patch: delete`. */
function diffList(
  mergeKey: string,
  item: TypeSchema | undefined,
  last: readonly Json[],
  wanted: readonly Json[],
  live: readonly Json[],
): Json[] | undefined {
  const keyed = (list: readonly Json[]) => new Map(list.filter(isMap).map((entry) => [entry[mergeKey], entry]));
  const [lastBy, wantedBy, liveBy] = [keyed(last), keyed(wanted), keyed(live)];
  const patch: Json[] = [];
  for (const [key, entry] of wantedBy) {
    const there = liveBy.get(key);
    if (there === undefined) {
      patch.push(entry);
      continue;
    }
    const change = diffMap(item, lastBy.get(key) ?? {}, entry, there);
    if (change !== undefined) patch.push({ ...change, [mergeKey]: key });
  }
  for (const key of lastBy.keys()) {
    if (!wantedBy.has(key) && liveBy.has(key)) patch.push({ [mergeKey]: key, $patch: 'delete' });
  }
  return patch.length > 0 ? patch : undefined;
}

function fieldOf(type: TypeSchema | undefined, name: string): FieldSchema | undefined {
  return type?.kind === 'struct' && hasSchema(type.struct) ? schemaOf(type.struct).fields.get(name) : undefined;
}

function typeOf(parent: TypeSchema | undefined, field: FieldSchema | undefined): TypeSchema | undefined {
  return field?.type ?? (parent?.kind === 'map' ? parent.item : undefined);
}

function sameJson(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((value, i) => sameJson(value, b[i]));
  if (!isMap(a) || !isMap(b)) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => name in b && sameJson(a[name], b[name]));
}
