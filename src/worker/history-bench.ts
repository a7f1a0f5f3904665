import { createCluster, type Fault } from '../engine/index.ts';
import { History } from './history.ts';
import type { Input } from './protocol.ts';

const MINUTE_MS = 60_000;
/** Multiples of it are spread evenly, and never in order. */
const GOLDEN = 0.618_033_988_75;
/** As far as the host goes in one tick at most, about. */
const STRIDE_MS = 500;

/**
 * One hour of a default cluster in which much happens: every five minutes a rollout or a change of size, and a node that
 * is without power for 90 s. `clock` gives CPU milliseconds.
 */
export function busyHour(clock: () => number): History {
  const history = new History(createCluster({ seed: 1 }), clock);
  const act = (input: Input): void => void history.input(input, () => {});
  const go = (ms: number): void => {
    for (let left = ms; left > 0; left -= STRIDE_MS) history.advanceTo(history.cluster.now + Math.min(left, STRIDE_MS));
  };
  for (let i = 0; i < 12; i++) {
    act({ act: 'apply', text: deployment(`web-${i % 3}`, 5 + 3 * i, i % 2 === 0 ? 'httpd:2.4' : 'nginx:1.27') });
    go(MINUTE_MS);
    const fault: Fault = { kind: 'node-power-off', target: 'kind-worker2', forMs: 90_000 };
    act({ act: 'inject', fault });
    go(4 * MINUTE_MS);
  }
  return history;
}

/** CPU ms of going to moments all over the run and making the first frame there, in order. */
export function seekTimes(history: History, clock: () => number, count: number): number[] {
  const times: number[] = [];
  const { newest } = history;
  for (let i = 0; i < count; i++) {
    const from = clock();
    history.seek(((i * GOLDEN) % 1) * newest);
    history.cluster.observe(() => {});
    history.cluster.publish();
    times.push(clock() - from);
  }
  return times.sort((a, b) => a - b);
}

function deployment(name: string, replicas: number, image: string): string {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image }] } };
  const spec = { replicas, selector: { matchLabels: labels }, template };
  return JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name }, spec });
}
