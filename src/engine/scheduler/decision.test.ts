import { expect, test } from 'vitest';
import { DecisionLog, describeDecision, type RecordedDecision } from './decision.ts';

const decision = (pod: string, rows: number): RecordedDecision => ({
  pod,
  attemptedAt: 0,
  node: 'n0',
  table: { passed: Array.from({ length: rows }, (_, i) => `n${i}`), refused: [], refusals: [], scores: [] },
});

test('tables of older decisions make room, their choice remains', () => {
  const log = new DecisionLog();
  for (let i = 0; i < 7; i++) log.record(decision(`p${i}`, 1000));
  const kept = log.dump().map(({ pod, node, table }) => [pod, node, table !== undefined]);
  expect(kept).toEqual([0, 1, 2, 3, 4, 5, 6].map((i) => [`p${i}`, 'n0', i > 1]));
  const copy = new DecisionLog();
  copy.load(log.dump());
  for (const each of [log, copy]) {
    each.delete('p2');
    each.record(decision('p3', 10));
  }
  expect(copy.dump()).toEqual(log.dump());
  expect(describeDecision(log.get('p0')!, []).nodes).toEqual([]);
});

test('one decision that is larger than all room is still kept', () => {
  const log = new DecisionLog();
  log.record(decision('small', 10));
  log.record(decision('huge', 6000));
  expect(log.get('small')?.table).toBeUndefined();
  expect(log.get('huge')?.table?.passed).toHaveLength(6000);
});
