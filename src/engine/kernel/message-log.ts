import { MAX_HISTORY } from './limits.ts';
import type { Message } from './types.ts';

const CHUNK = 64;
/** Heartbeats as new as this are kept with a moment; older ones only as causes of what was no heartbeat. */
const RECENT = 512;

type Chunk = readonly (Message | undefined)[];

/** The log as a moment keeps it: chunks are shared by all moments between which they did not change. */
export type KeptLog = readonly (Chunk | undefined)[];

/** Delivered messages by id, the newest of each place in a ring of `MAX_HISTORY`. */
export class MessageLog {
  private readonly chunks: (Message | undefined)[][] = [];
  /** By chunk: what the last moment kept of it; undefined when it has changed since. */
  private readonly kept: (Chunk | undefined)[] = [];

  /** A message of the past, while it is kept. */
  get(id: number): Message | undefined {
    const slot = id % MAX_HISTORY;
    const found = this.chunks[Math.floor(slot / CHUNK)]?.[slot % CHUNK];
    return found?.id === id ? found : undefined;
  }

  remember(message: Message): void {
    const slot = message.id % MAX_HISTORY;
    const at = Math.floor(slot / CHUNK);
    this.chunks[at] ??= new Array(CHUNK).fill(undefined);
    const chunk = this.chunks[at];
    const there = chunk[slot % CHUNK];
    // Heartbeats do not push out what led to today's objects.
    if (message.periodic && there !== undefined && !there.periodic) return;
    chunk[slot % CHUNK] = message;
    this.kept[at] = undefined;
  }

  /** For a moment, without most heartbeats: they would keep hours of messages in memory. */
  keep(newest: number): KeptLog {
    const changed = [...this.chunks.keys()].filter((at) => this.kept[at] === undefined);
    const causes = new Set<number>();
    for (const at of changed) {
      for (const message of this.chunks[at] ?? []) {
        if (message === undefined || message.periodic) continue;
        let cause = this.get(message.cause);
        while (cause?.periodic && !causes.has(cause.id)) {
          causes.add(cause.id);
          cause = this.get(cause.cause);
        }
      }
    }
    const stays = ({ id, periodic }: Message): boolean => !periodic || id > newest - RECENT || causes.has(id);
    for (const at of changed) {
      this.kept[at] = this.chunks[at]?.map((message) => (message && stays(message) ? message : undefined));
    }
    return this.kept.slice();
  }

  static of(kept: KeptLog): MessageLog {
    const log = new MessageLog();
    kept.forEach((chunk, at) => {
      if (chunk !== undefined) log.chunks[at] = chunk.slice();
      log.kept[at] = chunk;
    });
    return log;
  }
}
