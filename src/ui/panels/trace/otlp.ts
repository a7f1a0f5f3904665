import type { Span, Trace } from '../../../engine/door.ts';
import { componentOf, hostOf } from '../../store/keys.ts';

/**
 * A trace as OpenTelemetry's OTLP/JSON writes it (opentelemetry-proto `ExportTraceServiceRequest`): ids in hex, 64-bit
 * numbers as strings, enums as numbers.
 */
export interface OtlpRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string };
      readonly spans: readonly OtlpSpan[];
    }[];
  }[];
}

export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status: { readonly code?: number };
}

export interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue: string } | { readonly intValue: string };
}

/** Virtual time 0. */
const EPOCH_NANOS = BigInt(Date.UTC(2026, 0, 1)) * 1_000_000n;
/** Of `SpanKind`: internal 1, server 2, client 3, producer 4. */
const KINDS: Readonly<Record<Span['kind'], number>> = { act: 1, wait: 1, serve: 2, request: 3, message: 4 };
const ERROR = 2;

/** What processes are called where Kubernetes runs. */
const SERVICES: Readonly<Record<string, string>> = {
  apiserver: 'kube-apiserver',
  scheduler: 'kube-scheduler',
  'controller-manager': 'kube-controller-manager',
};

/** The trace as a file for trace viewers; the same trace always gives the same text. */
export function toOtlp(trace: Trace): OtlpRequest {
  const traceId = traceIdOf(trace);
  const byService = new Map<string, OtlpSpan[]>();
  for (const span of trace.spans) {
    const spans = byService.get(span.service) ?? [];
    spans.push(spanOf(span, traceId));
    byService.set(span.service, spans);
  }
  return {
    resourceSpans: [...byService].map(([address, spans]) => ({
      resource: {
        attributes: [
          text('service.name', SERVICES[componentOf(address)] ?? componentOf(address)),
          text('service.namespace', 'kubernetes'),
          text('service.instance.id', address),
          text('host.name', hostOf(address)),
        ],
      },
      scopeSpans: [{ scope: { name: 'kube-orrery' }, spans }],
    })),
  };
}

const text = (key: string, stringValue: string): Attribute => ({ key, value: { stringValue } });

function spanOf(span: Span, traceId: string): OtlpSpan {
  const { id, parent, messageId, kind, name, start, end, actor, objects = [], links = [], failed } = span;
  return {
    traceId,
    spanId: spanIdOf(id),
    ...(parent !== 0 && { parentSpanId: spanIdOf(parent) }),
    name,
    kind: KINDS[kind],
    startTimeUnixNano: nanos(start),
    endTimeUnixNano: nanos(end),
    attributes: [
      { key: 'orrery.message.id', value: { intValue: String(messageId) } },
      text('orrery.kind', kind),
      ...(actor === undefined ? [] : [text('orrery.actor', actor)]),
      ...(objects[0] === undefined ? [] : [text('k8s.object', objects[0])]),
    ],
    ...(links.length > 0 && { links: links.map((to) => ({ traceId, spanId: spanIdOf(to) })) }),
    status: failed ? { code: ERROR } : {},
  };
}

/** Virtual milliseconds, which have whole microseconds, as nanoseconds of the calendar. */
const nanos = (ms: number): string => String(EPOCH_NANOS + BigInt(Math.round(ms * 1000)) * 1000n);

/** Ids must not be 0, and a span's never is. */
const spanIdOf = (id: number): string => id.toString(16).padStart(16, '0');

/** 128 bits of the beginning: two runs with the same beginning have the same id. */
function traceIdOf({ title, spans: [root] }: Trace): string {
  const words = `${title} ${root?.messageId} ${root?.start}`;
  return [0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35]
    .map((seed) => {
      let hash = seed;
      for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ words.charCodeAt(i), 0x01000193);
      return (hash >>> 0).toString(16).padStart(8, '0');
    })
    .join('');
}
