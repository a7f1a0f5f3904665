import { definition as etcd } from '../etcd/index.ts';
import type { EtcdReply, EtcdRequest, MemberRequest } from '../etcd/messages.ts';
import type { EtcdState } from '../etcd/state.ts';
import { type Definitions, Kernel } from '../kernel/kernel.ts';
import type { Address, Body, ComponentDefinition, ConnectionRefusedBody } from '../kernel/types.ts';

const CLIENT_HOST = 'client';
const CLIENT = `client@${CLIENT_HOST}`;

/** What the client of a test has asked and been told. */
export interface Asked {
  readonly requestId: number;
  readonly at: number;
  readonly request: Body;
  answer?: EtcdReply | ConnectionRefusedBody;
  answeredAt?: number;
  /** Everything that a watch has brought. */
  readonly heard: EtcdReply[];
}

interface AskBody extends Body {
  readonly type: 'ask';
  readonly to: Address;
  readonly request: Body;
}

export interface GroupOptions {
  readonly size: number;
  readonly seed?: number;
  readonly catchUpEntries?: number;
  /** Stands in for etcd: a mutation of it. */
  readonly definition?: ComponentDefinition;
}

/** A bare group of etcd members, etcd-1 to etcd-N, each on a machine of its own, and one client that asks what a test wants. */
export class EtcdGroup {
  readonly kernel: Kernel;
  readonly definitions: Definitions;
  readonly asked: Asked[] = [];
  readonly names: string[] = [];
  private readonly options: GroupOptions;

  constructor(options: GroupOptions) {
    this.options = options;
    const machine: ComponentDefinition = { component: 'machine', create: () => ({}), step: () => [] };
    const client: ComponentDefinition = {
      component: 'client',
      create: () => ({}),
      step: (_state, message) => this.listen(message.body),
    };
    this.definitions = { etcd: options.definition ?? etcd, machine, client } as unknown as Definitions;
    this.kernel = new Kernel(this.definitions, options.seed ?? 1, 0);
    this.power(CLIENT_HOST);
    this.kernel.spawn('client', CLIENT_HOST, {}, undefined, '');
    for (let i = 1; i <= options.size; i++) this.names.push(`etcd-${i}`);
    for (const name of this.names) this.start(name);
  }

  private power(host: string): void {
    this.kernel.addMachine(host, {});
    this.kernel.powerOn(host);
  }

  get now(): number {
    return this.kernel.now;
  }

  /** Starts a member's process, on its disk if it has one; a new name founds nothing and looks for its group. */
  start(name: string): void {
    if (!this.kernel.machines.has(name)) this.power(name);
    const founders = this.names.slice(0, this.options.size);
    const peers = (founders.includes(name) ? founders : [...founders, name]).map((one) => ({ name: one, host: one }));
    const { catchUpEntries } = this.options;
    this.kernel.spawn('etcd', name, { name, peers, ...(catchUpEntries && { catchUpEntries }) }, undefined, '');
    if (!this.names.includes(name)) this.names.push(name);
  }

  crash(name: string): void {
    if (this.isRunning(name)) this.kernel.kill(`etcd@${name}`, 137);
  }

  /** A member that does not run loses its data. */
  loseDisk(name: string): void {
    delete this.kernel.machine(name).disks.etcd;
  }

  isRunning(name: string): boolean {
    return this.kernel.processes.has(`etcd@${name}`);
  }

  state(name: string): EtcdState {
    return this.kernel.state<EtcdState>(`etcd@${name}`) as EtcdState;
  }

  advance(ms: number): void {
    this.kernel.advanceTo(this.kernel.now + ms);
  }

  /** Lets time pass until the condition holds; false: it did not by then. */
  until(condition: () => boolean, maxMs = 30_000): boolean {
    const end = this.now + maxMs;
    while (!condition()) {
      if ((this.kernel.agenda.next()?.dueAt ?? end + 1) > end) return false;
      this.kernel.deliverNext();
    }
    return true;
  }

  /** Name of the running member that leads in the newest term; undefined while there is none. */
  leader(): string | undefined {
    let found: string | undefined;
    let term = -1;
    for (const name of this.names) {
      const raft = this.isRunning(name) ? this.state(name).raft : null;
      if (raft?.role !== 'leader' || raft.term <= term) continue;
      term = raft.term;
      found = name;
    }
    return found;
  }

  /** The leader, once there is one. */
  elect(): string {
    if (!this.until(() => this.leader() !== undefined)) throw new Error('no leader');
    return this.leader() as string;
  }

  ask(to: string, request: Omit<EtcdRequest | MemberRequest, 'requestId'> & { readonly type: string }): Asked {
    const requestId = this.asked.length + 1;
    const asked: Asked = { requestId, at: this.now, request: { ...request, requestId }, heard: [] };
    this.asked.push(asked);
    this.kernel.submit(CLIENT, { type: 'ask', to: `etcd@${to}`, request: asked.request } as AskBody);
    return asked;
  }

  put(to: string, key: string, value: unknown): Asked {
    const object = { kind: 'Value', apiVersion: 'v1', metadata: { name: key }, value };
    const success = [{ op: 'put', key: `/registry/values/${key}`, value: object }];
    return this.ask(to, { type: 'txn', compare: [], success, failure: [] } as never);
  }

  get(to: string, key: string): Asked {
    return this.ask(to, { type: 'range', key: `/registry/values/${key}` } as never);
  }

  private listen(body: Body): { effect: 'send'; to: Address; body: Body }[] {
    if (body.type === 'ask') {
      const { to, request } = body as AskBody;
      return [{ effect: 'send', to, body: request }];
    }
    const asked = this.asked[(body.requestId ?? 0) - 1];
    if (asked === undefined) return [];
    asked.answer ??= body as EtcdReply;
    asked.answeredAt ??= this.now;
    asked.heard.push(body as EtcdReply);
    return [];
  }
}

/** A group of so many that has had a leader for a second. */
export function settled(size: number, seed = 1): { group: EtcdGroup; leader: string; others: string[] } {
  const group = new EtcdGroup({ size, seed });
  const leader = group.elect();
  group.advance(1000);
  return { group, leader, others: group.names.filter((name) => name !== leader) };
}

/** What an answer complains of; undefined when there is none, or nothing wrong. */
export const errorOf = ({ answer }: Asked): string | undefined => (answer as { error?: string } | undefined)?.error;
