import { hexText } from '../api/names.ts';
import type { Env } from '../kernel/types.ts';

/** An id of 64 hexadecimal digits, as containers and sandboxes have. */
export function newId(env: Env): string {
  return hexText(Array.from({ length: 8 }, () => Math.floor(env.random() * 2 ** 32)));
}
