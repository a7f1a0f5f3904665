import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ClusterOptions, createCluster, type Fault } from '../engine/index.ts';
import { HISTORY_BYTES, History } from './history.ts';
import type { Outcome } from './perform.ts';
import type { Input } from './protocol.ts';

const deployment = (name: string, replicas: number): Input => ({
  act: 'apply',
  text: JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'nginx:1.27' }] } },
    },
  }),
});
const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' };

/** A clock that stands still: moments are kept by the number of messages. */
const begin = (options: ClusterOptions = { seed: 1, workers: 2 }): History =>
  new History(createCluster(options), () => 0);

function act(history: History, input: Input): { outcome?: Outcome; isNew: boolean } {
  const told: { outcome?: Outcome; isNew: boolean } = { isNew: false };
  told.isNew = history.input(input, (outcome) => {
    told.outcome = outcome;
  });
  return told;
}

const go = (history: History, ms: number): void => void history.advanceTo(history.cluster.now + ms);

const input: fc.Arbitrary<Input> = fc.oneof(
  fc.tuple(fc.constantFrom('web', 'api'), fc.integer({ min: 0, max: 4 })).map(([name, n]) => deployment(name, n)),
  fc.constant<Input>({ act: 'scale', ref, replicas: 5 }),
  fc.constant<Input>({ act: 'delete', ref }),
  fc.constant<Input>({ act: 'cordon', node: 'kind-worker', unschedulable: true }),
  fc.constant<Input>({ act: 'heal' }),
  fc
    .record({ kind: fc.constant('chaos'), seed: fc.nat(1_000), forMs: fc.integer({ min: 1_000, max: 30_000 }) })
    .map((fault): Input => ({ act: 'inject', fault })),
  fc
    .record({
      kind: fc.constantFrom('node-power-off', 'node-reboot', 'kubelet-stop'),
      target: fc.constantFrom('kind-worker', 'kind-worker2'),
      forMs: fc.option(fc.integer({ min: 1_000, max: 60_000 }), { nil: undefined }),
      inMs: fc.option(fc.integer({ min: 1, max: 20_000 }), { nil: undefined }),
    })
    .map(
      ({ forMs, inMs, ...fault }): Input => ({
        act: 'inject',
        fault: { ...fault, ...(forMs !== undefined && { forMs }), ...(inMs !== undefined && { inMs }) } as Fault,
      }),
    ),
);
const options: fc.Arbitrary<ClusterOptions> = fc.record({
  seed: fc.integer({ min: 1, max: 1_000 }),
  workers: fc.constant(2),
  profile: fc.constantFrom('kind', 'kind', 'ha'),
});
const deeds = fc.array(fc.record({ input, messages: fc.integer({ min: 0, max: 60 }), ms: fc.nat(60_000) }), {
  minLength: 1,
  maxLength: 6,
});

describe('the past of a run', { timeout: 300_000 }, () => {
  it('is the same again wherever one goes, and so is the newest moment', () => {
    fc.assert(
      fc.property(options, deeds, (of, list) => {
        const history = begin(of);
        const seen: { at: number; digest: string }[] = [];
        for (const { input: what, messages, ms } of list) {
          // Some inputs come in the middle of a moment, between two messages.
          let left = messages;
          history.advanceTo(history.cluster.now + 10_000, () => left-- <= 0);
          act(history, what);
          go(history, ms);
          seen.push({ at: history.cluster.now, digest: history.cluster.digest() });
        }
        const newest = seen.at(-1) as { at: number; digest: string };
        for (const { at, digest } of seen.toReversed()) {
          history.seek(at);
          expect(history.cluster.digest()).toBe(digest);
        }
        for (const { at, digest } of seen) {
          history.advanceTo(at);
          expect(history.cluster.digest()).toBe(digest);
        }
        expect(history.isPast).toBe(false);
        history.seek(0);
        history.seek(Number.POSITIVE_INFINITY);
        expect(history.cluster.digest()).toBe(newest.digest);
      }),
      { numRuns: 6 },
    );
  });

  it('keeps moments by the work since the last, within its memory', () => {
    const history = begin();
    act(history, deployment('web', 5));
    for (let minute = 0; minute < 30; minute++) go(history, 60_000);
    const { keptFrom, bytes, limit } = history.view();
    expect(limit).toBe(HISTORY_BYTES);
    expect(bytes).toBeGreaterThan(100_000);
    expect(bytes).toBeLessThan(limit);
    expect(keptFrom).toBe(0);
  });

  it('answers an act that was under way when one looked back, and only once', () => {
    const history = begin();
    let answers = 0;
    history.input(deployment('web', 1), () => answers++);
    go(history, 5);
    history.seek(0);
    go(history, 1);
    expect([answers, history.isPast]).toEqual([0, true]);
    history.seek(Number.POSITIVE_INFINITY);
    go(history, 1_000);
    expect(answers).toBe(1);
    history.seek(0);
    go(history, 1_000);
    expect(answers).toBe(1);
  });
});

describe('branches', () => {
  it('begin with an act in the past; the old future stays as it was', () => {
    const history = begin();
    act(history, deployment('web', 2));
    go(history, 60_000);
    act(history, { act: 'scale', ref, replicas: 4 });
    go(history, 60_000);
    const main = history.cluster.digest();

    history.seek(30_000);
    expect(history.isPast).toBe(true);
    expect(act(history, { act: 'scale', ref: { ...ref, kind: 'Moon' }, replicas: 1 })).toMatchObject({
      isNew: false,
      outcome: { error: { message: 'there is no kind named Moon' } },
    });
    expect(history.view().branches).toHaveLength(1);
    const { isNew } = act(history, { act: 'delete', ref });
    expect([isNew, history.isPast]).toEqual([true, false]);
    go(history, 60_000);
    expect(history.cluster.list('Pod', 'default')).toEqual([]);
    const { branches, current } = history.view();
    expect(branches).toMatchObject([
      { id: 1, name: 'main', end: 120_000, acts: 2 },
      { id: 2, name: 'delete deployment/web', parent: 1, forkedAt: 30_000, end: 90_000, acts: 1 },
    ]);
    expect(current).toBe(2);

    const other = history.cluster.digest();
    history.seek(Number.POSITIVE_INFINITY, 1);
    expect(history.cluster.digest()).toBe(main);
    history.seek(90_000, 2);
    expect(history.cluster.digest()).toBe(other);
    history.seek(10_000);
    history.seek(Number.POSITIVE_INFINITY);
    expect(history.cluster.digest()).toBe(other);
  });

  it('are renamed and deleted; not the one that is shown', () => {
    const history = begin();
    go(history, 10_000);
    history.seek(5_000);
    act(history, { act: 'cordon', node: 'kind-worker', unschedulable: true });
    history.rename(1, '  the old one ');
    history.rename(2, ' ');
    history.rename(7, 'nobody');
    history.remove(2);
    expect(history.view().branches.map(({ name }) => name)).toEqual(['the old one', 'cordon kind-worker']);
    history.remove(1);
    history.remove(1);
    go(history, 5_000);
    const digest = history.cluster.digest();
    history.seek(2_000);
    history.seek(10_000);
    expect(history.cluster.digest()).toBe(digest);
    history.seek(1_000, 1);
    expect(history.branch).toBe(2);
  });

  it('tell whoever waits for an answer in a deleted one', () => {
    const history = begin();
    go(history, 1_000);
    const told = act(history, deployment('web', 1));
    history.seek(500);
    act(history, { act: 'cordon', node: 'kind-worker', unschedulable: true });
    history.remove(1);
    expect(told.outcome?.error?.message).toContain('its branch was deleted');
  });
});
