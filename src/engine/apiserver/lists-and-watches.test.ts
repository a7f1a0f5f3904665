import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../api/object.ts';
import { PROTOBUF } from '../client/messages.ts';
import type { Body } from '../kernel/types.ts';
import { bind, cluster, MAPS, map, merge, message, PODS, pod, post, SERVER, seenBy } from './test-calls.ts';

describe('a list', () => {
  it('for components has the server’s own objects, for people copies without kind', () => {
    const server = cluster();
    const created = post(server, MAPS, map('a'));
    const list = (accept?: string) =>
      (
        server.call({ method: 'GET', path: MAPS, query: { resourceVersion: '0' }, ...(accept && { accept }) }).body as {
          items: object[];
        }
      ).items[0];
    expect(list(PROTOBUF)).toBe(created);
    expect(list()).not.toHaveProperty('kind');
  });

  it('in parts is of one moment, whatever happens in between', () => {
    const server = cluster();
    for (const name of ['a', 'b', 'c', 'd']) post(server, MAPS, map(name));
    const part = (query: Record<string, string>) =>
      server.call({ method: 'GET', path: MAPS, query: { limit: '2', ...query } }).body as {
        metadata: { continue: string; resourceVersion: string; remainingItemCount?: number };
        items: KubernetesObject[];
      };
    const first = part({});
    expect(first.metadata.remainingItemCount).toBe(2);
    server.call({ method: 'DELETE', path: `${MAPS}/c` });
    post(server, MAPS, map('e'));
    const second = part({ continue: first.metadata.continue });
    expect(second.items.map((item) => item.metadata.name)).toEqual(['c', 'd']);
    expect(second.metadata.resourceVersion).toBe(first.metadata.resourceVersion);
    expect(second.metadata.continue).toBeUndefined();
  });

  it('of a revision to come is refused', () => {
    const server = cluster();
    const response = server.call({ method: 'GET', path: MAPS, query: { resourceVersion: '999999' } });
    expect(response.status).toBe(504);
    expect(message(response)).toBe(`Timeout: Too large resource version: 999999, current: ${server.state.revision}`);
  });
});

