import { expect, it } from 'vitest';
import type { Span, Trace } from './door.ts';
import { createCluster } from './index.ts';

const APP = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'nginx', image: 'nginx:1.27' }] },
    },
  },
};

function deployed(): { trace: Trace; act: number } {
  const cluster = createCluster({ seed: 1 });
  cluster.apply(APP);
  cluster.advance(20_000);
  const pod = cluster.list('Pod', 'default')[0]?.metadata.name as string;
  const trace = cluster.trace({ kind: 'Pod', namespace: 'default', name: pod });
  return { trace: trace as Trace, act: cluster.kernel.log.acts.at(-1)?.id as number };
}

it('makes a tree of spans in which every request holds its work', () => {
  const { trace, act } = deployed();
  const byId = new Map(trace.spans.map((span) => [span.id, span]));
  expect(byId.size).toBe(trace.spans.length);
  expect(trace.title).toBe('You: kubectl apply deployment/web');
  const [root] = trace.spans;
  expect(root).toMatchObject({ parent: 0, messageId: act, kind: 'act', onPath: true });
  for (const span of trace.spans) {
    expect(span.end).toBeGreaterThanOrEqual(span.start);
    if (span !== root) expect(byId.has(span.parent)).toBe(true);
    const request = byId.get(span.parent) as Span;
    if (span.kind !== 'serve') continue;
    expect(request.kind).toBe('request');
    expect(span.start).toBeGreaterThanOrEqual(request.start);
    expect(span.end).toBeLessThanOrEqual(request.end);
  }
  const parts = new Set(trace.spans.map(({ service }) => service.split('@')[0]));
  for (const part of ['kubectl', 'apiserver', 'etcd', 'controller-manager', 'scheduler', 'kubelet', 'containerd'])
    expect(parts).toContain(part);
});

it('says what took long: pulling the image, waiting', () => {
  const { trace } = deployed();
  const long = trace.spans.filter(({ start, end }) => end - start > 1_000).map(({ name }) => name);
  expect(long.join('\n')).toMatch(/PullImage nginx:1.27/);
  expect(trace.spans.filter(({ onPath }) => onPath).length).toBeGreaterThan(20);
  expect(trace.spans.some(({ kind }) => kind === 'wait')).toBe(true);
});
