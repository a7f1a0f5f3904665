import { type Address, type Effect, type Env, timer } from '../kernel/types.ts';
import { applyCommand, applyEntry } from './apply.ts';
import type { EtcdReply, LeaseRevoke } from './messages.ts';
import { catchUp, failed, type Origin, range, reply, watch } from './mvcc.ts';
import { perform } from './peers.ts';
import { syncAlone } from './raft/election.ts';
import { append, trim } from './raft/log.ts';
import { type Command, nextTickAt, type Proposal, type Raft, type RaftInput } from './raft/state.ts';
import { stepRaft } from './raft/step.ts';
import { copyStore, type EtcdState, FSYNC_MS, QUIET, type Reader, ROUNDING_MS, type Store } from './state.ts';
import { armTimeout, REQUEST_TIMEOUT_MS } from './timeouts.ts';

const READ_RETRY_MS = 500;
const LEADER_CHECK_MS = 1000;
const LEADERLESS_CHECKS = 3;
/** A new leader gives every lease its whole time once more, and an election's time on top. Source: server/lease/lessor.go */
const LEASE_EXTENSION_MS = 1000;
/** A revocation that was not taken is tried again then. */
const REVOKE_AGAIN_MS = 3000;
const MAX_UNAPPLIED = 5000;

export const TICK = 'tick';
export const READ_RETRY = 'readRetry';
export const NO_LEADER = 'noLeader';

/** Nobody else has to agree, and the disk is a good one: what is asked for is done at once and told after one sync. */
const commitsAlone = ({ raft, fsyncMs }: EtcdState): boolean =>
  raft !== null &&
  raft.role === 'leader' &&
  raft.others.length === 0 &&
  raft.voters[0] === raft.id &&
  fsyncMs === null &&
  raft.writing === null &&
  raft.applied === raft.log.last;

/** Asks the group to put a command into its log; the client, if any, hears of it when it has been applied here. */
export function proposeFor(
  state: EtcdState,
  env: Env,
  client: Address | undefined,
  requestId: number,
  command: Command,
): Effect[] {
  const raft = state.raft as Raft;
  const { messageId: cause, periodic } = env;
  if (command.type !== 'conf' && commitsAlone(state)) {
    const entry = append(raft, { command, by: raft.id, n: 0, cause, periodic });
    syncAlone(raft);
    raft.applied = entry.index;
    trim(raft);
    const effects: Effect[] = [];
    const answer = applyCommand(state, entry, FSYNC_MS, effects);
    // Watches first: who writes and watches over one connection sees its own change before the answer, as it mostly
    // does in a real cluster, and need not work from a stale copy.
    if (answer !== undefined && client !== undefined) {
      const changesNothing = answer.type === 'compactResponse' || (answer.type === 'txnResponse' && !answer.succeeded);
      effects.push(reply(client, answer, changesNothing ? undefined : { delayMs: FSYNC_MS }));
    }
    return effects;
  }
  if (client === undefined) return propose(state, env, { command, by: '', n: 0, cause, periodic });
  if (raft.commit > raft.applied + MAX_UNAPPLIED)
    return [reply(client, failed(requestId, 'etcdserver: too many requests'))];
  const n = state.nextProposal++;
  state.waiting.set(String(n), { from: client, requestId, at: env.now });
  const effects = propose(state, env, { command, by: raft.id, n, cause, periodic });
  return [...effects, ...armTimeout(state, env)];
}

/** Puts a proposal into the log, or keeps it until a leader is known. */
function propose(state: EtcdState, env: Env, proposal: Proposal): Effect[] {
  if ((state.raft as Raft).leader !== '') return advance(state, env, { type: 'propose', proposals: [proposal] });
  state.blocked.push(proposal);
  return [];
}

