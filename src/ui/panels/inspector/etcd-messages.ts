/** What the inspector says of etcd. */
export const ETCD = {
  thisMember: 'This member',
  leader: 'Follows',
  vote: 'Voted for in this term',
  nobody: 'nobody',
  notKnown: '–',
  fsync: 'A write to its disk takes',
  waiting: 'Clients waiting for a write',
  leaderless:
    'It knows no leader. Until there is one, it can neither write nor answer a read that has to be up to date.',
  roles: {
    leader: 'leader',
    follower: 'follower',
    candidate: 'candidate',
    'pre-candidate': 'pre-candidate',
    learner: 'learner',
    joining: 'looking for its group',
  } as Readonly<Record<string, string>>,
  noVote: 'no vote',
  down: 'not running',
  inTerm: (term: number) => `term ${term}`,
  election: (round: number, isAsking: boolean) =>
    isAsking ? `Asks who would vote for it in term ${round} (PreVote).` : `Stands for election in term ${round}.`,
  voted: (vote: boolean | undefined) => (vote === undefined ? 'no answer yet' : vote ? 'yes' : 'no'),
  meter: (inTouch: number, voters: number, needed: number) =>
    `${inTouch} of ${voters} voters in touch; ${needed} needed`,
  majorityNote:
    'A write counts once a majority has it on disk, the leader included. A read that must be up to date asks a majority whether the leader still leads.',
  aloneNote:
    'Alone, a member commits each write as soon as it is on its own disk. While it is down nothing can be written, and nothing read that has to be up to date; the API server goes on answering from its watch cache, and what runs on the nodes goes on running.',
  log: 'Log',
  emptyLog: 'No entries yet.',
  legend: 'What the marks mean',
  marks: { proposed: '·', replicated: '◒', committed: '○', applied: '✓' },
  means: {
    proposed: 'in this log only',
    replicated: 'on the disk of this follower, or of some of the leader’s followers',
    committed: 'a majority has it: it will never be undone',
    applied: 'carried out on the store: clients can see it',
  },
  entry: (index: number, term: number, label: string, state: string, acks: number | undefined) =>
    `${index}, term ${term}: ${label}, ${state}${acks === undefined ? '' : `, on ${acks} ${acks === 1 ? 'disk' : 'disks'}`}`,
  committed: 'Committed up to',
  applied: 'Applied up to',
  kept: 'Entries kept',
  fromTo: (from: string, to: string) => `${from} to ${to}`,
  change: 'Change who is in the group',
  add: 'Add a voter',
  addLearner: 'Add a learner',
  promote: (name: string) => `Give ${name} a vote`,
  lead: (name: string) => `Make ${name} the leader`,
  remove: (name: string) => `Remove ${name}`,
  askedBy: (host: string) =>
    `The API server on ${host} asks this member only. Without it, that API server can neither write nor read what is newest.`,
  wasRemoved:
    'It was removed from the group. Whenever it is started here, it finds that out and ends. To have it back, go to a moment before that.',
  survive: 'What would survive',
  voters: 'Voters',
  now: (size: number) => `${size} (now)`,
  haveToAgree: 'have to agree',
  mayBeLost: 'may be lost',
  even: 'An even number survives no more than the odd one below it, and more members have to agree on each write.',
  evenNow: (voters: number) =>
    `${voters} voters survive no more failures than ${voters - 1}, and more of them have to agree on each write. Split in two halves, neither can write.`,
  indexNote:
    'Revisions count changes of keys. The log also has elections, members and failed compares: its index runs ahead.',
} as const;
