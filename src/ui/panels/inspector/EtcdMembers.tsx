import { Icon } from '../../shared/icons.tsx';
import { Table } from '../../shared/Table.tsx';
import { mirror } from '../../store/mirror.ts';
import { selectComponent } from '../../store/view.ts';
import styles from './etcd.module.css';
import { ETCD as T } from './etcd-messages.ts';
import { TEXT } from './messages.ts';
import { spaced } from './numbers.ts';
import parts from './parts.module.css';

export interface MemberRow {
  readonly name: string;
  readonly host: string;
  readonly voter: boolean;
  readonly active?: boolean;
  /** Last entry that it is known to have; only a leader knows that of others. */
  readonly match?: number;
  readonly progress?: 'probe' | 'replicate' | 'snapshot';
}

/** Who is in the group, what each is, and how far its log is. */
export function EtcdMembers({ members, own }: { readonly members: readonly MemberRow[]; readonly own: string }) {
  return (
    <Table
      label={TEXT.members}
      rows={members}
      rowKey={({ name }) => name}
      columns={[
        {
          id: 'name',
          label: TEXT.member,
          mono: true,
          cell: ({ name, host }) =>
            name === own ? <b title={T.thisMember}>{name}</b> : <MemberLink name={name} host={host} />,
        },
        { id: 'role', label: TEXT.role, cell: (member) => <Role member={member} /> },
        { id: 'match', label: TEXT.match, align: 'end', mono: true, cell: matchText },
      ]}
    />
  );
}

/** Leads to the panel of another member, once it was seen running. */
function MemberLink({ name, host }: Pick<MemberRow, 'name' | 'host'>) {
  const address = `etcd@${host}`;
  if (mirror.component(address) === undefined) return name;
  return (
    <button type="button" className={parts.link} onClick={() => selectComponent(address)}>
      {name}
    </button>
  );
}

function matchText({ match, progress }: MemberRow): string {
  if (match === undefined) return T.notKnown;
  return progress === undefined || progress === 'replicate' ? spaced(match) : `${spaced(match)} (${progress})`;
}

/** What the member says itself, as long as it runs. */
function Role({ member: { host, voter } }: { readonly member: MemberRow }) {
  const process = mirror.component(`etcd@${host}`);
  const { role = '', term } = (process?.view ?? {}) as { role?: string; term?: number };
  if (process?.running !== true) {
    return (
      <span className={styles.down}>
        <Icon name="cross" size={11} /> {T.down}
      </span>
    );
  }
  return (
    <>
      <span className={styles.role}>
        {role === 'leader' && <Icon name="check" size={11} />} {T.roles[role] ?? role}
      </span>
      {!voter && role !== 'learner' && `, ${T.noVote}`}
      {term !== undefined && <small className={styles.term}> {T.inTerm(term)}</small>}
    </>
  );
}
