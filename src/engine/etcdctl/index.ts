import type { EtcdCommand } from '../door.ts';
import type { EtcdError, MemberRequest, MemberResponse } from '../etcd/messages.ts';
import { defineTable, type Table } from '../kernel/table.ts';
import { type Address, type Body, type ComponentDefinition, type Step, send, timer } from '../kernel/types.ts';

/** Source: etcd-io/etcd etcdctl/ctlv3/ctl.go, --command-timeout */
const COMMAND_TIMEOUT_MS = 5_000;

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
  const done = (id: number | string, error: string): void => {
    const known = state.commands.get(String(id));
    if (known !== undefined && known.error === undefined) state.commands.set(String(id), { ...known, error });
  };
  switch (body.type) {
    case 'etcdctl': {
      const { command, to, request } = body as EtcdctlCommand;
      state.commands.set(String(request.requestId), { command });
      return [send(to, request), timer(String(request.requestId), COMMAND_TIMEOUT_MS)];
    }
    case 'memberResponse':
    case 'etcdError':
      done(body.requestId as number, (body as MemberResponse | EtcdError).error ?? '');
      return [{ effect: 'cancel', key: String(body.requestId) }];
    case 'connectionRefused':
      done(body.requestId as number, 'connection refused');
      return [{ effect: 'cancel', key: String(body.requestId) }];
    case 'timer':
      done((body as unknown as { key: string }).key, 'context deadline exceeded');
      return [];
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