/** Lets Raft take one step, and does what comes out of it. */
export function advance(state: EtcdState, env: Env, input: RaftInput): Effect[] {
  const raft = state.raft as Raft;
  const effects: Effect[] = [];
  const output = stepRaft(raft, input, env);
  if (output.restore !== undefined) {
    const told = state.store.revision;
    state.store = copyStore(output.restore.data as Store);
    effects.push(...catchUp(state, told));
  }
  for (const entry of output.committed) applyEntry(state, entry, effects);
  if (output.dropped && input.type === 'propose') dropProposals(state, input.proposals, effects);
  for (const { context, index } of output.reads) if (state.reading?.context === context) state.reading.index = index;
  perform(state, env, output, effects);
  if (raft.leader !== state.leader) changeLeader(state, env, effects);
  if (state.reading !== null) answerReads(state, env, effects);
  const at = nextTickAt(raft, env.now);
  if (at !== undefined && (state.tickAt === 0 || at < state.tickAt)) {
    state.tickAt = at;
    effects.push(timer(TICK, at - env.now, QUIET));
  }
  return effects;
}

function dropProposals(state: EtcdState, proposals: readonly Proposal[], effects: Effect[]): void {
  for (const { command, n, cause, periodic } of proposals) {
    if (command.type === 'leaseRevoke') {
      effects.push(timer(`lease/${(command as LeaseRevoke).lease}`, REVOKE_AGAIN_MS, QUIET));
    }
    const waiting = state.waiting.delete(String(n));
    if (waiting === undefined) continue;
    effects.push(reply(waiting.from, failed(waiting.requestId, 'raft proposal dropped'), { cause, periodic }));
  }
}

/** A leader is known, or no longer. */
function changeLeader(state: EtcdState, env: Env, effects: Effect[]): void {
  const raft = state.raft as Raft;
  const before = state.leader;
  state.leader = raft.leader;
  if (raft.leader === '') {
    state.leaderlessSince = env.now;
    // Checked every second from the start; the third time without a leader is one too many.
    const next = LEADER_CHECK_MS - ((env.now - raft.phase) % LEADER_CHECK_MS);
    effects.push(timer(NO_LEADER, next + (LEADERLESS_CHECKS - 1) * LEADER_CHECK_MS, QUIET));
    return;
  }
  state.leaderSince = env.now;
  if (before === '') effects.push({ effect: 'cancel', key: NO_LEADER });
  for (const { from, requestId, to } of state.handovers.splice(0)) {
    const error = raft.leader === to ? undefined : TRANSFER_TOO_LONG;
    effects.push(reply(from, { type: 'memberResponse', reply: true, requestId, ...(error && { error }) }));
  }
  if (state.reading !== null) failReads(state, env, 'etcdserver: leader changed', effects);
  if (raft.role === 'leader') {
    const extra = raft.others.length > 0 ? LEASE_EXTENSION_MS : 0;
    for (const [id, lease] of state.store.leases.entries()) {
      effects.push(timer(`lease/${id}`, lease.ttlMs + extra, QUIET));
    }
  }
  const { blocked } = state;
  state.blocked = [];
  effects.push(...publish(state, env, blocked));
}

/** Proposes these, and as long as the group has not heard that this member runs, that it does. Source: server/etcdserver/server.go, publishV3 */
export function publish(state: EtcdState, env: Env, proposals: Proposal[] = []): Effect[] {
  const raft = state.raft as Raft;
  const member = raft.members[raft.id];
  if (member?.started === false && raft.leader !== '')
    proposals.push({ command: { type: 'publish', member } as Command, by: '', n: 0, cause: 0, periodic: true });
  return proposals.length > 0 ? advance(state, env, { type: 'propose', proposals }) : [];
}

export const TRANSFER_TOO_LONG = 'etcdserver: request timed out, leader transfer took too long';

// --- linearizable reads -------------------------------------------------------------------------------------------------

/** A read that must see every write that was answered before it: the leader has to confirm that it still leads. */
export function readFor(state: EtcdState, env: Env, reader: Reader): Effect[] {
  if (commitsAlone(state)) return [answerReader(state, reader)];
  state.nextReaders.push(reader);
  return state.reading === null ? beginReading(state, env) : [];
}

