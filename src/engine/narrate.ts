import type { Caption } from './door.ts';
import type { Kernel } from './kernel/kernel.ts';
import type { Message } from './kernel/types.ts';

/** One or two plain sentences on what a delivered message means; undefined for what is not worth a caption. */
export function narrate(_message: Message, _kernel: Kernel): Caption | undefined {
  return undefined;
}
