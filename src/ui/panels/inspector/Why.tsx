import { useState } from 'react';
import type { ObjectRef } from '../../../engine/door.ts';
import { Hue } from '../../shared/Hue.tsx';
import { componentName } from '../../shared/hues.ts';
import { selectMessage } from '../../store/view.ts';
import { TEXT } from './messages.ts';
import { Note, Section } from './parts.tsx';
import { useAnswer } from './use-answer.ts';
import styles from './Why.module.css';
import { type Chapter, offsetText, whyStory } from './why-story.ts';

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
  const story = whyStory(causes ?? []);
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
