import type { EtcdState } from '../../etcd/state.ts';
import type { SimulatedCluster } from '../../index.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { hostOf, type Message } from '../../kernel/types.ts';
import { RaftInvariants } from '../raft-invariants.ts';
import { ApiCalls } from './api-calls.ts';
import { EtcdCalls } from './etcd-calls.ts';
import { History } from './history.ts';
import { Nodes } from './nodes.ts';
import { Objects } from './objects.ts';
import { fail } from './violation.ts';
import { Watches } from './watches.ts';

/** A small cluster that does more than so much goes round in circles. */
const MOST_A_MS = 20;
const BURST = 200_000;

/**
 * Everything that must hold after every message. It looks only at what the message can have changed. Attach it to a
 * cluster that is at rest or to one from a snapshot: what happened before is taken as given.
 */
export class Checker {
  readonly history: History;
  private readonly kernel: Kernel;
  private readonly raft: RaftInvariants;
  /** What is looked at, by the type of the message; most are of no interest. */
  private readonly looks: ReadonlyMap<string, (message: Message) => void>;
  private time: number;
  private readonly since: number;
  private messages = 0;

  constructor(cluster: SimulatedCluster) {
    const { kernel } = cluster;
    this.kernel = kernel;
    this.time = cluster.now;
    this.since = cluster.now;
    const objects = new Objects(cluster);
    this.history = new History(kernel, (event) => objects.committed(event, cluster.now));
    this.looks = looksOf(
      new EtcdCalls(this.history),
      new ApiCalls(this.history),
      new Watches(kernel, this.history),
      new Nodes(kernel, objects),
    );
    this.raft = new RaftInvariants(kernel);
    this.raft.checkAll();
    const { tap } = kernel;
    kernel.tap = (message) => {
      tap?.(message);
      this.check(message);
    };
  }

  private check(message: Message): void {
    const { body, to } = message;
    if (message.dueAt < this.time) fail('time never goes back', `${message.dueAt} after ${this.time}`);
    if (message.dueAt < message.sentAt) fail('nothing arrives before it was sent', body.type);
    this.time = message.dueAt;
    if (++this.messages > BURST + MOST_A_MS * (message.dueAt - this.since))
      fail('a cluster is not that busy', body.type);
    if (to.startsWith('etcd@')) this.checkMember(message);
    const look = this.looks.get(body.type);
    // Nobody was there to take some of them.
    if (look !== undefined && this.kernel.processes.has(to)) look(message);
  }

  private checkMember({ to, body }: Message): void {
    const state = this.kernel.state<EtcdState>(to);
    if (state === undefined) return;
    if (body.type === 'start') this.history.restarted(to);
    this.history.follow(to, state);
    if (state.raft !== null) this.raft.look(state.raft, state);
  }
}

function looksOf(
  etcd: EtcdCalls,
  api: ApiCalls,
  watches: Watches,
  nodes: Nodes,
): ReadonlyMap<string, (message: Message) => void> {
  const called = (message: Message): void => nodes.called(message);
  return new Map([
    ['txn', (message) => etcd.asked(message)],
    ['range', (message) => etcd.asked(message)],
    ['txnResponse', (message) => etcd.answered(message)],
    ['rangeResponse', (message) => etcd.answered(message)],
    [
      'apiRequest',
      (message) => {
        api.asked(message);
        watches.opened(message);
      },
    ],
    ['apiResponse', (message) => api.answered(message)],
    ['watchEvents', (message) => watches.told(message)],
    ['runPodSandbox', called],
    ['cniAdd', called],
    ['cniResult', called],
    ['cniDel', called],
    [
      'start',
      ({ to }) => {
        watches.forget(to);
        if (to.startsWith('machine@')) nodes.booted(hostOf(to));
      },
    ],
  ]);
}
