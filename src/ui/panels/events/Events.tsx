import { useMemo, useState } from 'react';
import type { Event } from '../../../engine/api/generated/types.ts';
import { Icon } from '../../shared/icons.tsx';
import panel from '../../shared/Panel.module.css';
import { splitKey } from '../../store/keys.ts';
import { mirror } from '../../store/mirror.ts';
import { selectObject } from '../../store/view.ts';
import { ageText } from '../inspector/api-time.ts';
import { ObjectLink } from '../inspector/parts.tsx';
import { useSecond, useSlowMirror } from '../inspector/use-slow.ts';
import styles from './Events.module.css';
import { TEXT } from './messages.ts';
import { type EventRow, eventRow, sortedRows } from './rows.ts';

/** Older ones are there, but not in the table. */
const MAX_SHOWN = 200;

/** Event objects of the whole cluster, newest first. */
export function Events() {
  const [text, setText] = useState('');
  const [warningsOnly, setWarningsOnly] = useState(false);
  const revision = useSlowMirror('revision', () => mirror.etcdRevision);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new revision may have changed an Event.
  const rows = useMemo(
    () =>
      mirror.keysOfKind('Event').flatMap((key) => {
        const event = mirror.object<Event>(key);
        return event === undefined ? [] : [eventRow(key, event)];
      }),
    [revision],
  );
  const shown = useMemo(() => sortedRows(rows, text, warningsOnly), [rows, text, warningsOnly]);
  return (
    <div className={panel.panel}>
      <form className={panel.filters} onSubmit={(event) => event.preventDefault()}>
        <input
          type="search"
          aria-label={TEXT.find}
          placeholder={TEXT.findHint}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <label className={styles.warnings}>
          <input type="checkbox" checked={warningsOnly} onChange={(event) => setWarningsOnly(event.target.checked)} />
          {TEXT.warnings}
        </label>
      </form>
      {shown.length === 0 ? (
        <p className={panel.none}>{rows.length === 0 ? TEXT.none : TEXT.noMatch}</p>
      ) : (
        <div className={panel.scroll}>
          <table className={styles.table}>
            <caption className="visually-hidden">{TEXT.events}</caption>
            <thead>
              <tr>
                <th scope="col">{TEXT.lastSeen}</th>
                <th scope="col">{TEXT.type}</th>
                <th scope="col">{TEXT.reason}</th>
                <th scope="col">{TEXT.object}</th>
                <th scope="col">{TEXT.message}</th>
                <th scope="col">{TEXT.source}</th>
              </tr>
            </thead>
            <tbody>
              {shown.slice(0, MAX_SHOWN).map((row) => (
                <Row key={row.key} row={row} />
              ))}
            </tbody>
          </table>
          {shown.length > MAX_SHOWN && <p className={panel.none}>{TEXT.more(shown.length - MAX_SHOWN)}</p>}
        </div>
      )}
    </div>
  );
}

function Row({ row: { key, lastSeen, isWarning, reason, about, message, source, count } }: { readonly row: EventRow }) {
  const now = useSecond();
  return (
    <tr className={isWarning ? styles.isWarning : undefined}>
      <td className={styles.age}>
        {ageText(now, lastSeen)}
        {count > 1 && <small> ×{count}</small>}
      </td>
      <td className={styles.type}>
        {isWarning ? (
          <>
            <Icon name="warning" size={13} /> Warning
          </>
        ) : (
          'Normal'
        )}
      </td>
      <th scope="row">
        <button type="button" className={styles.reason} onClick={() => selectObject(key)}>
          {reason}
        </button>
      </th>
      <td>
        <ObjectLink of={about}>{`${splitKey(about).kind.toLowerCase()}/${splitKey(about).name}`}</ObjectLink>
      </td>
      <td className={styles.message}>{message}</td>
      <td className={styles.source}>{source}</td>
    </tr>
  );
}
