import { beforeEach, describe, expect, it } from 'vitest';
import { createCluster, restore, type SimulatedCluster, type Snapshot } from '../../../engine/index.ts';
import web from '../../examples/web.yaml?raw';
import { Mirror } from '../../store/mirror.ts';
import { advance, hasReached, hasWorker, MILESTONES, NO_PROGRESS, type Progress, victim } from './journey.ts';
import { TEXT } from './messages.ts';

let booted: Snapshot | undefined;
let cluster: SimulatedCluster;
let mirror: Mirror;
let progress: Progress;

/** Moves time and shows every frame to the guide, as the page does. */
function run(ms: number): void {
  for (let passed = 0; passed < ms; passed += 1000) cluster.advance(1000);
}

/** From now on the guide watches this cluster, as on a first visit. */
function visit(visited: SimulatedCluster): void {
  cluster = visited;
  mirror = new Mirror();
  progress = NO_PROGRESS;
  cluster.observe((frame) => {
    mirror.apply(frame, 1);
    progress = advance(progress, mirror);
  });
  cluster.publish();
}

beforeEach(() => {
  booted ??= createCluster({ seed: 1 }).snapshot();
  visit(restore(booted));
});

/** Shows another moment of the run, as after a jump in time; an act there begins a branch. */
function wound(to: Snapshot, epoch: number, newest: number): { readonly then: SimulatedCluster; begin(): void } {
  const then = restore(to);
  const place = { run: 0, branch: 1, newest, fresh: false };
  then.observe((frame) => {
    mirror.apply(frame, epoch, place);
    progress = advance(progress, mirror);
  });
  then.publish();
  const begin = (): void => {
    place.branch = 2;
  };
  return { then, begin };
}

function deployed(): string {
  cluster.apply(web);
  run(15_000);
  expect(hasReached(progress, 'listed')).toBe(true);
  expect(hasReached(progress, 'cut')).toBe(false);
  const node = victim(mirror);
  if (node === undefined) throw new Error('no node has a pod of the app');
  return node;
}

describe('the first visit', () => {
  it('waits at each act and is finished when the cluster has healed', () => {
    run(60_000);
    expect(progress.reachedAt).toHaveLength(1);
    const node = deployed();
    run(60_000);
    expect(hasReached(progress, 'cut')).toBe(false);

    cluster.inject({ kind: 'node-power-off', target: node });
    run(400_000);
    expect(progress.cut?.node).toBe(node);
    expect(progress.reachedAt).toHaveLength(MILESTONES.length);
  });

  it('has one right answer, and it is what happens', () => {
    const node = deployed();
    cluster.inject({ kind: 'node-power-off', target: node });
    const cutAt = cluster.now;
    run(400_000);
    const secondsTo = (milestone: (typeof MILESTONES)[number]): number =>
      ((progress.reachedAt[MILESTONES.indexOf(milestone)] ?? 0) - cutAt) / 1000;
    expect(secondsTo('noticed')).toBeGreaterThan(39);
    expect(secondsTo('noticed')).toBeLessThan(56);
    // "At once", "after about 50 seconds" and "never" are all wrong.
    expect(secondsTo('replaced')).toBeGreaterThan(330);
    expect(secondsTo('replaced')).toBeLessThan(370);
    expect(TEXT.answers.filter(({ id }) => id === TEXT.rightAnswer)).toHaveLength(1);
  });

  it('goes back to the cut when the power returns before anything was replaced', () => {
    const node = deployed();
    const fault = cluster.inject({ kind: 'node-power-off', target: node });
    run(60_000);
    expect(hasReached(progress, 'noticed')).toBe(true);
    cluster.heal(fault);
    run(60_000);
    expect(hasReached(progress, 'listed')).toBe(true);
    expect(hasReached(progress, 'cut')).toBe(false);
  });

  it('starts over when the app is deleted', () => {
    deployed();
    cluster.delete({ kind: 'Deployment', namespace: 'default', name: 'web' });
    run(5_000);
    expect(progress.reachedAt).toHaveLength(1);
  });

  it('does not take another app of that name for its own, and waits for what it asked for', () => {
    const [deployment = '', service = ''] = web.split('\n---\n');
    cluster.apply(deployment);
    run(5_000);
    expect(progress.reachedAt).toHaveLength(1);
    cluster.apply(deployment.replace('replicas: 3', 'replicas: 1'));
    cluster.apply(service);
    run(5_000);
    expect(progress.reachedAt).toHaveLength(1);
    deployed();
    cluster.apply(deployment.replace('replicas: 3', 'replicas: 2'));
    run(5_000);
    expect(progress.reachedAt).toHaveLength(1);
  });

  it('goes back and forth with the time that is shown, and on from there in another branch', () => {
    const node = deployed();
    const before = cluster.snapshot();
    cluster.inject({ kind: 'node-power-off', target: node });
    run(60_000);
    const all = progress;
    expect(hasReached(all, 'unlisted')).toBe(true);
    const end = cluster.now;

    const past = wound(before, 2, end);
    expect(progress).toMatchObject({ count: MILESTONES.indexOf('cut'), reachedAt: all.reachedAt });
    past.then.advance(20_000);
    expect(hasReached(progress, 'cut')).toBe(true);
    expect(hasReached(progress, 'noticed')).toBe(false);
    wound(cluster.snapshot(), 3, end);
    expect(progress).toMatchObject({ count: all.count, cut: all.cut });
    // Seen again it is seen a little earlier, by shorter frames.
    for (const [i, at] of progress.reachedAt.entries()) expect(at).toBeLessThanOrEqual(all.reachedAt[i] ?? 0);

    const other = wound(before, 4, end);
    other.begin();
    other.then.inject({ kind: 'node-power-off', target: 'kind-control-plane' });
    other.then.advance(20_000);
    expect(progress.reachedAt).toEqual(all.reachedAt.slice(0, MILESTONES.indexOf('cut')));
    expect(progress.cut).toBeUndefined();
  });

  it('is finished with a single worker too, once that has power again', () => {
    visit(createCluster({ seed: 1, workers: 1 }));
    const node = deployed();
    const fault = cluster.inject({ kind: 'node-power-off', target: node });
    run(400_000);
    expect(hasWorker(mirror)).toBe(false);
    expect(hasReached(progress, 'replaced')).toBe(true);
    expect(hasReached(progress, 'whole')).toBe(false);
    cluster.heal(fault);
    run(120_000);
    expect(progress.reachedAt).toHaveLength(MILESTONES.length);
  });
});
