import { expect, it } from 'vitest';
import type { Caption } from '../../../engine/door.ts';
import { repeats } from './repeats.ts';

const NODES = ['kind-worker', 'kind-worker2'];

function caption(at: number, text: string, objects: readonly string[] = []): Caption {
  return { at, messageId: at, component: 'kube-proxy', text, objects };
}

it('counts what says the same of different nodes', () => {
  const burst = [
    caption(1, 'Something else.'),
    caption(2, 'kube-proxy rewrites the rules of kind-worker.'),
    caption(3, 'kube-proxy rewrites the rules of kind-worker2.'),
  ];
  expect(repeats(burst, NODES)).toBe(2);
});

it('counts what says the same of different objects', () => {
  const burst = [caption(1, 'Bound a.', ['Pod/default/a']), caption(2, 'Bound b.', ['Pod/default/b'])];
  expect(repeats(burst, NODES)).toBe(2);
});

it('does not count what was long ago', () => {
  expect(repeats([caption(0, 'Again.'), caption(60_000, 'Again.')], NODES)).toBe(1);
  expect(repeats([], NODES)).toBe(0);
});
