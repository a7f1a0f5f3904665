import styles from './etcd.module.css';
import { ETCD as T } from './etcd-messages.ts';
import { Note } from './parts.tsx';

export interface LogEntry {
  readonly index: number;
  readonly term: number;
  readonly kind: string;
  readonly label: string;
  readonly state: 'proposed' | 'replicated' | 'committed' | 'applied';
  readonly acks?: number;
}

const STATES = ['proposed', 'replicated', 'committed', 'applied'] as const;

/** The end of a member's log, one cell for each entry; its mark says how far it has come. */
export function EtcdLog({ entries }: { readonly entries: readonly LogEntry[] }) {
  if (entries.length === 0) return <Note>{T.emptyLog}</Note>;
  return (
    <>
      <ol className={styles.log} aria-label={T.log}>
        {entries.map((entry, i) => {
          const isNewTerm = entry.term !== (entries[i - 1]?.term ?? entry.term);
          return (
            <li key={entry.index} className={isNewTerm ? styles.newTerm : undefined} title={textOf(entry)}>
              <span className={`${styles.cell} ${styles[entry.state]}`} aria-hidden="true">
                {T.marks[entry.state]}
              </span>
              <span className="visually-hidden">{textOf(entry)}</span>
              <small aria-hidden="true">{entry.index}</small>
            </li>
          );
        })}
      </ol>
      <ul className={styles.legend} aria-label={T.legend}>
        {STATES.map((state) => (
          <li key={state} title={T.means[state]}>
            <span className={`${styles.cell} ${styles[state]}`} aria-hidden="true">
              {T.marks[state]}
            </span>
            {state}
          </li>
        ))}
      </ul>
      <p className={styles.newest}>{textOf(entries[entries.length - 1] as LogEntry)}</p>
    </>
  );
}

const textOf = ({ index, term, label, state, acks }: LogEntry): string => T.entry(index, term, label, state, acks);
