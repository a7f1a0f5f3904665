import type { ApiRequest } from '../client/messages.ts';
import type { Address, Body, Effect, Env, Message, Step } from '../kernel/types.ts';
import { STOP } from './apply.ts';
import {
  askForGroup,
  askIfMember,
  begin,
  changeMembers,
  HELLO,
  handOver,
  stopForGood,
  takeHello,
  takeWelcome,
} from './members.ts';
import type {
  EtcdRequest,
  FaultDisk,
  Forward,
  Hello,
  LeaseRevoke,
  MemberRequest,
  RaftMessage,
  Removed,
  Welcome,
} from './messages.ts';
import { cancelWatches, failed, reply, watch } from './mvcc.ts';
import { WAL } from './peers.ts';
import type { Raft } from './raft/state.ts';
import {
  advance,
  NO_LEADER,
  proposeFor,
  publish,
  READ_RETRY,
  readFor,
  retryReads,
  TICK,
  TRANSFER_TOO_LONG,
} from './server.ts';
import type { EtcdDisk, EtcdState, Reader } from './state.ts';
import { expireWaiting, TIMEOUT } from './timeouts.ts';

type Own =
  | { readonly type: 'start' | 'terminate' }
  | { readonly type: 'timer'; readonly key: string }
  | { readonly type: 'connectionLost'; readonly peer: Address };

/**
 * etcd: a member of a Raft group that applies the group's log to its MVCC store: transactions, watches, leases,
 * compaction. Source: etcd-io/etcd server/storage/mvcc and server/etcdserver at v3.6.
 */
export const step: Step<EtcdState, Body> = (state, message, env) => {
  const body = message.body as
    | EtcdRequest
    | MemberRequest
    | RaftMessage
    | Hello
    | Welcome
    | Removed
    | FaultDisk
    | Forward
    | ApiRequest
    | Own;
  switch (body.type) {
    case 'start':
      return begin(state, env);
    case 'raft':
      return takePeer(state, env, body, message.from);
    case 'txn':
    case 'compact':
    case 'leaseGrant':
    case 'range':
    case 'watch':
      return serve(state, env, body, message);
    case 'apiRequest':
      return refuseClient(state, env, message, false) ?? probed(state, env, body, message);
    case 'memberAdd':
    case 'memberPromote':
    case 'memberRemove':
    case 'moveLeader':
      return refuseClient(state, env, message, false) ?? changeMembers(state, env, body, message.from);
    case 'forward':
      return state.raft === null ? [] : changeMembers(state, env, body.request, body.client);
    case 'hello':
      return takeHello(state, env, body, message.from);
    case 'welcome':
      return takeWelcome(state, env, body);
    case 'removed':
      return body.member === state.raft?.id ? stopForGood(state) : [];
    case 'terminate':
      return handOver(state, env);
    case 'timer':
      return takeTimer(state, env, body.key);
    case 'connectionLost':
      return loseConnection(state, env, body.peer);
    case 'faultDisk':
      state.fsyncMs = body.fsyncMs;
      return [];
    default:
      return [];
  }
};

function takePeer(state: EtcdState, env: Env, message: RaftMessage, from: Address): Effect[] {
  const { raft } = state;
  if (raft === null) return [];
  const { member } = message;
  if (raft.removed.includes(member)) {
    return [{ effect: 'send', to: from, body: { type: 'removed', member } as Removed }];
  }
  if (raft.members[member] === undefined) state.remotes[member] = from;
  return advance(state, env, { type: 'message', message });
}

function serve(state: EtcdState, env: Env, request: EtcdRequest, message: Message): Effect[] {
  const { from } = message;
  const refusal = refuseClient(state, env, message, true);
  if (refusal !== undefined) return refusal;
  if (request.type === 'txn' || request.type === 'range') {
    state.served[request.type] = (state.served[request.type] ?? 0) + 1;
  }
  switch (request.type) {
    case 'range':
      return readFor(state, env, { from, request, cause: message.id, periodic: message.periodic });
    case 'watch':
      if ((state.raft as Raft).leader === '') {
        return [reply(from, { ...EMPTY_WATCH, requestId: request.requestId, canceled: 'etcdserver: no leader' })];
      }
      // Who is behind catches up first: what came before that revision is no news to this client.
      if (request.startRevision > state.store.revision + 1)
        return readFor(state, env, { from, request, cause: message.id, periodic: message.periodic });
      return [watch(state, request, from)];
    default:
      return proposeFor(state, env, from, request.requestId, request);
  }
}

