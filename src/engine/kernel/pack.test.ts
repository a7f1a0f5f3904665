import { describe, expect, it } from 'vitest';
import { createCluster, restore } from '../index.ts';
import { type PackedSnapshot, pack, unpack } from './pack.ts';
import { type Snapshot, takeSnapshot } from './snapshot.ts';

const taken = (): Snapshot =>
  takeSnapshot(createCluster({ workers: 0 }).kernel, { note: '~not a mark', '~': ['', {}, []] });
const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

describe('a packed snapshot', () => {
  it('is the same when it is unpacked, and a third as long', () => {
    const snapshot = taken();
    const packed = copy(pack(snapshot));
    expect(unpack(packed)).toEqual(copy(snapshot));
    expect(JSON.stringify(packed).length).toBeLessThan(JSON.stringify(snapshot).length * 0.5);
  });

  it('holds no text and no form twice', () => {
    const { texts, shapes } = pack(taken());
    expect(new Set(texts).size).toBe(texts.length);
    expect(new Set(shapes.map((names) => names.join())).size).toBe(shapes.length);
  });

  it('that is damaged or of another make is refused with a sentence', () => {
    const packed = createCluster({ workers: 0 }).snapshot();
    const broken = (change: Partial<PackedSnapshot>) => () => restore({ ...packed, ...change } as PackedSnapshot);
    expect(broken({ texts: [] })).toThrow('the snapshot is damaged: a text is missing');
    expect(broken({ shapes: packed.shapes.slice(1) })).toThrow('the snapshot is damaged: an object has lost its form');
    expect(broken({ shapes: undefined })).toThrow('snapshot of version 2 is not one of this engine');
    expect(broken({ version: 1 as never })).toThrow('snapshot of version 1; this engine reads version 2');
  });
});
