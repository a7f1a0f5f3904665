import type { ApiServerProcess, ApiServerState } from './apiserver/state.ts';
import type { ElectionState } from './client/leader-election.ts';
import type { ClientState } from './client/state.ts';
import type { ControllerManagerState } from './controllers/state.ts';
import type { HealthLine } from './door.ts';
import { TICK_MS } from './etcd/raft/state.ts';
import type { EtcdState } from './etcd/state.ts';
import type { Kernel } from './kernel/kernel.ts';
import { hostOf } from './kernel/types.ts';
import type { KubeletState } from './kubelet/state.ts';
import type { LoadBalancerState } from './load-balancer/state.ts';
import type { MachineConfig } from './machine/messages.ts';
import type { ContainerdState } from './runtime/state.ts';
import type { SchedulerState } from './scheduler/state.ts';

/** Silence that means something: leases are renewed every 2 s, a node's every 10 s. */
const QUIET_MS = 5_000;
const NODE_QUIET_MS = 25_000;
/** A request that waits longer than this is stuck, not just slow. */
const STUCK_MS = 2_000;
/** An election takes a second or two; etcd itself gives its watches up after so long without a leader. */
const ELECTION_MS = 3_000;

interface Quorum {
  readonly voters: number;
  readonly needed: number;
  readonly inTouch: number;
}

interface Standing {
  readonly address: string;
  readonly election: ElectionState;
}

/** What the processes that run now say of themselves, gathered in one pass. */
class Findings {
  readonly servers: { readonly host: string; readonly state: ApiServerState }[] = [];
  readonly schedulers: Standing[] = [];
  readonly managers: Standing[] = [];
  readonly members: { readonly role?: string; readonly quorum?: Quorum }[] = [];
  /** When a member of etcd last knew of a leader. */
  led = Number.NEGATIVE_INFINITY;
  /** The latest revision of any member, and whether somebody has led for a while: nobody can have seen a later one then. */
  revision = 0;
  isSettled = false;
  /** When a client last saw something written: API servers forget it when they are started anew. */
  written = Number.NEGATIVE_INFINITY;
  isBalanced = false;
  balancer: LoadBalancerState | undefined;
  /** Nodes whose kubelet has lately renewed its lease, and when the others last did. */
  reporting = 0;
  lastReport = Number.NEGATIVE_INFINITY;
  pods = 0;
  runtimes = 0;
  /** kube-proxies that follow the API server, and those that have lost it. */
  proxies = 0;
  frozen = 0;

  constructor(kernel: Kernel) {
    for (const { component, host, address, state } of kernel.processes.values()) {
      switch (component) {
        case 'apiserver':
          this.servers.push({ host, state: (state as ApiServerProcess).server });
          break;
        case 'scheduler':
          this.candidate(this.schedulers, address, (state as SchedulerState).election);
          break;
        case 'controller-manager':
          this.candidate(this.managers, address, (state as ControllerManagerState).manager.election);
          break;
        case 'etcd':
          this.members.push((kernel.definition('etcd').view?.(state, kernel.now) ?? {}) as Findings['members'][number]);
          this.led = Math.max(this.led, ledAt(state as EtcdState));
          this.revision = Math.max(this.revision, (state as EtcdState).store.revision);
          this.isSettled ||= hasSettled(state as EtcdState, kernel.now);
          break;
        case 'load-balancer':
          this.balancer = state as LoadBalancerState;
          break;
        case 'kubelet': {
          const { renewedAt } = (state as KubeletState).node;
          this.sawWrite(renewedAt);
          if (kernel.now - renewedAt <= NODE_QUIET_MS) this.reporting++;
          else if (isKnown(renewedAt)) this.lastReport = Math.max(this.lastReport, renewedAt);
          break;
        }
        case 'containerd':
          this.runtimes++;
          this.pods += (state as ContainerdState).sandboxes.keysBy('ready', 'yes').size;
          break;
        case 'kube-proxy':
          if (isFollowing((state as { client: ClientState }).client)) this.proxies++;
          else this.frozen++;
          break;
      }
    }
    this.isBalanced = kernel.machines.has(LOAD_BALANCER);
    for (const { state } of this.servers) this.sawWrite(state.writtenAt);
  }

  private candidate(all: Standing[], address: string, election: ElectionState): void {
    all.push({ address, election });
    this.sawWrite(leaseSeenAt(election));
  }

  private sawWrite(at: number): void {
    if (isKnown(at)) this.written = Math.max(this.written, at);
  }

  /** Enough members of etcd run, and have had no leader for no longer than an election takes. */
  isElecting(now: number): boolean {
    const { members } = this;
    if (members.length === 0 || members.some(({ role }) => role === 'leader')) return false;
    return members.length >= (members[0]?.quorum?.needed ?? 1) && now - this.led <= ELECTION_MS;
  }
}

const LOAD_BALANCER = 'kind-external-load-balancer';

/** No process begins at 0 sharp: that is what has not been yet. */
const isKnown = (at: number): boolean => at > -1e8 && at !== 0;

