import { appendToAll, maybeCommit, sendAppend, startProgress } from './replication.ts';
import { type ConfChange, type Raft, type RaftEnv, setMembers } from './state.ts';

/** A committed change of membership counts from when it is applied. Source: raft.go, applyConfChange and switchToConfig */
export function applyConf(raft: Raft, { type, change, member }: ConfChange, env: RaftEnv): void {
  const { id } = member;
  const there = raft.members[id];
  if (type === 'publish') {
    if (there !== undefined) setMembers(raft, { ...raft.members, [id]: { ...there, started: true } });
    return;
  }
  if (change === 'remove') {
    const { [id]: _gone, ...members } = raft.members;
    raft.removed = [...raft.removed, id];
    setMembers(raft, members);
    delete raft.heard[id];
  } else if (change === 'promote') {
    if (there !== undefined) setMembers(raft, { ...raft.members, [id]: { ...there, learner: false } });
  } else if (there === undefined && !raft.removed.includes(id)) {
    setMembers(raft, { ...raft.members, [id]: member });
  }
  if (raft.role !== 'leader') return;
  if (change === 'remove') {
    delete raft.progress[id];
    if (raft.transferee === id) raft.transferee = '';
  } else if (raft.progress[id] === undefined) startProgress(raft, id);
  if (maybeCommit(raft)) appendToAll(raft, env, true);
  else for (const other of raft.others) sendAppend(raft, other, env, false);
}
