import type { ApiRequest } from '../client/messages.ts';
import { type Address, cancel, type Effect, type Env, timer } from '../kernel/types.ts';
import { askEtcd } from './etcd-requests.ts';
import { respond } from './respond.ts';
import type { ApiServerState } from './state.ts';

export const HEALTH = 'health';
/** etcd is asked at most once a second, and has two to answer. Source: storage/storagebackend/factory/etcd3.go */
const FRESH_MS = 1_000;
const PROBE_MS = 2_000;
const PATH = /^\/(healthz|livez|readyz)(\/(ping|log|etcd))?$|^\/readyz\/(etcd-readiness|informer-sync|shutdown)$/;

export const isHealthPath = (path: string): boolean => PATH.test(path);

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
function verdict({ healthy, phase }: ApiServerState, { path, query = {} }: ApiRequest): { code: number; body: string } {
  const [, name, only] = path.split('/');
  const checks: [string, boolean][] = [
    ['ping', true],
    ['log', true],
    ['etcd', healthy],
  ];
  if (name === 'readyz')
    checks.push(['etcd-readiness', healthy], ['informer-sync', phase === 'ready'], ['shutdown', true]);
  if (only !== undefined) {
    // A check asked for by itself says why it fails.
    if (checks.some(([check, isOk]) => check === only && isOk)) return { code: 200, body: 'ok' };
    const why = only.startsWith('etcd')
      ? 'error getting data from etcd: context deadline exceeded'
      : 'informers not started yet';
    return { code: 500, body: `internal server error: ${why}\n` };
  }
  const { exclude } = query;
  let body = '';
  let isWell = true;
  for (const [check, isOk] of checks) {
    const isExcluded = exclude === check;
    if (isExcluded) body += `[+]${check} excluded: ok\n`;
    else body += isOk ? `[+]${check} ok\n` : `[-]${check} failed: reason withheld\n`;
    isWell &&= isOk || isExcluded;
  }
  if (exclude !== undefined && !checks.some(([check]) => check === exclude))
    body += `warn: some health checks cannot be excluded: no matches for ${JSON.stringify(exclude)}\n`;
  if (!isWell) return { code: 500, body: `${body}${name} check failed\n` };
  return { code: 200, body: query.verbose === undefined ? 'ok' : `${body}${name} check passed\n` };
}
