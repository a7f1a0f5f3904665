import type { Env } from '../kernel/types.ts';

/** An id of 64 hexadecimal digits, as containers and sandboxes have. */
export function newId(env: Env): string {
  let id = '';
  while (id.length < 64)
    id += Math.floor(env.random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
  return id;
}
