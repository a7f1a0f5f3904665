import type { Cause } from './door.ts';
import type { Store } from './etcd/state.ts';
import type { Kernel } from './kernel/kernel.ts';
import { viewMessage } from './labels.ts';
import { narrate } from './narrate/index.ts';

/** A chain longer than this is cut: no reader follows it. */
const MAX_LINKS = 200;

/** The message that wrote an object last; 0 when it is not known (any more). */
export function writerOf(store: Store | undefined, key: string): number {
  const kv = store?.keys.get(key);
  if (store === undefined || kv === undefined) return 0;
  const events = store.log.get(String(kv.modRevision));
  return events?.find((event) => event.kv.key === key)?.cause ?? 0;
}

/** The chain of causes of a message, itself first, back to the user's act, a fault or the start of a component. */
export function causesOf(kernel: Kernel, id: number): Cause[] {
  const chain: Cause[] = [];
  let next = id;
  while (next !== 0 && chain.length < MAX_LINKS) {
    const message = kernel.message(next);
    if (message === undefined) break;
    const { label, actor } = viewMessage(message, (other) => kernel.message(other));
    const sentence = narrate(message, kernel)[0]?.text ?? label;
    chain.push({
      messageId: message.id,
      at: message.sentAt,
      from: message.from,
      to: message.to,
      actor,
      label,
      sentence,
    });
    next = message.cause;
  }
  return chain;
}
