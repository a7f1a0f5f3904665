import { useState } from 'react';
import type { Cause, Mark, ObjectRef } from '../../../engine/door.ts';
import { Hue } from '../../shared/Hue.tsx';
import { componentName } from '../../shared/hues.ts';
import { Icon } from '../../shared/icons.tsx';
import { mirror } from '../../store/mirror.ts';
import { selectMessage } from '../../store/view.ts';
import { TEXT } from './messages.ts';
import { Note, Section } from './parts.tsx';
import { useAnswer } from './use-answer.ts';
import styles from './Why.module.css';
import { type Chapter, faultBehind, offsetText, whyStory } from './why-story.ts';

interface WhyProps {
  readonly target: ObjectRef | number;
  /** Asked again when this changes. */
  readonly version?: unknown;
  readonly title?: string;
}

/** The chain of causes as a story, oldest first; each line leads to its message. */
export function Why({ target, version, title = TEXT.why }: WhyProps) {
  const causes = useAnswer({ ask: 'why', target }, version);
  const [showsAll, setShowsAll] = useState(false);
  const story = whyStory(withLastWord(causes ?? []));
  const fault = faultBehind(story, mirror.marks, mirror.machineNames());
  const shown = showsAll ? story.full : story.short;
  const isLonger = story.full.length > story.short.length;
  return (
    <Section
      title={title}
      extra={
        isLonger && (
          <label className={styles.all}>
            <input type="checkbox" checked={showsAll} onChange={(event) => setShowsAll(event.target.checked)} />
            {TEXT.whyAll(story.full.length)}
          </label>
        )
      }
    >
      {causes === undefined ? (
        <Note>{TEXT.whyWait}</Note>
      ) : shown.length === 0 ? (
        <Note>{TEXT.whyNone}</Note>
      ) : (
        <ol className={styles.story}>
          {fault !== undefined && <FaultLine fault={fault} start={story.start} />}
          {shown.map((chapter) => (
            <Line key={chapter.messageId} chapter={chapter} />
          ))}
        </ol>
      )}
    </Section>
  );
}

function Line({ chapter: { messageId, offsetMs, component, text, count } }: { readonly chapter: Chapter }) {
  return (
    <li>
      <button type="button" className={styles.line} onClick={() => selectMessage(messageId)}>
        <span className={styles.offset}>{offsetText(offsetMs)}</span>
        <span className={styles.dot}>
          <Hue component={component} />
          <span className="visually-hidden">{componentName(component)}: </span>
        </span>
        <span className={styles.text}>
          {text}
          {count > 1 && <span className={styles.count}> ×{count}</span>}
        </span>
      </button>
    </li>
  );
}

/** A write has no sentence of its own until etcd tells of it: then there was a caption. */
function withLastWord(causes: readonly Cause[]): readonly Cause[] {
  const [nearest, ...rest] = causes;
  if (nearest === undefined || !nearest.label.startsWith('Txn')) return causes;
  const told = mirror.messages.find(
    ({ cause, from, to }) => cause === nearest.messageId && from === nearest.to && to === nearest.from,
  );
  const caption = told && mirror.captions.find(({ messageId }) => messageId === told.id);
  if (caption === undefined) return causes;
  return [{ ...nearest, from: nearest.to, to: nearest.from, sentence: caption.text }, ...rest];
}

function FaultLine({ fault, start }: { readonly fault: Mark; readonly start: number }) {
  return (
    <li className={`${styles.line} ${styles.fault}`}>
      <span className={styles.offset}>{offsetText(fault.at - start)}</span>
      <span className={styles.dot}>
        <Icon name="bolt" size={11} />
      </span>
      <span className={styles.text}>{fault.text}</span>
    </li>
  );
}
