import type { TxnRequest } from './messages.ts';
import { inTouch, isInTouch } from './peers.ts';
import { type ConfChange, type Entry, type Log, quorumOf, type Raft } from './raft/state.ts';
import { type EtcdState, FSYNC_MS } from './state.ts';

const SHOWN_ENTRIES = 24;

/** For the inspector and the diagram: the member, its log's end, its group as it sees it, and how much it holds. */
export function view(state: EtcdState, now: number): object {
  const { store, raft, config } = state;
  const common = {
    name: config.name,
    revision: store.revision,
    compactRevision: store.compactRevision,
    keys: store.keys.size,
    waitingProposals: state.waiting.size,
    fsyncMs: state.fsyncMs ?? FSYNC_MS,
    watchers: state.watchers.size,
    served: state.served,
  };
  if (raft === null) return { ...common, role: 'joining', term: 0, log: [], members: [] };
  const { term, role, commit, applied, log, voters } = raft;
  const nameOf = (id: string): string => raft.members[id]?.name ?? id;
  const votes = Object.fromEntries(Object.entries(raft.votes).map(([id, granted]) => [nameOf(id), granted]));
  const isElecting = role === 'candidate' || role === 'pre-candidate';
  return {
    ...common,
    role: raft.members[raft.id]?.learner ? 'learner' : role,
    term,
    vote: nameOf(raft.vote),
    leader: nameOf(raft.leader),
    commit,
    applied,
    firstIndex: log.first,
    lastIndex: log.last,
    log: newest(log).map((entry) => viewEntry(raft, entry)),
    members: Object.values(raft.members).map(({ id, name, host, learner }) => {
      const progress = id === raft.id ? undefined : raft.progress[id];
      return {
        name,
        host,
        voter: !learner,
        active: isInTouch(raft, id, now),
        ...(id === raft.id && { match: raft.stable }),
        ...(progress && { match: progress.match, next: progress.next, progress: progress.state }),
      };
    }),
    quorum: { voters: voters.length, needed: quorumOf(raft), inTouch: inTouch(raft, now) },
    ...(isElecting && { election: { round: role === 'candidate' ? term : term + 1, votes } }),
  };
}

function newest(log: Log): Entry[] {
  const entries: Entry[] = [];
  for (let i = Math.max(log.first, log.last - SHOWN_ENTRIES + 1); i <= log.last; i++) {
    const entry = log.entries.get(String(i));
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

function viewEntry(raft: Raft, { index, term, command }: Entry): object {
  const acks = raft.voters.filter((id) => (raft.progress[id]?.match ?? 0) >= index).length;
  const isElsewhere = raft.role === 'leader' ? acks > 1 : index <= raft.stable;
  const pending = isElsewhere ? 'replicated' : 'proposed';
  const state = index <= raft.applied ? 'applied' : index <= raft.commit ? 'committed' : pending;
  return { index, term, kind: command.type, label: labelOf(command), state, ...(raft.role === 'leader' && { acks }) };
}

function labelOf(command: Entry['command']): string {
  switch (command.type) {
    case 'txn': {
      const [operation] = (command as TxnRequest).success;
      return operation === undefined ? 'compare' : `${operation.op} ${operation.key}`;
    }
    case 'conf': {
      const { change = '', member } = command as ConfChange;
      return `${change} ${member.name}`;
    }
    case 'publish':
      return `${(command as ConfChange).member.name} started`;
    case 'empty':
      return 'empty entry of a new leader';
    default:
      return command.type;
  }
}
