import type { KubernetesObject } from './api/object.ts';
import { resourceAt } from './api/resources.ts';
import type { ApiRequest, ApiResponse, WatchEvents } from './client/messages.ts';
import type { MessageView, Traffic } from './door.ts';
import type { EtcdError, EtcdWatchResponse, RaftMessage, TxnRequest } from './etcd/messages.ts';
import { type Body, componentOf, type Message } from './kernel/types.ts';

/** The parts of a REST path. */
export interface PathParts {
  readonly resource: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

/** Splits `/api/v1/namespaces/default/pods/web/status`; undefined for paths outside the resources. */
export function splitPath(path: string): PathParts | undefined {
  const parts = path.split('/').filter((part) => part !== '');
  const version = parts[0] === 'api' ? parts[1] : `${parts[1]}/${parts[2]}`;
  let rest = parts.slice(parts[0] === 'api' ? 2 : 3);
  let namespace = '';
  if (rest[0] === 'namespaces' && rest.length > 2 && !['status', 'finalize'].includes(rest[2] as string)) {
    namespace = rest[1] as string;
    rest = rest.slice(2);
  }
  const [plural, name = '', subresource = ''] = rest;
  if (version === undefined || plural === undefined) return undefined;
  const kind = resourceAt(version, plural)?.kind ?? plural;
  return { resource: plural, kind, namespace, name, subresource };
}

/** `Kind/namespace/name` of what a request is about; for a POST, of the object in its body. */
function objectOfRequest(request: ApiRequest): string | undefined {
  const parts = splitPath(request.path);
  if (parts === undefined) return undefined;
  const body = request.body as { kind?: string; metadata?: { name?: string } } | undefined;
  const name = parts.name !== '' ? parts.name : body?.metadata?.name;
  if (name === undefined) return undefined;
  return `${parts.kind}/${parts.kind === 'Namespace' ? '' : parts.namespace}/${name}`;
}

function keyOf(object: KubernetesObject): string {
  return `${object.kind}/${object.metadata.namespace ?? ''}/${object.metadata.name}`;
}

/** From a request by way of etcd to its answer. */
const MAX_HOPS = 6;
const SERVICE_ACCOUNT = 'system:serviceaccount:kube-system:';

/** Which controller of the controller manager speaks. */
function actorOf(user: string): string | undefined {
  return user.startsWith(SERVICE_ACCOUNT) ? user.slice(SERVICE_ACCOUNT.length) : undefined;
}

interface Described {
  readonly traffic: Traffic;
  readonly label: string;
  readonly objects?: readonly string[];
  readonly actor?: string;
  readonly failed?: boolean;
}

/** What the page sees of a message. */
export function viewMessage(message: Message, request: (id: number) => Message | undefined): MessageView {
  const { id, from, to, sentAt, dueAt, cause, periodic } = message;
  return { id, from, to, sentAt, dueAt, cause, periodic, ...describe(message, request) };
}

function describe(message: Message, find: (id: number) => Message | undefined): Described {
  const { body } = message;
  switch (body.type) {
    case 'apiRequest': {
      const request = body as ApiRequest;
      const key = objectOfRequest(request);
      const actor = componentOf(message.from) === 'controller-manager' ? actorOf(request.user) : undefined;
      return {
        traffic: 'request',
        label: requestLabel(request),
        ...(key && { objects: [key] }),
        ...(actor && { actor }),
      };
    }
    case 'apiResponse': {
      const { status, body: answer } = body as ApiResponse;
      const reason = status >= 400 ? ` ${(answer as { reason?: string } | undefined)?.reason ?? ''}` : '';
      const object = answer as Partial<KubernetesObject> | undefined;
      const about = object?.metadata?.name && object.kind ? [keyOf(object as KubernetesObject)] : undefined;
      return {
        traffic: 'response',
        label: `${status}${reason}`,
        failed: status >= 400 && !(status === 404 && isRead(message, find)),
        ...(about && { objects: about }),
      };
    }
    case 'watchEvents': {
      const { events } = body as unknown as WatchEvents;
      const seen = events.filter(({ type }) => type !== 'BOOKMARK' && type !== 'ERROR');
      const first = seen[0];
      if (first === undefined) return { traffic: 'watch', label: events[0]?.type ?? 'WATCH' };
      const more = seen.length > 1 ? ` +${seen.length - 1}` : '';
      const label = `${first.type} ${first.object.kind.toLowerCase()}/${first.object.metadata.name}${more}`;
      return { traffic: 'watch', label, objects: seen.slice(0, 20).map(({ object }) => keyOf(object)) };
    }
    case 'txn': {
      const { success } = body as TxnRequest;
      const operation = success[0];
      const label = operation ? `Txn ${operation.op} ${operation.key}` : 'Txn';
      const objects = operation?.op === 'put' ? [keyOf(operation.value)] : undefined;
      return { traffic: 'etcd', label, ...(objects && { objects }) };
    }
    case 'txnResponse':
      return { traffic: 'etcd', label: (body as { succeeded?: boolean }).succeeded ? 'committed' : 'compare failed' };
    case 'range':
      return { traffic: 'etcd', label: `Range ${(body as unknown as { key: string }).key}` };
    case 'watchResponse': {
      const { events, revision } = body as unknown as EtcdWatchResponse;
      return {
        traffic: 'etcd',
        label: `watch rev ${revision}`,
        objects: events.slice(0, 20).map(({ kv }) => keyOf(kv.value)),
      };
    }
    case 'etcdError':
      return { traffic: 'etcd', label: (body as EtcdError).error, failed: true };
    case 'raft':
      return { traffic: 'etcd', label: raftLabel(body as RaftMessage) };
    case 'connectionRefused':
      return { traffic: 'signal', label: 'connection refused', failed: true };
    case 'connectionLost':
      return { traffic: 'signal', label: 'connection lost', failed: true };
    case 'fault':
    case 'heal':
    case 'plan':
      return { traffic: 'user', label: body.type };
    case 'apply':
      return { traffic: 'user', label: 'kubectl apply' };
    case 'raw':
      return { traffic: 'user', label: 'kubectl' };
    case 'iptablesRestore':
    case 'iptablesRestored':
      return { traffic: 'packet-filter', label: body.type === 'iptablesRestore' ? 'iptables-restore' : 'ok' };
    case 'replaceRoutes':
      return { traffic: 'packet-filter', label: 'ip route replace' };
    default:
      return describeOther(message, find);
  }
}

/** Whoever reads an object that is not there learns just that: kubectl and kubelets do so before they create. */
function isRead(answer: Message, find: (id: number) => Message | undefined): boolean {
  const { requestId } = answer.body;
  let message = find(answer.cause);
  for (let hops = 0; message !== undefined && hops < MAX_HOPS; hops++) {
    if (message.body.type === 'apiRequest' && message.body.requestId === requestId)
      return (message.body as ApiRequest).method === 'GET';
    message = find(message.cause);
  }
  return false;
}

/** CRI and CNI calls and the rest: their own names, spelled as in the interface. */
function describeOther({ body, from, to }: Message, _find: (id: number) => Message | undefined): Described {
  const ends = [componentOf(from), componentOf(to)];
  const traffic: Traffic = ends.includes('cni') ? 'cni' : ends.includes('containerd') ? 'cri' : 'signal';
  const failed = (body as { error?: unknown }).error !== undefined && (body as { error?: unknown }).error !== null;
  return { traffic, label: callName(body), ...(failed && { failed }) };
}

function callName(body: Body): string {
  const name = body.type.charAt(0).toUpperCase() + body.type.slice(1);
  const detail =
    (body as { image?: unknown; containerName?: unknown }).image ?? (body as { containerName?: unknown }).containerName;
  return typeof detail === 'string' ? `${name} ${detail}` : name;
}

/** What etcd's members say to each other, in the words of the Raft paper. */
function raftLabel({ kind, term, entries, reject, index, proposals }: RaftMessage): string {
  switch (kind) {
    case 'append':
      return entries?.length ? `AppendEntries ${entries.length}` : 'AppendEntries (commit)';
    case 'appendResponse':
      return reject ? `rejected at ${index}` : `has up to ${index}`;
    case 'preVote':
      return `PreVote term ${term}`;
    case 'vote':
      return `RequestVote term ${term}`;
    case 'preVoteResponse':
    case 'voteResponse':
      return `${reject ? 'no' : 'yes'}, term ${term}`;
    case 'heartbeat':
      return 'Heartbeat';
    case 'heartbeatResponse':
      return 'Heartbeat ok';
    case 'snapshot':
      return 'InstallSnapshot';
    case 'timeoutNow':
      return 'TimeoutNow';
    case 'propose':
      return `Propose ${proposals?.length ?? 0}`;
    case 'readIndex':
      return 'ReadIndex';
    case 'readIndexResponse':
      return `ReadIndex ${index}`;
  }
}

function requestLabel({ method, path, query }: ApiRequest): string {
  const parts = splitPath(path);
  if (parts === undefined) return `${method} ${path}`;
  const verb = query?.watch === 'true' ? 'WATCH' : method === 'GET' && parts.name === '' ? 'LIST' : method;
  const name = parts.name && `/${parts.name}`;
  const sub = parts.subresource && `/${parts.subresource}`;
  return `${verb} ${parts.resource}${name}${sub}`;
}
