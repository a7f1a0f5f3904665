import type { ApiRequest } from '../client/messages.ts';
import { type Address, cancel, type Effect, type Env, timer } from '../kernel/types.ts';
import { askEtcd } from './etcd-requests.ts';
import { respond } from './respond.ts';
import type { ApiServerState } from './state.ts';

export const HEALTH = 'health';
/** etcd is asked at most once a second, and has two to answer. Source: storage/storagebackend/factory/etcd3.go */
const FRESH_MS = 1_000;
const PROBE_MS = 2_000;
const PATHS = new Set(['/healthz', '/livez', '/readyz']);

export const isHealthPath = (path: string): boolean => PATHS.has(path);

/** GET of a health path: answered with etcd's last word if that is a second old at most, else when etcd has been asked. */
export function checkHealth(state: ApiServerState, env: Env, from: Address, request: ApiRequest): Effect[] {
  if (env.now - state.healthAt <= FRESH_MS) return [respond(from, request, verdict(state, request), [])];
  state.healthChecks.push({ from, request });
  if (state.healthChecks.length > 1) return [];
  const question = { type: 'range', key: '/registry/health' };
  return [...askEtcd(state, { wait: 'health' }, question, true), timer(HEALTH, PROBE_MS, { periodic: true })];
}

/** etcd answered something, so it is well. */
export function etcdAnswered(state: ApiServerState, env: Env): Effect[] {
  state.healthy = true;
  state.healthAt = env.now;
  state.answeredAt = env.now;
  return state.healthChecks.length === 0 ? NOTHING : answerChecks(state);
}

const NOTHING: Effect[] = [];

/** etcd has not answered in time. */
export function healthTimeout(state: ApiServerState, env: Env): Effect[] {
  state.healthy = false;
  state.healthAt = env.now;
  return answerChecks(state);
}

function answerChecks(state: ApiServerState): Effect[] {
  for (const [id, { wait }] of state.waiting) if (wait === 'health') state.waiting.delete(id);
  const effects = state.healthChecks.map(({ from, request }) => respond(from, request, verdict(state, request), []));
  state.healthChecks = [];
  return [...effects, cancel(HEALTH)];
}

/** Source: staging/src/k8s.io/apiserver/pkg/server/healthz/healthz.go */
function verdict({ healthy, phase }: ApiServerState, { path }: ApiRequest): { code: number; body: string } {
  const isReady = phase === 'ready' || path !== '/readyz';
  if (healthy && isReady) return { code: 200, body: 'ok' };
  const line = (name: string, isWell: boolean): string =>
    isWell ? `[+]${name} ok\n` : `[-]${name} failed: reason withheld\n`;
  const etcd = line('etcd', healthy);
  const ready = path === '/readyz' ? `${line('etcd-readiness', healthy)}${line('informer-sync', isReady)}` : '';
  return { code: 500, body: `[+]ping ok\n[+]log ok\n${etcd}${ready}${path.slice(1)} check failed\n` };
}
