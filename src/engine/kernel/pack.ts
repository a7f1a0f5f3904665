import type { Snapshot } from './snapshot.ts';
import { assert } from './types.ts';

/**
 * A snapshot in which no field's name and no longer text is written twice: `[shape, ...values]` is an object with the
 * names of that shape, `[-1, ...values]` an array, `[-2 - number]` a shared value, `~text` one of the texts.
 */
export interface PackedSnapshot {
  readonly version: Snapshot['version'];
  readonly seed: number;
  readonly now: number;
  readonly shapes: readonly (readonly string[])[];
  readonly texts: readonly string[];
  readonly content: unknown;
}

type Packed = readonly [number, ...unknown[]];

const ARRAY = -1;
const SHARED = -2;
/** Shorter texts are no longer than what would stand for them. */
const SHORT = 6;
const RADIX = 36;
const MARK = '~';

/** Writes a snapshot smaller: it is mostly the same names and texts over and over. */
export function pack({ version, seed, now, ...content }: Snapshot): PackedSnapshot {
  const shapes = new Map<string, number>();
  const names: string[][] = [];
  const texts = new Map<string, number>();
  const numberOf = (table: Map<string, number>, text: string): number => {
    let number = table.get(text);
    if (number === undefined) {
      number = table.size;
      table.set(text, number);
    }
    return number;
  };
  const write = (value: unknown): unknown => {
    if (typeof value === 'string') {
      const isShort = value.length <= SHORT && value[0] !== MARK;
      return isShort ? value : MARK + numberOf(texts, value).toString(RADIX);
    }
    if (typeof value !== 'object' || value === null) return value;
    const packed: unknown[] = [ARRAY];
    if (Array.isArray(value)) {
      for (const item of value) packed.push(write(item));
      return packed;
    }
    const fields = value as Record<string, unknown>;
    if (typeof fields.$ === 'number') return [SHARED - fields.$];
    const own = Object.keys(fields);
    packed[0] = numberOf(shapes, JSON.stringify(own));
    if (names.length < shapes.size) names.push(own);
    for (const name of own) packed.push(write(fields[name]));
    return packed;
  };
  const written = write(content);
  return { version, seed, now, shapes: names, texts: [...texts.keys()], content: written };
}

/** The snapshot as it was before it was packed. Throws an `EngineError` for one that is damaged. */
export function unpack({ version, seed, now, shapes, texts, content }: PackedSnapshot): Snapshot {
  const read = (value: unknown): unknown => {
    if (typeof value === 'string') {
      const text = value[0] === MARK ? texts[Number.parseInt(value.slice(1), RADIX)] : value;
      assert(text !== undefined, 'the snapshot is damaged: a text is missing');
      return text;
    }
    if (typeof value !== 'object' || value === null) return value;
    const [kind, ...items] = value as Packed;
    if (kind === ARRAY) return items.map(read);
    if (kind <= SHARED) return { $: SHARED - kind };
    const names = shapes[kind];
    assert(names?.length === items.length, 'the snapshot is damaged: an object has lost its form');
    const fields: Record<string, unknown> = {};
    for (let i = 0; i < names.length; i++) fields[names[i] as string] = read(items[i]);
    return fields;
  };
  assert(
    Array.isArray(shapes) && Array.isArray(texts),
    `snapshot of version ${String(version)} is not one of this engine`,
  );
  return { version, seed, now, ...(read(content) as Omit<Snapshot, 'version' | 'seed' | 'now'>) };
}
