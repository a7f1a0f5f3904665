import type { EtcdCommand } from './door.ts';
import type { MemberRequest } from './etcd/messages.ts';
import type { EtcdDisk, EtcdState } from './etcd/state.ts';
import { type EtcdctlCommand, type EtcdctlState, offKey } from './etcdctl/index.ts';
import type { Kernel } from './kernel/kernel.ts';
import type { Address, Message, TimerBody } from './kernel/types.ts';
import type { MachineConfig } from './machine/messages.ts';
import { etcdMachine, LAPTOP } from './machines.ts';

const ETCDCTL = `etcdctl@${LAPTOP}`;

/** The command makes no sense: a plain sentence says why, and nothing has happened. */
export class GroupError extends Error {
  override name = 'GroupError';
}

/** Hands a command to etcdctl; gives what a user would have typed, and the message. Throws a `GroupError`. */
export function submitGroupChange(
  kernel: Kernel,
  id: number,
  command: EtcdCommand,
): { readonly text: string; readonly messageId: number } {
  const to = memberToAsk(kernel);
  if (to === undefined) throw new GroupError('no member of etcd runs that could be asked');
  const { request, text } = requestOf(kernel, id, command);
  if (!kernel.processes.has(ETCDCTL)) kernel.spawn('etcdctl', LAPTOP, {}, undefined, '');
  const order: EtcdctlCommand = { type: 'etcdctl', command: asked(command, request), to, request };
  return { text, messageId: kernel.submit(ETCDCTL, order).id };
}

const asked = (command: EtcdCommand, request: MemberRequest): EtcdCommand =>
  request.type === 'memberAdd' ? { ...command, member: request.name } : command;

/** The leader, or else whoever runs. */
function memberToAsk(kernel: Kernel): Address | undefined {
  let found: Address | undefined;
  for (const { component, address, state } of kernel.processes.values()) {
    const raft = component === 'etcd' ? (state as EtcdState).raft : null;
    if (raft === null) continue;
    if (raft.role === 'leader') return address;
    found ??= address;
  }
  return found;
}

function requestOf(kernel: Kernel, requestId: number, command: EtcdCommand): { request: MemberRequest; text: string } {
  const { do: what, member, learner } = command;
  if (what === 'add') {
    const name = member ?? freeName(kernel);
    if (!kernel.machines.has(name) && !/^kind-etcd\d*$/.test(name))
      throw new GroupError(`a new member needs a machine that is there, or a name like kind-etcd2: not ${name}`);
    if (name === LAPTOP) throw new GroupError(`${LAPTOP} is the user's own computer, which is no part of the cluster`);
    const request: MemberRequest = { type: 'memberAdd', requestId, name, host: name, ...(learner && { learner }) };
    return { request, text: `etcdctl member add ${name}${learner ? ' --learner' : ''}` };
  }
  if (member === undefined) throw new GroupError('which member is meant is missing');
  switch (what) {
    case 'promote':
      return { request: { type: 'memberPromote', requestId, member }, text: `etcdctl member promote ${member}` };
    case 'remove':
      return { request: { type: 'memberRemove', requestId, member }, text: `etcdctl member remove ${member}` };
    case 'lead':
      return { request: { type: 'moveLeader', requestId, to: member }, text: `etcdctl move-leader ${member}` };
    default:
      throw new GroupError(`etcd's members can be added, promoted, removed and made leader: not ${String(what)}`);
  }
}

function freeName(kernel: Kernel): string {
  for (let i = 1; ; i++) {
    const name = i === 1 ? 'kind-etcd' : `kind-etcd${i}`;
    if (!kernel.machines.has(name)) return name;
  }
}

/** What etcd said to a command, once; undefined while it is under way. An empty text: it is done. */
export function takeGroupAnswer(kernel: Kernel, id: number): string | undefined {
  const commands = kernel.state<EtcdctlState>(ETCDCTL)?.commands;
  const error = commands?.get(String(id))?.error;
  if (error !== undefined) commands?.delete(String(id));
  return error;
}

/**
 * What a user does once etcd has agreed: a machine for the new member is set up and switched on, or an old data
 * directory is deleted; a machine that was there for a removed member is switched off a little later.
 */
export function followGroupChange(kernel: Kernel, { to, body }: Message): void {
  if (to !== ETCDCTL) return;
  if (body.type === 'timer') {
    const { key } = body as TimerBody;
    const gone = [...kernel.machines.values()].find(({ name }) => key === offKey(name));
    if (gone !== undefined && isForEtcd(gone.config)) kernel.powerOff(gone.name);
    return;
  }
  if (body.type !== 'memberResponse' || (body as { error?: string }).error !== undefined) return;
  const command = kernel.state<EtcdctlState>(ETCDCTL)?.commands.get(String(body.requestId))?.command;
  if (command?.do !== 'add' || command.member === undefined) return;
  const { member } = command;
  const machine = kernel.machines.get(member);
  if (machine === undefined) kernel.addMachine(member, etcdMachine(kernel, member, hostsOf(kernel)));
  else if (!kernel.processes.has(`etcd@${member}`)) delete machine.disks.etcd;
  if (machine === undefined || isForEtcd(machine.config)) kernel.powerOn(member);
}

const isForEtcd = (config: unknown): boolean => (config as MachineConfig).role === 'etcd';

/** Where the members are, as the one with the longest log knows them, whether it runs just now or not. */
function hostsOf(kernel: Kernel): string[] {
  let newest: EtcdState['raft'] | undefined;
  for (const { name, disks } of kernel.machines.values()) {
    const process = kernel.state<EtcdState>(`etcd@${name}`);
    const { raft } = process ?? ((disks.etcd ?? {}) as Partial<EtcdDisk>);
    if (raft && raft.applied > (newest?.applied ?? -1)) newest = raft;
  }
  return Object.values(newest?.members ?? {}).map(({ host }) => host);
}
