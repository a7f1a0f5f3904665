import type { EtcdReply } from '../etcd/messages.ts';
import { draw, type Stream } from '../kernel/random.ts';
import type { ComponentDefinition } from '../kernel/types.ts';
import { type Asked, EtcdGroup } from './etcd-group.ts';
import { isLinearizable, type Operation } from './linearizable.ts';
import { RaftInvariants } from './raft-invariants.ts';

const KEYS = ['a', 'b', 'c'];
const CLIENTS = 4;
/** Longer than etcd itself waits: what has no answer by then has none. */
const GIVE_UP_MS = 9_000;
const SETTLE_MS = 60_000;
const RESTART_MS = 5_000;

export interface Play {
  readonly seed: number;
  /** Virtual time in which things break. */
  readonly ms: number;
  readonly size?: number;
  /** Stands in for etcd: a mutation of it. */
  readonly definition?: ComponentDefinition;
}

interface Pending {
  readonly asked: Asked;
  readonly key: string;
  readonly value: number | undefined;
}

/**
 * A group of etcd members, clients that read and write through all of them, and everything breaking at random: members
 * crash and come back, wires are cut, slow and lossy, disks are slow, members are added, removed and lose their disks,
 * leadership moves. The rules of Raft are checked after every message; at the end all is healed, the members have to
 * agree, and the history of each key has to be linearizable. Throws a sentence with the seed.
 */
export function playRaft(play: Play): { elections: number; operations: number; messages: number } {
  try {
    return new RaftPlay(play).play();
  } catch (error) {
    throw new Error(`seed ${play.seed}: ${(error as Error).message}`);
  }
}

class RaftPlay {
  private readonly group: EtcdGroup;
  private readonly invariants: RaftInvariants;
  private readonly ms: number;
  private readonly random: Stream;
  private readonly history: Record<string, Operation[]> = {};
  private readonly clients: (Pending | undefined)[] = new Array(CLIENTS);
  private readonly disturbed: string[] = [];
  private nextValue = 1;
  private nextName: number;
  private operations = 0;
  private hasLostDisk = false;

  constructor({ seed, ms, size, definition }: Play) {
    this.random = { position: seed * 7919 };
    const members = size ?? 1 + this.dice(5);
    this.nextName = members + 1;
    this.ms = ms;
    this.group = new EtcdGroup({
      size: members,
      seed,
      catchUpEntries: 5 + this.dice(200),
      ...(definition && { definition }),
    });
    this.invariants = new RaftInvariants(this.group.kernel);
    this.group.kernel.tap = (message) => this.invariants.check(message);
  }

  play(): { elections: number; operations: number; messages: number } {
    const { group } = this;
    const end = group.now + this.ms;
    while (group.now < end) {
      if (this.dice(8) === 0) this.breakSomething();
      for (let client = 0; client < CLIENTS; client++) this.operate(client);
      group.advance(20 + this.dice(200));
    }
    this.healAll();
    this.mustAgree();
    for (const [key, history] of Object.entries(this.history)) {
      if (!isLinearizable(history))
        throw new Error(`what clients saw of ${key} has no order: ${JSON.stringify(history)}`);
    }
    const leader = group.leader() as string;
    const elections = (group.state(leader).raft?.term ?? 0) - 1;
    return { elections, operations: this.operations, messages: group.kernel.delivered };
  }

  private dice(sides: number): number {
    return Math.floor(draw(this.random) * sides);
  }

  private any<T>(from: readonly T[]): T | undefined {
    return from[this.dice(from.length)];
  }

  // --- clients ----------------------------------------------------------------------------------------------------

  private operate(client: number): void {
    const { group } = this;
    const pending = this.clients[client];
    if (pending !== undefined) {
      const isOver = pending.asked.answer !== undefined || group.now - pending.asked.at > GIVE_UP_MS;
      if (!isOver) return;
      this.clients[client] = undefined;
      this.note(pending);
    }
    const to = this.any(group.names) as string;
    const key = this.any(KEYS) as string;
    if (!group.isRunning(to) || this.dice(3) === 0) return;
    const value = this.dice(2) === 0 ? this.nextValue++ : undefined;
    this.clients[client] = { asked: value === undefined ? group.get(to, key) : group.put(to, key, value), key, value };
  }

  private note({ asked, key, value }: Pending): void {
    const answer = asked.answer as EtcdReply | undefined;
    this.history[key] ??= [];
    const history = this.history[key];
    const from = asked.at;
    const isAnswered = answer?.type === 'txnResponse' || answer?.type === 'rangeResponse';
    const to = isAnswered ? (asked.answeredAt as number) : Infinity;
    this.operations++;
    if (value !== undefined) history.push({ kind: 'write', value, from, to });
    else if (answer?.type === 'rangeResponse') {
      const found = answer.kvs[0]?.value as unknown as { value: number } | undefined;
      history.push({ kind: 'read', value: found?.value, from, to });
    }
  }

