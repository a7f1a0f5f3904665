import type { KubernetesObject } from './api/object.ts';
import type { ApiRequest, ApiResponse, WatchEvents } from './client/messages.ts';
import type { EtcdWatchResponse, TxnRequest, TxnResponse } from './etcd/messages.ts';
import type { Body } from './kernel/types.ts';

/** A body of which only what labels and sentences need is left. */
export interface LightBody extends Body {
  readonly light: true;
}

export const isLight = (body: Body): body is LightBody => 'light' in body;

/** Makes the body of an old message small: objects become their kind and name. */
export function lightBody(body: Body): Body {
  // Literals, not spreads: of a long run every message comes by here.
  const { type, requestId, reply } = body;
  const light = true;
  switch (type) {
    case 'apiRequest': {
      const { method, path, user, query, body: object } = body as ApiRequest;
      const watch = query?.watch ? { watch: query.watch } : undefined;
      const told = method === 'POST' ? nameOf(object) : undefined;
      return { type, requestId, reply, light, method, path, user, query: watch, body: told } as Body;
    }
    case 'apiResponse': {
      const { status, body: answer } = body as ApiResponse;
      const { kind, reason, message } = (answer ?? {}) as { kind?: string; reason?: string; message?: string };
      const told = status < 400 ? nameOf(answer) : { kind, reason, message };
      return { type, requestId, reply, light, status, body: told } as Body;
    }
    case 'watchEvents': {
      const { watchId, events } = body as unknown as WatchEvents;
      const few = events.slice(0, 20).map((event) => ({ type: event.type, object: nameOf(event.object) }));
      return { type, requestId, reply, light, watchId, events: few } as Body;
    }
    case 'txn': {
      const success = (body as TxnRequest).success.map((operation) =>
        operation.op === 'put' ? { op: 'put', key: operation.key, value: nameOf(operation.value) } : operation,
      );
      return { type, requestId, reply, light, success } as Body;
    }
    case 'watchResponse': {
      const { revision, events } = body as EtcdWatchResponse;
      const few = events.slice(0, 20).map((event) => ({
        type: event.type,
        kv: { key: event.kv.key, value: nameOf(event.kv.value) },
        prev: event.prev && {},
      }));
      return { type, requestId, reply, light, revision, events: few } as Body;
    }
    case 'txnResponse': {
      const { succeeded, revision } = body as TxnResponse;
      return { type, requestId, reply, light, succeeded, revision } as Body;
    }
    case 'timer':
    case 'start':
      return body;
    default:
      return isSmall(body) ? body : ({ type, requestId, reply, light, ...primitives(body) } as Body);
  }
}

function nameOf(object: unknown): object | undefined {
  const { kind, metadata } = (object ?? {}) as Partial<KubernetesObject>;
  return metadata && { kind, metadata: { name: metadata.name, namespace: metadata.namespace } };
}

function isSmall(body: Body): boolean {
  for (const name in body) if (typeof body[name as keyof Body] === 'object') return false;
  return true;
}

function primitives(body: Body): object {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) if (typeof value !== 'object') kept[name] = value;
  const { config } = body as { config?: { name?: string; namespace?: string; image?: string } };
  if (config?.name !== undefined) kept.config = { name: config.name, namespace: config.namespace, image: config.image };
  return kept;
}