function answerReader(state: EtcdState, { from, request }: Reader, origin?: Partial<Origin>): Effect {
  if (request.type === 'watch') return watch(state, request, from);
  return reply(from, request.type === 'range' ? range(state.store, request) : readyz(state, request.requestId), origin);
}

/**
 * What etcd checks when it is asked whether it is ready: whether it can serve a read that all would confirm (`error` if
 * not), and that it is no learner. It is alive as long as it can read what it has itself.
 * Source: server/etcdserver/api/etcdhttp/health.go
 */
function readyz({ raft }: EtcdState, requestId: number, error?: string): EtcdReply {
  const isLearner = raft?.members[raft.id]?.learner === true;
  const isReady = error === undefined && !isLearner;
  const line = (name: string, why?: string): string => (why ? `[-]${name} failed: ${why}\n` : `[+]${name} ok\n`);
  const failed = (): string =>
    line('data_corruption') +
    line('serializable_read') +
    line('linearizable_read', error) +
    line('non_learner', isLearner ? 'not supported for learner' : undefined);
  return {
    type: 'apiResponse',
    reply: true,
    requestId,
    status: isReady ? 200 : 503,
    body: isReady ? 'ok\n' : failed(),
  };
}

/** One question to the leader for all who wait. Source: server/etcdserver/v3_server.go, linearizableReadLoop */
function beginReading(state: EtcdState, env: Env): Effect[] {
  const context = state.nextProposal++;
  state.reading = { context, since: env.now, sentAt: env.now, index: -1, readers: state.nextReaders };
  state.nextReaders = [];
  const effects = advance(state, env, { type: 'read', context });
  if (state.reading !== null && state.retryAt === 0) {
    state.retryAt = env.now + READ_RETRY_MS;
    effects.push(timer(READ_RETRY, READ_RETRY_MS, QUIET));
  }
  return effects;
}

function answerReads(state: EtcdState, env: Env, effects: Effect[]): void {
  const { reading } = state;
  if (reading === null || reading.index < 0 || (state.raft as Raft).applied < reading.index) return;
  for (const reader of reading.readers) {
    const { cause, periodic } = reader;
    effects.push(answerReader(state, reader, { cause, periodic }));
  }
  endReading(state, env, effects);
}

function failReads(state: EtcdState, env: Env, error: string, effects: Effect[]): void {
  for (const { from, request, cause, periodic } of state.reading?.readers ?? []) {
    const { requestId } = request;
    const answer = request.type === 'apiRequest' ? readyz(state, requestId, error) : failed(requestId, error);
    effects.push(reply(from, answer, { cause, periodic }));
  }
  endReading(state, env, effects);
}

function endReading(state: EtcdState, env: Env, effects: Effect[]): void {
  state.reading = null;
  if (state.nextReaders.length > 0) effects.push(...beginReading(state, env));
}

/** Asks again, or gives up. */
export function retryReads(state: EtcdState, env: Env): Effect[] {
  const { reading } = state;
  state.retryAt = 0;
  if (reading === null) return [];
  const effects: Effect[] = [];
  if (env.now - reading.since >= REQUEST_TIMEOUT_MS - ROUNDING_MS) {
    const error = reading.index < 0 ? 'etcdserver: request timed out' : APPLY_TOO_LONG;
    failReads(state, env, error, effects);
    if (state.reading === null) return effects;
  } else if (env.now - reading.sentAt >= READ_RETRY_MS - ROUNDING_MS && reading.index < 0) {
    reading.sentAt = env.now;
    effects.push(...advance(state, env, { type: 'read', context: reading.context }));
  }
  if (state.retryAt !== 0 || state.reading === null) return effects;
  const left = state.reading.sentAt + READ_RETRY_MS - env.now;
  const afterMs = left > ROUNDING_MS ? left : READ_RETRY_MS;
  state.retryAt = env.now + afterMs;
  effects.push(timer(READ_RETRY, afterMs, QUIET));
  return effects;
}

const APPLY_TOO_LONG = 'etcdserver: request timed out, waiting for the applied index took too long';
