import type { ComponentView } from '../../../../engine/door.ts';
import { isLeading, shownOf } from '../../../diagram/nodes/use-process.ts';
import { componentOf, hostOf } from '../../../store/keys.ts';
import { mirror } from '../../../store/mirror.ts';
import { EtcdChanges } from '../EtcdChanges.tsx';
import { EtcdLog, type LogEntry } from '../EtcdLog.tsx';
import { EtcdMembers, type MemberRow } from '../EtcdMembers.tsx';
import { type Quorum, QuorumMeter, Survival } from '../EtcdQuorum.tsx';
import { ETCD as T } from '../etcd-messages.ts';
import { TEXT } from '../messages.ts';
import { spaced } from '../numbers.ts';
import { Facts, Note, Section, Warn } from '../parts.tsx';
import { useSecond } from '../use-slow.ts';

interface EtcdFields {
  readonly name: string;
  readonly role: string;
  readonly term: number;
  readonly vote: string;
  readonly leader: string;
  readonly commit: number;
  readonly applied: number;
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly log: readonly LogEntry[];
  readonly members: readonly MemberRow[];
  readonly quorum: Quorum;
  readonly election: { readonly round: number; readonly votes: Readonly<Record<string, boolean>> };
  readonly waitingProposals: number;
  readonly fsyncMs: number;
  readonly revision: number;
  readonly compactRevision: number;
  readonly keys: number;
  readonly watchers: number;
  readonly served: Readonly<Record<string, number>>;
}

/** One member of etcd: its part in the group, the group as it sees it, the end of its log, and what it stores. */
export function Etcd({ process }: { readonly process: ComponentView }) {
  useSecond();
  const view = process.view as Partial<EtcdFields>;
  const { members = [], served = {}, log = [], role = '', election } = view;
  const leading = leaderOf(view);
  const quorum = leading?.quorum ?? view.quorum;
  const isAlone = members.length <= 1;
  return (
    <>
      <Section title={T.thisMember}>
        <Facts
          rows={[
            [TEXT.role, T.roles[role] ?? role],
            [TEXT.term, spaced(view.term)],
            !isAlone && [T.leader, view.leader || T.nobody],
            !isAlone && [T.vote, view.vote || T.nobody],
            [T.fsync, `${view.fsyncMs} ms`],
            (view.waitingProposals ?? 0) > 0 && [T.waiting, spaced(view.waitingProposals)],
          ]}
        />
        {election !== undefined && (
          <Election election={election} members={members} isAsking={role === 'pre-candidate'} />
        )}
        {!isAlone && view.leader === '' && election === undefined && <Warn>{T.leaderless}</Warn>}
      </Section>
      <Section title={TEXT.members}>
        <EtcdMembers members={leading?.members ?? members} own={view.name ?? ''} />
        <EtcdChanges members={leading?.members ?? members} own={view.name ?? ''} leader={view.leader ?? ''} />
        {!isAlone && mirror.component(`apiserver@${process.host}`)?.running === true && (
          <Note icon="info">{T.askedBy(process.host)}</Note>
        )}
        {quorum !== undefined && <QuorumMeter quorum={quorum} />}
        <Note icon="info">{quorum?.voters === 1 ? T.aloneNote : T.majorityNote}</Note>
      </Section>
      <Section title={T.log}>
        <EtcdLog entries={log} />
        <Facts
          rows={[
            [T.committed, spaced(view.commit)],
            [T.applied, spaced(view.applied)],
            [T.kept, T.fromTo(spaced(view.firstIndex), spaced(view.lastIndex))],
          ]}
        />
      </Section>
      <Section title={T.survive}>
        <Survival voters={quorum?.voters ?? members.length} />
      </Section>
      <Section title={TEXT.store}>
        <Facts
          rows={[
            [TEXT.revision, spaced(view.revision)],
            [TEXT.compacted, spaced(view.compactRevision)],
            [TEXT.keys, spaced(view.keys)],
            [TEXT.watchers, spaced(view.watchers)],
            ...Object.entries(served).map(([type, count]) => [`${TEXT.served}: ${type}`, spaced(count)] as const),
          ]}
        />
        <Note>{T.indexNote}</Note>
      </Section>
    </>
  );
}

/** A member that is down: it can still be taken out of the group, or has been. */
export function EtcdDown({ address }: { readonly address: string }) {
  useSecond();
  const host = hostOf(address);
  const leading = leaderOfAll();
  if (leading === undefined) return null;
  const { members, quorum } = leading;
  const own = members.find((member) => member.host === host);
  return (
    <Section title={TEXT.members}>
      {own === undefined && <Warn>{T.wasRemoved}</Warn>}
      <EtcdMembers members={members} own={own?.name ?? ''} />
      {own !== undefined && <EtcdChanges members={members} own={own.name} leader={leading.leader} />}
      <QuorumMeter quorum={quorum} />
    </Section>
  );
}

/** What the leader of the newest term says, whoever that is. */
function leaderOfAll(): EtcdFields | undefined {
  const shown = shownOf(mirror.addresses().filter((address) => componentOf(address) === 'etcd'));
  return isLeading(shown) ? (shown?.view as EtcdFields) : undefined;
}

/** The leader knows how far each member is: its view, if this member follows it. */
function leaderOf({ leader, members = [], term }: Partial<EtcdFields>): EtcdFields | undefined {
  const host = members.find(({ name }) => name === leader)?.host;
  const process = host === undefined ? undefined : mirror.component(`etcd@${host}`);
  const view = process?.view as EtcdFields | undefined;
  return process?.running === true && view?.role === 'leader' && view.term === term ? view : undefined;
}

function Election({
  election: { round, votes },
  members,
  isAsking,
}: {
  readonly election: EtcdFields['election'];
  readonly members: readonly MemberRow[];
  /** A PreVote: nobody's term or vote changes by it. */
  readonly isAsking: boolean;
}) {
  const said = members.filter(({ voter }) => voter).map(({ name }) => `${name}: ${T.voted(votes[name])}`);
  return (
    <Warn>
      {T.election(round, isAsking)} {said.join(', ')}.
    </Warn>
  );
}
