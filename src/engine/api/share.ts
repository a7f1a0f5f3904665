/**
 * Changing objects that nobody may change: each of these gives back the very same reference where nothing
 * differs, so that `===` tells what was touched.
 */

/**
 * A copy with more fields. Not by a spread: in V8 up to 11 every object that gets new fields on top of one has a hidden
 * class of its own, which makes this and all later reading of it several times slower.
 */
export function extended<Value extends object, More extends object>(value: Value, more: More): Value & More {
  return Object.assign({}, value, more);
}

/** A copy without a field; `delete` would turn it into a dictionary. */
export function without<Value extends object>(value: Value, field: string): Value {
  const out: Record<string, unknown> = {};
  for (const name in value) if (name !== field) out[name] = value[name];
  return out as Value;
}

const NOTHING = {};

/** The object with the defaults of the fields it lacks. */
export function fill<Value extends object>(value: Value, defaults: Partial<Value>): Value {
  let out: Value | undefined;
  for (const key in defaults) {
    if (value[key] !== undefined || defaults[key] === undefined) continue;
    out ??= extended(value, NOTHING) as Value;
    out[key] = defaults[key] as Value[typeof key];
  }
  return out ?? value;
}

/** The object with one field set; `undefined` removes the field. */
export function put<Value extends object, Key extends keyof Value>(value: Value, key: Key, field: Value[Key]): Value {
  if (value[key] === field) return value;
  return field === undefined ? without(value, key as string) : (extended(value, { [key]: field }) as Value);
}

/** The list with every item mapped. */
export function mapShared<Item>(list: Item[], map: (item: Item, index: number) => Item): Item[] {
  let out: Item[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const item = list[index] as Item;
    const mapped = map(item, index);
    if (mapped === item) continue;
    out ??= list.slice();
    out[index] = mapped;
  }
  return out ?? list;
}

/** The object with one present field mapped. */
export function mapField<Value extends object, Key extends keyof Value>(
  value: Value,
  key: Key,
  map: (field: NonNullable<Value[Key]>) => Value[Key],
): Value {
  const field = value[key];
  return field === undefined || field === null ? value : put(value, key, map(field as NonNullable<Value[Key]>));
}

/** Whether two JSON values say the same; shared parts are not looked at. */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let index = 0; index < a.length; index++) if (!deepEqual(a[index], b[index])) return false;
    return true;
  }
  if (Array.isArray(b)) return false;
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  let count = 0;
  for (const key in left) {
    if (left[key] === undefined) continue;
    if (!deepEqual(left[key], right[key])) return false;
    count++;
  }
  for (const key in right) if (right[key] !== undefined) count--;
  return count === 0;
}
