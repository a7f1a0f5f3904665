import { definitions as production } from '../../components.ts';
import { type ClusterOptions, createCluster, SimulatedCluster, type Snapshot } from '../../index.ts';
import { continueMoment, type Moment } from '../../kernel/moment.ts';
import { unpack } from '../../kernel/pack.ts';
import { hash32 } from '../../kernel/random.ts';
import { restoreSnapshot } from '../../kernel/snapshot.ts';
import { planMachines } from '../../machines.ts';

const moments = new Map<string, Moment>();

/**
 * A cluster of these options as it is when it has been bootstrapped, with chances of its own from then on: so that many
 * runs need not each live through the bootstrapping. Other definitions of components may be given, to break a rule.
 */
export function startCluster(options: ClusterOptions, chances: number, definitions = production): SimulatedCluster {
  const name = JSON.stringify(options);
  let moment = moments.get(name);
  if (moment === undefined) {
    moment = createCluster(options).moment();
    moments.set(name, moment);
  }
  return continueWith(
    { ...moment, dump: { ...moment.dump, seed: hash32('chances', chances), streams: [] } },
    options,
    definitions,
  );
}

/** The cluster that goes on from a moment with these definitions. */
export function continueWith(moment: Moment, options: ClusterOptions, definitions = production): SimulatedCluster {
  const { kernel, more } = continueMoment(definitions, moment);
  return new SimulatedCluster(kernel, planMachines(options), more as never);
}

/** The cluster that goes on from a snapshot with these definitions. */
export function restoreWith(snapshot: Snapshot, options: ClusterOptions, definitions = production): SimulatedCluster {
  const { kernel, more } = restoreSnapshot(definitions, unpack(snapshot));
  return new SimulatedCluster(kernel, planMachines(options), more as never);
}
