import type { KubernetesObject } from '../api/object.ts';
import type { ApiRequest, ApiResponse, WatchEvents } from '../client/messages.ts';
import type { CreateContainer, PullImage, RunPodSandbox, StopContainer } from '../cri/messages.ts';
import type { Caption } from '../door.ts';
import type { EtcdEvent, EtcdWatchResponse } from '../etcd/messages.ts';
import { componentOf, hostOf, type Message, type ProcessExitedBody } from '../kernel/types.ts';
import { splitPath } from '../labels.ts';
import { isLight } from '../light-body.ts';
import type { IptablesRestore } from '../machine/messages.ts';
import type { RuleChange } from '../network/packet-filter.ts';
import { type Past, type Told, tellEtcd, tellMembership } from './etcd.ts';
import { explain, isClosed, upper } from './links.ts';
import { componentSpeaker, inSentence, placed, speakerOf } from './speakers.ts';
import { narrateWrite } from './writes.ts';

/** Plain sentences on what a delivered message means; none for what is not worth a caption. */
export function narrate(message: Message, past: Past): Caption[] {
  return tell(message, past).map((told) => ({ at: message.dueAt, messageId: message.id, ...told }));
}

function tell(message: Message, past: Past): Told[] {
  const { body } = message;
  if (isLight(body)) return [];
  switch (body.type) {
    case 'watchResponse':
      if ((body as unknown as EtcdWatchResponse).canceled) return tellEtcd(message, past);
      return (body as unknown as EtcdWatchResponse).events.flatMap((event) => written(event, past));
    case 'raft':
    case 'etcdError':
      return tellEtcd(message, past);
    case 'memberAdd':
    case 'memberPromote':
    case 'memberRemove':
    case 'memberResponse':
      return tellMembership(message, past);
    case 'apiResponse':
      // What only passes the load balancer is told at its ends.
      if (componentOf(message.to) === 'load-balancer') return [];
      return refused(message, body as ApiResponse, past);
    case 'apiRequest':
      return asked(message, body as ApiRequest, past);
    case 'watchEvents':
      return learned(message, body as unknown as WatchEvents);
    case 'connectionRefused':
    case 'connectionLost':
      return cutOff(message);
    default:
      return onNode(message, past);
  }
}

const keyOf = ({ kind, metadata }: KubernetesObject): string => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;

/** The sentence of a committed write; undefined for bookkeeping that nobody needs to read. */
export const narrateEvent = (event: EtcdEvent, past: Past): string | undefined => written(event, past)[0]?.text;

/** A write is told when etcd has it: then it is true. The request that asked for it says who it was. */
function written(event: EtcdEvent, past: Past): Told[] {
  if (event.periodic || event.kv.value?.kind === undefined) return [];
  const request = requestBehind(event.cause, past);
  const who = request ? speakerOf((request.body as ApiRequest).user, request.from) : 'The API server';
  const after = event.type === 'put' ? event.kv.value : undefined;
  const text = narrateWrite({ who, before: event.prev?.value, after });
  if (text === undefined) return [];
  return [{ component: request ? componentOf(request.from) : 'apiserver', text, objects: [keyOf(event.kv.value)] }];
}

/** From etcd's transaction (or an answer) back to the API request that it serves, as its client sent it. */
function requestBehind(id: number, past: Past): Message | undefined {
  let message = past.message(id);
  for (let hops = 0; message !== undefined && hops < 8; hops++) {
    // What a load balancer passes on is somebody else's.
    if (message.body.type === 'apiRequest' && componentOf(message.from) !== BALANCER) return message;
    message = past.message(message.cause);
  }
  return undefined;
}

const BALANCER = 'load-balancer';

/** What a person's request goes through, in full and in short. */
export const CHECKS =
  'The API server checks the request: who asks (authentication), may they (authorization), is it allowed here (admission), is it well formed (validation). Then it writes to etcd.';
export const CHECKS_AGAIN = 'The API server checks the request and writes to etcd.';

