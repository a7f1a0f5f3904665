import { describe, expect, it } from 'vitest';
import type { Span, Trace } from '../../../engine/door.ts';
import { createCluster } from '../../../engine/index.ts';
import { type OtlpSpan, toOtlp } from './otlp.ts';
import { panned, rangeOf, rowsOf, sharesOf, zoomed } from './rows.ts';

const span = (id: number, parent: number, start: number, end: number, more: Partial<Span> = {}): Span => ({
  id,
  parent,
  messageId: id,
  kind: 'request',
  service: 'kubelet@w',
  name: `span ${id}`,
  start,
  end,
  onPath: true,
  ...more,
});

const SPANS = [
  span(1, 0, 0, 0, { kind: 'act', service: 'kubectl@laptop' }),
  span(2, 1, 0, 100, { service: 'apiserver@cp' }),
  span(3, 2, 10, 20, { service: 'etcd@cp', onPath: false }),
  span(4, 3, 20, 30, { service: 'etcd@cp' }),
  span(5, 1, 50, 160, { kind: 'wait' }),
];

describe('rows', () => {
  it('write the tree down from the top', () => {
    expect(rowsOf(SPANS, false).map(({ span: { id }, depth }) => [id, depth])).toEqual([
      [1, 0],
      [2, 1],
      [3, 2],
      [4, 3],
      [5, 1],
    ]);
  });

  it('leave out what is not on the way, and hang the rest on what is', () => {
    expect(rowsOf(SPANS, true).map(({ span: { id }, depth }) => [id, depth])).toEqual([
      [1, 0],
      [2, 1],
      [4, 2],
      [5, 1],
    ]);
  });

  it('give each moment to the innermost span', () => {
    expect(sharesOf(rowsOf(SPANS, true))).toEqual([
      { component: 'apiserver', waits: false, ms: 90 },
      { component: 'kubelet', waits: true, ms: 60 },
      { component: 'etcd', waits: false, ms: 10 },
    ]);
  });

  it('zoom and pan within the whole', () => {
    const whole = rangeOf(rowsOf(SPANS, false));
    expect(whole).toEqual({ from: 0, to: 160 });
    const near = zoomed(whole, 0.5, whole, 150);
    expect(near).toEqual({ from: 80, to: 160 });
    expect(panned(near, 0.25, whole)).toEqual(near);
    expect(panned(near, -0.25, whole)).toEqual({ from: 60, to: 140 });
    expect(zoomed(near, 100, whole)).toEqual(whole);
    expect(rangeOf([])).toEqual({ from: 0, to: 1 });
  });
});

describe('OpenTelemetry JSON', () => {
  const cluster = createCluster({ seed: 1 });
  cluster.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web' },
    spec: { containers: [{ name: 'c', image: 'nginx:1.27' }] },
  });
  cluster.advance(10_000);
  const trace = cluster.trace({ kind: 'Pod', namespace: 'default', name: 'web' }) as Trace;
  const request = JSON.parse(JSON.stringify(toOtlp(trace))) as ReturnType<typeof toOtlp>;
  const spans: OtlpSpan[] = request.resourceSpans.flatMap(({ scopeSpans }) =>
    scopeSpans.flatMap((scope) => scope.spans),
  );

  it('has every span once, below the service that it is of', () => {
    expect(spans).toHaveLength(trace.spans.length);
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
    const names = request.resourceSpans.map(({ resource }) => resource.attributes[0]);
    expect(names).toContainEqual({ key: 'service.name', value: { stringValue: 'kube-apiserver' } });
    expect(names).toContainEqual({ key: 'service.name', value: { stringValue: 'containerd' } });
  });

  it('has the shape of an ExportTraceServiceRequest', () => {
    const known = new Set(spans.map(({ spanId }) => spanId));
    const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined);
    expect(roots).toHaveLength(1);
    expect(Object.keys(request)).toEqual(['resourceSpans']);
    for (const { traceId, spanId, parentSpanId, name, kind, attributes, status, ...times } of spans) {
      expect(traceId).toMatch(/^(?!0+$)[0-9a-f]{32}$/);
      expect(traceId).toBe(roots[0]?.traceId);
      expect(spanId).toMatch(/^(?!0+$)[0-9a-f]{16}$/);
      if (parentSpanId !== undefined) expect(known).toContain(parentSpanId);
      expect(name).not.toBe('');
      expect([1, 2, 3, 4]).toContain(kind);
      expect(times.startTimeUnixNano).toMatch(/^\d{19}$/);
      expect(BigInt(times.endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(times.startTimeUnixNano));
      for (const { key, value } of attributes) {
        expect(key).toMatch(/^[a-z0-9_.]+$/);
        expect(Object.keys(value)).toHaveLength(1);
        expect(typeof Object.values(value)[0]).toBe('string');
      }
      for (const link of times.links ?? []) expect(known).toContain(link.spanId);
      expect([undefined, 2]).toContain(status.code);
    }
    const [start] = spans.map(({ startTimeUnixNano }) => startTimeUnixNano).sort();
    expect(new Date(Number(BigInt(start as string) / 1_000_000n)).toISOString()).toMatch(/^2026-01-01T00:00:0/);
  });

  it('is the same each time', () => {
    expect(toOtlp(trace)).toEqual(request);
  });
});