/** The kubelet's probes on port 2381. */
function probed(state: EtcdState, env: Env, request: ApiRequest, { from, id, periodic }: Message): Effect[] {
  if (request.path === '/readyz') return readFor(state, env, { from, request, cause: id, periodic });
  const ok = { type: 'apiResponse', reply: true, requestId: request.requestId, status: 200, body: 'ok\n' } as const;
  return [reply(from, ok)];
}

const EMPTY_WATCH = { type: 'watchResponse', reply: true, revision: 0, events: [] } as const;

/** A member that has not found its group does not listen; a learner serves no client of Kubernetes. */
function refuseClient(state: EtcdState, env: Env, { from, body }: Message, isData: boolean): Effect[] | undefined {
  const { raft } = state;
  const requestId = body.requestId as number;
  if (raft === null) {
    return [{ effect: 'send', to: from, body: { type: 'connectionRefused', requestId, peer: env.self } as Body }];
  }
  if (!isData || !raft.members[raft.id]?.learner) return undefined;
  return [reply(from, failed(requestId, 'etcdserver: rpc not supported for learner'))];
}

function takeTimer(state: EtcdState, env: Env, key: string): Effect[] {
  switch (key) {
    case TICK: {
      state.tickAt = 0;
      const question = askIfMember(state, env);
      const effects = advance(state, env, { type: 'tick' });
      const late = state.handovers.filter(({ at }) => env.now - at >= 1000).length;
      for (const { from, requestId } of state.handovers.splice(0, late))
        effects.push(reply(from, { type: 'memberResponse', reply: true, requestId, error: TRANSFER_TOO_LONG }));
      return [...effects, ...question, ...publish(state, env)];
    }
    case WAL:
      return advance(state, env, { type: 'wrote' });
    case TIMEOUT:
      return expireWaiting(state, env);
    case READ_RETRY:
      return retryReads(state, env);
    case NO_LEADER:
      return state.leader === '' ? cancelWatches(state, 'etcdserver: no leader') : [];
    case STOP:
      return stopForGood(state);
    case HELLO:
      return state.raft === null ? askForGroup(state, env) : [];
    default:
      return expireLease(state, env, key.slice('lease/'.length));
  }
}

/** Only the leader ends leases, through the log. Source: server/lease/lessor.go */
function expireLease(state: EtcdState, env: Env, lease: string): Effect[] {
  const raft = state.raft as Raft;
  if (raft.role !== 'leader' || !state.store.leases.has(lease)) return [];
  const command: LeaseRevoke = { type: 'leaseRevoke', lease };
  return proposeFor(state, env, undefined, 0, command);
}

function loseConnection(state: EtcdState, env: Env, peer: Address): Effect[] {
  for (const [key, watcher] of state.watchers.entries()) if (watcher.peer === peer) state.watchers.delete(key);
  const stay = (readers: readonly Reader[]) => readers.filter(({ from }) => from !== peer);
  state.nextReaders = stay(state.nextReaders);
  const { raft, reading } = state;
  if (reading !== null) state.reading = { ...reading, readers: stay(reading.readers) };
  const member = raft?.others.find((id) => raft.members[id]?.address === peer);
  return member === undefined ? [] : advance(state, env, { type: 'unreachable', member });
}

/** What is in the data directory when the process ends: what had been synced. */
export function save(state: EtcdState): EtcdDisk | undefined {
  const { store, raft } = state;
  return raft === null ? undefined : { store: { ...store }, raft: { ...raft, log: { ...raft.log } } };
}

/** Clients that watch here or wait for an answer, and the other members. */
export function peers({ watchers, waiting, reading, nextReaders, raft }: EtcdState): Address[] {
  const found = new Set<Address>();
  for (const { peer } of watchers.values()) found.add(peer);
  for (const { from } of waiting.values()) found.add(from);
  for (const { from } of [...(reading?.readers ?? []), ...nextReaders]) found.add(from);
  for (const id of raft?.others ?? []) found.add(raft?.members[id]?.address ?? '');
  return [...found];
}