describe('a watch', () => {
  it('begins with what there is, and goes on with what changes', () => {
    const server = cluster();
    post(server, MAPS, map('a'));
    const watch = server.watch(MAPS);
    post(server, MAPS, map('b'));
    server.call(merge(`${MAPS}/a`, { data: { x: '1' } }));
    server.call({ method: 'DELETE', path: `${MAPS}/b` });
    expect(server.eventsOf(watch)).toEqual(['ADDED a', 'ADDED b', 'MODIFIED a', 'DELETED b']);
  });

  it('gives the deleted object with the revision of its deletion', () => {
    const server = cluster();
    const created = post(server, MAPS, map('a', { x: '1' }));
    const watch = server.watch(MAPS, { resourceVersion: created.metadata.resourceVersion as string });
    server.call({ method: 'DELETE', path: `${MAPS}/a` });
    const [event] = seenBy(server, watch);
    expect(event).toMatchObject({ type: 'DELETED', object: { data: { x: '1' } } });
    expect(Number(event?.object.metadata.resourceVersion)).toBe(Number(created.metadata.resourceVersion) + 1);
  });

  it('from a revision brings exactly what came after it', () => {
    const server = cluster();
    post(server, MAPS, map('a'));
    const b = post(server, MAPS, map('b'));
    post(server, MAPS, map('c'));
    const watch = server.watch(MAPS, { resourceVersion: b.metadata.resourceVersion as string });
    expect(server.eventsOf(watch)).toEqual(['ADDED c']);
  });

  it('from a revision that is forgotten ends with Expired', () => {
    const server = cluster();
    const first = post(server, MAPS, map('a'));
    for (let i = 0; i < 120; i++) {
      server.now += 1000;
      server.call(merge(`${MAPS}/a`, { data: { i: `${i}` } }));
    }
    const watch = server.watch(MAPS, { resourceVersion: first.metadata.resourceVersion as string });
    const [event] = seenBy(server, watch);
    expect(event).toMatchObject({ type: 'ERROR', object: { code: 410, reason: 'Expired' } });
    const text = expect.stringMatching(/^too old resource version: \d+ \(\d+\)$/);
    expect(event).toMatchObject({ object: { message: text } });
  });

  it('with a selector sees objects come and go as their labels change', () => {
    const server = cluster();
    const watch = server.watch(MAPS, { labelSelector: 'k=v' });
    post(server, MAPS, map('a', {}, { k: 'w' }));
    server.call(merge(`${MAPS}/a`, { metadata: { labels: { k: 'v' } } }));
    server.call(merge(`${MAPS}/a`, { data: { x: '1' } }));
    server.call(merge(`${MAPS}/a`, { metadata: { labels: { k: null } } }));
    expect(server.eventsOf(watch)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a']);
  });

  it('of a node sees the pods that are bound to it, and no others', () => {
    const server = cluster();
    const mine = server.watch('/api/v1/pods', { fieldSelector: 'spec.nodeName=n1' });
    const other = server.watch('/api/v1/pods', { fieldSelector: 'spec.nodeName=n2' });
    const pending = server.watch('/api/v1/pods', { fieldSelector: 'spec.nodeName=' });
    post(server, PODS, pod('p'));
    expect(server.call(bind('p', 'n1')).status).toBe(201);
    expect(server.eventsOf(mine)).toEqual(['ADDED p']);
    expect(server.eventsOf(other)).toEqual([]);
    expect(server.eventsOf(pending)).toEqual(['ADDED p', 'DELETED p']);
  });

  it('of one name or one namespace sees only that', () => {
    const server = cluster();
    const named = server.watch(MAPS, { fieldSelector: 'metadata.name=a' });
    const elsewhere = server.watch('/api/v1/namespaces/kube-system/configmaps');
    const everywhere = server.watch('/api/v1/configmaps');
    post(server, MAPS, map('a'));
    post(server, MAPS, map('b'));
    expect(server.eventsOf(named)).toEqual(['ADDED a']);
    expect(server.eventsOf(elsewhere)).toEqual([]);
    expect(server.eventsOf(everywhere)).toEqual(['ADDED a', 'ADDED b']);
  });

  it('shares one object among all who see it', () => {
    const server = cluster();
    const watches = [server.watch(MAPS), server.watch('/api/v1/configmaps')];
    const created = post(server, MAPS, map('a'));
    const seen = watches.map((id) => seenBy(server, id)[0]?.object);
    expect(seen[0]).toBe(created);
    expect(seen[1]).toBe(created);
  });

  it('as a table has its columns once', () => {
    const server = cluster();
    const watch = server.watch(MAPS, {}, 'application/json;as=Table;v=v1;g=meta.k8s.io');
    post(server, MAPS, map('a', { x: '1' }));
    post(server, MAPS, map('b'));
    const tables = seenBy(server, watch).map(
      ({ object }) => object as unknown as { columnDefinitions?: object[]; rows: { cells: unknown[] }[] },
    );
    expect(tables.map((table) => table.columnDefinitions?.length)).toEqual([3, undefined]);
    expect(tables[0]?.rows[0]?.cells).toEqual(['a', 1, '0s']);
  });

  it('is told how far it has come, and ends when its time is up', () => {
    const server = cluster();
    const watch = server.watch(MAPS, { allowWatchBookmarks: 'true', resourceVersion: '0' });
    post(server, PODS, pod('p'));
    server.now = 60_000;
    server.fire('bookmarks');
    const event = server.watched.findLast((events) => events.watchId === watch)?.events[0];
    expect(event).toMatchObject({
      type: 'BOOKMARK',
      object: { kind: 'ConfigMap', metadata: { resourceVersion: String(server.state.revision) } },
    });
    server.now = 3_600_001;
    server.fire('bookmarks');
    expect(server.state.watchers.size).toBe(0);
  });

  it('ends with its client', () => {
    const server = cluster();
    server.watch(MAPS);
    const second = server.watch(MAPS);
    server.send(SERVER, { type: 'stopWatch', watchId: second } as Body);
    expect(server.state.watchers.size).toBe(1);
    server.send(SERVER, { type: 'connectionLost', peer: 'kubectl@laptop' } as Body);
    expect(server.state.watchers.size).toBe(0);
  });
});

describe('a server behind others', () => {
  it('does not tell a watch what it has seen already', () => {
    const server = cluster();
    const version = server.state.revision + 1;
    const watch = server.watch(MAPS, { resourceVersion: String(version) });
    post(server, MAPS, map('a'));
    post(server, MAPS, map('b'));
    expect(server.eventsOf(watch)).toEqual(['ADDED b']);
  });
});
