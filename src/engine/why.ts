import type { Cause, CauseEnd, Consequence, Consequences, Fault } from './door.ts';
import type { EtcdEvent, TxnRequest } from './etcd/messages.ts';
import type { Store } from './etcd/state.ts';
import type { Kernel } from './kernel/kernel.ts';
import { isSameTimer, isTimer } from './kernel/message-log.ts';
import type { Message } from './kernel/types.ts';
import { viewMessage } from './labels.ts';
import { isLight } from './light-body.ts';
import { narrate, narrateEvent } from './narrate/index.ts';
import { explain } from './narrate/links.ts';

/** A chain longer than this is cut: a container that crashes for days makes one of some thousand links. */
const MAX_LINKS = 5_000;
const MAX_CONSEQUENCES = 300;
/** So long after the end of a fault what is found is its end. */
const HEALING_MS = 300_000;
/** Kinds whose changes are told by nobody. */
const QUIET = /^(Event|Lease)\//;

/** The write that made an object as it is, as far as it is known. */
export function lastWriteOf(kernel: Kernel, store: Store | undefined, key: string): { id: number; event?: EtcdEvent } {
  const kv = store?.keys.get(key);
  if (kv !== undefined) {
    const event = store?.log.get(String(kv.modRevision))?.find((one) => one.kv.key === key);
    if (event !== undefined) return { id: event.cause, event };
  }
  // etcd has forgotten the revision (compaction), or the object is gone: the log of messages remembers for longer.
  for (const message of kernel.log.backwards()) if (writes(message, key)) return { id: message.id };
  return { id: 0 };
}

function writes({ body }: Message, key: string): boolean {
  return body.type === 'txn' && (body as TxnRequest).success.some((operation) => operation.key === key);
}

/** The messages of a chain of causes, the given one first, and why it ends where it does. */
export function chainOf(kernel: Kernel, id: number): { chain: Message[]; end: CauseEnd; everyMs?: number } {
  const chain: Message[] = [];
  const timers: number[] = [];
  let next = kernel.message(id);
  while (next !== undefined && chain.length < MAX_LINKS) {
    const message = next;
    if (message.periodic && isTimer(message)) {
      const before = timers.find((place) => isSameTimer(chain[place] as Message, message));
      if (before !== undefined) {
        const everyMs = (chain[before] as Message).dueAt - message.dueAt;
        return { chain: chain.slice(0, before + 1), end: 'timer', everyMs };
      }
      timers.push(chain.length);
    }
    chain.push(message);
    if (message.cause === 0) return { chain, end: endAt(message) };
    next = kernel.message(message.cause);
  }
  // Who set a timer that waits for minutes may be forgotten: its own ringing is the beginning then.
  const last = chain.at(-1);
  return { chain, end: last?.periodic && isTimer(last) ? 'timer' : 'forgotten' };
}

function endAt(message: Message): CauseEnd {
  const { from } = message;
  if (isDeed(message)) return 'fault';
  return from === 'user@outside' ? 'act' : 'boot';
}

/** The chain of causes of a message, itself first, back to the user's act, a fault, a boot or a timer that repeats itself. */
export function causesOf(kernel: Kernel, id: number, event?: EtcdEvent): Cause[] {
  const { chain, end, everyMs } = chainOf(kernel, id);
  const links = chain.map((message) => linkOf(kernel, message));
  const [first] = links;
  const told = event && narrateEvent(event, kernel);
  if (first && told) links[0] = { ...first, sentence: told, told: true };
  const last = links.at(-1);
  if (last === undefined) return [];
  links[links.length - 1] = { ...last, end, ...(everyMs !== undefined && { everyMs }) };
  const fault = end === 'timer' && chain[0]?.periodic === false ? silentFault(kernel, chain) : undefined;
  if (fault !== undefined) {
    const { end: _, ...timer } = links.pop() as Cause;
    links.push(timer, { ...linkOf(kernel, fault), end: endAt(fault) });
  }
  return links;
}

/** What a message means, as a plain sentence. */
export const sentenceFor = (kernel: Kernel, message: Message): string =>
  narrate(message, kernel)[0]?.text ?? explain(message);

function linkOf(kernel: Kernel, message: Message): Cause {
  const { id, from, to, sentAt, dueAt } = message;
  const { label, actor, objects } = viewMessage(message, (other) => kernel.message(other));
  const told = narrate(message, kernel)[0]?.text;
  const also = kernel.log.also.get(id);
  return {
    messageId: id,
    at: sentAt,
    dueAt,
    from,
    to,
    label,
    sentence: told ?? explain(message),
    told: told !== undefined || from === 'user@outside',
    ...(actor && { actor }),
    ...(objects && { objects }),
    ...(also && { also }),
  };
}

/**
 * A fault that sends no message: somebody's timer rang, looked, and found what the fault had done. It is the newest on
 * what the chain is about, unless that was healed since.
 */
