import type { EtcdState } from '../../etcd/state.ts';
import type { SimulatedCluster } from '../../index.ts';
import { componentOf, hostOf, type Message } from '../../kernel/types.ts';
import { RaftInvariants } from '../raft-invariants.ts';
import { ApiCalls } from './api-calls.ts';
import { EtcdCalls } from './etcd-calls.ts';
import { History } from './history.ts';
import { Nodes } from './nodes.ts';
import { Objects } from './objects.ts';
import { must } from './violation.ts';
import { Watches } from './watches.ts';

/**
 * Everything that must hold after every message. It looks only at what the message can have changed. Attach it to a
 * cluster that is at rest or to one from a snapshot: what happened before is taken as given.
 */
export class Checker {
  readonly history: History;
  private readonly cluster: SimulatedCluster;
  private readonly objects: Objects;
  private readonly etcdCalls: EtcdCalls;
  private readonly apiCalls: ApiCalls;
  private readonly watches: Watches;
  private readonly nodes: Nodes;
  private readonly raft: RaftInvariants;
  private time: number;

  constructor(cluster: SimulatedCluster) {
    this.cluster = cluster;
    this.time = cluster.now;
    this.objects = new Objects(cluster);
    this.history = new History(cluster.kernel, (event) => this.objects.committed(event, cluster.now));
    this.etcdCalls = new EtcdCalls(this.history);
    this.apiCalls = new ApiCalls(this.history);
    this.watches = new Watches(cluster.kernel, this.history);
    this.nodes = new Nodes(cluster.kernel, this.objects);
    this.raft = new RaftInvariants(cluster.kernel);
    this.raft.checkAll();
    const { tap } = cluster.kernel;
    cluster.kernel.tap = (message) => {
      tap?.(message);
      this.check(message);
    };
  }

  private check(message: Message): void {
    const { body, to } = message;
    must(message.dueAt >= this.time, 'time never goes back', `${message.dueAt} after ${this.time}`);
    must(message.dueAt >= message.sentAt, 'nothing arrives before it was sent', body.type);
    this.time = message.dueAt;
    // Nobody was there to take it.
    if (!this.cluster.kernel.processes.has(to)) return;
    const component = componentOf(to);
    if (component === 'etcd') {
      const state = this.cluster.kernel.state<EtcdState>(to);
      if (body.type === 'start') this.history.restarted(to);
      if (state !== undefined) this.history.follow(to, state);
      this.raft.check(message);
    }
    switch (body.type) {
      case 'txn':
      case 'range':
        this.etcdCalls.asked(message);
        return;
      case 'txnResponse':
      case 'rangeResponse':
        this.etcdCalls.answered(message);
        return;
      case 'apiRequest':
        this.apiCalls.asked(message);
        this.watches.opened(message);
        return;
      case 'apiResponse':
        this.apiCalls.answered(message);
        return;
      case 'watchEvents':
        this.watches.told(message);
        return;
      case 'runPodSandbox':
      case 'cniAdd':
      case 'cniResult':
      case 'cniDel':
        this.nodes.called(message);
        return;
      case 'start':
        this.watches.forget(to);
        if (component === 'machine') this.nodes.booted(hostOf(to));
    }
  }
}