  // --- faults -----------------------------------------------------------------------------------------------------

  private breakSomething(): void {
    const { group } = this;
    const { kernel, names } = group;
    const name = this.any(names) as string;
    const leader = group.leader();
    const some = names.filter(() => this.dice(2) === 0);
    const disturb = (what: Parameters<typeof kernel.disturb>[1]): void => {
      const id = `d${kernel.nextMessageId}`;
      kernel.disturb(id, what);
      this.disturbed.push(id);
    };
    switch (this.dice(12)) {
      case 0:
        group.crash(leader ?? name);
        break;
      case 1:
        group.crash(name);
        break;
      case 2:
      case 3:
        if (!group.isRunning(name)) group.start(name);
        break;
      case 4:
        // Sometimes the clients are on one side, sometimes they reach both.
        disturb({
          kind: 'cut',
          a: this.dice(2) === 0 ? some : [leader ?? name],
          b: this.dice(3) === 0 ? ['*'] : names,
          oneWay: this.dice(3) === 0,
        });
        break;
      case 5:
        disturb({ kind: 'drop', a: [name], b: ['*'], rate: 0.1 + this.dice(8) / 10 });
        break;
      case 6:
        disturb({ kind: 'latency', a: [name], b: ['*'], ms: this.dice(400), jitterMs: this.dice(300) });
        break;
      case 7:
        this.setDisk(name, [null, 20, 200, 900][this.dice(4)] ?? null);
        break;
      case 8:
      case 9:
        for (const id of this.disturbed.splice(this.dice(this.disturbed.length), 1)) kernel.undisturb(id);
        break;
      case 10:
        this.changeMembers(leader ?? name, name);
        break;
      default:
        if (group.isRunning(leader ?? name)) group.ask(leader ?? name, { type: 'moveLeader', to: name } as never);
        else this.replace(name);
    }
  }

  private setDisk(name: string, fsyncMs: number | null): void {
    const { group } = this;
    if (group.isRunning(name)) group.kernel.submit(`etcd@${name}`, { type: 'faultDisk', fsyncMs } as never);
  }

  private changeMembers(at: string, name: string): void {
    const { group } = this;
    if (!group.isRunning(at)) return;
    switch (this.dice(3)) {
      case 0: {
        if (group.names.length > 6) return;
        const fresh = `etcd-${this.nextName++}`;
        group.ask(at, { type: 'memberAdd', name: fresh, host: fresh, learner: this.dice(2) === 0 } as never);
        group.advance(500);
        group.start(fresh);
        break;
      }
      case 1: {
        const learner = Object.values(group.state(at).raft?.members ?? {}).find((member) => member.learner);
        if (learner) group.ask(at, { type: 'memberPromote', member: learner.name } as never);
        break;
      }
      default:
        group.ask(at, { type: 'memberRemove', member: name } as never);
    }
  }

  /** A member that is down loses its disk and is removed: once, and where the others are a majority without it. */
  private replace(name: string): void {
    const { group } = this;
    const leader = group.leader();
    if (leader === undefined || group.isRunning(name) || this.hasLostDisk) return;
    const { raft } = group.state(leader);
    if ((raft?.voters.length ?? 0) < 3) return;
    this.hasLostDisk = true;
    group.loseDisk(name);
    group.ask(leader, { type: 'memberRemove', member: name } as never);
  }

  // --- the end ----------------------------------------------------------------------------------------------------

  private healAll(): void {
    const { group } = this;
    for (const id of this.disturbed) group.kernel.undisturb(id);
    for (const name of group.names) this.setDisk(name, null);
    // The connections may wait for their next retransmission, and with them what was asked long ago; who ends by itself
    // is started again, as a kubelet does.
    for (let i = 0; i < SETTLE_MS; i += RESTART_MS) {
      for (const name of group.names) if (!group.isRunning(name)) group.start(name);
      group.advance(RESTART_MS);
    }
    for (let client = 0; client < CLIENTS; client++) {
      const pending = this.clients[client];
      if (pending !== undefined) this.note(pending);
    }
  }

  private mustAgree(): void {
    const { group } = this;
    const leader = group.leader();
    if (leader === undefined) throw new Error('there is no leader a minute after everything was healed');
    const written = KEYS.map((key) => ({ key, asked: group.put(leader, key, this.nextValue++) }));
    group.advance(3_000);
    for (const { asked } of written) {
      if (asked.answer?.type !== 'txnResponse') throw new Error('a healed group does not take a write');
    }
    const { raft, store } = group.state(leader);
    for (const { name } of Object.values(raft?.members ?? {})) {
      if (!group.isRunning(name)) continue;
      const other = group.state(name);
      const same = other.raft?.applied === raft?.applied && other.store.revision === store.revision;
      const values = [...store.keys.entries()].every(
        ([key, kv]) => other.store.keys.get(key)?.modRevision === kv.modRevision,
      );
      if (!same || !values) throw new Error(`${name} has not caught up with ${leader}`);
    }
  }
}