function silentFault(kernel: Kernel, chain: readonly Message[]): Message | undefined {
  const names = new Set<string>();
  for (const message of chain) {
    for (const key of viewMessage(message, () => undefined).objects ?? []) {
      const [kind, namespace, name] = key.split('/') as [string, string, string];
      names.add(kind === 'Pod' ? `${namespace}/${name}` : name);
    }
  }
  // What the timer found had happened when it rang.
  const until = chain.at(-1)?.dueAt ?? 0;
  for (const act of kernel.log.acts.toReversed()) {
    const { fault } = act.body as { fault?: Fault };
    if (fault === undefined || act.sentAt > until) continue;
    const targets = [fault.target ?? [], fault.to ?? []].flat();
    if (!targets.some((target) => names.has(target.split('/', 2).join('/')) || names.has(hostIn(target)))) continue;
    return act.body.type === 'fault' || until - act.sentAt < HEALING_MS ? act : undefined;
  }
  return undefined;
}

const hostIn = (target: string): string => target.slice(target.indexOf('@') + 1);

// --- forward ---------------------------------------------------------------------------------------------------------

/** All that followed from some messages, oldest first, those of them included that followed from others; `parent` says from which. */
export function* followersOf(kernel: Kernel, from: readonly number[]): Generator<{ message: Message; parent: number }> {
  const reached = new Set(from);
  const isOfDeed = from.some((id) => isDeed(kernel.message(id)));
  /** What is known to have come of something else. */
  const others = new Set<number>();
  for (const message of kernel.log.from(Math.min(...from))) {
    let parent = reachedBefore(kernel, message, reached);
    if (parent === 0 && isOfDeed) parent = silenceBefore(kernel, message, reached, others);
    if (parent === 0) continue;
    reached.add(message.id);
    yield { message, parent };
  }
}

const isDeed = (message: Message | undefined): boolean =>
  message?.body.type === 'fault' || message?.body.type === 'heal';

/** The fault of the set that somebody's timer found, without a message that told of it; else 0. */
function silenceBefore(kernel: Kernel, message: Message, reached: ReadonlySet<number>, others: Set<number>): number {
  if (message.periodic || isDeed(message)) return 0;
  if (!others.has(message.cause)) {
    const { chain, end } = chainOf(kernel, message.id);
    const fault = end === 'timer' ? silentFault(kernel, chain) : undefined;
    if (fault !== undefined && reached.has(fault.id)) return fault.id;
  }
  others.add(message.id);
  return 0;
}

/** The nearest cause that is in the set, perhaps by way of heartbeats that do not only repeat themselves; else 0. */
function reachedBefore(kernel: Kernel, message: Message, reached: ReadonlySet<number>): number {
  let { cause } = message;
  let timer: Message | undefined;
  for (let hops = 0; hops < 40; hops++) {
    if (reached.has(cause)) return cause;
    const beat = kernel.log.heartbeat(cause);
    if (beat === undefined || (timer !== undefined && isSameTimer(timer, beat))) return 0;
    if (timer === undefined && isTimer(beat)) timer = beat;
    cause = beat.cause;
  }
  return 0;
}

/** Every write of an object that the log of messages knows. */
export function writesOf(kernel: Kernel, key: string): number[] {
  const found: number[] = [];
  for (const message of kernel.log.from(0)) if (writes(message, key)) found.push(message.id);
  return found;
}

/** What followed from some messages and is worth telling. */
export function consequencesOf(kernel: Kernel, from: readonly number[]): Consequences {
  const list: Consequence[] = [];
  const seen = new Set<string>();
  /** By message: its own place in the list, or that of the nearest told one before it. */
  const places = new Map<number, number>();
  let more = 0;
  if (from.length === 0) return { list, more };
  for (const { message, parent } of followersOf(kernel, from)) {
    const place = places.get(parent) ?? -1;
    places.set(message.id, place);
    if (list.length === MAX_CONSEQUENCES) {
      // Sentences would cost more than they are worth now: writes are counted.
      if (message.body.type === 'watchResponse' && !message.periodic) more++;
      continue;
    }
    const link = toldLink(kernel, message);
    if (link === undefined) continue;
    // Each of several API servers hears of a revision.
    const { revision = message.cause } = message.body as { revision?: number };
    const same = `${revision} ${link.sentence}`;
    if (seen.has(same)) continue;
    seen.add(same);
    places.set(message.id, list.length);
    list.push({ ...link, parent: place, depth: place < 0 ? 0 : (list[place] as Consequence).depth + 1 });
  }
  return { list, more };
}

function toldLink(kernel: Kernel, message: Message): Cause | undefined {
  const { body } = message;
  // An old write is known by its object only.
  const isOldWrite = body.type === 'watchResponse' && isLight(body);
  if (!isOldWrite && narrate(message, kernel).length === 0) return undefined;
  const link = linkOf(kernel, message);
  return isOldWrite && (link.objects ?? []).every((key) => QUIET.test(key)) ? undefined : link;
}
