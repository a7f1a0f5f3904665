import { describe, expect, it } from 'vitest';
import { isLinearizable, type Operation } from './linearizable.ts';

const write = (value: number, from: number, to: number): Operation => ({ kind: 'write', value, from, to });
const read = (value: number | undefined, from: number, to: number): Operation => ({ kind: 'read', value, from, to });

describe('isLinearizable', () => {
  it.each<[string, boolean, Operation[]]>([
    ['reads what was written', true, [write(1, 0, 1), read(1, 2, 3)]],
    ['not what was overwritten before the read began', false, [write(1, 0, 1), write(2, 2, 3), read(1, 4, 5)]],
    ['either of two writes at the same time', true, [write(1, 0, 9), write(2, 0, 9), read(1, 10, 11), read(1, 12, 13)]],
    [
      'but not one after the other and back',
      false,
      [write(1, 0, 9), write(2, 0, 9), read(1, 10, 11), read(2, 12, 13), read(1, 14, 15)],
    ],
    ['a write under way may be seen', true, [write(1, 0, 9), read(1, 2, 3), read(1, 4, 5)]],
    ['and stays seen', false, [write(1, 0, 9), read(1, 2, 3), read(undefined, 4, 5)]],
    [
      'a write without an answer may happen late',
      true,
      [write(1, 0, Infinity), read(undefined, 2, 3), read(1, 90, 91)],
    ],
    ['or never', true, [write(1, 0, Infinity), read(undefined, 90, 91)]],
    ['but not be undone', false, [write(1, 0, Infinity), read(1, 2, 3), read(undefined, 90, 91)]],
  ])('%s: %s', (_what, holds, history) => expect(isLinearizable(history)).toBe(holds));
});
