/** A JSON object whose fields are looked at one by one. */
export type JsonObject = { readonly [field: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether two JSON values say the same; the same reference is the same without a look inside. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!sameJson(a[i], b[i])) return false;
    return true;
  }
  if (Array.isArray(b)) return false;
  const left = a as JsonObject;
  const right = b as JsonObject;
  let fields = 0;
  for (const field in left) {
    const other = right[field];
    if (other === undefined ? left[field] !== undefined : !sameJson(left[field], other)) return false;
    if (left[field] !== undefined) fields++;
  }
  for (const field in right) if (right[field] !== undefined) fields--;
  return fields === 0;
}

/** `next` with every part that equals its counterpart in `old` replaced by that counterpart, so that `===` finds it. */
export function shareStructure<T>(old: unknown, next: T): T {
  if (old === next || typeof old !== 'object' || typeof next !== 'object' || old === null || next === null) return next;
  if (Array.isArray(next)) {
    if (!Array.isArray(old)) return next;
    const shared = next.map((item, i) => shareStructure(old[i], item));
    return (shared.length === old.length && shared.every((item, i) => item === old[i]) ? old : shared) as T;
  }
  if (Array.isArray(old)) return next;
  const before = old as JsonObject;
  const after = next as JsonObject;
  const shared: Record<string, unknown> = {};
  let same = true;
  let fields = 0;
  for (const field in after) {
    const value = shareStructure(before[field], after[field]);
    shared[field] = value;
    if (value !== before[field]) same = false;
    fields++;
  }
  if (same) for (const _ in before) fields--;
  return (same && fields === 0 ? old : shared) as T;
}
