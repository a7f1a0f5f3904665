import type { Event } from '../../../../engine/api/generated/types.ts';
import type { ObjectRef } from '../../../../engine/door.ts';
import { Icon } from '../../../shared/icons.tsx';
import { mirror } from '../../../store/mirror.ts';
import { ageText, virtualTime } from '../api-time.ts';
import { TEXT } from '../messages.ts';
import { Note, Section } from '../parts.tsx';
import { useAnswer } from '../use-answer.ts';
import { useSecond, useSlowMirror } from '../use-slow.ts';
import styles from './object.module.css';

/** The API Events about one object, newest last, as `kubectl describe` ends. */
export function ObjectEvents({ of }: { readonly of: ObjectRef }) {
  const now = useSecond();
  const count = useSlowMirror('kind:Event', () => mirror.countOfKind('Event'));
  // A repeated Event changes its count and no number of Events: hence the second too.
  const events = useAnswer({ ask: 'events', ref: of }, `${count} ${Math.floor(now / 5000)}`) as
    | readonly Event[]
    | undefined;
  return (
    <Section title={TEXT.events}>
      {events === undefined || events.length === 0 ? (
        <Note>{TEXT.noEvents}</Note>
      ) : (
        <ol className={styles.events}>
          {events.slice(-20).map((event) => (
            <li key={event.metadata.name} className={event.type === 'Warning' ? styles.warning : undefined}>
              <span className={styles.eventHead}>
                {event.type === 'Warning' && <Icon name="warning" size={12} />}
                {event.type === 'Warning' && <span className="visually-hidden">{event.type}: </span>}
                <b>{event.reason}</b>
                {(event.count ?? 1) > 1 && <small>×{event.count}</small>}
                <small className={styles.eventAge}>
                  {ageText(
                    now,
                    virtualTime(event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp),
                  )}
                </small>
              </span>
              <span className={styles.eventText}>{event.message}</span>
            </li>
          ))}
        </ol>
      )}
    </Section>
  );
}
