import { describe, expect, it } from 'vitest';
import type { Pod } from '../api/generated/types.ts';
import type { KubernetesObject } from '../api/object.ts';
import { toRFC3339 } from '../api/time.ts';
import type { Body } from '../kernel/types.ts';
import {
  answerTo,
  bind,
  cluster,
  ETCD,
  etcdPut,
  MAPS,
  map,
  merge,
  message,
  PODS,
  pod,
  post,
  SERVER,
  seenBy,
} from './test-calls.ts';

describe('deletion', () => {
  it('gives a running pod its grace, and takes it when the kubelet says so', () => {
    const server = cluster();
    const watch = server.watch(PODS);
    post(server, PODS, pod('p', { nodeName: 'n1' }));
    const marked = server.call({ method: 'DELETE', path: `${PODS}/p` }).body as Pod;
    expect(marked.metadata).toMatchObject({
      deletionTimestamp: toRFC3339(30_000),
      deletionGracePeriodSeconds: 30,
      generation: 2,
    });
    server.now = 10_000;
    const body = { gracePeriodSeconds: 0, preconditions: { uid: marked.metadata.uid } };
    expect(server.call({ method: 'DELETE', path: `${PODS}/p`, body }).status).toBe(200);
    expect(server.eventsOf(watch)).toEqual(['ADDED p', 'MODIFIED p', 'MODIFIED p', 'DELETED p']);
  });

  it('without grace happens even if somebody else writes in between', () => {
    const server = cluster();
    const watch = server.watch(PODS);
    post(server, PODS, pod('p', { nodeName: 'n1' }));
    const force = server.submit({ method: 'DELETE', path: `${PODS}/p`, body: { gracePeriodSeconds: 0 } });
    // The mark is written; before the deletion gets to etcd, a status does.
    server.run(4);
    const key = '/registry/pods/default/p';
    const marked = server.state.objects.get(key) as KubernetesObject;
    const { resourceVersion, ...metadata } = marked.metadata;
    const value = { ...marked, metadata: { ...metadata, labels: { late: 'yes' } } };
    const compare = [{ key, modRevision: Number(resourceVersion) }];
    server.sendFirst(ETCD, etcdPut(key, value, compare));
    server.run();
    expect(answerTo(server, force)?.status).toBe(200);
    expect(server.eventsOf(watch)).toEqual(['ADDED p', 'MODIFIED p', 'MODIFIED p', 'DELETED p']);
  });

  it('waits for finalizers, and happens with the update that removes the last one', () => {
    const server = cluster();
    post(server, MAPS, { metadata: { name: 'f', finalizers: ['example.com/hold'] } });
    expect(server.call({ method: 'DELETE', path: `${MAPS}/f` }).body).toMatchObject({
      metadata: { deletionGracePeriodSeconds: 0 },
    });
    const taken = server.call({ method: 'POST', path: MAPS, body: map('f') });
    expect(message(taken)).toBe('object is being deleted: configmaps "f" already exists');
    expect(server.call(merge(`${MAPS}/f`, { metadata: { finalizers: null } })).status).toBe(200);
    expect(server.call({ method: 'GET', path: `${MAPS}/f` }).status).toBe(404);
  });

  it('says what is gone, in a Status', () => {
    const server = cluster();
    const created = post(server, MAPS, map('a'));
    expect(server.call({ method: 'DELETE', path: `${MAPS}/a` }).body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'a', kind: 'configmaps', uid: created.metadata.uid },
    });
  });

  it('of a collection takes what the selector says', () => {
    const server = cluster();
    post(server, MAPS, map('a', {}, { k: 'v' }));
    post(server, MAPS, map('b'));
    const response = server.call({ method: 'DELETE', path: MAPS, query: { labelSelector: 'k=v' } });
    expect((response.body as { items: KubernetesObject[] }).items.map((item) => item.metadata.name)).toEqual(['a']);
    expect(server.call({ method: 'GET', path: `${MAPS}/a` }).status).toBe(404);
    expect(server.call({ method: 'GET', path: `${MAPS}/b` }).status).toBe(200);
  });

  it('of a collection takes one object after the other, though others write meanwhile', () => {
    const server = cluster();
    for (const name of ['a', 'b', 'c']) post(server, PODS, pod(name));
    for (const name of ['b', 'c']) expect(server.call(bind(name, 'n1')).status).toBe(201);
    const watch = server.watch(PODS, { resourceVersion: String(server.state.revision) });
    server.submit({ method: 'DELETE', path: PODS });
    // Between the first object and the second: the third changes before its turn.
    server.run(2);
    server.sendFirst(SERVER, {
      type: 'apiRequest',
      requestId: 900,
      ...merge(`${PODS}/c`, { metadata: { labels: { x: 'y' } } }),
      user: 'system:apiserver',
      agent: 'test',
    } as Body);
    server.run();
    expect(server.responses.map(({ status }) => status).slice(-2)).toEqual([200, 200]);
    const revisions = seenBy(server, watch).map(({ object }) => Number(object.metadata?.resourceVersion));
    expect(new Set(revisions).size).toBe(revisions.length);
    // Without a node a pod goes at once, and is seen to; with one it is given its time.
    expect(server.eventsOf(watch).toSorted()).toEqual([
      'DELETED a',
      'MODIFIED a',
      'MODIFIED b',
      'MODIFIED c',
      'MODIFIED c',
    ]);
    const list = server.call({ method: 'GET', path: PODS }).body as { items: Pod[] };
    expect(list.items.map(({ metadata }) => metadata.deletionGracePeriodSeconds)).toEqual([30, 30]);
  });

  it('of a namespace is over when its finalizer is gone', () => {
    const server = cluster();
    post(server, '/api/v1/namespaces', { metadata: { name: 'n' } });
    const path = '/api/v1/namespaces/n';
    const ending = server.call({ method: 'DELETE', path }).body as KubernetesObject & { spec: object };
    expect(ending).toMatchObject({ spec: { finalizers: ['kubernetes'] }, status: { phase: 'Terminating' } });
    expect(server.call({ method: 'DELETE', path }).body).toMatchObject({ kind: 'Namespace' });
    expect(
      server.call({ method: 'PUT', path: `${path}/finalize`, body: { ...ending, spec: { finalizers: [] } } }).status,
    ).toBe(200);
    expect(server.call({ method: 'GET', path }).status).toBe(404);
  });
});
