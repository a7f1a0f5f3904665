import type { EtcdCommand } from '../../door.ts';
import type { Entry, Member, Raft } from '../../etcd/raft/state.ts';
import type { EtcdDisk, EtcdState } from '../../etcd/state.ts';
import type { EtcdctlState } from '../../etcdctl/index.ts';
import { GroupError, type SimulatedCluster } from '../../index.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { hostOf, type Message } from '../../kernel/types.ts';
import type { MachineConfig } from '../../machine/messages.ts';

/** etcd's group as a careful user sees it: who belongs to it, and whose data are there. */
interface Group {
  readonly members: readonly Member[];
  readonly voters: number;
  /** Voters whose data are there, whether they run or not. */
  readonly intact: number;
  readonly lost: readonly Member[];
}

const ETCDCTL = 'etcdctl@laptop';

/**
 * Changes who is in etcd's group, as a careful user does: one change after the other, and while a member has lost its
 * data nothing but replacing it. False: it was not asked for.
 */
export function changeGroup(cluster: SimulatedCluster, command: EtcdCommand): boolean {
  const group = groupOf(cluster.kernel);
  if (group === undefined || isChanging(cluster.kernel)) return false;
  const { lost, voters } = group;
  if (lost.length > 0 && !lost.some(({ name }) => command.do === 'remove' && name === command.member)) return false;
  // Small groups get their voters by promotion: one that does not come up would end them.
  if (command.do === 'add' && !command.learner && voters < 3) return false;
  // Of two members the one that goes must not be the only one that knows that it goes.
  if (
    command.do === 'remove' &&
    voters === 2 &&
    !group.members.some((one) => staysAsLeader(cluster.kernel, one, command))
  )
    return false;
  if (command.do === 'remove' && !canComeBack(cluster.kernel, group, command.member ?? '')) return false;
  try {
    cluster.submitGroupChange(command);
    return true;
  } catch (error) {
    if (error instanceof GroupError) return false;
    throw error;
  }
}

/**
 * Whether a member can lose its data, and a majority of the voters still has what was committed. All others have to know
 * that it has run: in a real group too it begins anew when those who answer it do not.
 */
export function canLoseDisk({ kernel }: SimulatedCluster, address: string): boolean {
  const group = groupOf(kernel);
  if (group === undefined || isChanging(kernel)) return false;
  const member = group.members.find(({ host }) => host === hostOf(address));
  if (member === undefined || group.lost.includes(member)) return false;
  const others = [...kept(kernel)].filter(({ id }) => id !== member.id && group.members.some((one) => one.id === id));
  if (!others.every(({ members }) => members[member.id]?.started)) return false;
  if (!canComeBack(kernel, group, member.host)) return false;
  const left = group.intact - (member.learner ? 0 : 1);
  return left * 2 > group.voters;
}

/** What a user does next so that the group is whole again; undefined when it is, or when there is just to wait. */
export function nextCure({ kernel }: SimulatedCluster): EtcdCommand | undefined {
  const group = groupOf(kernel);
  if (group === undefined || isChanging(kernel)) return undefined;
  const { members, lost } = group;
  const dead = lost[0] ?? members.find((member) => cannotStart(kernel, member));
  if (dead !== undefined) return { do: 'remove', member: dead.name };
  const learner = members.find((member) => member.learner);
  if (learner !== undefined) return learner.started ? { do: 'promote', member: learner.name } : undefined;
  const missing = founders(kernel).find((name) => !members.some(({ host }) => host === name));
  return missing === undefined ? undefined : { do: 'add', member: missing, learner: true };
}

/** What is not right with the group yet, as sentences. */
export function* wrongMembers({ kernel }: SimulatedCluster): Generator<string> {
  const { members = [] } = groupOf(kernel) ?? {};
  if (isChanging(kernel)) yield 'etcd is about to change its members';
  for (const member of members) {
    if (!member.started || member.learner) yield `member ${member.name} of etcd does not take part yet`;
    else if (!hasData(kernel, member)) yield `member ${member.name} of etcd has lost its data`;
  }
  for (const name of founders(kernel))
    if (!members.some(({ host }) => host === name)) yield `${name} has no member of etcd`;
}