/** What a person asks for is told when it arrives; components are told by what they write. */
function asked(message: Message, { method }: ApiRequest, past: Past): Told[] {
  if (componentOf(message.to) === BALANCER) return [];
  const request = requestBehind(message.id, past);
  if (request === undefined || componentOf(request.from) !== 'kubectl') return [];
  if (method !== 'GET') return [{ component: 'apiserver', text: CHECKS, objects: [] }];
  const what = lookedFor(request);
  if (what === undefined) return [];
  return [{ component: 'kubectl', text: `kubectl asks the API server whether ${what} is there already.`, objects: [] }];
}

/** The one object that a person's `apply` reads before it writes. */
function lookedFor({ from, body }: Message): string | undefined {
  const { method, path } = body as ApiRequest;
  if (method !== 'GET' || componentOf(from) !== 'kubectl') return undefined;
  const { kind, name, subresource } = splitPath(path) ?? {};
  return name && !subresource ? `${kind} ${name}` : undefined;
}

/** Where a kubelet that starts registers its node. */
const NODES = '/api/v1/nodes';

function refused(message: Message, { status, body }: ApiResponse, past: Past): Told[] {
  if (status < 400 || componentOf(message.to) === BALANCER) return [];
  const request = requestBehind(message.cause, past);
  if (status === 404) {
    const what = request && lookedFor(request);
    if (what === undefined) return [];
    return [
      { component: 'apiserver', text: `The API server has no ${what} (404), so kubectl creates it.`, objects: [] },
    ];
  }
  const { reason } = (body ?? {}) as { reason?: string };
  if (reason === 'AlreadyExists' && request !== undefined && (request.body as ApiRequest).path === NODES) {
    const who = speakerOf((request.body as ApiRequest).user, request.from);
    const text = `${who} wants to register its node. It is registered already (409): the kubelet goes on with that.`;
    return [{ component: 'kubelet', text, objects: [] }];
  }
  if (status !== 409 || reason !== 'Conflict' || request === undefined) {
    // Whose answer it is, whoever passed it on.
    const source = componentOf(message.from) === BALANCER ? past.message(message.cause) : undefined;
    const text = explain(source ? { ...message, from: source.from } : message);
    return [{ component: 'apiserver', text, objects: [] }];
  }
  const who = inSentence(speakerOf((request.body as ApiRequest).user, request.from));
  const text = `The API server refuses a write of ${who} (409 Conflict): the object has changed since it was read. It looks again and tries with what is there now.`;
  return [{ component: 'apiserver', text, objects: [] }];
}

function learned(message: Message, { events }: WatchEvents): Told[] {
  const component = componentOf(message.to);
  const event = events.find(({ type }) => type !== 'BOOKMARK' && type !== 'ERROR');
  if (event === undefined) return [];
  const { object } = event;
  const { name } = object.metadata;
  if (component === 'scheduler' && event.type === 'ADDED' && object.kind === 'Pod') {
    const text = `The scheduler hears of pod ${name}, which has no node, and puts it into its queue.`;
    return [{ component, text, objects: [keyOf(object)] }];
  }
  if (component === 'kubelet' && event.type === 'ADDED' && object.kind === 'Pod') {
    const text = `The kubelet on ${hostOf(message.to)} hears that pod ${name} is now its own, and starts work.`;
    return [{ component, text, objects: [keyOf(object)] }];
  }
  if (component === 'controller-manager' && event.type === 'ADDED' && object.kind === 'Deployment') {
    const text = `The Deployment controller hears of ${name}. It watches the API server; nobody calls it.`;
    return [{ component, text, objects: [keyOf(object)] }];
  }
  return [];
}

