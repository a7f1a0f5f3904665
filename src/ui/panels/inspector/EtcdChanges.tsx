import type { EtcdCommand } from '../../../engine/door.ts';
import { Button } from '../../shared/Button.tsx';
import { attempt } from '../../store/cluster.ts';
import { mirror } from '../../store/mirror.ts';
import type { MemberRow } from './EtcdMembers.tsx';
import styles from './etcd.module.css';
import { ETCD as T } from './etcd-messages.ts';

interface Change {
  readonly label: string;
  readonly command: EtcdCommand;
}

/** What etcdctl can change: members come, get a vote, lead, and go. */
export function EtcdChanges({
  members,
  own,
  leader,
}: {
  readonly members: readonly MemberRow[];
  readonly own: string;
  readonly leader: string;
}) {
  const learner = members.find(({ voter }) => !voter);
  const isRunning = ({ host }: MemberRow): boolean => mirror.component(`etcd@${host}`)?.running === true;
  const canLead = own !== leader && members.some((member) => member.name === own && member.voter && isRunning(member));
  const changes: (Change | false)[] = [
    { label: T.add, command: { do: 'add' } },
    { label: T.addLearner, command: { do: 'add', learner: true } },
    learner !== undefined && {
      label: T.promote(learner.name),
      command: { do: 'promote', member: learner.name },
    },
    canLead && { label: T.lead(own), command: { do: 'lead', member: own } },
    own !== '' && members.length > 1 && { label: T.remove(own), command: { do: 'remove', member: own } },
  ];
  return (
    <fieldset className={styles.changes}>
      <legend className="visually-hidden">{T.change}</legend>
      {changes.map(
        (change) =>
          change && (
            <Button key={change.label} small onClick={() => void attempt({ act: 'etcd', command: change.command })}>
              {change.label}
            </Button>
          ),
      )}
    </fieldset>
  );
}
