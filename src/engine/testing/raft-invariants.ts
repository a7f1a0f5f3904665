import { slice, termAt } from '../etcd/raft/log.ts';
import type { Entry, Members, Raft } from '../etcd/raft/state.ts';
import type { EtcdDisk, EtcdState } from '../etcd/state.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Message } from '../kernel/types.ts';

/** What was last seen of one member. */
interface Seen {
  raft: Raft | null;
  hardTerm: number;
  hardVote: string;
  commit: number;
  applied: number;
  stable: number;
  role: string;
  term: number;
  /** Terms of the entries behind `applied`. */
  tail: readonly number[];
  members: Members;
}

interface Known {
  readonly term: number;
  readonly what: string;
}

/**
 * The rules of Raft, looked at from outside after every message to a member of etcd: who can see all members at once
 * sees at once when one is broken. Costs what the message changed. `check` throws a sentence.
 */
export class RaftInvariants {
  private readonly kernel: Kernel;
  private readonly seen = new Map<string, Seen>();
  private readonly leaders = new Map<number, string>();
  /** Every entry that ever was, by index and term. */
  private readonly entries = new Map<string, { readonly what: string; readonly before: number }>();
  /** The log as it was committed, by index. */
  private readonly committed: (Known | undefined)[] = [];
  /** Revision and number of keys after each index. */
  private readonly results = new Map<number, string>();
  newest = 0;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** To be called after the message has been delivered. */
  check({ to }: Message): void {
    if (!to.startsWith('etcd@')) return;
    const state = this.kernel.state<EtcdState>(to);
    if (state?.raft) this.look(state.raft, state);
  }

  /** Looks at all running members, as after a restored snapshot. */
  checkAll(): void {
    for (const { component, state } of this.kernel.processes.values()) {
      const { raft } = state as EtcdState;
      if (component === 'etcd' && raft !== null) this.look(raft, state as EtcdState);
    }
  }

  /** What a message to it has made of a member. */
  look(raft: Raft, state: EtcdState): void {
    const { id, term, log } = raft;
    const last = this.seen.get(id) ?? this.first(id);
    if (last.raft !== raft) {
      // It has started anew: what it had in memory only is gone.
      last.raft = raft;
      last.commit = raft.applied;
      last.term = raft.hardTerm;
      last.role = '';
    }
    const { hardTerm, hardVote, commit, applied, stable, role } = raft;
    if (applied > commit || commit > log.last) this.fail(raft, 'only what is in the log is committed and applied');
    if (applied > stable || stable > log.last) this.fail(raft, 'only what is on disk is applied');
    if (hardTerm < last.hardTerm || term < last.term) this.fail(raft, 'terms grow');
    if (hardTerm === last.hardTerm && last.hardVote !== '' && hardVote !== last.hardVote)
      this.fail(raft, 'it votes once a term');
    if (commit < last.commit || applied < last.applied) this.fail(raft, 'what is committed and applied stays so');
    this.lookAtTail(raft, last);
    if (commit > last.commit) this.lookAtCommit(raft, last);
    if (role === 'leader' && (last.role !== 'leader' || last.term !== term)) this.lookAtLeader(raft);
    if (applied > last.applied) {
      const result = `${state.store.revision}/${state.store.keys.size}`;
      const known = this.results.get(applied);
      if (known !== undefined && known !== result)
        this.fail(raft, `${result} is the state after index ${applied}, as elsewhere`);
      this.results.set(applied, result);
    }
    last.tail = log.last > applied ? slice(log, applied + 1, log.last).map((entry) => entry.term) : NO_TAIL;
    last.hardTerm = hardTerm;
    last.hardVote = hardVote;
    last.commit = commit;
    last.applied = applied;
    last.stable = stable;
    last.role = role;
    last.term = term;
    last.members = raft.members;
  }

  private fail({ id, term }: Raft, what: string): never {
    throw new Error(`at ${this.kernel.now} ms, at ${id} in term ${term}, it does not hold that ${what}`);
  }

