import { afterAll } from 'vitest';

/**
 * Counts what agrees with the records of a real cluster, and prints how many of how many when a suite is over. What it
 * gives is to be called once for each record that agrees.
 */
export function agreement(what: string, total: number): () => void {
  let agreed = 0;
  afterAll(() => console.log(`${what}: ${agreed} of ${total} agree`));
  return () => {
    agreed++;
  };
}
