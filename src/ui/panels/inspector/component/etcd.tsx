import type { ComponentView } from '../../../../engine/door.ts';
import { Icon } from '../../../shared/icons.tsx';
import { Table } from '../../../shared/Table.tsx';
import { TEXT } from '../messages.ts';
import { spaced } from '../numbers.ts';
import { Facts, Note, Section } from '../parts.tsx';

interface EtcdFields {
  readonly members: readonly { readonly name: string; readonly role?: string; readonly match?: number }[];
  readonly term: number;
  readonly revision: number;
  readonly compactRevision: number;
  readonly keys: number;
  readonly log: number;
  readonly watchers: number;
  readonly served: Readonly<Record<string, number>>;
}

export function Etcd({ process }: { readonly process: ComponentView }) {
  const {
    members = [],
    term,
    revision,
    compactRevision,
    keys,
    log,
    watchers,
    served = {},
  } = process.view as Partial<EtcdFields>;
  return (
    <>
      <Section title={TEXT.members}>
        <Table
          label={TEXT.members}
          rows={members}
          rowKey={({ name }) => name}
          columns={[
            { id: 'name', label: TEXT.member, mono: true, cell: ({ name }) => name },
            {
              id: 'role',
              label: TEXT.role,
              cell: ({ role = '' }) => (
                <>
                  {role === 'leader' && <Icon name="check" size={11} />} {role}
                </>
              ),
            },
            { id: 'match', label: TEXT.match, align: 'end', mono: true, cell: ({ match }) => spaced(match) },
          ]}
        />
        <Facts rows={[[TEXT.quorum, TEXT.quorumOf(Math.floor(members.length / 2) + 1, members.length)]]} />
        <Note icon="info">{TEXT.quorumNote(members.length)}</Note>
      </Section>
      <Section title={TEXT.store}>
        <Facts
          rows={[
            [TEXT.revision, spaced(revision)],
            [TEXT.compacted, spaced(compactRevision)],
            [TEXT.term, spaced(term)],
            [TEXT.keys, spaced(keys)],
            [TEXT.log, spaced(log)],
            [TEXT.watchers, spaced(watchers)],
            ...Object.entries(served).map(([type, count]) => [`${TEXT.served}: ${type}`, spaced(count)] as const),
          ]}
        />
      </Section>
    </>
  );
}
