import { describe, expect, it } from 'vitest';
import type { Body } from '../kernel/types.ts';
import { answerTo, cluster, ETCD, etcdPut, MAPS, map, merge, message, post, SERVER } from './test-calls.ts';
import type { TestServer } from './test-server.ts';

describe('without etcd', () => {
  it('what is cached can be read; when etcd is back, watches learn what they missed', () => {
    const server = cluster();
    post(server, MAPS, map('a'));
    const watch = server.watch(MAPS);
    server.stopEtcd();
    const cached = server.call({ method: 'GET', path: `${MAPS}/a`, query: { resourceVersion: '0' } });
    expect(cached.status).toBe(200);
    // A write waits for etcd.
    const write = server.submit({ method: 'POST', path: MAPS, body: map('b') });
    server.run();
    expect(answerTo(server, write)).toBeUndefined();
    server.startEtcd();
    server.fire('reconnect');
    expect(answerTo(server, write)?.status).toBe(201);
    post(server, MAPS, map('c'));
    expect(server.eventsOf(watch)).toEqual(['ADDED a', 'ADDED b', 'ADDED c']);
  });

  it('requests wait 34 s or 60 s, then are told that their time is up', () => {
    const server = cluster();
    post(server, MAPS, map('a'));
    server.stopEtcd();
    const write = server.submit({ method: 'POST', path: MAPS, body: map('b') });
    const read = server.submit({ method: 'GET', path: `${MAPS}/a` });
    server.run();
    server.now = 33_999;
    server.fire('deadlines');
    expect(answerTo(server, write)).toBeUndefined();
    server.now = 34_000;
    server.fire('deadlines');
    expect(answerTo(server, write)?.status).toBe(504);
    expect(message(answerTo(server, write))).toBe(
      'Timeout: request did not complete within requested timeout - context deadline exceeded',
    );
    expect(answerTo(server, read)).toBeUndefined();
    server.now = 60_000;
    server.fire('deadlines');
    expect(message(answerTo(server, read))).toBe('Timeout: request did not complete within the allotted timeout');
  });

  it.each(['lost', 'failed'])('has one watch of each resource, also when its first write was %s', (how) => {
    const server = cluster();
    server.state.phase = 'bootstrapping';
    server.state.waiting.set(1e6, { wait: 'bootstrap' });
    if (how === 'lost') {
      server.stopEtcd();
      server.startEtcd();
      server.fire('reconnect');
    } else {
      const error = 'etcdserver: request timed out';
      server.send(SERVER, { type: 'etcdError', reply: true, requestId: 1e6, error } as Body, ETCD);
    }
    expect(server.state.phase).toBe('ready');
    const watches = [...server.state.waiting.values()].filter(({ wait }) => wait === 'cacheWatch');
    expect(watches).toHaveLength(server.state.caches.size);
    const watch = server.watch(MAPS);
    post(server, MAPS, map('a'));
    expect(server.eventsOf(watch)).toEqual(['ADDED a']);
  });

  it('opens its watches anew over the next connection, and hears nothing more of the one before', () => {
    const server = cluster();
    const watch = server.watch(MAPS);
    const watches = () => [...server.state.waiting].filter(([, { wait }]) => wait === 'cacheWatch').map(([id]) => id);
    const before = watches();
    const refuse = (requestId: number) =>
      server.send(SERVER, { type: 'connectionRefused', requestId, peer: ETCD } as Body, ETCD);
    server.state.waiting.set(1e6, { wait: 'eventLease' });
    refuse(1e6);
    expect(server.state.etcdLost).toBe(true);
    server.fire('reconnect');
    expect(watches()).toHaveLength(before.length);
    expect(watches().filter((id) => before.includes(id))).toEqual([]);
    refuse(before[0] as number);
    refuse(1e6);
    expect(server.state.etcdLost).toBe(false);
    post(server, MAPS, map('a'));
    expect(server.eventsOf(watch)).toEqual(['ADDED a']);
  });

  it('events wait for their lease until etcd is back, or until their time is up', () => {
    const server = cluster();
    const event = { metadata: { name: 'e' }, involvedObject: { kind: 'Pod', name: 'p', namespace: 'default' } };
    const submit = () => server.submit({ method: 'POST', path: '/api/v1/namespaces/default/events', body: event });
    server.stopEtcd();
    const late = submit();
    server.run();
    server.now = 34_000;
    server.fire('deadlines');
    expect(answerTo(server, late)?.status).toBe(504);
    const early = submit();
    server.run();
    server.startEtcd();
    server.fire('reconnect');
    expect(answerTo(server, early)?.status).toBe(201);
    expect(server.state.forLease).toEqual([]);
  });

  it('is not healthy: etcd has two seconds to answer', () => {
    const server = cluster();
    server.now = 1_500;
    expect(server.call({ method: 'GET', path: '/livez' }).body).toBe('ok');
    expect(server.call({ method: 'GET', path: '/livez/etcd' }).body).toBe('ok');
    expect(server.call({ method: 'GET', path: '/livez/shutdown' }).status).toBe(404);
    expect(server.call({ method: 'GET', path: '/readyz', query: { verbose: '' } }).body).toBe(
      '[+]ping ok\n[+]log ok\n[+]etcd ok\n[+]etcd-readiness ok\n[+]informer-sync ok\n[+]shutdown ok\nreadyz check passed\n',
    );
    server.stopEtcd();
    server.now = 5_000;
    const check = server.submit({ method: 'GET', path: '/livez' });
    server.run();
    server.now = 7_000;
    server.fire('health');
    const answer = answerTo(server, check);
    expect(answer?.status).toBe(500);
    expect(answer?.body).toBe('[+]ping ok\n[+]log ok\n[-]etcd failed: reason withheld\nlivez check failed\n');
    const query = { exclude: 'etcd', verbose: 'true' };
    expect(server.call({ method: 'GET', path: '/livez', query })).toMatchObject({
      status: 200,
      body: '[+]ping ok\n[+]log ok\n[+]etcd excluded: ok\nlivez check passed\n',
    });
    const get = (path: string, query = {}) => server.call({ method: 'GET', path, query });
    expect(get('/livez/ping')).toMatchObject({ status: 200, body: 'ok' });
    expect(get('/livez/etcd')).toMatchObject({
      status: 500,
      body: 'internal server error: error getting data from etcd: context deadline exceeded\n',
    });
    expect(get('/readyz', { verbose: '', exclude: 'disk' })).toMatchObject({
      status: 500,
      body: '[+]ping ok\n[+]log ok\n[-]etcd failed: reason withheld\n[-]etcd-readiness failed: reason withheld\n[+]informer-sync ok\n[+]shutdown ok\nwarn: some health checks cannot be excluded: no matches for "disk"\nreadyz check failed\n',
    });
  });
});

