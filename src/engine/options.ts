import { checkSubdomain, isCIDR } from './api/names.ts';
import { parseQuantity } from './api/quantity.ts';
import type { ClusterOptions } from './door.ts';

/** Options of which no cluster can be made: which, and why, in one sentence. */
export class OptionsError extends Error {
  override name = 'OptionsError';
}

const PROFILES = ['kind', 'ha', 'large'];
/** etcd's own advice; more members only make every write slower. */
const MOST_MEMBERS = 7;
/** What Kubernetes itself supports. */
const MOST_NODES = 5_000;

/** Throws an `OptionsError` for options that make no sense or would have no effect. */
export function checkOptions(options: ClusterOptions): void {
  const { profile, controlPlanes, workers, etcdMembers, machines = [], seed, nodeResources } = options;
  if (profile === 'cloud') {
    throw new OptionsError("profile 'cloud' is not there yet: nothing of it would work; use 'kind', 'ha' or 'large'");
  }
  if (profile !== undefined && !PROFILES.includes(profile)) {
    throw new OptionsError(`there is no profile named ${String(profile)}; known are ${PROFILES.join(', ')}`);
  }
  checkCount('controlPlanes', controlPlanes, 0, MOST_MEMBERS);
  checkCount('workers', workers, 0, MOST_NODES);
  checkCount('etcdMembers', etcdMembers, 1, MOST_MEMBERS);
  if (seed !== undefined && !Number.isSafeInteger(seed))
    throw new OptionsError(`seed has to be a whole number, not ${String(seed)}`);
  for (const name of ['podSubnet', 'serviceSubnet'] as const) {
    const subnet = options[name];
    if (subnet !== undefined && !isCIDR(subnet))
      throw new OptionsError(`${name} has to be a network such as 10.244.0.0/16, not ${subnet}`);
  }
  checkSizes('nodeResources', nodeResources);
  const names = new Set<string>();
  for (const [i, machine] of machines.entries()) {
    const [complaint] = checkSubdomain(machine.name);
    if (complaint !== undefined) throw new OptionsError(`machines[${i}].name: ${complaint}`);
    if (names.has(machine.name)) throw new OptionsError(`machines[${i}].name: there is another ${machine.name}`);
    names.add(machine.name);
    checkSizes(`machines[${i}]`, machine);
  }
  const count = options.machines?.filter(({ role }) => role === 'control-plane').length ?? controlPlanes;
  if (count !== 0) return;
  if (profile === 'ha')
    throw new OptionsError("profile 'ha' needs at least one control-plane node: controlPlanes is 0");
  if (etcdMembers !== undefined && etcdMembers !== 1) {
    throw new OptionsError(`a control plane outside the cluster's nodes has one etcd member, not ${etcdMembers}`);
  }
}

function checkSizes(at: string, sizes: object | undefined): void {
  for (const [name, value] of Object.entries(sizes ?? {})) {
    if (!SIZES.has(name) || value === undefined) continue;
    const wrong = typeof value === 'string' ? parseQuantity(value) : 'not a text';
    if (typeof wrong === 'string') throw new OptionsError(`${at}.${name}: ${wrong}`);
  }
}

const SIZES: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeralStorage', 'pods']);

function checkCount(name: string, value: unknown, least: number, most: number): void {
  if (value === undefined) return;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return;
  throw new OptionsError(`${name} has to be a whole number from ${least} to ${most}, not ${String(value)}`);
}

/** How many etcd members the options ask for: as many as given, else 3 in profile `ha`, else one on each control plane. */
export function etcdMembersOf({ etcdMembers, profile }: ClusterOptions, controlPlanes: number): number {
  return etcdMembers ?? (profile === 'ha' ? 3 : Math.max(1, controlPlanes));
}