function cutOff(message: Message): Told[] {
  const { to, body } = message;
  const component = componentOf(to);
  const goesOn = 'goes on with what it knows and tries again.';
  if (isClosed(message)) {
    const text = `The load balancer finds no API server for ${placed(to)} and closes the connection. The client ${goesOn}`;
    return [{ component: BALANCER, text, objects: [] }];
  }
  const { peer } = body as unknown as { peer: string };
  const how = body.type === 'connectionRefused' ? 'cannot reach' : 'has lost its connection to';
  const whom = component === BALANCER ? placed(peer) : inSentence(componentSpeaker(peer));
  return [{ component, text: `${componentSpeaker(to)} ${how} ${whom}. It ${goesOn}`, objects: [] }];
}

/** Calls on a node: kubelet to runtime, runtime to CNI, kube-proxy to the packet filter. */
function onNode(message: Message, past: Past): Told[] {
  const { body } = message;
  const host = hostOf(message.to);
  const component = componentOf(message.from);
  const told = (text: string): Told[] => [{ component, text, objects: [] }];
  switch (body.type) {
    case 'runPodSandbox': {
      const { name, namespace } = (body as unknown as RunPodSandbox).config;
      const text = `The kubelet on ${host} asks the container runtime for a sandbox for ${name}: the pod's own network, with the pod's address.`;
      return [{ component, text, objects: [`Pod/${namespace}/${name}`] }];
    }
    case 'pullImage':
      return told(`The container runtime on ${host} pulls ${(body as unknown as PullImage).image}. The kubelet waits.`);
    case 'createContainer': {
      const { name, image } = (body as unknown as CreateContainer).config;
      return told(`The kubelet on ${host} has container ${name} created from ${image}, and then started.`);
    }
    case 'processExited':
      return told(ended(message, past));
    case 'stopContainer': {
      const seconds = (body as unknown as StopContainer).timeoutSeconds;
      return told(`The kubelet on ${host} has a container stopped: a signal first, and a kill after ${seconds} s.`);
    }
    case 'iptablesRestore':
      return told(
        `kube-proxy rewrites the packet filter of ${host}: ${ruled((body as unknown as IptablesRestore).rules)}.`,
      );
    default:
      return [];
  }
}

const LOST_LEASE = 'it led, could not renew its Lease for 10 s, and must not act without it';

/** Why a process may end itself. */
const ENDS_ITSELF: Readonly<Record<string, string>> = {
  scheduler: LOST_LEASE,
  'controller-manager': LOST_LEASE,
  etcd: 'it is no member of the group, or has lost the data that a member must have',
};

/** A process of the cluster itself has ended. */
function ended(message: Message, past: Past): string {
  const { address, exitCode } = message.body as ProcessExitedBody;
  // What a fault keeps down ends with the same code, but in the hands of whoever starts it.
  const cause = past.message(message.cause);
  const isOwnWish = exitCode === 1 && cause?.to === address && cause.body.type !== 'start';
  const why = isOwnWish ? ENDS_ITSELF[componentOf(address)] : undefined;
  return `${upper(placed(address))} has ended with exit code ${exitCode}${why ? `: ${why}` : ''}.`;
}

/** What new rules mean for who connects to a virtual address. */
function ruled({ set, remove }: RuleChange): string {
  const [changed] = set;
  if (set.length + remove.length !== 1) {
    return 'from now on connections to virtual addresses go where these rules say';
  }
  if (changed === undefined) return `Service ${nameOf(remove[0] as string)} has no address there any more`;
  const [key, { service, slices }] = changed;
  const endpoints = slices.flatMap((slice) => slice.endpoints ?? []);
  const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false);
  // Without a ready one, connections go to those that end and still serve.
  const pods = ready.length > 0 ? ready : endpoints.filter(({ conditions }) => conditions?.serving);
  const where =
    pods.length === 0
      ? 'are refused, for it has no ready pod'
      : `go to ${pods.length === 1 ? 'its one pod' : `one of its ${pods.length} pods`}`;
  return `from now on connections to Service ${nameOf(key)} (${service.spec?.clusterIP}) ${where}`;
}

const nameOf = (key: string): string => key.slice(key.indexOf('/') + 1);
