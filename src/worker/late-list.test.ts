import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { LATE } from '../../scripts/late-list.ts';

test('the list of late modules names modules of the engine, in order', () => {
  expect(LATE.filter((name) => !existsSync(new URL(`../engine/${name}`, import.meta.url)))).toEqual([]);
  expect(LATE).toEqual([...new Set(LATE)].sort());
});