function groupOf(kernel: Kernel): Group | undefined {
  const newest = newestRaft(kernel);
  if (newest === undefined) return undefined;
  const members = Object.values(newest.members);
  const voters = members.filter(({ learner }) => !learner);
  const lost = members.filter((member) => member.started && !hasData(kernel, member));
  const intact = voters.filter((member) => member.started && !lost.includes(member)).length;
  return { members, voters: voters.length, intact, lost };
}

/** What is known best of the group: by who runs, or by what lies on a disk. */
function newestRaft(kernel: Kernel): Raft | undefined {
  let newest: Raft | undefined;
  for (const raft of kept(kernel)) if (raft.applied > (newest?.applied ?? -1)) newest = raft;
  return newest;
}

function* kept(kernel: Kernel): Generator<Raft> {
  for (const host of kernel.machines.keys()) {
    const raft = raftOn(kernel, host);
    if (raft !== undefined) yield raft;
  }
}

const staysAsLeader = (kernel: Kernel, { host, name }: Member, { member }: EtcdCommand): boolean =>
  name !== member && raftOn(kernel, host)?.role === 'leader';

/** The Raft state of the member on a host, in memory or on its disk. */
function raftOn(kernel: Kernel, host: string): Raft | undefined {
  const process = kernel.state<EtcdState>(`etcd@${host}`);
  if (process !== undefined) return process.raft ?? undefined;
  return (kernel.machines.get(host)?.disks.etcd as EtcdDisk | undefined)?.raft ?? undefined;
}

const hasData = (kernel: Kernel, { id, host }: Member): boolean => raftOn(kernel, host)?.id === id;

/** There is no machine for it, or one with the data of a member that it was before. */
function cannotStart(kernel: Kernel, { id, host, started }: Member): boolean {
  if (started) return false;
  const raft = raftOn(kernel, host);
  return !kernel.machines.has(host) || (raft !== undefined && raft.id !== id);
}

/** A static pod, or a service of a hosted control plane. */
const isFounder = ({ manifests, agents, role }: MachineConfig): boolean =>
  manifests?.some(({ metadata }) => metadata.name.startsWith('etcd')) === true ||
  (role === 'outside' && agents?.some(({ component }) => component === 'etcd') === true);

const founders = (kernel: Kernel): string[] =>
  [...kernel.machines.values()].filter(({ config }) => isFounder(config as MachineConfig)).map(({ name }) => name);

/**
 * A member that was there from the beginning asks the others of the beginning for its group: they have to be in it. One
 * that was founded alone would found another group.
 */
function canComeBack(kernel: Kernel, { members, lost }: Group, host: string): boolean {
  const all = founders(kernel);
  const isThere = (name: string): boolean =>
    members.some((member) => member.host === name && member.started && !lost.includes(member));
  return !all.includes(host) || (all.length > 2 && all.every((name) => name === host || isThere(name)));
}

/** A change is under way: asked for, on its way, or written down and not applied. */
function isChanging(kernel: Kernel): boolean {
  for (const { error } of kernel.state<EtcdctlState>(ETCDCTL)?.commands.values() ?? [])
    if (error === undefined) return true;
  const members = newestRaft(kernel)?.members ?? {};
  for (const raft of kept(kernel)) {
    if (!(raft.id in members)) continue;
    for (let i = raft.applied + 1; i <= raft.log.last; i++)
      if ((raft.log.entries.get(String(i)) as Entry | undefined)?.command.type === 'conf') return true;
  }
  const held = [...(kernel.disturbances?.broken.values() ?? [])].flatMap((broken) => broken.held);
  return [...kernel.agenda.all(), ...held.map(({ message }) => message)].some(isChange);
}

const isChange = ({ body }: Message): boolean =>
  body.type.startsWith('member') ||
  body.type === 'forward' ||
  (body.type === 'raft' && JSON.stringify((body as { proposals?: unknown }).proposals ?? '').includes('"conf"'));
