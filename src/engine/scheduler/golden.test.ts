import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import type { Node, Pod } from '../api/generated/types.ts';
import { agreement } from '../testing/agreement.ts';
import { SchedulerCache } from './cache.ts';
import { makeProfiles } from './config.ts';
import { schedule } from './cycle.ts';
import { describeDecision } from './decision.ts';

interface Case {
  readonly id: string;
  readonly nodes: Node[];
  readonly placed: Pod[];
  readonly pod: Pod;
  readonly chosen?: string;
  readonly message?: string;
  /** Weighted score per node and plugin. */
  readonly scores?: Record<string, Record<string, number>>;
  readonly totals?: Record<string, number>;
}

const path = new URL('../testdata/golden/scheduler-decisions-v1.35.json.gz', import.meta.url);
const { cases, count } = JSON.parse(gunzipSync(readFileSync(path)).toString()) as { cases: Case[]; count: number };

const agrees = agreement('scheduler decisions', count);

test(`the file has ${count} decisions of a real scheduler`, () => {
  expect(cases).toHaveLength(count);
});

test.each(cases)('$id is decided as kube-scheduler v1.35.6 decided', (golden) => {
  const cache = new SchedulerCache();
  cache.rebuild(golden.nodes, golden.placed);
  const [profile] = makeProfiles();
  const attempt = schedule(cache, profile!, golden.pod, 0, () => 0, true);
  expect(attempt.message).toBe(golden.message);
  const { nodes } = describeDecision({ pod: golden.id, attemptedAt: 0, table: attempt.table }, []);
  const passed = nodes.filter(({ filter }) => filter.ok);
  if (golden.scores === undefined) {
    expect(passed.map(({ node }) => node)).toEqual(golden.chosen === undefined ? [] : [golden.chosen]);
    agrees();
    return;
  }
  const scores = Object.fromEntries(
    passed.map(({ node, scores = {} }) => [
      node,
      Object.fromEntries(Object.entries(scores).map(([plugin, { weighted }]) => [plugin, weighted])),
    ]),
  );
  expect(scores).toEqual(golden.scores);
  expect(Object.fromEntries(passed.map(({ node, total }) => [node, total]))).toEqual(golden.totals);
  const best = Math.max(...Object.values(golden.totals!));
  expect(golden.totals![attempt.node!]).toBe(best);
  expect(golden.totals![golden.chosen!]).toBe(best);
  agrees();
});
