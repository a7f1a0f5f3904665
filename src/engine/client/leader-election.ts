import type { Lease } from '../api/generated/types.ts';
import { toRFC3339Micro } from '../api/time.ts';
import { hash32, mix } from '../kernel/random.ts';
import { type Effect, type Env, timer } from '../kernel/types.ts';
import { call } from './client.ts';
import { involvedOf, newRecorder, type Recorder, recordEvent } from './events.ts';
import type { Answer } from './messages.ts';
import type { ClientState } from './state.ts';

/**
 * Leader election by Lease: lease 15 s, renew deadline 10 s, retry 2 s.
 * Source: staging/src/k8s.io/client-go/tools/leaderelection/leaderelection.go
 */
export interface ElectionState {
  readonly name: string;
  readonly identity: string;
  leading: boolean;
  /** The Lease as last seen, and when it last changed by our own clock. */
  lease: Lease | null;
  observedAt: number;
  renewedAt: number;
  /** The last write failed: the Lease is read before the next. */
  isDoubtful: boolean;
  attempts: number;
  readonly recorder: Recorder;
}

export const LEASE_DURATION_MS = 15_000;
export const RENEW_DEADLINE_MS = 10_000;
export const RETRY_PERIOD_MS = 2_000;
/** A candidate waits up to so much longer, as a part of the period. */
const JITTER = 1.2;

const RETRY = 'election/retry';
const READ = 'election/read';
const WRITE = 'election/write';

/** `source` is the component that the Events on the Lease name. */
export function newElection(name: string, identity: string, source = name): ElectionState {
  const times = { observedAt: 0, renewedAt: 0 };
  const recorder = newRecorder(source);
  return { name, identity, leading: false, lease: null, ...times, isDoubtful: false, attempts: 0, recorder };
}

export function startElection(election: ElectionState, client: ClientState, env: Env): Effect[] {
  return tick(election, client, env);
}

/** What an election message led to: `started` or `stopped` leading, or nothing yet. */
export interface ElectionOutcome {
  readonly change?: 'started' | 'stopped';
  readonly effects: Effect[];
}

export function isElectionTimer(key: string): boolean {
  return key === RETRY;
}

export function isElectionAnswer(answer: Answer): boolean {
  return answer.tag === READ || answer.tag === WRITE;
}

/** Takes the retry timer. A leader that could not renew for 10 s stops leading. */
export function electionTimer(election: ElectionState, client: ClientState, env: Env): ElectionOutcome {
  if (election.leading && env.now - election.renewedAt >= RENEW_DEADLINE_MS) {
    election.leading = false;
    return { change: 'stopped', effects: tell(election, client, env, 'stopped leading') };
  }
  return { effects: tick(election, client, env) };
}

export function electionAnswer(
  election: ElectionState,
  client: ClientState,
  env: Env,
  answer: Answer,
): ElectionOutcome {
  const isWrite = answer.tag === WRITE;
  if (answer.status === 404 && !isWrite) {
    election.lease = null;
    return { effects: write(election, client, env) };
  }
  if (answer.status !== 200 && answer.status !== 201) {
    // Conflict or no answer: look again at the next retry. What was seen of the Lease, and when, stays.
    election.isDoubtful = true;
    return { effects: [] };
  }
  const lease = answer.body as Lease;
  if (election.lease?.metadata.resourceVersion !== lease.metadata.resourceVersion) election.observedAt = env.now;
  election.lease = lease;
  election.isDoubtful = false;
  const isOurs = lease.spec?.holderIdentity === election.identity;
  if (!isWrite) return { effects: isOurs || isExpired(election, env) ? write(election, client, env) : [] };
  if (!isOurs) return { effects: [] };
  election.renewedAt = env.now;
  if (election.leading) return { effects: [] };
  election.leading = true;
  const effects = tell(election, client, env, 'became leader');
  if (election.attempts > 0) effects.push(timer(RETRY, RETRY_PERIOD_MS, { periodic: true }));
  return { change: 'started', effects };
}

/** The holder's last write when it stops in an orderly way: a successor need not wait until the Lease expires. */
export function releaseElection(election: ElectionState, client: ClientState, env: Env): Effect[] {
  if (!election.leading || !election.lease) return [];
  return [...tell(election, client, env, 'stopped leading'), ...write(election, client, env, true)];
}

/** An Event on the Lease. Source: staging/src/k8s.io/client-go/tools/leaderelection/resourcelock/leaselock.go */
function tell(election: ElectionState, client: ClientState, env: Env, what: string): Effect[] {
  const { recorder, lease, identity } = election;
  const about = involvedOf(lease as Lease);
  return recordEvent(recorder, client, env, about, 'Normal', 'LeaderElection', `${identity} ${what}`, {
    periodic: false,
  });
}

function tick(election: ElectionState, client: ClientState, env: Env): Effect[] {
  // The first to come has nobody to be out of step with.
  const isAlone = election.leading || election.lease === null;
  const jitter = isAlone ? 0 : JITTER * mix(hash32(election.identity, election.attempts++));
  const again = timer(RETRY, Math.round(RETRY_PERIOD_MS * (1 + jitter)), { periodic: true });
  if (election.leading && !election.isDoubtful) return [again, ...write(election, client, env)];
  const get = { method: 'GET' as const, path: path(election.name) };
  return [again, ...call(client, env, get, READ, { periodic: true, timeoutMs: RENEW_DEADLINE_MS / 2 })];
}

function isExpired(election: ElectionState, env: Env): boolean {
  return !election.lease?.spec?.holderIdentity || env.now - election.observedAt >= LEASE_DURATION_MS;
}

function write(election: ElectionState, client: ClientState, env: Env, release = false): Effect[] {
  const now = toRFC3339Micro(env.wallNow);
  const { lease: old, name } = election;
  const held = old?.spec?.holderIdentity === election.identity;
  const spec = {
    holderIdentity: release ? '' : election.identity,
    leaseDurationSeconds: release ? 1 : LEASE_DURATION_MS / 1000,
    acquireTime: held ? old?.spec?.acquireTime : now,
    renewTime: now,
    leaseTransitions: old ? (old.spec?.leaseTransitions ?? 0) + (held ? 0 : 1) : 0,
  };
  const metadata = old
    ? { name, namespace: 'kube-system', uid: old.metadata.uid, resourceVersion: old.metadata.resourceVersion }
    : { name, namespace: 'kube-system' };
  const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata, spec };
  const what = old
    ? { method: 'PUT' as const, path: path(name), body }
    : { method: 'POST' as const, path: path(''), body };
  // To renew is no news; to begin or to end leading is.
  return call(client, env, what, WRITE, { periodic: held && !release, timeoutMs: RENEW_DEADLINE_MS / 2 });
}

function path(name: string): string {
  const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases';
  return name ? `${leases}/${name}` : leases;
}
