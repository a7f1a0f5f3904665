import type { KubernetesObject } from '../api/object.ts';
import { newClient } from '../client/client.ts';
import type { Call } from '../client/messages.ts';
import type { ClientState } from '../client/state.ts';
import { defineTable, type Table } from '../kernel/table.ts';
import type { Address, Body } from '../kernel/types.ts';

/** `kubectl apply` of these objects, in order. */
export interface ApplyCommand extends Body {
  readonly type: 'apply';
  readonly id: number;
  readonly objects: readonly KubernetesObject[];
  readonly namespace: string;
}

/** One REST call, as `kubectl --raw` or curl. */
export interface RawCommand extends Body {
  readonly type: 'raw';
  readonly id: number;
  readonly call: Call;
}

export interface Outcome {
  readonly verb: 'created' | 'configured' | 'unchanged' | 'failed';
  readonly object?: KubernetesObject;
  /** The `Status` that said no, or one made of a connection error. */
  readonly status?: object;
  readonly warnings?: readonly string[];
}

export interface RawOutcome {
  readonly status: number;
  readonly body: unknown;
  readonly warnings?: readonly string[];
}

/** A command that is being carried out. */
export interface Running {
  readonly id: number;
  readonly command: ApplyCommand;
  readonly outcomes: readonly Outcome[];
}

export interface KubectlState {
  readonly client: ClientState;
  readonly running: Table<Running>;
  /** Results until somebody takes them. */
  readonly applied: Table<readonly Outcome[]>;
  readonly answered: Table<RawOutcome>;
}

export interface KubectlConfig {
  readonly server: Address;
}

const newRunningTable = defineTable<Running>('kubectl/running');
const newAppliedTable = defineTable<readonly Outcome[]>('kubectl/applied');
const newAnsweredTable = defineTable<RawOutcome>('kubectl/answered');

export function createKubectl({ server }: KubectlConfig): KubectlState {
  return {
    client: { ...newClient(server, 'kubernetes-admin', 'kubectl'), close: true },
    running: newRunningTable(),
    applied: newAppliedTable(),
    answered: newAnsweredTable(),
  };
}
