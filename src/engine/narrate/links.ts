import type { ApiRequest, ApiResponse, WatchEvents } from '../client/messages.ts';
import type { EtcdEvent, EtcdWatchResponse, Operation, TxnRequest } from '../etcd/messages.ts';
import { type Body, componentOf, hostOf, type Message, type TimerBody } from '../kernel/types.ts';
import { splitPath } from '../labels.ts';
import { componentSpeaker, controllerSpeaker, inSentence, placed, speakerOf } from './speakers.ts';

/** A plain sentence for any message at all: for the links of a chain of causes that no caption tells of. */
export function explain(message: Message): string {
  const { body, from, to } = message;
  const [sender, receiver] = [componentSpeaker(from), inSentence(componentSpeaker(to))];
  const known = BODIES[body.type]?.(message as Message<never>, sender, receiver);
  if (known !== undefined) return known;
  if (from === to) return `${sender} goes on with what it had begun.`;
  const call = CALLS[body.type.replace(/Response$/, '')];
  const { error } = body as { error?: unknown };
  if (call !== undefined && !body.reply) return `${sender} asks ${receiver} to ${call}${detailOf(body)}.`;
  if (call !== undefined) return `${sender} answers: ${error ? `it could not ${call} (${String(error)})` : 'done'}.`;
  return body.reply ? `${sender} answers ${receiver}.` : `${sender} sends ${receiver} a message (${body.type}).`;
}

type Explain = (message: Message<never>, sender: string, receiver: string) => string | undefined;

/** What a call on a node asks for. */
const CALLS: Readonly<Record<string, string>> = {
  runPodSandbox: 'make a sandbox for the pod',
  podSandboxStatus: 'say how the sandbox and its containers are',
  stopPodSandbox: 'stop the sandbox',
  removePodSandbox: 'remove the sandbox',
  imageStatus: 'say whether the image is there',
  pullImage: 'pull the image',
  createContainer: 'create a container',
  startContainer: 'start a container',
  stopContainer: 'stop a container',
  removeContainer: 'remove a container',
  listPods: 'list the pods that it has',
  getContainerEvents: 'tell of every container that starts or ends',
  runtimeStatus: 'say how it is',
  listPodStats: 'say how much the pods use',
  execSync: 'run a command in a container',
  networkProbe: 'probe the container over the network',
  readLogs: 'read a log',
  writeVolume: 'write a volume',
  cniAdd: 'connect the sandbox to the pod network',
  cniDel: 'disconnect the sandbox from the pod network',
  cniConfig: 'take over the configuration of the pod network',
  routePacket: 'say where a packet goes',
  findRoute: 'find the node that has an address',
  replaceRoutes: 'take over the ways to the pods of other nodes',
  dnsQuery: 'resolve a name',
  connect: 'open a connection',
  iptablesRestore: 'load rules into the packet filter',
  leaseGrant: 'grant a lease',
  compact: 'forget old revisions',
  watch: 'tell of every change from now on',
  memberAdd: 'add a member',
  memberPromote: 'make a learner a voter',
  memberRemove: 'remove a member',
  moveLeader: 'hand the leadership over',
};

const BODIES: Readonly<Record<string, Explain>> = {
  fault: ({ body }) => textOf(body),
  heal: ({ body }) => textOf(body),
  plan: ({ body }) => textOf(body),
  apply: ({ body }) => `You: ${textOf(body)}`,
  raw: ({ body }) => `You: ${textOf(body)}`,
  etcdctl: ({ body }) => `You have etcdctl ${CALLS[(body as { request: Body }).request.type]}.`,
  apiRequest: (message) => requested(message),
  apiResponse: ({ body }, sender, receiver) => answered(body, sender, receiver),
  watchEvents: ({ body }, sender, receiver) => heard(body, sender, receiver),
  watchClosed: (_, sender, receiver) => `${sender} ends a watch of ${receiver}, as it does now and then.`,
  stopWatch: (_, sender, receiver) => `${sender} ends a watch at ${receiver}.`,
  txn: ({ body }) => stored(body),
  txnResponse: ({ body }) =>
    (body as { succeeded?: boolean }).succeeded
      ? 'etcd answers that it is stored.'
      : 'etcd answers that somebody else was quicker: nothing is stored.',
  etcdError: ({ body }, sender) => `${sender} answers: ${String((body as { error?: string }).error)}.`,
  range: ({ body }) => `The API server reads ${(body as { key: string }).key} from etcd.`,
  rangeResponse: () => 'etcd answers with what it has.',
  watchResponse: ({ body }) => changed(body),
  raft: ({ from, to }) => `${placed(from)} sends ${placed(to)} a message of the Raft protocol.`,
  hello: ({ from, to }) => `${placed(from)} tells ${placed(to)} that it is there.`,
  start: ({ to }, sender) => (componentOf(to) === 'machine' ? `${hostOf(to)} is switched on.` : `${sender} starts.`),
  timer: timerSentence,
  terminate: (_, sender, receiver) => `${sender} tells ${receiver} to end (SIGTERM).`,
  systemctl: ({ body, to }) => {
    const { action, service } = body as { action: string; service: string };
    return `The service ${service} on ${hostOf(to)} is ${action === 'stop' ? 'stopped' : 'started'}.`;
  },
  processExited: ({ body }, _, receiver) => {
    const { address, exitCode } = body as { address: string; exitCode: number };
    return `${upper(receiver)} sees ${inSentence(componentSpeaker(address))} end with exit code ${exitCode}.`;
  },
  containerEvent: (_, sender) => `${sender} tells the kubelet that a container has started or ended.`,
  pullProgress: (_, sender) => `${sender} has pulled some more of the image.`,
  memoryNotification: (_, sender) => `${sender} tells the kubelet that memory is short.`,
  connectionRefused: (message, _, receiver) =>
    isClosed(message)
      ? `The load balancer finds no API server for ${receiver} and closes the connection.`
      : `${upper(receiver)} cannot reach ${placed(message.from)}.`,
  connectionLost: ({ from }, _, receiver) => `${upper(receiver)} has lost its connection to ${placed(from)}.`,
};

