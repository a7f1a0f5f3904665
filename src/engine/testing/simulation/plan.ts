import type { ClusterOptions } from '../../door.ts';
import { INJECTABLE } from '../../fault-catalogue.ts';
import { hostOf } from '../../kernel/types.ts';
import { planMachines } from '../../machines.ts';
import type { Act } from './acts.ts';
import { Dice } from './dice.ts';
import { type Parts, randomFault } from './faults.ts';
import { randomChange, randomUse } from './workload.ts';

export type Profile = 'kind' | 'ha';

/** A whole run: the cluster, and what is done to it. The seed decides everything. */
export interface Plan {
  readonly seed: number;
  readonly options: ClusterOptions;
  readonly acts: readonly Act[];
}

/** Clusters of few shapes, so that bootstrapping need not be lived through for every seed. */
const SHAPES: Readonly<Record<Profile, readonly ClusterOptions[]>> = {
  kind: [
    { workers: 2 },
    { workers: 3 },
    { workers: 4, zones: ['a', 'b'] },
    // All that is ever asked for fits on its one node.
    { workers: 0, nodeResources: { cpu: '8' } },
    { workers: 2, controlPlanes: 0 },
  ],
  ha: [
    { profile: 'ha', workers: 3 },
    { profile: 'ha', workers: 2 },
    { profile: 'ha', workers: 2, etcdMembers: 1 },
    { profile: 'ha', workers: 2, etcdMembers: 5 },
    // An API server without etcd beside it, which can go from one member to the next.
    { profile: 'ha', workers: 2, etcdMembers: 2 },
    { workers: 2, controlPlanes: 4, etcdMembers: 3 },
  ],
};
/** Most runs are of the first shape. */
const FIRST_SHAPE = 0.7;
/** In so many runs members of etcd come and go. */
const CHANGING = 0.35;
/** The machine of the first member that is added. */
const NEW_MEMBER = 'kind-etcd';
/** What is done comes in bursts, in some runs with minutes between them. */
const SHORTEST_WAIT_MS = 20;
const LONGEST_WAITS_MS = [5_000, 30_000, 120_000];

/** What happens for so many virtual minutes, until all is healed. */
export function planOf(seed: number, profile: Profile, minutes: number): Plan {
  const dice = new Dice(seed, 'plan');
  const shapes = SHAPES[profile];
  const options = (dice.chance(FIRST_SHAPE) ? shapes[0] : dice.pick(shapes)) as ClusterOptions;
  const isChanging = dice.chance(CHANGING);
  const parts = partsOf(options, isChanging ? [NEW_MEMBER] : []);
  const acts: Act[] = [...randomUse(dice, parts.workers)];
  const endsAt = minutes * 60_000;
  const longest = dice.pick(LONGEST_WAITS_MS);
  for (let at = 0; ; ) {
    const ms = Math.min(dice.spread(SHORTEST_WAIT_MS, longest), endsAt - at);
    acts.push({ do: 'wait', ms });
    at += ms;
    if (at >= endsAt) break;
    if (isChanging && dice.chance(0.2)) acts.push(randomChange(dice, parts.members.map(hostOf)));
    else if (dice.chance(0.5)) acts.push(...randomUse(dice, parts.workers));
    else if (dice.chance(0.88)) acts.push({ do: 'fault', fault: randomFault(dice, dice.pick(INJECTABLE), parts) });
    else if (parts.members.length < 2 || dice.chance(0.5)) acts.push({ do: 'heal' });
    else acts.push({ do: 'moveLeader', member: dice.pick(parts.members), to: hostOf(dice.pick(parts.members)) });
  }
  return { seed, options, acts };
}

/** What there is to break in a cluster of these options, and on machines that may be there later. */
function partsOf(options: ClusterOptions, later: readonly string[] = []): Parts {
  const { machines, etcdHosts, controlPlaneHosts } = planMachines(options);
  const named = (role: string): string[] => machines.filter((one) => one.role === role).map(({ name }) => name);
  const workers = named('worker');
  const on = (component: string, hosts: readonly string[]): string[] => hosts.map((host) => `${component}@${host}`);
  const components = [
    ...['apiserver', 'scheduler', 'controller-manager'].flatMap((component) => on(component, controlPlaneHosts)),
    ...['kube-proxy', 'kindnet'].map((component) => `${component}@${(workers[0] ?? controlPlaneHosts[0]) as string}`),
    ...on(
      'load-balancer',
      named('outside').filter((name) => !controlPlaneHosts.includes(name)),
    ),
    'coredns',
  ];
  return {
    machines: [...machines.map(({ name }) => name), ...later],
    workers,
    members: on('etcd', [...etcdHosts, ...later]),
    components,
  };
}
