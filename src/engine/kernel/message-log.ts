import { MAX_ACTS, MAX_CAUSES, MAX_HEARTBEATS, MAX_HISTORY } from './limits.ts';
import type { Body, Message, TimerBody } from './types.ts';

/** News in the order of their ids; `light` once the bodies are small. Chunks are shared by a log and its copies. */
interface Chunk {
  readonly news: Message[];
  light: boolean;
}

const CHUNK = 1024;
const WHOLE_CHUNKS = Math.ceil(MAX_HISTORY / CHUNK);
const MAX_CHUNKS = Math.floor(MAX_CAUSES / CHUNK);
/** So many heartbeats one behind the other are kept when they led to news: none that matters hangs together longer. */
const MAX_ROOTS_AT_ONCE = 40;

/** The log as a moment keeps it: all that was sent before `newest`. */
export interface KeptLog {
  readonly log: MessageLog;
  readonly newest: number;
}

/**
 * Messages of the past by id: all that was no heartbeat, the newest with their whole bodies, and of the heartbeats the
 * newest and those that led to news. So a chain of causes has no holes as far back as the log reaches.
 */
export class MessageLog {
  /** Makes a body small, keeping what labels and sentences need of it. */
  lighten: (body: Body) => Body = ({ type, requestId, reply }) => ({ type, requestId, reply });
  /** What the user did and which faults there were, oldest first. */
  acts: Message[] = [];
  /** What else asked for a message. */
  readonly also = new Map<number, readonly number[]>();
  /** What is delivered just now: it may have been on its way for longer than heartbeats are kept. */
  atHand: Message | undefined;
  private chunks: Chunk[] = [];
  /** By id, in a ring. */
  private readonly heartbeats: (Message | undefined)[] = [];
  private roots = new Map<number, Message>();

  /** A message of the past or on its way, while it is kept. */
  get(id: number): Message | undefined {
    const news = this.chunks[this.chunkOf(id)]?.news ?? [];
    const found = news[lastAtOrBefore(news, id, (message) => message.id)];
    return found?.id === id ? found : this.heartbeat(id);
  }

  /** A heartbeat: one of the newest, or one that led to news. */
  heartbeat(id: number): Message | undefined {
    const beat = this.heartbeats[id % MAX_HEARTBEATS];
    return beat?.id === id ? beat : this.roots.get(id);
  }

  /** Every message from this id on that was no heartbeat, oldest first. */
  *from(id: number): Generator<Message> {
    for (let at = Math.max(0, this.chunkOf(id)); at < this.chunks.length; at++) {
      for (const message of (this.chunks[at] as Chunk).news) if (message.id >= id) yield message;
    }
  }

  /** The newest news first. */
  *backwards(): Generator<Message> {
    for (let at = this.chunks.length - 1; at >= 0; at--) {
      const { news } = this.chunks[at] as Chunk;
      for (let i = news.length - 1; i >= 0; i--) yield news[i] as Message;
    }
  }

  /** Takes note of a message when it is sent. */
  remember(message: Message): void {
    const { cause } = message;
    if (message.periodic) {
      this.heartbeats[message.id % MAX_HEARTBEATS] = message;
      return;
    }
    if (this.atHand?.id === cause && this.atHand.periodic) this.keepRoots(this.atHand);
    else this.keepRoots(this.heartbeats[cause % MAX_HEARTBEATS], cause);
    const chunk = this.chunks[this.chunks.length - 1];
    if (chunk === undefined || chunk.news.length === CHUNK) this.begin(message);
    else chunk.news.push(message);
  }

  /** Takes back the message that was remembered last. */
  forget(message: Message): void {
    const last = this.chunks.at(-1);
    if (last?.news.at(-1) !== message) return;
    last.news.pop();
    if (last.news.length === 0) this.chunks.pop();
  }

  /** Takes note of what the user or a fault does. */
  rememberAct(act: Message): void {
    this.acts.push(act);
    if (this.acts.length > MAX_ACTS) this.acts.shift();
  }

  keep(newest: number): KeptLog {
    return { log: this, newest };
  }

  /** A log that goes on from there: what came later, perhaps otherwise, is not in it. */
  static of({ log, newest }: KeptLog): MessageLog {
    const copy = new MessageLog();
    const isBefore = ({ id }: Message): boolean => id < newest;
    copy.lighten = log.lighten;
    copy.acts = log.acts.filter(isBefore);
    for (const chunk of log.chunks) {
      const { news, light } = chunk;
      if (!isBefore(news[0] as Message)) break;
      const isWhole = news.length === CHUNK && isBefore(news[CHUNK - 1] as Message);
      copy.chunks.push(isWhole ? chunk : { news: news.filter(isBefore), light });
    }
    for (const beat of log.heartbeats) {
      if (beat !== undefined && isBefore(beat)) copy.heartbeats[beat.id % MAX_HEARTBEATS] = beat;
    }
    for (const [id, root] of log.roots) if (id < newest) copy.roots.set(id, root);
    for (const [id, also] of log.also) if (id < newest) copy.also.set(id, also);
    return copy;
  }

  /** Place of the chunk that an id would be in; -1 for one that is older than all. */
  private chunkOf(id: number): number {
    return lastAtOrBefore(this.chunks, id, ({ news }) => (news[0] as Message).id);
  }

  /** A new chunk: the newest old one becomes small, and the oldest goes when there are too many. */
  private begin(first: Message): void {
    this.chunks.push({ news: [first], light: false });
    const old = this.chunks[this.chunks.length - 1 - WHOLE_CHUNKS];
    if (old !== undefined && !old.light) this.makeLight(old, first.sentAt);
    if (this.chunks.length <= MAX_CHUNKS) return;
    this.chunks.shift();
    const oldest = this.chunks[0]?.news[0] as Message;
    for (const kept of [this.roots, this.also]) {
      for (const id of kept.keys()) {
        if (id > oldest.id) break;
        kept.delete(id);
      }
    }
  }

  private makeLight(chunk: Chunk, now: number): void {
    chunk.light = true;
    chunk.news.forEach((message, i) => {
      // What is still on its way needs all of itself, and moments share the messages that were on their way then.
      if (message.dueAt >= now) return;
      const body = this.lighten(message.body);
      if (body !== message.body) chunk.news[i] = { ...message, body };
    });
  }

  /** Heartbeats that led to news stay, back to a timer that only repeats itself. */
  private keepRoots(nearest: Message | undefined, nearestId = nearest?.id): void {
    let root = nearest;
    let id = nearestId as number;
    let timer: Message | undefined;
    for (let hops = 0; hops < MAX_ROOTS_AT_ONCE; hops++) {
      if (root?.id !== id || this.roots.has(id)) return;
      this.roots.set(id, root);
      if (timer === undefined) timer = isTimer(root) ? root : undefined;
      else if (isSameTimer(timer, root)) return;
      id = root.cause;
      root = this.heartbeats[id % MAX_HEARTBEATS];
    }
  }
}

/** Place of the last item, in the order of their ids, at or before this id; -1 when there is none. */
function lastAtOrBefore<T>(items: readonly T[], id: number, idOf: (item: T) => number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (idOf(items[middle] as T) <= id) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export const isTimer = ({ body }: Message): boolean => body.type === 'timer';

export const isSameTimer = (a: Message, b: Message): boolean =>
  isTimer(b) && a.to === b.to && (a.body as TimerBody).key === (b.body as TimerBody).key;
