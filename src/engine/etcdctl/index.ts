import type { EtcdCommand } from '../door.ts';
import type { EtcdError, MemberRequest, MemberResponse } from '../etcd/messages.ts';
import { defineTable, type Table } from '../kernel/table.ts';
import {
  type Address,
  type Body,
  type ComponentDefinition,
  type Effect,
  type Step,
  send,
  type TimerBody,
  timer,
} from '../kernel/types.ts';

/** Source: etcd-io/etcd etcdctl/ctlv3/ctl.go, --command-timeout */
const COMMAND_TIMEOUT_MS = 5_000;

/** How long a user lets the machine of a removed member run: it may lead, and has to tell the others. */
const OFF_AFTER_MS = 5_000;

/** The timer by whose end the user switches off the machine of a removed member. */
export const offKey = (member: string): string => `off/${member}`;

/** From the user: one request to a member of etcd. */
export interface EtcdctlCommand extends Body {
  readonly type: 'etcdctl';
  readonly command: EtcdCommand;
  readonly to: Address;
  readonly request: MemberRequest;
}

export interface EtcdctlState {
  /** Commands by the number of their request; `error` is empty when all went well, and absent while it is under way. */
  readonly commands: Table<{ readonly command: EtcdCommand; readonly error?: string }>;
}

const newCommandsTable = defineTable<{ command: EtcdCommand; error?: string }>('etcdctl/commands');

/** etcdctl on the user's own computer: changes who is in the group. */
const step: Step<EtcdctlState, Body> = (state, { body }) => {
  const done = (id: string, error: string): Effect[] => {
    const known = state.commands.get(id);
    if (known === undefined || known.error !== undefined) return [];
    state.commands.set(id, { ...known, error });
    const { do: what, member } = known.command;
    const isGone = what === 'remove' && error === '' && member !== undefined;
    return [{ effect: 'cancel', key: id }, ...(isGone ? [timer(offKey(member), OFF_AFTER_MS)] : [])];
  };
  switch (body.type) {
    case 'etcdctl': {
      const { command, to, request } = body as EtcdctlCommand;
      const { do: what, member } = command;
      const id = String(request.requestId);
      state.commands.set(id, { command });
      const stays: Effect[] = what === 'add' && member !== undefined ? [{ effect: 'cancel', key: offKey(member) }] : [];
      return [...stays, send(to, request), timer(id, COMMAND_TIMEOUT_MS)];
    }
    case 'memberResponse':
    case 'etcdError':
      return done(String(body.requestId), (body as MemberResponse | EtcdError).error ?? '');
    case 'connectionRefused':
      return done(String(body.requestId), 'connection refused');
    case 'timer':
      return done((body as TimerBody).key, 'context deadline exceeded');
    default:
      return [];
  }
};

export const definition: ComponentDefinition<EtcdctlState, never> = {
  component: 'etcdctl',
  inPlace: true,
  create: () => ({ commands: newCommandsTable() }),
  step,
};
