import { useCallback, useSyncExternalStore } from 'react';
import { componentOf } from '../store/keys.ts';
import { mirror } from '../store/mirror.ts';
import { Topics } from '../store/topics.ts';
import { partOf } from './parts.ts';

/** How long a part stays lit after its last message: long enough to be seen at any speed. */
const AFTERGLOW_WALL_MS = 350;
/** How often what is lit is worked out anew. */
const EVERY_WALL_MS = 80;

/** Which parts and which controllers are busy just now, for lighting them. Heartbeats light nothing. */
class Activity {
  readonly #topics = new Topics();
  readonly #litUntil = new Map<string, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastMessages = mirror.messages;

  subscribe(part: string, listener: () => void): () => void {
    return this.#topics.subscribe(part, listener);
  }

  isLit(part: string): boolean {
    return this.#litUntil.has(part);
  }

  /** Called when messages move: works at most once in `EVERY_WALL_MS`. */
  moved(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#update(performance.now());
    }, EVERY_WALL_MS);
  }

  #update(wallMs: number): void {
    for (const { from, to, actor, periodic } of mirror.inFlight) if (!periodic) this.#light(from, to, actor, wallMs);
    const { messages } = mirror;
    if (messages !== this.#lastMessages) {
      for (const { from, to, actor } of messages.slice(-12)) this.#light(from, to, actor, wallMs);
      this.#lastMessages = messages;
    }
    for (const [part, until] of this.#litUntil) {
      if (until > wallMs) continue;
      this.#litUntil.delete(part);
      this.#topics.changed(part);
    }
    this.#topics.tell();
    if (this.#litUntil.size > 0) this.moved();
  }

  #light(from: string, to: string, actor: string | undefined, wallMs: number): void {
    // A card that stands for all processes of a kind is lit with any of them.
    for (const part of [partOf(from), partOf(to), componentOf(from), componentOf(to)]) this.#set(part, wallMs);
    if (actor !== undefined) this.#set(`controller/${actor}`, wallMs);
  }

  #set(part: string, wallMs: number): void {
    if (!this.#litUntil.has(part)) this.#topics.changed(part);
    this.#litUntil.set(part, wallMs + AFTERGLOW_WALL_MS);
  }
}

const activity = new Activity();
mirror.subscribe('in-flight', () => activity.moved());
mirror.subscribe('messages', () => activity.moved());

/** Whether messages are coming from or going to this part (or `controller/<name>`). */
export function useIsLit(part: string): boolean {
  const subscribe = useCallback((listener: () => void) => activity.subscribe(part, listener), [part]);
  return useSyncExternalStore(subscribe, () => activity.isLit(part));
}
