import type { SimulatedCluster } from '../../index.ts';
import type { Act } from './acts.ts';
import { wrongMembers } from './members.ts';
import { deleteForgotten } from './orphans.ts';
import { unmet, wrongAtRest } from './rest.ts';
import { freeStopped, uncordonAll } from './workload.ts';

/** Virtual time in which a healed cluster comes to what its specs ask: the longest back-off is five minutes. */
const CONVERGES_WITHIN_MS = 20 * 60_000;
const LOOK_EVERY_MS = 5_000;
/** By then everybody has noticed what had been broken; what is written may be older than the damage before. */
const NOTICED_MS = 45_000;
/** The garbage collector has had all the time that it needs. */
const PATIENCE_MS = 5 * 60_000;
/** What controllers and status updates have still to do when all specs are met. */
const CALM_MS = 15_000;

/** Waits until nothing is wrong in a healed cluster, and still is not a while later; else gives what is wrong. */
export function converge(
  cluster: SimulatedCluster,
  wait: (ms: number) => void,
  perform: (act: Act) => void,
): string | undefined {
  const healedAt = cluster.now;
  wait(NOTICED_MS);
  for (let isCalm = false; ; ) {
    const [wrong] = wrongNow(cluster);
    if (wrong === undefined && isCalm) return undefined;
    if (wrong !== undefined && cluster.now - healedAt >= CONVERGES_WITHIN_MS) return wrong;
    isCalm = wrong === undefined;
    const help: Act[] = isCalm ? [] : [...uncordonAll(cluster), ...freeStopped(cluster), { do: 'tend' }];
    const isLong = cluster.now - healedAt >= PATIENCE_MS;
    for (const act of isLong ? [...help, ...deleteForgotten(cluster)] : help) perform(act);
    wait(isCalm ? CALM_MS : LOOK_EVERY_MS);
  }
}

function* wrongNow(cluster: SimulatedCluster): Generator<string> {
  yield* wrongMembers(cluster);
  yield* unmet(cluster);
  yield* wrongAtRest(cluster);
}
