import { type ConfChange, createRaft, type Entry, type Log, type Members, type Proposal, type Raft } from './state.ts';

/** A member without others has nobody to help: it keeps what can be looked at. */
const KEPT_ALONE = 32;

/** Term of an entry; undefined when it is not there, or no longer. */
export const termAt = (log: Log, index: number): number | undefined =>
  index === log.first - 1 ? log.baseTerm : log.entries.get(String(index))?.term;

export const lastTerm = (log: Log): number => termAt(log, log.last) as number;

/** Puts an entry behind the last. */
function push(log: Log, entry: Entry): void {
  log.entries.set(String(entry.index), entry);
  log.last = entry.index;
}

/** At the end of the leader's own log. A second change of membership at a time becomes an empty entry. */
export function append(raft: Raft, proposal: Proposal): Entry {
  const { by, n, cause, periodic } = proposal;
  let { command } = proposal;
  const index = raft.log.last + 1;
  if (command.type === 'conf') {
    if (raft.pendingConf > raft.applied) command = { type: 'empty' };
    else raft.pendingConf = index;
  }
  const entry: Entry = { type: 'entry', index, term: raft.term, by, n, cause, periodic, command };
  push(raft.log, entry);
  return entry;
}

export function slice(log: Log, from: number, to: number): Entry[] {
  const entries: Entry[] = [];
  for (let i = from; i <= to; i++) entries.push(log.entries.get(String(i)) as Entry);
  return entries;
}

/**
 * Takes a leader's entries behind `index`, if the log has that entry with that term: what contradicts them is cut off.
 * Gives the last index that is known to agree, or undefined. Source: etcd-io/raft log.go
 */
export function maybeAppend(raft: Raft, index: number, term: number, entries: readonly Entry[]): number | undefined {
  const { log } = raft;
  if (termAt(log, index) !== term) return undefined;
  for (const entry of entries) {
    if (entry.index <= log.last) {
      if (termAt(log, entry.index) === entry.term) continue;
      cutFrom(raft, entry.index);
    }
    push(log, entry);
  }
  return index + entries.length;
}

function cutFrom(raft: Raft, index: number): void {
  const { log, writing } = raft;
  for (; log.last >= index; log.last--) log.entries.delete(String(log.last));
  raft.stable = Math.min(raft.stable, log.last);
  if (writing !== null) writing.last = Math.min(writing.last, log.last);
}

/** Largest index up to this one whose term is not above the given one: where two logs may agree at best. */
export function conflictAt(log: Log, index: number, term: number): number {
  let i = Math.min(index, log.last);
  for (; i >= log.first && (termAt(log, i) as number) > term; i--);
  return i;
}

/** A founder: its log begins with the entries, of term 1, in which all founders are added. Source: raft bootstrap.go */
export function foundRaft(id: string, members: Members, kept: number): Raft {
  const raft = createRaft(id, members, kept);
  raft.term = 1;
  raft.hardTerm = 1;
  for (const member of Object.values(members)) {
    const command: ConfChange = { type: 'conf', change: 'add', member };
    append(raft, { command, by: '', n: 0, cause: 0, periodic: true });
  }
  const { last } = raft.log;
  return { ...raft, stable: last, commit: last, applied: last, pendingConf: 0 };
}

/** Forgets what has been applied and no member is likely to ask for: all but the newest `kept`, a hundred at a time. */
export function trim(raft: Raft): void {
  const { log } = raft;
  const to = raft.applied - (raft.others.length > 0 ? raft.kept : KEPT_ALONE);
  if (to < log.first + 99) return;
  log.baseTerm = termAt(log, to) as number;
  for (; log.first <= to; log.first++) log.entries.delete(String(log.first));
}
