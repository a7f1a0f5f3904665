import { newClient } from '../client/client.ts';
import { newRecorder, type Recorder } from '../client/events.ts';
import { type ElectionState, newElection } from '../client/leader-election.ts';
import { type Limiter, newLimiter } from '../client/limiter.ts';
import type { Answer } from '../client/messages.ts';
import type { ClientState } from '../client/state.ts';
import { newWorkqueue, type Workqueue } from '../client/workqueue.ts';
import { defineSnapshotClass } from '../kernel/snapshot-class.ts';
import { defineTable, type Table } from '../kernel/table.ts';
import type { ControllerManagerConfig, Progress } from './controller.ts';
import { sharedInformers } from './informers.ts';
import { controllers } from './registry.ts';

/** A sync whose calls are under way. */
export interface Round {
  readonly waiting: number;
  readonly answers: readonly (Answer | null)[];
  readonly methods: readonly string[];
  readonly progress?: Progress;
}

export interface ControllerState {
  readonly queue: Workqueue;
  readonly rounds: Table<Round>;
  readonly limiter: Limiter;
  readonly recorder: Recorder;
  /** The controller's own state. */
  readonly own: object;
  /** For the inspector. */
  lastSync: { key: string; at: number; asked: number } | null;
  syncs: number;
}

/**
 * All that the process knows. A class, so that immer leaves it alone: it is looked at with every message of a large
 * cluster, and drafts of so many parts would cost more than the work itself. It is changed in place.
 */
export class ControllerManager {
  readonly config: ControllerManagerConfig;
  readonly client: ClientState;
  readonly election: ElectionState;
  readonly controllers: Record<string, ControllerState>;
  running: boolean;

  constructor(known: ManagerDump) {
    this.config = known.config;
    this.client = known.client;
    this.election = known.election;
    this.controllers = known.controllers;
    this.running = known.running;
  }
}

type ManagerDump = Pick<ControllerManager, 'config' | 'client' | 'election' | 'controllers' | 'running'>;

defineSnapshotClass<ControllerManager, ManagerDump>(
  'controllers/manager',
  ControllerManager,
  ({ config, client, election, controllers, running }) => ({ config, client, election, controllers, running }),
  (dump) => new ControllerManager(dump),
);

export interface ControllerManagerState {
  readonly manager: ControllerManager;
}

const newRoundTable = defineTable<Round>('controllers/rounds');

/** Client limits of the process: 20 queries/s, burst 30, per controller's own client (pkg/controller/apis/config/v1alpha1). */
const QPS = 20;
const BURST = 30;

export function createControllerManager(config: ControllerManagerConfig): ControllerManagerState {
  const states: Record<string, ControllerState> = {};
  for (const controller of controllers) {
    if (config.disabled?.includes(controller.name)) continue;
    states[controller.name] = {
      queue: newWorkqueue(controller.name),
      rounds: newRoundTable(),
      limiter: newLimiter(controller.limits?.qps ?? QPS, controller.limits?.burst ?? BURST),
      recorder: newRecorder(controller.eventSource ?? controller.name),
      own: controller.create(),
      lastSync: null,
      syncs: 0,
    };
  }
  const manager = new ControllerManager({
    config,
    client: newClient(config.server, 'system:kube-controller-manager', 'kube-controller-manager', sharedInformers),
    election: newElection('kube-controller-manager', config.identity),
    controllers: states,
    running: false,
  });
  return { manager };
}
