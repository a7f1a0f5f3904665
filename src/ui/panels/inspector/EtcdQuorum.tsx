import { Table } from '../../shared/Table.tsx';
import styles from './etcd.module.css';
import { ETCD as T } from './etcd-messages.ts';
import { Note } from './parts.tsx';

export interface Quorum {
  readonly voters: number;
  readonly needed: number;
  readonly inTouch: number;
}

const SIZES = [1, 2, 3, 4, 5, 6, 7];

/** One pip for each voter, filled while it answers; the mark is where a majority begins. */
export function QuorumMeter({ quorum: { voters, needed, inTouch } }: { readonly quorum: Quorum }) {
  const has = inTouch >= needed;
  return (
    <div className={styles.meter}>
      <span className={styles.pips} aria-hidden="true">
        {Array.from({ length: voters }, (_, i) => i + 1).map((nth) => (
          <i
            key={nth}
            className={[styles.pip, nth <= inTouch && styles.in, nth === needed && styles.enough]
              .filter(Boolean)
              .join(' ')}
          />
        ))}
      </span>
      <span className={has ? undefined : styles.down}>{T.meter(inTouch, voters, needed)}</span>
    </div>
  );
}

/** How many members a group of each size needs, and can lose. */
export function Survival({ voters }: { readonly voters: number }) {
  const sizes = SIZES.includes(voters) ? SIZES : [...SIZES, voters];
  const rows = sizes.map((size) => ({ size, needed: Math.floor(size / 2) + 1 }));
  return (
    <>
      <Table
        label={T.survive}
        rows={rows}
        rowKey={({ size }) => String(size)}
        columns={[
          {
            id: 'size',
            label: T.voters,
            cell: ({ size }) => (size === voters ? <b>{T.now(size)}</b> : size),
          },
          { id: 'needed', label: T.haveToAgree, align: 'end', cell: ({ needed }) => needed },
          { id: 'lost', label: T.mayBeLost, align: 'end', cell: ({ size, needed }) => size - needed },
        ]}
      />
      <Note icon="info">{voters % 2 === 0 ? T.evenNow(voters) : T.even}</Note>
    </>
  );
}