/** Refused by a process that could be reached: the load balancer's way to say that it has no server. */
export const isClosed = ({ body }: Message): boolean => body.type === 'connectionRefused' && body.reply === true;

const textOf = (body: Body): string => String((body as { text?: unknown }).text);
export const upper = (text: string): string => (text.startsWith('the ') ? `The ${text.slice(4)}` : text);

function detailOf(body: Body): string {
  const { image, config } = body as { image?: unknown; config?: { name?: string } };
  const name = typeof image === 'string' ? image : config?.name;
  return name === undefined ? '' : ` (${name})`;
}

/** As a speaker. */
const BALANCER = 'The load balancer';

// --- the API server and etcd -----------------------------------------------------------------------------------------

const VERBS: Readonly<Record<string, string>> = {
  GET: 'read',
  POST: 'create',
  PUT: 'replace',
  PATCH: 'change',
  DELETE: 'delete',
};

function requested({ body, from }: Message): string {
  const { method, path, query, user, body: object } = body as ApiRequest;
  const parts = splitPath(path);
  if (componentOf(from) === 'load-balancer') return 'The load balancer passes the request on to an API server.';
  const who = speakerOf(user, from);
  if (parts === undefined) return `${who} asks the API server for ${path}.`;
  const { kind, resource, subresource } = parts;
  if (method === 'POST' && subresource === 'binding') {
    return `${who} asks the API server to bind pod ${parts.name} to a node.`;
  }
  const name = parts.name || (object as { metadata?: { name?: string } } | undefined)?.metadata?.name;
  const verb = query?.watch === 'true' ? 'watch' : method === 'GET' && !name ? 'list' : VERBS[method];
  const what = name
    ? `${subresource ? `the ${subresource} of ` : ''}${kind} ${name}`
    : method === 'POST'
      ? `a ${kind}`
      : resource;
  return `${who} asks the API server to ${verb} ${what}.`;
}

function answered(body: Body, sender: string, receiver: string): string {
  const { status, body: answer } = body as ApiResponse;
  if (sender === BALANCER) return `The load balancer passes the answer on to ${receiver} (${status}).`;
  const { message } = (answer ?? {}) as { message?: string };
  if (status < 400) return `${sender} answers ${receiver}: ${status === 201 ? 'created' : 'done'} (${status}).`;
  return `${sender} answers ${receiver} with ${status}${message ? `: ${message.replace(/\.$/, '')}` : ''}.`;
}

const EVENTS: Readonly<Record<string, string>> = { ADDED: 'is new', MODIFIED: 'has changed', DELETED: 'is gone' };

function heard(body: Body, sender: string, receiver: string): string {
  const events = (body as WatchEvents).events.filter(({ type }) => type in EVENTS);
  const [first] = events;
  if (first === undefined) return `${sender} tells ${receiver} how far its watch is.`;
  const more = events.length > 1 ? `, and of ${events.length - 1} more` : '';
  return `${sender} tells ${receiver} that ${first.object.kind} ${first.object.metadata.name} ${EVENTS[first.type]}${more}.`;
}