const hasSettled = ({ raft, leaderSince }: EtcdState, now: number): boolean =>
  raft?.role === 'leader' && now - leaderSince > STUCK_MS;

/** A voter that names a leader has heard it then; one that names none has not since. */
function ledAt({ raft, leaderlessSince }: EtcdState): number {
  if (raft === null || raft.members[raft.id]?.learner) return Number.NEGATIVE_INFINITY;
  return raft.leader === '' ? leaderlessSince : raft.phase + raft.heardTick * TICK_MS;
}

const isFollowing = ({ informers }: ClientState): boolean =>
  Object.values(informers).every(({ phase }) => phase === 'watching');

/**
 * What works now and what does not, one line each: from what the parts themselves have seen (answers, renewals, health
 * checks), not from the list of faults.
 */
export function health(kernel: Kernel): HealthLine[] {
  const found = new Findings(kernel);
  const nodes = [...kernel.machines.values()].filter(({ config }) => isNode(config as MachineConfig));
  const lines = [members(found, kernel.now), writes(found, kernel.now), reads(found, kernel.now), cache(found)];
  if (found.isBalanced) lines.push(way(found));
  lines.push(
    leader('scheduling', 'scheduler', 'New pods get a node', 'New pods wait for a node', found.schedulers, kernel.now),
    leader('controllers', 'controller manager', 'Controllers act', 'No controller acts', found.managers, kernel.now),
    reports(found, nodes.length),
    running(found, nodes.length),
    services(found),
  );
  return lines;
}

const isNode = ({ role }: MachineConfig): boolean => role === 'control-plane' || role === 'worker';

type Rest = Omit<HealthLine, 'id' | 'title'>;

const works = (text: string): Rest => ({ state: 'works', text });
const degraded = (text: string, lastAt?: number): Rest => ({
  state: 'degraded',
  text,
  ...(lastAt !== undefined && { lastAt }),
});
const stopped = (text: string, lastAt?: number): Rest => ({
  state: 'stopped',
  text,
  ...(lastAt !== undefined && { lastAt }),
});
const line = (id: string, title: string, rest: Rest): HealthLine => ({ id, title, ...rest });

function members(found: Findings, now: number): HealthLine {
  const all = found.members;
  const title = 'etcd';
  if (all.length === 0) return line('etcd', title, stopped('No member of etcd runs.', known(found.written)));
  const leading = all.find(({ role }) => role === 'leader');
  const { voters, needed, inTouch } = leading?.quorum ?? all[0]?.quorum ?? { voters: 1, needed: 1, inTouch: 1 };
  if (leading === undefined) {
    const run = `${all.length} of ${voters} members run`;
    if (found.isElecting(now)) return line('etcd', title, degraded(`Electing a leader: ${run}.`));
    const but = all.length < needed ? `and ${needed} have to agree` : `but no ${needed} of them agree`;
    return line('etcd', title, stopped(`No leader: ${run}, ${but}.`, known(found.led)));
  }
  const spare = inTouch - needed;
  const may = spare <= 0 ? 'no member may be lost now' : `${spare} more may be lost`;
  if (inTouch < voters) return line('etcd', title, degraded(`${inTouch} of ${voters} members are in touch; ${may}.`));
  if (voters === 1) return line('etcd', title, works('The only member leads itself.'));
  return line('etcd', title, works(`All ${voters} members are in touch; ${may}.`));
}

function writes(found: Findings, now: number): HealthLine {
  const { servers } = found;
  const title = 'Writing';
  const able = servers.filter(({ state }) => canWrite(state, now)).length;
  const last = known(found.written);
  if (servers.length === 0) return line('writes', title, stopped('No API server runs: nothing can be changed.', last));
  if (able < servers.length && found.isElecting(now))
    return line('writes', title, degraded('Changes wait until etcd has a leader.', last));
  if (able === 0) return line('writes', title, stopped('Nothing can be changed: writes get no answer.', last));
  if (able < servers.length)
    return line('writes', title, degraded(`Only ${able} of ${servers.length} API servers can write.`));
  return line('writes', title, works('Changes are written.'));
}

function canWrite(state: ApiServerState, now: number): boolean {
  if (state.phase !== 'ready' || state.etcdLost) return false;
  if (now - state.writtenAt <= STUCK_MS) return true;
  for (const waiting of state.waiting.values()) {
    // The oldest comes first.
    if (waiting.wait === 'txn') return now - waiting.since <= STUCK_MS;
  }
  return now - state.healthAt > QUIET_MS || state.healthy;
}

function reads(found: Findings, now: number): HealthLine {
  const { servers } = found;
  const title = 'Fresh reads';
  const isFresh = ({ state }: { state: ApiServerState }): boolean =>
    state.phase === 'ready' && !state.etcdLost && (state.healthy || now - state.healthAt > QUIET_MS);
  const able = servers.filter(isFresh).length;
  const last = newest([found.written, ...servers.map(({ state }) => state.answeredAt)]);
  if (able > 0) return line('reads', title, works('etcd confirms what is read.'));
  const text = servers.length === 0 ? 'No API server runs' : 'Nobody can say what is newest: etcd gives no answer';
  return line('reads', title, stopped(`${text}.`, last));
}

