import { describe, expect, it } from 'vitest';
import type { PodDisruptionBudget } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { toRFC3339 } from '../api/time.ts';
import type { Call } from '../client/messages.ts';
import { answerTo, cluster, ETCD, etcdPut, merge, message, PODS, pod, post } from './test-calls.ts';
import type { TestServer } from './test-server.ts';

const BUDGETS = '/apis/policy/v1/namespaces/default/poddisruptionbudgets';
const BUDGET = `${BUDGETS}/b`;
const EVICT: Call = { method: 'POST', path: `${PODS}/p/eviction`, body: { metadata: { name: 'p' } } };

/** Pod p is ready, and budget b, which nobody has counted out yet, wants one such pod. */
function guarded(): TestServer {
  const server = cluster();
  post(server, PODS, pod('p', { nodeName: 'n1' }, { labels: { a: 'b' } }));
  const ready = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] };
  server.call(merge(`${PODS}/p/status`, { status: ready }));
  const spec = { minAvailable: 1, selector: { matchLabels: { a: 'b' } } };
  post(server, BUDGETS, { metadata: { name: 'b' }, spec });
  return server;
}

function allowOneDisruption(server: TestServer): void {
  const counts = { disruptionsAllowed: 1, currentHealthy: 2, desiredHealthy: 1, expectedPods: 2 };
  server.call(merge(`${BUDGET}/status`, { status: { observedGeneration: 1, ...counts } }));
}

describe('eviction', () => {
  it('spends the budget, then deletes', () => {
    const server = guarded();
    const evict = () => server.call(EVICT);
    expect(message(evict())).toBe("Cannot evict pod as it would violate the pod's disruption budget.");
    allowOneDisruption(server);
    expect(evict().status).toBe(201);
    const budget = server.call({ method: 'GET', path: BUDGET }).body as PodDisruptionBudget;
    expect(budget.status).toMatchObject({ disruptionsAllowed: 0, disruptedPods: { p: toRFC3339(0) } });
    expect(server.call({ method: 'GET', path: `${PODS}/p` }).body).toMatchObject({
      metadata: { deletionGracePeriodSeconds: 30 },
    });
  });

  it('spends the budget once, though the pod changes in between', () => {
    const server = guarded();
    allowOneDisruption(server);
    const eviction = server.submit(EVICT);
    // The budget is charged; before the deletion gets to etcd, a status does.
    const isDeleting = () =>
      [...server.state.waiting.values()].some((row) => row.wait === 'txn' && row.write.isCharged);
    for (let i = 0; i < 20 && !isDeleting(); i++) server.run(1);
    expect(isDeleting()).toBe(true);
    const key = '/registry/pods/default/p';
    const { metadata, ...rest } = server.state.objects.get(key) as KubernetesObject;
    const { resourceVersion: _version, ...others } = metadata;
    const late = { ...rest, metadata: { ...others, labels: { a: 'b', late: 'yes' } } };
    server.sendFirst(ETCD, etcdPut(key, late));
    server.run();
    expect(answerTo(server, eviction)?.status).toBe(201);
    expect(server.state.objects.get(key)?.metadata).toMatchObject({
      labels: { late: 'yes' },
      deletionGracePeriodSeconds: 30,
    });
  });
});