function stored(body: Body): string {
  const { success } = body as TxnRequest;
  const [first] = success;
  if (first === undefined) return 'The API server compares with what etcd has.';
  const verb = success.every(({ op }) => op === 'delete') ? 'delete' : 'store';
  return `The API server asks etcd to ${verb} ${nameOfOperation(first)}${success.length > 1 ? ` and ${success.length - 1} more` : ''}.`;
}

const nameOfOperation = (operation: Operation): string =>
  operation.op === 'put' && operation.value?.kind !== undefined
    ? `${operation.value.kind} ${operation.value.metadata.name}`
    : operation.key;

function changed(body: Body): string {
  const { events } = body as EtcdWatchResponse;
  const [first] = events;
  if (first === undefined) return 'etcd tells the API server how far its watch is.';
  const more = events.length > 1 ? `, and of ${events.length - 1} more` : '';
  return `etcd has committed and tells the API server: ${nameOfEvent(first)}${more}.`;
}

function nameOfEvent({ type, kv, prev }: EtcdEvent): string {
  const name = kv.value?.kind === undefined ? kv.key : `${kv.value.kind} ${kv.value.metadata.name}`;
  return `${name} ${type === 'delete' ? 'is gone' : prev === undefined ? 'is new' : 'has changed'}`;
}

// --- timers ----------------------------------------------------------------------------------------------------------

/** By the beginning of a timer's key: what its component does when it rings. */
const TIMERS: readonly (readonly [string, string])[] = [
  ['client/timeouts', 'looks for requests that were never answered'],
  ['informer/', 'tries again to list and watch what it lost sight of'],
  ['election/', 'renews its leader lease, or tries to get it'],
  ['probe/', 'probes a container, as its period says'],
  ['retry', 'tries again what had failed'],
  ['relist', 'looks at its containers again'],
  ['status-batch', 'sends the states of pods that have changed'],
  ['pre-stop/', 'sees that the preStop hook is over'],
  ['post-start/', 'sees that the postStart hook is over'],
  ['deadline/', 'finds that a pod has run for as long as it may'],
  ['mount/', 'has mounted the volumes'],
  ['volume/', 'looks at the volumes of a pod again'],
  ['register', 'registers its node'],
  ['node-', 'reports how its node is'],
  ['runtime', 'asks how the container runtime is'],
  ['lease', 'lets a lease run: it is renewed or ends'],
  ['eviction', 'looks whether memory is short'],
  ['pull/', 'has pulled some more of an image'],
  ['run/', 'runs the command of a container'],
  ['end/', 'sees the command of a container come to its end'],
  ['oom/', 'finds a container over its memory limit'],
  ['kill/', 'kills a container whose time to stop is over'],
  ['stop/', 'sees a container stop'],
  ['net/', 'gives up waiting for an answer from the network'],
  ['exec-timeout/', 'gives up waiting for a command'],
  ['boot', 'has booted'],
  ['start/', 'starts a service again'],
  ['cycle', 'begins a scheduling cycle with the next pod of its queue'],
  ['flush', 'takes pods whose back-off is over into its queue'],
  ['leftover', 'takes pods that have waited for long into its queue again'],
  ['full', 'writes all its rules again, in case somebody changed them'],
  ['sync', 'writes the rules that have changed'],
  ['close/', 'ends a watch that has lasted long enough'],
  ['bookmarks', 'tells its watchers how far they are'],
  ['reconnect', 'opens its connection to etcd again'],
  ['rewatch', 'begins its watches of etcd again'],
  ['deadlines', 'looks for requests to etcd that take too long'],
  ['health', 'asks whether etcd answers'],
  ['check', 'asks the API servers whether they are well'],
  ['compact', 'has etcd forget old revisions'],
  ['endpoints', 'writes its own address'],
  ['reload', 'tries again to read from etcd'],
  ['tick', 'looks whether it is time for a heartbeat, or for an election'],
  ['wal', 'has written its log to disk'],
  ['timeout', 'gives up requests that have waited for too long'],
  ['readRetry', 'asks again whether it may answer reads'],
  ['noLeader', 'has known no leader for too long'],
  ['stop', 'leaves: it is no longer a member'],
];

function timerSentence({ body, to }: Message<never>, sender: string): string {
  const { key } = body as TimerBody;
  const [kind, name = '', ...rest] = key.split('/');
  if (kind === 'workqueue') return `${controllerSpeaker(name)} looks at ${rest.join('/')} again, as it had planned.`;
  if (kind === 'controller') return `${controllerSpeaker(name)} looks around, as it had planned.`;
  const known = TIMERS.find(([prefix]) => key.startsWith(prefix));
  const who = componentOf(to) === 'machine' ? hostOf(to) : sender;
  return known ? `${who} ${known[1]}.` : `${who} does what it had planned for now.`;
}