function cache({ servers, written, isBalanced, balancer, revision, isSettled }: Findings): HealthLine {
  const title = 'Cached reads';
  const good = servers.filter(({ state }) => state.phase === 'ready' && state.staleSince === null);
  if (good.length === 0) {
    const since = newest(servers.flatMap(({ state }) => state.staleSince ?? [])) ?? known(written);
    const text = servers.length === 0 ? 'No API server runs.' : 'The API servers’ caches are empty or given up.';
    return line('cache', title, stopped(text, since));
  }
  let past = good.every(isFrozen) ? ', and show the past: nothing new comes from etcd' : '';
  if (isSettled && good.some(({ state }) => state.revision > revision))
    past = ', but show what etcd has lost until the API servers are started anew';
  let where = '';
  if (isBalanced && balancer === undefined) where = ' on the API servers’ own machines only';
  else if (balancer?.backends.every(({ up }) => !up)) where = ' only to who is connected already';
  const text = `Lists and watches are served${where}${past}.`;
  return line('cache', title, past === '' && where === '' ? works(text) : degraded(text));
}

const isFrozen = ({ state }: { state: ApiServerState }): boolean => state.etcdLost || state.broken.size > 0;

function way({ balancer }: Findings): HealthLine {
  const title = 'Load balancer';
  if (balancer === undefined)
    return line('way', title, stopped('kubectl and the nodes have no way to the API servers.'));
  const all = balancer.backends.length;
  const up = balancer.backends.filter((backend) => backend.up).length;
  if (up === 0) return line('way', title, stopped(`None of ${all} API servers passes its health check.`));
  if (up < all) return line('way', title, degraded(`${up} of ${all} API servers pass their health check.`));
  return line('way', title, works(`All ${all} API servers pass their health check.`));
}

function leader(
  id: string,
  who: string,
  good: string,
  bad: string,
  candidates: readonly Standing[],
  now: number,
): HealthLine {
  const title = id === 'scheduling' ? 'Scheduling' : 'Controllers';
  const leading = candidates.find(({ election }) => election.leading && now - election.renewedAt <= QUIET_MS);
  const last = newest(candidates.map(({ election }) => leaseSeenAt(election)));
  if (leading !== undefined) {
    const standby = candidates.length > 1 ? `, ${candidates.length - 1} stand by` : '';
    return line(id, title, works(`${good}: the ${who} on ${hostOf(leading.address)} leads${standby}.`));
  }
  const late = candidates.find(({ election }) => election.leading);
  if (late !== undefined) {
    const text = `The ${who} on ${hostOf(late.address)} cannot renew its Lease and will give up.`;
    return line(id, title, degraded(text, late.election.renewedAt));
  }
  const text = candidates.length === 0 ? `${bad}: no ${who} runs.` : `${bad}: no ${who} holds the Lease.`;
  return line(id, title, stopped(text, last));
}

const leaseSeenAt = ({ leading, renewedAt, observedAt }: ElectionState): number => (leading ? renewedAt : observedAt);

function reports({ reporting, lastReport }: Findings, nodes: number): HealthLine {
  const title = 'Nodes';
  const last = known(lastReport);
  if (nodes === 0) return line('nodes', title, works('There are no nodes.'));
  if (reporting === nodes) return line('nodes', title, works('All nodes report.'));
  if (reporting === 0) return line('nodes', title, stopped('No node reports any more.', last));
  return line('nodes', title, degraded(`${reporting} of ${nodes} nodes report.`));
}

function running({ pods, runtimes }: Findings, nodes: number): HealthLine {
  const title = 'Running pods';
  const some = pods === 1 ? '1 pod runs' : `${pods} pods run`;
  if (pods === 0)
    return line('pods', title, runtimes === 0 && nodes > 0 ? stopped('No pod runs.') : works('No pod runs.'));
  if (runtimes < nodes) return line('pods', title, degraded(`${some}, on ${runtimes} of ${nodes} nodes.`));
  return line('pods', title, works(`${some}; that takes no control plane.`));
}

function services({ proxies, frozen, servers }: Findings): HealthLine {
  const title = 'Services';
  if (proxies + frozen === 0) return line('services', title, stopped('No kube-proxy runs: rules stay as they are.'));
  if (servers.length > 0 && servers.every(isFrozen))
    return line(
      'services',
      title,
      degraded('Rules stay as they are on every node that runs: nothing new comes from the API servers.'),
    );
  if (frozen === 0) return line('services', title, works('Every node follows the Services.'));
  const nodes = frozen === 1 ? '1 node' : `${frozen} nodes`;
  return line('services', title, degraded(`On ${nodes} the rules are in place but get no news.`));
}

function newest(times: readonly number[]): number | undefined {
  return known(Math.max(Number.NEGATIVE_INFINITY, ...times.filter(isKnown)));
}

const known = (at: number): number | undefined => (at > -1e8 ? at : undefined);