describe('without a leader of etcd', () => {
  /** Ends every watch that the server has at etcd, and answers none of its questions. */
  function loseLeader(server: TestServer): void {
    for (const [requestId, { wait }] of [...server.state.waiting]) {
      const body = { type: 'watchResponse', reply: true, requestId, revision: 0, events: [] };
      if (wait === 'cacheWatch') server.send(SERVER, { ...body, canceled: 'etcdserver: no leader' } as Body, ETCD);
    }
  }

  it('caches stay readable for 30 s, then say that they are not ready, until they have been read anew', () => {
    const server = cluster();
    post(server, MAPS, map('a'));
    const watch = server.watch(MAPS);
    const list = () => server.call({ method: 'GET', path: MAPS, query: { resourceVersion: '0' } });
    loseLeader(server);
    server.state.etcdLost = true;
    expect(list().status).toBe(200);
    server.now = 30_000;
    server.fire('rewatch');
    expect(list().status).toBe(429);
    expect(message(list())).toBe('storage is (re)initializing');
    expect(server.closed).toContain(watch);
    server.fire('reconnect');
    expect(list().status).toBe(200);
    post(server, MAPS, map('b'));
    expect(server.call({ method: 'GET', path: MAPS }).status).toBe(200);
  });

  it('what happened before the leader came back is told once', () => {
    const server = cluster();
    const watch = server.watch(MAPS);
    loseLeader(server);
    post(server, MAPS, map('a'));
    expect(server.eventsOf(watch)).toEqual([]);
    server.fire('rewatch');
    expect(server.eventsOf(watch)).toEqual(['ADDED a']);
    post(server, MAPS, map('b'));
    expect(server.eventsOf(watch)).toEqual(['ADDED a', 'ADDED b']);
  });

  it('a watch that a learner refuses is opened again', () => {
    const server = cluster();
    const watch = server.watch(MAPS);
    const error = 'etcdserver: rpc not supported for learner';
    for (const [requestId, { wait }] of [...server.state.waiting])
      if (wait === 'cacheWatch')
        server.send(SERVER, { type: 'etcdError', reply: true, requestId, error } as Body, ETCD);
    server.fire('rewatch');
    post(server, MAPS, map('a'));
    expect(server.eventsOf(watch)).toEqual(['ADDED a']);
  });

  it('what the cache does not know yet can be changed all the same', () => {
    const server = cluster();
    loseLeader(server);
    const value = { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a', namespace: 'default', uid: 'u' } };
    server.send(ETCD, etcdPut('/registry/configmaps/default/a', value), 'apiserver@other');
    expect(server.call(merge(`${MAPS}/a`, { data: { a: '1' } })).status).toBe(200);
    expect(server.call(merge(`${MAPS}/b`, { data: { a: '1' } })).status).toBe(404);
  });

  it('what is deleted while another resource lags can be made and changed again', () => {
    const server = cluster();
    post(server, MAPS, map('a'));
    const [id] = [...server.state.waiting].find(([, row]) => 'prefix' in row && row.prefix.includes('secrets')) ?? [];
    const body = { type: 'watchResponse', reply: true, requestId: id, revision: 0, events: [], canceled: 'no leader' };
    server.send(SERVER, body as Body, ETCD);
    server.call({ method: 'DELETE', path: `${MAPS}/a` });
    server.fire('rewatch');
    post(server, MAPS, map('a'));
    expect(server.call(merge(`${MAPS}/a`, { data: { a: '1' } })).status).toBe(200);
    expect(server.state.written.size).toBe(0);
  });

  it('a write that the lagging cache takes for nothing new is held against etcd', () => {
    const server = cluster();
    post(server, MAPS, { ...map('a'), data: { a: '1' } });
    loseLeader(server);
    const key = '/registry/configmaps/default/a';
    const { resourceVersion: _version, ...metadata } = server.state.objects.get(key)?.metadata ?? { name: 'a' };
    const value = { ...server.state.objects.get(key), metadata, data: { a: '2' } };
    server.send(ETCD, etcdPut(key, value), 'apiserver@other');
    const patched = server.call(merge(`${MAPS}/a`, { data: { a: '1' } }));
    server.fire('rewatch');
    expect(patched.body).toEqual(server.state.objects.get(key));
    expect(server.state.objects.get(key)).toMatchObject({ data: { a: '1' } });
  });

  it('a failed write says so in etcd’s words, a read is asked again', () => {
    const server = cluster();
    post(server, MAPS, map('a'));
    const write = server.submit({ method: 'POST', path: MAPS, body: map('b') });
    server.run(1);
    const [id] = [...server.state.waiting].find(([, { wait }]) => wait === 'txn') ?? [];
    const error = 'etcdserver: request timed out';
    server.sendFirst(SERVER, { type: 'etcdError', reply: true, requestId: id, error } as Body);
    server.run();
    const answer = answerTo(server, write);
    expect([answer?.status, message(answer)]).toEqual([500, error]);
  });
});
