import type { EtcdError, EtcdWatchResponse, MemberRequest, MemberResponse, RaftMessage } from '../etcd/messages.ts';
import { componentOf, hostOf, type Message } from '../kernel/types.ts';

/** Finds a message of the kept past by its id. */
export interface Past {
  message(id: number): Message | undefined;
}

export interface Told {
  readonly component: string;
  readonly text: string;
  readonly objects: readonly string[];
}

/** How far apart the ids of messages are that one step has sent to all members. */
const SIBLINGS = 8;

/** What etcd's members say to each other and to clients when it is more than the beat of a group at rest. */
export function tellEtcd(message: Message, past: Past): Told[] {
  const text = textOf(message);
  if (text === undefined || isToldAlready(message, text, past)) return [];
  return [{ component: 'etcd', text, objects: [] }];
}

/** How many messages may lie between the answer to a change of the group and its request. */
const HOPS = 16;

/** A person's change of who is in the group: when it is asked for, and when a majority has it. */
export function tellMembership(message: Message, past: Past): Told[] {
  const { cause, to, body } = message;
  const told = (text: string | undefined): Told[] =>
    text === undefined ? [] : [{ component: 'etcd', text, objects: [] }];
  if (body.type !== 'memberResponse') {
    const wish = WISHES[body.type]?.(body as MemberRequest);
    return told(wish && `You ask etcd on ${hostOf(to)} to ${wish}. A majority has to write that down first.`);
  }
  if ((body as MemberResponse).error !== undefined) return told(`etcd refuses: ${(body as MemberResponse).error}.`);
  let request = past.message(cause);
  for (let hops = 0; hops < HOPS && request !== undefined && !(request.body.type in DONE); hops++)
    request = past.message(request.cause);
  return told(request && DONE[request.body.type]?.(request.body as MemberRequest));
}

type Sentences = Readonly<Record<string, (request: MemberRequest) => string>>;

const memberOf = (request: MemberRequest): string =>
  request.type === 'memberAdd' ? request.name : request.type === 'moveLeader' ? request.to : request.member;
const isLearner = (request: MemberRequest): boolean => request.type === 'memberAdd' && request.learner === true;

const WISHES: Sentences = {
  memberAdd: (request) => `add ${memberOf(request)} to its group${isLearner(request) ? ', as a learner' : ''}`,
  memberPromote: (request) => `give ${memberOf(request)} a vote`,
  memberRemove: (request) => `remove ${memberOf(request)} from its group`,
};

const DONE: Sentences = {
  memberAdd: (request) =>
    `${memberOf(request)} is a member of etcd now, ${isLearner(request) ? 'as a learner: it gets the log and has no vote' : 'with a vote: majorities count it, whether it runs or not'}.`,
  memberPromote: (request) => `${memberOf(request)} has a vote in etcd now.`,
  memberRemove: (request) => `${memberOf(request)} is no member of etcd any more: majorities are counted without it.`,
};

/** The same goes to several at once, and is told with the first that arrives. */
function isToldAlready({ id, cause, from, dueAt }: Message, text: string, past: Past): boolean {
  for (let other = id - SIBLINGS; other <= id + SIBLINGS; other++) {
    const sibling = other === id ? undefined : past.message(other);
    if (sibling?.cause !== cause || sibling.from !== from || textOf(sibling) !== text) continue;
    if (sibling.dueAt < dueAt || (sibling.dueAt === dueAt && other < id)) return true;
  }
  return false;
}

function textOf({ from, to, body }: Message): string | undefined {
  const [who, whom] = [`etcd on ${hostOf(from)}`, `etcd on ${hostOf(to)}`];
  switch (body.type) {
    case 'watchResponse':
      if ((body as unknown as EtcdWatchResponse).canceled === undefined) return undefined;
      return `${who} has known no leader for three checks, one a second. It ends the watches of its clients: it could not tell whether what they see is still true.`;
    case 'etcdError':
      return componentOf(from) === 'etcd' ? `${who} answers: ${(body as EtcdError).error}.` : undefined;
    case 'raft':
      return raftText(body as RaftMessage, who, whom);
    default:
      return undefined;
  }
}

function raftText(message: RaftMessage, who: string, whom: string): string | undefined {
  const { kind, term, reject, first, index, entries = [] } = message;
  switch (kind) {
    case 'preVote':
      if (!first) return undefined;
      return `${who} has not heard of a leader for its election timeout. It asks the others whether they would vote for it in term ${term}; asking raises no term.`;
    case 'vote':
      return message.force
        ? `${who} was told to take over: it stands for election in term ${term} at once.`
        : `A majority would vote for ${who}: it stands for election in term ${term}, and votes for itself.`;
    case 'voteResponse':
      return reject
        ? `${who} does not vote for ${whom}: it has voted for another in term ${term}, or its own log is newer.`
        : `${who} votes for ${whom}: its first vote in term ${term}, and for a log as new as its own.`;
    case 'append':
      if (entries.length !== 1 || entries[0]?.command.type !== 'empty' || entries[0].term !== term) return undefined;
      return `${who} leads in term ${term}: a majority has voted for it. With an empty entry of its own term it commits what older terms have left.`;
    case 'appendResponse':
      return index === undefined ? `${whom} learns that term ${term} has begun, and leads no longer.` : undefined;
    case 'snapshot':
      return `${who} sends ${whom} a snapshot of all data: the log that it lacks is no longer kept.`;
    case 'timeoutNow':
      return `${who} hands leadership to ${whom}, which has the whole log.`;
    default:
      return undefined;
  }
}