  private first(id: string): Seen {
    const seen: Seen = {
      raft: null,
      hardTerm: 0,
      hardVote: '',
      commit: 0,
      applied: 0,
      stable: 0,
      role: '',
      term: 0,
      tail: NO_TAIL,
      members: {},
    };
    this.seen.set(id, seen);
    return seen;
  }

  /** Log matching: an entry is known by index and term, and so is the one before it. Source: the Raft paper, 5.3 */
  private lookAtTail(raft: Raft, last: Seen): void {
    const { log } = raft;
    for (let i = Math.max(last.applied + 1, log.first); i <= log.last; i++) {
      const entry = log.entries.get(String(i)) as Entry | undefined;
      if (entry?.index !== i) this.fail(raft, `entry ${i} is in its place`);
      if (last.tail[i - last.applied - 1] === entry.term) continue;
      const before = termAt(log, i - 1) ?? 0;
      const key = `${i}/${entry.term}`;
      const known = this.entries.get(key);
      const what = whatIs(entry);
      if (known === undefined) this.entries.set(key, { what, before });
      else if (known.what !== what || known.before !== before)
        this.fail(raft, `logs that agree on ${key} agree before`);
    }
  }

  /** State machine safety, and the rule of the majority by counting. */
  private lookAtCommit(raft: Raft, last: Seen): void {
    const { log, commit } = raft;
    for (let i = Math.max(last.commit + 1, log.first); i <= commit; i++) {
      const entry = log.entries.get(String(i)) as Entry;
      const known = this.committed[i];
      const what = whatIs(entry);
      if (known !== undefined && (known.term !== entry.term || known.what !== what))
        this.fail(raft, `entry ${i} was committed as it is here`);
      this.committed[i] = { term: entry.term, what };
    }
    this.newest = Math.max(this.newest, commit);
    if (raft.role !== 'leader') return;
    const term = termAt(log, commit);
    if (term !== raft.term) this.fail(raft, 'a leader counts for entries of its own term only');
    // A change of membership counts from when it is applied: what committed it was the group before.
    const has = [last.members, raft.members].some((members) => this.hasMajority(members, commit, raft.term));
    if (!has) this.fail(raft, `a majority has entry ${commit} on disk when it is committed`);
  }

  private hasMajority(members: Members, index: number, term: number): boolean {
    const voters = Object.values(members).filter(({ learner }) => !learner);
    const have = voters.filter(({ id }) => {
      const other = this.raftOf(id, members);
      // What it had said that it has may be on its way still when it loses its data; it will not vote any more.
      if (other === undefined) return (this.seen.get(id)?.stable ?? 0) >= index;
      if (other.stable < index) return false;
      return index < other.log.first || termAt(other.log, index) === term;
    });
    return have.length * 2 > voters.length;
  }

  /** Election safety and leader completeness. */
  private lookAtLeader(raft: Raft): void {
    const { id, term, log } = raft;
    const known = this.leaders.get(term);
    if (known !== undefined && known !== id) this.fail(raft, `term ${term} has one leader, not also ${known}`);
    this.leaders.set(term, id);
    if (log.last < this.newest) this.fail(raft, `it has all ${this.newest} committed entries`);
    for (let i = Math.max(log.first, this.newest - 200); i <= this.newest; i++) {
      const entry = this.committed[i];
      if (entry !== undefined && termAt(log, i) !== entry.term) this.fail(raft, `it has committed entry ${i}`);
    }
  }

  /** The other member as it runs, or as it is on its disk. */
  private raftOf(id: string, members: Members): Raft | undefined {
    const host = members[id]?.host ?? '';
    const running = this.kernel.state<EtcdState>(`etcd@${host}`)?.raft;
    if (running?.id === id) return running;
    const kept = (this.kernel.machines.get(host)?.disks.etcd as EtcdDisk | undefined)?.raft;
    return kept?.id === id ? kept : undefined;
  }
}

const NO_TAIL: readonly number[] = [];

const whatIs = ({ command, by, n, cause }: Entry): string => `${command.type} ${by} ${n} ${cause}`;
