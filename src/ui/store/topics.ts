/**
 * Who wants to know of what: listeners by topic. Changes are collected while a frame is applied and told once at its end,
 * so that a thousand changed pods make one round of notifications and React renders once.
 */
export class Topics {
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #changed = new Set<string>();

  subscribe(topic: string, listener: () => void): () => void {
    let listeners = this.#listeners.get(topic);
    if (listeners === undefined) {
      listeners = new Set();
      this.#listeners.set(topic, listeners);
    }
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(topic) === listeners) this.#listeners.delete(topic);
    };
  }

  changed(topic: string): void {
    if (this.#listeners.has(topic)) this.#changed.add(topic);
  }

  tell(): void {
    if (this.#changed.size === 0) return;
    const topics = [...this.#changed];
    this.#changed.clear();
    for (const topic of topics) {
      const listeners = this.#listeners.get(topic);
      if (listeners !== undefined) for (const listener of [...listeners]) listener();
    }
  }

  /** Every topic that anyone listens to: after a full frame all of them may have changed. */
  allChanged(): void {
    for (const topic of this.#listeners.keys()) this.#changed.add(topic);
  }
}
